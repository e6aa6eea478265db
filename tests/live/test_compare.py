"""Two clients that are both called ketama: hash_ring uses 12 of the 16 bytes of a digest where
libketama uses all, so they disagree on about a quarter of the keys.

hashring is asked itself. libketama is in no package of Debian or PyPI: recorded answers prove our
`libketama`, and here libmemcached's weighted ketama stands in, which is the same map where all
weights are equal, no port is the default one, and libketama's floats give each server its 160
points: of 25 servers a share is a little below 1/25, and each has 156.
"""

from __future__ import annotations

import ctypes
import math

from . import hashkit, ours, servers
from .cases import KEYS
from .conftest import Live
from .keys import Carrier, random_keys


def test_hash_ring_and_libketama(live: Live) -> None:
    hashring = live.module("hashring")
    library = hashkit.Library(live.library("libmemcached.so.11", "libmemcached11"))
    counts = [10, live.rng.choice([count for count in range(11, 40) if _whole(count)]), 40]
    for count in counts:
        listed = [
            {"host": f"10.{live.rng.randrange(256)}.0.{number}", "port": 11212, "weight": 1}
            for number in range(count)
        ]
        named = servers.named(listed)
        one, other = ours.continuum_of("hash-ring", named), ours.continuum_of("libketama", named)
        plan = ours.plan(one, other)
        assert plan.exact
        # A quarter of libketama's points is missing; where the next point is the same server's,
        # nothing differs.
        expected = 0.25 * (1 - 1 / count)
        assert abs(plan.moved - expected) < 0.07, plan

        names = [server["name"] for server in named]
        ring = hashring.HashRing(names)

        def real(keys: list[bytes]) -> list[tuple[str, str]]:
            """hashring's answers beside libmemcached's."""
            theirs = library.owners("ketama-weighted", "md5", listed, keys)
            return [
                (ring.get_node(key.decode()), names[at])
                for key, at in zip(keys, theirs, strict=True)
            ]

        examples = plan.examples(20)
        assert len(examples) == 20
        assert real([one.key.encode() for one in examples]) == [one[1:] for one in examples]

        keys = random_keys(live.rng, KEYS, Carrier.TEXT)
        counted = sum(a != b for a, b in real(keys))
        assert counted == ours.plan(one, other, keys).counts.moved_keys
        live.lines.append(
            f"compare hash_ring and libketama: {count} servers, {plan.moved:.2%} differ, exact; "
            f"{counted / KEYS:.2%} of {KEYS:,} keys; {len(examples)} examples confirmed"
        )


def _whole(count: int) -> bool:
    """Whether libketama gives each of so many equal servers all its points."""
    share = ctypes.c_float(1 / count).value
    return math.floor(share * 40 * count) == 40
