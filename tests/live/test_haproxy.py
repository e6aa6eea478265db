"""HAProxy: `balance hash` with every hash type; every set a backend of one haproxy.

The key travels in base64, so that it can be any bytes; `srv_id` in the 503 is the server that
the hash chose.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from . import ours, servers
from .cases import KEYS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import refuses
from .proxies import haproxy
from .servers import Server
from .wire import ask_http

pytestmark = servers.ONE_WORKER

METHODS = ("consistent", "map-based")
FUNCTIONS = ("sdbm", "djb2", "wt6", "crc32")
SPARE_KEYS = 4_000
"""Keys a set that has backups and disabled servers."""
_BACKEND = """
backend b{index}
  balance hash req.fhdr(x-k),b64dec
  {hash_type}
  http-error status 503 hdr x-refused 1
  http-after-response set-header x-server %[srv_id]
"""


@dataclass(frozen=True)
class HashType:
    line: str
    method: str
    function: str
    avalanche: bool

    def scheme(self) -> str:
        avalanche = "on" if self.avalanche else "off"
        return f"haproxy:method={self.method},function={self.function},avalanche={avalanche}"


def _hash_types() -> list[HashType]:
    """All there are, and the two that a short line stands for."""
    found = [
        HashType("", "map-based", "sdbm", False),
        HashType("hash-type consistent", "consistent", "sdbm", True),
    ]
    for method, function, avalanche in product(METHODS, FUNCTIONS, (False, True)):
        line = f"hash-type {method} {function}{' avalanche' if avalanche else ''}"
        found.append(HashType(line, method, function, avalanche))
    return found


def test_haproxy(live: Live) -> None:
    hash_types = _hash_types()
    counts = servers.sizes(live.rng, len(hash_types), many=100)
    sets = [_servers(live.rng, count) for count in counts]
    backends = "".join(
        _BACKEND.format(index=i, hash_type=hash_type.line)
        + "".join(_line(server) for server in listed)
        for i, (hash_type, listed) in enumerate(zip(hash_types, sets, strict=True))
    )
    rest = "  use_backend %[req.fhdr(x-set)]\n" + backends
    with haproxy(live, "haproxy", rest) as (_, address):
        live.compare(_cases(live.rng, hash_types, sets, address))


def test_haproxy_spare(live: Live) -> None:
    """Backups and disabled servers serve nobody, and their weights, which make the table of
    map-based longer, change no owner. The file that HAProxy runs is the one that we read."""
    hash_types = _hash_types()
    backends = "".join(
        _BACKEND.replace("srv_id", "srv_name").format(index=i, hash_type=hash_type.line)
        + "".join(_spare(live.rng))
        for i, hash_type in enumerate(hash_types)
    )
    keys = random_keys(live.rng, SPARE_KEYS, Carrier.ANY)
    rest = "  use_backend %[req.fhdr(x-set)]\n" + backends
    with haproxy(live, "haproxy_spare", rest) as (file, address):
        for i, hash_type in enumerate(hash_types):
            requests = _requests(i, keys)
            told = [name.decode() for name in ask_http(address, requests, b"x-server")]
            found = ours.owners(ours.load(file, f"b{i}"), keys)
            assert found == told, f"{hash_type.line}: {file.read_text()}"
    count = len(hash_types)
    live.lines.append(f"haproxy_spare: {count} sets, {count * len(keys):,} keys, 0 differ")


def _spare(rng: Random) -> list[str]:
    """Lines of servers that serve, between backups and disabled ones."""
    listed = _servers(rng, rng.randint(6, 12))
    divisor = rng.choice((2, 3, 10, 32))
    roles = rng.choices(("", " backup", " disabled", " disabled backup"), k=len(listed) - 4)
    roles += ["", "", " backup", " disabled"]
    rng.shuffle(roles)
    lines = []
    for server, role in zip(listed, roles, strict=True):
        if not role:
            server["weight"] = divisor * rng.randint(1, 8)
        line = _line(server).removesuffix("\n")
        # Without a weight it has 1, so that nothing divides all of them.
        if role and rng.random() < 0.5:
            line = line.rpartition(" weight ")[0]
        lines.append(f"{line}{role}\n")
    return lines


def _cases(
    rng: Random, hash_types: list[HashType], sets: list[list[Server]], address: tuple[str, int]
) -> Iterator[Case]:
    for i, (hash_type, listed) in enumerate(zip(hash_types, sets, strict=True)):
        keys = random_keys(rng, KEYS, Carrier.ANY)
        requests = _requests(i, keys)
        owner = {str(server["id"]).encode(): at for at, server in enumerate(listed)}
        answers = [owner[answer] for answer in ask_http(address, requests, b"x-server")]
        plain = [{k: v for k, v in server.items() if k != "written_id"} for server in listed]
        yield Case(hash_type.scheme(), plain, keys, answers)


def _requests(index: int, keys: list[bytes]) -> list[bytes]:
    return [
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Set: b%d\r\nX-K: %b\r\n\r\n" % (index, b64encode(key))
        for key in keys
    ]


def _servers(rng: Random, count: int) -> list[Server]:
    """Random ids on some servers; the others get the first free number from a counter that
    starts at 1 and moves one on at every server, after all written ids are known."""
    listed = servers.live(rng, count, default_port=80, free=refuses, top=256, zero=True)
    share = rng.choice((0.0, 0.0, 0.5, 1.0))
    ids = rng.sample(range(1, rng.choice((2 * count, 5000, 1 << 31))), count)
    taken = {chosen for chosen in ids if rng.random() < share}
    used = set(taken)
    for server, chosen, label in zip(listed, ids, rng.sample(range(10**6), count), strict=True):
        server["written_id"] = chosen in taken
        server["id"] = chosen
        server["name"] = f"{rng.choice(('s', 'Web-', 'a.b:', '_', '9'))}{label}"
    number = 1
    for server in listed:
        if not server["written_id"]:
            while number in used:
                number += 1
            used.add(number)
            server["id"] = number
        number += 1
    return listed


def _line(server: Server) -> str:
    host = f"[{server['host']}]" if ":" in server["host"] else server["host"]
    written = f" id {server['id']}" if server["written_id"] else ""
    return f"  server {server['name']} {host}:{server['port']}{written} weight {server['weight']}\n"
