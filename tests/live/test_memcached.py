"""memcached behind pylibmc: every key is stored through pylibmc, and the memcached process
that then lists the key is the one that owns it.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any
from urllib.parse import unquote_to_bytes

from . import servers
from .cases import KEYS, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import accepts, bindable, connect, running
from .servers import Server

pytestmark = servers.ONE_WORKER

DEFAULT_PORT = 11211
BEHAVIORS: list[tuple[str, dict[str, Any]]] = [
    ("distribution=ketama-weighted,hash=md5", {"ketama_weighted": True}),
    ("distribution=ketama-weighted,hash=md5", {"ketama_weighted": True, "ketama": True}),
    ("distribution=ketama,hash=default", {"ketama": True}),
    ("distribution=ketama,hash=md5", {"ketama": True, "hash": "md5"}),
    ("distribution=consistent,hash=fnv1a_32", {"distribution": "consistent", "hash": "fnv1a_32"}),
    ("distribution=ketama,hash=murmur", {"distribution": "consistent ketama", "hash": "murmur"}),
    ("distribution=spy,hash=md5", {"distribution": "consistent ketama spy", "hash": "md5"}),
    (
        "distribution=ketama-weighted,hash=md5",
        {"distribution": "consistent weighted", "hash": "md5"},
    ),
    ("distribution=modula,hash=default", {}),
    ("distribution=modula,hash=crc", {"hash": "crc"}),
]


def test_memcached(live: Live) -> None:
    memcached = live.tool("memcached", "memcached")
    pylibmc = live.module("pylibmc")
    live.compare(_cases(live, memcached, pylibmc))


def _cases(live: Live, memcached: str, pylibmc: ModuleType) -> Iterator[Case]:
    counts = servers.sizes(live.rng, SETS, many=30)
    on_sockets = live.rng.sample(
        range(SETS), 2
    )  # pylibmc does not mix them with TCP, nor gives them weights
    for i, ((options, behaviors), count) in enumerate(zip(BEHAVIORS, counts, strict=True)):
        sockets = live.sockets if i in on_sockets else None
        listed = _servers(live.rng, count, sockets, top=20 if "weighted" in options else 1)
        keys = random_keys(live.rng, KEYS, Carrier.MEMCACHED)
        with ExitStack() as stack:
            for number, server in enumerate(listed):
                log = live.dir / f"memcached{number}.log"
                ready = partial(accepts, _where(server))
                stack.enter_context(running(_args(memcached, server), log, ready, politely=False))
            client = pylibmc.Client([_spec(server) for server in listed], behaviors=behaviors)
            failed = client.set_multi(dict.fromkeys(keys, b"x"))
            assert not failed, f"{len(failed)} keys not stored, such as {failed[0]!r}"
            client.disconnect_all()
            found = {
                key: number for number, server in enumerate(listed) for key in _held(_where(server))
            }
        yield Case(f"libmemcached:{options}", listed, keys, [found[key] for key in keys])


def _servers(rng: Random, count: int, sockets: Path | None, *, top: int) -> list[Server]:
    if sockets is None:
        return servers.live(rng, count, default_port=DEFAULT_PORT, free=_free, top=top)
    return [
        {"host": str(sockets / f"s{rng.getrandbits(40):x}.sock"), "port": 0, "weight": 1}
        for _ in range(count)
    ]


def _free(host: str, port: int) -> bool:
    """Not ::1, which libmemcached looks up only where the machine has another IPv6 address."""
    return ":" not in host and bindable(host, port)


def _args(memcached: str, server: Server) -> list[str]:
    user = ["-u", getpass.getuser()] if os.getuid() == 0 else []
    at = (
        ["-s", server["host"]]
        if server["port"] == 0
        else ["-U", "0", "-l", server["host"], "-p", str(server["port"])]
    )
    return [memcached, *user, *at, "-t", "1", "-m", "64", "-o", "no_lru_maintainer"]


def _where(server: Server) -> tuple[str, int] | str:
    return server["host"] if server["port"] == 0 else (server["host"], server["port"])


def _spec(server: Server) -> str:
    if server["port"] == 0:
        return str(server["host"])
    host = f"[{server['host']}]" if ":" in server["host"] else server["host"]
    return f"{host}:{server['port']}:{server['weight']}"


def _held(address: tuple[str, int] | str) -> list[bytes]:
    """The keys that a memcached holds."""
    with connect(address) as sock, sock.makefile("rb") as lines:
        sock.sendall(b"lru_crawler metadump all\r\n")
        found = []
        while (line := lines.readline()) != b"END\r\n":
            assert line.startswith(b"key="), line
            found.append(unquote_to_bytes(line[4 : line.index(b" ")]))
        return found
