"""Envoy 1.40 as a proxy of Redis: every cluster behind a prefix of its own, with and without
`enable_hashtagging`, in front of stubs that answer with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from .cases import SAMPLE, Case
from .conftest import Live
from .envoy import Cluster, cluster, command, listener, sizes
from .keys import Carrier, random_keys
from .process import accepts, free_port, running
from .stub import redis_stubs
from .wire import ask_redis, redis_command


def test_envoy_redis(live: Live) -> None:
    live.module("envoy")
    port, plain, tagging = free_port(), free_port(), free_port()
    sets = [cluster(live.rng, i, count, port) for i, count in enumerate(sizes(live.rng))]
    hosts = sorted({server["host"] for _, listed, _ in sets for server in listed})
    listeners = [
        listener("plain", plain, _proxy(sets, tags=False)),
        listener("tagging", tagging, _proxy(sets, tags=True)),
    ]
    args = command(live, listeners, sets)
    stubs = [((host, port), number) for number, host in enumerate(hosts)]
    with redis_stubs(stubs):
        with running(args, live.dir / "envoy.log", lambda: accepts(("127.0.0.1", tagging))):
            live.compare(_cases(live.rng, sets, hosts, plain, tagging), SAMPLE)


def _prefix(number: int) -> str:
    return f"s{number};"


def _proxy(sets: list[Cluster], *, tags: bool) -> dict[str, Any]:
    routes = [{"prefix": _prefix(i), "cluster": one[2]["name"]} for i, one in enumerate(sets)]
    return {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy",
        "stat_prefix": "live",
        "settings": {"op_timeout": "60s", "enable_hashtagging": tags},
        "prefix_routes": {"routes": routes},
    }


def _cases(
    rng: Random, sets: list[Cluster], hosts: list[str], plain: int, tagging: int
) -> Iterator[Case]:
    for number, (scheme, listed, _) in enumerate(sets):
        place = {server["host"]: at for at, server in enumerate(listed)}
        prefix = _prefix(number).encode()
        for port, options in ((plain, "keys=redis"), (tagging, "keys=redis,tags=on")):
            keys = [prefix + key for key in random_keys(rng, SAMPLE, Carrier.ANY, empty=True)]
            answers = ask_redis(("127.0.0.1", port), [redis_command(b"GET", key) for key in keys])
            owners = [place[hosts[int(answer[1:])]] for answer in answers]
            yield Case(f"{scheme},{options}", listed, keys, owners)
