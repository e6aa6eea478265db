"""The hasher that clandestined has and pymemcache has from it.

Keys are looked up in a `Continuum` of the scheme that has the library's murmur, as
long as nobody gave another function; then the scores are computed one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from continuum import Continuum, Server
from continuum.compat._murmur import murmur3
from continuum.compat._quiet import quiet_continuum


class _Node(Server):
    """A server that knows which node it stands for."""

    __slots__ = ("node",)

    node: Any


class Rendezvous:
    """Nodes and a seed. The list of nodes is the caller's to change."""

    _scheme: str

    def __init__(self, nodes: list[Any] | None, seed: int) -> None:
        self.nodes: list[Any] = [] if nodes is None else nodes
        self.seed = seed
        self._custom: Callable[[str], int] | None = None
        #: The nodes and the seed that the continuum was built of, and the continuum.
        self._built: tuple[list[Any], int, Continuum | None] | None = None

    @property
    def hash_function(self) -> Callable[[str], int]:
        """The score of a text ``node-key``."""
        return self._custom or self._score

    @hash_function.setter
    def hash_function(self, function: Callable[[str], int]) -> None:
        self._custom = function

    @staticmethod
    def _bytes(text: str) -> bytes:
        """What of a text the library's murmur reads."""
        return text.encode("utf-8")

    def _score(self, text: str) -> int:
        return murmur3(self._bytes(text), self.seed)

    def add_node(self, node: Any) -> None:
        """Adds a node that is not in yet."""
        if node not in self.nodes:
            self.nodes.append(node)

    def remove_node(self, node: Any) -> None:
        """Removes a node. Raises ValueError for one that is not in."""
        if node not in self.nodes:
            raise ValueError(f"No such node {node} to remove")
        self.nodes.remove(node)

    def _find(self, key: Any) -> Any:
        built = self._built
        if built is None or built[0] != self.nodes or built[1] != self.seed:
            built = self._build()
        continuum = built[2]
        if continuum is None or self._custom is not None:
            return self._scan(key)
        try:
            return continuum.resolve(key if type(key) is str else str(key)).node  # type: ignore[attr-defined]
        except UnicodeEncodeError:
            return self._scan(key)

    def _build(self) -> tuple[list[Any], int, Continuum | None]:
        nodes, seed = self.nodes.copy(), self.seed
        texts = {str(node) for node in nodes}
        continuum = None
        # An empty text is hashed here; to the core it is no name.
        named = "" not in texts and len(texts) == len(nodes)
        if nodes and named and isinstance(seed, int) and 0 <= seed < 1 << 32:
            # True is 1, as in the arithmetic of the originals.
            servers = []
            for node in nodes:
                server = _Node(str(node), name=str(node))
                server.node = node
                servers.append(server)
            continuum = quiet_continuum(f"{self._scheme}:seed={int(seed)}", servers)
        self._built = nodes, seed, continuum
        return self._built

    def _scan(self, key: Any) -> Any:
        """Of equal scores the greater text wins, and a text is what comes back then."""
        best, winner = -1, None
        for node in self.nodes:
            score = self.hash_function(f"{node}-{key}")
            if score > best:
                best, winner = score, node
            elif score == best:
                winner = max(str(node), str(winner))
        return winner

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_built": None}
