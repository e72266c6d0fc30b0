#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where a node's control socket lies.
///
/// `node.sock` in the home, as long as that path fits into `sun_path` (108 bytes on Linux, 104
/// elsewhere, with the final zero); else a name made from the home's path in a directory of the
/// user's own below `/tmp`. Node and commands compute the same path from the same home.
struct ControlSocketPath: Equatable, Sendable {
    /// The longest path of a Unix socket, in bytes.
    static let maximumBytes: Int = {
        #if os(Linux)
        107
        #else
        103
        #endif
    }()

    /// The socket.
    let path: String
    /// The directory below `/tmp` that must exist and belong to the user, where the home is too
    /// deep.
    let privateDirectory: String?

    init(home: String, userID: UInt32 = UInt32(getuid())) {
        let direct = "\(home)/node.sock"
        if direct.utf8.count <= Self.maximumBytes {
            path = direct
            privateDirectory = nil
        } else {
            let directory = "/tmp/psic-\(userID)"
            path = "\(directory)/\(Self.name(of: home)).sock"
            privateDirectory = directory
        }
    }

    /// Makes and checks the directory, so that nobody else can put a socket there.
    func prepare(userID: UInt32 = UInt32(getuid())) throws(CommandError) {
        guard let privateDirectory else { return }
        do throws(SystemFailure) {
            try FileSystem.createPrivateDirectory(privateDirectory)
            guard
                case .directory(let mode, let owner) = try FileSystem.kind(of: privateDirectory),
                owner == userID, mode & 0o077 == 0
            else {
                throw SystemFailure(
                    operation: "\(privateDirectory) must be your own directory of mode 700",
                    code: EPERM)
            }
        } catch {
            throw CommandError(
                .dataDirectory, "\(error)",
                hint: "the home's path is too long for a socket: use a shorter one")
        }
    }

    /// FNV-1a over the path, in hexadecimal: no secret, only a name.
    private static func name(of home: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in home.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
