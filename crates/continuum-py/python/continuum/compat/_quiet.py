"""A continuum that says nothing: what a drop-in does is what its original did, and a look-up
is no place to warn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from continuum import Continuum, ContinuumWarning, Server


def quiet_continuum(scheme: str, servers: Sequence[Server]) -> Continuum:
    """The continuum, without what `Continuum.advice()` would say of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ContinuumWarning)
        return Continuum(scheme=scheme, servers=servers)
