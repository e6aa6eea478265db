"""Random server sets: the sizes, weights, ports and odd names that a program can be given."""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from .process import bindable

Server = dict[str, Any]

ONE_WORKER = pytest.mark.xdist_group("drawn addresses")
"""For tests of addresses that are drawn (`live`): nothing but the test before the next one may
listen there, so they run one after the other."""

_ODD_LOOPBACK = (
    "localhost",
    "LOCALHOST",
    "LocalHost",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f.0.0.1",
    "0177.1",
)
_HOSTS_FILE_LOOPBACK = ("ip6-localhost", "ip6-loopback")
_LABELS = (
    "cache",
    "Cache",
    "mc",
    "web-1",
    "node_7",
    "a",
    "xn--bcher-kva",
    "db--east",
    "0",
    "s3",
    "UPPER",
)
_DOMAINS = ("", ".example.com", ".internal", ".svc.cluster.local", ".EXAMPLE.org", ".example.com.")
_NON_ASCII = ("кэш", "serveur-é", "缓存", "naïve.example", "😀")


def sizes(rng: Random, sets: int, many: int) -> list[int]:
    """How many servers each set has: one set of one, one of two, one of many, the rest 3 to 12."""
    some = [1, 2, rng.randint(many // 2, many)]
    some += [rng.randint(3, min(12, many)) for _ in range(sets - len(some))]
    rng.shuffle(some)
    return some


def weights(rng: Random, count: int, *, top: int, zero: bool = False) -> list[int]:
    """Equal, close or wide apart; at least one above zero."""
    style = rng.choice(("equal", "equal", "small", "small", "wide", "lopsided"))
    if style == "equal":
        return [1] * count
    if style == "small":
        found = [rng.randint(1, min(5, top)) for _ in range(count)]
    elif style == "wide":
        found = [rng.randint(1, top) for _ in range(count)]
    else:
        found = [1] * count
        found[rng.randrange(count)] = top
    if zero and count > 1:
        for _ in range(rng.randint(0, count // 2)):
            found[rng.randrange(count)] = 0
        found[rng.randrange(count)] = rng.randint(1, min(5, top))
    return found


def hashed_only(
    rng: Random,
    count: int,
    *,
    default_port: int,
    unix: bool = False,
    non_ascii: bool = True,
    top: int = 50,
) -> list[Server]:
    """Servers that are never dialled, so that any name will do."""
    kinds: list[Callable[[Random], str]] = [_ip4, _ip4, _ip6, _host, _host]
    if non_ascii:
        kinds.append(lambda rng: rng.choice(_NON_ASCII) + str(rng.randrange(1000)))
    one_kind = rng.choice(kinds) if rng.random() < 0.4 else None
    one_port = rng.choice((default_port, rng.randint(1, 65535), None))

    def draw() -> Server:
        if unix and rng.random() < 0.15:
            return {"host": f"/run/{rng.choice(_LABELS)}-{rng.randrange(10**6)}.sock", "port": 0}
        port = one_port or rng.choice((default_port, rng.randint(1, 65535)))
        return {"host": (one_kind or rng.choice(kinds))(rng), "port": port}

    return _distinct(rng, count, draw, top)


def live(
    rng: Random,
    count: int,
    *,
    default_port: int,
    free: Callable[[str, int], bool],
    sockets: Path | None = None,
    top: int = 50,
    zero: bool = False,
) -> list[Server]:
    """Servers on loopback: addresses, odd names for them, Unix sockets.

    `free` is `bindable` where the test listens there (`Claims` where sets listen at once),
    `refuses` where nothing must.

    Two servers share a port only where their hosts are different plain addresses, so that the
    port (or address and port) that a program dials tells which server it chose.
    """
    taken: set[int] = set()

    def draw() -> Server:
        roll = rng.random()
        if sockets is not None and roll < 0.15:
            return {"host": str(sockets / f"s{rng.getrandbits(40):x}.sock"), "port": 0}
        if roll < 0.45:
            return {"host": _loopback(rng), "port": default_port}
        if roll < 0.55:
            host = "::1"
        elif roll < 0.75:
            host = rng.choice(odd_names())
        else:
            host = _loopback(rng)
        port = rng.randint(12_000, 31_000)
        if port in taken:
            return {}
        taken.add(port)
        return {"host": host, "port": port}

    def usable(server: Server) -> bool:
        return bool(server) and (server["port"] == 0 or free(server["host"], server["port"]))

    return _distinct(rng, count, draw, top, usable=usable, zero=zero)


@functools.cache
def odd_names() -> tuple[str, ...]:
    """Names, other than plain addresses, that lead to this machine without asking anyone."""
    known = Path("/etc/hosts").read_text(errors="replace").split()
    names = (*_ODD_LOOPBACK, *(name for name in _HOSTS_FILE_LOOPBACK if name in known))
    return tuple(name for name in names if _is_loopback(name) and bindable(name, 0))


@functools.cache
def addresses(host: str) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    return tuple(str(entry[4][0]) for entry in found)


class Claims:
    """`bindable` for several sets that listen at once: each address goes to one server only,
    however it is spelled."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, int]] = set()

    def __call__(self, host: str, port: int) -> bool:
        where = {(address, port) for address in addresses(host)}
        if where & self._taken or not bindable(host, port):
            return False
        self._taken |= where
        return True


def _distinct(
    rng: Random,
    count: int,
    draw: Callable[[], Server],
    top: int,
    *,
    usable: Callable[[Server], bool] = bool,
    zero: bool = False,
) -> list[Server]:
    found: list[Server] = []
    seen: set[tuple[str, int]] = set()
    for _ in range(1000 * count):
        if len(found) == count:
            break
        server = draw()
        if usable(server) and (identity := (server["host"], server["port"])) not in seen:
            seen.add(identity)
            found.append(server)
    assert len(found) == count, f"only {len(found)} of {count} servers could be drawn"
    for server, weight in zip(found, weights(rng, count, top=top, zero=zero), strict=True):
        server["weight"] = weight
    return found


def named(servers: Sequence[Server]) -> list[Server]:
    """The same servers with the name `host:port`, as libraries that hash node names get them."""
    return [{**server, "name": f"{server['host']}:{server['port']}"} for server in servers]


def _is_loopback(name: str) -> bool:
    try:
        return all(a.startswith("127.") or a == "::1" for a in addresses(name))
    except OSError:
        return False


def _ip4(rng: Random) -> str:
    return rng.choice(
        ("10.0.0.{}", "192.168.1.{}", "172.16.{0}.{0}", "127.0.{}.1", "{}.1.1.1")
    ).format(rng.randint(1, 254))


def _ip6(rng: Random) -> str:
    return rng.choice(
        ("::{:x}", "fe80::{:x}", "2001:db8::{:X}", "2001:0db8:0:0:0:0:0:{:04x}")
    ).format(rng.randint(1, 65535))


def _host(rng: Random) -> str:
    label = f"{rng.choice(_LABELS)}{rng.choice(('', '-', '.'))}{rng.randrange(1000)}"
    return label + rng.choice(_DOMAINS)


def _loopback(rng: Random) -> str:
    return f"127.{rng.randint(1, 254)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
