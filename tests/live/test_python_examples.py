"""The examples of the Python package with the real clients and servers: dogpile, Celery,
aiomcache, emcache, and Ray Serve's own router class."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from .conftest import Live
from .pools import Pool, pool

EXAMPLES = Path(__file__).parents[2] / "crates/continuum-py/examples"
SCHEME = "libmemcached:distribution=ketama"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield importlib.import_module
    for path in EXAMPLES.glob("*.py"):
        sys.modules.pop(path.stem, None)


def _found_alone(live: Live, members: Pool, keys: list[str]) -> None:
    """Every key is on the server that the scheme says, asked of each server by itself."""
    base = live.module("pymemcache.client.base")
    from continuum import Continuum

    owners = Continuum(scheme=SCHEME, servers=members.nodes).resolve_indices(keys)
    clients = [base.Client(("127.0.0.1", port)) for port in members.ports]
    held = [[number for number, client in enumerate(clients) if client.get(key)] for key in keys]
    assert held == [[owner] for owner in owners]
    assert len(set(owners)) == len(members.ports)


def test_dogpile(live: Live, example: Any) -> None:
    memcached = live.tool("memcached", "memcached")
    dogpile = live.module("dogpile.cache")
    live.module("pymemcache")
    from continuum.pymemcache import hasher

    example("dogpile_backend")
    with pool(memcached, live.dir, 4) as members:
        region = dogpile.make_region().configure(
            "continuum.memcached",
            arguments={"url": members.nodes, "hasher": hasher(SCHEME)},
        )
        keys = [f"k{live.rng.getrandbits(60):x}" for _ in range(300)]
        region.set_multi(dict.fromkeys(keys, "x"))
        assert region.get_multi(keys) == ["x"] * len(keys)
        assert region.get_or_create(keys[0], lambda: "y") == "x"
        _found_alone(live, members, keys)


def test_celery(live: Live, example: Any) -> None:
    memcached = live.tool("memcached", "memcached")
    live.module("celery")
    live.module("pymemcache")
    with pool(memcached, live.dir, 3) as members:
        backend = example("celery_results").results_app(members.nodes, SCHEME).backend
        tasks = [f"{live.rng.getrandbits(60):x}" for _ in range(100)]
        for task in tasks:
            backend.store_result(task, {"of": task}, "SUCCESS")
        assert all(backend.get_result(task) == {"of": task} for task in tasks)
        _found_alone(live, members, [backend.get_key_for_task(task) for task in tasks])
        with pytest.raises(ValueError, match="two servers"):
            example("celery_results").results_app(members.nodes[:1], SCHEME)


@pytest.mark.parametrize("package", ["aiomcache", "emcache"])
def test_asyncio(live: Live, example: Any, package: str) -> None:
    memcached = live.tool("memcached", "memcached")
    client = live.module(package)
    live.module("pymemcache")
    from continuum import Continuum, Server

    def connect(server: Server) -> Any:
        if package == "aiomcache":
            return client.Client(server.hostname, server.port)
        return client.create_client([client.MemcachedHostAddress(server.hostname, server.port)])

    async def ask(nodes: list[str], keys: list[str]) -> None:
        shards = example("asyncio_memcached").Shards(
            Continuum(scheme=SCHEME, servers=nodes), connect
        )
        for key in keys:
            await (await shards.for_key(key.encode())).set(key.encode(), b"x")
        found = await shards.get_many(key.encode() for key in [*keys, "none"])
        assert found.keys() == {key.encode() for key in keys}
        await shards.close()

    with pool(memcached, live.dir, 3) as members:
        keys = [f"k{live.rng.getrandbits(60):x}" for _ in range(100)]
        asyncio.run(ask(members.nodes, keys))
        _found_alone(live, members, keys)


def _replicas(names: list[str]) -> list[Any]:
    return [SimpleNamespace(replica_id=SimpleNamespace(unique_id=name)) for name in names]


def _router(module: ModuleType, names: list[str], loads: dict[str, int], **named: Any) -> Any:
    """The router without a cluster: what Ray does at its start is left out."""
    replicas = _replicas(names)

    class Loads:
        def get(self, replica_id: Any) -> int | None:
            return loads.get(replica_id.unique_id)

    class Router(module.ContinuumRouter):  # type: ignore[misc,name-defined]
        replica_queue_len_cache = Loads()

        def __init__(self) -> None:
            self.initialize_state(**named)

    base = module.RequestRouter.update_replicas
    module.RequestRouter.update_replicas = lambda self, replicas: None
    try:
        router = Router()
        router.update_replicas(replicas)
    finally:
        module.RequestRouter.update_replicas = base
    return router, replicas


def _request(session: str) -> Any:
    return SimpleNamespace(
        metadata=SimpleNamespace(session_id=session, internal_request_id="request"),
        routing_context=SimpleNamespace(should_backoff=False),
    )


def test_ray_serve(live: Live, example: Any) -> None:
    """By Ray's own base class, which must have every method that the example overrides."""
    live.module("ray.serve")
    from continuum import Continuum, Server

    module = example("ray_serve_2_60")
    for method in ("initialize_state", "update_replicas", "choose_replicas"):
        assert callable(getattr(module.RequestRouter, method))
    names = [f"r{number}" for number in range(5)]
    loads: dict[str, int] = {}
    router, replicas = _router(module, names[::-1], loads, scheme="rendezvous-1", factor=1.25)
    expected = Continuum(
        scheme="rendezvous-1", servers=[Server(name, name=name) for name in names]
    )

    def ranks(session: str) -> list[str]:
        request = _request(session)
        found = asyncio.run(router.choose_replicas(replicas, request))
        assert request.routing_context.should_backoff
        assert all(len(rank) == 1 for rank in found)
        return [rank[0].replica_id.unique_id for rank in found]

    sessions = [f"s{number}" for number in range(200)]
    for session in sessions:
        assert ranks(session) == [server.identity for server in expected.candidates(session)]
    assert asyncio.run(router.choose_replicas(replicas, None)) == [replicas]
    # A loud session leaves its replica once that one has its share and a quarter more.
    first, second, *_ = ranks("loud")
    for _ in range(40):
        loads[ranks("loud")[0]] = loads.get(ranks("loud")[0], 0) + 1
    # A fifth of 40 and a quarter more, rounded up: four replicas hold them all.
    assert max(loads.values()) <= 11 and loads[first] >= loads[second] > 0
    assert len(loads) == 4
