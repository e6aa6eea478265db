#!/bin/sh
# Installs the Debian packages of the programs that the live proof asks. Idempotent; run as root
# or with sudo. No service is started: the tests start their own processes.
set -eu

packages="nginx haproxy nutcracker varnish redis-server memcached openssl libmemcached11 gcc g++ libc6-dev python3-dev
    zsh fish man-db chromium fonts-dejavu-core
    postgresql ruby-dalli ruby-redis php-cli php-redis php-memcache php-predis caddy
    graphite-carbon carbon-c-relay prometheus etcd-server perl libcache-memcached-perl luajit pkg-config"
# Spark's, which only the long proof starts.
if [ "${CONTINUUM_LIVE_ALL:-}" = 1 ]; then
    packages="$packages default-jre-headless"
fi
# PL/Proxy's package bears PostgreSQL's version: 15 in Debian 12, 17 in Debian 13.
. /etc/os-release
case "${VERSION_ID:-}" in
    13) packages="$packages postgresql-17-plproxy" ;;
    *) packages="$packages postgresql-15-plproxy" ;;
esac
# Node.js may come from elsewhere, and Debian's npm would not go with it.
if ! command -v npm >/dev/null; then
    packages="$packages nodejs npm"
fi

missing=""
for package in $packages; do
    if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
        missing="$missing $package"
    fi
done
# Slim images leave out documentation; HAProxy's examples are in it, and are read.
examples=/usr/share/doc/haproxy/examples
if [ ! -e "$examples" ]; then
    case "$missing" in *haproxy*) ;; *) missing="$missing haproxy" ;; esac
fi
if [ -z "$missing" ]; then
    echo "live proof: everything is installed"
    exit 0
fi

sudo=""
if [ "$(id -u)" -ne 0 ]; then
    sudo="sudo"
fi

# A policy that refuses to start services, taken away again unless one was there already.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$sudo rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod 755 "$policy"
fi

$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --reinstall \
    -o Dpkg::Options::=--path-include="$examples/*" $missing
