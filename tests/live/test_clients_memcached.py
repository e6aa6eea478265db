"""Python's memcached clients on one map: what pylibmc wrote, pymemcache and Django read, and
the other way round; a server that dies and returns has its old keys again.
"""

from __future__ import annotations

import copy
import os
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .conftest import Live
from .pools import pool

#: pylibmc's words for what libmemcached calls `distribution`, and ours. Its "weighted" is what
#: `ketama_weighted` sets, beside MD5.
DISTRIBUTIONS = {
    "modula": "modula",
    "consistent": "consistent",
    "consistent ketama": "ketama",
    "consistent ketama spy": "spy",
}
#: Of these pylibmc knows the name alone: the library is built without it.
NOT_BUILT = {"hsieh"}
WEIGHTS = (1, 2, 3, 4)


def _spoken(pylibmc: Any) -> list[tuple[str, dict[str, Any], tuple[int, ...]]]:
    """Every scheme that pylibmc can speak, its behaviours and the servers' weights."""
    equal = (1, 1, 1, 1)
    plain = [
        (
            f"libmemcached:distribution={ours},hash={hashed}",
            {"distribution": theirs, "hash": hashed},
            equal,
        )
        for theirs, ours in DISTRIBUTIONS.items()
        for hashed in sorted(pylibmc.hashers.keys() - NOT_BUILT)
    ]
    weighted = "libmemcached:distribution=ketama-weighted,hash=md5"
    return [
        ("libmemcached", {}, equal),
        ("libmemcached:distribution=ketama", {"ketama": True}, equal),
        ("libmemcached:distribution=ketama,hash=md5", {"ketama": True, "hash": "md5"}, equal),
        (weighted, {"ketama_weighted": True}, equal),
        (weighted, {"ketama_weighted": True}, WEIGHTS),
        *plain,
    ]


KEYS = 20_000


@pytest.fixture
def django(live: Live) -> Any:
    module = live.module("django")
    from django.conf import settings

    if not settings.configured:
        settings.configure(CACHES={}, USE_TZ=True)
    return module


def _keys(live: Live, prefix: str) -> list[str]:
    return [f"{prefix}{live.rng.getrandbits(60):x}-{number}" for number in range(KEYS)]


def _django_cache(nodes: list[str], made_by: Any) -> Any:
    from django.core.cache.backends.memcached import PyMemcacheCache

    options = {"hasher": made_by, "allow_unicode_keys": True}
    return PyMemcacheCache(nodes, {"OPTIONS": options, "KEY_FUNCTION": lambda key, *_: key})


def test_clients_share_a_map(live: Live, django: Any) -> None:
    """Each writes in turn, and both others find every key. Without --all some of the schemes."""
    memcached = live.tool("memcached", "memcached")
    pylibmc = live.module("pylibmc")
    pymemcache = live.module("pymemcache.client.hash")
    from continuum.pymemcache import hasher

    spoken = _spoken(pylibmc)
    assert len(spoken) == 5 + 4 * 9
    if not os.environ.get("CONTINUUM_LIVE_ALL"):
        spoken = [spoken[4], *live.rng.sample(spoken[5:], 2)]
    with pool(memcached, live.dir, 4) as members:
        pairs = [("127.0.0.1", port) for port in members.ports]
        hits = 0
        for number, (scheme, behaviors, weights) in enumerate(spoken):
            made_by = hasher(scheme, capacities=dict(zip(members.nodes, weights)))
            texts = [f"{node}:{weight}" for node, weight in zip(members.nodes, weights)]
            theirs = pylibmc.Client(texts, behaviors=behaviors)
            ours = pymemcache.HashClient(pairs, hasher=made_by)
            cache = _django_cache(members.nodes, made_by)

            def written(by: str) -> dict[str, str]:
                return dict.fromkeys(_keys(live, f"{by}{number}-"), "x")

            keys = written("a")
            assert not theirs.set_multi(keys)
            assert len(ours.get_many(keys)) == len(cache.get_many(keys)) == KEYS, scheme
            keys = written("b")
            assert not ours.set_many(keys, noreply=False)
            assert len(theirs.get_multi(list(keys))) == len(cache.get_many(keys)) == KEYS, scheme
            keys = written("c")
            assert not cache.set_many(keys)
            assert len(theirs.get_multi(list(keys))) == len(ours.get_many(keys)) == KEYS, scheme
            hits += 6 * KEYS
            theirs.disconnect_all()
            ours.close()
        live.lines.append(
            f"pylibmc, pymemcache, Django, {len(spoken)} schemes: {hits} of {hits} keys found, "
            "0 differ"
        )


def _takes(scheme: str, nodes: list[str]) -> bool:
    """Whether addresses are all that a scheme needs to know of servers."""
    import continuum

    try:
        continuum.Continuum(scheme=scheme, servers=nodes)
    except continuum.ContinuumError:
        return False
    return True


@pytest.mark.parametrize("on_dead", ["rebuild", "next"])
def test_a_server_returns(live: Live, on_dead: str) -> None:
    memcached = live.tool("memcached", "memcached")
    pymemcache = live.module("pymemcache.client.hash")
    import continuum
    from continuum.pymemcache import hasher

    with pool(memcached, live.dir, 4) as members:
        keys = [f"{live.rng.getrandbits(60):x}" for _ in range(300)]
        schemes = [scheme for scheme in continuum.schemes() if _takes(scheme.name, members.nodes)]
        assert len(schemes) > 25
        for scheme in schemes:
            client = pymemcache.HashClient(
                [("127.0.0.1", port) for port in members.ports],
                hasher=hasher(scheme.name, on_dead=on_dead),
                retry_attempts=0,
                dead_timeout=3600,
                ignore_exc=True,
            )
            before = [client.hasher.get_node(key) for key in keys]
            # One that a key is sent to: nobody else is found dead.
            dead = members.nodes.index(live.rng.choice([owner for owner in before if owner]))
            members.kill(dead)
            for key in keys:
                client.set(key, "x", noreply=False)
            assert members.nodes[dead] not in client.hasher.nodes, scheme.name
            meanwhile = [client.hasher.get_node(key) for key in keys]
            assert members.nodes[dead] not in meanwhile, scheme.name
            if on_dead == "next":
                stayed = [
                    was == now for was, now in zip(before, meanwhile) if was != members.nodes[dead]
                ]
                assert all(stayed), scheme.name
            members.start(dead)
            client._last_dead_check_time = 0
            client._dead_clients = dict.fromkeys(client._dead_clients, 0)
            client.get("key")
            assert [client.hasher.get_node(key) for key in keys] == before, scheme.name
            client.close()
        live.lines.append(f"pymemcache, on_dead={on_dead}: {len(schemes)} schemes, 0 differ")


def test_django_builds_one_map(live: Live, django: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memcached = live.tool("memcached", "memcached")
    live.module("pymemcache")
    from continuum import pymemcache as module

    built = []
    make = module.Continuum
    with pool(memcached, live.dir, 3) as members:
        made_by = copy.deepcopy(pickle.loads(pickle.dumps(module.hasher("libmemcached"))))
        monkeypatch.setattr(
            module, "Continuum", lambda **named: built.append(named) or make(**named)
        )
        start = threading.Barrier(8)

        def ask(thread: int) -> int:
            start.wait()
            cache = _django_cache(members.nodes, made_by)
            return sum(cache.get(f"{thread}-{number}", 1) for number in range(200))

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(ask, range(8))) == [200] * 8
        assert len(built) == 1
    live.lines.append("Django: 8 threads, 1 map")
