"""Our side of the comparison: the only file that knows the Python package's interface."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any


def indices(scheme: str, servers: Sequence[dict[str, Any]], keys: Sequence[bytes]) -> list[int]:
    """For each key, the position in `servers` of its owner."""
    import continuum

    with warnings.catch_warnings():
        # Random sets run into what the package warns of; here only answers count.
        warnings.simplefilter("ignore", continuum.ContinuumWarning)
        built = continuum.Continuum(scheme=scheme, servers=servers)
    return [int(index) for index in built.resolve_indices(keys)]


def slots(scheme: str, keys: Sequence[bytes]) -> list[int]:
    """For each key, its slot under a scheme that has a fixed table (`redis-cluster`)."""
    import continuum

    table = continuum.Continuum(scheme=scheme)
    return [int(table.position(key)) for key in keys]


def buckets(scheme: str, count: int, keys: Sequence[int]) -> list[int]:
    """For each 64-bit hash, its bucket of `count` (`jump`, `guava`)."""
    import continuum

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", continuum.ContinuumWarning)
        numbered = continuum.Continuum(scheme=scheme, servers=map(str, range(count)))
    return [int(bucket) for bucket in numbered.resolve_indices(keys)]
