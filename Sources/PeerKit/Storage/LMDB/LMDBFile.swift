/// Data files outside of an environment: copies, and what is made of them.
package enum LMDBFile {
    /// Writes a compact copy of what is committed to a new file, durably. Others may read and write
    /// meanwhile.
    ///
    /// - Returns: The copy's length.
    /// - Throws: ``StorageError``, after which there is no such file.
    package static func copy(
        _ environment: LMDBEnvironment, to path: String
    ) throws(StorageError) -> Int {
        let file = try opening { () throws(POSIXFailure) in try OpenFile.new(path) }
        do throws(LMDBFailure) {
            try file.withDescriptor { descriptor throws(LMDBFailure) in
                try environment.copy(to: descriptor)
            }
        } catch {
            OpenFile.remove(path)
            throw StorageError(error)
        }
        return try finishing(path) { () throws(POSIXFailure) in
            try file.synchronize()
            return try file.status().bytes
        }
    }

    /// Puts a copy of a data file into a directory that has none, durably.
    ///
    /// - Parameter directory: Made if it is absent; its parent is not.
    /// - Throws: ``StorageError/foreign(path:reason:)`` and ``StorageError/corrupt(path:reason:)`` for
    ///   a source that LMDB could not have written; ``StorageError/occupied(path:)``
    ///   for a directory that has data.
    package static func install(
        _ source: String, in directory: String
    ) throws(StorageError) {
        guard !directory.isEmpty, !directory.utf8.contains(0), !source.utf8.contains(0) else {
            throw .invalidPath(directory)
        }
        let from = try opening { () throws(POSIXFailure) in try OpenFile.reading(source) }
        let bytes = try opening { () throws(POSIXFailure) in try from.status().bytes }
        _ = try LMDBHeader(path: source, fileBytes: bytes) { count, offset throws(StorageError) in
            try opening { () throws(POSIXFailure) in try from.read(count, at: offset) }
        }
        let target = directory + "/data.mdb"
        let partial = directory + "/data.mdb.partial"
        let isTaken = try opening { () throws(POSIXFailure) in
            if try OpenFile.createDirectory(directory) {
                try OpenFile.directory(directory + "/..").synchronize()
            }
            return try OpenFile.exists(target)
        }
        guard !isTaken else { throw .occupied(path: directory) }
        // Left by a restoration that was cut short.
        OpenFile.remove(partial)
        let to = try opening { () throws(POSIXFailure) in try OpenFile.new(partial) }
        try finishing(partial) { () throws(POSIXFailure) in
            var offset = 0
            while true {
                let chunk = try from.read(1 << 20, at: offset)
                if chunk.isEmpty { break }
                try to.write(chunk, at: offset)
                offset += chunk.count
            }
            try to.synchronize()
            try OpenFile.rename(partial, to: target)
        }
        try opening { () throws(POSIXFailure) in
            try OpenFile.directory(directory).synchronize()
        }
    }

    /// Removes a file that an attempt that was cut short may have left.
    package static func remove(_ path: String) { OpenFile.remove(path) }

    /// Puts a file in the place of an environment's data, which must not be written any more.
    package static func replaceData(
        in directory: String, with path: String
    ) throws(StorageError) {
        try opening { () throws(POSIXFailure) in
            try OpenFile.rename(path, to: directory + "/data.mdb")
            try OpenFile.directory(directory).synchronize()
        }
    }

    private static func opening<Result: ~Copyable>(
        _ body: () throws(POSIXFailure) -> Result
    ) throws(StorageError) -> Result {
        do throws(POSIXFailure) {
            return try body()
        } catch {
            throw StorageError(error)
        }
    }

    /// As ``opening(_:)``; a failure removes what has been written so far.
    private static func finishing<Result>(
        _ path: String, _ body: () throws(POSIXFailure) -> Result
    ) throws(StorageError) -> Result {
        do throws(POSIXFailure) {
            return try body()
        } catch {
            OpenFile.remove(path)
            throw StorageError(error)
        }
    }
}
