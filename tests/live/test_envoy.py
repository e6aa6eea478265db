"""Envoy 1.40: `RING_HASH` and `MAGLEV`, every set a cluster of one process.

Every host is an address of loopback, on one port, on which an nginx says at which of its
addresses a request arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from .cases import SAMPLE, Case
from .conftest import Live
from .envoy import Cluster, cluster, command, listener, sizes
from .keys import Carrier, random_keys
from .process import accepts, bindable, free_port, running
from .wire import ask_http

_HEADER = {"header": {"header_name": "x-k"}}


def test_envoy(live: Live) -> None:
    live.module("envoy")
    port = free_port()
    sets = [cluster(live.rng, i, count, port) for i, count in enumerate(sizes(live.rng))]
    address = ("127.0.0.1", free_port())
    args = command(live, [listener("live", address[1], _manager())], sets)
    with _upstream(live, port):
        with running(args, live.dir / "envoy.log", lambda: accepts(address)):
            live.compare(_cases(live.rng, sets, address), SAMPLE)


def _manager() -> dict[str, Any]:
    route = {"cluster_header": "x-set", "hash_policy": [_HEADER], "timeout": "60s"}
    return {
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


def _cases(rng: Random, sets: list[Cluster], address: tuple[str, int]) -> Iterator[Case]:
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
