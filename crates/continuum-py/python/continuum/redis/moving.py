"""What is asked of two owners while a key is on its way from one to the other.

A key goes from the old owner to the new one, never back, and is on one of them at any time. So
what is to be found is looked for on the new owner, the old one and the new one again; what is to
be gone is deleted from the old owner before the new one; and what is written to the new owner is
deleted from the old one, whose value would else come back when the new one expires.

Sends nothing: each function gives requests one by one and is told their answers, so that
`continuum.redis` and `continuum.redis.asyncio` follow one protocol. Never imports `redis`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeAlias

from continuum._native import ContinuumError
from continuum.redis.commands import DELETES, READS, depends, may_be_a_miss

#: Requests to be made, whose answers are told, and what all of them come to.
Steps: TypeAlias = Generator[Callable[[], Any], Any, Any]


def command(
    new: Any, old: Any, name: str, key: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]
) -> Steps:
    """A command of a key that has two owners."""

    def of(client: Any) -> Callable[[], Any]:
        return lambda: getattr(client, name)(*arguments, **named)

    def with_exists(client: Any) -> Any:
        pipe = client.pipeline(transaction=True)
        pipe.exists(key)
        getattr(pipe, name)(*arguments, **named)
        return pipe.execute()

    if name in DELETES:
        gone = yield of(old)
        answer = yield of(new)
        return gone if answer is None else answer
    if name in READS:
        answer = yield of(new)
        if not may_be_a_miss(name, answer):
            return answer
        for client in (new, old):
            there, answer = yield lambda: with_exists(client)
            if there:
                return answer
        return (yield of(new))
    if depends(name, arguments, named):
        if not (yield lambda: new.exists(key)) and (yield lambda: old.exists(key)):
            raise still_there(name, key)
    answer = yield of(new)
    yield lambda: old.delete(key)
    return answer


def mset(new: Any, mapping: Mapping[Any, Any], stale: list[tuple[Any, list[Any]]]) -> Steps:
    """Keys of one new owner; `stale` are the old owners of those that move."""
    answer = yield lambda: new.mset(mapping)
    for old, keys in stale:
        yield lambda: old.delete(*keys)
    return answer


def still_there(name: str, key: Any) -> ContinuumError:
    return ContinuumError(
        f"{name} depends on the value of {key!r}, which is still on its old owner: move the key "
        "first, or write the whole value with set"
    )


def moved_while_read(name: str, key: Any) -> ContinuumError:
    return ContinuumError(
        f"{key!r} moved to its new owner while {name} read it on the old one, so that items may be "
        "missing: read it again"
    )
