"""jump-consistent-hash's `jump.hash`, with its answers and errors.

    >>> from continuum.compat import jump
    >>> jump.hash(2**40, 1000)
    709
"""

from __future__ import annotations

from continuum._native import jump_hash as hash

__all__ = ["hash"]
