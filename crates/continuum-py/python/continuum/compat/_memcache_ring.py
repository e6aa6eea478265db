"""`MemcacheRing`, which `continuum.compat.hash_ring` gives out. Needs python-memcached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import memcache

from continuum.compat.hash_ring import HashRing


class MemcacheRing(memcache.Client):  # type: ignore[misc]
    """python-memcached's client with servers chosen by a `HashRing`.

    The arguments are those of `memcache.Client`. Needs the package `python-memcached`.

    Two things are as in hash_ring 1.3.1, whose keys stay where they are. Of a server
    that is a pair of a text and a weight the ring hashes the text of the whole pair,
    ``('10.0.0.1:11211', 3)``, and the weight changes nothing. And `set_servers` leaves
    the ring and its servers as they were. For weights give the servers as texts, and
    in the constructor of a derived class, after this one,
    ``self.hash_ring = HashRing(texts, weights)``.
    """

    hash_ring: HashRing
    #: The client's server of each one that was given.
    server_mapping: dict[Any, Any]

    def __init__(self, servers: Sequence[Any], *args: Any, **named: Any) -> None:
        self.hash_ring = HashRing(servers)
        super().__init__(servers, *args, **named)
        self.server_mapping = dict(zip(servers, self.servers))

    def _get_server(self, key: Any) -> tuple[Any, Any]:
        if isinstance(key, tuple):
            return super()._get_server(key)  # type: ignore[no-any-return]
        for _ in range(self._SERVER_RETRIES):
            # The client hands over the bytes that it sends.
            for given in self.hash_ring.iterate_nodes(key):
                server = self.server_mapping.get(given)
                if server is not None and server.connect():
                    return server, key
        return None, None


MemcacheRing.__module__ = "continuum.compat.hash_ring"
