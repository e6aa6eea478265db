"""Commands that are kept until they are sent, and what becomes of their answers.

Fills redis-py's pipelines and sends nothing: `continuum.redis` and
`continuum.redis.asyncio` do. May import the public package, never `redis`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, NamedTuple

from continuum._native import ContinuumError
from continuum.redis import routing
from continuum.redis.commands import (
    COUNTS,
    DELETES,
    OBJECTS,
    ONE_KEY,
    READS,
    depends,
    key_of,
    may_be_a_miss,
)


class _Command(NamedTuple):
    name: str
    key: Any
    arguments: tuple[Any, ...]
    named: dict[str, Any]

    @property
    def reads(self) -> bool:
        return self.name in READS or self.name in ("exists", "touch")

    @property
    def deletes(self) -> bool:
        return self.name in DELETES

    @property
    def writes(self) -> bool:
        return not self.reads and not self.deletes

    def put(self, pipe: Any) -> None:
        getattr(pipe, self.name)(*self.arguments, **self.named)


class Sending:
    """Rounds of commands: to the owners of the keys and, for keys that are moving, to their
    old owners and to the new ones again. `continuum.redis.moving` says why."""

    def __init__(
        self, shards: routing.Routing[Any], transaction: bool, commands: list[_Command]
    ) -> None:
        self._shards = shards
        self._transaction = transaction
        self._commands = commands
        self._new = [shards.for_key(command.key) for command in commands]
        self._old = [shards.old_client_for(command.key) for command in commands]
        #: The answer to each; the error if its server gave one, or could not be asked.
        self._found: list[Any] = [None] * len(commands)
        #: Those about whose key another owner has to be asked.
        self._open = {place for place, old in enumerate(self._old) if old is not None}

    def rounds(self) -> Generator[list[Any], list[Any], None]:
        """Gives the filled pipelines of each round and is told what each gave: its answers,
        or the error in place of them."""
        yield from self._round(range(len(self._commands)), self._new)
        yield from self._round(sorted(self._open), self._old, on_old=True)
        if not self._open:
            return
        # What these commands have written since is neither to be read nor deleted by them.
        sent = [self._shards.sent(command.key) for command in self._commands]
        written = {key for key, command in zip(sent, self._commands) if command.writes}
        yield from self._round(
            [place for place in sorted(self._open) if sent[place] not in written], self._new
        )

    def answers(self, raise_on_error: bool) -> list[Any]:
        """The answers, in the order of the commands."""
        for place, answer in enumerate(self._found if raise_on_error else ()):
            if isinstance(answer, Exception):
                answer.add_note(f"command {place + 1} of the pipeline: {self._commands[place].name}")
                raise answer
        return self._found

    def _round(
        self, places: Iterable[int], clients: Sequence[Any], on_old: bool = False
    ) -> Generator[list[Any], list[Any], None]:
        pipes: dict[int, tuple[Any, list[tuple[int, bool]]]] = {}
        for place in places:
            command, client = self._commands[place], clients[place]
            if id(client) not in pipes:
                pipes[id(client)] = client.pipeline(transaction=self._transaction), []
            pipe, sent = pipes[id(client)]
            looked_for = command.reads and place in self._open
            if looked_for:
                # Before the read: while it waits a key may come, but not go.
                pipe.exists(command.key)
            if on_old and command.writes:
                pipe.delete(command.key)
            else:
                command.put(pipe)
            sent.append((place, looked_for))
        if not pipes:
            return
        told = yield [pipe for pipe, _ in pipes.values()]
        for (_, sent), answers in zip(pipes.values(), told):
            expected = len(sent) + sum(looked_for for _, looked_for in sent)
            if isinstance(answers, Exception):
                answers = [answers] * expected
            if len(answers) != expected:
                raise ContinuumError(
                    f"a server gave {len(answers)} answers to {expected} commands: which "
                    "belongs to which is not known"
                )
            given = iter(answers)
            for place, looked_for in sent:
                there = next(given) if looked_for else None
                self._note(place, there, next(given), on_old)

    def _note(self, place: int, there: Any, answer: Any, on_old: bool) -> None:
        command = self._commands[place]
        if isinstance(answer, Exception):
            self._found[place] = answer
            self._open.discard(place)
        elif command.reads:
            self._found[place] = answer
            if there or not may_be_a_miss(command.name, answer):
                self._open.discard(place)
        elif command.deletes:
            before, nothing = self._found[place], answer is None or answer == 0
            # What was found first is what was there.
            if before is None or before == 0:
                self._found[place] = answer
            # What was on the old owner until now has not moved in between.
            if on_old and not nothing:
                self._open.discard(place)
        elif on_old:
            self._open.discard(place)
        else:
            self._found[place] = answer


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
