"""Plans: what moves, counted by hand beside it."""

from __future__ import annotations

import math
import pickle
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import polars
import pyarrow
import pytest

import continuum
from continuum import Continuum, Flow, Plan, Server

KEYS = [f"key-{number}" for number in range(20_000)]
OLD = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80=2", "10.0.0.4:80"]
NEW = ["10.0.0.2:80", "10.0.0.1:80", "10.0.0.3:80=3", "10.0.0.5:80"]

SCHEMES = ["python-continuum", "nginx", "haproxy", "libmemcached:distribution=ketama", "jump"]


def named(texts: list[str]) -> list[Server]:
    """With what each of the schemes hashes."""
    servers = [Server.parse(text) for text in texts]
    for server in servers:
        server.id = int(server.hostname.rpartition(".")[2])
    return servers


def build(scheme: str, texts: list[str]) -> Continuum:
    capacities = next(one for one in continuum.schemes() if one.name == scheme.split(":")[0])
    if "1" == capacities.capacities or scheme == "jump":
        texts = [text.partition("=")[0] for text in texts]
    return Continuum(scheme=scheme, servers=named(texts))


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_flows_are_what_keys_do(scheme: str) -> None:
    old, new = build(scheme, OLD), build(scheme, NEW)
    pairs = zip(old.resolve_all(KEYS), new.resolve_all(KEYS))
    names = ((before.identity, after.identity) for before, after in pairs)
    counted = Counter(pair for pair in names if pair[0] != pair[1])

    plan = Plan.over_keys(old, new, KEYS)
    flows = {flow[:2]: flow.share for flow in plan.flows}
    assert {pair: round(share * len(KEYS)) for pair, share in flows.items()} == counted
    assert plan.exact and plan.bound is None
    assert plan.counts == (len(KEYS), counted.total(), None, None)
    assert math.isclose(plan.moved, counted.total() / len(KEYS))

    whole = Plan.between(old, new)
    assert abs(whole.moved - plan.moved) < 0.02
    assert whole.counts is None
    assert (whole.exact, whole.basis) in ((True, "exact"), (False, "sampled"))
    assert (whole.bound is None) == whole.exact
    assert 0 <= whole.needless <= whole.moved
    assert whole.least <= whole.moved + 0.2


def test_servers() -> None:
    plan = Plan.between(build("nginx", OLD), build("nginx", NEW))
    assert [one.identity for one in plan.servers] == [
        *(text.partition("=")[0] for text in OLD),
        "10.0.0.5:80",
    ]
    third, fourth, fifth = plan.servers[2:]
    assert third.before and third.after
    assert (third.before.capacity, third.after.capacity) == (2, 3)
    assert third.before.fair == 0.4 and math.isclose(third.after.fair, 0.5)
    assert fourth.after is None and fifth.before is None
    for parts in ([one.before for one in plan.servers], [one.after for one in plan.servers]):
        assert math.isclose(sum(part.share for part in parts if part), 1)
    assert math.isclose(plan.least, 1 / 5 + 2 * (1 / 5 - 1 / 6))
    worst = max(one.after.share / one.after.fair for one in plan.servers if one.after)
    assert math.isclose(plan.peaks[1], worst)


def test_nothing_changes() -> None:
    old = build("nginx", OLD)
    plan = Plan.between(old, build("nginx", OLD))
    assert (plan.moved, plan.least, plan.needless, plan.flows) == (0, 0, 0, [])
    assert repr(plan) == "<Plan moved=0.0% least=0.0% needless=0.0%, exact, 0 flows>"
    assert plan.examples() == []
    assert "from</th>" not in plan._repr_html_()


def test_nobody() -> None:
    old = build("nginx", OLD)
    plan = Plan.between(Continuum(scheme="nginx"), old)
    assert all(flow.source is None for flow in plan.flows)
    assert math.isclose(plan.moved, 1)
    assert "nobody" in plan._repr_html_()
    nothing = Plan.over_keys(old, old, [])
    assert (nothing.moved, nothing.counts) == (0, (0, 0, None, None))


def test_a_plan_stays_as_it_was_made() -> None:
    old, new = build("nginx", OLD), build("nginx", NEW)
    plan = Plan.between(old, new)
    moved, examples = plan.moved, plan.examples(3)
    for server in list(new):
        new.remove_server(server)
    assert (plan.moved, plan.examples(3)) == (moved, examples)


def test_examples() -> None:
    old, new = build("nginx", OLD), build("nginx", NEW)
    examples = Plan.between(old, new).examples(7)
    assert len(examples) == 7
    for key, source, target in examples:
        assert source != target
        assert (old.resolve(key).identity, new.resolve(key).identity) == (source, target)
    assert len(Plan.between(old, new).examples()) == 5


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
@pytest.mark.parametrize("scheme", ["nginx", "libmemcached", "slots-1"])
def test_ranges(scheme: str) -> None:
    old, new = build(scheme, OLD), build(scheme, NEW)
    plan = Plan.between(old, new)
    ranges = plan.ranges
    assert ranges is not None and len(ranges) > 1
    listed = list(ranges)
    assert listed == ranges[:] == [ranges[at] for at in range(len(ranges))]
    assert ranges[-1] == listed[-1] and ranges[1:5:2] == listed[1:5:2]
    assert all(one.first <= one.last for one in listed)
    assert all(one.last < after.first for one, after in zip(listed, listed[1:]))
    # Each key: in a range that moves it from whom to whom the two say, or in none.
    for key in KEYS[:2000]:
        position = old.position(key)
        assert position is not None and position == new.position(key)
        at = position if ranges.slots is None else position % ranges.slots
        held = [one for one in listed if one.first <= at <= one.last]
        pair = (old.resolve(key).identity, new.resolve(key).identity)
        assert [one[2:] for one in held] == ([pair] if pair[0] != pair[1] else [])


def test_ranges_end() -> None:
    ranges = Plan.between(build("nginx", OLD), build("nginx", NEW)).ranges
    assert ranges is not None
    for index in (len(ranges), -len(ranges) - 1):
        with pytest.raises(IndexError, match=f"range {index} of {len(ranges)}"):
            ranges[index]
    with pytest.raises(TypeError):
        continuum.MovedRanges()
    kept = ranges[3]
    assert kept in ranges and ranges.index(kept) == 3


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
def test_ranges_that_cannot_be_listed() -> None:
    plain = [text.partition("=")[0] for text in OLD]
    old, new = build("nginx", plain), build("jump", plain)
    assert Plan.between(old, new).ranges is None
    assert Plan.over_keys(old, old, KEYS).ranges is None
    same = Plan.between(old, old).ranges
    assert same is not None and (len(same), list(same)) == (0, [])


def test_sizes() -> None:
    old, new = Continuum(servers=["a:80", "b:80"]), Continuum(servers=["a:80"])
    keys: list[Any] = ["one", b"two", 3, bytearray(b"four")]
    moves = [server.hostname == "b" for server in old.resolve_all(keys)]
    sizes = [1, 20, 300, 4000]
    plan = Plan.over_keys(old, new, iter(keys), sizes=iter(sizes))
    moved = sum(size for size, moves in zip(sizes, moves) if moves)
    assert plan.counts == (4, sum(moves), 4321, moved)
    assert repr(plan).endswith("4 keys, 1 flow>")
    assert plan.flows == [Flow("b:80", "a:80", sum(moves) / 4)]


def test_wrong_arguments() -> None:
    old = Continuum(servers=["a:80"])
    with pytest.raises(ValueError, match="2 keys, but 3 sizes"):
        Plan.over_keys(old, old, ["x", "y"], [1, 2, 3])
    with pytest.raises(OverflowError):
        Plan.over_keys(old, old, ["x"], [-1])
    with pytest.raises(TypeError, match="many keys are wanted"):
        Plan.over_keys(old, old, "key")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a key is str, bytes or int, not float"):
        Plan.over_keys(old, old, [1.5])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        Plan.between(old, "b:80")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Plan.between"):
        Plan()
    with pytest.raises(TypeError):
        pickle.dumps(Plan.between(old, old))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen[tag] += 1
        assert all(name == "style" for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_in_a_notebook() -> None:
    evil = [{"host": "h", "port": n, "name": f"<script>alert({n})</script>&\""} for n in range(9)]
    old = Continuum(scheme="libmemcached:distribution=ketama", servers=evil[:-1])
    new = Continuum(scheme="libmemcached:distribution=ketama", servers=evil)
    plan = Plan.between(old, new)
    html = plan._repr_html_()
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert set(tags.seen) == {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td"}
    assert "&lt;script&gt;" in html
    assert f"{plan.moved:.2%}" in html and f"{plan.least:.2%}" in html
    assert "http" not in html


def test_a_large_plan_is_cut_in_a_notebook() -> None:
    texts = [f"10.0.{n // 250}.{n % 250}:80" for n in range(300)]
    old = Continuum(scheme="nginx", servers=texts)
    new = Continuum(scheme="nginx", servers=texts[:-2])
    html = Plan.between(old, new)._repr_html_()
    assert "and 250 servers more" in html and "flows more" in html
    assert len(html) < 30_000


class Frame:
    """What is read of a data frame of pandas. Who iterates it gets the names of its columns."""

    def __init__(self, columns: dict[str, list[str]]) -> None:
        self.columns = list(columns)
        self.shape = (len(columns[self.columns[0]]), len(columns))
        self.iloc = self
        self._values = list(columns.values())

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __getitem__(self, at: tuple[slice, int]) -> list[str]:
        return self._values[at[1]][at[0]]


@pytest.mark.parametrize("made", [Frame, polars.DataFrame, pyarrow.table])
def test_a_table_of_one_column_stands_for_it(made: Any) -> None:
    old, new = Continuum(servers=["a:80", "b:80", "c:80"]), Continuum(servers=["a:80", "b:80"])
    keys = [f"key-{number}" for number in range(1000)]
    expected = Plan.over_keys(old, new, keys).counts
    assert Plan.over_keys(old, new, made({"key": keys})).counts == expected
    with pytest.raises(TypeError, match="a table of 2 columns is no list of keys"):
        Plan.over_keys(old, new, made({"key": keys, "other": keys}))
