"""pymemcache's `RendezvousHash`, with its answers, some hundred times as fast.

    >>> from continuum.compat.pymemcache import RendezvousHash
    >>> hasher = RendezvousHash(nodes=["10.0.0.1:11211", "10.0.0.2:11211"])
    >>> hasher.get_node("my-key")
    '10.0.0.1:11211'

For a `HashClient` over another scheme, see `continuum.pymemcache.hasher`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from continuum.compat._rendezvous import Rendezvous

__all__ = ["RendezvousHash"]


class RendezvousHash(Rendezvous):
    """pymemcache's hasher: a node scores a key by MurmurHash3 of ``node-key``.

    `nodes` is the list itself, not a copy, as theirs, or another iterable.
    `hash_function` takes a text and a seed; with one of the caller's own the scores are
    computed by it. Look-ups are fastest in a list of nothing but `str`: what other nodes
    are formatted to is asked at each look-up, as there.
    """

    _scheme = "pymemcache"

    def __init__(
        self,
        nodes: Iterable[Any] | None = None,
        seed: int = 0,
        hash_function: Callable[[str, int], int] | None = None,
    ) -> None:
        super().__init__(nodes, seed)
        if hash_function is not None:
            self._custom = lambda text: hash_function(text, seed)

    @staticmethod
    def _text(thing: Any) -> str:
        return f"{thing}"

    @staticmethod
    def _bytes(text: str) -> bytes:
        return bytes(ord(char) & 0xFF for char in text)

    def get_node(self, key: Any) -> Any:
        """The node of a key, or None where there is no node."""
        return self._find(key)
