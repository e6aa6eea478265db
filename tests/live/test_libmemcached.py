"""libmemcached: the system's library and the one inside pylibmc, all hashes and distributions."""

from __future__ import annotations

from pathlib import Path

from . import hashkit
from .conftest import Live


def test_libmemcached(live: Live) -> None:
    path = live.library("libmemcached.so.11", "libmemcached11")
    live.compare(hashkit.cases(hashkit.Library(path), live.rng))


def test_pylibmc(live: Live) -> None:
    """The library that pylibmc itself has loaded: its wheel brings one."""
    live.module("_pylibmc")
    maps = Path("/proc/self/maps").read_text().split()
    loaded = sorted({word for word in maps if "/libmemcached" in word and "util" not in word})
    bundled = [path for path in loaded if "pylibmc" in path]
    live.compare(
        hashkit.cases(hashkit.Library((bundled or loaded)[0]), live.rng, hashkit.HASHES_OF_PYLIBMC)
    )
