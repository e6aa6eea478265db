"""jump-consistent-hash's `jump.hash`, with its answers and errors.

    >>> from continuum.compat import jump
    >>> jump.hash(2**40, 1000)
    145

The package has it in Python (`py_hash`) and, where its extension could be built, in C
(`c_hash`). Both names are the same function here.
"""

from __future__ import annotations

from continuum._native import jump_hash as hash

__all__ = ["hash"]

py_hash = c_hash = hash
