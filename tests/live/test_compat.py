"""Drop-ins beside the packages they stand for: random changes and look-ups, answer by answer."""

from __future__ import annotations

import importlib
import itertools
import os
import sys
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from .conftest import Live

SEQUENCES = int(os.environ.get("CONTINUUM_LIVE_SEQUENCES", "1500"))
KEYS: list[Any] = ["", "key", "é", b"bytes", 7, -1, 3.5, None, ("a", 1), *map(str, range(12))]


def _peer(live: Live, version: str) -> ModuleType:
    """uhashring of one release, as scripts/test-live put it aside."""
    folder = os.environ.get("CONTINUUM_PEERS", "")
    path = Path(folder, f"uhashring-{version}")
    if not path.is_dir():
        return live.module("uhashring") if version == "2.5" else live.missing(
            f"{path} does not hold uhashring {version}: run scripts/test-live"
        )
    saved = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_peer(name)}
    sys.path.insert(0, str(path))
    try:
        return importlib.import_module("uhashring")
    finally:
        sys.path.remove(str(path))
        for name in [name for name in sys.modules if _is_peer(name)]:
            del sys.modules[name]
        sys.modules.update(saved)


def _is_peer(name: str) -> bool:
    return name.partition(".")[0] == "uhashring"


def _outcome(call: Any) -> Any:
    try:
        return call()
    except Exception as error:
        return type(error)


def _same(ours: Any, theirs: Any, rng: Random) -> None:
    for key in rng.sample(KEYS, 6):
        for method in ("get_node", "get_node_weight", "get_node_port", "get_node_hostname"):
            assert _outcome(lambda: getattr(ours, method)(key)) == _outcome(
                lambda: getattr(theirs, method)(key)
            ), (method, key)
        assert _outcome(lambda: ours.get_server(key)) == _outcome(lambda: theirs.get_server(key))
        assert _outcome(lambda: ours.get_node_pos(key)) == _outcome(
            lambda: theirs.get_node_pos(key)
        )
        size = rng.choice((None, 1, 2, 9))
        if theirs._keys:
            unique = rng.random() < 0.5
            assert _outcome(
                lambda: list(itertools.islice(ours.range(key, size, unique), 50))
            ) == _outcome(lambda: list(itertools.islice(theirs.range(key, size, unique), 50)))
    assert list(ours.get_nodes()) == list(theirs.get_nodes())
    assert ours.size == theirs.size


def _nodes(rng: Random) -> Any:
    names = rng.sample(["a:80", "b:80", "c:80", "10.0.0.1", 1, 2, "1", ("t", 1), "é"], 3)
    kind = rng.randrange(4)
    if kind == 0:
        return [name for name in names]
    if kind == 1:
        return {name: rng.choice((1, 2, 5)) for name in names}
    if kind == 2:
        return {name: _conf(rng) for name in names}
    return []


def _conf(rng: Random) -> dict[str, Any]:
    conf: dict[str, Any] = {"weight": rng.choice((1, 1, 2, 3)), "port": rng.choice((None, 80))}
    if rng.random() < 0.15:
        conf["vnodes"] = rng.choice((3, 40, 200))
    return conf


@pytest.mark.parametrize("version", ["2.1", "2.3", "2.5"])
def test_uhashring(live: Live, version: str) -> None:
    theirs_module = _peer(live, version)
    from continuum.compat.uhashring import HashRing

    rng, looks = live.rng, 0
    for _ in range(SEQUENCES):
        named: dict[str, Any] = {}
        roll = rng.random()
        if roll < 0.4:
            named["hash_fn"] = "ketama"
        elif roll < 0.5:
            named["hash_fn"] = lambda key: len(str(key)) * 7919 % 1013
        if rng.random() < 0.6:
            named["vnodes"] = rng.choice((2, 5, 11))
        if named.get("hash_fn") == "ketama" and rng.random() < 0.2:
            named["replicas"] = rng.choice((1, 3))
        nodes = _nodes(rng)
        ours = HashRing(nodes, version=version, **named)
        theirs = theirs_module.HashRing(nodes, **named)
        for _ in range(rng.randint(1, 8)):
            _same(ours, theirs, rng)
            looks += 1
            change = rng.randrange(5)
            node = rng.choice(["a:80", "b:80", "c:80", "d:80", 1, "1"])
            if change <= 1:
                conf = rng.choice((1, 2, 3, 4)) if rng.random() < 0.5 else _conf(rng)
                assert _outcome(lambda: ours.add_node(node, conf)) == _outcome(
                    lambda: theirs.add_node(node, conf)
                )
            elif change == 2:
                ended, end = _outcome(lambda: ours.remove_node(node)), _outcome(
                    lambda: theirs.remove_node(node)
                )
                if ended is None and end is KeyError and version != "2.5":
                    # Their ring is half removed where two nodes share a point.
                    break
                assert ended == end
            elif change == 3 and theirs._nodes:
                ours.regenerate()
                theirs.regenerate()
        else:
            _same(ours, theirs, rng)
    live.lines.append(f"uhashring {version}: {SEQUENCES} sequences, {looks} looks, 0 differ")


@pytest.mark.parametrize("package", ["pymemcache", "clandestined"])
def test_rendezvous(live: Live, package: str) -> None:
    if package == "pymemcache":
        theirs_class = live.module("pymemcache.client.rendezvous").RendezvousHash
        from continuum.compat.pymemcache import RendezvousHash as ours_class
    else:
        theirs_class = live.module("clandestined").RendezvousHash
        from continuum.compat.clandestined import (  # type: ignore[assignment]
            RendezvousHash as ours_class,
        )
    rng, find = live.rng, "get_node" if package == "pymemcache" else "find_node"
    keys: list[Any] = ["", "é", "漢", b"bytes", 7, *(f"k{rng.getrandbits(40)}" for _ in range(40))]
    for _ in range(100):
        nodes = [f"10.0.0.{n}" for n in range(rng.randint(0, 9))]
        seed = rng.choice((0, 1, True, 2**31 - 1))
        ours, theirs = ours_class(list(nodes), seed=seed), theirs_class(list(nodes), seed=seed)
        for _ in range(4):
            for key in keys:
                assert getattr(ours, find)(key) == getattr(theirs, find)(key)
            node = rng.choice(["a", "b", 1, *nodes])
            if rng.random() < 0.5:
                ours.add_node(node)
                theirs.add_node(node)
            else:
                assert _outcome(lambda: ours.remove_node(node)) == _outcome(
                    lambda: theirs.remove_node(node)
                )
            assert ours.nodes == theirs.nodes
            ours.seed = theirs.seed = rng.randint(0, 9)
            if ours.nodes and rng.random() < 0.2:
                at, other = rng.randrange(len(ours.nodes)), rng.choice((1, True, 1.0, ("a", 1)))
                ours.nodes[at] = theirs.nodes[at] = other
    live.lines.append(f"{package}: {400 * len(keys)} keys, 0 differ")


def test_jump(live: Live) -> None:
    theirs = live.module("jump").hash
    from continuum.compat.jump import hash as ours

    rng = live.rng
    odd = [0, -1, -(2**70), 2**64, 2**80 + 5, True]
    for key in [*odd, *(rng.getrandbits(64) for _ in range(20_000))]:
        buckets = rng.choice((1, 2, 7, 1000, 2**31 - 1))
        assert ours(key, buckets) == theirs(key, buckets)
    for wrong in ((1, 0), (1, -5), (1, 2**31), (1, -(2**40)), (1.0, 2), (1, "2"), (None, 1)):
        assert _outcome(lambda: ours(*wrong)) == _outcome(lambda: theirs(*wrong)), wrong
    live.lines.append("jump: 20006 keys, 0 differ")
