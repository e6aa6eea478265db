"""What the real programs answered, key by key."""

from __future__ import annotations

from typing import Any

import pytest

import recorded
from continuum import Continuum, ContinuumError, ContinuumWarning

pytestmark = pytest.mark.filterwarnings("ignore::continuum.ContinuumWarning")

def replayed(given: recorded.Set) -> tuple[Continuum, dict[int, int]]:
    """The module's own calls, and each server's place in the recorded list by the
    `id()` of its object."""
    options = given["options"]
    built = Continuum(options["totaldots"], options["autogenerate"])
    added = [
        built.add_server(server["host"], server["port"], server["weight"])
        for server in given["servers"]
    ]
    for operation, *arguments in options["ops"]:
        if operation == "remove":
            built.remove_server(added[arguments[0]])
        else:
            assert operation == "generate"
            built.generate()
    return built, {id(server): number for number, server in enumerate(added)}


def test_python_continuum_by_the_calls_of_2010() -> None:
    answers = raised = 0
    for given in recorded.sets("python-continuum.json"):
        if "error" in given:
            name, message = given["error"].split(": ")
            assert name == "ZeroDivisionError"
            with pytest.raises(ZeroDivisionError, match=message):
                replayed(given)
            raised += 1
            continue
        built, numbers = replayed(given)
        keys = recorded.keys(given["keys"]) if "keys" in given else []
        owners = built.resolve_all(keys) if keys else []
        assert [numbers[id(owner)] for owner in owners] == given.get("index", []), given["name"]
        for key, owner in zip(keys, owners):
            assert built.resolve(key) is owner
            try:
                assert built.resolve(key.decode()) is owner
            except UnicodeDecodeError:
                pass
        for case in given.get("raw_hash_cases", []):
            found = built._owner_at(case["hash"])
            assert numbers[id(found)] == case["server_index"], (given["name"], case)
        for case in given.get("cases", []):
            asked = recorded.key_of(case)
            if "error" in case:
                with pytest.raises(IndexError, match=case["error"].removeprefix("IndexError: ")):
                    built.resolve(asked)
            else:
                assert numbers[id(built.resolve(asked))] == case["server_index"]
        answers += len(keys) + sum(len(given.get(c, [])) for c in ("cases", "raw_hash_cases"))
    recorded.REPORT.append(f"python-continuum, by the calls of 2010: {answers} answers agree")
    assert answers > 26_000
    assert raised == 1


def in_order(built: Continuum, key: bytes, options: dict[str, Any]) -> int:
    """The answer where servers are down or another attempt is asked for."""
    down: list[int] = options.get("down", [])
    alternative: int = options.get("alt", 0)
    numbers = {id(server): number for number, server in enumerate(built.servers)}
    order = [numbers[id(server)] for server in built.candidates(key)]
    return [number for number in order if number not in down][alternative]


def compare(given: recorded.Set, built: Continuum) -> int:
    """Compares what a set holds of owners, and says how many that were."""
    options = given.get("options") or {}
    keys = recorded.keys_of(given)
    theirs: list[int | None] = [None if index == -1 else index for index in given["index"]]
    ours: list[int | None]
    if options.get("down") or options.get("alt"):
        # A program that gave up names none, or one that is down: no candidate.
        named = [at for at, index in enumerate(theirs) if index not in (None, *options.get("down", ()))]
        theirs = [theirs[at] for at in named]
        ours = [in_order(built, keys[at], options) for at in named]
    else:
        ours = list(built.resolve_indices(keys))
        owned = [at for at, index in enumerate(ours[:50]) if index is not None]
        assert [ours[at] for at in owned] == [
            built.servers.index(built.resolve(keys[at])) for at in owned
        ]
    assert ours == theirs, f"{given['scheme']} {given['name']}"
    return len(ours)


def compare_order(given: recorded.Set, built: Continuum) -> int:
    """Compares the further servers of each key, up to where the program repeats one."""
    numbers = {id(server): number for number, server in enumerate(built.servers)}
    keys = recorded.keys(given["keys"])
    for key, owner, further in zip(keys, given["index"], given["alternatives"]):
        theirs: list[int] = []
        for server in [owner, *further]:
            if server in (None, -1, *theirs):
                break
            theirs.append(server)
        ours = [numbers[id(server)] for server in built.copies(key, len(theirs))]
        assert ours == theirs, f"{given['scheme']} {given['name']}: {key!r}"
    return len(keys)


def compare_remainders(given: recorded.Set, count: int) -> int:
    """Owners among servers too many to list: the key's position modulo their number."""
    few = Continuum(scheme=given["scheme"], servers=[{"host": f"n{n}"} for n in range(7)])
    keys = recorded.keys(given["keys"])
    positions = [few.position(key) or 0 for key in keys]
    assert few.resolve_indices(keys) == [position % 7 for position in positions]
    assert [position % count for position in positions] == given["index"], given["name"]
    return len(keys)


@pytest.mark.parametrize("file", recorded.files())
def test_every_program(file: str) -> None:
    answers = refused = other = 0
    for given in recorded.sets(file):
        scheme = given["scheme"]
        options = given.get("options") or {}
        # What the answers depend on besides: only servers that are down are taken.
        also = given.get("also", "servers down") != "servers down"
        # Dubbo's bound on overload depends on every call before: no map has it.
        also = also or bool(options.get("overload"))
        # With none of the labels present vmagent hashes all of them, which the text
        # of the scheme does not hold.
        also = also or scheme == "vmagent-cluster:shard-by=nosuch"
        if scheme is None or "keys" not in given or options.get("ops") or also:
            other += 1
        else:
            scheme = recorded.scheme_of(given)
            servers = recorded.servers_of(given)
            if isinstance(servers, int):
                answers += compare_remainders(given, servers)
                continue
            if options.get("order") == "after" and scheme.startswith("libmemcached:"):
                # The text does not say that the scheme was set after the servers.
                scheme += ",order=after"
            if not servers:
                # Numbered servers, as many as there are buckets or weights.
                count = int(options.get("buckets") or len(options["weights"]))
                if count > 100_000:
                    other += 1
                    continue
                servers = [{"host": str(number)} for number in range(count)]
            for field in ("normalized_weights", "weights"):
                for server, weight in zip(servers, options.get(field) or ()):
                    server["weight"] = weight
            try:
                built = Continuum(scheme=scheme, servers=servers)
            except ContinuumError as error:
                # The program took one server twice; we do not.
                assert "is already added" in str(error), f"{given['name']}: {error}"
                refused += 1
                continue
            answers += compare(given, built)
            if "alternatives" in given:
                answers += compare_order(given, built)
    left_out = {
        "with a server twice": refused,
        "of another shape": other,
    }
    notes = "".join(f"; {count} sets {why}" for why, count in left_out.items() if count)
    recorded.REPORT.append(f"{file}: {answers} answers agree{notes}")
    assert answers or other


def test_numbered_buckets() -> None:
    answers = 0
    for given in recorded.sets("jump_guava.json"):
        count = int(given["options"]["buckets"])
        if count > 10_000:
            continue
        built = Continuum(scheme=given["scheme"], servers=map(str, range(count)))
        keys = [int(case["key_u64"]) for case in given["cases"]]
        theirs = [case["server_index"] for case in given["cases"]]
        assert built.resolve_indices(keys) == theirs
        answers += len(keys)
    recorded.REPORT.append(f"jump_guava.json, numbered buckets: {answers} answers agree")
    assert answers > 0


def test_the_warning_is_ours() -> None:
    assert ContinuumWarning.__module__ == "continuum"
