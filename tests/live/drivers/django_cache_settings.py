"""Settings of Django's own tests: its Redis cache is ours over several servers, and its
memcached cache has our hasher. The environment says where the servers are."""

from __future__ import annotations

import os

from continuum.django.cache import RedisCache
from continuum.pymemcache import hasher
from django.core.cache.backends import redis

# The tests look for Django's backend by its name.
redis.RedisCache = RedisCache

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["CONTINUUM_LIVE_REDIS"].split(),
        "OPTIONS": {"scheme": "twemproxy"},
    },
    "memcached": {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
        "LOCATION": os.environ["CONTINUUM_LIVE_MEMCACHED"].split(),
        "OPTIONS": {"hasher": hasher("libmemcached:distribution=ketama")},
    },
}
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3"},
    "other": {"ENGINE": "django.db.backends.sqlite3"},
}
SECRET_KEY = "of the tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
