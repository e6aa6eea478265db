"""nginx: `ip_hash` over addresses that realip sets, and `split_clients`."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from random import Random

from . import servers
from .cases import KEYS, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import accepts, free_port, running
from .servers import Server
from .wire import ask_http

pytestmark = servers.ONE_WORKER

_NGINX = """
daemon off; master_process off; worker_processes 1;
pid {dir}/{name}.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; server_tokens off;
  large_client_header_buffers 8 16k; variables_hash_max_size 4096;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
{blocks}
  server {{
    listen 127.0.0.1:{port};
    {server}
  }}
}}
"""
_IP_HASH = """
    set_real_ip_from 127.0.0.1; real_ip_header X-K;
    location / {
      proxy_next_upstream off; proxy_connect_timeout 2s;
      proxy_pass http://$http_x_set;
      error_page 502 =200 @chosen;
    }
    location @chosen { add_header X-Server $upstream_addr always; return 200 ""; }
"""


def test_nginx_ip_hash(live: Live) -> None:
    counts = servers.sizes(live.rng, SETS, many=60)
    sets = [_servers(live.rng, count) for count in counts]
    blocks = "\n".join(_upstream(at, listed) for at, listed in enumerate(sets))

    def cases(address: tuple[str, int]) -> Iterator[Case]:
        for at, listed in enumerate(sets):
            keys = _addresses(live.rng, KEYS)
            requests = [_request(at, key) for key in keys]
            found = {f"{s['host']}:{s['port']}": place for place, s in enumerate(listed)}
            answers = [found[a.decode()] for a in ask_http(address, requests, b"X-Server")]
            yield Case("nginx-ip-hash", listed, keys, answers)

    _compare(live, "ip_hash", blocks, _IP_HASH, cases)


def test_nginx_split_clients(live: Live) -> None:
    sets = [_parts(live.rng, count) for count in servers.sizes(live.rng, SETS, many=40)]
    blocks = "\n".join(_split(at, listed) for at, listed in enumerate(sets))
    choices = "\n".join(
        f'    if ($http_x_set = u{at}) {{ add_header X-Server "p$part{at}" always; return 200 ""; }}'
        for at in range(len(sets))
    )

    def cases(address: tuple[str, int]) -> Iterator[Case]:
        for at, listed in enumerate(sets):
            keys = random_keys(live.rng, KEYS, Carrier.HEADER)
            requests = [_request(at, key) for key in keys]
            answers = [int(part[1:]) for part in ask_http(address, requests, b"X-Server")]
            yield Case("nginx-split-clients", listed, keys, answers)

    _compare(live, "split_clients", blocks, f"location / {{\n{choices}\n}}", cases)


def _compare(live: Live, name: str, blocks: str, server: str, cases) -> None:  # type: ignore[no-untyped-def]
    port = free_port()
    file = live.dir / f"{name}.conf"
    file.write_text(
        _NGINX.format(dir=live.dir, name=name, port=port, blocks=blocks, server=server)
    )
    args = [live.tool("nginx", "nginx"), "-p", str(live.dir), "-e", "stderr", "-c", str(file)]
    address = ("127.0.0.1", port)
    with running(args, live.dir / f"{name}.log", lambda: accepts(address)):
        live.compare(cases(address))


def _request(at: int, key: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: a\r\nX-Set: u%d\r\nX-K: %b\r\n\r\n" % (at, key)


def _servers(rng: Random, count: int) -> list[Server]:
    """Servers that nothing listens at: none is ever marked as failed."""
    heavy = servers.weights(rng, count, top=60)
    return [
        {"host": f"127.0.{at // 200}.{at % 200 + 1}", "port": 9, "weight": heavy[at]}
        for at in range(count)
    ]


def _upstream(at: int, listed: list[Server]) -> str:
    lines = [f"    server {s['host']}:9 weight={s['weight']} max_fails=0;" for s in listed]
    return "\n".join([f"  upstream u{at} {{", "    ip_hash;", *lines, "  }"])


def _addresses(rng: Random, count: int) -> list[bytes]:
    """IPv4, IPv6, and IPv4 written as IPv6; not 255.255.255.255, which realip takes for none."""
    found: dict[bytes, None] = {}
    while len(found) < count:
        roll = rng.random()
        if roll < 0.6:
            text = str(IPv4Address(rng.getrandbits(32)))
        elif roll < 0.9:
            text = str(IPv6Address(rng.getrandbits(rng.choice((16, 64, 128)))))
        else:
            text = f"::ffff:{IPv4Address(rng.getrandbits(32))}"
        if "255.255.255.255" not in text:
            found[text.encode()] = None
    return list(found)


def _parts(rng: Random, count: int) -> list[Server]:
    """Percentages of two decimals, and what is left."""
    left, listed = 10_000, []
    for at in range(count - 1):
        part = rng.randint(1, max(1, min(left - 1, 2 * 10_000 // count)))
        if part >= left:
            break
        left -= part
        listed.append({"host": str(at), "weight": f"{part / 100:.2f}%"})
    return [*listed, {"host": "rest", "weight": "*"}]


def _split(at: int, listed: list[Server]) -> str:
    lines = [f"    {server['weight']} {place};" for place, server in enumerate(listed)]
    return "\n".join([f"  split_clients $http_x_k $part{at} {{", *lines, "  }"])
