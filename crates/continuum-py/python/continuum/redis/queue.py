"""Commands that are kept until they are sent, and what becomes of their answers.

Fills redis-py's pipelines and sends nothing: `continuum.redis` and
`continuum.redis.asyncio` do. May import the public package, never `redis`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from continuum._native import ContinuumError
from continuum.redis import routing
from continuum.redis.commands import COUNTS, DELETES, OBJECTS, ONE_KEY, READS, depends, key_of


class _Command(NamedTuple):
    name: str
    key: Any
    arguments: tuple[Any, ...]
    named: dict[str, Any]


class Sending:
    """Two rounds of commands: to the owners of the keys, then to the old owners of those
    that are moving."""

    def __init__(
        self, shards: routing.Routing[Any], transaction: bool, commands: list[_Command]
    ) -> None:
        self._shards = shards
        self._transaction = transaction
        self._commands = commands
        # Of each command its answer and, behind those of all, whether its key is there.
        self._found: list[Any] = [None] * (2 * len(commands))
        self._groups: list[tuple[Any, list[int]]] = []

    def first(self) -> list[Any]:
        """The filled pipelines of the owners."""
        pipes: dict[int, tuple[Any, list[int]]] = {}
        for place, command in enumerate(self._commands):
            client = self._shards.for_key(command.key)
            pipe, places = self._pipe(pipes, client)
            _queue(pipe, command)
            places.append(place)
            if _is_read(command.name) and self._shards.old_server_for(command.key) is not None:
                pipe.exists(command.key)
                places.append(len(self._commands) + place)
        self._groups = list(pipes.values())
        return [pipe for pipe, _ in self._groups]

    def second(self) -> list[Any]:
        """The filled pipelines of the old owners: deletes, and reads that missed."""
        pipes: dict[int, tuple[Any, list[int]]] = {}
        for place, command in enumerate(self._commands):
            missed = self._found[len(self._commands) + place] == 0
            if not missed and command.name not in DELETES:
                continue
            old = self._shards.old_client_for(command.key)
            if old is not None:
                pipe, places = self._pipe(pipes, old)
                _queue(pipe, command)
                places.append(place)
        self._groups = list(pipes.values())
        return [pipe for pipe, _ in self._groups]

    def note(self, answers: Sequence[Sequence[Any]]) -> None:
        """Takes the answers to the pipelines of a round."""
        for (_, places), group in zip(self._groups, answers):
            if len(group) != len(places):
                raise ContinuumError(
                    f"a server gave {len(group)} answers to {len(places)} commands: which "
                    "belongs to which is not known"
                )
            for place, answer in zip(places, group):
                before = self._found[place]
                read = place >= len(self._commands) or _is_read(self._commands[place].name)
                # What a delete found on the new owner is what was there.
                if read or before is None or before == 0:
                    self._found[place] = answer

    def answers(self) -> list[Any]:
        """The answers, in the order of the commands."""
        return self._found[: len(self._commands)]

    def _pipe(self, pipes: dict[int, tuple[Any, list[int]]], client: Any) -> tuple[Any, list[int]]:
        found = pipes.get(id(client))
        if found is None:
            found = pipes[id(client)] = client.pipeline(transaction=self._transaction), []
        return found


class Queue:
    """Commands of one key each, kept until they are sent."""

    def __init__(self, shards: routing.Routing[Any], transaction: bool) -> None:
        self._shards = shards
        self._transaction = transaction
        self._commands: list[_Command] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in OBJECTS:
            raise AttributeError(
                f"a pipeline cannot queue {name!r}, which is no single command: call it on the "
                f"servers themselves, as Sharded(…).{name}(key)"
            )
        if name not in ONE_KEY and name not in COUNTS:
            raise routing.no_command(name)

        def command(*arguments: Any, **named: Any) -> Queue:
            if name in COUNTS and (len(arguments) != 1 or named):
                raise TypeError(f"in a pipeline, {name} takes one key")
            key = key_of(name, arguments, named)
            if depends(name, arguments, named) and self._shards.old_server_for(key) is not None:
                raise ContinuumError(
                    f"in a pipeline, {name} of {key!r}, which is moving, may miss its value: call "
                    f"{name} outside of the pipeline, or write the whole value with set"
                )
            self._commands.append(_Command(name, key, arguments, named))
            return self

        return command

    def __len__(self) -> int:
        return len(self._commands)

    def __bool__(self) -> bool:
        return True

    def _take(self) -> Sending:
        """The queued commands, ready to be sent; the queue is empty afterwards."""
        commands, self._commands = self._commands, []
        return Sending(self._shards, self._transaction, commands)


def _is_read(name: str) -> bool:
    return name in READS or name in ("exists", "touch")


def _queue(pipe: Any, command: _Command) -> None:
    getattr(pipe, command.name)(*command.arguments, **command.named)
