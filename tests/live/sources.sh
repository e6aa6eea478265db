#!/bin/sh
# Unpacks source packages from PyPI whose own tests our drop-ins pass: sources.sh PYTHON FOLDER.
# Idempotent. What a package needs to be built is taken as wheels; nothing is compiled.
set -eu
python=$1
folder=$2
mkdir -p "$folder"
# uhashring's later source packages leave its tests out, as clandestined's do.
for package in pymemcache==4.0.0 uhashring==2.1 hashring==1.5.1 jump-consistent-hash==3.6.0 \
    django==5.2.19; do
    unpacked="$folder/$package"
    [ ! -d "$unpacked" ] || continue
    rm -rf "$folder/fetched"
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps \
        --no-binary "${package%%==*}" --dest "$folder/fetched" "$package" >&2
    mkdir "$folder/fetched/unpacked"
    tar -xzf "$folder/fetched/"*.tar.gz -C "$folder/fetched/unpacked" --strip-components 1
    mv "$folder/fetched/unpacked" "$unpacked"
done
rm -rf "$folder/fetched"
