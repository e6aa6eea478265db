"""What a program answered, and the comparison with ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from . import ours, record

SETS = 10
"""Server sets a program, at least."""
KEYS = 20_000
"""Keys a server set, exactly."""
ALL = os.environ.get("CONTINUUM_LIVE_ALL") == "1"
"""Whether everything is asked (`scripts/test-live --all`), or a sample of slow programs."""
SAMPLE = KEYS if ALL else KEYS // 20
"""Keys a server set of a program that is slow to ask, at least."""
SHOWN = 5
"""Differing keys shown in a failure; all are counted."""


@dataclass(frozen=True)
class Case:
    """One server set: `answers[i]` is the position in `servers` of the owner of `keys[i]`."""

    scheme: str
    servers: list[dict[str, Any]]
    keys: list[bytes]
    answers: list[int]

    def ours(self) -> list[int]:
        return ours.indices(self.scheme, self.servers, self.keys)

    def about(self) -> str:
        return f"{self.scheme} over {self.servers}"


@dataclass(frozen=True)
class SlotCase:
    """`answers[i]` is the slot of `keys[i]`."""

    scheme: str
    keys: list[bytes]
    answers: list[int]

    def ours(self) -> list[int]:
        return ours.slots(self.scheme, self.keys)

    def about(self) -> str:
        return self.scheme


@dataclass(frozen=True)
class TableCase:
    """A fixed table of slots shared out among servers: `table[slot]` is the owner's position."""

    scheme: str
    table: list[int]
    keys: list[bytes]
    answers: list[int]

    def ours(self) -> list[int]:
        return [self.table[slot] for slot in ours.slots(self.scheme, self.keys)]

    def about(self) -> str:
        return f"{self.scheme} over {len(set(self.table))} servers"


@dataclass(frozen=True)
class BucketCase:
    """`answers[i]` is the bucket, of `count`, of the 64-bit hash `keys[i]`."""

    scheme: str
    count: int
    keys: list[int]
    answers: list[int]

    def ours(self) -> list[int]:
        return ours.buckets(self.scheme, self.count, self.keys)

    def about(self) -> str:
        return f"{self.scheme} over {self.count} buckets"


AnyCase = Case | SlotCase | TableCase | BucketCase


@dataclass
class Tally:
    """The line a program gets in the summary."""

    program: str
    sets: int = 0
    keys: int = 0
    differ: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"live_{self.program}: {self.sets} sets, {self.keys:,} keys, "
            f"{self.differ:,} differ ({self.seconds:.1f} s)"
        )


def compare(
    tally: Tally, cases: Iterable[AnyCase], note: Callable[[str], None], least: int = KEYS
) -> None:
    """Compare every answer; fail with the first differing keys of every set, or if a set had
    fewer than `least` keys."""
    shown: list[str] = []
    for case in cases:
        if len(case.keys) != len(case.answers):
            pytest.fail(f"{tally.program}: {len(case.keys)} keys, {len(case.answers)} answers")
        mine = case.ours()
        if len(mine) != len(case.keys):
            pytest.fail(f"{case.about()}: {len(case.keys)} keys, we gave {len(mine)} answers")
        tally.sets += 1
        tally.keys += len(case.keys)
        wrong = [i for i, (a, b) in enumerate(zip(case.answers, mine, strict=True)) if a != b]
        tally.differ += len(wrong)
        if isinstance(case, Case) and not wrong:
            record.keep(tally.program, case.scheme, case.servers, case.keys, case.answers)
        if wrong:
            shown.append(f"{case.about()}: {len(wrong)} of {len(case.keys)} differ")
            shown += [_line(case, i, mine) for i in wrong[:SHOWN]]
    note(str(tally))
    if shown:
        pytest.fail("\n  ".join([str(tally), *shown]), pytrace=False)
    if tally.sets < SETS or tally.keys < SETS * least:
        pytest.fail(f"{tally}: fewer than {SETS} sets of {least:,} keys", pytrace=False)


def _line(case: AnyCase, index: int, mine: Sequence[int]) -> str:
    return f"  key {case.keys[index]!r}: program {case.answers[index]}, ours {mine[index]}"
