#!/bin/sh
# Counts the instructions a key of every hash that has kernels, one key at a time
# and in batches of 240, by callgrind: the difference between 100 batches and none.
# valgrind knows no AVX-512, so that level is not counted. Run it from the
# project's root:
#
#     sh docs/measure/instructions.sh [bytes of a key, 100 at most]
set -eu
bytes=${1:-21}
export CARGO_TARGET_DIR=target/bench
cargo build --quiet --profile dist --manifest-path bench/Cargo.toml --example hashes
program=$CARGO_TARGET_DIR/dist/examples/hashes

collected() { # arguments
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" count "$@" 2>&1 |
        awk '/Collected/ { print $4 }'
}
printf '| keys of %s bytes | single | portable | AVX2 |\n|---|---:|---:|---:|\n' "$bytes"
for name in $("$program" list); do
    printf '| %s' "$name"
    for way in single portable avx2; do
        none=$(collected "$name" "$way" "$bytes" 0)
        some=$(collected "$name" "$way" "$bytes" 100)
        awk "BEGIN { printf \" | %.1f\", ($some - $none) / 24000 }"
    done
    printf ' |\n'
done
