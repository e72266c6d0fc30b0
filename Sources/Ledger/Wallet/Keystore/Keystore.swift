import PeerKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#endif

/// A directory of key files, one for each account, named as geth names them. geth, and whatever reads
/// its directories, can use it as it is.
public struct Keystore: Sendable {
    /// Where it is.
    public let path: String

    /// The directory at `path`, which need not exist yet.
    public init(path: String) { self.path = path }

    /// An account and its file.
    public struct Entry: Hashable, Sendable {
        /// Whose key.
        public var address: Address
        /// Where it is.
        public var path: String
    }

    /// The accounts, in the order of their files' names, which is that of their making.
    ///
    /// Files whose names do not end in an address are no matter of this directory. Nothing is opened.
    public func entries() throws(KeystoreError) -> [Entry] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw .directory(path: path, reason: "\(error)")
        }
        guard names.count <= KeystoreLimits.files else {
            throw .directory(path: path, reason: "more than \(KeystoreLimits.files) files")
        }
        var known: Set<Address> = []
        return names.sorted().compactMap { name in
            guard name.hasPrefix("UTC--"), let digits = name.split(separator: "-").last,
                digits.utf8.count == 40, let address = Address(digits.lowercased()),
                known.insert(address).inserted
            else { return nil }
            return Entry(address: address, path: "\(path)/\(name)")
        }
    }

    /// The file of an account.
    public func document(of address: Address) throws(KeystoreError) -> KeystoreDocument {
        guard let entry = try entries().first(where: { $0.address == address }) else {
            throw .notFound(address)
        }
        var bytes: [UInt8]
        do throws(KeyFileError) {
            bytes = try OwnerOnlyFile(path: entry.path).read(limit: KeystoreLimits.fileBytes)
        } catch {
            throw .file(error)
        }
        defer { Sodium.wipe(&bytes) }
        return try KeystoreDocument(json: bytes)
    }

    /// Writes a key file, in one step and readable by its owner only.
    ///
    /// - Parameter unixNanoseconds: When, for the file's name.
    /// - Throws: ``KeystoreError/alreadyExists(_:)``: no key is ever replaced.
    /// - Returns: Where it is.
    @discardableResult
    public func add(
        _ document: KeystoreDocument, of address: Address, unixNanoseconds: UInt64
    ) throws(KeystoreError) -> Entry {
        guard try !entries().contains(where: { $0.address == address }) else {
            throw .alreadyExists(address)
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw .directory(path: path, reason: "\(error)")
        }
        let time = Self.time(unixNanoseconds)
        let file = "\(path)/UTC--\(time)--\(Hexadecimal.digits(of: address.bytes))"
        do throws(KeyFileError) {
            let bytes = Array(document.json.serialized.utf8)
            try OwnerOnlyFile(path: file).write(bytes, overwriting: false)
        } catch {
            throw .file(error)
        }
        return Entry(address: address, path: file)
    }

    /// `2016-03-22T12-57-55.920751759Z`.
    static func time(_ unixNanoseconds: UInt64) -> String {
        let seconds = unixNanoseconds / 1_000_000_000
        let (year, month, day) = date(daysSince1970: seconds / 86_400)
        func digits(_ value: UInt64, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map { digits($0, 2) }
        return "\(year)-\(digits(month, 2))-\(digits(day, 2))T" + clock.joined(separator: "-")
            + ".\(digits(unixNanoseconds % 1_000_000_000, 9))Z"
    }

    /// The Gregorian date, by 400-year cycles that begin in March.
    private static func date(daysSince1970 days: UInt64) -> (UInt64, UInt64, UInt64) {
        let shifted = days + 719_468
        let (cycle, day) = (shifted / 146_097, shifted % 146_097)
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let isNextYear: UInt64 = month >= 10 ? 1 : 0
        return (
            year + cycle * 400 + isNextYear, month < 10 ? month + 3 : month - 9,
            dayOfYear - (153 * month + 2) / 5 + 1
        )
    }
}
