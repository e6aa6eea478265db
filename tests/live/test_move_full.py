"""`continuum move` to servers that throw out keys when they are full: what was moved there must not
be among them unsaid."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from contextlib import ExitStack

from . import stores
from .conftest import Live
from .meddler import meddling
from .moving import Change, held, owner_ports, put, run, told
from .stores import HOST, Cache, Store

KEYS = [b"key:%d" % number for number in range(3000)]
LRU = ("--maxmemory-policy", "allkeys-lru", "--maxmemory")


def _change(live: Live, *, redis: bool) -> Change:
    """A change whose last server gets about its part, from the first server too: which keys it owns
    is a matter of the ports, and what is full with a fifth of them has room for a tenth."""
    while True:
        change = Change(live, redis=redis)
        first, last = change.ports[0], change.ports[-1]
        owners = zip(owner_ports(change.old, KEYS), owner_ports(change.new, KEYS), strict=True)
        sources = [old for old, new in owners if new == last]
        if 550 <= len(sources) <= 750 and sources.count(first) >= 100:
            return change


def _redis(live: Live, stack: ExitStack, *options: str) -> Change:
    """Keys of some 9 MB together, and a last server with these options that gets a part."""
    change = _change(live, redis=True)
    for port in change.ports[:-1]:
        stores.start_redis(live, stack, port)
    stores.start_redis(live, stack, change.ports[-1], *options)
    for key, port in zip(KEYS, owner_ports(change.old, KEYS), strict=True):
        put(port, key, b"x" * 3000)
    return change


def _kept(change: Change) -> int:
    return sum(held(port, redis=True) for port in change.ports)


def test_move_refuses_a_server_without_room(live: Live) -> None:
    with ExitStack() as stack:
        change = _redis(live, stack, *LRU, "2000000")
        lacks = f"{HOST}:{change.ports[-1]} has room for"
        dry = run([word for word in change.command("move") if word != "-q"])
        assert dry.returncode == 0 and lacks in dry.stderr, dry.stderr
        assert "it would throw out other keys for them (maxmemory-policy allkeys-lru)" in dry.stderr
        for verb in ("move", "copy"):
            done = run(change.apply(verb))
            assert done.returncode == 2 and lacks in done.stderr, done.stderr
            assert not change.records(verb).exists() and _kept(change) == len(KEYS)
        # What is said to help does: nothing is lost, and the rest fails.
        Store(change.ports[-1]).one(b"CONFIG", b"SET", b"maxmemory-policy", b"noeviction")
        done = run(change.apply("move"))
        assert done.returncode == 1 and "takes no more: OOM" in done.stderr, done.stderr
        assert _kept(change) == len(KEYS)


def test_move_stops_before_a_server_is_full(live: Live) -> None:
    """With --max-value it is not known before how much comes; both ways of carrying."""
    for relay in ([], ["--relay"]):
        with ExitStack() as stack:
            change = _redis(live, stack, *LRU, "2000000")
            change.journal = live.dir / f"journal{len(relay)}"
            done = run(
                change.apply("move", "--max-value", "100000", "--max-keys-per-second", "2000", *relay)
            )
            assert done.returncode == 1, (done.stdout, done.stderr)
            assert "and would throw out other keys (maxmemory-policy allkeys-lru)" in done.stderr
            report = json.loads(done.stdout)
            assert report["failed"] > 0 and report["moved"] > 0 and report["evictions"] == []
            assert _kept(change) == len(KEYS)


def test_move_tells_of_keys_thrown_out(live: Live) -> None:
    """A server that throws out keys of a batch at the moment when it gets them."""
    with ExitStack() as stack:
        change = _redis(live, stack, *LRU, "100000000")
        target = change.ports[-1]

        def act() -> bool:
            # So little that it keeps hardly anything.
            store = Store(target)
            if int(str(store.one(b"DBSIZE"))) > 100:
                store.one(b"CONFIG", b"SET", b"maxmemory", b"1100000")
            return True

        with meddling(change.ports[0], b"MIGRATE", act) as meddler:
            dial = f"--dial={HOST}:{change.ports[0]}=redis://{HOST}:{meddler.port}"
            done = run(change.apply("move", "--max-keys-per-second", "1000", dial))
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert f"{HOST}:{target} throws out keys to make room (maxmemory-policy allkeys-lru)" in done.stderr
        thrown = json.loads(done.stdout)["evictions"][0]["keys"]
        assert thrown == len(KEYS) - _kept(change) > 0
        word = f"{HOST}:{target} threw out {thrown:,} key"
        assert word in done.stderr and "what was moved there may be among them" in done.stderr


def test_a_journal_on_a_full_disk_stays_whole(live: Live) -> None:
    """One machine's line is cut off; room comes while others would write theirs behind it."""
    change = Change(live, redis=True, servers=5)
    change.new.write_text(stores.pool(change.ports[-1:], change.listen, redis=True))
    most = 30_000

    def limit() -> None:
        # Python leaves SIGXFSZ ignored: a write fails, as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port)
        for key, port in zip(KEYS, owner_ports(change.old, KEYS), strict=True):
            put(port, key)
        args = change.apply("move", "--max-keys-per-second", "1500")
        child = subprocess.Popen(
            args,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit,
            restore_signals=False,
        )
        records = change.records("move")
        while child.poll() is None and (not records.exists() or records.stat().st_size < most):
            time.sleep(0.0005)
        if child.poll() is None:
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        _, error = child.communicate(timeout=60)
        assert child.returncode == 1 and f"cannot write {records}: " in error, error
        assert records.read_bytes().endswith(b"}\n") and records.stat().st_size < most
        rest = told(change.apply("move"))
        assert rest["resumed"] and rest["found"] == rest["moved"] == len(KEYS), rest
        assert held(change.ports[-1], redis=True) == len(KEYS)


def test_sweep_keeps_what_its_owner_threw_out(live: Live) -> None:
    change = _change(live, redis=False)
    with ExitStack() as stack:
        for port in change.ports[:-1]:
            stores.start_memcached(live, stack, port)
        last = change.ports[-1]
        stores.start_memcached(live, stack, last, memory=2)
        owners = owner_ports(change.old, KEYS)
        for port in change.ports[:-1]:
            mine = zip(KEYS, owners, strict=True)
            Cache(port).set((key, b"x" * 8000, 0, 0) for key, owner in mine if owner == port)
        done = run(change.apply("copy"))
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert f"{HOST}:{last} threw out " in done.stderr
        assert "what was copied there may be among them" in done.stderr
        moving = [
            key for key, owner in zip(KEYS, owner_ports(change.new, KEYS), strict=True) if owner == last
        ]
        kept = Cache(last).get(moving).keys()
        assert 0 < len(kept) < len(moving)
        swept = told(change.apply("sweep"))
        assert swept["moved"] == len(kept), (swept, len(kept))
        assert swept["reasons"]["only_copy"] == len(moving) - len(kept)
        everything: set[bytes] = set()
        for port in change.ports:
            everything |= Cache(port).get(KEYS).keys()
        assert everything == set(KEYS)
        # When asked for, the others are deleted too.
        assert told(change.apply("sweep", "--orphans"))["moved"] == len(moving) - len(kept)
