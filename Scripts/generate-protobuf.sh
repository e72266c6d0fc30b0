#!/bin/sh
# Writes the *.pb.swift beside each *.proto of the package. The results are committed, so only
# someone who changes a .proto needs this. Needs protoc (Debian: protobuf-compiler); the Swift
# plugin is built from the version of swift-protobuf that the package resolves to, so that the
# code and the runtime it links with fit each other.
set -eu
cd "$(dirname "$0")/.."

command -v protoc >/dev/null || {
    echo "protoc is missing; on Debian: apt install protobuf-compiler" >&2
    exit 1
}
swift build --product protoc-gen-swift >&2
plugin="$(swift build --show-bin-path)/protoc-gen-swift"

for module in Sources/*; do
    protos=$(cd "$module" && find . -name '*.proto' | sed 's|^\./||' | LC_ALL=C sort)
    [ -n "$protos" ] || continue
    # Imports are written relative to the module's folder. Word splitting is wanted here.
    # shellcheck disable=SC2086
    protoc --plugin=protoc-gen-swift="$plugin" --proto_path="$module" \
        --swift_out="$module" --swift_opt=FileNaming=FullPath --swift_opt=Visibility=Internal \
        $protos
done
