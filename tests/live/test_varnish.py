"""Varnish: the shard director and the hash director by key; every set a director of one varnishd.

`resolve=NOW` tells the chosen backend without a request to it. The key travels
percent-encoded and vmod blob decodes it, so that it can be any bytes but NUL.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from urllib.parse import quote_from_bytes

from . import servers
from .cases import KEYS, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import accepts, free_port, running
from .servers import Server
from .wire import ask_http

MANY = 50
POINTS = (67, 67, 67, 67, 1, 2, 10, 100, 160, 255)
_KEY = "blob.transcode(encoding=IDENTITY, decoding=URL, encoded=req.http.x-k)"
_VCL = """
vcl 4.1;
import directors; import blob;
{backends}
sub vcl_init {{
{directors}
}}
sub vcl_recv {{
{choices}
  return (synth(200));
}}
sub vcl_synth {{
  set resp.http.x-server = req.http.x-server;
  synthetic("");
  return (deliver);
}}
"""


def test_varnish(live: Live) -> None:
    varnishd = live.tool("varnishd", "varnish")
    counts = servers.sizes(live.rng, SETS, MANY)
    sets = [_servers(live.rng, count) for count in counts]
    points = live.rng.sample(POINTS, SETS)
    # A circle of two points in all: varnish's search gives the upper one for every key.
    sets.append([{**server, "weight": 1} for server in _servers(live.rng, 2)])
    points.append(1)
    vcl = live.dir / "live.vcl"
    vcl.write_text(_program(sets, points))
    port = free_port()
    address = ("127.0.0.1", port)
    args = [
        varnishd,
        *(
            "-j",
            "none",
            "-F",
            "-n",
            str(live.dir / "varnish"),
            "-f",
            str(vcl),
            "-a",
            f"127.0.0.1:{port}",
        ),
        *("-T", "none", "-s", "malloc,16m", "-p", "thread_pool_min=5", "-p", "thread_pools=1"),
        *("-p", "timeout_idle=60"),
    ]
    with running(args, live.dir / "varnish.log", lambda: accepts(address)):
        live.compare(_cases(live.rng, sets, points, address))


def test_varnish_hash(live: Live) -> None:
    """The hash director: every set a director of one varnishd."""
    varnishd = live.tool("varnishd", "varnish")
    sets = [_servers(live.rng, count) for count in servers.sizes(live.rng, SETS, MANY)]
    sets = [[{**s, "name": f"b{i}"} for i, s in enumerate(listed)] for listed in sets]
    vcl = live.dir / "hash.vcl"
    vcl.write_text(_hash_program(sets))
    port = free_port()
    address = ("127.0.0.1", port)
    args = [
        varnishd,
        *("-j", "none", "-F", "-n", str(live.dir / "varnish"), "-f", str(vcl)),
        *("-a", f"127.0.0.1:{port}", "-T", "none", "-s", "malloc,16m"),
        *("-p", "thread_pool_min=5", "-p", "thread_pools=1", "-p", "timeout_idle=60"),
    ]

    def cases() -> Iterator[Case]:
        for at, listed in enumerate(sets):
            keys = random_keys(live.rng, KEYS, Carrier.NO_NUL)
            requests = [
                b"GET / HTTP/1.1\r\nHost: a\r\nX-Set: %d\r\nX-K: %b\r\n\r\n"
                % (at, quote_from_bytes(key).encode())
                for key in keys
            ]
            answers = [int(answer[1:]) for answer in ask_http(address, requests, b"x-server")]
            yield Case("varnish-hash", listed, keys, answers)

    with running(args, live.dir / "varnish.log", lambda: accepts(address)):
        live.compare(cases())


def _hash_program(sets: list[list[Server]]) -> str:
    backends = [
        f'backend b{i} {{ .host = "127.0.0.1"; .port = "9"; }}' for i in range(max(map(len, sets)))
    ]
    directors: list[str] = []
    choices: list[str] = []
    for at, listed in enumerate(sets):
        directors.append(f"  new d{at} = directors.hash();")
        for i, server in enumerate(listed):
            directors.append(f"  d{at}.add_backend(b{i}, {float(server['weight'])});")
        chosen = f"d{at}.backend({_KEY})"
        choices.append(f'  if (req.http.x-set == "{at}") {{ set req.http.x-server = {chosen}; }}')
    return _VCL.format(
        backends="\n".join(backends), directors="\n".join(directors), choices="\n".join(choices)
    )


def _cases(
    rng: Random, sets: list[list[Server]], points: list[int], address: tuple[str, int]
) -> Iterator[Case]:
    for i, (listed, count) in enumerate(zip(sets, points, strict=True)):
        keys = random_keys(rng, KEYS, Carrier.NO_NUL)
        requests = [
            b"GET / HTTP/1.1\r\nHost: a\r\nX-Set: %d\r\nX-K: %b\r\n\r\n"
            % (i, quote_from_bytes(key).encode())
            for key in keys
        ]
        answers = [int(answer[1:]) for answer in ask_http(address, requests, b"x-server")]
        yield Case(f"varnish-shard:points={count}", listed, keys, answers)


def _servers(rng: Random, count: int) -> list[Server]:
    """Names are backends' own (`b7`) or, in most sets, any text given as `ident`."""
    listed = servers.named(servers.hashed_only(rng, count, default_port=80, top=10))
    if rng.random() < 0.25:
        listed = [{**server, "name": f"b{i}"} for i, server in enumerate(listed)]
    if rng.random() < 0.4:
        for server in listed:
            server["weight"] += rng.choice((0, 0.25, 0.5, 0.125)) if server["weight"] < 10 else 0
    return listed


def _program(sets: list[list[Server]], points: list[int]) -> str:
    backends = [
        f'backend b{i} {{ .host = "127.0.0.1"; .port = "9"; }}' for i in range(max(map(len, sets)))
    ]
    directors: list[str] = []
    choices: list[str] = []
    for at, (listed, count) in enumerate(zip(sets, points, strict=True)):
        directors.append(f"  new d{at} = directors.shard();")
        for i, server in enumerate(listed):
            ident = "" if server["name"] == f"b{i}" else f', ident="{server["name"]}"'
            weight = "" if server["weight"] == 1 else f", weight={float(server['weight'])}"
            directors.append(f"  d{at}.add_backend(b{i}{ident}{weight});")
        directors.append(f"  d{at}.reconfigure(replicas={count});")
        chosen = f"d{at}.backend(by=KEY, key=d{at}.key({_KEY}), resolve=NOW, healthy=IGNORE)"
        choices.append(f'  if (req.http.x-set == "{at}") {{ set req.http.x-server = {chosen}; }}')
    return _VCL.format(
        backends="\n".join(backends), directors="\n".join(directors), choices="\n".join(choices)
    )
