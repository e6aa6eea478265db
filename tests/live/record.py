"""Keeps some of the answers as a file for `vectors/`, when CONTINUUM_LIVE_RECORD names one.

What random sets seldom bring together is worth keeping: Unix sockets, a single server, weight
0, the default port, IPv6.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any

SETS = 4
"""Sets kept of each program and edge."""
KEYS = 300
"""Keys kept of each set."""

_PACKAGES = {"redis": "redis-server", "twemproxy": "nutcracker", "libmemcached": "libmemcached11"}
_kept: list[dict[str, Any]] = []
_counts: Counter[tuple[str, str]] = Counter()


def _edges(servers: list[dict[str, Any]]) -> list[str]:
    found = {
        "unix socket": any(server["host"].startswith("/") for server in servers),
        "one server": len(servers) == 1,
        "weight 0": any(server.get("weight") == 0 for server in servers),
        "default port": any(server.get("port") == 11211 for server in servers),
        "IPv6": any(":" in server["host"] for server in servers),
    }
    return [edge for edge, there in found.items() if there]


def _version(program: str) -> str:
    try:
        return metadata.version(program)
    except metadata.PackageNotFoundError:
        package = _PACKAGES.get(program, program)
        query = ["dpkg-query", "-W", "-f=${Version}", package]
        done = subprocess.run(query, capture_output=True, text=True, check=False)
        return f"Debian {done.stdout}"


def keep(
    program: str, scheme: str, servers: list[dict[str, Any]], keys: list[bytes], answers: list[int]
) -> None:
    """Keep a set if it has an edge that was not kept often enough."""
    if "CONTINUUM_LIVE_RECORD" not in os.environ:
        return
    edges = [edge for edge in _edges(servers) if _counts[program, edge] < SETS]
    if not edges or len(servers) > 60:
        return
    for edge in edges:
        _counts[program, edge] += 1
    cases: list[dict[str, Any]] = []
    # The shortest keys have the odd ones among them: empty, one byte, not UTF-8.
    for key, answer in sorted(zip(keys, answers, strict=True), key=lambda pair: len(pair[0]))[:KEYS]:
        try:
            cases.append({"key": key.decode(), "server_index": answer})
        except UnicodeDecodeError:
            cases.append({"key_hex": key.hex(), "server_index": answer})
    _kept.append(
        {
            "scheme": scheme,
            "system": program,
            "version": _version(program),
            "how_obtained": f"tests/live/test_{program}.py, the program itself on loopback",
            "name": f"live {len(_kept)}: {', '.join(edges)}",
            "options": {},
            "servers": servers,
            "cases": cases,
        }
    )


def write() -> None:
    """Write what was kept, one set a line."""
    if (path := os.environ.get("CONTINUUM_LIVE_RECORD")) and _kept:
        lines = ",\n".join(json.dumps(kept) for kept in _kept)
        Path(path).write_text(f"[{lines}]\n", encoding="utf-8")
