#!/bin/sh
# Measures `continuum resolve` on many keys of 20 bytes from a file, beside
# `awk '{print}'` and `cat` on the same file and a Python loop that gives the same
# answers: wall and processor time of the best of three rounds, keys a second of
# wall time, peak memory. The commands take turns. Run it from the project's root:
#
#     sh docs/measure/resolve.sh [FOLDER [KEYS]]
#
# FOLDER for the files, 6 GB for the 100 million keys that are the default. Python
# gets a million of them, and its time is scaled: it says so.
set -eu
folder=${1:-$(mktemp -d)}
count=${2:-100000000}
part=$((count < 1000000 ? count : 1000000))
keys=$folder/keys
servers='10.0.0.1:11211 10.0.0.2:11211 10.0.0.3:11211=2 10.0.0.4:11211'
options=$(for server in $servers; do printf -- ' -s %s' "$server"; done)

need=$((count / 1000 * 62 / 1024 + 1))
free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$need" ]; then
    echo "$folder has $free MB free, $need are needed" >&2
    exit 1
fi

cargo build --quiet --profile dist -p continuum-cli --target-dir target
awk -v count="$count" 'BEGIN { for (i = 0; i < count; i++) printf "session:%012d\n", i }' > "$keys"
head -n "$part" "$keys" > "$keys.part"

measure() { # name of the record, keys, command
    # The file that is written over shall not cost the command that comes next.
    rm -f "$folder/out"
    /usr/bin/time -f "%e %U %S %M $2" -a -o "$folder/$1.time" sh -c "exec $3"
}
report() { # name of the record, title
    sort -n "$folder/$1.time" | awk -v title="$2" -v all="$count" '
        NR == 1 { scale = all / $5; wall = $1 * scale; processor = ($2 + $3) * scale }
        $4 > memory { memory = $4 }
        END { printf "| %s | %.2f s | %.2f s | %.0f | %.1f MB |\n",
              title, wall, processor, all / (wall > 0 ? wall : 0.005), memory / 1024 }'
}

ours="target/dist/continuum resolve $options -f $keys"
rm -f "$folder"/*.time
for _ in 1 2 3; do
    measure ours "$count" "$ours > $folder/out"
    measure awk "$count" "awk '{print}' $keys > $folder/out"
    measure cat "$count" "cat $keys > $folder/out"
    measure ours-null "$count" "$ours > /dev/null"
    measure awk-null "$count" "awk '{print}' $keys > /dev/null"
    measure pipe "$count" "cat $keys | target/dist/continuum resolve $options > /dev/null"
    measure json "$count" "$ours --json > /dev/null"
    measure csv "$count" "$ours --output-format csv > /dev/null"
    measure parquet "$count" "$ours --output-format parquet > /dev/null"
    measure count "$count" "$ours --count > /dev/null"
    measure python "$part" "python3 docs/measure/python_loop.py $servers < $keys.part > $folder/theirs"
done
target/dist/continuum resolve $options -f "$keys.part" > "$folder/out"
cmp "$folder/out" "$folder/theirs"

echo "$count keys; $part answers compared with Python's: the same"
echo
echo '| | wall | processor | keys/s | peak memory |'
echo '|---|---:|---:|---:|---:|'
report ours '`continuum resolve`, to a file'
report awk "\`awk '{print}'\`, to a file"
report cat '`cat`, to a file'
report ours-null '`continuum resolve`, to `/dev/null`'
report pipe '`cat` into `continuum resolve`, to `/dev/null`'
report awk-null "\`awk '{print}'\`, to \`/dev/null\`"
report json '`continuum resolve --json`, to `/dev/null`'
report csv '`continuum resolve --output-format csv`, to `/dev/null`'
report parquet '`continuum resolve --output-format parquet`, to `/dev/null`'
report count '`continuum resolve --count`, to `/dev/null`'
report python "Python, \`hashlib.md5\` and \`bisect\`, $part keys, time times $((count / part)), to a file"
