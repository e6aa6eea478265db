"""The catalogue of schemes."""

from __future__ import annotations

from typing import NamedTuple

from continuum import _native


class OptionInfo(NamedTuple):
    """One option of a scheme."""

    name: str
    default: str
    #: A phrase: "a whole number from 1 to 10".
    accepts: str
    #: The words it takes, if it takes one of a fixed list.
    choices: tuple[str, ...] | None
    about: str


class SchemeInfo(NamedTuple):
    """One scheme: what it copies and which options it takes."""

    name: str
    aliases: tuple[str, ...]
    #: The program whose answers it gives, and the versions that were checked.
    program: str
    versions: str
    about: str
    options: tuple[OptionInfo, ...]
    #: Which capacities it holds, as a phrase.
    capacities: str
    #: How many answers of the real program it was checked against.
    proven: int
    #: Whether an int is a key, as its eight little-endian bytes. Elsewhere keys are text
    #: and bytes.
    takes_ints: bool


def schemes() -> list[SchemeInfo]:
    """Every scheme there is.

    >>> first = schemes()[0]
    >>> first.name, first.versions
    ('python-continuum', '0.1.1')
    >>> first.options[0].default
    '1000'
    """
    return [
        SchemeInfo(
            name,
            tuple(aliases),
            program,
            versions,
            about,
            tuple(
                OptionInfo(option, default, accepts, tuple(choices) if choices else None, what)
                for option, default, accepts, choices, what in options
            ),
            capacities,
            proven,
            takes_ints,
        )
        for (
            name,
            aliases,
            program,
            versions,
            about,
            options,
            capacities,
            proven,
            takes_ints,
        ) in _native.schemes()
    ]
