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

`load()` reads the configuration of nginx, HAProxy, twemproxy and others, `Plan` says
what a change moves, `identify()` which scheme an old system uses.
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
from continuum._identify import Candidate, Identification, Wrong, identify
from continuum._load import load, load_all
from continuum._native import ContinuumError
from continuum._plan import Counts, Example, Flow, Part, Plan, ServerChange
from continuum._server import Server, ServerLike

__all__ = [
    "DEFAULT_TOTAL_DOTS",
    "Advice",
    "Candidate",
    "Continuum",
    "ContinuumError",
    "ContinuumWarning",
    "Counts",
    "Example",
    "Flow",
    "Identification",
    "Key",
    "OptionInfo",
    "Ownership",
    "Part",
    "Plan",
    "SchemeInfo",
    "Server",
    "ServerChange",
    "ServerLike",
    "Wrong",
    "identify",
    "load",
    "load_all",
    "schemes",
]

__version__: str = _version("continuum-hash")

# Where people import them from is where pickles and messages look for them: the
# modules behind may move.
for _class in (
    Advice,
    Candidate,
    Continuum,
    ContinuumWarning,
    Counts,
    Example,
    Flow,
    Identification,
    OptionInfo,
    Ownership,
    Part,
    Plan,
    SchemeInfo,
    Server,
    ServerChange,
    Wrong,
):
    _class.__module__ = __name__
del _class
