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
what a change moves, `identify()` which scheme an old system uses. `Transition` changes
owners without a cold start, `InFlight` bounds the load of servers, `Assignment` is a stored
table for data that is owned, and `Members` follows a live source of servers.
"""

from continuum import _native
from continuum._assignment import Assignment, Change, Holding, SlotMove
from continuum._bounded import Bounded, Guard, InFlight
from continuum._catalogue import OptionInfo, SchemeInfo, schemes
from continuum._columns import ArrowArray, ArrowStream, moved_arrow
from continuum._continuum import (
    DEFAULT_TOTAL_DOTS,
    Advice,
    Continuum,
    ContinuumWarning,
    CopyOwnership,
    Key,
    Keys,
    Ownership,
    ZoneShare,
)
from continuum._engine import Owners
from continuum._identify import Candidate, Identification, Wrong, identify
from continuum._load import load, load_all
from continuum._members import Members, Refusal
from continuum._native import ContinuumError
from continuum._plan import Counts, Example, Flow, MovedRange, MovedRanges, Part, Plan, ServerChange
from continuum._server import Server, ServerLike
from continuum._transition import Progress, Transition, ramp

__all__ = [
    "DEFAULT_TOTAL_DOTS",
    "Advice",
    "ArrowArray",
    "ArrowStream",
    "Assignment",
    "Bounded",
    "Candidate",
    "Change",
    "Continuum",
    "ContinuumError",
    "ContinuumWarning",
    "CopyOwnership",
    "Counts",
    "Example",
    "Flow",
    "Guard",
    "Holding",
    "Identification",
    "InFlight",
    "Key",
    "Keys",
    "Members",
    "MovedRange",
    "MovedRanges",
    "OptionInfo",
    "Owners",
    "Ownership",
    "Part",
    "Plan",
    "Progress",
    "Refusal",
    "SchemeInfo",
    "Server",
    "ServerChange",
    "ServerLike",
    "SlotMove",
    "Transition",
    "Wrong",
    "ZoneShare",
    "identify",
    "load",
    "load_all",
    "moved_arrow",
    "ramp",
    "schemes",
]

__version__: str = _native.VERSION

# Where people import them from is where pickles and messages look for them: the
# modules behind may move.
for _class in (
    Advice,
    ArrowArray,
    ArrowStream,
    Assignment,
    Bounded,
    Candidate,
    Change,
    Continuum,
    ContinuumWarning,
    CopyOwnership,
    Counts,
    Example,
    Flow,
    Holding,
    Identification,
    InFlight,
    Members,
    MovedRange,
    MovedRanges,
    OptionInfo,
    Owners,
    Ownership,
    Part,
    Plan,
    Progress,
    Refusal,
    SchemeInfo,
    Server,
    ServerChange,
    SlotMove,
    Transition,
    Wrong,
    ZoneShare,
):
    _class.__module__ = __name__
del _class
