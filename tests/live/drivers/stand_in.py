"""A plugin of pytest: one of our drop-ins takes the place of the package whose tests run.

The environment says which: CONTINUUM_STANDS_FOR.
"""

from __future__ import annotations

import importlib
import os
import random
import sys

# uhashring's tests draw keys, and want of them what is only "usually" so.
random.seed(7)

_PLACES = {
    "clandestined": "continuum.compat.clandestined",
    "hashring": "continuum.compat.hash_ring",
    "jump": "continuum.compat.jump",
    "pymemcache.client.rendezvous": "continuum.compat.pymemcache",
}

_name = os.environ["CONTINUUM_STANDS_FOR"]
if _name == "uhashring":
    from continuum.compat import uhashring

    uhashring.install()
elif _name == "HashClient's hasher":
    from continuum.pymemcache import hasher
    from pymemcache.client import hash as client
    from pymemcache.client.rendezvous import RendezvousHash

    _made_by = hasher("pymemcache")
    client.HashClient.__init__.__defaults__ = tuple(
        _made_by if value is RendezvousHash else value
        for value in client.HashClient.__init__.__defaults__
    )
else:
    sys.modules[_name] = importlib.import_module(_PLACES[_name])
