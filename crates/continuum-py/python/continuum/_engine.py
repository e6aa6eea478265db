"""What the modules of engines share: the engine, and a continuum in other processes."""

from __future__ import annotations

import importlib
import pickle
from typing import Any

from continuum._columns import Answer, Integers, Nulls
from continuum._continuum import Continuum
from continuum._lock import ForkLock


def need(module: str, extra: str) -> Any:
    """The module of an engine, or an ImportError that says how it is installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"continuum.{extra} needs {module.partition('.')[0]}: "
            f"pip install 'continuum-hash[{extra}]' ({error})",
            name=error.name,
        ) from error


def texts(continuum: Continuum, answer: Answer) -> list[str]:
    """What stands in a column of names or addresses, each text once."""
    named = (
        server.identity if answer == "name" else server.address for server in continuum.servers
    )
    return list(dict.fromkeys(named))


#: Continuums that this process has built from pickles, by the pickle's bytes: a worker
#: is sent its function with every task.
_BUILT: dict[bytes, Continuum] = {}
_MOST_BUILT = 16
_BUILDING = ForkLock()


def _built(pickled: bytes) -> Continuum:
    with _BUILDING:
        found = _BUILT.get(pickled)
        if found is None:
            while len(_BUILT) >= _MOST_BUILT:
                del _BUILT[next(iter(_BUILT))]
            found = _BUILT[pickled] = pickle.loads(pickled)
        return found


class Owners:
    """Who owns each key of a column: a function that can be sent to other processes, such
    as the workers of an engine. A process that is sent it again and again builds the map
    once.

    >>> import pyarrow
    >>> owners = Owners(Continuum(scheme="slots-1", servers=["a:80", "b:80"]), answer="name")
    >>> pyarrow.array(owners(pyarrow.array(["my-key", None]))).to_pylist()
    ['a:80', None]

    It keeps the servers that the continuum has now. A null gives a null, unless
    nulls="error".
    """

    def __init__(
        self,
        continuum: Continuum,
        *,
        answer: Answer = "index",
        nulls: Nulls = "null",
        integers: Integers = "bytes",
    ) -> None:
        self._continuum = continuum.snapshot()
        self._rules: dict[str, Any] = {"answer": answer, "nulls": nulls, "integers": integers}
        self._pickled: bytes | None = None

    def __call__(self, keys: Any) -> Any:
        return self._continuum.resolve_arrow(keys, **self._rules)

    def __getstate__(self) -> tuple[bytes, dict[str, Any]]:
        if self._pickled is None:
            self._pickled = pickle.dumps(self._continuum)
        return self._pickled, self._rules

    def __setstate__(self, state: tuple[bytes, dict[str, Any]]) -> None:
        self._pickled, self._rules = state
        self._continuum = _built(self._pickled)
