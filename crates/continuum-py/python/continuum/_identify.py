"""Identify: which scheme gave these answers?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from continuum import _native
from continuum._continuum import Continuum, Key
from continuum._many import Many
from continuum._server import Server, ServerLike, server_from, servers_of


class Wrong(NamedTuple):
    """A pair that a candidate gets wrong."""

    key: bytes
    #: Where it was seen.
    seen: str
    #: Where the candidate puts it.
    says: str | None


class Candidate(NamedTuple):
    """A scheme that was tried, and how well it agrees."""

    #: The scheme with its options, as `Continuum(scheme=…)` takes it.
    scheme: str
    #: How the servers were handed to it, in words: "as given", "servers sorted" …
    variant: str
    #: Pairs on which it agrees.
    agreed: int
    #: Pairs that were compared.
    compared: int
    #: The first pair that it gets wrong.
    wrong: Wrong | None


class Identification:
    """What `identify` found."""

    __slots__ = ("_candidates", "_found")

    _candidates: list[Candidate]
    _found: _native.Identified

    def __new__(cls) -> Identification:
        raise TypeError("identify(pairs, servers) makes one")

    @classmethod
    def _of(cls, found: _native.Identified) -> Identification:
        made = object.__new__(cls)
        made._found = found
        made._candidates = [
            Candidate(scheme, variant, agreed, compared, wrong and Wrong(*wrong))
            for scheme, variant, agreed, compared, wrong in found.candidates()
        ]
        return made

    @property
    def candidates(self) -> list[Candidate]:
        """The best of those tried, by agreement."""
        return self._candidates.copy()

    @property
    def matches(self) -> list[Candidate]:
        """Those that agree on every pair, the first few if there are very many. Empty:
        none of the known schemes gave these answers."""
        return [one for one in self._candidates if one.agreed == one.compared]

    @property
    def unlisted(self) -> int:
        """How many more agree on every pair than are listed: few pairs, or one server,
        tell few apart."""
        return self._found.unlisted()

    @property
    def tried(self) -> int:
        """How many schemes, options and forms of the servers were tried."""
        return self._found.tried()

    @property
    def untried(self) -> int:
        """How many were left out for the size of their rings: beyond 2**21 points where a
        smaller one agrees, else beyond 2**24. Many servers and large capacities ask for them."""
        return self._found.untried()

    @property
    def pairs(self) -> int:
        """How many pairs there were."""
        return self._found.pairs()

    def pairs_to_tell_apart(self) -> int | None:
        """How many more pairs would tell the first two matches apart, with 95 %
        probability. None where there are no two, or where they are the same map."""
        return self._found.pairs_to_tell_apart()

    def continuum(self, rank: int = 0) -> Continuum:
        """A candidate, ready to resolve: its scheme over the servers in its form."""
        servers = self._found.servers(rank) if rank >= 0 else None
        if servers is None:
            raise IndexError(f"there are {len(self._candidates)} candidates, none at {rank}")
        scheme = self._candidates[rank].scheme
        return Continuum(scheme=scheme, servers=map(server_from, servers))

    def __repr__(self) -> str:
        matches = len(self.matches)
        if not self._candidates:
            return f"<Identification: none of {self.tried} takes these servers>"
        best = self._candidates[0]
        agreed = f'"{best.scheme}" {best.variant}, {best.agreed} of {best.compared} pairs'
        if not matches:
            return f"<Identification: none of {self.tried}; the nearest is {agreed}>"
        return f"<Identification {agreed}, {matches} match{'' if matches == 1 else 'es'}>"


def identify(
    pairs: Iterable[tuple[Key, Server | str]] | Mapping[str, Server | str],
    servers: Many[ServerLike],
    threads: int | None = None,
) -> Identification:
    """Which scheme gave these answers?

    Tries every scheme, the likely values of its options and the likely forms of the
    servers, and ranks them by how many of the observed pairs of key and server they
    agree with. A server in a pair is a `Server`, or the text of its identity, address
    or host. Some hundreds of pairs decide, more rule out ties. At most `threads` are
    used, one a processor if None, and other threads run meanwhile.

    >>> servers = ["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211=2"]
    >>> old = Continuum(scheme="hash-ring", servers=servers)
    >>> pairs = {f"key-{n}": old.resolve(f"key-{n}") for n in range(1000)}
    >>> found = identify(pairs, servers)
    >>> found.matches[0].scheme
    'hash-ring'
    >>> found.continuum().resolve("other") == old.resolve("other")
    True
    >>> import random
    >>> noise = {key: random.Random(key).choice(servers)[:14] for key in pairs}
    >>> identify(noise, servers).matches
    []
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads is from 1 up, not {threads}")
    listed = servers_of(servers)
    keys: list[Key] = []
    seen: list[str] = []
    for key, server in pairs.items() if isinstance(pairs, Mapping) else pairs:
        keys.append(key)
        seen.append(server.identity if isinstance(server, Server) else server)
    return Identification._of(_native.identified(keys, seen, listed, threads or 0))
