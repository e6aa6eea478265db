"""Many things, for type checkers: not a text, which they would take for a list of letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeAlias, TypeVar, Union

_Item = TypeVar("_Item", covariant=True)


class _Collection(Protocol[_Item]):
    """A list, a tuple, a set, a view of a dict, an array: a text and bytes ask for texts
    and bytes where these take any object."""

    def __contains__(self, item: object, /) -> bool: ...

    def __iter__(self) -> Iterator[_Item]: ...


#: A collection of items, or an iterator over them such as a generator.
Many: TypeAlias = Union[_Collection[_Item], Iterator[_Item]]
