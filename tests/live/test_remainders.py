"""Clients that take a remainder: python-memcached, Cache::Memcached, librdkafka's partitioners
(of the wheel of confluent-kafka) and kafka-python's."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

from . import servers
from .cases import KEYS, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .servers import Server

_PARTITIONERS = ("consistent", "murmur2", "fnv1a", "consistent_random", "murmur2_random")


def _sets(rng: Random) -> Iterator[list[Server]]:
    for count in servers.sizes(rng, SETS, many=60):
        listed = servers.hashed_only(rng, count, default_port=11211, non_ascii=False, top=20)
        # python-memcached reads IPv6 by a rule of its own; nothing of a server is hashed.
        yield [
            {"host": f"10.0.{at // 200}.{at % 200}", "port": 11211, "weight": server["weight"]}
            for at, server in enumerate(listed)
        ]


def test_python_memcached(live: Live) -> None:
    memcache = live.module("memcache")

    def cases() -> Iterator[Case]:
        for listed in _sets(live.rng):
            addresses = [f"{server['host']}:{server['port']}" for server in listed]
            weights = [server["weight"] for server in listed]
            client = memcache.Client(list(zip(addresses, weights, strict=True)))
            # Never dialled: each says that it is connected.
            for host in client.servers:
                host.connect = lambda: 1
            places = {address: place for place, address in enumerate(addresses)}
            keys = random_keys(live.rng, KEYS, Carrier.TEXT)
            answers = []
            for key in keys:
                # As `get` and `set` do: text is encoded first.
                host, _ = client._get_server(key)
                answers.append(places[f"{host.ip}:{host.port}"])
            yield Case("memcached-modulo", listed, keys, answers)

    live.compare(cases())


def test_cache_memcached(live: Live) -> None:
    perl = live.tool("perl", "perl")
    live.file("/usr/share/perl5/Cache/Memcached.pm", "libcache-memcached-perl")
    driver = Path(__file__).parent / "drivers" / "cache_memcached.pl"

    def cases() -> Iterator[Case]:
        for listed in _sets(live.rng):
            if len(listed) == 1:
                # It fails where a single server has a weight.
                listed = [{**listed[0], "weight": 1}]
            addresses = [f"{server['host']}:{server['port']}" for server in listed]
            keys = random_keys(live.rng, KEYS, Carrier.ANY)
            lines = [
                *(f"server {a} {s['weight']}" for a, s in zip(addresses, listed, strict=True)),
                "set",
                *(f"k{key.hex()}" for key in keys),
            ]
            done = subprocess.run(
                [perl, str(driver)], input="\n".join(lines), capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            places = {address: place for place, address in enumerate(addresses)}
            answers = [places[address] for address in done.stdout.split()]
            yield Case("memcached-modulo:client=cache-memcached", listed, keys, answers)

    live.compare(cases())


def test_librdkafka(live: Live) -> None:
    package = Path(str(live.module("confluent_kafka").__file__)).parent
    (library,) = (package.parent / "confluent_kafka.libs").glob("librdkafka*")
    loaded = ctypes.CDLL(str(library))

    def cases() -> Iterator[Case]:
        for at, count in enumerate(servers.sizes(live.rng, SETS, many=200)):
            name = _PARTITIONERS[at % len(_PARTITIONERS)]
            partitioner = getattr(loaded, f"rd_kafka_msg_partitioner_{name}")
            partitioner.argtypes = [
                ctypes.c_void_p,
                ctypes.c_char_p,
                ctypes.c_size_t,
                ctypes.c_int32,
                ctypes.c_void_p,
                ctypes.c_void_p,
            ]
            partitioner.restype = ctypes.c_int32
            keys = random_keys(live.rng, KEYS, Carrier.ANY)
            answers = [partitioner(None, key, len(key), count, None, None) for key in keys]
            scheme = f"kafka:client=librdkafka,partitioner={name.replace('_', '-')}"
            yield Case(scheme, _partitions(count), keys, answers)

    live.compare(cases())


def test_kafka_python(live: Live) -> None:
    partitioner = live.module("kafka.partitioner.default").DefaultPartitioner()

    def cases() -> Iterator[Case]:
        for count in servers.sizes(live.rng, SETS, many=200):
            cluster = _Topic(count)
            keys = random_keys(live.rng, KEYS, Carrier.ANY)
            answers = [partitioner.partition("t", key, key, None, None, cluster) for key in keys]
            yield Case("kafka", _partitions(count), keys, answers)

    live.compare(cases())


class _Topic:
    """What the partitioner asks of a cluster that has one topic."""

    def __init__(self, count: int) -> None:
        self.count = count

    def topics(self) -> set[str]:
        return {"t"}

    def partitions_for_topic(self, _: str) -> set[int]:
        return set(range(self.count))

    available_partitions_for_topic = partitions_for_topic


def _partitions(count: int) -> list[Server]:
    return [{"host": f"n{number}", "weight": 1} for number in range(count)]
