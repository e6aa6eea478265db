"""`continuum move` over Redis while clients of the old map write on, and after a copy: what was
acknowledged is never deleted unasked, and what is on both sides is told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from . import stores
from .conftest import Live
from .meddler import meddling
from .moving import Change, owner_ports, refused, run, told
from .stores import HOST, Store

MEMBERS = [b"member:%d" % number for number in range(2000)]


class Pair:
    """Redis servers, and a key that moves from one of them to another."""

    def __init__(self, live: Live, stack: ExitStack) -> None:
        self.change = Change(live, redis=True, servers=3)
        for port in self.change.ports:
            stores.start_redis(live, stack, port)
        # Numbers in front: behind a word they differ too late for this hash to spread them.
        keys = [b"%d:key" % number for number in range(1000)]
        places = zip(
            keys, owner_ports(self.change.old, keys), owner_ports(self.change.new, keys), strict=True
        )
        self.key, self.port, new = next(place for place in places if place[1] != place[2])
        self.old, self.new = Store(self.port), Store(new)

    def dialled(self, port: int) -> str:
        return f"--dial={HOST}:{self.port}=redis://{HOST}:{port}"

    def fill(self, kind: str) -> None:
        if kind == "set":
            self.old.one(b"SADD", self.key, *MEMBERS)
        elif kind == "sorted":
            self.old.one(b"ZADD", self.key, *(part for member in MEMBERS for part in (b"1", member)))
        elif kind == "hash":
            self.old.one(b"HSET", self.key, *(part for member in MEMBERS for part in (member, b"v")))
        elif kind == "list":
            self.old.one(b"RPUSH", self.key, *MEMBERS)
        else:
            self.old.one(b"SET", self.key, b"".join(MEMBERS))

    def add(self, wire: Store, kind: str, member: bytes) -> None:
        if kind == "set":
            assert wire.one(b"SADD", self.key, member) == 1
        else:
            assert wire.one(b"HSET", self.key, member, b"v") == 1

    def size(self, wire: Store, kind: str) -> object:
        return wire.one(b"SCARD" if kind == "set" else b"HLEN", self.key)


@pytest.mark.parametrize("kind", ["set", "hash"])
def test_move_takes_back_what_is_too_old(live: Live, kind: str) -> None:
    """A member is added when its key was read and put, and is not yet deleted."""
    with ExitStack() as stack:
        pair = Pair(live, stack)
        pair.fill(kind)
        added: list[bytes] = []

        def act(both: bool = False) -> bool:
            if not added:
                added.append(b"late")
                pair.add(Store(pair.port), kind, b"late")
                if both:
                    pair.add(Store(pair.new.port), kind, b"later")
            return True

        args = ["--relay", "--on-conflict", "keep"]
        with meddling(pair.port, b"return redis.call('DEL'", act) as meddler:
            done = run([*pair.change.apply("move", *args), pair.dialled(meddler.port)])
        assert added and done.returncode == 1, (done.stdout, done.stderr)
        assert "1 key was left on the old owner, since it changed while it was read" in done.stderr
        assert pair.size(pair.old, kind) == len(MEMBERS) + 1 and pair.size(pair.new, kind) == 0
        assert told(pair.change.apply("move", *args))["moved"] == 1
        assert pair.size(pair.old, kind) == 0 and pair.size(pair.new, kind) == len(MEMBERS) + 1
        # Written on both sides at that moment: neither is deleted.
        for wire in (pair.old, pair.new):
            wire.one(b"DEL", pair.key)
        pair.fill(kind)
        added.clear()
        with meddling(pair.port, b"return redis.call('DEL'", lambda: act(both=True)) as meddler:
            done = run([*pair.change.apply("move", *args), pair.dialled(meddler.port)])
        assert added and done.returncode == 1, (done.stdout, done.stderr)
        assert "1 key is on its new owner too, with another value" in done.stderr
        assert json.loads(done.stdout)["conflicts"] == 1
        for wire in (pair.old, pair.new):
            assert pair.size(wire, kind) == len(MEMBERS) + 1


def test_move_takes_back_what_was_deleted(live: Live) -> None:
    """The key is deleted when it was read and put, and is not yet deleted here; also where a client
    of the new map has written it meanwhile, whose value stays."""
    for newer in (None, b"newer"):
        with ExitStack() as stack:
            pair = Pair(live, stack)
            pair.change.journal = live.dir / f"journal-{newer!r}"
            pair.old.one(b"SET", pair.key, b"v")
            deleted: list[object] = []

            def act(pair: Pair = pair, deleted: list[object] = deleted, newer: bytes | None = newer) -> bool:
                deleted.append(Store(pair.port).one(b"DEL", pair.key))
                if newer:
                    Store(pair.new.port).one(b"SET", pair.key, newer)
                return True

            with meddling(pair.port, b"return redis.call('DEL'", act) as meddler:
                done = told([*pair.change.apply("move", "--relay"), pair.dialled(meddler.port)])
            assert deleted == [1] and (done["vanished"], done["moved"]) == (1, 0)
            assert pair.new.one(b"GET", pair.key) == newer


def test_move_sees_a_new_time_to_live(live: Live) -> None:
    """The time to live changes when the key was read and is not yet deleted."""
    with ExitStack() as stack:
        pair = Pair(live, stack)
        pair.old.one(b"SET", pair.key, b"v", b"EX", b"60")

        def act() -> bool:
            return Store(pair.port).one(b"EXPIRE", pair.key, b"3600") == 1

        with meddling(pair.port, b"return redis.call('DEL'", act) as meddler:
            done = run([*pair.change.apply("move", "--relay"), pair.dialled(meddler.port)])
        assert meddler.acted and done.returncode == 1, (done.stdout, done.stderr)
        assert pair.new.one(b"EXISTS", pair.key) == 0
        assert told(pair.change.apply("move", "--relay"))["moved"] == 1
        assert int(str(pair.new.one(b"TTL", pair.key))) > 3000


@pytest.mark.parametrize("kind", ["set", "hash", "sorted", "list", "text"])
@pytest.mark.parametrize("relayed", [False, True])
def test_copy_of_a_value_is_the_same_value(live: Live, kind: str, relayed: bool) -> None:
    """Servers dump sets and hashes in an order of their own."""
    relay = ["--relay"] if relayed else []
    with ExitStack() as stack:
        pair = Pair(live, stack)
        pair.fill(kind)
        for _ in range(2):
            assert told(pair.change.apply("copy", *relay))["moved"] == 1
        assert told(pair.change.apply("move", *relay))["moved"] == 1
        assert pair.old.one(b"EXISTS", pair.key) == 0 and pair.new.one(b"EXISTS", pair.key) == 1


def _set(pair: Pair) -> None:
    pair.old.one(b"SET", pair.key, b"second")


def _expire(pair: Pair) -> None:
    pair.old.one(b"EXPIRE", pair.key, b"3600")


def _persist(pair: Pair) -> None:
    pair.old.one(b"PERSIST", pair.key)


@pytest.mark.parametrize("change", [_set, _expire, _persist])
def test_copy_tells_what_changed_since_another(live: Live, change: Callable[[Pair], None]) -> None:
    with ExitStack() as stack:
        pair = Pair(live, stack)
        pair.old.one(b"SET", pair.key, b"first", b"EX", b"60")
        assert told(pair.change.apply("copy"))["moved"] == 1
        assert told(pair.change.apply("copy"))["moved"] == 1
        change(pair)
        held = pair.old.one(b"GET", pair.key), pair.old.one(b"TTL", pair.key)
        for verb in ("copy", "move"):
            done = run(pair.change.apply(verb))
            assert done.returncode == 1, (verb, done.stdout, done.stderr)
            assert "1 key is on its new owner too, with another value or time to live" in done.stderr
            assert json.loads(done.stdout)["conflicts"] == 1
        assert told(pair.change.apply("move", "--on-conflict", "replace"))["moved"] == 1
        assert pair.old.one(b"EXISTS", pair.key) == 0
        value, left = pair.new.one(b"GET", pair.key), int(str(pair.new.one(b"TTL", pair.key)))
        assert value == held[0] and abs(left - int(str(held[1]))) <= 5


def test_move_leaves_what_is_written_again_under_old(live: Live) -> None:
    """A client of the old map writes a key anew that a pass before this one has moved."""
    with ExitStack() as stack:
        pair = Pair(live, stack)
        pair.old.one(b"SET", pair.key, b"first")

        def act() -> bool:
            # Before the second pass.
            store = Store(pair.port)
            if store.one(b"EXISTS", pair.key) == 0:
                store.one(b"SET", pair.key, b"second")
            return True

        with meddling(pair.port, b"SCAN", act) as meddler:
            args = pair.change.apply("move", "--on-conflict", "keep")
            done = run([*args, pair.dialled(meddler.port)])
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert "so that neither is known to be the newer" in done.stderr
        assert pair.old.one(b"GET", pair.key) == b"second"
        assert pair.new.one(b"GET", pair.key) == b"first"


def test_copy_tells_what_was_deleted_since_another(live: Live) -> None:
    with ExitStack() as stack:
        pair = Pair(live, stack)
        pair.old.one(b"SET", pair.key, b"v")
        for _ in range(2):
            assert told(pair.change.apply("copy"))["moved"] == 1
        pair.old.one(b"DEL", pair.key)
        for args in (pair.change.apply("copy"), pair.change.command("copy")):
            done = run(args)
            assert done.returncode == 1, (done.stdout, done.stderr)
            assert "1 key lies where NEW puts it, and is not on its old owner" in done.stderr
        # Nobody can tell it from a key that was written under NEW: it stays.
        assert pair.new.one(b"GET", pair.key) == b"v"


def test_move_after_a_copy_does_not_keep_copies(live: Live) -> None:
    with ExitStack() as stack:
        pair = Pair(live, stack)
        pair.old.one(b"SET", pair.key, b"first")
        journal = ["--apply", "--json", "--journal"]
        dry = told(pair.change.command("copy", "--json"))
        # As it is called where no name is given.
        name = f"continuum-copy-{dry['old'][:8]}-{dry['new'][:8]}.journal"
        told(pair.change.command("copy", *journal, str(live.dir / name)))
        pair.old.one(b"SET", pair.key, b"second")
        args = pair.change.command("move", *journal, str(live.dir / "continuum-move.journal"))
        refused([*args, "--on-conflict", "keep"], "would keep copies that are older than what was written")
        assert pair.old.one(b"GET", pair.key) == b"second"
        assert told([*args, "--on-conflict", "replace"])["moved"] == 1
        assert pair.new.one(b"GET", pair.key) == b"second"


def test_move_killed_before_it_deletes(live: Live) -> None:
    """A member is added after a run was killed that had put its key on the new owner: what is
    there is that run's and not a client's."""
    with ExitStack() as stack:
        pair = Pair(live, stack)
        pair.fill("set")
        running: list[subprocess.Popen[bytes]] = []
        args = pair.change.apply("move", "--relay", "--on-conflict", "keep")

        def act() -> bool:
            running[0].kill()
            return False

        with meddling(pair.port, b"return redis.call('DEL'", act) as meddler:
            running.append(subprocess.Popen([*args, pair.dialled(meddler.port)]))
            assert running[0].wait(timeout=60) != 0 and meddler.acted
        assert pair.size(pair.old, "set") == pair.size(pair.new, "set") == len(MEMBERS)
        pair.add(pair.old, "set", b"late")
        done = run(args)
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert "1 key is on its new owner too, with another value" in done.stderr
        assert pair.size(pair.old, "set") == len(MEMBERS) + 1
        assert pair.size(pair.new, "set") == len(MEMBERS)
