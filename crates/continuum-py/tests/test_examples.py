"""Examples that need nothing but the package. Those that need others run in tests/live."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from continuum import Continuum, Server

PATH = Path(__file__).parent.parent / "examples" / "asyncio_memcached.py"


class Client:
    def __init__(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True


def test_a_client_that_could_not_be_made_is_made_again() -> None:
    spec = importlib.util.spec_from_file_location("asyncio_memcached", PATH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: list[Client] = []
    refusing = True

    async def connect(server: Server) -> Any:
        if refusing:
            raise OSError("refused")
        await asyncio.sleep(0.05)
        made.append(Client())
        return made[-1]

    async def ask() -> None:
        nonlocal refusing
        shards = module.Shards(Continuum(scheme="slots-1", servers=["127.0.0.1:1"]), connect)
        for _ in range(2):
            with pytest.raises(OSError, match="refused"):
                await shards.for_key(b"k")
        refusing = False
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(shards.for_key(b"k"), 0.001)
        assert await shards.for_key(b"k") is made[0] is await shards.for_key(b"l")
        refusing = True
        await shards.close()
        assert len(made) == 1 and made[0].closed

    asyncio.run(ask())
