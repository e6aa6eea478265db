"""Clients in Ruby, PHP and Node.js: their own choice of a server, nothing being connected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import asked, servers
from .cases import KEYS, SETS, Case
from .conftest import Live
from .keys import Carrier, random_keys
from .servers import Server


def _sets(
    live: Live, *, default_port: int, many: int, top: int, ascii_only: bool = False
) -> Iterator[list[Server]]:
    for count in servers.sizes(live.rng, SETS, many):
        yield servers.hashed_only(
            live.rng, count, default_port=default_port, non_ascii=not ascii_only, top=top
        )


def _named(listed: list[Server]) -> list[Server]:
    """As the lists of most clients name them."""
    return [{**server, "name": f"{server['host']}:{server['port']}"} for server in listed]


def test_dalli(live: Live) -> None:
    def text(server: Server) -> str:
        host = f"[{server['host']}]" if ":" in server["host"] else server["host"]
        return f"{host}:{server['port']}:{server['weight']}"

    def cases() -> Iterator[Case]:
        with asked.ruby(live, "dalli.rb", "ruby-dalli") as ask:
            for listed in _sets(live, default_port=11211, many=40, top=60):
                keys = random_keys(live.rng, KEYS, Carrier.ANY)
                yield Case("dalli", listed, keys, ask(map(text, listed), keys))

    live.compare(cases())


def test_redis_rb(live: Live) -> None:
    def cases() -> Iterator[Case]:
        with asked.ruby(live, "redis.rb", "ruby-redis") as ask:
            for listed in _sets(live, default_port=6379, many=40, top=1):
                nodes = [{"host": server["host"], "port": server["port"]} for server in listed]
                keys = random_keys(live.rng, KEYS, Carrier.ANY)
                yield Case("redis-rb:version=4", listed, keys, ask(nodes, keys))

    live.compare(cases())


def test_npm_hashring(live: Live) -> None:
    def cases() -> Iterator[Case]:
        with asked.node(live) as ask:
            for i, listed in enumerate(_sets(live, default_port=11211, many=120, top=40)):
                named = _named(listed)
                digest, replicas = "md5", 4
                if i % 3 == 0:
                    digest = live.rng.choice(("md5", "sha1", "sha256", "sha512", "blake2b512"))
                    replicas = live.rng.choice((4, 3, 1, 5))
                port = live.rng.choice((0, 11211))
                options: dict[str, Any] = {"replicas": replicas}
                if port:
                    options["default port"] = port
                if i % 3 == 0:
                    options["vnode count"] = vnodes = live.rng.randint(1, 100)
                else:
                    vnodes = 40
                keys = random_keys(live.rng, KEYS, Carrier.TEXT)
                answers = ask(named, keys, algorithm=digest, options=options)
                scheme = f"replicas={replicas},default_port={port},hash={digest},vnodes={vnodes}"
                yield Case(f"npm-hashring:{scheme}", named, keys, answers)

    live.compare(cases())


def test_npm_memcached(live: Live) -> None:
    def cases() -> Iterator[Case]:
        with asked.node(live) as ask:
            for listed in _sets(live, default_port=11211, many=60, top=40):
                named = _named(listed)
                mode = live.rng.choice(("ketama", "hash_ring", "none"))
                options = {"compatibility": mode} if mode != "none" else {"compatibility": ""}
                keys = random_keys(live.rng, KEYS, Carrier.TEXT)
                answers = ask(named, keys, client=True, options=options)
                yield Case(f"npm-memcached:compatibility={mode}", named, keys, answers)

    live.compare(cases())


def test_phpredis(live: Live) -> None:
    def cases() -> Iterator[Case]:
        with asked.php(live, "redis", "php-redis") as ask:
            for i, listed in enumerate(
                _sets(live, default_port=6379, many=40, top=1, ascii_only=True)
            ):
                named = _named(listed)
                options: dict[str, Any] = {}
                if consistent := live.rng.random() < 0.6:
                    options["consistent"] = True
                algorithm = "none"
                if i % 2 == 0:
                    algorithm = live.rng.choice(("md5", "sha1", "crc32b", "fnv1a64"))
                if algorithm != "none":
                    options["algorithm"] = algorithm
                # A hash of 0xffffffff names no host: under crc32b that of the empty tag.
                keys = random_keys(live.rng, KEYS + KEYS // 10, Carrier.ANY)
                keys = [key for key in keys if b"{}" not in key][:KEYS]
                answers = ask(named, keys, program="redis_array", options=options)
                switch = "on" if consistent else "off"
                scheme = f"php-redisarray:consistent={switch},algorithm={algorithm}"
                yield Case(scheme, named, keys, answers)

    live.compare(cases())


def test_pecl_memcache(live: Live) -> None:
    def cases() -> Iterator[Case]:
        with asked.php(live, "memcache", "php-memcache") as ask:
            for listed in _sets(live, default_port=11211, many=30, top=30):
                strategy = live.rng.choice(("consistent", "consistent", "standard"))
                hash_ = live.rng.choice(("crc32", "fnv"))
                keys = random_keys(live.rng, KEYS, Carrier.ANY)
                options = {"strategy": strategy, "hash": hash_}
                answers = ask(listed, keys, program="memcache", options=options)
                yield Case(f"pecl-memcache:strategy={strategy},hash={hash_}", listed, keys, answers)

    live.compare(cases())


def test_predis(live: Live) -> None:
    def cases() -> Iterator[Case]:
        live.file("/usr/share/php/Predis", "php-predis")
        with asked.php(live, "json", "php-predis") as ask:
            for listed in _sets(live, default_port=6379, many=110, top=40):
                named = _named(listed)
                ring = live.rng.choice(("hashring", "ketama"))
                tags = live.rng.choice(("on", "on", "off"))
                keys = random_keys(live.rng, KEYS, Carrier.ANY)
                options = {"ring": ring, "tags": tags}
                answers = ask(named, keys, program="predis", options=options)
                yield Case(f"predis:ring={ring},tags={tags}", named, keys, answers)

    live.compare(cases())


