import PeerKit
