#!/bin/sh
# The rules of style that the formatter cannot see, enforced over the whole tree. Each finding is one
# line, FILE:LINE: RULE: what to do. Comments and string literals are left out where code is meant.
#   tidy.sh [ROOT]      default: this package
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"
allow=Scripts/tidy-allow.txt
[ -f "$allow" ] || allow=/dev/null

# All text that people write here; generated and fetched files are no matter of style.
files=$(find . \( -name '.git' -o -name '.build*' -o -name '.lab' -o -name '.demo' -o -name '.swiftpm' \
    -o -name 'Corpus' -o -name '__pycache__' -o -name 'Fixtures' -o -name 'Vectors' \) -prune -o -type f \
    \( -name '*.swift' -o -name '*.sh' -o -name '*.py' -o -name '*.md' -o -name '*.c' -o -name '*.h' \
    -o -name '*.proto' -o -name '*.service' -o -name 'Makefile' -o -path './.ci/*' \) \
    ! -name '*.pb.swift' -print | sed 's|^\./||' | LC_ALL=C sort)

unlisted=0
# SwiftPM warns of each file in a target that it cannot build, unless it is told to leave it out:
# one by one, or with documents(of: "Sources/TARGET"), which finds them all.
if [ -f Package.swift ]; then
    for file in $(find Sources -name '*.md' -o -name '*.proto'); do
        inside=${file#Sources/*/}
        target=${file%"/$inside"}
        grep -q "documents(of: \"$target\")" Package.swift && continue
        grep -q "\"$inside\"" Package.swift || {
            echo "$file:1: manifest: add \"$inside\" to exclude: of its target in Package.swift"
            unlisted=$((unlisted + 1))
        }
    done
fi

# shellcheck disable=SC2086
LC_ALL=C awk -v allow="$allow" -v findings="$unlisted" '
function report(rule, advice,    key) {
    for (key in allowed)
        if (split(key, part, SUBSEP) && part[1] == rule &&
            (part[2] == FILENAME || part[2] ~ /\/$/ && index(FILENAME, part[2]) == 1)) {
            used[key] = 1
            return
        }
    printf "%s:%d: %s: %s\n", FILENAME, FNR, rule, advice
    findings++
}

# The line without comments, and with string literals emptied; keeps track of what spans lines.
function code_of(line,    out, i, c, two, three) {
    out = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        three = substr(line, i, 3)
        if (in_block) {
            if (two == "*/") { in_block--; i++ }
            else if (two == "/*") { in_block++; i++ }
        } else if (in_long) {
            if (three == "\"\"\"") { in_long = 0; i += 2; out = out "\"" }
        } else if (two == "//") {
            break
        } else if (two == "/*") {
            in_block++
            i++
        } else if (three == "\"\"\"") {
            in_long = 1
            i += 2
            out = out "\""
        } else if (c == "\"") {
            for (i++; i <= length(line) && substr(line, i, 1) != "\""; i++)
                if (substr(line, i, 1) == "\\") i++
            out = out "\"\""
        } else {
            out = out c
        }
    }
    return out
}

# Whether one of the last six lines, or this one, has a word of proof in a comment.
function proven(    i) {
    for (i = FNR; i >= FNR - 6 && i > 0; i--)
        if (recent[i % 8] ~ /\/\/.*((Sendable|Safe)[^.]*:|sound)/) return 1
    return 0
}

# `.random(` may go on for two lines before its `using:` comes, so it is judged once those have been
# seen, perhaps in the next file.
function judge_random(    file, line) {
    if (!random_line) return
    file = FILENAME
    line = FNR
    FILENAME = random_file
    FNR = random_line
    if (random_code !~ /using/) report("determinism", "pass the generator on: using: &generator")
    FILENAME = file
    FNR = line
    random_line = 0
}

BEGIN {
    while ((getline entry < allow) > 0) {
        if (entry ~ /^[ \t]*(#|$)/) continue
        words = split(entry, word, /[ \t]+/)
        if (words < 4) {
            printf "%s: allow: an entry needs a rule, a path and a reason in words: %s\n", allow, entry
            findings++
            continue
        }
        allowed[word[1], word[2]] = 1
    }
    # In two parts, so that this file does not find itself.
    machine_path = "(^|[^A-Za-z0-9_.$}-])/(wor" "k|hom" "e/[a-z]|roo" "t|User" "s|opt/swif" "t)(/|$|[^A-Za-z0-9_])"
    owed = "(^|[^A-Za-z])(TOD" "O|FIXM" "E)([^A-Za-z]|$)"
}

FNR == 1 {
    judge_random()
    in_block = in_long = 0
    swift = FILENAME ~ /\.swift$/
    sources = swift && FILENAME ~ /^Sources\//
    replayed = FILENAME ~ /^Sources\/(PeerKit|FedLearn|Ledger)\//
    pure = sources && FILENAME ~ /(Machine|Codec)\.swift$/
    shipped = swift && FILENAME !~ /^Tests\//
    count = split(FILENAME, part, "/")
    for (i = 1; i < count; i++)
        if (part[i] ~ /^(Utils?|Utilities|Helpers?|Managers?|Common|Misc)$/)
            report("folders", "name the folder after what is in it, not " part[i])
    if (FILENAME ~ /^Sources\/PeerKit\/.*Machine\.swift$/) {
        folder = FILENAME
        sub(/\/[^\/]*$/, "", folder)
        machine_folders[folder] = FILENAME
    }
    if (FILENAME ~ /README\.md$/) {
        folder = FILENAME
        sub(/\/[^\/]*$/, "", folder)
        described[folder] = 1
    }
}

{ recent[FNR % 8] = $0 }

/\t/ && FILENAME != "Makefile" { report("tabs", "use spaces") }
$0 ~ machine_path { report("paths", "a path of one machine does not belong here") }
$0 ~ owed && $0 !~ /#[0-9]+/ { report("todo", "name the issue number: TOD" "O (#12)") }

!swift { next }
{
    code = code_of($0)
    made = code
    gsub(/(->|:)[ ]*Task/, "", made)  # a type that is named, not a task that is started
}

random_line { random_code = random_code " " code }

replayed && made ~ /(^|[^A-Za-z0-9_.])Task(<[^>]*>)?[ ]*(\{|\(|\.init)/ {
    report("determinism", "start tasks through the runtime or in a task group, never free")
}
replayed && code ~ /Task\.(detached|immediate)/ {
    report("determinism", "start tasks through the runtime or in a task group, never free")
}
replayed && code ~ /(^|[^A-Za-z0-9_])(ContinuousClock|SuspendingClock)([^A-Za-z0-9_]|$)|(^|[^A-Za-z0-9_])Date\(\)|Date\.now|Task\.sleep|clock_gettime|gettimeofday/ {
    report("determinism", "time comes from the runtime, as an argument")
}
replayed && code ~ /(^|[^A-Za-z0-9_])(UUID\(\)|SystemRandomNumberGenerator|arc4random|getrandom)/ {
    report("determinism", "randomness comes from the runtime, as an argument")
}
replayed && code ~ /\.(shuffled|shuffle|randomElement)\(\)/ {
    report("determinism", "pass the generator on: using: &generator")
}
replayed && code ~ /\.random\(/ && !random_line {
    random_line = FNR
    random_code = code
    random_file = FILENAME
}
replayed && code ~ /^[ ]*(@[a-z_]+ |public |package |internal |private )*import [a-z ]*(Dispatch|Foundation)([. ]|$)/ {
    report("determinism", "no Dispatch, and no more of Foundation than FoundationEssentials")
}

shipped && code ~ /@unchecked Sendable|nonisolated\(unsafe\)/ && !proven() {
    report("proof", "say in a comment above, after Sendable: or Safe:, why this is sound")
}

sources && code ~ /(^|[^A-Za-z0-9_])fatalError\(|(^|[^A-Za-z0-9_])try!|(^|[^A-Za-z0-9_])as!/ {
    report("traps", "throw, or state the broken assumption in a precondition")
}

pure && code ~ /^[ ]*(@[a-z_]+ |public |package |internal |private )*import .*(NIO|Foundation([^E]|$)|Dispatch)/ &&
    code !~ /import struct NIOCore\.ByteBuffer[ ]*$/ {
    report("machines", "machines and codecs take bytes and time as values: of NIO only `import struct NIOCore.ByteBuffer`")
}

random_line && FNR >= random_line + 2 { judge_random() }

END {
    judge_random()
    for (folder in machine_folders) {
        above = folder
        sub(/\/[^\/]*$/, "", above)
        if (!(folder in described) && !(above in described)) {
            printf "%s: readme: a protocol folder says in README.md what it is and where to begin\n", folder
            findings++
        }
    }
    for (key in allowed)
        if (!(key in used)) {
            split(key, part, SUBSEP)
            printf "%s: allow: %s no longer needs its exception from %s\n", allow, part[2], part[1]
            findings++
        }
    if (findings > 0) {
        printf "tidy: %d findings\n", findings
        exit 1
    }
    print "tidy: clean"
}
' $files
