"""Python engines beside ours, in one process and in turns.

    python engines.py KEYS [--quick]

KEYS is a file of keys, one a line. Prints JSON: answers compared, times, and who
is absent.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from bisect import bisect_right
from collections.abc import Callable, Sequence
from hashlib import md5
from struct import unpack
from time import process_time_ns
from typing import Any

from continuum import Continuum, ContinuumWarning

QUICK = "--quick" in sys.argv
ROUNDS = 3 if QUICK else 7
#: Keys of one window of single look-ups: shorter than a scheduler's slice.
WINDOW = 1000

checks: list[tuple[str, str, bool]] = []
rows: list[dict[str, Any]] = []
absent: list[tuple[str, str]] = []

Run = Callable[[Sequence[str]], object]


def servers(count: int) -> list[str]:
    return [f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}:11211" for n in range(count)]


def percentiles(samples: list[float]) -> tuple[float, float]:
    """The 10th percentile and the median."""
    samples.sort()
    return samples[len(samples) // 10], samples[len(samples) // 2]


def race(runs: Sequence[Run], keys: Sequence[str], window: int) -> list[tuple[float, float]]:
    """Nanoseconds a key of each, of processor time; windows take turns. What takes
    long gets few."""
    samples: list[list[float]] = [[] for _ in runs]
    parts = [keys[at : at + window] for at in range(0, len(keys) - window + 1, window)][:20]
    for _ in range(ROUNDS):
        for run, found in zip(runs, samples, strict=True):
            run(parts[0])
            begun = process_time_ns()
            for part in parts:
                start = process_time_ns()
                run(part)
                end = process_time_ns()
                found.append((end - start) / len(part))
                if end - begun > 200_000_000:
                    break
    return [percentiles(found) for found in samples]


def single(resolve: Callable[[Any], object]) -> Run:
    def run(keys: Sequence[Any]) -> None:
        for key in keys:
            resolve(key)

    return run


class OfTheDescription:
    """The rule of the module of 2010, restated under Python 3: total points are
    shared by capacity (here 160 a server), each MD5 of host-port-x gives four, a
    key takes the first point above the first word of its own."""

    def __init__(self, names: Sequence[str], points: int) -> None:
        ring = [
            (position, name)
            for name in names
            for number in range(points // 4)
            for position in unpack(
                "<4I", md5(f"{name.replace(':', '-')}-{number}".encode()).digest()
            )
        ]
        ring.sort(key=lambda point: point[0])
        self.positions = [position for position, _ in ring]
        self.names = [name for _, name in ring] + [ring[0][1]]

    def resolve(self, key: str) -> str:
        word = int.from_bytes(md5(key.encode()).digest()[:4], "little")
        return self.names[bisect_right(self.positions, word)]


def module(name: str, package: str) -> Any:
    try:
        return importlib.import_module(name)
    except Exception as error:  # noqa: BLE001: whatever keeps a peer out is its reason
        absent.append((f"{package} (Python)", f"{type(error).__name__}: {error}"))
        return None


def uhashring(names: Sequence[str]) -> Callable[[str], Any] | None:
    peer = module("uhashring", "uhashring")
    return peer and peer.HashRing(nodes=list(names)).get_node


def uhashring_ketama(names: Sequence[str]) -> Callable[[str], Any] | None:
    peer = module("uhashring", "uhashring")
    return peer and peer.HashRing(nodes=list(names), hash_fn="ketama").get_node


def hashring(names: Sequence[str]) -> Callable[[str], Any] | None:
    peer = module("hashring", "hashring")
    return peer and peer.HashRing(list(names)).get_node


def clandestined(names: Sequence[str]) -> Callable[[str], Any] | None:
    peer = module("clandestined", "clandestined")
    return peer and peer.RendezvousHash(list(names)).find_node


def pymemcache(names: Sequence[str]) -> Callable[[str], Any] | None:
    peer = module("pymemcache.client.rendezvous", "pymemcache")
    return peer and peer.RendezvousHash(list(names)).get_node


def description(names: Sequence[str]) -> Callable[[str], Any]:
    return OfTheDescription(names, 160).resolve


#: Peer, its scheme here, the servers it is asked for, and how many times faster
#: one look-up and a batch are to be.
PEERS: list[tuple[str, Any, str, tuple[int, ...], float, float]] = [
    ("uhashring 2.5", uhashring, "uhashring", (8, 100, 1000), 5, 50),
    ("uhashring 2.5, ketama", uhashring_ketama, "uhashring:mode=ketama", (100,), 5, 50),
    ("hashring 1.5.1", hashring, "hash-ring", (8, 100, 1000), 5, 50),
    (
        "python-continuum's rule under Python 3",
        description,
        "python-continuum",
        (8, 100, 1000),
        1,
        1,
    ),
    ("clandestined 1.1.0 (C)", clandestined, "clandestined", (8, 100), 1, 1),
    ("pymemcache 4.0.0", pymemcache, "pymemcache", (8, 100), 1, 1),
]


def owner(ours: Continuum, key: Any) -> str:
    server = ours.resolve(key)
    return f"{server.hostname}:{server.port}"


def beside(
    keys: list[str], peer: str, make: Any, scheme: str, count: int, one: float, batch: float
) -> None:
    names = servers(count)
    theirs = make(names)
    if theirs is None:
        return
    full = f"{scheme}:points={160 * count}" if scheme == "python-continuum" else scheme
    ours = Continuum(scheme=full, servers=names)
    some = keys[: 200 if scheme in ("clandestined", "pymemcache") else 20_000]
    differ = sum(owner(ours, key) != theirs(key) for key in some)
    what = f"{scheme}, {count} servers: {differ} of {len(some)} keys differ"
    checks.append((f"{peer} (Python)", what, differ == 0))
    # Engines of pure Python that score every server take a millisecond a key.
    window = 20 if scheme == "pymemcache" else WINDOW
    times = race([single(ours.resolve), single(theirs)], keys, window)
    row(f"{scheme}, resolve", peer, count, times[0], times[1], one)
    # All keys in one call, beside the peer's loop over all keys; where that would
    # take long, beside its loop over a part of them.
    loop = times[1]
    if loop[0] * len(keys) < 4e9:
        loops = []
        for _ in range(3):
            start = process_time_ns()
            single(theirs)(keys)
            loops.append((process_time_ns() - start) / len(keys))
        loop = percentiles(loops)
    rounds = min(ROUNDS, 3) if scheme in ("clandestined", "pymemcache") else ROUNDS
    for name in ("resolve_all", "resolve_numbers"):
        every = getattr(ours, name)
        all_ours = []
        for _ in range(rounds):
            start = process_time_ns()
            every(keys)
            all_ours.append((process_time_ns() - start) / len(keys))
        title = f"{scheme}, {name} of {len(keys):,} str"
        row(title, peer, count, percentiles(all_ours), loop, batch)


def row(
    ours: str,
    peer: str | None,
    count: int,
    our_time: tuple[float, float],
    peer_time: tuple[float, float] | None,
    least: float | None,
    *,
    arrow: bool = False,
) -> None:
    found = {
        "ours": ours,
        "peer": peer,
        "n": count,
        "ours_time": our_time,
        "peer_time": peer_time,
        "least": least,
        "arrow": arrow,
    }
    rows.append(found)


def jump(keys: list[str]) -> None:
    peer = module("jump", "jump-consistent-hash")
    if peer is None:
        return
    numbers = [int.from_bytes(md5(key.encode()).digest()[:8], "little") for key in keys[:20_000]]
    for count in (8, 100, 1000):
        ours = Continuum(scheme="jump", servers=servers(count))
        differ = sum(ours.resolve_indices([key])[0] != peer.hash(key, count) for key in numbers)
        what = f"jump, {count} servers: {differ} of {len(numbers)} keys differ"
        checks.append(("jump-consistent-hash 3.6.0 (Python)", what, differ == 0))
        theirs = single(lambda key, count=count: peer.hash(key, count))
        times = race([single(ours.resolve), theirs], numbers, WINDOW)  # type: ignore[arg-type]
        row("jump, resolve of an int", "jump-consistent-hash 3.6.0 (C)", count, *times, None)


def arrow(keys: list[str]) -> None:
    """`resolve_all` of an Arrow array, beside the Rust batch of the caller."""
    pyarrow = module("pyarrow", "pyarrow")
    if pyarrow is None:
        return
    array = pyarrow.array(keys, pyarrow.string())
    ours = Continuum(scheme="python-continuum:points=16000", servers=servers(100))
    want = ours.resolve_indices(keys)
    # The call that takes the array as it is, that without an object a key first.
    for name in ("resolve_numbers", "resolve_indices"):
        call = getattr(ours, name, None)
        if call is None:
            continue
        try:
            got = call(array)
            same = [int(number) for number in got] == want
        except (TypeError, ValueError):
            continue
        checks.append(("ours", f"{name} of an Arrow array as of a list", same))
        samples = []
        for _ in range(ROUNDS * 2):
            start = process_time_ns()
            call(array)
            samples.append((process_time_ns() - start) / len(keys))
        title = f"python-continuum, {name} of an Arrow array of {len(keys):,}"
        row(title, None, 100, percentiles(samples), None, None, arrow=True)
        return
    absent.append(("Arrow arrays (Python)", "this tree's package does not take them"))


def main() -> None:
    # That the jump schemes number their servers is known here.
    warnings.simplefilter("ignore", ContinuumWarning)
    path = next(argument for argument in sys.argv[1:] if not argument.startswith("-"))
    with open(path, encoding="utf-8") as file:
        keys = file.read().splitlines()
    for peer, make, scheme, counts, one, batch in PEERS:
        for count in counts:
            if QUICK and count == 1000:
                continue
            try:
                beside(keys, peer, make, scheme, count, one, batch)
            except Exception as error:  # noqa: BLE001: one peer's failure is its own
                absent.append((f"{peer}, {count} servers", f"{type(error).__name__}: {error}"))
    jump(keys)
    arrow(keys)
    if module("pylibmc", "pylibmc"):
        absent.append(("pylibmc", "it has no call from key to server; its C library is compared"))
    json.dump({"checks": checks, "rows": rows, "absent": absent}, sys.stdout)


if __name__ == "__main__":
    main()
