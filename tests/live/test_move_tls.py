"""`continuum move` over TLS, with users and passwords: certificates of an authority of the test's
own, believed and not, and nothing secret in what is told or written."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from hashlib import sha1

from . import stores
from .authority import Authority
from .conftest import Live
from .moving import Change, owner_ports, refused, run, told
from .stores import HOST, Cache, Store

# Names that twemproxy's hash spreads, which it does not do with numbers alone.
KEYS = [sha1(b"%d" % number).hexdigest().encode() for number in range(1200)]
# memcached takes no blank in a password, nor does Redis' list of users.
USER, PASSWORD = "carrier", "open-sesame"
SECRET = {"CONTINUUM_USER": USER, "CONTINUUM_PASSWORD": PASSWORD}


def _refusals(change: Change, verb: str, ours: Authority, other: Authority) -> None:
    """Each ends before anything is written."""
    trusted = ("--tls", "--tls-ca", str(ours.file))
    refused(change.apply(verb), "does not answer|speaks neither", **SECRET)
    refused(change.apply(verb, "--tls"), "does not answer: .*certificate", **SECRET)
    wrong = change.apply(verb, "--tls", "--tls-ca", str(other.file))
    refused(wrong, "does not answer: .*certificate", **SECRET)
    refused(change.apply(verb, *trusted), "wants a (user and a )?password")
    password = {**SECRET, "CONTINUUM_PASSWORD": "hush-hush"}
    refused(change.apply(verb, *trusted), "refuses the user or the password", **password)
    assert not change.records(verb).exists()


def test_move_redis_over_tls(live: Live) -> None:
    change = Change(live, redis=True)
    ours, other = Authority(live), Authority(live, "other")
    made = ours.issue("server")
    options = ["--port", "0", "--tls-auth-clients", "no", "--tls-ca-cert-file", str(ours.file)]
    options += ["--tls-cert-file", str(made.chain), "--tls-key-file", str(made.key)]
    users = live.dir / "users.acl"
    users.write_text(f"user default off\nuser {USER} on ~* &* +@all >{PASSWORD}\n")
    options += ["--aclfile", str(users)]
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port, *options, "--tls-port", str(port))
        wires = {port: _store(port, ours.context()) for port in change.ports}
        for key, port in zip(KEYS, owner_ports(change.old, KEYS), strict=True):
            wires[port].one(b"SET", key, key, b"PX", b"3600000")
        _refusals(change, "move", ours, other)
        done = told(change.apply("move", "--tls", "--tls-ca", str(ours.file)), **SECRET)
        places = zip(owner_ports(change.old, KEYS), owner_ports(change.new, KEYS), strict=True)
        assert done["moved"] == sum(old != new for old, new in places) > 20
        for key, port in zip(KEYS, owner_ports(change.new, KEYS), strict=True):
            assert wires[port].one(b"GET", key) == key
            assert 3_500_000 < int(str(wires[port].one(b"PTTL", key))) <= 3_600_000
        assert sum(int(str(wire.one(b"DBSIZE"))) for wire in wires.values()) == len(KEYS)
        assert PASSWORD not in change.records("move").read_text()
        # The same by URL, one for each server, which no variable names.
        urls = [
            option
            for port in change.ports
            for option in ("--dial", f"{HOST}:{port}=rediss://{USER}:{PASSWORD}@{HOST}:{port}")
        ]
        listed = run(change.command("list", "--tls-ca", str(ours.file), *urls))
        assert (listed.returncode, listed.stdout) == (0, ""), listed.stderr
        live.lines.append(f"move, Redis over TLS: {done['moved']} keys moved, none left")


def _store(port: int, tls: ssl.SSLContext) -> Store:
    store = Store(port, tls)
    assert store.one(b"AUTH", USER.encode(), PASSWORD.encode()) == b"+OK"
    return store


def test_move_memcached_over_tls(live: Live) -> None:
    change = Change(live, redis=False)
    ours, other = Authority(live), Authority(live, "other")
    made = ours.issue("server")
    users = live.dir / "users"
    users.write_text(f"{USER}:{PASSWORD}\n")
    options = ["-Z", "-o", f"ssl_chain_cert={made.chain},ssl_key={made.key}", "-Y", str(users)]
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_memcached(live, stack, port, *options)
        caches = {port: _cache(port, ours.context()) for port in change.ports}
        for key, port in zip(KEYS, owner_ports(change.old, KEYS), strict=True):
            caches[port].set([(key, key, 7, 3600)])
        _refusals(change, "copy", ours, other)
        trusted = ("--tls", "--tls-ca", str(ours.file))
        done = told(change.apply("copy", *trusted), **SECRET)
        places = zip(owner_ports(change.old, KEYS), owner_ports(change.new, KEYS), strict=True)
        assert done["moved"] == sum(old != new for old, new in places) > 20
        for port, cache in caches.items():
            owned = zip(KEYS, owner_ports(change.new, KEYS), strict=True)
            mine = [key for key, owner in owned if owner == port]
            assert cache.get(mine) == {key: key for key in mine}
            assert all(flags == 7 and 3500 < left <= 3600 for left, flags in cache.left(mine).values())
        swept = told(change.apply("sweep", *trusted), **SECRET)
        assert swept["moved"] == done["moved"]
        assert PASSWORD not in change.records("copy").read_text()
        live.lines.append(f"move, memcached over TLS: {done['moved']} keys copied, then swept")


def _cache(port: int, tls: ssl.SSLContext) -> Cache:
    cache = Cache(port, tls)
    cache.set([(b"auth", f"{USER} {PASSWORD}".encode(), 0, 0)])
    return cache
