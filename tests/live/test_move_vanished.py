"""`continuum move` while keys go: those that vanish at the moment when they are moved, and what a
reader may leave out when part of the ranges is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha1

import pytest

from . import ours, stores
from .conftest import Live
from .meddler import Meddler, meddling
from .moving import WIRES, Change, owner_ports, put, run, told
from .stores import HOST, Store

# Names that twemproxy's hash spreads, which it does not do with numbers alone.
KEYS = [sha1(b"%d" % number).hexdigest().encode() for number in range(1500)]


class Stores:
    """Five servers of Redis, the keys on their old owners, and those that move from the one that
    loses most."""

    def __init__(self, live: Live, stack: ExitStack) -> None:
        self.change = Change(live, redis=True)
        self.olds = owner_ports(self.change.old, KEYS)
        self.news = owner_ports(self.change.new, KEYS)
        places = zip(KEYS, self.olds, self.news, strict=True)
        self.moving = [place for place in places if place[1] != place[2]]
        ((self.port, _),) = Counter(old for _, old, _ in self.moving).most_common(1)
        self.from_loser = [key for key, old, _ in self.moving if old == self.port]
        for port in self.change.ports:
            stores.start_redis(live, stack, port)
        self.fill()

    def fill(self) -> None:
        for port in self.change.ports:
            (WIRES.get(port) or WIRES.setdefault(port, Store(port))).one(b"FLUSHALL")
        for key, port in zip(KEYS, self.olds, strict=True):
            put(port, key)

    @contextmanager
    def meddled(self, word: bytes, act: Callable[[], bool]) -> Iterator[tuple[Meddler, list[str]]]:
        """That server is dialled through a meddler; with the option that says so."""
        with meddling(self.port, word, act) as meddler:
            url = f"{HOST}:{self.port}=redis://{HOST}:{meddler.port}"
            yield meddler, ["--dial", url]


@pytest.mark.parametrize("way", ["MIGRATE", "relay"])
def test_move_counts_what_vanishes(live: Live, way: str) -> None:
    """A second client deletes keys when the command that takes them is on its way: some of a
    batch, and all of it (NOKEY)."""
    relayed = ["--relay"] if way == "relay" else []
    word = b"DUMP" if relayed else b"MIGRATE"
    with ExitStack() as stack:
        made = Stores(live, stack)
        for number, doomed in enumerate((made.from_loser[:3], made.from_loser)):
            made.fill()
            made.change.journal = live.dir / f"journal-{number}"
            deleted: list[object] = []

            def act(doomed: list[bytes] = doomed, deleted: list[object] = deleted) -> bool:
                # A batch may be cut in two: what is gone is gone.
                deleted.append(Store(made.port).one(b"DEL", *doomed))
                return True

            with made.meddled(word, act) as (meddler, dial):
                done = told(made.change.apply("move", *relayed, *dial))
            assert meddler.acted > 0 and deleted[0] == len(doomed)
            assert done["vanished"] == len(doomed), done
            assert done["moved"] == len(made.moving) - len(doomed), done
            assert done["failed"] == done["conflicts"] == 0
            row = next(row for row in done["servers"] if row["server"] == f"{HOST}:{made.port}")
            assert row["vanished"] == len(doomed)
            for key, _, new in made.moving:
                there = WIRES[new].one(b"EXISTS", key)
                assert there == int(key not in doomed), key
    live.lines.append(f"move, {way}: keys that vanish between SCAN and {word.decode()} are counted")


def test_move_marks_what_is_done(live: Live) -> None:
    """One of the old owners is lost on the way: a reader that was told what is done asks the
    others no more, and finds every key."""
    with ExitStack() as stack:
        made = Stores(live, stack)
        change = made.change
        old, new = ours.load(change.old, "pool"), ours.load(change.new, "pool")
        with made.meddled(b"MIGRATE", lambda: False) as (meddler, dial):
            part = run(change.apply("move", "--ranges", *dial))
        assert part.returncode == 1 and meddler.acted > 0, part.stderr
        # The keys in hand of the one that was lost.
        assert ours.report(part.stdout)["failed"] > 0
        transition = ours.transition(old, new, ours.report(part.stdout)["done"])
        assert not transition.finished
        _read(made, transition, {made.port})
        rest = told(change.apply("move", "--ranges"))
        assert rest["resumed"] and rest["moved"] == len(made.moving), rest
        whole = ours.transition(old, new, rest["done"])
        assert whole.finished
        _read(made, whole, set())


def test_move_marks_nothing_whose_keys_are_left(live: Live) -> None:
    """Ranges are not done where a key is too large, in a database that is left out, or on both
    sides and undecided."""
    with ExitStack() as stack:
        made = Stores(live, stack)
        change = made.change
        (key, old, new), *_ = (place for place in made.moving if place[1] == made.port)
        wire = WIRES[old]
        wire.one(b"SET", key, b"x" * 10_000)
        for name, options in (("large", ["--max-value", "1000"]), ("both", [])):
            change.journal = live.dir / f"journal-{name}"
            if name == "both":
                WIRES[new].one(b"SET", key, b"other")
            part = run(change.apply("move", "--ranges", *options))
            report = ours.report(part.stdout)
            assert report["skipped"] + report["undecided"] == 1, report
            owners = {entry["from"] for entry in report["done"]}
            assert f"{HOST}:{old}" not in owners and len(owners) == 3, owners
        WIRES[new].one(b"DEL", key)
        wire.ask([[b"SELECT", b"1"], [b"SET", key, b"v"], [b"SELECT", b"0"]])
        change.journal = live.dir / "journal-database"
        report = told(change.apply("move", "--ranges", "--database", "1"))
        assert f"{HOST}:{old}" not in {entry["from"] for entry in report["done"]}
        # What is in a database that this pool does not use is another's.
        wire.ask([[b"SELECT", b"2"], [b"SET", key, b"v"], [b"SELECT", b"0"]])
        change.journal = live.dir / "journal-whole"
        report = told(change.apply("move", "--ranges"))
        assert len({entry["from"] for entry in report["done"]}) == 4


def _read(made: Stores, transition: ours.Transition, asked: set[int]) -> None:
    """Every key is found where the transition says, and only these old owners are asked."""
    twice = 0
    for key, old, new in zip(KEYS, made.olds, made.news, strict=True):
        order = ours.read_ports(transition, key)
        assert order == ([new, old] if old != new and old in asked else [new]), key
        twice += len(order) - 1
        held = [port for port in order if WIRES[port].one(b"EXISTS", key)]
        assert len(held) == 1, (key, order)
    assert bool(twice) == bool(asked)
