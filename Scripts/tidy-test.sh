#!/bin/sh
# Shows that tidy.sh finds what it must and leaves in peace what is right.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d "${TMPDIR:-/tmp}/tidy-test.XXXXXX")
trap 'rm -rf "$tree"' EXIT
failed=0

# A package of one file (its text comes on stdin); then the rules that tidy.sh reports, in order.
reports() { # FILE RULES...
    file=$1
    shift
    mkdir -p "$tree/$(dirname "$file")" "$tree/Scripts"
    cat >"$tree/$file"
    found=$("$here/tidy.sh" "$tree" | sed -n 's/^[^ ]*: \([a-z]*\): .*/\1/p' | tr '\n' ' ')
    [ "$found" = "${*:+$* }" ] || {
        echo "tidy-test: $file: reported '$found', not '$*':"
        cat "$tree/$file"
        failed=1
    }
    rm -rf "${tree:?}/Sources" "$tree/Tests" "$tree/Scripts" "$tree/README.md" "$tree/Package.swift"
}

reports Sources/PeerKit/A.swift determinism determinism determinism <<'END'
func a() { Task { await b() } }
func c() { Task.detached { } }
let task = Task<Void, Never>(priority: .low) { }
END
reports Sources/FedLearn/A.swift determinism determinism determinism determinism determinism <<'END'
let a = Date()
let b = ContinuousClock().now
let c = UUID()
var d = SystemRandomNumberGenerator()
let e = list.shuffled()
END
reports Sources/PeerKit/A.swift determinism <<'END'
let a = Int.random(in: 0..<9, using: &generator)
let b = Int.random(
    in: 0..<9,
    using: &generator)
let c = list.shuffled(using: &generator)
let d = Int.random(in: 0..<9)
END
reports Sources/PeerKit/A.swift <<'END'
// No Task { } here, and no Date() either.
/* try! this: as! that /* fatalError( */ Task { } */
let text = "Task { Date() } \" try! x"
let long = """
    Task { fatalError() }
    """
group.addTask { await a() }
struct HashTask { }
let update = lastUpdate()
func retry(_ attempt: Int) throws -> Task<Int, Never> { try attempt as? Task }
var task: Task<Int, Never> { tasks[0] }
END
reports Sources/psic-node/A.swift <<'END'
Task { await a() }
END
reports Tests/PeerKitTests/A.swift <<'END'
let clock = ContinuousClock()
let value = try! make() as! Int
END
reports Sources/PeerKit/A.swift proof proof <<'END'
final class A: @unchecked Sendable {}
nonisolated(unsafe) var b = 0
END
reports Sources/PeerKit/A.swift <<'END'
/// Sendable without the compiler's proof: its one field is never written again.
final class B: @unchecked Sendable {}






/// A counter.
// Sendable: its one field is written before the object is shared, and never after.
final class A: @unchecked Sendable {}
END
reports Sources/psic-node/A.swift traps traps traps <<'END'
fatalError("no")
let a = try! b()
let c = d as! Int
END
mkdir -p "$tree/Sources/PeerKit/Yamux" && echo "# Yamux" >"$tree/Sources/PeerKit/Yamux/README.md"
reports Sources/PeerKit/Yamux/YamuxMachine.swift machines machines machines determinism machines <<'END'
import NIOPosix
import NIOCore
package import struct NIOCore.ByteBufferAllocator
import Foundation
import struct NIOCore.ByteBuffer
public import struct NIOCore.ByteBuffer
import Collections
END
reports Sources/PeerKit/Yamux/YamuxMachine.swift readme <<'END'
struct YamuxMachine {}
END
reports Sources/PeerKit/Utils/A.swift folders <<'END'
struct A {}
END
printf 'func a() {\n\treturn\n}\n' | reports Sources/PeerKit/A.swift tabs
printf '// TOD%s: more\n// TOD%s (#12): more\n' O O | reports Sources/PeerKit/A.swift todo
printf 'See /hom%s/anna/x and /roo%s/y, not https://a.b/work%s or ./work%s.\n' e t . / | reports README.md paths
mkdir -p "$tree/Scripts" && printf 'traps Sources/ tests of the test\n' >"$tree/Scripts/tidy-allow.txt"
echo 'fatalError()' | reports Sources/PeerKit/A.swift
mkdir -p "$tree/Scripts" && printf 'traps Sources/ tests of the test\n' >"$tree/Scripts/tidy-allow.txt"
echo 'let a = 1' | reports Sources/PeerKit/A.swift allow
mkdir -p "$tree/Scripts" && printf 'traps Sources/\n' >"$tree/Scripts/tidy-allow.txt"
echo 'fatalError()' | reports Sources/PeerKit/A.swift allow traps

echo 'exclude: ["Yamux/README.md"]' >"$tree/Package.swift"
echo '# Yamux' | reports Sources/PeerKit/Yamux/README.md
echo 'exclude: []' >"$tree/Package.swift"
echo '# Yamux' | reports Sources/PeerKit/Yamux/README.md manifest

[ "$failed" -eq 0 ] || exit 1
echo "tidy-test: all as expected"
