"""Measures the Python package beside other libraries, and beside the Rust library.

    python3 docs/measure/python_speed.py [servers]

Makes its own environment (scripts/python-env) and builds what it needs. Answers are
compared before anything is timed, wherever a scheme of ours copies the library. All take
turns in short windows, each run twice of which the second counts, so that what else the machine does falls on all; the 10th
percentile and the median are printed, in nanoseconds a key. The Rust library runs in a
process of its own, takes its turns like the others and is told by its own clock.
"""

from __future__ import annotations

import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEYS = 1_000_000


def in_environment() -> None:
    """Starts again in the environment of the tests, with the peers."""
    os.chdir(ROOT)
    made = subprocess.run(
        ["scripts/python-env", "--profile", "dist", "-r", "docs/measure/python_speed.txt"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    cargo = ["cargo", "build", "--quiet", "--profile", "dist"]
    subprocess.run([*cargo, "-p", "continuum-hash", "--example", "batch"], check=True)
    subprocess.run([*cargo, "-p", "continuum-py", "--example", "empty"], check=True)
    python = made.stdout.strip()
    os.execv(python, [python, __file__, "--here", *sys.argv[1:]])


class Rust:
    """The same keys in a program of the Rust library."""

    def __init__(self, scheme: str, servers: list[str]) -> None:
        self.process = subprocess.Popen(
            ["target/dist/examples/batch", scheme, str(KEYS), *servers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, first: int, last: int) -> tuple[int, int]:
        """Nanoseconds, and the sum of the answers."""
        assert self.process.stdin and self.process.stdout
        print(what, first, last, file=self.process.stdin, flush=True)
        took, total = self.process.stdout.readline().split()
        return int(took), int(total)


#: A name, and what times one window of keys, given its first and last.
Contender = tuple[str, Callable[[int, int], float]]


def timed(run: Callable[[], Any]) -> Callable[[int, int], float]:
    """One call for all keys, whatever the window."""

    def time_one(_first: int, _last: int) -> float:
        start = time.perf_counter_ns()
        run()
        return time.perf_counter_ns() - start

    return time_one


def part(continuum: Any, array: Any) -> Callable[[int, int], float]:
    """One call for a window, which is a part of the array."""

    def time_one(first: int, last: int) -> float:
        window = array[first:last]
        start = time.perf_counter_ns()
        continuum.resolve_numbers(window)
        return time.perf_counter_ns() - start

    return time_one


def loop(keys: list[str], call: Callable[[str], Any]) -> Callable[[int, int], float]:
    """A loop over a window, one call a key."""

    def time_one(first: int, last: int) -> float:
        window, one = keys[first:last], call
        start = time.perf_counter_ns()
        for key in window:
            one(key)
        return time.perf_counter_ns() - start

    return time_one


def measure(title: str, contenders: list[Contender], size: int, rounds: int) -> dict[str, float]:
    """A slow contender gets fewer keys of a window. Each runs a window twice and the second
    counts: what the others left in the caches falls on none."""
    sizes = {}
    for name, run in contenders:
        pace = 0.0 if size == KEYS else min(run(0, 20) for _ in range(3)) / 20
        sizes[name] = size if pace < 3000 else max(20, int(size * 3000 / pace))
    times: dict[str, list[float]] = {name: [] for name, _ in contenders}
    for turn in range(rounds):
        for name, run in contenders:
            first = turn * size % max(KEYS - size, 1)
            run(first, first + sizes[name])
            times[name].append(run(first, first + sizes[name]) / sizes[name])
    print(f"\n{title}\n{'':52}{'10th percentile':>16}{'median':>10}")
    low = {}
    for name, all_times in times.items():
        all_times.sort()
        low[name] = all_times[len(all_times) // 10]
        print(f"{name:52}{low[name]:16.1f}{all_times[len(all_times) // 2]:10.1f}")
    return low


def ratio(text: str, value: float, bound: float, at_least: bool) -> None:
    met = value >= bound if at_least else value <= bound
    sign = "at least" if at_least else "at most"
    print(f"{text:72}{value:8.2f}   {sign} {bound:g}: {'yes' if met else 'NO'}")


def same(name: str, keys: list[str], ours: Callable[[str], str], theirs: Callable[[str], str]) -> None:
    for key in keys:
        assert ours(key) == theirs(key), f"{name} differs at {key!r}"
    print(f"{name}: {len(keys)} answers are the same")


def main(count: int) -> None:
    import numpy
    import polars
    import pyarrow
    from clandestined import RendezvousHash
    from hashring import HashRing as Hashring
    from pymemcache.client.rendezvous import RendezvousHash as Pymemcache
    from uhashring import HashRing as Uhashring

    from continuum import Continuum

    warnings.simplefilter("ignore")
    folder = tempfile.mkdtemp()
    shutil.copy("target/dist/examples/libempty.so", f"{folder}/empty.so")
    sys.path.insert(0, folder)
    import empty

    class Empty(empty.Empty):  # type: ignore[misc]
        """A class over the native one, as Continuum is."""

    servers = [f"10.0.{n // 250}.{n % 250}:11211" for n in range(count)]
    keys = [f"session:{number:012d}" for number in range(KEYS)]

    md5_scheme, table_scheme = f"python-continuum:points={160 * count}", "slots-1"
    md5 = Continuum(scheme=md5_scheme, servers=servers)
    table = Continuum(scheme=table_scheme, servers=servers)
    uhashring, ketama = Uhashring(servers), Uhashring(servers, hash_fn="ketama")
    hashring, clandestined = Hashring(servers), RendezvousHash(servers)
    pymemcache = Pymemcache(servers)

    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    cpu = next(
        (line.partition(": ")[2].strip() for line in open("/proc/cpuinfo") if "model name" in line),
        platform.processor(),
    )
    print(
        f"{time.strftime('%Y-%m-%d')}; {cpu}, {os.cpu_count()} cores; {platform.system()}, "
        f"CPython {platform.python_version()}; {commit.stdout.strip()}; {count} servers, "
        f"{KEYS:,} keys of 20 bytes"
    )

    some = random.Random(2010).sample(keys, 2000)
    slow = some[: max(20, 20_000 // count)]
    # Libraries that a scheme of ours copies.
    twins: dict[str, tuple[str, Callable[[str], str], list[str]]] = {
        "uhashring": ("uhashring", uhashring.get_node, some),
        "uhashring, ketama": ("uhashring:mode=ketama", ketama.get_node, some),
        "hashring": ("hash-ring", hashring.get_node, some),
        "clandestined": ("clandestined", clandestined.find_node, slow),
        "pymemcache": ("pymemcache", pymemcache.get_node, slow),
    }
    ours: dict[str, Continuum] = {}
    for name, (scheme, theirs, of) in twins.items():
        ours[name] = twin = Continuum(scheme=scheme, servers=servers)
        same(f"{name} and scheme {scheme}", of, lambda key, c=twin: c.resolve(key).identity, theirs)

    arrow, series = pyarrow.array(keys), polars.Series(keys)
    text, octets = numpy.array(keys), numpy.array(keys, dtype="S")
    programs = {"md5": Rust(md5_scheme, servers), "table": Rust(table_scheme, servers)}
    for built, program in ((md5, programs["md5"]), (table, programs["table"])):
        numbers = built.resolve_numbers(arrow)
        for form in (keys, text, octets, series):
            assert (built.resolve_numbers(form) == numbers).all()
        assert int(numbers.sum()) == program.ask("batch", 0, KEYS)[1]
        assert int(numbers.sum()) == program.ask("single", 0, KEYS)[1]
    print("all forms of a batch, and the Rust library: the same answers")

    def asked(program: str, what: str) -> Callable[[int, int], float]:
        return lambda first, last: programs[program].ask(what, first, last)[0]

    single = measure(
        "One key at a time, nanoseconds a call",
        [
            ("an empty extension call", loop(keys, Empty().call)),
            ("md5 hash alone, Rust", asked("md5", "hash")),
            ("xxh3 hash alone, Rust", asked("table", "hash")),
            ("resolve, python-continuum (md5 ring)", loop(keys, md5.resolve)),
            ("resolve, slots-1 (xxh3 table)", loop(keys, table.resolve)),
            *[(f"resolve, scheme {twins[name][0]}", loop(keys, ours[name].resolve)) for name in twins],
            *[(name, loop(keys, theirs)) for name, (_, theirs, _) in twins.items()],
        ],
        size=1000,
        rounds=200,
    )
    whole = measure(
        f"{KEYS:,} keys, nanoseconds a key",
        [
            ("Rust, bytes and offsets, python-continuum", asked("md5", "batch")),
            ("resolve_numbers, Arrow", timed(lambda: md5.resolve_numbers(arrow))),
            ("resolve_numbers, polars", timed(lambda: md5.resolve_numbers(series))),
            ("resolve_numbers, NumPy S", timed(lambda: md5.resolve_numbers(octets))),
            ("resolve_numbers, NumPy U", timed(lambda: md5.resolve_numbers(text))),
            ("resolve_numbers, list", timed(lambda: md5.resolve_numbers(keys))),
            ("resolve_all, list to servers", timed(lambda: md5.resolve_all(keys))),
            ("resolve_all, Arrow to servers", timed(lambda: md5.resolve_all(arrow))),
            *[
                (f"{way}, list, scheme {twins[name][0]}", timed(lambda w=way, n=name: getattr(ours[n], w)(keys)))
                for name in ("uhashring", "uhashring, ketama", "hashring")
                for way in ("resolve_numbers", "resolve_all")
            ],
            ("Rust, bytes and offsets, slots-1", asked("table", "batch")),
            ("resolve_numbers, Arrow, slots-1", timed(lambda: table.resolve_numbers(arrow))),
            ("resolve_all, list to servers, slots-1", timed(lambda: table.resolve_all(keys))),
        ],
        size=KEYS,
        rounds=60,
    )
    parts = measure(
        "100,000 keys a call, nanoseconds a key",
        [
            ("Rust, bytes and offsets, python-continuum", asked("md5", "batch")),
            ("resolve_numbers, Arrow, python-continuum", part(md5, arrow)),
            ("Rust, bytes and offsets, slots-1", asked("table", "batch")),
            ("resolve_numbers, Arrow, slots-1", part(table, arrow)),
        ],
        size=100_000,
        rounds=100,
    )
    loops = measure(
        f"{KEYS:,} keys in loops, nanoseconds a key",
        [(name, loop(keys, theirs)) for name, (_, theirs, _) in twins.items()],
        size=20_000,
        rounds=50,
    )

    print()
    for name in ("uhashring", "hashring"):
        ours_single = single["resolve, python-continuum (md5 ring)"]
        ratio(f"resolve (md5 ring), times as fast as {name}", single[name] / ours_single, 5, True)
        same_scheme = single[f"resolve, scheme {twins[name][0]}"]
        ratio(f"resolve (its own scheme), times as fast as {name}", single[name] / same_scheme, 5, True)
    for name in ("uhashring", "hashring"):
        for way in ("resolve_all, list to servers", "resolve_numbers, list", "resolve_numbers, Arrow"):
            ratio(f"{way}, times as fast as a loop of {name}", loops[name] / whole[way], 50, True)
    for name in ("uhashring", "uhashring, ketama", "hashring"):
        for way in ("resolve_all", "resolve_numbers"):
            ours_batch = f"{way}, list, scheme {twins[name][0]}"
            text = f"{ours_batch}, times as fast as its loop"
            ratio(text, loops[name] / whole[ours_batch], 50, True)
    for scheme in ("python-continuum", "slots-1"):
        of = parts[f"resolve_numbers, Arrow, {scheme}"] / parts[f"Rust, bytes and offsets, {scheme}"]
        ratio(f"Arrow over the Rust batch, {scheme}", of, 1.3, False)
    call = single["an empty extension call"]
    for name, hash_name in (
        ("resolve, python-continuum (md5 ring)", "md5 hash alone, Rust"),
        ("resolve, slots-1 (xxh3 table)", "xxh3 hash alone, Rust"),
    ):
        ratio(f"{name} over an empty call and the hash", single[name] / (call + single[hash_name]), 1.5, False)


if __name__ == "__main__":
    if "--here" not in sys.argv:
        in_environment()
    main(int(next((word for word in sys.argv[1:] if word.isdigit()), "100")))
