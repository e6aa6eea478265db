"""The PyPI libraries, in this process: uhashring, hashring, clandestined, pymemcache,
jump-consistent-hash, guavahash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from . import servers
from .cases import KEYS, SETS, BucketCase, Case
from .conftest import Live
from .keys import Carrier, random_keys, random_u64
from .servers import Server


def _sets(rng: Random, sets: int, many: int) -> Iterator[list[Server]]:
    for count in servers.sizes(rng, sets, many):
        yield servers.named(servers.hashed_only(rng, count, default_port=11211, top=20))


def _equal(listed: list[Server]) -> list[Server]:
    return [{**server, "weight": 1} for server in listed]


def _positions(listed: list[Server], owners: Iterable[str]) -> list[int]:
    found = {server["name"]: i for i, server in enumerate(listed)}
    return [found[owner] for owner in owners]


def test_uhashring(live: Live) -> None:
    uhashring = live.module("uhashring")

    def cases() -> Iterator[Case]:
        for i, listed in enumerate(_sets(live.rng, SETS, many=60)):
            vnodes = live.rng.choice((None, None, 100, live.rng.randint(1, 200)))
            # `default` here is uhashring's own ring, without its ketama dialect
            mode = ("ketama", "default")[i % 2]
            options = {"vnodes": vnodes} if vnodes and mode == "ketama" else {}
            if mode == "ketama":
                options["hash_fn"] = "ketama"
            nodes = {server["name"]: {"weight": server["weight"]} for server in listed}
            ring = uhashring.HashRing(nodes=nodes, **options)
            keys = random_keys(live.rng, KEYS, Carrier.TEXT, empty=True)
            answers = _positions(listed, map(ring.get_node, map(bytes.decode, keys)))
            vnodes_text = f",vnodes={vnodes}" if "vnodes" in options else ""
            yield Case(f"uhashring:mode={mode}{vnodes_text}", listed, keys, answers)

    live.compare(cases())


def test_hashring(live: Live) -> None:
    hashring = live.module("hashring")

    def cases() -> Iterator[Case]:
        for listed in _sets(live.rng, SETS, many=60):
            weights = {server["name"]: server["weight"] for server in listed}
            ring = hashring.HashRing(list(weights), weights)
            keys = random_keys(live.rng, KEYS, Carrier.TEXT, empty=True)
            yield Case(
                "hash-ring",
                listed,
                keys,
                _positions(listed, map(ring.get_node, map(bytes.decode, keys))),
            )

    live.compare(cases())


def test_tooz(live: Live) -> None:
    """By `add_node`: nodes given to the constructor pass through a set."""
    hashring = live.module("tooz.hashring")

    def cases() -> Iterator[Case]:
        for i, listed in enumerate(_sets(live.rng, SETS, many=60)):
            points = 32 if i % 2 else live.rng.randint(1, 100)
            function = live.rng.choice(("md5", "sha1", "sha224", "sha256", "sha384", "sha512"))
            function = "md5" if i % 4 < 2 else function
            ring = hashring.HashRing([], partitions=points, hash_function=function)
            for server in listed:
                ring.add_node(server["name"], weight=server["weight"])
            keys = random_keys(live.rng, KEYS, Carrier.ANY, empty=True)
            answers = _positions(listed, (next(iter(ring.get_nodes(key))) for key in keys))
            options = [f"points={points}"] * (points != 32) + [f"hash={function}"] * (function != "md5")
            yield Case(f"tooz:{','.join(options)}" if options else "tooz", listed, keys, answers)

    live.compare(cases())


def test_clandestined(live: Live) -> None:
    clandestined = live.module("clandestined")

    def cases() -> Iterator[Case]:
        for i, listed in enumerate(map(_equal, _sets(live.rng, SETS, many=12))):
            seed = 0 if i % 2 else live.rng.getrandbits(live.rng.choice((8, 31)))
            rendezvous = clandestined.RendezvousHash(
                [server["name"] for server in listed], seed=seed
            )
            keys = random_keys(live.rng, KEYS, Carrier.TEXT, empty=True)
            answers = _positions(listed, map(rendezvous.find_node, map(bytes.decode, keys)))
            yield Case(f"clandestined:seed={seed}", listed, keys, answers)

    live.compare(cases())


def test_pymemcache(live: Live) -> None:
    """As `HashClient` holds it for seed 0 (keys as text and as bytes), alone for other seeds."""
    base = live.module("pymemcache.client.hash")
    rendezvous = live.module("pymemcache.client.rendezvous")

    def cases() -> Iterator[Case]:
        for i, listed in enumerate(map(_equal, _sets(live.rng, SETS, many=8))):
            as_bytes = i % 3 == 0
            if i % 3 == 2:
                seed = live.rng.getrandbits(32)
                hasher = rendezvous.RendezvousHash([server["name"] for server in listed], seed=seed)
            else:
                seed = 0
                hasher = base.HashClient(
                    [(server["host"], server["port"]) for server in listed]
                ).hasher
            # short keys: its hash is written in Python and takes one microsecond a byte
            keys = sorted(
                random_keys(live.rng, 2 * KEYS, Carrier.ANY if as_bytes else Carrier.TEXT), key=len
            )[:KEYS]
            answers = _positions(
                listed, map(hasher.get_node, keys if as_bytes else map(bytes.decode, keys))
            )
            yield Case(
                f"pymemcache:seed={seed}{',key=bytes' if as_bytes else ''}", listed, keys, answers
            )

    live.compare(cases())


def _counts(rng: Random) -> list[int]:
    return [
        1,
        2,
        1 << rng.randint(3, 16),
        rng.randint(10_000, 1_000_000),
        rng.randint(3, 12),
        *rng.sample(range(13, 2000), SETS - 5),
    ]


def test_jump(live: Live) -> None:
    jump = live.module("jump")

    def cases() -> Iterator[BucketCase]:
        for count in _counts(live.rng):
            keys = random_u64(live.rng, KEYS)
            yield BucketCase("jump", count, keys, [jump.hash(key, count) for key in keys])

    live.compare(cases())


def test_guava(live: Live) -> None:
    """guavahash takes no hash of 2^63 or more."""
    guavahash = live.module("guavahash")

    def cases() -> Iterator[BucketCase]:
        for count in _counts(live.rng):
            keys = random_u64(live.rng, KEYS, bits=63)
            yield BucketCase("guava", count, keys, [guavahash.guava(key, count) for key in keys])

    live.compare(cases())
