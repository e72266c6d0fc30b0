#!/bin/sh
# Writes the *.pb.swift beside each *.proto of the package. The results are committed, so only
# someone who changes a .proto needs this. The Swift plugin is built from the version of
# swift-protobuf that the package resolves to, so that the code and the runtime it links with fit
# each other.
set -eu
. "$(dirname "$0")/lib.sh"
command -v protoc >/dev/null ||
    fail "protoc is missing — install with: sudo apt-get install -y protobuf-compiler (macOS: brew install protobuf)"
Scripts/setup.sh
"$swift" build --product protoc-gen-swift || fail "the build of protoc-gen-swift (see above)"
plugin=$("$swift" build --show-bin-path)/protoc-gen-swift

for module in Sources/*; do
    # Imports are written relative to the module's folder.
    protos=$(cd "$module" && find . -name '*.proto' | sed 's|^\./||' | LC_ALL=C sort)
    [ -n "$protos" ] || continue
    # shellcheck disable=SC2086
    protoc --plugin=protoc-gen-swift="$plugin" --proto_path="$module" \
        --swift_out="$module" --swift_opt=FileNaming=FullPath --swift_opt=Visibility=Internal \
        $protos || fail "protoc on $module"
    say "$module: $(echo "$protos" | wc -l | tr -d ' ') files"
done
