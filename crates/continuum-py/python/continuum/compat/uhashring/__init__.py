"""uhashring's `HashRing` and `monkey`, with its answers and without its traps.

    >>> from continuum.compat.uhashring import HashRing
    >>> ring = HashRing({"a:80": 1, "b:80": {"weight": 9, "port": 80}})
    >>> ring.get_node("my-key"), ring.get_node_port("my-key")
    ('b:80', 80)
    >>> "a:80" in ring, len(ring)
    (True, 2)

The answers are those of uhashring 2.5. `HashRing(…, version="2.3")` gives those of
2.1 to 2.4, which keep the surplus points of a node whose weight was lowered.

`install()` puts this module in the place of `uhashring` for packages that import it.
"""

from __future__ import annotations

import sys

from continuum.compat.uhashring import monkey
from continuum.compat.uhashring.ring import HashRing

__all__ = ["HashRing", "install", "monkey"]

#: The release of uhashring whose interface and answers these are.
__version__ = "2.5"


def install() -> None:
    """Makes `import uhashring` give this module, for packages that import it by name.

    Raises RuntimeError where uhashring itself is imported already: half of a program
    would then hold the one and half the other.
    """
    present = sys.modules.get("uhashring")
    if present is not None and present is not sys.modules[__name__]:
        raise RuntimeError(
            "uhashring is imported already: call continuum.compat.uhashring.install() first"
        )
    sys.modules["uhashring"] = sys.modules[__name__]
    sys.modules["uhashring.monkey"] = monkey
    sys.modules["uhashring.ring"] = sys.modules["continuum.compat.uhashring.ring"]
