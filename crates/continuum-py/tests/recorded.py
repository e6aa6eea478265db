"""Reads recorded answers: `vectors/` of the repository, one copy for all its tests."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[3] / "vectors"

#: What was compared, a line a file: shown when the tests are through.
REPORT: list[str] = []

#: One set of answers, as it stands in a file.
Set = dict[str, Any]


def files() -> list[str]:
    return sorted(path.name for path in VECTORS.glob("*.json"))


def sets(file: str) -> list[Set]:
    found: list[Set] = json.loads((VECTORS / file).read_text())
    return found


@functools.cache
def keys(name: str) -> list[bytes]:
    text = (VECTORS / "keys" / f"{name}.hex").read_text()
    return [bytes.fromhex(line) for line in text.splitlines()]


def key_of(case: dict[str, Any]) -> str | bytes | int:
    if "key" in case:
        return str(case["key"])
    if "key_hex" in case:
        return bytes.fromhex(case["key_hex"])
    for number in ("key_u64", "x"):
        if number in case:
            return int(case[number])
    return b""
