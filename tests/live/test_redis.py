"""Redis Cluster: `CLUSTER KEYSLOT`, and `GET` on nodes of 10 clusters, which say `MOVED` and
the owner.

A cluster here is one redis-server whose `nodes.conf` says which other node has which slots;
the others need not run for it to know.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random

from . import servers
from .cases import KEYS, SETS, SlotCase, TableCase
from .conftest import Live
from .keys import Carrier, random_keys
from .process import free_port, running
from .wire import ask_redis, redis_command

SCHEME = "redis-cluster"
SLOTS = 16384
HOST = "127.0.0.1"
FIRST_PORT = 100
"""Node number n is written as port FIRST_PORT + n; node 0 is the one that runs."""


def test_redis(live: Live) -> None:
    redis = live.tool("redis-server", "redis-server")
    tables = [_table(live.rng, count) for count in servers.sizes(live.rng, SETS, many=60)]
    with ExitStack() as stack:
        ports = []
        for i, table in enumerate(tables):
            home = live.dir / f"node{i}"
            home.mkdir()
            port = free_port()
            _write_nodes(home / "nodes.conf", table, port)
            log = live.dir / f"redis{i}.log"
            stack.enter_context(
                running(_args(redis, home, port), log, partial(_says, port, b"PING", b"+PONG"))
            )
            ports.append(port)
        live.compare(_cases(live.rng, tables, ports))


def _cases(
    rng: Random, tables: list[list[int]], ports: list[int]
) -> Iterator[SlotCase | TableCase]:
    for port in ports:
        keys = random_keys(rng, KEYS, Carrier.ANY, empty=True)
        requests = [redis_command(b"CLUSTER", b"KEYSLOT", key) for key in keys]
        answers = [int(answer[1:]) for answer in ask_redis((HOST, port), requests)]
        yield SlotCase(SCHEME, keys, answers)
    for table, port in zip(tables, ports, strict=True):
        _wait_until_up(port)
        keys = random_keys(rng, KEYS, Carrier.ANY, empty=True)
        answers = [
            _owner(line)
            for line in ask_redis((HOST, port), [redis_command(b"GET", key) for key in keys])
        ]
        yield TableCase(SCHEME, table, keys, answers)


def _owner(line: bytes) -> int:
    if line == b"$-1":
        return 0
    moved, _, where = line.split(b" ")
    assert moved == b"-MOVED", line
    return int(where.rpartition(b":")[2]) - FIRST_PORT


def _table(rng: Random, count: int) -> list[int]:
    """Slots in ranges of random lengths, every server with at least one range."""
    cuts = sorted(rng.sample(range(1, SLOTS), max(count, rng.randint(count, 3 * count)) - 1))
    ranges = list(zip([0, *cuts], [*cuts, SLOTS], strict=True))
    owners = list(range(count)) + [rng.randrange(count) for _ in range(len(ranges) - count)]
    rng.shuffle(owners)
    return [
        owner for (start, end), owner in zip(ranges, owners, strict=True) for _ in range(start, end)
    ]


def _write_nodes(path: Path, table: list[int], port: int) -> None:
    ranges: dict[int, list[str]] = {owner: [] for owner in range(max(table) + 1)}
    start = 0
    for at in range(1, SLOTS + 1):
        if at == SLOTS or table[at] != table[start]:
            ranges[table[start]].append(f"{start}-{at - 1}" if at - 1 > start else f"{start}")
            start = at
    lines = []
    for owner, slots in ranges.items():
        where = f"{HOST}:{port}@{port}" if owner == 0 else f"{HOST}:{FIRST_PORT + owner}@9"
        role = "myself,master" if owner == 0 else "master"
        lines.append(
            f"{owner + 1:040x} {where} {role} - 0 0 {owner + 1} connected {' '.join(slots)}\n"
        )
    path.write_text("".join(lines) + f"vars currentEpoch {len(ranges)} lastVoteEpoch 0\n")


def _args(redis: str, home: Path, port: int) -> list[str]:
    options = {
        "port": port,
        "bind": HOST,
        "dir": home,
        "save": "",
        "daemonize": "no",
        "cluster-enabled": "yes",
        "cluster-port": free_port(),
        "cluster-config-file": "nodes.conf",
        "cluster-node-timeout": 3_600_000,
    }
    return [redis, *(str(word) for name, value in options.items() for word in (f"--{name}", value))]


def _says(port: int, command: bytes, answer: bytes) -> bool:
    try:
        return ask_redis((HOST, port), [redis_command(*command.split())])[0] == answer
    except OSError:
        return False


def _wait_until_up(port: int) -> None:
    """A master that has just started calls its cluster down for two seconds."""
    deadline = time.monotonic() + 20
    while ask_redis((HOST, port), [redis_command(b"GET", b"up")])[0].startswith(b"-CLUSTERDOWN"):
        assert time.monotonic() < deadline, "the cluster stays down"
        time.sleep(0.05)
