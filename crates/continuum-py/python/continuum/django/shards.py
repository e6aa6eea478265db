"""Which of a cache's locations a key belongs to: what both backends share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from continuum._continuum import Continuum
from continuum._native import ContinuumError
from continuum._server import Server


class Location(Server):
    """A server that knows its place in the list of locations."""

    __slots__ = ("place",)

    place: int


def server_of_url(url: str, place: int, capacity: float = 1, name: str | None = None) -> Location:
    """The server of a `redis://`, `rediss://` or `unix://` address.

    Its identity is ``host:port`` as written or the socket's path; user, password and database
    are no part of it.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix":
        host, port = unquote(parts.path), None
    elif parts.scheme in ("redis", "rediss"):
        host, port = _host(parts.netloc) or "localhost", parts.port or 6379
    else:
        raise ContinuumError(f"location {_shown(url)} is no redis://, rediss:// or unix:// address")
    server = Location(host, port, capacity, name=name)
    server.place = place
    return server


def _host(netloc: str) -> str:
    """The host as it is written: `urlsplit` lowers its case, and other clients hash it as it is."""
    place = netloc.rpartition("@")[2]
    host = place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]
    return unquote(host)


def _shown(url: str) -> str:
    """An address without its password."""
    parts = urlsplit(url)
    return repr(url if parts.password is None else url.replace(f":{parts.password}@", ":…@"))


def continuum_of(
    urls: Sequence[str],
    scheme: str,
    capacities: Mapping[str, float] | None,
    names: Mapping[str, str] | None,
) -> Continuum:
    """The continuum of a cache's locations, in their order.

    A database (`/1`, `?db=1`) does not tell servers apart: two locations of one server
    are refused unless `names` tells them apart.
    """
    for given, what in ((capacities, "capacities"), (names, "names")):
        unknown = [url for url in given or () if url not in urls]
        if unknown:
            raise ContinuumError(
                f"{what} names {_shown(unknown[0])}, which is none of the locations"
            )
    servers = [
        server_of_url(url, place, (capacities or {}).get(url, 1), (names or {}).get(url))
        for place, url in enumerate(urls)
    ]
    return Continuum(scheme=scheme, servers=servers)


