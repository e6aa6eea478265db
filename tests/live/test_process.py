"""The ports that the real programs get to listen on."""

from __future__ import annotations

from .process import LISTENERS, bindable, free_port


def test_no_port_is_given_twice() -> None:
    """Two pools of one nutcracker on one port make it refuse its whole configuration."""
    ports = [free_port() for _ in range(400)]
    assert len(set(ports)) == len(ports)
    assert all(port in LISTENERS and bindable("127.0.0.1", port) for port in ports)
