"""Transition: a change of owners without a cold start."""

from __future__ import annotations

import copy
import threading
from typing import NamedTuple

from continuum import _native
from continuum._continuum import Continuum, Key
from continuum._plan import Plan
from continuum._server import Server, server_from


class Progress(NamedTuple):
    """How far a transition has come."""

    #: The share of the key space that changes its owner, 0 to 1.
    moving: float
    #: The share of the key space that is still to move.
    left: float
    #: How the shares were found: "exact", or "sampled" by counting generated keys.
    basis: str
    #: Within how much of the true one `moving` is if sampled, with 95 % probability.
    bound: float | None


class Transition:
    """Two continuums while keys move from the one to the other: write to the new owner,
    read from the new one and then, while the move lasts, from the old.

    A key that does not move has one owner throughout, so only moving keys are ever asked
    for twice. Whoever copies data says what is done with `finish`. What is read from the
    old owner should be written to the new one; what is deleted is to be deleted from both,
    the old owner first. A key that neither had may have moved in between: ask the new owner
    once more.

    >>> old = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80"])
    >>> new = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80", "d:80"])
    >>> change = Transition.between(old, new)
    >>> key = next(f"key-{n}" for n in range(99) if old.resolve(f"key-{n}") != new.resolve(f"key-{n}"))
    >>> [server.hostname for server in change.read_order(key)][0]
    'd'
    >>> len(change.read_order(key)), change.write(key) == new.resolve(key)
    (2, True)
    >>> position = new.position(key)
    >>> change.finish(position, position)
    >>> len(change.read_order(key))
    1
    >>> round(change.progress().left, 2)
    0.25
    >>> change.finish_all()
    >>> change.finished
    True

    Servers are matched by identity. One that has another address under its name holds
    nothing yet: its keys are moving too, from the old address to the new one, though their
    owner is the same to `plan` and to `progress()`. Later changes of the two continuums
    change no transition. Any number of threads may use one.
    """

    __slots__ = ("_done", "_found", "_lock", "_new", "_old", "_readdressed")

    _found: _native.Transition
    _lock: threading.Lock
    _old: Continuum
    _new: Continuum
    #: Servers that have another address under their name: the old one of each identity.
    _readdressed: dict[str, Server]
    #: What `finish` was told, for the keys of those; None after `finish_all`.
    _done: tuple[tuple[int, int], ...] | None

    def __new__(cls) -> Transition:
        raise TypeError("Transition.between(old, new) makes one")

    @classmethod
    def between(cls, old: Continuum, new: Continuum) -> Transition:
        """A change of which nothing is done yet."""
        change = object.__new__(cls)
        change._old, change._new = copy.copy(old), copy.copy(new)
        change._found = _native.Transition.between(change._old, change._new)
        change._lock = threading.Lock()
        addresses = {server.identity: server.address for server in change._new}
        change._readdressed = {
            server.identity: server
            for server in change._old
            if addresses.get(server.identity, server.address) != server.address
        }
        change._done = ()
        return change

    def read_order(self, key: Key) -> list[Server]:
        """Who should be asked for a key: its new owner, then, while the move lasts, its
        old one if that is another."""
        old = self.old_owner(key)
        return [self.write(key)] if old is None else [self.write(key), old]

    def write(self, key: Key) -> Server:
        """Who a key is written to: its new owner, from the first moment on."""
        return self._found.write(key)

    def old_owner(self, key: Key) -> Server | None:
        """The old owner of a key that moves and is not done. None for all others."""
        old = self._found.old_owner(key)
        if old is not None or not self._readdressed:
            return old
        done, owner = self._done, self._found.write(key).identity
        if done is None or owner not in self._readdressed:
            return None
        old = next(iter(self._old.copies(key, 1)), None)
        if old is None or old.identity != owner:
            # It moved from another one, and that is done.
            return None
        position = self._new.position(key) if done else None
        if position is not None and any(first <= position <= last for first, last in done):
            return None
        return old

    def finish(self, first: int, last: int) -> None:
        """Marks a range as moved, `last` included: positions on a ring, slots of a table.

        Where the scheme has no map but hashes keys to positions all the same, it is of
        `position()`. Any range will do, in any order, again and again. A ContinuumError
        where the two have no positions in common: only `finish_all` ends those.
        """
        with self._lock:
            self._found.finish(first, last)
            if self._readdressed and self._done is not None and first <= last:
                self._done = _joined(self._done, first, last)

    def finish_all(self) -> None:
        """Marks all as moved."""
        with self._lock:
            self._found.finish_all()
            self._done = None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to move: known where there is a map, or after
        `finish_all`; after that alone where a server has another address."""
        return self._found.is_finished() and (self._done is None or not self._readdressed)

    def progress(self) -> Progress:
        """What moves and what is left of it: exact where there is a map."""
        return Progress(*self._found.progress())

    @property
    def plan(self) -> Plan:
        """What moves, from where to where."""
        return Plan._of(self._found.plan())

    @property
    def fingerprints(self) -> tuple[int, int]:
        """Of both, old and new: every client of a transition must have this very pair, or
        it reads where others do not write."""
        return self._found.fingerprints()

    @property
    def old(self) -> Continuum:
        """A copy of the continuum that was."""
        return copy.copy(self._old)

    @property
    def new(self) -> Continuum:
        """A copy of the continuum that will be."""
        return copy.copy(self._new)

    def steps(self, n: int) -> list[Transition]:
        """The same change in several, one after the other, the last of which ends where
        this one does: capacities go from old to new in steps that must move the same each.

        >>> old = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80"])
        >>> new = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80", "d:80"])
        >>> [round(step.progress().moving, 2) for step in Transition.between(old, new).steps(5)]
        [0.05, 0.05, 0.05, 0.05, 0.05]
        """
        stops = [self._old, *ramp(self._old, self._new, n)]
        return [Transition.between(before, after) for before, after in zip(stops, stops[1:])]

    def __repr__(self) -> str:
        moving, left, basis, _ = self.progress()
        return f"<Transition moving={moving:.1%} left={left:.1%}, {basis}>"


def _joined(
    ranges: tuple[tuple[int, int], ...], first: int, last: int
) -> tuple[tuple[int, int], ...]:
    """Ranges and one more, in ascending order; those that touch are one."""
    apart = []
    for begin, end in ranges:
        if begin > last + 1 or end + 1 < first:
            apart.append((begin, end))
        else:
            first, last = min(first, begin), max(last, end)
    return tuple(sorted([*apart, (first, last)]))


def ramp(old: Continuum, new: Continuum, steps: int) -> list[Continuum]:
    """The continuums on the way from one to another, the last being as `new`: fair shares
    go from old to new in equal steps, and servers that stay as they are keep their
    capacity. Steps that come to nothing are left out.

    >>> old = Continuum(servers=["a:80=3"])
    >>> new = Continuum(servers=["a:80=3", "b:80=3"])
    >>> [stop.servers[-1].capacity for stop in ramp(old, new, 2)]
    [1, 3]

    A ContinuumError where the two have different schemes, or one that knows no
    capacities.
    """
    last = copy.copy(new)
    if steps > 0 and old == last:
        return [last]
    stops = _native.ramp(old, last, steps)
    return [*(_built(last.scheme, map(server_from, stop)) for stop in stops[:-1]), last]


def _built(scheme: str, servers: map[Server]) -> Continuum:
    # No warnings: what is to be known of the way is known of its end.
    stop = Continuum(autogenerate=False, scheme=scheme)
    stop.servers = list(servers)
    stop._generate()
    stop.autogenerate = True
    return stop
