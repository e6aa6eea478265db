"""What the drop-ins for pymemcache's hasher and clandestined do beside placing keys. What is
expected was read off the originals; tests/live compares more of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from continuum.compat.clandestined import Cluster
from continuum.compat.clandestined import RendezvousHash as Clandestined
from continuum.compat.pymemcache import RendezvousHash

KEYS = [f"key-{number}" for number in range(300)]
NODES = [f"10.0.0.{number}:11211" for number in range(5)]


class Named:
    """A node whose text changes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


def _find(hasher: Any) -> Callable[[Any], Any]:
    find: Callable[[Any], Any] = getattr(hasher, "find_node", None) or hasher.get_node
    return find


hashers = pytest.mark.parametrize("kind", [RendezvousHash, Clandestined])


@hashers
def test_the_seed_is_the_constructors(kind: Any) -> None:
    hasher, other = kind(NODES[:]), kind(NODES[:], seed=7)
    expected = [_find(hasher)(key) for key in KEYS]
    score = hasher.hash_function("text")
    hasher.seed = 7
    assert [_find(hasher)(key) for key in KEYS] == expected
    assert hasher.hash_function("text") == score != other.hash_function("text")
    hasher.add_node("another")
    again = kind([*NODES, "another"])
    assert [_find(hasher)(key) for key in KEYS] == [_find(again)(key) for key in KEYS]
    assert [_find(other)(key) for key in KEYS] != expected


def test_the_seed_of_a_clusters_zones() -> None:
    """A zone takes the seed that the cluster has when the zone comes."""
    cluster = Cluster({"1": {"zone": "a"}, "2": {"zone": "a"}, "3": {"zone": "b"}})
    expected = [cluster.find_nodes(key) for key in KEYS]
    cluster.rings["a"].seed = 9
    cluster.seed = 9
    assert [cluster.find_nodes(key) for key in KEYS] == expected
    cluster.add_node("4", node_zone="c")
    cluster.add_node("5", node_zone="c")
    late = Clandestined(["4", "5"], seed=9)
    assert [cluster.rings["c"].find_node(key) for key in KEYS] == [
        late.find_node(key) for key in KEYS
    ]


@hashers
@pytest.mark.parametrize("nodes", [tuple(NODES), dict.fromkeys(NODES).keys()])
def test_nodes_that_are_no_list(kind: Any, nodes: Any) -> None:
    hasher, expected = kind(nodes), kind(NODES[:])
    assert hasher.nodes is nodes
    assert [_find(hasher)(key) for key in KEYS] == [_find(expected)(key) for key in KEYS]
    once = kind(iter(NODES))
    assert _find(once)("key") == _find(expected)("key") and _find(once)("key") is None


@hashers
def test_texts_of_nodes_are_asked_at_each_look_up(kind: Any) -> None:
    nodes = [Named("a"), Named("b"), Named("c")]
    hasher = kind(nodes)
    for names in ("abc", "bca", "xyz", ("a", "", "c"), "aab", "abc"):
        for node, name in zip(nodes, names):
            node.name = name
        expected = kind(list(names))
        for key in KEYS[:100]:
            # Of two nodes with one text a text comes back, as there.
            assert str(_find(hasher)(key)) == _find(expected)(key)
    assert all(_find(hasher)(key) in nodes for key in KEYS)


@hashers
def test_equal_nodes_with_other_texts(kind: Any) -> None:
    hasher = kind(["2", 1])
    for node in (1, True, 1.0):
        hasher.nodes[1] = node
        expected = kind(["2", str(node)])
        for key in KEYS:
            found = _find(hasher)(key)
            assert str(found) == _find(expected)(key) and type(found) in (str, type(node))
    derived = type("Derived", (str,), {})("10.0.0.1:1")
    hasher = kind([derived, "10.0.0.2:1"])
    assert {type(_find(hasher)(key)).__name__ for key in KEYS} == {"Derived", "str"}


class Formatted(Named):
    """Its text is one thing, what it is formatted to another."""

    def __format__(self, spec: str) -> str:
        return f"formatted {self.name}"


@hashers
@pytest.mark.parametrize("function", [None, len])
def test_what_is_formatted_and_what_is_a_text(
    kind: Any, function: Callable[[str], int] | None
) -> None:
    """pymemcache formats nodes and keys, clandestined takes their texts."""
    before = "formatted " if kind is RendezvousHash else ""
    node = Formatted("name")
    hasher, expected = kind([node, "b" * 12]), kind([f"{before}name", "b" * 12])
    for each in (hasher, expected):
        if function is not None:
            each.hash_function = function
    for key in KEYS:
        same = _find(expected)(f"{before}{key}") == f"{before}name"
        assert (_find(hasher)(Formatted(key)) is node) == same


def test_a_text_without_bytes_is_a_node_of_pymemcache() -> None:
    """Which reads the low eight bits of each character."""
    hasher, other = RendezvousHash(["\ud841", "b"]), RendezvousHash(["A", "b"])
    assert ["b" if hasher.get_node(key) == "b" else "A" for key in KEYS] == [
        other.get_node(key) for key in KEYS
    ]


@hashers
def test_a_function_that_comes_later(kind: Any) -> None:
    hasher = kind(["a", "bb", "c"])
    before = [_find(hasher)(key) for key in KEYS]
    score = hasher.hash_function
    hasher.hash_function = len
    assert {_find(hasher)(key) for key in KEYS} == {"bb"}
    hasher.hash_function = score
    assert [_find(hasher)(key) for key in KEYS] == before


def test_a_node_without_a_text() -> None:
    theirs, murmur = Clandestined(["a", ""]), RendezvousHash(["a", ""])
    for key in KEYS:
        assert theirs.find_node(key) == theirs._scan(theirs.nodes, key)
        assert murmur.get_node(key) == murmur._scan(murmur.nodes, key)


@pytest.mark.parametrize("seed", [True, False])
def test_a_seed_that_is_a_truth_is_a_number(seed: bool) -> None:
    ours, theirs = RendezvousHash(NODES[:], seed), RendezvousHash(NODES[:], int(seed))
    old, others = Clandestined(NODES[:], seed), Clandestined(NODES[:], int(seed))
    for key in KEYS:
        assert ours.get_node(key) == theirs.get_node(key) == ours._scan(ours.nodes, key)
        assert old.find_node(key) == others.find_node(key) == old._scan(old.nodes, key)
    zones = {node: {"zone": node[-6:-4]} for node in NODES}
    cluster, same = Cluster(zones, seed=seed), Cluster(zones, seed=int(seed))
    assert [cluster.find_nodes(key) for key in KEYS] == [same.find_nodes(key) for key in KEYS]
