"""A map that follows etcd: ten thousand changes, empty and half answers and flapping among them,
while eight threads read; and `continuum watch`, which runs a command within its limit."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from continuum import Continuum, Plan

from .conftest import Live
from .etcd import PREFIX, Etcd, etcd
from .relay import Relay

HOST = "127.0.0.1"
CHANGES = 10_000
BURSTS = 80
SCHEME = "twemproxy"
MAX_MOVE = 0.34
SETTLE = 0.1
KEYS = [f"key-{n}" for n in range(64)]


class Cutter(Relay):
    """Stands before etcd, and cuts some of its answers off."""

    def __init__(self, upstream: int, rng: Random) -> None:
        self._rng = rng
        self.share, self.cut = 0.0, 0
        super().__init__(upstream)

    def passing(self, blocks: Iterator[bytes], from_client: bool) -> Iterator[bytes]:
        for block in blocks:
            if not from_client and self._rng.random() < self.share:
                self.cut += 1
                yield block[: self._rng.randrange(len(block))]
                return
            yield block


class Readers:
    """The program with eight reading threads; each map that one of them saw."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        self._child, self._lines = child, child.stdout
        self._told: queue.Queue[str] = queue.Queue()
        #: Fingerprint, servers and owners of the maps, in their order.
        self.maps: list[tuple[str, tuple[str, ...], str]] = []
        self.refused, self.failed = 0, 0
        self.end: list[int] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._lines:
            self._told.put(line)
        self._told.put("")

    def hear(self, seconds: float) -> bool:
        """Takes what is told, at most so long; whether there was a map."""
        try:
            line = self._told.get(timeout=seconds)
        except queue.Empty:
            return False
        kind, _, rest = line.rstrip("\n").partition(" ")
        if kind == "map":
            fingerprint, servers, owners = rest.split(" ")
            self.maps.append((fingerprint, tuple(servers.split(",")), owners))
        self.refused += kind == "refused"
        self.failed += kind == "failed"
        if kind == "end":
            self.end = list(map(int, rest.split(" ")))
        return kind == "map"

    def until(self, servers: tuple[str, ...], seconds: float = 60) -> None:
        """Waits for the map of these servers."""
        deadline = time.monotonic() + seconds
        while not self.maps or self.maps[-1][1] != servers:
            assert time.monotonic() < deadline, f"no map of {servers}: {self.maps[-1:]}"
            self.hear(0.2)

    def finish(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        deadline = time.monotonic() + 60
        while not self.end:
            assert time.monotonic() < deadline, "the program does not end"
            self.hear(1)
        assert self._child.wait(60) == 0


@contextmanager
def readers(program: Path, source: str) -> Iterator[Readers]:
    args = [str(program), source, SCHEME, str(MAX_MOVE), str(SETTLE), "0.05"]
    pipe = subprocess.PIPE
    with subprocess.Popen(args, stdin=pipe, stdout=pipe, text=True) as child:
        try:
            yield Readers(child)
        finally:
            child.kill()


def burst(rng: Random, store: Etcd, named: Iterator[int], changes: int) -> None:
    """Everything that a source may say in a bad minute; then what lay there before."""
    before = dict(store.now)
    begun = store.changes
    while store.changes - begun < changes:
        kind = rng.random()
        if kind < 0.05:
            store.change(**dict.fromkeys(list(store.now), None))
            store.change(**before)  # type: ignore[arg-type]
        elif kind < 0.15:
            name = rng.choice(sorted(before))
            whole = before[name]
            # A value that somebody has written half, as a server cannot be called.
            store.change(**{name: whole.partition(":")[0] + ":"})
            store.change(**{name: whole})
        elif kind < 0.25:
            half = rng.sample(sorted(before), len(before) // 2)
            store.change(**dict.fromkeys(half, None))
            store.change(**{name: before[name] for name in half})
        elif kind < 0.6:
            name = rng.choice(sorted(before))
            store.change(**{name: None})
            store.change(**{name: before[name]})
        else:
            name = f"m{next(named):06}"
            store.change(**{name: f"{name}.cache:11211"})
            store.change(**{name: None})


def check(found: Readers, store: Etcd) -> None:
    """Every map that a reader saw is right, was asked for, and is within the limit."""
    before = None
    for fingerprint, servers, owners in found.maps:
        assert servers in store.ever, f"nobody asked for {servers}"
        ours = Continuum(scheme=SCHEME, servers=list(servers))
        assert f"{ours.fingerprint():016x}" == fingerprint, servers
        assert ",".join(map(str, ours.resolve_indices(KEYS))) == owners, servers
        if before is not None:
            assert Plan.between(before, ours).moved <= MAX_MOVE, (before, ours)
        before = ours


def test_members_of_etcd(live: Live) -> None:
    program = live.continuum()
    if program is None:
        live.missing("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
    rng, named = live.rng, iter(range(10**6))
    with etcd(live) as port:
        store, cutter = Etcd(port), Cutter(port, Random(rng.random()))
        first = [next(named) for _ in range(10)]
        store.change(**{f"m{n:06}": f"m{n:06}.cache:11211" for n in first})
        place = f"etcd://{HOST}:{cutter.port}{PREFIX}"
        with readers(Path(program).parent / "examples" / "readers", place) as found:
            found.until(store.members())
            taken = refused = 0
            for turn in range(BURSTS):
                cutter.share = 0.1
                burst(rng, store, named, CHANGES // BURSTS)
                # Half of the servers go, and stay away: refused, so the map stays.
                if turn % 8 == 7:
                    before, stays = dict(store.now), found.maps[-1][1] == store.members()
                    half = rng.sample(sorted(before), len(before) // 2)
                    cutter.share = 0.0
                    told = found.refused
                    store.change(**dict.fromkeys(half, None))
                    deadline = time.monotonic() + 60
                    while found.refused == told:
                        assert time.monotonic() < deadline, "half of the servers are not refused"
                        found.hear(0.2)
                    assert not stays or found.maps[-1][1] == tuple(
                        before[name] for name in sorted(before)
                    )
                    store.change(**{name: before[name] for name in half})
                    refused += 1
                name = f"m{next(named):06}"
                gone = rng.choice(sorted(store.now)) if len(store.now) > 9 else None
                steps: dict[str, str | None] = {name: f"{name}.cache:11211"}
                if gone and rng.random() < 0.6:
                    steps = {gone: None}
                store.change(**steps)
                # A burst and a step may end where they began, which makes no new map.
                taken += found.maps[-1][1] != store.members()
                found.until(store.members())
            found.finish()
        cutter.close()
        check(found, store)
    looked, changes, refusals, faults, answers = found.end
    assert store.changes >= CHANGES and changes > taken > BURSTS // 2
    assert looked > 1000 and cutter.cut > 20 and faults > 20
    assert refusals >= refused == BURSTS // 8
    live.lines.append(
        f"members of etcd: {store.changes} changes, {answers} answers, {faults} faults, "
        f"{cutter.cut} cut off; {changes} maps, {refusals} refusals; 8 threads looked {looked} times"
    )


def watching(program: str, folder: Path, *args: str) -> subprocess.Popen[str]:
    command = [program, "watch", *args, "--json", "--settle", "0.2", "--interval", "0.1"]
    command += ["--max-move", "20%", "--exec", "sh", "-c", "cat > servers.txt; echo ran >> ran.txt"]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def events(child: subprocess.Popen[str], kinds: Sequence[str]) -> dict[str, object]:
    """The next event of these kinds."""
    assert child.stdout is not None
    for line in child.stdout:
        event: dict[str, object] = json.loads(line)
        if event["event"] in kinds:
            return event
    raise AssertionError("the program ended")


def test_watch_of_etcd(live: Live) -> None:
    program = live.continuum()
    if program is None:
        live.missing("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
    with etcd(live) as port:
        store = Etcd(port)
        store.change(**{f"m{n}": f"10.0.0.{n}:11211" for n in range(8)})
        place = f"etcd://{HOST}:{port}{PREFIX}"
        with watching(program, live.dir, place, "--scheme", SCHEME) as child:
            try:
                assert events(child, ["first"])["servers"] == 8
                store.change(m8="10.0.0.8:11211=1")
                assert events(child, ["change", "refused"])["event"] == "change"
                wait_for(live.dir / "ran.txt", "ran\n")
                # More than a fifth: nothing is run.
                store.change(m0=None, m1=None, m2=None, m3=None)
                assert events(child, ["change", "refused"])["event"] == "refused"
                store.change(m0="10.0.0.0:11211", m1="10.0.0.1:11211", m2="10.0.0.2:11211")
                assert events(child, ["change", "refused"])["servers"] == 8
                wait_for(live.dir / "ran.txt", "ran\nran\n")
                told = (live.dir / "servers.txt").read_text().split()
                assert sorted(told) == sorted(member.removesuffix("=1") for member in store.members())
                child.terminate()
                assert child.wait(30) == 0
            finally:
                child.kill()


def wait_for(file: Path, content: str) -> None:
    deadline = time.monotonic() + 30
    while not file.exists() or file.read_text() != content:
        assert time.monotonic() < deadline, f"{file}: {file.exists() and file.read_text()!r}"
        time.sleep(0.05)
