import Testing

@testable import PeerKit

@Suite("home lock") struct HomeLockTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("a second lock is refused with the holder's process, and granted after release")
    func exclusion() throws {
        let lock = try HomeLock(directory: directory.path)
        #expect(throws: HomeLockError.alreadyLocked(pid: currentProcessID())) {
            try HomeLock(directory: directory.path)
        }
        lock.release()
        lock.release()
        let next = try HomeLock(directory: directory.path)
        // The first one's second release must not have touched what the second holds.
        lock.release()
        #expect(throws: HomeLockError.alreadyLocked(pid: currentProcessID())) {
            try HomeLock(directory: directory.path)
        }
        next.release()
    }

    @Test("ends with the last reference")
    func dropped() throws {
        var lock: HomeLock? = try HomeLock(directory: directory.path)
        #expect(lock != nil)
        lock = nil
        try HomeLock(directory: directory.path).release()
    }

    @Test(
        "a file left behind locks nothing, and its contents do not matter",
        arguments: ["", "4711\n", "not a number", "99999999999999999999"])
    func leftBehind(_ contents: String) throws {
        try directory.write(Array(contents.utf8), to: "lock")
        let lock = try HomeLock(directory: directory.path)
        #expect(try directory.read("lock") == Array("\(currentProcessID())\n".utf8))
        #expect(try directory.permissions(of: "lock") == 0o600)
        lock.release()
        #expect(try directory.read("lock") == [])
    }

    @Test("a holder whose file says nothing useful is still a holder", arguments: ["", "x", "-1"])
    func unreadableHolder(_ contents: String) throws {
        let lock = try HomeLock(directory: directory.path)
        try directory.write(Array(contents.utf8), to: "lock")
        #expect(throws: HomeLockError.alreadyLocked(pid: nil)) {
            try HomeLock(directory: directory.path)
        }
        lock.release()
    }

    @Test("a missing directory or an impossible path gives a typed error")
    func badPaths() {
        #expect(throws: HomeLockError.system(operation: "open", code: 2)) {
            try HomeLock(directory: directory.file("missing"))
        }
        #expect(throws: HomeLockError.invalidPath("a\u{0}b")) {
            try HomeLock(directory: "a\u{0}b")
        }
    }
}
