"""Our adapters and drop-ins beside what they stand for: one key at a time, in turns.

    python adapters.py [PROGRAM]

Prints nanoseconds of processor a call and the ratio of both, and how long a program
takes to start: the one of the wheel, `python -m continuum`, and PROGRAM, which is a
native build of the same. Peers that are not installed are named and left out.
"""

from __future__ import annotations

import gc
import importlib
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from continuum.compat import jump, uhashring
from continuum.pymemcache import hasher

ROUNDS = 15
KEYS = [f"session:{number:x}" for number in range(5000)]
NODES = [f"10.0.0.{number}:11211" for number in range(8)]


def nanoseconds(call: Callable[[Any], object], keys: Sequence[Any]) -> float:
    begun = time.process_time_ns()
    for key in keys:
        call(key)
    return (time.process_time_ns() - begun) / len(keys)


def race(
    name: str, ours: Callable[[Any], object], theirs: Callable[[Any], object], keys: Sequence[Any]
) -> None:
    """Both take turns; the ratio is the median of the rounds' ratios."""
    few = keys[:1000]
    assert [ours(key) for key in few] == [theirs(key) for key in few], f"{name}: answers differ"
    pairs = [(nanoseconds(ours, few), nanoseconds(theirs, few)) for _ in range(ROUNDS)]
    ratio = median(their / our for our, their in pairs)
    best = [min(times) for times in zip(*pairs)]
    print(f"{name:52} {best[0]:9.0f} {best[1]:9.0f} {ratio:8.2f}", flush=True)


def filled(ring: Any) -> Any:
    for node in NODES:
        ring.add_node(node)
    return ring


def peer(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        print(f"absent: {error}")
        return None


def start(*command: str) -> float:
    """Milliseconds from start to end, of the wall; the least of some."""
    times = []
    for _ in range(40):
        begun = time.perf_counter_ns()
        subprocess.run([*command, "--version"], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter_ns() - begun)
    return min(times) / 1e6


def main() -> None:
    gc.disable()
    print(f"{'ns a call':52} {'ours':>9} {'theirs':>9} {'ratio':>8}")
    if rendezvous := peer("pymemcache.client.rendezvous"):
        theirs = filled(rendezvous.RendezvousHash())
        ours = filled(hasher("pymemcache")())
        race("hasher('pymemcache'), 8 servers", ours.get_node, theirs.get_node, KEYS)
        other = filled(hasher("libmemcached:distribution=ketama")())
        our, their = nanoseconds(other.get_node, KEYS), nanoseconds(theirs.get_node, KEYS[:500])
        print(f"{'hasher(ketama) beside their own hasher':52} {our:9.0f} {their:9.0f} {their / our:8.2f}")
    if rings := peer("uhashring"):
        for named in ({}, {"hash_fn": "ketama"}):
            ours, theirs = uhashring.HashRing(NODES, **named), rings.HashRing(NODES, **named)
            for method in ("get_node", "get", "get_node_port", "get_server"):
                label = f"uhashring {named.get('hash_fn', 'default')}, {method}"
                race(label, getattr(ours, method), getattr(theirs, method), KEYS)
    if (jumps := peer("jump")) and jumps.c_hash:
        numbers = [Random(1).getrandbits(64) for _ in KEYS]
        for buckets in (8, 100, 1000, 100_000):
            ours, theirs = jump.hash, jumps.c_hash
            # Called as programs call it: a frame around both would hide the difference.
            pairs = []
            for _ in range(ROUNDS):
                one = _calls(ours, numbers, buckets)
                pairs.append((one, _calls(theirs, numbers, buckets)))
            assert [ours(key, buckets) for key in numbers] == [
                theirs(key, buckets) for key in numbers
            ]
            best = [min(times) for times in zip(*pairs)]
            ratio = median(their / our for our, their in pairs)
            label = f"jump.hash, {buckets} buckets, beside its C"
            print(f"{label:52} {best[0]:9.0f} {best[1]:9.0f} {ratio:8.2f}", flush=True)
    installed = Path(sysconfig.get_path("scripts"), "continuum")
    if installed.is_file():
        by_name, by_module = start(str(installed)), start(sys.executable, "-m", "continuum")
        print(f"start-up, ms: the wheel's program {by_name:.1f}, python -m continuum {by_module:.1f}")
        if len(sys.argv) > 1:
            native = start(sys.argv[1])
            print(f"start-up, ms: {sys.argv[1]} {native:.1f}, ratio {by_name / native:.2f}")


def _calls(function: Callable[[int, int], int], numbers: Sequence[int], buckets: int) -> float:
    begun = time.process_time_ns()
    for number in numbers:
        function(number, buckets)
    return (time.process_time_ns() - begun) / len(numbers)


if __name__ == "__main__":
    main()
