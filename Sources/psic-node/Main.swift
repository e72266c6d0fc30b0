import PeerKit
@main enum Main { static func main() {} }
