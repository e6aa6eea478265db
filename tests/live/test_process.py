"""The addresses that the real programs and our stubs get to listen on."""

from __future__ import annotations

from .process import LISTENERS, bindable, free_port
from .servers import Claims


def test_no_port_is_given_twice() -> None:
    """Two pools of one nutcracker on one port make it refuse its whole configuration."""
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == len(ports)
    assert all(port in LISTENERS and bindable("127.0.0.1", port) for port in ports)


def test_no_address_is_claimed_twice() -> None:
    """Two pools drew `127.1:25808` and `2130706433:25808`: the stub of one could not listen."""
    free, port = Claims(), free_port()
    assert free("127.0.0.1", port)
    assert not free("127.1", port)
    assert not free("2130706433", port)
    assert free("127.0.0.2", port)
