"""`MemcacheRing`, which `continuum.compat.hash_ring` gives out. Needs python-memcached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import memcache

from continuum.compat.hash_ring import HashRing


class MemcacheRing(memcache.Client):  # type: ignore[misc]
    """python-memcached's client with servers chosen by a `HashRing`.

    The arguments are those of `memcache.Client`; servers are texts or pairs of a
    text and a weight. Needs the package `python-memcached`.
    """

    hash_ring: HashRing
    #: The client's server of each text.
    server_mapping: dict[Any, Any]

    def set_servers(self, servers: Sequence[Any]) -> None:
        """Takes other servers, texts or pairs of a text and a weight."""
        super().set_servers(servers)
        texts = [entry[0] if isinstance(entry, tuple) else entry for entry in servers]
        weights = {entry[0]: entry[1] for entry in servers if isinstance(entry, tuple)}
        self.server_mapping = dict(zip(texts, self.servers))
        self.hash_ring = HashRing(texts, weights)

    def _get_server(self, key: Any) -> tuple[Any, Any]:
        if isinstance(key, tuple):
            return super()._get_server(key)  # type: ignore[no-any-return]
        # The client hands over the bytes that it sends.
        for text in self.hash_ring.iterate_nodes(key):
            server = self.server_mapping.get(text)
            if server is not None and server.connect():
                return server, key
        return None, None


MemcacheRing.__module__ = "continuum.compat.hash_ring"
