#!/bin/sh
# Measures `continuum resolve` on 10 million keys of 20 bytes from a file, beside
# a Python loop that gives the same answers. Run it from the project's root:
#
#     sh docs/measure/resolve.sh [folder for some 1.5 GB of files]
set -eu
folder=${1:-$(mktemp -d)}
keys=$folder/keys
servers='10.0.0.1:11211 10.0.0.2:11211 10.0.0.3:11211=2 10.0.0.4:11211'
options=$(for server in $servers; do printf -- ' -s %s' "$server"; done)

cargo build --quiet --release -p continuum-cli
awk 'BEGIN { for (i = 0; i < 10000000; i++) printf "session:%012d\n", i }' > "$keys"

measure() { # title, command
    /usr/bin/time -f '%e %M' -o "$folder/time" sh -c "$2"
    read -r seconds memory < "$folder/time"
    awk -v t="$1" -v s="$seconds" -v m="$memory" \
        'BEGIN { printf "%-34s %7.2f s %12.0f keys/s %9.1f MB\n", t, s, 1e7 / s, m / 1024 }'
}
measure 'continuum resolve > file' "target/release/continuum resolve $options -f $keys > $folder/ours"
measure 'continuum resolve --count' "target/release/continuum resolve $options -f $keys --count > /dev/null"
measure 'continuum resolve --json > file' "target/release/continuum resolve $options -f $keys --json > $folder/json"
measure 'Python loop > file' "python3 docs/measure/python_loop.py $servers < $keys > $folder/theirs"
cmp "$folder/ours" "$folder/theirs" && echo 'the answers are the same'
