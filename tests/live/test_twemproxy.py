"""twemproxy (nutcracker): all hashes with both distributions, some with a hash tag; every set a
pool of one nutcracker, over the Redis protocol, in front of stubs that answer with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

from . import servers
from .cases import KEYS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import accepts, free_port, running
from .servers import Server
from .stub import Address, redis_stubs
from .wire import ask_redis, redis_command

pytestmark = servers.ONE_WORKER

DISTRIBUTIONS = ("ketama", "modula")
HASHES = (
    *("one_at_a_time", "md5", "crc16", "crc32", "crc32a", "fnv1_64"),
    *("fnv1a_64", "fnv1_32", "fnv1a_32", "hsieh", "murmur", "jenkins"),
)
TAGS = (None, None, "{}", "{}", "$$", "[]", "()", "||")
DEFAULT_PORT = 11211


@dataclass(frozen=True)
class Pool:
    distribution: str
    hash: str
    tag: str | None
    servers: list[Server]
    port: int

    def scheme(self) -> str:
        tag = f",hash-tag={self.tag}" if self.tag else ""
        return f"twemproxy:distribution={self.distribution},hash={self.hash}{tag}"

    def config(self, name: str) -> str:
        """The pool in the configuration; nutcracker knows no YAML in braces."""
        lines = [
            f"{name}:",
            f"  listen: 127.0.0.1:{self.port}",
            "  redis: true",
            "  auto_eject_hosts: false",
            f"  hash: {self.hash}",
            f"  distribution: {self.distribution}",
            *([f'  hash_tag: "{self.tag}"'] if self.tag else []),
            "  servers:",
            *(f'   - "{_line(server)}"' for server in self.servers),
        ]
        return "\n".join(lines) + "\n"


def test_twemproxy(live: Live) -> None:
    nutcracker = live.tool("nutcracker", "nutcracker")
    combinations = list(product(DISTRIBUTIONS, HASHES))
    counts = servers.sizes(live.rng, len(combinations), many=40)
    free = servers.Claims()
    pools = [
        Pool(
            distribution,
            hash_,
            live.rng.choice(TAGS),
            _servers(live.rng, count, live.sockets, free),
            free_port(),
        )
        for (distribution, hash_), count in zip(combinations, counts, strict=True)
    ]
    config = live.dir / "nutcracker.yml"
    config.write_text("".join(pool.config(f"p{i}") for i, pool in enumerate(pools)))
    args = [nutcracker, "-c", str(config), "-a", "127.0.0.1", "-s", str(free_port())]
    with ExitStack() as stack:
        stack.enter_context(redis_stubs(_numbered(pools)))
        stack.enter_context(running(args, live.dir / "nutcracker.log", lambda: _all_accept(pools)))
        live.compare(_cases(live.rng, pools))


def _all_accept(pools: list[Pool]) -> bool:
    return all(accepts(("127.0.0.1", pool.port)) for pool in pools)


def _cases(rng: Random, pools: list[Pool]) -> Iterator[Case]:
    for pool in pools:
        keys = random_keys(rng, KEYS, Carrier.ANY, empty=True)
        requests = [redis_command(b"GET", key) for key in keys]
        answers = [int(answer[1:]) for answer in ask_redis(("127.0.0.1", pool.port), requests)]
        yield Case(pool.scheme(), pool.servers, keys, answers)


def _servers(rng: Random, count: int, sockets: Path, free: servers.Claims) -> list[Server]:
    listed = servers.live(rng, count, default_port=DEFAULT_PORT, free=free, sockets=sockets)
    share = rng.choice((0.0, 0.0, 0.5, 1.0))
    for i, server in enumerate(listed):
        if rng.random() < share:
            server["alias"] = rng.choice(("{}", "cache-{}", "Node.{}", "кэш{}", "a:{}")).format(i)
    return listed


def _numbered(pools: list[Pool]) -> Iterator[tuple[Address, int]]:
    for pool in pools:
        for i, server in enumerate(pool.servers):
            yield (server["host"] if server["port"] == 0 else (server["host"], server["port"])), i


def _line(server: Server) -> str:
    where = server["host"] if server["port"] == 0 else f"{server['host']}:{server['port']}"
    return f"{where}:{server['weight']} {server.get('alias', '')}".rstrip()
