"""Django's cache over servers sharded by any scheme.

For Redis with Django's own client::

    CACHES = {
        "default": {
            "BACKEND": "continuum.django.RedisCache",
            "LOCATION": ["redis://10.0.0.1:6379", "redis://10.0.0.2:6379"],
            "OPTIONS": {"scheme": "twemproxy", "capacities": {"redis://10.0.0.2:6379": 2}},
        }
    }

For django-redis, `"CLIENT_CLASS": "continuum.django.ShardClient"` in its `OPTIONS`. For
memcached, `continuum.pymemcache.hasher` in the `OPTIONS` of Django's `PyMemcacheCache`.

Imports Django, and django-redis for `ShardClient` alone, when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from continuum.django.cache import RedisCache
    from continuum.django.django_redis import ShardClient

__all__ = ["RedisCache", "ShardClient"]


def __getattr__(name: str) -> Any:
    if name == "RedisCache":
        from continuum.django.cache import RedisCache

        return RedisCache
    if name == "ShardClient":
        from continuum.django.django_redis import ShardClient

        return ShardClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
