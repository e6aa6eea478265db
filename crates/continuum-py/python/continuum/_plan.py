"""Plan: what a change moves, before it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple, overload

from continuum import _native
from continuum._columns import only_column
from continuum._continuum import Continuum, Keys

#: Rows of a notebook's table: what is left out is counted.
_ROWS = 50
_FLOWS = 10


class Part(NamedTuple):
    """A server's part, before or after."""

    capacity: float
    #: What it owns, 0 to 1.
    share: float
    #: What it should own: its capacity over the sum of all.
    fair: float


class ServerChange(NamedTuple):
    """One server before and after."""

    identity: str
    #: None for a server that is new.
    before: Part | None
    #: None for a server that goes.
    after: Part | None


class Flow(NamedTuple):
    """What moves from one server to another, both by identity."""

    #: None where nobody owned it.
    source: str | None
    #: None where nobody will own it.
    target: str | None
    share: float


class Example(NamedTuple):
    """A key whose owner changes."""

    key: str
    source: str | None
    target: str | None


class Counts(NamedTuple):
    """What a plan was counted over. No sizes given, no bytes."""

    keys: int
    moved_keys: int
    bytes: int | None
    moved_bytes: int | None


class MovedRange(NamedTuple):
    """Neighbouring positions, or slots, that move together."""

    first: int
    #: Included.
    last: int
    #: Identity of the old owner; None where nobody owned it.
    source: str | None
    #: Identity of the new owner; None where nobody will own it.
    target: str | None


class MovedRanges(Sequence[MovedRange]):
    """The ranges that move, ascending. Each is made as it is asked for."""

    __slots__ = ("_found", "_length", "_slots")

    _found: _native.Difference
    _length: int
    _slots: int | None

    def __new__(cls) -> MovedRanges:
        raise TypeError("Plan.ranges makes one")

    @classmethod
    def _of(cls, found: _native.Difference, length: int, slots: int | None) -> MovedRanges:
        made = object.__new__(cls)
        made._found, made._length, made._slots = found, length, slots
        return made

    @property
    def slots(self) -> int | None:
        """How many slots the table has, if slots move; None on a ring, where it is
        positions. A key's slot is the remainder of its position by this number."""
        return self._slots

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> MovedRange: ...
    @overload
    def __getitem__(self, index: slice) -> list[MovedRange]: ...
    def __getitem__(self, index: int | slice) -> MovedRange | list[MovedRange]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(self._length))]
        at = index + self._length if index < 0 else index
        found = self._found.moved_range(at) if at >= 0 else None
        if found is None:
            raise IndexError(f"range {index} of {self._length}")
        return MovedRange(*found)

    def __iter__(self) -> Iterator[MovedRange]:
        return (self[at] for at in range(self._length))

    def __repr__(self) -> str:
        what = "ranges of positions" if self._slots is None else f"ranges of {self._slots} slots"
        return f"<MovedRanges: {self._length} {what}>"


class Plan:
    """What differs between two continuums: how much moves, from where to where, and
    beside it the least that any scheme could move.

    Servers are matched by identity. Shares are parts of the key space, 0 to 1, or of
    the keys given to `over_keys`. Later changes of the two continuums change no plan.

    >>> texts = ["a:80", "b:80", "c:80", "d:80"]
    >>> plan = Plan.between(Continuum(servers=texts), Continuum(servers=texts[:3]))
    >>> plan
    <Plan moved=38.8% least=25.0% needless=11.3%, exact, 9 flows>
    >>> plan.least, round(plan.needless, 4)
    (0.25, 0.1132)
    >>> source, target, share = max(plan.flows, key=lambda flow: flow.share)
    >>> source, target, round(share, 4)
    ('d:80', 'c:80', 0.0964)
    """

    __slots__ = ("_found",)

    _found: _native.Difference

    def __new__(cls) -> Plan:
        raise TypeError("Plan.between(old, new) makes one, or Plan.over_keys(old, new, keys)")

    @classmethod
    def _of(cls, found: _native.Difference) -> Plan:
        plan = object.__new__(cls)
        plan._found = found
        return plan

    @classmethod
    def between(cls, old: Continuum, new: Continuum) -> Plan:
        """Compares two continuums over the whole key space.

        Exactly, where both have a map of one hash space; else over a fixed sample of
        a million keys, which `basis` tells.

        >>> old = Continuum(scheme="nginx", servers=["a:80", "b:80"])
        >>> new = Continuum(scheme="nginx", servers=["a:80", "b:80", "c:80"])
        >>> plan = Plan.between(old, new)
        >>> plan.exact, plan.needless
        (True, 0.0)
        """
        return cls._of(_native.Difference.between(old, new))

    @classmethod
    def over_keys(
        cls,
        old: Continuum,
        new: Continuum,
        keys: Keys,
        sizes: Iterable[int] | None = None,
    ) -> Plan:
        """Compares two continuums over given keys: shares are then shares of keys.

        `sizes` are the sizes of their values, for `counts`.

        >>> old, new = Continuum(servers=["a:80"]), Continuum(servers=["b:80"])
        >>> Plan.over_keys(old, new, ["x", "y"], sizes=[700, 300]).counts
        Counts(keys=2, moved_keys=2, bytes=1000, moved_bytes=1000)
        """
        listed = None if sizes is None else list(sizes)
        found = _native.Difference.over_keys(old, new, only_column(keys), listed)
        return cls._of(found)

    @property
    def moved(self) -> float:
        """The share that changes its owner."""
        return self._found.moved()

    @property
    def least(self) -> float:
        """The least that any scheme could move that gives each server its fair share."""
        return self._found.least()

    @property
    def needless(self) -> float:
        """The share that moves between servers which stay, with the capacity they had."""
        return self._found.needless()

    @property
    def exact(self) -> bool:
        """Whether the shares are exact: from whole maps, or of all the keys given."""
        return self.basis == "exact"

    @property
    def basis(self) -> str:
        """How the shares were found: "exact", or "sampled" by counting generated keys."""
        return self._found.basis()[0]

    @property
    def bound(self) -> float | None:
        """Within how much of the true one `moved` is if sampled, with 95 % probability."""
        return self._found.basis()[1]

    @property
    def counts(self) -> Counts | None:
        """Keys and bytes of a plan over keys."""
        counts = self._found.counts()
        return None if counts is None else Counts(*counts)

    @property
    def flows(self) -> list[Flow]:
        """What goes from whom to whom. What stays is not listed."""
        return [Flow(*flow) for flow in self._found.flows()]

    @property
    def ranges(self) -> MovedRanges | None:
        """The ranges of positions, or of slots, that move: a lazy sequence.

        None where they cannot be listed: the two have no map of one space, one is a ring
        and the other a table, or the plan was made over keys.

        >>> old = Continuum(scheme="nginx", servers=["a:80", "b:80"])
        >>> new = Continuum(scheme="nginx", servers=["a:80", "b:80", "c:80"])
        >>> ranges = Plan.between(old, new).ranges
        >>> ranges
        <MovedRanges: 114 ranges of positions>
        >>> ranges[0]
        MovedRange(first=14461405, last=21320808, source='a:80', target='c:80')
        >>> ranges[0].first <= old.position("x") <= ranges[0].last
        False
        """
        found = self._found.moved_ranges()
        return None if found is None else MovedRanges._of(self._found, *found)

    @property
    def servers(self) -> list[ServerChange]:
        """The servers of both sides: the old ones in their order, then the new."""
        return [
            ServerChange(identity, before and Part(*before), after and Part(*after))
            for identity, before, after in self._found.servers()
        ]

    @property
    def peaks(self) -> tuple[float, float]:
        """The busiest server's share over its fair one, before and after."""
        return self._found.peaks()

    def examples(self, n: int = 5) -> list[Example]:
        """Keys ``key-0``, ``key-1`` … whose owner changes: n, or what four million have.

        >>> old, new = Continuum(servers=["a:80", "b:80"]), Continuum(servers=["a:80"])
        >>> Plan.between(old, new).examples(1)
        [Example(key='key-0', source='b:80', target='a:80')]
        """
        return [Example(*example) for example in self._found.examples(n)]

    def __repr__(self) -> str:
        flows = len(self._found.flows())
        return (
            f"<Plan moved={self.moved:.1%} least={self.least:.1%} needless={self.needless:.1%}, "
            f"{self._basis_text()}, {flows} flow{'' if flows == 1 else 's'}>"
        )

    def _basis_text(self) -> str:
        counts = self.counts
        if counts is not None:
            return f"{counts.keys} keys"
        bound = self.bound
        return self.basis if bound is None else f"{self.basis}, within {bound:.2%}"

    def _repr_html_(self) -> str:
        """The plan as a notebook shows it."""
        before, after = self.peaks
        return (
            "<div>"
            f"<p><b>{self.moved:.2%}</b> moves ({escape(self._basis_text())}); the least for "
            f"this change is <b>{self.least:.2%}</b>; <b>{self.needless:.2%}</b> moves "
            f"needlessly. Busiest server: {before:.2f} of its fair share before, "
            f"{after:.2f} after.</p>{self._servers_html()}{self._flows_html()}</div>"
        )

    def _servers_html(self) -> str:
        changes = self.servers
        widest = max((part.share for one in changes for part in one[1:] if part), default=0) or 1
        rows = "".join(
            f"<tr><td {_LEFT}>{escape(one.identity)}</td>"
            f"{_share_html(one.before, widest, _BEFORE)}{_share_html(one.after, widest, _AFTER)}"
            f"<td {_RIGHT}>{'' if one.after is None else f'{one.after.fair:.2%}'}</td></tr>"
            for one in changes[:_ROWS]
        )
        head = "".join(
            f"<th {_LEFT}>{title}</th>" for title in ("server", "before", "after", "fair after")
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" + _more(
            len(changes) - _ROWS, "server"
        )

    def _flows_html(self) -> str:
        flows = sorted(self.flows, key=lambda flow: -flow.share)
        if not flows:
            return ""
        rows = "".join(
            f"<tr><td {_LEFT}>{escape(flow.source or 'nobody')}</td>"
            f"<td {_LEFT}>{escape(flow.target or 'nobody')}</td>"
            f"<td {_RIGHT}>{flow.share:.2%}</td></tr>"
            for flow in flows[:_FLOWS]
        )
        head = "".join(f"<th {_LEFT}>{title}</th>" for title in ("from", "to", "share"))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" + _more(
            len(flows) - _FLOWS, "flow"
        )


_LEFT = 'style="text-align:left"'
_RIGHT = 'style="text-align:right"'
_BEFORE, _AFTER = "#999", "#4c78a8"


def _share_html(part: Part | None, widest: float, colour: str) -> str:
    """A cell with a share and a bar of its length."""
    if part is None:
        return f"<td {_LEFT}>–</td>"
    width = 100 * part.share / widest
    return (
        f'<td style="text-align:left;min-width:9em">{part.share:.2%}'
        f'<div style="background:{colour};height:4px;width:{width:.1f}%"></div></td>'
    )


def _more(count: int, what: str) -> str:
    if count <= 0:
        return ""
    return f"<p>and {count} {what}{'' if count == 1 else 's'} more</p>"
