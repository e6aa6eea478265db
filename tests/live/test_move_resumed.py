"""`continuum move` over Redis that is gone on with, or run again: over a restart of a server, while
clients of the old map write on, and with keys that nobody could decide."""

from __future__ import annotations

import json
from contextlib import ExitStack

from . import stores
from .conftest import Live
from .meddler import meddling
from .moving import Change, owner_ports, run, told
from .stores import HOST, Store

KEYS = [b"key:%d" % number for number in range(3000)]


def _keys(wire: Store) -> int:
    return int(str(wire.one(b"DBSIZE")))


class Over:
    """Servers of Redis, the last of which takes over from the others."""

    def __init__(self, live: Live, stack: ExitStack, servers: int = 2) -> None:
        self.live, self.stack = live, stack
        self.change = Change(live, redis=True, servers=servers, alone=True)
        self.lives = {port: stack.enter_context(ExitStack()) for port in self.change.ports}
        for port, life in self.lives.items():
            stores.start_redis(live, life, port)
        self.old, self.new = (Store(self.change.ports[at]) for at in (0, -1))

    def fill(self, value: bytes = b"v1") -> None:
        assert set(self.old.ask([b"SET", key, value] for key in KEYS)) == {b"+OK"}

    def cut(self, verb: str) -> None:
        """Filled, and a run that is interrupted when it has begun."""
        self.fill()
        slow = self.change.apply(verb, "--max-keys-per-second", "2000")
        self.change.interrupt(slow, self.new.port, 500)

    def restart(self, port: int) -> Store:
        """With its data, under another seed of its table."""
        Store(port).one(b"SAVE")
        self.lives[port].close()
        self.lives[port] = self.stack.enter_context(ExitStack())
        stores.start_redis(self.live, self.lives[port], port)
        return Store(port)

    def values(self, wire: Store) -> list[object]:
        return wire.ask([b"GET", key] for key in KEYS)


def test_copy_goes_on_over_a_restart(live: Live) -> None:
    with ExitStack() as stack:
        made = Over(live, stack)
        made.cut("copy")
        assert _keys(made.new) < len(KEYS)
        assert _keys(made.restart(made.old.port)) == len(KEYS)
        told(made.change.apply("copy"))
        assert _keys(made.new) == len(KEYS)


def test_move_goes_on_over_a_restart(live: Live) -> None:
    with ExitStack() as stack:
        made = Over(live, stack)
        made.cut("move")
        made.old = made.restart(made.old.port)
        rest = told(made.change.apply("move"))
        assert rest["resumed"] and rest["found"] == rest["moved"] == len(KEYS)
        assert (_keys(made.old), _keys(made.new)) == (0, len(KEYS))


def test_copy_that_goes_on_compares_what_it_copied(live: Live) -> None:
    with ExitStack() as stack:
        made = Over(live, stack)
        made.cut("copy")
        copied = [key for key, value in zip(KEYS, made.values(made.new), strict=True) if value]
        for key in copied[:20]:
            made.old.one(b"SET", key, b"v2")
        for key in copied[20:30]:
            made.old.one(b"DEL", key)
        done = run(made.change.apply("copy"))
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert "20 keys are on their new owner too, with another value" in done.stderr
        assert "10 keys lie where NEW puts them, and are not on their old owner" in done.stderr
        # Put right, it says so.
        for key in copied[:20]:
            made.old.one(b"SET", key, b"v1")
        for key in copied[20:30]:
            made.new.one(b"DEL", key)
        told(made.change.apply("copy"))
        assert made.values(made.old) == made.values(made.new)


def test_move_looks_again_at_a_server_that_was_finished(live: Live) -> None:
    with ExitStack() as stack:
        made = Over(live, stack, servers=3)
        owners = owner_ports(made.change.old, [b"%d:late" % number for number in range(200)])
        first, second, last = made.change.ports
        wires = {port: Store(port) for port in made.change.ports}
        names = [b"%d:late" % number for number in range(200)]
        late = next(name for name, owner in zip(names, owners, strict=True) if owner == first)
        for key, owner in zip(KEYS, owner_ports(made.change.old, KEYS), strict=True):
            if owner == second:
                wires[second].one(b"SET", key, b"v1")
        assert _keys(wires[second]) > 300
        slow = made.change.apply("move", "--on-conflict", "keep", "--max-keys-per-second", "300")
        part = made.change.interrupt(slow, last, 60)
        assert [row["finished"] for row in part["servers"]] == [True, False, False]
        wires[first].one(b"SET", late, b"of a client of OLD")
        told(made.change.apply("move", "--on-conflict", "keep"))
        assert _keys(wires[first]) == _keys(wires[second]) == 0
        assert wires[last].one(b"GET", late) == b"of a client of OLD"


def test_move_leaves_what_a_run_before_could_not_decide(live: Live) -> None:
    with ExitStack() as stack:
        made = Over(live, stack)
        made.fill()
        key = KEYS[7]

        def act() -> bool:
            # Before the second pass.
            store = Store(made.old.port)
            if store.one(b"EXISTS", key) == 0:
                store.one(b"SET", key, b"newest")
            return True

        args = made.change.apply("move", "--on-conflict", "keep")
        with meddling(made.old.port, b"SCAN", act) as meddler:
            dial = f"--dial={HOST}:{made.old.port}=redis://{HOST}:{meddler.port}"
            assert run([*args, dial]).returncode == 1
        for _ in range(2):
            done = run(args)
            assert done.returncode == 1 and json.loads(done.stdout)["undecided"] == 1, done.stderr
            assert "another --on-conflict decides" in done.stderr
            assert (made.old.one(b"GET", key), made.new.one(b"GET", key)) == (b"newest", b"v1")
        # Also what a client of OLD wrote between two runs.
        made.old.one(b"SET", KEYS[8], b"newest")
        assert json.loads(run(args).stdout)["undecided"] == 2
        told(made.change.apply("move", "--on-conflict", "replace"))
        assert made.new.one(b"GET", key) == made.new.one(b"GET", KEYS[8]) == b"newest"
        assert _keys(made.old) == 0


def test_move_again_after_keys_failed(live: Live) -> None:
    """Of what was moved before some failed, and was written anew, nobody knows which is newer."""
    with ExitStack() as stack:
        made = Over(live, stack)
        made.fill(b"x" * 3000)
        made.new.one(b"CONFIG", b"SET", b"maxmemory", b"5000000")
        args = made.change.apply("move", "--on-conflict", "keep")
        assert run(args).returncode == 1
        moved = next(key for key, value in zip(KEYS, made.values(made.new), strict=True) if value)
        made.old.one(b"SET", moved, b"newest")
        made.new.one(b"CONFIG", b"SET", b"maxmemory", b"0")
        done = run(args)
        assert done.returncode == 1 and json.loads(done.stdout)["undecided"] == 1, done.stderr
        assert made.old.one(b"GET", moved) == b"newest" and _keys(made.old) == 1


def test_move_replace_tells_of_copies_whose_key_was_deleted(live: Live) -> None:
    with ExitStack() as stack:
        made = Over(live, stack)
        made.fill()
        told(made.change.apply("copy"))
        made.old.one(b"DEL", KEYS[5])
        made.old.one(b"SET", KEYS[6], b"v2")
        args = made.change.apply("move", "--on-conflict", "replace")
        done = run(args)
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert "1 of the keys that" in done.stderr and "are not on their old owner" in done.stderr
        assert made.new.one(b"GET", KEYS[6]) == b"v2" and _keys(made.old) == 0
        # The next run does not take its own keys for copies.
        assert told(args)["doubts"] == []


def test_move_says_that_it_does_not_come_to_an_end(live: Live) -> None:
    """A client of OLD writes a new key before every page."""
    with ExitStack() as stack:
        made = Over(live, stack)
        written: list[bytes] = [b"first"]
        made.old.one(b"SET", b"first", b"v")

        def act() -> bool:
            written.append(b"new:%d" % len(written))
            return Store(made.old.port).one(b"SET", written[-1], b"v") == b"+OK"

        with meddling(made.old.port, b"SCAN", act) as meddler:
            dial = f"--dial={HOST}:{made.old.port}=redis://{HOST}:{meddler.port}"
            done = run([*made.change.apply("move"), dial])
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert "still has new keys for others after 50 passes" in done.stderr
        assert "the same command goes on from" in done.stderr
        rest = told(made.change.apply("move"))
        assert rest["moved"] == len(written) == _keys(made.new)
