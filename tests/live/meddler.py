"""A relay that does something at the moment when a command passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .relay import Relay


class Meddler(Relay):
    """What a client sends is held back while `act` runs, which is called before the first `word`
    passes, and says whether the connection goes on."""

    def __init__(self, upstream: int, word: bytes, act: Callable[[], bool]) -> None:
        self._word, self._act = word, act
        self.acted = 0
        self.error: BaseException | None = None
        super().__init__(upstream)

    def passing(self, blocks: Iterator[bytes], from_client: bool) -> Iterator[bytes]:
        tail = b""
        for block in blocks:
            # A word may come in two parts, of which the first has passed by then.
            if from_client and self._word in tail + block and not self._meddle():
                return
            tail = (tail + block)[1 - len(self._word) :]
            yield block

    def _meddle(self) -> bool:
        self.acted += 1
        try:
            return self._act()
        except BaseException as error:  # noqa: BLE001: it is raised where the test sees it
            self.error = error
            return False


@contextmanager
def meddling(upstream: int, word: bytes, act: Callable[[], bool]) -> Iterator[Meddler]:
    """A meddler while the block lasts; what went wrong in it is raised at its end."""
    meddler = Meddler(upstream, word, act)
    try:
        yield meddler
    finally:
        meddler.close()
    if meddler.error is not None:
        raise meddler.error
