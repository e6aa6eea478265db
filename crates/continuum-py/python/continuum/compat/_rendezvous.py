"""The hasher that clandestined has and pymemcache has from it.

Keys are looked up in a `Continuum` of the scheme that has the library's murmur, as
long as nobody gave another function; then the scores are computed one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from continuum import Continuum, Server
from continuum.compat._murmur import murmur3
from continuum.compat._quiet import quiet_continuum


class _Node(Server):
    """A server that knows which text it stands for."""

    __slots__ = ("text",)

    text: str


class Rendezvous:
    """Nodes and a seed. The list of nodes is the caller's to change; the seed is the
    constructor's, as in the originals: another `seed` afterwards changes nothing."""

    _scheme: str
    #: The texts that the continuum was built of, and the continuum.
    _built: tuple[list[str] | None, Continuum | None]
    #: The same of nodes that are `str` and nothing else: to compare these is enough.
    _plain: tuple[list[str] | None, Continuum | None]

    def __init__(self, nodes: Iterable[Any] | None, seed: int) -> None:
        self.nodes: Any = [] if nodes is None else nodes
        self.seed = self._seed = seed
        self._custom: Callable[[str], int] | None = None
        self._forget()

    def _forget(self) -> None:
        self._built = self._plain = None, None

    @property
    def hash_function(self) -> Callable[[str], int]:
        """The score of a text ``node-key``."""
        return self._custom or self._score

    @hash_function.setter
    def hash_function(self, function: Callable[[str], int]) -> None:
        self._custom = function
        self._forget()

    @staticmethod
    def _text(thing: Any) -> str:
        """What of a node or a key is hashed."""
        return str(thing)

    @staticmethod
    def _bytes(text: str) -> bytes:
        """What of a text the library's murmur reads."""
        return text.encode("utf-8")

    def _score(self, text: str) -> int:
        return murmur3(self._bytes(text), self._seed)

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
        nodes = self.nodes
        plain, continuum = self._plain
        if type(nodes) is not list or nodes != plain:
            return self._find_by_texts(key)
        if continuum is None:
            return self._scan(nodes, key)
        try:
            text = key if type(key) is str else self._text(key)
            return continuum.resolve(text).text  # type: ignore[attr-defined]
        except UnicodeEncodeError:
            return self._scan(nodes, key)

    def _find_by_texts(self, key: Any) -> Any:
        """The same of nodes whose texts may be others than they were."""
        nodes = list(self.nodes)
        if self._custom is not None:
            return self._scan(nodes, key)
        texts = list(map(self._text, nodes))
        built = self._built
        if built[0] != texts:
            built = self._built = texts, self._build(texts)
        if set(map(type, nodes)) == {str}:
            self._plain = built
        if built[1] is None:
            return self._scan(nodes, key)
        try:
            owner = built[1].resolve(self._text(key))
        except UnicodeEncodeError:
            return self._scan(nodes, key)
        return nodes[texts.index(owner.text)]  # type: ignore[attr-defined]

    def _build(self, texts: list[str]) -> Continuum | None:
        seed = self._seed
        # An empty text is hashed here; to the core it is no name.
        named = texts and "" not in texts and len(set(texts)) == len(texts)
        if not named or not isinstance(seed, int) or not 0 <= seed < 1 << 32:
            return None
        servers = []
        for text in texts:
            server = _Node(text, name=text)
            server.text = text
            servers.append(server)
        try:
            # True is 1, as in the arithmetic of the originals.
            return quiet_continuum(f"{self._scheme}:seed={int(seed)}", servers)
        except UnicodeEncodeError:
            return None

    def _scan(self, nodes: Iterable[Any], key: Any) -> Any:
        """Of equal scores the greater text wins, and a text is what comes back then."""
        score_of = self._custom or self._score
        best, winner = -1, None
        for node in nodes:
            score = score_of(f"{self._text(node)}-{self._text(key)}")
            if score > best:
                best, winner = score, node
            elif score == best:
                winner = max(str(node), str(winner))
        return winner

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_built": (None, None), "_plain": (None, None)}
