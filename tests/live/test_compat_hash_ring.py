"""The drop-in for hash_ring beside hashring, its release for Python 3, and python-memcached."""

from __future__ import annotations

from random import Random
from typing import Any

from .conftest import Live
from .pools import pool


def test_hashring(live: Live) -> None:
    theirs_module = live.module("hashring")
    from continuum.compat.hash_ring import HashRing

    rng = live.rng
    for _ in range(200):
        nodes = [f"10.0.0.{n}:11211" for n in range(rng.randint(1, 9))]
        weight = rng.choice(
            (lambda: rng.randint(1, 9), lambda: rng.randint(1, 20) / 10, lambda: rng.random())
        )
        weights = {node: weight() for node in nodes if rng.random() < 0.6}
        ours, theirs = HashRing(nodes, weights), theirs_module.HashRing(nodes, weights)
        assert ours._sorted_keys == theirs._sorted_keys, weights
        for key in (f"k{rng.getrandbits(50)}" for _ in range(50)):
            assert ours.get_node(key) == theirs.get_node(key)
            assert ours.get_node_pos(key) == theirs.get_node_pos(key)
            assert list(ours.iterate_nodes(key)) == list(theirs.iterate_nodes(key))
    live.lines.append("hashring: 10000 keys, 0 differ")


def _change_ring(rings: list[Any], rng: Random) -> None:
    """The same change of the innards of both rings."""
    change, seed = rng.randrange(6), rng.randrange(1 << 30)
    for ring in rings:
        same = Random(seed)
        if change == 0:
            ring.nodes.insert(same.randint(0, 2), same.choice(("d", "e", 0, 7)))
        elif change == 1 and len(ring.nodes) > 1:
            ring.nodes.pop()
        elif change == 2:
            ring.weights[same.choice("abc")] = same.choice((1, 2, 0.5))
        elif change == 3:
            ring._generate_circle()
        elif change == 4:
            ring.ring, ring._sorted_keys = {}, []
            ring._generate_circle()
        elif len(ring.ring) > 1:
            point = same.choice(sorted(ring.ring))
            del ring.ring[point]
            ring._sorted_keys[:] = sorted(ring.ring)


def _with_own_steps(kind: Any, rng: Random) -> Any:
    steps = {
        "gen_key": lambda self, key: kind.gen_key(self, key) // 3,
        "_hash_digest": lambda self, key: kind._hash_digest(self, key.upper()),
        "_hash_val": lambda self, key, entry: kind._hash_val(self, key, entry) ^ 0x5555,
        "get_node_pos": lambda self, key: len(self._sorted_keys) // 2,
    }
    return type("Own", (kind,), dict(rng.sample(sorted(steps.items()), rng.randint(0, 2))))


def test_hashring_changed(live: Live) -> None:
    """Rings whose lists, points and steps are changed behind their backs."""
    theirs_class = live.module("hashring").HashRing
    from continuum.compat.hash_ring import HashRing

    rng, keys = live.rng, [f"k{number}" for number in range(20)]
    for _ in range(150):
        steps = rng.randrange(1 << 30)
        rings = [
            (_with_own_steps(kind, Random(steps)) if steps % 3 == 0 else kind)(
                ["a", "b", "c"], {"a": 1}
            )
            for kind in (HashRing, theirs_class)
        ]
        for _ in range(6):
            _change_ring(rings, rng)
            for key in keys:
                ours, theirs = (
                    (ring.get_node(key), ring.get_node_pos(key), list(ring.iterate_nodes(key)))
                    for ring in rings
                )
                assert ours == theirs
        assert rings[0].ring == rings[1].ring and rings[0]._sorted_keys == rings[1]._sorted_keys
    live.lines.append("hashring, changed: 18000 keys, 0 differ")


def test_memcache_ring(live: Live) -> None:
    """python-memcached's client on the ring: every key lies where hashring says."""
    program = live.tool("memcached", "memcached")
    memcache = live.module("memcache")
    theirs_class = live.module("hashring").HashRing
    from continuum.compat.hash_ring import HashRing, MemcacheRing

    with pool(program, live.dir, 4) as members:
        weights = dict(zip(members.nodes, (1, 3, 1, 2)))

        class Own(MemcacheRing):
            def __init__(self, *args: Any, **named: Any) -> None:
                super().__init__(*args, **named)
                self.hash_ring = HashRing(members.nodes, weights)

            def answer(self) -> int:
                return 42

        client = Own(members.nodes, dead_retry=3600)
        assert isinstance(client, MemcacheRing) and isinstance(client, memcache.Client)
        assert client.answer() == 42
        theirs = theirs_class(members.nodes, weights)
        alone = {node: memcache.Client([node]) for node in members.nodes}
        keys = [f"k{live.rng.getrandbits(50)}é" for _ in range(400)]
        for key in keys[:200]:
            assert client.set(key, key) and client.get(key) == key
        assert client.set_multi({key: key for key in keys[200:]}) == []
        assert client.get_multi(keys) == {key: key for key in keys}
        for key in keys:
            assert alone[theirs.get_node(key)].get(key) == key
        assert client.set("n", 1) and client.incr("n") == 2 and client.decr("n") == 1
        # Of pairs the text is hashed, weight and all, and other servers come too late.
        pairs = [*weights.items()]
        paired, by_text = MemcacheRing(pairs), theirs_class(pairs)
        paired.set_servers(["127.0.0.1:1"])
        for key in keys:
            here = by_text.get_node(key)[0] == theirs.get_node(key)
            assert paired.get(key) == (key if here else None)
        paired.disconnect_all()
        assert client.touch("n", 60) and client.delete("n") and client.get("n") is None
        assert client.set((2, "chosen"), "x") and client.get((2, "chosen")) == "x"
        # The keys of a server that is gone are the next one's, and no others move.
        dead = members.nodes[1]
        members.kill(1)
        for key in keys:
            up = next(node for node in theirs.iterate_nodes(key) if node != dead)
            if theirs.get_node(key) == dead:
                client.get(key)
                assert client.set(key, "again")
                assert alone[up].get(key) == "again"
            else:
                assert client.get(key) == key
        client.disconnect_all()
    live.lines.append("hash_ring's MemcacheRing: 400 keys, 0 differ")
