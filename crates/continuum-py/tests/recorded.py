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


#: More numbered servers than this are asked for by position.
MOST_LISTED = 100_000

#: Fields of a server that some programs record and none of ours takes.
NOT_FIELDS = {"arg", "url", "hostaddr", "ip", "az", "vnodes"}


def servers_of(given: Set) -> list[dict[str, Any]] | int:
    """The servers of a set as mappings, or how many numbered ones are too many to list."""
    servers = given.get("servers") or []
    if isinstance(servers, dict):
        servers = [servers]
    if len(servers) == 1 and "count" in servers[0]:
        count = int(servers[0]["count"])
        if count > MOST_LISTED:
            return count
        return [{"host": f"n{number}"} for number in range(count)]
    listed = []
    for server in servers:
        fields = {name: value for name, value in server.items() if name not in NOT_FIELDS}
        if "host" not in fields:
            fields["host"] = fields.get("ring_name") or fields.get("name")
        if fields.get("weight", 1) is None:
            del fields["weight"]
        listed.append(fields)
    return listed


def key_of(case: dict[str, Any]) -> str | bytes | int:
    if "key" in case:
        return str(case["key"])
    if "key_hex" in case:
        return bytes.fromhex(case["key_hex"])
    for number in ("key_u64", "x"):
        if number in case:
            return int(case[number])
    return b""
