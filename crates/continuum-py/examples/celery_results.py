"""Celery's results in memcached servers on a map of ours.

Two servers or more: for one, Celery passes the options to another client, which knows no
hasher (TypeError: unexpected keyword argument 'hasher').
"""

from __future__ import annotations

from celery import Celery
from continuum.pymemcache import hasher


def results_app(nodes: list[str], scheme: str) -> Celery:
    """An application whose results lie where other clients of the scheme look for them."""
    if len(nodes) < 2:
        raise ValueError("Celery gives a hasher to two servers or more")
    return Celery(
        "results",
        backend=f"cache+memcached://{';'.join(nodes)}/",
        cache_backend_options={"hasher": hasher(scheme)},
    )
