"""dogpile.cache over a map of ours: its backend for pymemcache takes no hasher, this one does::

    region = make_region().configure(
        "continuum.memcached",
        arguments={
            "url": ["10.0.0.1:11211", "10.0.0.2:11211"],
            "hasher": hasher("libmemcached:distribution=ketama"),
        },
    )
"""

from __future__ import annotations

from typing import Any

from dogpile.cache import register_backend
from dogpile.cache.backends.memcached import PyMemcacheBackend
from pymemcache.client.hash import HashClient


class HashedBackend(PyMemcacheBackend):
    """`PyMemcacheBackend` with the argument `hasher`, from `continuum.pymemcache`."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        # The caller may give them to another region.
        arguments = dict(arguments)
        self.hasher = arguments.pop("hasher")
        super().__init__(arguments)

    def _create_client(self) -> HashClient:
        return HashClient(
            self.url,
            hasher=self.hasher,
            serde=self.serde,
            default_noreply=self.default_noreply,
            tls_context=self.tls_context,
            retry_attempts=self.hashclient_retry_attempts,
            retry_timeout=self.hashclient_retry_timeout,
            dead_timeout=self.dead_timeout,
        )


register_backend("continuum.memcached", __name__, "HashedBackend")
