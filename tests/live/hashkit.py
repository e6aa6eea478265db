"""libmemcached through ctypes: `memcached_generate_hash` gives the number of a key's server
without a connection.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from . import servers
from .cases import KEYS, Case
from .keys import Carrier, random_keys
from .servers import Server

HASHES = {
    "default": 0,
    "md5": 1,
    "crc": 2,
    "fnv1_64": 3,
    "fnv1a_64": 4,
    "fnv1_32": 5,
    "fnv1a_32": 6,
    "murmur": 8,
    "jenkins": 9,
    "murmur3": 10,
}
"""Without `hsieh` (7), which distributions leave out of the library."""
HASHES_OF_PYLIBMC = tuple(name for name in HASHES if name != "murmur3")
"""pylibmc has no name for `murmur3`; its library, 1.0.16, uses `murmur` when told to use it."""
_HASH, _DISTRIBUTION, _KETAMA_WEIGHTED = 2, 9, 16
_MODULA, _CONSISTENT, _KETAMA, _SPY, _WEIGHTED = 0, 1, 2, 4, 5
DISTRIBUTIONS: dict[str, list[tuple[int, int]]] = {
    "modula": [(_DISTRIBUTION, _MODULA)],
    "consistent": [(_DISTRIBUTION, _CONSISTENT)],
    "ketama": [(_DISTRIBUTION, _KETAMA)],
    "ketama-weighted": [(_DISTRIBUTION, _WEIGHTED)],
    "spy": [(_DISTRIBUTION, _SPY)],
    "spy-weighted": [(_KETAMA_WEIGHTED, 1), (_DISTRIBUTION, _SPY)],
}
"""The behaviours that a distribution is set by, before the hash and before the servers."""
MOST_SERVERS = 100
DEFAULT_PORT = 11211
_ROUNDING_TRAPS = (25, 47, 50, 55, 61, 71, 94, 100)
"""With so many servers of equal weight, single precision gives each four points fewer."""


class Library:
    """One libmemcached."""

    def __init__(self, path: str) -> None:
        lib = self._lib = ctypes.CDLL(path)
        handle, text, u32, u64 = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32, ctypes.c_uint64
        lib.memcached_create.restype = handle
        lib.memcached_create.argtypes = [handle]
        lib.memcached_free.argtypes = [handle]
        lib.memcached_behavior_set.argtypes = [handle, ctypes.c_int, u64]
        lib.memcached_server_add_with_weight.argtypes = [handle, text, ctypes.c_uint16, u32]
        lib.memcached_server_add_unix_socket_with_weight.argtypes = [handle, text, u32]
        lib.memcached_generate_hash.restype = u32
        lib.memcached_generate_hash.argtypes = [handle, text, ctypes.c_size_t]

    def owners(
        self, distribution: str, hash_: str, listed: Sequence[Server], keys: Sequence[bytes]
    ) -> list[int]:
        """For each key the number of its server, behaviours set before the servers are added."""
        with self._memcached() as st:
            for behavior, value in [*DISTRIBUTIONS[distribution], (_HASH, HASHES[hash_])]:
                self._checked(
                    self._lib.memcached_behavior_set(st, behavior, value),
                    f"behavior {behavior}={value}",
                )
            for server in listed:
                host, weight = server["host"].encode(), server["weight"]
                if server["port"] == 0:
                    done = self._lib.memcached_server_add_unix_socket_with_weight(st, host, weight)
                else:
                    done = self._lib.memcached_server_add_with_weight(
                        st, host, server["port"], weight
                    )
                self._checked(done, f"adding {server}")
            ask = self._lib.memcached_generate_hash
            return [ask(st, key, len(key)) for key in keys]

    @contextmanager
    def _memcached(self) -> Iterator[int]:
        st = self._lib.memcached_create(None)
        try:
            yield st
        finally:
            self._lib.memcached_free(st)

    @staticmethod
    def _checked(result: int, what: str) -> None:
        if result != 0:
            raise RuntimeError(f"libmemcached: {what} gives {result}")


def cases(library: Library, rng: Random, names: Sequence[str] = tuple(HASHES)) -> Iterator[Case]:
    """Every hash twice, every distribution at least three times."""
    hashes = [*names, *names]
    distributions = [name for name in DISTRIBUTIONS for _ in range(4)]
    rng.shuffle(distributions)
    counts = servers.sizes(rng, len(hashes), MOST_SERVERS)
    for hash_, distribution, count in zip(hashes, distributions, counts, strict=False):
        trap = distribution.endswith("weighted") and rng.random() < 0.3
        listed = servers.hashed_only(
            rng,
            rng.choice(_ROUNDING_TRAPS) if trap else count,
            default_port=DEFAULT_PORT,
            unix=True,
        )
        if trap:
            listed = [{**server, "weight": 1} for server in listed]
        if distribution in ("consistent", "ketama", "spy"):
            # 1.0.16 writes past the end of the ring's memory where a later server's weight is the
            # first above 1: by then it has made room for an unweighted ring.
            listed.sort(key=lambda server: server["weight"] > 1, reverse=True)
        keys = random_keys(rng, KEYS, Carrier.ANY, empty=True)
        answers = library.owners(distribution, hash_, listed, keys)
        yield Case(f"libmemcached:distribution={distribution},hash={hash_}", listed, keys, answers)
