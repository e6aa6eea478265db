"""A lock that does not outlive the thread that held it when a process forked."""

from __future__ import annotations

import os
import threading
import weakref

_LOCKS: weakref.WeakSet[ForkLock] = weakref.WeakSet()


class ForkLock:
    """A re-entrant lock, free in the child of a fork whatever other threads held.

    Used as a context manager. A fork copies memory and one thread: a plain lock
    that another thread held would stay locked in the child for ever.
    """

    __slots__ = ("_lock", "__weakref__")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _LOCKS.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()


def _free() -> None:
    for lock in list(_LOCKS):
        lock._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free)
