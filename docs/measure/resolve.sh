#!/bin/sh
# Measures `continuum resolve` on 10 million keys of 20 bytes from a file, beside
# a Python loop that gives the same answers: wall and processor time of the best
# of three runs, and peak memory. Run it from the project's root:
#
#     sh docs/measure/resolve.sh [folder for 1.5 GB of files]
set -eu
folder=${1:-$(mktemp -d)}
keys=$folder/keys
servers='10.0.0.1:11211 10.0.0.2:11211 10.0.0.3:11211=2 10.0.0.4:11211'
options=$(for server in $servers; do printf -- ' -s %s' "$server"; done)

cargo build --quiet --release -p continuum-cli
awk 'BEGIN { for (i = 0; i < 10000000; i++) printf "session:%012d\n", i }' > "$keys"

measure() { # title, command
    for _ in 1 2 3; do
        /usr/bin/time -f '%e %U %S %M' -o "$folder/time" sh -c "exec $2"
        cat "$folder/time"
    done | sort -n | awk -v title="$1" 'NR == 1 { wall = $1; processor = $2 + $3 } $4 > memory { memory = $4 }
        END { printf "%-32s %6.2f s %6.2f s %10.0f keys/s %6.1f MB\n",
              title, wall, processor, 1e7 / wall, memory / 1024 }'
}
ours="target/release/continuum resolve $options -f $keys"
python="python3 docs/measure/python_loop.py $servers"
measure 'continuum resolve' "$ours > $folder/ours"
measure 'continuum resolve --json' "$ours --json > $folder/json"
measure 'continuum resolve --count' "$ours --count > $folder/count"
measure 'Python, hashlib.md5 and bisect' "$python < $keys > $folder/theirs"
cmp "$folder/ours" "$folder/theirs"
echo 'the answers are the same'
