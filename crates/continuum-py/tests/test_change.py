"""Health, zones, bounded load and transitions."""

from __future__ import annotations

import copy
import gc
import pickle
import random
import threading
from collections import Counter
from typing import Any

import pytest

import continuum
from continuum import Bounded, Continuum, ContinuumError, InFlight, Server, Transition, ramp

SERVERS = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80=2", "10.0.0.4:80"]
KEYS = [f"key-{number}" for number in range(2000)]
SCHEMES = ["python-continuum", "slots-1", "rendezvous-1", "nginx"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_first_candidate_that_passes(scheme: str) -> None:
    built = Continuum(scheme=scheme, servers=SERVERS)
    down = {built.servers[1], built.servers[2]}
    for key in KEYS[:300]:
        asked: list[Server] = []

        def up(server: Server) -> bool:
            asked.append(server)
            return server not in down

        found = built.resolve_where(key, up)
        candidates = built.candidates(key)
        assert found == next(server for server in candidates if server not in down)
        assert asked == candidates[: len(asked)]
    assert built.resolve_where("key", lambda _: False) is None
    assert built.resolve_where("key", lambda _: "yes") is built.resolve("key")
    assert Continuum(scheme=scheme).resolve_where("key", lambda _: True) is None


def test_a_predicate_that_fails_or_changes_the_continuum() -> None:
    built = Continuum(scheme="slots-1", servers=SERVERS)
    asked = []

    def fails(server: Server) -> bool:
        asked.append(server)
        raise LookupError(server.identity)

    with pytest.raises(LookupError, match="10.0.0"):
        built.resolve_where("key", fails)
    assert len(asked) == 1

    def changes(server: Server) -> bool:
        if server in built:
            built.remove_server(server)
        return False

    assert built.resolve_where("key", changes) is None
    assert len(built) == 0
    with pytest.raises(TypeError):
        Continuum(servers=SERVERS).resolve_where("key", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_copies_in_zones(scheme: str) -> None:
    servers = [Server(f"s{n}", 80, zone=f"zone-{n % 3}") for n in range(9)]
    built = Continuum(scheme=scheme, servers=servers)
    for key in KEYS[:300]:
        candidates = built.candidates(key)
        seen: Counter[str | None] = Counter()
        ranked = []
        for place, server in enumerate(candidates):
            ranked.append((seen[server.zone], place, server))
            seen[server.zone] += 1
        want = [server for _, _, server in sorted(ranked, key=lambda one: one[:2])]
        for n in (0, 1, 3, 4, 9, 20):
            assert built.copies_in_zones(key, n) == want[:n]
        assert len({server.zone for server in want[:3]}) == 3


def test_copy_ownership() -> None:
    servers = [Server(f"s{n}", 80, zone=None if n == 4 else f"zone-{n % 2}") for n in range(5)]
    built = Continuum(scheme="slots-1", servers=servers)
    held = built.copy_ownership(3)
    counted: Counter[Server] = Counter()
    for number in range(100_000):
        counted.update(built.copies_in_zones(str(number), 3))
    assert held.shares == {server: counted[server] / 300_000 for server in servers}
    assert [(zone.zone, zone.servers) for zone in held.zones] == [
        ("zone-0", 2),
        ("zone-1", 2),
        (None, 1),
    ]
    assert held.crowded == 0 and all(zone.most == 1 and zone.keys == 1 for zone in held.zones)
    assert held.bound is not None and 0 < held.bound < 0.01


@pytest.mark.parametrize("overflow", ["rendezvous", "scheme"])
def test_bounded(overflow: Any) -> None:
    built = Continuum(scheme="slots-1", servers=SERVERS)
    bounded = Bounded(1.25, overflow=overflow)
    counts: Counter[Server] = Counter()
    fair = {server: server.capacity / 5 for server in built}
    for total in range(500):
        server = bounded.pick(built, "popular", counts.get)
        assert server == bounded.pick(built, "popular", counts.__getitem__, total)
        counts[server] += 1
        assert counts[server] <= bounded.cap(total, fair[server])
    # Two alone may not have so many.
    assert len(counts) >= 3
    assert Bounded(2, min_cap=10).cap(0, 0.01) == 10
    assert bounded == copy.copy(bounded) == pickle.loads(pickle.dumps(bounded))
    assert bounded != Bounded(1.25, min_cap=2, overflow=overflow) and bounded != 1.25
    assert len({bounded, Bounded(1.25, overflow=overflow)}) == 1
    assert repr(bounded) == f"Bounded(1.25, min_cap=1, overflow='{overflow}')"


def test_bounded_refuses() -> None:
    built = Continuum(scheme="slots-1", servers=SERVERS)
    with pytest.raises(ContinuumError, match="a factor of NaN"):
        Bounded(float("nan"))
    with pytest.raises(ValueError, match="overflow is 'rendezvous' or 'scheme', not 'ring'"):
        Bounded(1.25, overflow="ring")  # type: ignore[arg-type]
    asked = []

    def fails(server: Server) -> int:
        asked.append(server)
        raise LookupError("no count")

    for total in (None, 7):
        asked.clear()
        with pytest.raises(LookupError, match="no count"):
            Bounded(1.25).pick(built, "key", fails, total)
        assert len(asked) == 1
    with pytest.raises(OverflowError):
        Bounded(1.25).pick(built, "key", lambda _: -1)
    with pytest.raises(IndexError, match="empty continuum"):
        Bounded(1.25).pick(Continuum(), "key", lambda _: 0)


def test_in_flight() -> None:
    built = Continuum(scheme="slots-1", servers=SERVERS)
    in_flight = InFlight(built, Bounded(1.25))
    owner = built.resolve("key")
    first = in_flight.acquire("key")
    assert (first.server, first.load, first.released) == (owner, 1, False)
    assert first.cap >= first.load
    assert in_flight.load(owner) == in_flight.load(owner.identity) == in_flight.total() == 1
    first.release()
    first.release()
    assert first.released and in_flight.total() == 0
    with pytest.raises(KeyError), in_flight.acquire("key") as request:
        assert request.server is owner and repr(request).startswith("<Guard <Server")
        raise KeyError
    assert in_flight.total() == 0
    # A guard that is gone has been released.
    kept = in_flight.acquire("key")
    assert in_flight.total() == 1
    del kept, request
    gc.collect()
    assert in_flight.total() == 0
    assert repr(in_flight) == "<InFlight 0 in flight, Bounded(1.25, min_cap=1, overflow='rendezvous')>"
    for unknown in ("nobody:80", Server("nobody", 80)):
        with pytest.raises(ValueError, match="nobody:80.* is not in the continuum"):
            in_flight.load(unknown)
    with pytest.raises(IndexError, match="empty continuum"):
        InFlight(Continuum(), Bounded(1.25)).acquire("key")
    with pytest.raises(TypeError):
        InFlight(built, 1.25)  # type: ignore[arg-type]


def test_in_flight_while_servers_change() -> None:
    built = Continuum(scheme="slots-1", servers=SERVERS)
    before = InFlight(built, Bounded(1.25))
    held = [before.acquire(key) for key in KEYS[:100]]
    gone = built.servers[0]
    built.remove_server(gone)
    after = before.with_continuum(built)
    assert after.total() == before.total() == 100
    for server in built:
        assert after.load(server) == before.load(server)
    with pytest.raises(ValueError):
        after.load(gone)
    for guard in held:
        guard.release()
    assert (after.total(), before.total()) == (0, 0)


def test_in_flight_in_many_threads() -> None:
    built = Continuum(scheme="slots-1", servers=SERVERS)
    in_flight = InFlight(built, Bounded(1.25))
    wrong: list[Any] = []

    def work(seed: int) -> None:
        choose = random.Random(seed)
        held: list[continuum.Guard] = []
        for _ in range(3000):
            guard = in_flight.acquire(choose.choice(["popular", *KEYS[:5]]))
            if not 1 <= guard.load <= guard.cap:
                wrong.append(guard)
            held.append(guard)
            if len(held) > choose.randrange(8):
                held.pop(0).release()
        for guard in held:
            guard.release()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert in_flight.total() == 0 and all(in_flight.load(server) == 0 for server in built)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_transition(scheme: str) -> None:
    old = Continuum(scheme=scheme, servers=SERVERS)
    new = Continuum(scheme=scheme, servers=[*SERVERS[1:], "10.0.0.9:80"])
    change = Transition.between(old, new)
    moving = [key for key in KEYS if old.resolve(key) != new.resolve(key)]
    for key in KEYS:
        assert change.write(key) is new.resolve(key)
        moves = old.resolve(key) != new.resolve(key)
        assert change.old_owner(key) is (old.resolve(key) if moves else None)
        assert change.read_order(key) == [new.resolve(key), old.resolve(key)][: 1 + moves]
    assert abs(change.progress().moving - len(moving) / len(KEYS)) < 0.05
    assert change.fingerprints == (old.fingerprint(), new.fingerprint())
    assert change.plan.moved == change.progress().moving
    assert (change.old, change.new) == (old, new)
    finished = change.finished
    assert not finished
    assert repr(change).startswith("<Transition moving=")

    positions = {key: new.position(key) for key in moving}
    known = sorted(position for position in positions.values() if position is not None)
    if known:
        half = known[len(known) // 2]
        change.finish(0, half)
        assert change.progress().left < change.progress().moving
        for key, position in positions.items():
            assert position is not None
            assert len(change.read_order(key)) == (1 if position <= half else 2)
    else:
        with pytest.raises(ContinuumError, match="knows no ranges"):
            change.finish(0, 5)
    # What happens to the two changes nothing here.
    new.remove_server("10.0.0.9:80")
    assert change.new != new
    change.finish_all()
    assert change.finished and change.progress().left == 0
    assert all(len(change.read_order(key)) == 1 for key in KEYS)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_transition_to_other_addresses(scheme: str) -> None:
    """What keeps its name at another address holds nothing there yet."""
    names = [Server(f"10.0.0.{number}", 80, name=f"n{number}") for number in range(4)]
    old = Continuum(scheme=scheme, servers=names)
    there = Server("10.0.1.3", 80, name="n3")
    new = Continuum(scheme=scheme, servers=[*names[:3], there])
    change = Transition.between(old, new)
    positions = {}
    for key in KEYS:
        was, now = old.resolve(key), new.resolve(key)
        moves = was.address != now.address
        assert change.write(key) is now
        assert change.old_owner(key) is (was if moves else None)
        assert len(change.read_order(key)) == 1 + moves
        if moves:
            positions[key] = new.position(key)
    assert not change.finished and len(positions) > 50
    known = sorted(position for position in positions.values() if position is not None)
    if known:
        half = known[len(known) // 2]
        change.finish(half + 1, half)
        change.finish(half // 2, half)
        change.finish(0, half // 3)
        change.finish(0, half // 2)
        assert change._done == ((0, half),)
        for key, position in positions.items():
            assert position is not None
            assert len(change.read_order(key)) == (1 if position <= half else 2)
    finished = change.finished
    change.finish_all()
    assert (finished, change.finished) == (False, True)
    assert all(change.old_owner(key) is None for key in KEYS)


def test_transition_refuses() -> None:
    old = Continuum(scheme="slots-1", servers=SERVERS)
    with pytest.raises(TypeError, match="Transition.between"):
        Transition()
    with pytest.raises(TypeError):
        Transition.between(old, "new")  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        Transition.between(old, old).finish(-1, 5)
    with pytest.raises(IndexError, match="empty continuum"):
        Transition.between(old, Continuum(scheme="slots-1")).write("key")


def test_steps_and_ramp() -> None:
    old = Continuum(scheme="rendezvous-1", servers=SERVERS)
    new = Continuum(scheme="rendezvous-1", servers=[*SERVERS, "10.0.0.9:80=5"])
    stops = ramp(old, new, 4)
    assert [round(stop.servers[-1].capacity, 3) for stop in stops] == [0.714, 1.667, 3, 5]
    assert stops[-1] == new
    steps = Transition.between(old, new).steps(4)
    assert len(steps) == 4
    assert [step.new for step in steps] == stops
    assert [step.old for step in steps] == [old, *stops[:-1]]
    for step in steps:
        assert abs(step.progress().moving - 0.125) < 0.01
    # A stop is a continuum as any other.
    stops[0].add_server("10.0.0.10:80")
    assert len(stops[0]) == 6
    with pytest.raises(ContinuumError, match="no ramp leads from scheme"):
        ramp(old, Continuum(scheme="slots-1", servers=SERVERS), 3)
    with pytest.raises(ValueError, match="one step or more"):
        ramp(old, new, 0)
