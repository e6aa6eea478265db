"""`identify` on what the programs answered: 5,000 pairs of a set must name its scheme and options.

Every program's test does it with some of its sets. A set of one or two servers, or one with an
option that can be any number or is not tried, is left out: many schemes agree there, or none that is tried.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import pytest

from . import ours
from .cases import AnyCase, BucketCase, Case, SlotCase, TableCase

PAIRS = 5_000
SETS = 3
"""Sets named of each program."""
FEWEST, MOST = 3, 12
"""Servers of such a set."""
SECONDS = 20.0
"""What one naming may take of the processor: 10 are promised on two free cores."""
_ANY_NUMBER = (
    *("points=", "vnodes=", "seed=", "min=", "max=", "table=", "tokens=", "type="),
    *("localities=", "replicas=", "algorithm="),
    # Digests that are seldom chosen for a ring.
    *("hash=sha256", "hash=sha512", "hash=blake2b512"),
)

_Set = tuple[str, list[dict[str, Any]], list[Any], list[int]]


class Naming:
    """Some sets of one program."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.sets: list[_Set] = []

    def watch(self, cases: Iterable[AnyCase]) -> Iterator[AnyCase]:
        """The same cases; some are kept."""
        for case in cases:
            if len(self.sets) < SETS and (kept := _set(case)) is not None:
                self.sets.append(kept)
            yield case

    def check(self) -> str:
        """Fail where a set's scheme is not named; give the line of the summary."""
        slowest, tried, others = 0.0, 0, set[str]()
        for scheme, servers, keys, answers in self.sets:
            started = time.process_time()
            found = ours.identify(servers, keys, answers)
            seconds = time.process_time() - started
            named = [one.scheme for one in found.matches if one.variant == "as given"]
            if scheme not in named and not _same_map(scheme, named, servers):
                best = "\n  ".join(map(str, found.candidates[:5]))
                pytest.fail(
                    f"{self.program}: {scheme} over {servers} is not named by {PAIRS} pairs, but"
                    f" {found!r}\n  {best}",
                    pytrace=False,
                )
            if seconds > SECONDS:
                pytest.fail(f"{self.program}: naming {scheme} took {seconds:.1f} s of processor", pytrace=False)
            slowest, tried = max(slowest, seconds), found.tried
            others |= {one.partition(":")[0] for one in named} - {scheme.partition(":")[0]}
        if not self.sets:
            pytest.fail(f"{self.program}: no set to name", pytrace=False)
        same = f", some also as {', '.join(sorted(others))}" if others else ""
        return (
            f"identify_{self.program}: {len(self.sets)} sets named{same} "
            f"({tried:,} tried, {slowest:.1f} s of processor at most)"
        )


def _same_map(scheme: str, named: list[str], servers: list[dict[str, Any]]) -> bool:
    """Whether one that is named differs in options that make no difference to any key: of two
    words for one thing (`consistent` and `ketama` of libmemcached) one is tried."""
    own = ours.continuum_of(scheme, servers)
    program = scheme.partition(":")[0]
    return any(
        one.partition(":")[0] == program
        and ours.plan(own, ours.continuum_of(one, servers)).moved == 0
        for one in named
    )


def _set(case: AnyCase) -> _Set | None:
    """The case as `identify` takes it, if it is one to name."""
    keys: list[Any] = list(case.keys[:PAIRS])
    answers = case.answers[:PAIRS]
    servers: list[dict[str, Any]]
    match case:
        case Case():
            servers = case.servers
        case BucketCase():
            servers = [{"host": str(number)} for number in range(min(case.count, MOST + 1))]
        case TableCase():
            held = _held(case.table)
            servers = [{"host": f"n{at}", "hash_key": text} for at, text in enumerate(held)]
        case SlotCase():
            return None
    if not FEWEST <= len(servers) <= MOST:
        return None
    scheme = ours.canonical(case.scheme)
    tag = scheme.partition("hash-tag=")[2]
    if any(option in scheme for option in _ANY_NUMBER) or tag not in ("", "{}"):
        return None
    return scheme, servers, keys, answers


def _held(table: list[int]) -> list[str]:
    """Each server's slots, such as `0-5460,10923`."""
    held: list[list[str]] = [[] for _ in range(max(table) + 1)]
    for owner, run in groupby(range(len(table)), table.__getitem__):
        slots = list(run)
        held[owner].append(f"{slots[0]}-{slots[-1]}" if len(slots) > 1 else f"{slots[0]}")
    return [",".join(ranges) for ranges in held]
