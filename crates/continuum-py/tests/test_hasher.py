"""The hasher of pymemcache's client, without that client: what it is told and what it hashes."""

from __future__ import annotations

import enum
import pickle
import warnings
from typing import Any

import pytest
from continuum.compat.clandestined import RendezvousHash as Clandestined
from continuum.compat.pymemcache import RendezvousHash
from continuum.pymemcache import Nodes, hasher

from continuum import Continuum, ContinuumError, ContinuumWarning

NODES = [f"10.0.0.{number}:11211" for number in range(1, 8)]


class Word(str, enum.Enum):
    """A text that shows itself as its name."""

    USER = "user:1"
    CART = "cart:2"
    PAGE = "page:3"
    LIST = "list:5"


class Plain(enum.StrEnum):
    """A text that shows itself as what it holds."""

    USER = "user:1"


def nodes(made_by: hasher, names: list[str] = NODES) -> Nodes:
    made = made_by()
    for name in names:
        made.add_node(name)
    return made


@pytest.mark.parametrize("scheme", ["libmemcached:distribution=ketama", "rendezvous-1", "jump"])
def test_what_is_hashed_is_what_the_client_sends(scheme: str) -> None:
    found = nodes(hasher(scheme))
    for word in Word:
        assert found.get_node(word) == found.get_node(word.value) == found.get_node(word.encode())
    assert {str(word) for word in Word}.isdisjoint(word.value for word in Word)
    assert found.get_node(Plain.USER) == found.get_node("user:1")


def test_pymemcache_and_clandestined_hash_what_a_key_shows_itself_as() -> None:
    found, theirs, others = nodes(hasher()), RendezvousHash([*NODES]), Clandestined([*NODES])
    for word in (*Word, Plain.USER):
        assert found.get_node(word) == theirs.get_node(word) == theirs._scan(NODES, word)
        assert found.get_node(word) == found.get_node(f"{word}")
        assert others.find_node(word) == others.find_node(str(word))
    assert any(found.get_node(word) != found.get_node(word.value) for word in Word)


#: A server as a client is given it, and the text by which pymemcache names it.
SPELLINGS: list[tuple[Any, str]] = [
    ("[::1]:29802", "::1:29802"),
    ("::1:29802", "::1:29802"),
    (("::1", 29802), "::1:29802"),
    ("unix:/tmp/a.sock", "/tmp/a.sock"),
    ("unix:a.sock", "a.sock"),
    ("10.0.0.9", "10.0.0.9:11211"),
    ("[::1]", "::1:11211"),
    (("10.0.0.9", 11211), "10.0.0.9:11211"),
    ("10.0.0.9:11211", "10.0.0.9:11211"),
    ("node", "node"),
]


@pytest.mark.parametrize(("given", "node"), SPELLINGS, ids=repr)
def test_nodes_in_every_spelling(given: Any, node: str) -> None:
    keys = [f"key-{number}" for number in range(400)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made_by = hasher("ring-1", capacities={given: 9}, names={given: "another name"})
        found = nodes(pickle.loads(pickle.dumps(made_by)), [*NODES[:2], node])
        owners = [found.get_node(key) for key in keys]
    assert owners.count(node) > 250
    third = {"host": "x", "name": "another name", "weight": 9}
    named = Continuum(scheme="ring-1", servers=[*NODES[:2], third])
    expected = [*NODES[:2], node]
    assert owners == [expected[owner] for owner in named.resolve_indices(keys) if owner is not None]


def test_nodes_that_are_none() -> None:
    with pytest.raises(ContinuumError, match=r"capacities names node '::1:80' twice"):
        hasher("ring-1", capacities={"[::1]:80": 2, "::1:80": 3})
    with pytest.raises(TypeError, match="a node is a text or a pair of host and port, not 7"):
        hasher("ring-1", names={7: "a"})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="scheme is the text of a scheme, not NoneType"):
        hasher(None)  # type: ignore[arg-type]
    found = hasher("ring-1", capacities={"unix:/tmp/a.sock": 2})()
    found.add_node(NODES[0])
    with pytest.warns(ContinuumWarning, match="the client has no node /tmp/a.sock"):
        found.get_node("key")


def test_weights_that_a_scheme_ignores_are_told() -> None:
    with pytest.warns(ContinuumWarning, match="'pymemcache' knows no capacities"):
        two = hasher(capacities={NODES[0]: 3, NODES[1]: 1})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Told already; and where all weigh the same, there is nothing to tell.
        nodes(two).get_node("key")
        nodes(hasher(capacities={NODES[0]: 3}), NODES[:1]).get_node("key")
        nodes(hasher(capacities=dict.fromkeys(NODES, 3))).get_node("key")
        nodes(hasher("ring-1", capacities={NODES[0]: 3})).get_node("key")
        one = nodes(hasher(capacities={NODES[0]: 3}))
    with pytest.warns(ContinuumWarning, match="'pymemcache' knows no capacities") as told:
        for number in range(20):
            one.get_node(f"key-{number}")
        one.remove_node(NODES[3])
        one.get_node("key")
    assert len(told) == 1
