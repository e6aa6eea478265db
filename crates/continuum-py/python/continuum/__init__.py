"""Consistent hashing: which server owns a key.

A drop-in for the module of 2010, with the same answers::

    >>> from continuum import Continuum, Server
    >>> continuum = Continuum()
    >>> continuum.add_server("192.168.0.1", 8080)
    <Server "192.168.0.1:8080", capacity=1>
    >>> continuum.add_server("192.168.0.2", 8080)
    <Server "192.168.0.2:8080", capacity=1>
    >>> continuum.add_server("192.168.0.3", 8080, 2)
    <Server "192.168.0.3:8080", capacity=2>
    >>> continuum.resolve("my-first-key")
    <Server "192.168.0.1:8080", capacity=1>

and the same for the mapping of other programs: `schemes()` lists them. ::

    >>> cache = Continuum(scheme="python-continuum:points=640",
    ...                   servers=["10.0.0.1:11211", "10.0.0.2:11211=2"])
    >>> cache.resolve_indices(["one", "two", b"three"])
    [1, 1, 0]
"""

from importlib.metadata import version as _version

from continuum._catalogue import OptionInfo, SchemeInfo, schemes
from continuum._continuum import (
    DEFAULT_TOTAL_DOTS,
    Advice,
    Continuum,
    ContinuumWarning,
    Key,
    Ownership,
)
from continuum._native import ContinuumError
from continuum._server import Server, ServerLike

__all__ = [
    "DEFAULT_TOTAL_DOTS",
    "Advice",
    "Continuum",
    "ContinuumError",
    "ContinuumWarning",
    "Key",
    "OptionInfo",
    "Ownership",
    "SchemeInfo",
    "Server",
    "ServerLike",
    "schemes",
]

__version__: str = _version("continuum-hash")

# Where people import them from is where pickles and messages look for them: the
# modules behind may move.
for _class in (
    Advice,
    Continuum,
    ContinuumWarning,
    OptionInfo,
    Ownership,
    SchemeInfo,
    Server,
):
    _class.__module__ = __name__
del _class
