"""uhashring's patch of python-memcached: its client chooses servers by a `HashRing`."""

from __future__ import annotations

from typing import Any

from continuum.compat.uhashring.ring import HashRing

__all__ = ["patch_memcache"]


def patch_memcache() -> None:
    """Gives `memcache.Client` a ring: each key's servers are tried in the ring's order.

    As in uhashring, a node is a server's address without its port, so two servers
    at one address are one node.
    """
    import memcache

    if hasattr(memcache.Client, "_old_get_server"):
        return

    def init(self: Any, servers: Any, *positional: Any, **named: Any) -> None:
        self._old_init(servers, *positional, **named)
        self.uhashring = HashRing(
            {
                server.ip: {
                    "hostname": server.ip,
                    "instance": server,
                    "port": server.port,
                    "weight": server.weight,
                }
                for server in self.servers
            }
        )

    def get_server(self: Any, key: Any) -> tuple[Any, Any]:
        if isinstance(key, tuple):
            return self._old_get_server(key)  # type: ignore[no-any-return]
        for _ in range(self._SERVER_RETRIES):
            for node in self.uhashring.range(key):
                if node["instance"].connect():
                    return node["instance"], key
        return None, None

    memcache.Client._old_get_server = memcache.Client._get_server
    memcache.Client._old_init = memcache.Client.__init__
    memcache.Client.__init__ = init
    memcache.Client._get_server = get_server
