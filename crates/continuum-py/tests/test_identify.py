"""Identify: the scheme that gave these answers."""

from __future__ import annotations

import random
import threading
import time

import pytest

from continuum import Candidate, Continuum, ContinuumError, Identification, identify

SERVERS = ["10.0.0.1:11211", "10.0.0.2:11212=2", "10.0.0.3:11213", "10.0.0.4:11214"]
KEYS = [f"key-{number}" for number in range(2000)]


def test_names_the_scheme() -> None:
    for scheme in ("nginx", "hash-ring", "varnish-shard", "haproxy:function=djb2"):
        servers = [{"host": f"10.0.0.{n}", "port": 80 + n, "id": n} for n in range(1, 8)]
        old = Continuum(scheme=scheme, servers=servers)
        found = identify(zip(KEYS, old.resolve_all(KEYS)), servers)
        # Another program may use the same map.
        assert Candidate(scheme, "as given", 2000, 2000, None) in found.matches
        assert found.candidates[: len(found.matches)] == found.matches
        assert found.tried > 100 and found.pairs == 2000
        first = found.matches[0].scheme
        assert repr(found).startswith(f'<Identification "{first}" as given, 2000 of 2000 pairs')


def test_ways_to_give_pairs() -> None:
    old = Continuum(scheme="nginx", servers=SERVERS)
    owners = old.resolve_all(KEYS)
    results = [
        identify(dict(zip(KEYS, owners)), old),
        identify([(key.encode(), owner.identity) for key, owner in zip(KEYS, owners)], SERVERS),
        identify(((key, owner.hostname) for key, owner in zip(KEYS, owners)), SERVERS, threads=1),
    ]
    for found in results:
        assert found.candidates == results[0].candidates
        assert "nginx" in [match.scheme for match in found.matches]


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
def test_the_candidate_resolves() -> None:
    servers = ["10.0.0.3:80", "10.0.0.1:80", "10.0.0.2:80"]
    old = Continuum(scheme="libmemcached", servers=sorted(servers))
    found = identify(zip(KEYS, old.resolve_all(KEYS)), servers)
    rank = [match.variant for match in found.matches].index("servers sorted")
    new = found.continuum(rank)
    assert new.resolve_all(KEYS) == old.resolve_all(KEYS)
    for rank in (-1, len(found.candidates)):
        with pytest.raises(IndexError, match="candidates, none at"):
            found.continuum(rank)


@pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")
def test_none_of_these() -> None:
    rng = random.Random(4)
    noise = {key: rng.choice(SERVERS).partition("=")[0] for key in KEYS}
    found = identify(noise, SERVERS)
    assert found.matches == []
    assert found.pairs_to_tell_apart() is None
    best = found.candidates[0]
    assert best.agreed < best.compared == 2000
    assert best.wrong is not None
    built = found.continuum()
    assert noise[best.wrong.key.decode()] == best.wrong.seen != best.wrong.says
    assert built.resolve(best.wrong.key).identity == best.wrong.says
    assert repr(found).startswith("<Identification: none of ")


def test_ties() -> None:
    old = Continuum(scheme="nginx", servers=SERVERS)
    found = identify([("one", old.resolve("one"))], SERVERS)
    assert len(found.matches) > 1
    apart = found.pairs_to_tell_apart()
    assert apart is None or apart > 0


def test_wrong_arguments() -> None:
    with pytest.raises(ContinuumError, match="no pair of key and server"):
        identify([], SERVERS)
    with pytest.raises(ContinuumError, match="names server 'x', which is not in the set"):
        identify([("key", "x")], SERVERS)
    with pytest.raises(ValueError, match="threads is from 1 up, not 0"):
        identify([("key", "10.0.0.1")], SERVERS, threads=0)
    with pytest.raises(TypeError, match="a key is str, bytes or int"):
        identify([(None, "10.0.0.1")], SERVERS)  # type: ignore[list-item]
    with pytest.raises(TypeError, match="makes one"):
        Identification()


def test_other_threads_run() -> None:
    servers = [f"10.0.0.{n}:80" for n in range(100)]
    old = Continuum(scheme="nginx", servers=servers)
    pairs = list(zip(KEYS, old.resolve_all(KEYS)))
    done = threading.Event()
    ticks = 0

    def work() -> None:
        identify(pairs, servers, threads=1)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        ticks += 1
        time.sleep(0.001)
    thread.join()
    assert ticks > 20
