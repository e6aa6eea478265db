"""jump-consistent-hash's `jump.hash`, with its answers and errors.

    >>> from continuum.compat import jump
    >>> jump.hash(2**40, 1000)
    145

The package has it in Python (`py_hash`, which takes keywords) and, where its extension could
be built, in C (`c_hash`, which takes none); `hash` is the latter.
"""

from __future__ import annotations

from continuum._native import jump_hash as hash

__all__ = ["hash"]

c_hash = hash


def py_hash(key: int, num_buckets: int) -> int:
    """A number from 0 to `num_buckets` - 1, as `hash` gives it."""
    return hash(key, num_buckets)
