"""`continuum move copy` that follows another: over restarts of memcached, after a cut, done once and
asked for again, with lifetimes that changed, and of items that a client has declared outdated."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from contextlib import ExitStack
from hashlib import sha1

import pytest

from . import stores
from .conftest import Live
from .moving import WIRES, Change, owner_ports, refused, run, told
from .stores import Cache, Store

KEYS = [sha1(b"%d" % number).hexdigest().encode() for number in range(3000)]
Place = tuple[bytes, int, int]


class Caches:
    """Five memcacheds, which can be restarted one by one, and the keys on their old owners."""

    def __init__(self, live: Live, stack: ExitStack) -> None:
        self.live, self.stack = live, stack
        self.change = Change(live, redis=False)
        self.port = self.change.ports[-1]
        self.lives: dict[int, ExitStack] = {}
        self.wires: dict[int, Cache] = {}
        for port in self.change.ports:
            self.restart(port)
        olds, news = owner_ports(self.change.old, KEYS), owner_ports(self.change.new, KEYS)
        places = list(zip(KEYS, olds, news, strict=True))
        self.moving = [place for place in places if place[1] != place[2]]
        assert {new for _, _, new in self.moving} == {self.port} and len(self.moving) > 100
        for key, old, _ in places:
            self.wires[old].set([(key, b"v1", 0, 0)])

    def restart(self, port: int) -> None:
        if port in self.lives:
            self.wires.pop(port).close()
            self.lives.pop(port).close()
        self.lives[port] = self.stack.enter_context(ExitStack())
        stores.start_memcached(self.live, self.lives[port], port)
        self.wires[port] = Cache(port)

    def write(self, places: list[Place], value: bytes, seconds: int = 0) -> None:
        """As clients of the old map."""
        for key, old, _ in places:
            self.wires[old].set([(key, value, 0, seconds)])

    def on_new(self, places: list[Place]) -> Counter[bytes | None]:
        """The values that clients of the new map find."""
        found = self.wires[self.port].get(key for key, *_ in places)
        return Counter(found.get(key) for key, *_ in places)


def test_copy_follows_over_a_restart_of_the_new_owner(live: Live) -> None:
    with ExitStack() as stack:
        made = Caches(live, stack)
        first = told(made.change.apply("copy"))
        assert first["moved"] == len(made.moving)
        made.restart(made.port)
        # Clients of the new map write keys that the old owners never had, with numbers that
        # the lost copies had.
        names = [sha1(b"fresh:%d" % number).hexdigest().encode() for number in range(2000)]
        fresh = [
            key
            for key, owner in zip(names, owner_ports(made.change.new, names), strict=True)
            if owner == made.port
        ]
        made.wires[made.port].set((key, b"new", 0, 0) for key in fresh)
        newer = made.moving[:20]
        made.wires[made.port].set((key, b"newer", 0, 0) for key, *_ in newer)
        last = told(made.change.apply("copy", "--switched"), 1)
        assert (last["withdrawn"], last["failed"], last["faults"]) == (0, 0, [])
        assert len(made.wires[made.port].get(fresh)) == len(fresh) > 100
        # What was lost has come again; what may be newer has stayed, and is told.
        assert made.on_new(made.moving[20:]) == {b"v1": len(made.moving) - 20}
        assert made.on_new(newer) == {b"newer": 20}
        assert last["conflicts"] == last["undecided"] == 20
        assert len(last["doubts"]) == 1 and "was restarted or emptied after the copy" in last["doubts"][0]


def test_copy_follows_over_a_restart_of_an_old_owner(live: Live) -> None:
    with ExitStack() as stack:
        made = Caches(live, stack)
        told(made.change.apply("copy"))
        ((lost, _),) = Counter(old for _, old, _ in made.moving).most_common(1)
        of_lost = [place for place in made.moving if place[1] == lost]
        others = [place for place in made.moving if place[1] != lost]
        made.restart(lost)
        again, gone, deleted = of_lost[:20], of_lost[20:], others[:5]
        made.write(again, b"v2")
        # A second copy before the switch, then the one after it: the first must not make the
        # other believe that it knows what was deleted.
        between = told(made.change.apply("copy"), 1)
        assert "was restarted between the copies" in between["doubts"][0]
        for key, old, _ in deleted:
            made.wires[old].delete([key])
        last = told(made.change.apply("copy", "--switched"), 1)
        assert "was restarted between the copies" in last["doubts"][0]
        assert made.on_new(again) == {b"v2": len(again)}
        assert made.on_new(gone) == {b"v1": len(gone)}
        # Deletes on the servers that went on are followed.
        assert made.on_new(deleted) == {None: 5} and last["withdrawn"] == 5


def _wait_for_batches(change: Change, before: bytes) -> None:
    """Until a run has begun to copy a third batch."""
    deadline = time.monotonic() + 30
    records = change.records("copy")
    while not records.exists() or records.read_bytes()[len(before) :].count(b'{"begin"') < 3:
        assert time.monotonic() < deadline, "the run does not begin"
        time.sleep(0.005)


def test_copy_comes_again_where_the_new_owner_was_emptied(live: Live) -> None:
    with ExitStack() as stack:
        made = Caches(live, stack)
        told(made.change.apply("copy"))
        assert made.wires[made.port].meta(b"flush_all") == b"OK"
        time.sleep(1.1)
        assert made.on_new(made.moving) == {None: len(made.moving)}
        # Before the switch that is all there is to it.
        again = told(made.change.apply("copy"))
        assert again["moved"] == len(made.moving) and again["doubts"] == []
        assert made.on_new(made.moving) == {b"v1": len(made.moving)}
        for key, old, _ in made.moving[:5]:
            made.wires[old].delete([key])
        assert told(made.change.apply("copy", "--switched"))["withdrawn"] == 5


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("before", [False, True])
def test_copy_that_was_cut_off_before_the_switch(live: Live, way: signal.Signals, before: bool) -> None:
    """Its copies are not taken for what clients of the new map wrote."""
    with ExitStack() as stack:
        made = Caches(live, stack)
        if before:
            told(made.change.apply("copy"))
            made.write(made.moving, b"v2")
        known = made.change.records("copy").read_bytes() if before else b""
        args = made.change.apply("copy", "--max-keys-per-second", "400")
        child = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for_batches(made.change, known)
        child.send_signal(way)
        assert child.wait(timeout=20) != 0
        made.write(made.moving, b"v3")
        for key, old, _ in made.moving[:5]:
            made.wires[old].delete([key])
        newer = made.moving[5:10]
        made.wires[made.port].set((key, b"newest", 0, 0) for key, *_ in newer)
        done = run(made.change.apply("copy", "--switched"))
        rest = made.on_new(made.moving[10:])
        left = rest.total() - rest[b"v3"]
        if way == signal.SIGINT:
            assert done.returncode == 0, done.stderr
            assert left == 0 and made.on_new(made.moving[:5]) == {None: 5}
        else:
            # Of what was in hand nobody knows, which is said.
            assert (done.returncode == 1) == ("when the copy before was killed" in done.stderr)
            assert left == 0 or done.returncode == 1, (rest, done.stderr)
        assert made.on_new(newer) == {b"newest": 5}


def test_copy_after_the_switch_is_done_once(live: Live) -> None:
    with ExitStack() as stack:
        made = Caches(live, stack)
        told(made.change.apply("copy"))
        last = told(made.change.apply("copy", "--switched"))
        assert not last["already"]
        gone, kept = made.moving[:50], made.moving[50:]
        made.wires[made.port].delete(key for key, *_ in gone)
        again = told(made.change.apply("copy", "--switched"))
        assert again["already"] and again["servers"] == last["servers"]
        assert made.on_new(gone) == {None: 50} and made.on_new(kept) == {b"v1": len(kept)}
        refused(made.change.apply("copy"), "the copy after the switch was done already; a copy")
        assert made.on_new(gone) == {None: 50}


def test_copy_leaves_what_nobody_can_decide(live: Live) -> None:
    """A new owner with values of its own before the first copy: both sides stay, with status 1."""
    with ExitStack() as stack:
        made = Caches(live, stack)
        held = made.moving[:7]
        made.wires[made.port].set((key, b"who knows", 0, 0) for key, *_ in held)
        for more in ([], ["--switched"]):
            done = told(made.change.apply("copy", *more), 1)
            assert done["conflicts"] == done["undecided"] == 7, done
            assert made.on_new(held) == {b"who knows": 7}


def test_copy_brings_a_lifetime_that_changed(live: Live) -> None:
    with ExitStack() as stack:
        made = Caches(live, stack)
        longer, endless, ending = (made.moving[at : at + 5] for at in (0, 5, 10))
        made.write([*longer, *endless], b"v1", 60)
        told(made.change.apply("copy"))
        made.write(longer, b"v1", 3600)
        made.write(endless, b"v1")
        made.write(ending, b"v1", 3600)
        last = told(made.change.apply("copy", "--switched"))
        assert last["conflicts"] == 0
        left = made.wires[made.port].left(key for key, *_ in made.moving[:16])
        seconds = [left[key][0] for key, *_ in made.moving[:16]]
        assert all(3500 < at <= 3600 for at in seconds[:5] + seconds[10:15]), seconds
        assert seconds[5:10] == [-1] * 5 and seconds[15] == -1


def test_copy_takes_no_token_of_a_client(live: Live) -> None:
    """Who asks first for an outdated item renews it; reading for a copy is not asking."""
    with ExitStack() as stack:
        made = Caches(live, stack)
        outdated, waiting, plain = made.moving[0], made.moving[1], made.moving[2]
        wire = made.wires[outdated[1]]
        assert wire.meta(b"md %b I T600" % outdated[0]) == b"HD"
        made.wires[waiting[1]].delete([waiting[0]])
        # A client has reserved the place of a value that it has yet to make.
        assert made.wires[waiting[1]].meta(b"mg %b s N600" % waiting[0]) == b"HD s0 W"
        first = told(made.change.apply("copy"))
        assert first["vanished"] == 2 and made.on_new([outdated, waiting]) == {None: 2}
        told(made.change.apply("copy", "--switched"))
        # Nor does reading leave a trace in the order of use.
        assert made.wires[plain[1]].meta(b"mg %b h" % plain[0]) == b"HD h0"
        answer = wire.meta(b"mg %b t" % outdated[0]).split(b" ")
        assert sorted(answer[2:]) == [b"W", b"X"], answer
        assert 500 < int(answer[1][1:]) <= 600


def test_move_of_one_database_is_not_gone_on_with_as_one_of_another(live: Live) -> None:
    change = Change(live, redis=True)
    with ExitStack() as stack:
        for port in change.ports:
            stores.start_redis(live, stack, port)
        for database in (b"0", b"3"):
            for key, port in zip(KEYS, owner_ports(change.old, KEYS), strict=True):
                wire = WIRES.get(port) or WIRES.setdefault(port, Store(port))
                assert wire.ask([[b"SELECT", database], [b"SET", key, b"v"]]) == [b"+OK"] * 2
        args = change.apply("move", "--database", "3", "--max-keys-per-second", "1000")
        child = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        change.wait_until_begun("move")
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=20) == 1
        sentence = "journal of another run, with --database 3, and this is with --database 0:"
        refused(change.apply("move"), sentence)
        rest = told(change.apply("move", "--database", "3"))
        assert rest["resumed"] and rest["found"] == len(KEYS)
        done = told(change.apply("move"))
        assert done["found"] == len(KEYS)
        assert rest["moved"] > 0 and done["moved"] == rest["moved"]
