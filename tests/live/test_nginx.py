"""nginx: `hash $http_x_k [consistent]`; every set an upstream of one nginx.

The upstream servers are never marked as failed (`max_fails=0`), so nginx says in
`$upstream_addr` which one the hash chose.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from . import servers
from .cases import KEYS, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import refuses
from .proxies import nginx
from .servers import Server
from .wire import ask_http

pytestmark = servers.ONE_WORKER

DEFAULT_PORT = 80


def test_nginx(live: Live) -> None:
    counts = servers.sizes(live.rng, 2 * SETS, many=60)
    sets = [_servers(live.rng, count, live.sockets) for count in counts]
    upstreams = "\n".join(_upstream(i, listed) for i, listed in enumerate(sets))
    with nginx(live, "nginx", upstreams, "$http_x_set") as (_, address):
        live.compare(_cases(live.rng, sets, address))


def _cases(rng: Random, sets: list[list[Server]], address: tuple[str, int]) -> Iterator[Case]:
    for i, listed in enumerate(sets):
        keys = random_keys(rng, KEYS, Carrier.HEADER)
        requests = [
            b"GET / HTTP/1.1\r\nHost: a\r\nX-Set: u%d\r\nX-K: %b\r\n\r\n" % (i, key) for key in keys
        ]
        owner = _owners(listed)
        answers = [owner[answer.decode()] for answer in ask_http(address, requests, b"X-Server")]
        yield Case("nginx" if _consistent(i) else "nginx:consistent=off", listed, keys, answers)


def _consistent(index: int) -> bool:
    return index % 2 == 0


def _upstream(index: int, listed: list[Server]) -> str:
    lines = [f"    server {s['name']} weight={s['weight']} max_fails=0;" for s in listed]
    mode = " consistent" if _consistent(index) else ""
    return "\n".join([f"  upstream u{index} {{", f"    hash $http_x_k{mode};", *lines, "  }"])


def _servers(rng: Random, count: int, sockets: Path) -> list[Server]:
    listed = servers.live(
        rng, count, default_port=DEFAULT_PORT, free=refuses, sockets=sockets, top=60
    )
    return [{**server, "name": _text(rng, server)} for server in listed]


def _text(rng: Random, server: Server) -> str:
    """The server as written in the configuration, which is what nginx hashes."""
    host, port = server["host"], server["port"]
    if port == 0:
        return f"unix:{host}"
    if ":" in host:
        host = f"[{host}]"
    return host if port == DEFAULT_PORT and rng.random() < 0.7 else f"{host}:{port}"


def _owners(listed: list[Server]) -> dict[str, int]:
    """`$upstream_addr` → position, for every address of every server."""
    found: dict[str, int] = {}
    for i, server in enumerate(listed):
        if server["port"] == 0:
            found[server["name"]] = i
            continue
        for address in servers.addresses(server["host"]):
            text = f"[{address}]" if ":" in address else address
            assert found.setdefault(f"{text}:{server['port']}", i) == i
    return found
