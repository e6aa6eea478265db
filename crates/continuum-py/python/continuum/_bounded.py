"""Bounded load: no server gets more than its part of what is in flight, and a bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Self

from continuum import _native
from continuum._native import Guard

if TYPE_CHECKING:
    from continuum._continuum import Continuum, Key
    from continuum._server import Server

__all__ = ["Bounded", "Guard", "InFlight"]


class Bounded(_native.Bounded):
    """A rule that caps the load of servers: each may have
    ``max(min_cap, ceil(factor * (total + 1) * fair share))`` requests at once, `total`
    being those in flight and 1 the one to come. Never less than one request.

    A factor of 1.25 is a common choice; 1 evens out fully and moves most. Keys of a full
    server go on to others in ``rendezvous`` order, which spreads them over all, or in the
    order of the ``scheme``, as HAProxy does. The caps sum to more than the requests: while
    all look at the same counts, some server has room. `InFlight` keeps counts.

    >>> continuum = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80"])
    >>> bounded = Bounded(1.25)
    >>> owner = continuum.resolve("popular")
    >>> bounded.pick(continuum, "popular", lambda server: 0) == owner
    True
    >>> bounded.cap(2, 1 / 3)
    2
    >>> bounded.pick(continuum, "popular", {owner: 2}.get, total=2) == owner
    False
    >>> Bounded(0.9)
    Traceback (most recent call last):
    ...
    continuum.ContinuumError: a factor of 0.9 is not a finite number from 1 up
    """

    def __new__(
        cls,
        factor: float,
        *,
        min_cap: int = 1,
        overflow: Literal["rendezvous", "scheme"] = "rendezvous",
    ) -> Self:
        return super().__new__(cls, factor, min_cap=min_cap, overflow=overflow)

    def pick(
        self,
        continuum: Continuum,
        key: Key,
        load: Callable[[Server], int | None],
        total: int | None = None,
    ) -> Server:
        """The first server for a key that has room: its owner, or else the next.

        `load` gives the requests in flight at a server, None meaning 0, so that the
        ``get`` of a dict will do. Without `total` it is asked for every server; with it
        only for those that are tried. Nothing is counted here: the same loads give the
        same answer. Raises IndexError('empty continuum') when nothing owns anything.
        """
        return self._pick(continuum, key, lambda server: load(server) or 0, total)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bounded):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        factor, min_cap, overflow = self._key()
        return f"Bounded({factor:g}, min_cap={min_cap}, overflow={overflow!r})"

    def __reduce__(self) -> tuple[Callable[..., Bounded], tuple[float, int, str]]:
        return _bounded, self._key()

    def _key(self) -> tuple[float, int, str]:
        return self.factor, self.min_cap, self.overflow


def _bounded(factor: float, min_cap: int, overflow: Literal["rendezvous", "scheme"]) -> Bounded:
    return Bounded(factor, min_cap=min_cap, overflow=overflow)


class InFlight(_native.InFlight):
    """Counts the requests in flight at each server of a continuum, and gives each
    request a server with room.

    A request is in flight until its guard is released, at the latest when the guard is
    gone; ``with`` does it. Never above a server's cap, whatever the threads do; nobody is
    refused while a server is there. Nothing is locked.

    >>> continuum = Continuum(scheme="slots-1", servers=["a:80", "b:80", "c:80"])
    >>> in_flight = InFlight(continuum, Bounded(1.25))
    >>> with in_flight.acquire("popular") as first, in_flight.acquire("popular") as second:
    ...     print(first.server != second.server, in_flight.total())
    True 2
    >>> in_flight.total()
    0

    Later changes of the continuum change nothing here: `with_continuum` takes them over.
    """

    def __new__(
        cls, continuum: Continuum, bounded: Bounded, *, _before: _native.InFlight | None = None
    ) -> Self:
        made = super().__new__(cls, continuum, bounded, _before=_before)
        made.bounded = bounded
        return made

    #: The rule.
    bounded: Bounded

    def with_continuum(self, continuum: Continuum) -> Self:
        """The same requests under a changed continuum: servers that stay keep their
        counts, and guards from before count here too until they are released.

        >>> continuum = Continuum(scheme="slots-1", servers=["a:80", "b:80"])
        >>> before = InFlight(continuum, Bounded(1.25))
        >>> request = before.acquire("key")
        >>> server = continuum.add_server("c:80")
        >>> after = before.with_continuum(continuum)
        >>> after.load(request.server), after.load(server)
        (1, 0)
        >>> request.release()
        >>> after.total()
        0
        """
        return type(self)(continuum, self.bounded, _before=self)

    def __repr__(self) -> str:
        return f"<InFlight {self.total()} in flight, {self.bounded!r}>"
