"""Every way in which `continuum move` fails: a sentence and an exit status."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from . import stores
from .conftest import Live
from .meddler import meddling
from .moving import WIRES, Change, owner_ports, put, refused, run, told
from .process import free_port
from .stores import HOST, Cache, Store


def test_move_refuses(live: Live) -> None:
    change = Change(live, redis=True)
    with ExitStack() as stack:
        for port in change.ports[:-1]:
            stores.start_redis(live, stack, port)
        keys = [b"key:%d" % number for number in range(3000)]
        for key, port in zip(keys, owner_ports(change.old, keys), strict=True):
            put(port, key)
        missing = change.ports[-1]
        refused(change.apply("move"), f"{HOST}:{missing} does not answer: connection refused")
        assert not change.records("move").exists()
        stores.start_redis(live, stack, missing)
        # Servers that do not follow OLD, and what they follow instead.
        wrong = live.dir / "wrong.yml"
        wrong.write_text(change.old.read_text().replace("fnv1a_64", "md5"))
        refused(
            change.command("move", "--apply", "--journal", str(change.records("move")), old=wrong),
            r"these servers do not follow OLD: of \d+ sampled keys \d+ lie where scheme "
            r"'twemproxy:hash=md5' puts them; identify finds '(twemproxy|[^']*ketama[^']*)'",
            1,
        )
        assert not change.records("move").exists()
        # The journal of another run.
        told(change.apply("move"))
        args = change.command("sweep", "--apply", "--journal", str(change.records("move")))
        refused(args, "is the journal of another run, move from map ")
        notes = live.dir / "notes"
        notes.write_text("mine\n")
        args = change.command("sweep", "--apply", "--journal", str(notes))
        refused(args, "is there and no journal of continuum move")
        assert notes.read_text() == "mine\n"


def test_move_conflicts(live: Live) -> None:
    """BUSYKEY and NOKEY: a key on both sides, and one that is gone meanwhile."""
    change = Change(live, redis=True)
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port)
        keys = [b"key:%d" % number for number in range(3000)]
        olds, news = owner_ports(change.old, keys), owner_ports(change.new, keys)
        moving = [place for place in zip(keys, olds, news, strict=True) if place[1] != place[2]]
        for key, old, _ in zip(keys, olds, news, strict=True):
            put(old, key, b"old")
        both, same = moving[:20], moving[20:30]
        for key, _, new in both:
            put(new, key, b"new")
        for key, _, new in same:
            put(new, key, b"old")
        done = run(change.apply("move"))
        assert done.returncode == 1, done.stderr
        assert "20 keys are on their new owner too, with another value" in done.stderr
        report = json.loads(done.stdout)
        assert (report["moved"], report["conflicts"]) == (len(moving) - 20, 20), report
        for key, old, new in both:
            assert WIRES[old].one(b"GET", key) == b"old" and WIRES[new].one(b"GET", key) == b"new"
        kept = told(change.apply("move", "--on-conflict", "keep", "--relay"))
        assert (kept["moved"], kept["conflicts"]) == (0, 20)
        for key, old, new in both:
            assert WIRES[old].one(b"GET", key) is None and WIRES[new].one(b"GET", key) == b"new"
        for key, old, new in both:
            put(old, key, b"old")
        replaced = told(change.apply("move", "--on-conflict", "replace"))
        assert (replaced["moved"], replaced["conflicts"]) == (20, 0)
        assert all(WIRES[new].one(b"GET", key) == b"old" for key, _, new in both)
        # A sweep of what its owner does not have is the end of it: only when asked.
        key, old, new = both[0]
        WIRES[new].one(b"DEL", key)
        put(old, key)
        swept = told(change.apply("sweep"))
        assert swept["reasons"]["only_copy"] == 1 and WIRES[old].one(b"GET", key) == b"v"
        told(change.apply("sweep", "--orphans"))
        assert WIRES[old].one(b"GET", key) is None


def test_move_to_a_full_server(live: Live) -> None:
    change = Change(live, redis=True)
    with ExitStack() as stack:
        for port in change.ports[:-1]:
            stores.start_redis(live, stack, port)
        stores.start_redis(live, stack, change.ports[-1], "--maxmemory", "1500000")
        keys = [b"key:%d" % number for number in range(3000)]
        olds = owner_ports(change.old, keys)
        for key, port in zip(keys, olds, strict=True):
            put(port, key, b"x" * 5000)
        done = run(change.apply("move"))
        assert done.returncode == 1, done.stderr
        assert f"{HOST}:{change.ports[-1]} takes no more: OOM" in done.stderr
        report = json.loads(done.stdout)
        assert report["failed"] > 0 and report["conflicts"] == 0
        wires = [Store(port) for port in change.ports]
        assert sum(int(str(wire.one(b"DBSIZE"))) for wire in wires) == len(keys)
        # With room made, the rest goes the same way.
        wires[-1].one(b"CONFIG", b"SET", b"maxmemory", b"0")
        rest = told(change.apply("move"))
        assert rest["resumed"] and rest["found"] == len(keys)


def test_copy_to_a_full_memcached(live: Live) -> None:
    """One that evicts is told of; one that does not (-M) fails keys."""
    for evicts, options in ((True, ()), (False, ("-M",))):
        change = Change(live, redis=False)
        change.journal = live.dir / f"journal{evicts}"
        with ExitStack() as stack:
            for port in change.ports[:-1]:
                stores.start_memcached(live, stack, port)
            stores.start_memcached(live, stack, change.ports[-1], *options, memory=2)
            keys = [b"key:%d" % number for number in range(3000)]
            for port in change.ports[:-1]:
                mine = zip(keys, owner_ports(change.old, keys), strict=True)
                Cache(port).set((key, b"x" * 8000, 0, 0) for key, owner in mine if owner == port)
            done = run(change.apply("copy"))
            assert done.returncode == 1, done.stderr
            report = json.loads(done.stdout)
            if evicts:
                assert report["evictions"] and report["evictions"][0]["keys"] > 10
            else:
                assert "takes no more: SERVER_ERROR out of memory" in done.stderr
                assert report["failed"] > 0


def test_move_a_server_dies(live: Live) -> None:
    for verb, redis in (("move", True), ("copy", False)):
        change = Change(live, redis=redis)
        change.journal = live.dir / f"journal-{verb}"
        with ExitStack() as stack:
            start: Callable[..., int] = stores.start_redis if redis else stores.start_memcached
            pids = [start(live, stack, port) for port in change.ports]
            keys = [b"key:%d" % number for number in range(4000)]
            owners = owner_ports(change.old, keys)
            for port in change.ports[:-1]:
                mine = [key for key, owner in zip(keys, owners, strict=True) if owner == port]
                if redis:
                    Store(port).ask([b"SET", key, b"v"] for key in mine)
                else:
                    Cache(port).set((key, b"v", 0, 0) for key in mine)
            args = change.apply(verb, "--max-keys-per-second", "1000", "--timeout", "3")
            child = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            change.wait_until_begun(verb)
            os.kill(pids[-1], signal.SIGKILL)
            out, error = child.communicate(timeout=60)
            assert child.returncode == 1, (verb, out, error)
            assert f"{HOST}:{change.ports[-1]}" in error and "the same command goes on" in error
            report = json.loads(out)
            assert report["failed"] > 0, report


@contextmanager
def _silent() -> Iterator[int]:
    """A server that accepts and says nothing."""
    with socket.create_server((HOST, 0)) as sock:
        yield sock.getsockname()[1]


def test_move_a_slow_server(live: Live) -> None:
    change = Change(live, redis=True)
    with ExitStack() as stack:
        for port in change.ports[:-1]:
            stores.start_redis(live, stack, port)
        port = stack.enter_context(_silent())
        text = change.new.read_text().replace(f":{change.ports[-1]}:", f":{port}:")
        change.new.write_text(text)
        begun = time.monotonic()
        refused(change.apply("move", "--timeout", "1"), f":{port} does not answer: no answer in time")
        assert time.monotonic() - begun < 10


@contextmanager
def _answering(answer: bytes) -> Iterator[int]:
    """A server that answers every line with this."""
    sock = socket.create_server((HOST, 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = sock.accept()
            except OSError:
                return
            with connection:
                while connection.recv(4096):
                    connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        sock.close()


def test_move_refuses_what_it_does_not_know(live: Live) -> None:
    for answer, sentence in (
        (b"VERSION 1.4.25\r\n", r"runs memcached 1\.4\.25: keys can be listed from 1\.4\.31 on"),
        (b"VERSION 1.4.31\r\n", r"runs memcached 1\.4\.31, which lacks the meta commands"),
        (b"CLIENT_ERROR unauthenticated\r\n", "wants a user and a password"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "speaks neither memcached's text protocol nor Redis'"),
    ):
        with _answering(answer) as port:
            change = Change(live, redis=False)
            listed = stores.pool([port], change.listen, redis=False)
            change.old.write_text(listed)
            change.new.write_text(listed)
            refused(change.apply("copy"), sentence)
    with ExitStack() as stack:
        change = Change(live, redis=False)
        for port in change.ports:
            stores.start_memcached(live, stack, port)
        refused(change.apply("move"), "memcached has no command that moves a key")
        with ExitStack() as inner:
            mixed = free_port()
            stores.start_redis(live, inner, mixed)
            change.new.write_text(stores.pool([*change.ports, mixed], change.listen, redis=False))
            refused(change.apply("copy"), f"speaks memcached, and {HOST}:{mixed} does not")
    with ExitStack() as stack:
        change = Change(live, redis=False)
        for port in change.ports:
            stores.start_memcached(live, stack, port, "-C")
        refused(change.apply("copy"), r"runs without counters \(-C\)")
    with ExitStack() as stack:
        change = Change(live, redis=True, servers=2)
        stores.start_redis(live, stack, change.ports[0])
        master = str(change.ports[0])
        stores.start_redis(live, stack, change.ports[1], "--replicaof", HOST, master)
        refused(change.apply("move"), f"is a replica of {HOST}: its master")


def test_move_stops_where_the_servers_dial_another_one(live: Live) -> None:
    """MIGRATE goes to the address in the files, whatever is dialled in its place."""
    change = Change(live, redis=True, servers=3)
    first, named, dialled = change.ports
    change.old.write_text(stores.pool([first], change.listen, redis=True))
    change.new.write_text(stores.pool([named], change.listen, redis=True))
    dial = f"--dial={HOST}:{named}=redis://{HOST}:{dialled}"
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port)
        for number in range(300):
            put(first, b"key:%d" % number)
        done = run(change.apply("move", dial))
        sentence = f"a key that {HOST}:{first} sent to {HOST}:{named}, the address of "
        assert done.returncode == 1 and sentence in done.stderr, done.stderr
        report = json.loads(done.stdout)
        assert report["moved"] == 0 and report["failed"] == report["found"] > 0
        # One was sent to see it.
        assert [int(str(Store(port).one(b"DBSIZE"))) for port in change.ports] == [299, 1, 0]
        rest = told(change.apply("move", dial, "--relay"))
        assert rest["failed"] == 0
        assert [int(str(Store(port).one(b"DBSIZE"))) for port in change.ports] == [0, 1, 299]
        # Another way to the same server is none to be refused.
        change.journal = live.dir / "another"
        for number in range(300):
            put(first, b"key:%d" % number)
        Store(named).one(b"FLUSHALL")
        with meddling(named, b"no such word", lambda: True) as way:
            dial = f"--dial={HOST}:{named}=redis://{HOST}:{way.port}"
            assert told(change.apply("move", dial))["moved"] == 300
