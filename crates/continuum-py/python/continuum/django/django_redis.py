"""django-redis' sharding client over any scheme."""

from __future__ import annotations

from typing import Any

from django_redis.client import ShardClient as Base

from continuum.django.shards import Location, continuum_of


class ShardClient(Base):
    """django-redis' `ShardClient` with a continuum in place of its ring, whose nodes
    all rings of a process share.

    `OPTIONS` takes `SCHEME` (`rendezvous-1` where it is left out), `CAPACITIES` and
    `NAMES`, mappings from locations to weights and to the texts that are hashed.
    A ``{tag}`` in a key is what is hashed, as there.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        options = self._options
        self._continuum = continuum_of(
            self._server,
            options.get("SCHEME", "rendezvous-1"),
            options.get("CAPACITIES"),
            options.get("NAMES"),
        )

    def get_server_name(self, _key: Any) -> str:
        """The location of a key."""
        key = str(_key)
        tag = self._findhash.match(key)
        server = self._continuum.resolve(tag.group(1) if tag else key)
        assert isinstance(server, Location)
        return self._server[server.place]  # type: ignore[no-any-return]
