"""Plans of real configuration files: one server more, counted on the running program.

Each program runs with the old file and with the new one and is asked about the same 200,000 keys.
What goes from whom to whom must be what the plan of these keys says, key for key; the plan of the
whole key space must be exact and within a sample's error. The program `continuum` must say the same.

The files are the programs' own examples (nginx's documentation of `hash`, HAProxy's of
`balance url_param`, the `nutcracker.yml` that Debian ships), with addresses on loopback.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from . import ours, servers
from .conftest import Live
from .process import accepts, free_port, refuses, running
from .proxies import haproxy, nginx
from .stub import Address, redis_stubs
from .wire import ask_http, ask_redis, redis_command

pytestmark = servers.ONE_WORKER

COUNT = 200_000
SIGMAS = 6.0

_UPSTREAM = """
  upstream backend {{
    hash $request_uri consistent;

{servers}
  }}
"""
_BACKEND = """
  default_backend dynamic
backend dynamic
  balance url_param userid
  hash-type consistent
  http-error status 503 hdr x-refused 1
  http-after-response set-header x-server %[srv_name]
{servers}
"""
_NUTCRACKER = Path(__file__).parents[2] / "crates/continuum-config/tests/examples/nutcracker.yml"


def test_plan_nginx(live: Live) -> None:
    names = [_free(live), _free(live, 8080), f"unix:{live.sockets}/backend3", _free(live, 8080)]
    lines = [f"    server {name} max_fails=0;" for name in names]
    lines[0] = lines[0].replace(" max", " weight=5 max")
    random = live.rng.getrandbits
    keys = [b"/item/%x?page=%d" % (random(48), random(8)) for _ in range(COUNT)]
    requests = [b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % key for key in keys]
    known = {name if ":" in name else f"{name}:80": name for name in names}
    files, owners = [], []
    for name, count in (("old", 3), ("new", 4)):
        upstreams = _UPSTREAM.format(servers="\n".join(lines[:count]))
        with nginx(live, name, upstreams, "backend") as (file, address):
            answers = ask_http(address, requests, b"X-Server")
        owners.append([known[answer.decode()] for answer in answers])
        files.append(file)
    assert ours.load(files[0], "backend").key_rule == "$request_uri"
    _compare(live, files, "backend", keys, owners)


def test_plan_haproxy(live: Live) -> None:
    weights = (1, 1, 2, 1)
    lines = [
        f"  server s{number} {_free(live, 80)} weight {weight}"
        for number, weight in enumerate(weights, 1)
    ]
    keys = [b"%x" % live.rng.getrandbits(64) for _ in range(COUNT)]
    requests = [b"GET /app?x=1&userid=%b HTTP/1.1\r\nHost: a\r\n\r\n" % key for key in keys]
    files, owners = [], []
    for name, count in (("old", 3), ("new", 4)):
        rest = _BACKEND.format(servers="\n".join(lines[:count]))
        with haproxy(live, name, rest) as (file, address):
            answers = ask_http(address, requests, b"x-server")
        owners.append([answer.decode() for answer in answers])
        files.append(file)
    assert ours.load(files[0], "dynamic").key_rule == "url_param userid"
    _compare(live, files, "dynamic", keys, owners)


def test_plan_twemproxy(live: Live) -> None:
    nutcracker = live.tool("nutcracker", "nutcracker")
    random = live.rng.getrandbits
    keys = [b"%x{%x}" % (random(8), random(48)) for _ in range(COUNT)]
    requests = [redis_command(b"GET", key) for key in keys]
    # Named servers with hash tags; ten unnamed ones; weights 100000 and 1.
    for pool, more in (("beta", "6384:1 server5"), ("delta", "11224:1"), ("omega", "11216:1")):
        host = _loopback(live)
        shipped = re.search(rf"^{pool}:\n(?: .*\n)*", _NUTCRACKER.read_text(), re.MULTILINE)
        assert shipped is not None
        # Redis stubs answer, and slowly on a busy machine: neither changes an owner.
        lines = [
            line.replace("127.0.0.1", host)
            for line in shipped[0].splitlines()
            if not re.match(r" +(redis|timeout|listen):", line)
        ]
        listed = [line.strip(" -") for line in lines if line.startswith("   - ")]
        listed.append(f"{host}:{more}")
        addresses: list[tuple[Address, int]] = []
        names = []
        for number, server in enumerate(listed):
            at, _, name = server.partition(" ")
            address, _, _ = at.rpartition(":")
            names.append(name or address)
            addresses.append(((host, int(address.rpartition(":")[2])), number))
        files, owners = [], []
        with redis_stubs(addresses):
            for name, extra in (("old", []), ("new", [f"   - {listed[-1]}"])):
                port = free_port()
                file = live.dir / f"{pool}-{name}.yml"
                head = [lines[0], f"  listen: 127.0.0.1:{port}", "  redis: true"]
                file.write_text("\n".join([*head, *lines[1:], *extra, ""]))
                args = [nutcracker, "-c", str(file), "-a", "127.0.0.1", "-s", str(free_port())]
                at_port = ("127.0.0.1", port)
                with running(args, live.dir / f"{pool}.log", lambda: accepts(at_port)):
                    answers = ask_redis(at_port, requests)
                owners.append([names[int(answer[1:])] for answer in answers])
                files.append(file)
        _compare(live, files, pool, keys, owners)


def _compare(
    live: Live, files: list[Path], pool: str, keys: list[bytes], owners: list[list[str]]
) -> None:
    """The plan of two files beside what the running program did."""
    old, new = (ours.load(file, pool) for file in files)
    before, after = owners
    for built, theirs in ((old, before), (new, after)):
        mine = ours.owners(built, keys)
        wrong = [at for at, owner in enumerate(theirs) if owner != mine[at]]
        assert not wrong, f"{len(wrong)} differ: {keys[wrong[0]]!r} is {theirs[wrong[0]]}'s"
    counted = Counter(pair for pair in zip(before, after, strict=True) if pair[0] != pair[1])

    plan = ours.plan(old, new, keys)
    assert {flow[:2]: round(flow.share * COUNT) for flow in plan.flows} == counted
    assert plan.counts.moved_keys == counted.total()

    whole = ours.plan(old, new)
    assert whole.exact
    shares = {flow[:2]: flow.share for flow in whole.flows}
    assert counted.keys() <= shares.keys()
    for pair, share in shares.items():
        error = SIGMAS * (share * (1 - share) / COUNT) ** 0.5 + 1 / COUNT
        assert abs(counted[pair] / COUNT - share) < error, (pair, share, counted[pair])

    by_program = ""
    if program := live.continuum():
        by_program = ", by the program too"
        listed = live.dir / "keys.txt"
        listed.write_bytes(b"".join(key + b"\n" for key in keys))
        for of_keys, same in ((listed, plan), (None, whole)):
            told = ours.plan_of_program(program, files, pool, of_keys)
            assert told["moved"] == same.moved and told["exact"] is same.exact
            flows = {(flow["from"], flow["to"]): flow["share"] for flow in told["flows"]}
            assert flows == {flow[:2]: flow.share for flow in same.flows}
    live.lines.append(
        f"{live.program} {pool}: one server more moves {counted.total():,} of {COUNT:,} keys in "
        f"{len(counted)} flows, as planned key for key{by_program}; {whole.moved:.3%} of all, "
        f"exact; least {whole.least:.3%}, needless {whole.needless:.3%}"
    )


def _loopback(live: Live) -> str:
    rng = live.rng
    return f"127.{rng.randint(1, 254)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"


def _free(live: Live, port: int | None = None) -> str:
    """A loopback address, with its port if that is written, where nothing answers."""
    while True:
        host = _loopback(live)
        if refuses(host, port or 80):
            return host if port is None else f"{host}:{port}"
