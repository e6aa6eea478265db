"""Configuration files that people have already."""

from __future__ import annotations

import os
from typing import TypeAlias

from continuum import _native
from continuum._continuum import Continuum, warn_caller
from continuum._server import Record, server_from

#: name, scheme, servers, key rule, bounded, down, notes
PoolRow: TypeAlias = tuple[
    str, str, list[Record], str | None, int | None, list[str], list[str]
]


def load(
    path: str | os.PathLike[str],
    pool: str | None = None,
    *,
    format: str | None = None,
    scheme: str | None = None,
    port: str | None = None,
    partitions: int | None = None,
    haproxy_dialect: str | None = None,
) -> Continuum:
    """The continuum that a configuration file describes.

    Reads what nginx, HAProxy, twemproxy, Envoy, Caddy, mcrouter, libmemcached, go-redis
    (a Ring's Addrs), Thanos (hashrings), Graphite's carbon and carbon-c-relay, Prometheus
    (relabelling by hashmod), Kafka's producers and Kubernetes (EndpointSlices) read, and
    the project's own TOML. `pool` names the upstream, backend or cluster; without it the file must hold one only.

    The result remembers its `name`, its `key_rule` (what of a request the program
    hashes: that is the key to resolve), `down` and `bounded`. What a person should
    know about how the file was read is told as a `ContinuumWarning`. What cannot be
    understood and could change an answer is a `ContinuumError` with file and line:
    a scheme is never guessed.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "nginx.conf")
    >>> written = file.write_text('''
    ... upstream backend {
    ...     hash $request_uri consistent;
    ...     server backend1.example.com;
    ...     server backend2.example.com weight=2;
    ... }
    ... ''')
    >>> backend = load(file)
    >>> backend
    <Continuum "nginx", 2 servers>
    >>> backend.name, backend.key_rule
    ('backend', '$request_uri')
    >>> backend.resolve("/index.html").identity
    'backend2.example.com'

    `format` is for files that neither name nor content tells; `scheme` for lists of
    servers that say none; `port` for EndpointSlices with several; `partitions` for the
    properties of a Kafka producer, which do not say how many its topic has;
    `haproxy_dialect` for a HAProxy of another generation.
    """
    found = read(path, pool, format, scheme, port, partitions, haproxy_dialect)
    return _continuum(only(path, found))


def load_all(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    scheme: str | None = None,
    port: str | None = None,
    partitions: int | None = None,
    haproxy_dialect: str | None = None,
) -> dict[str, Continuum]:
    """Every pool of a configuration file by its name, in the file's order.

    As `load`; a pool that is refused refuses the file.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "nutcracker.yml")
    >>> written = file.write_text('''
    ... alpha:
    ...   listen: 127.0.0.1:22121
    ...   hash: fnv1a_64
    ...   distribution: ketama
    ...   servers: ["127.0.0.1:6379:1 server1", "127.0.0.1:6380:1 server2"]
    ... beta:
    ...   listen: 127.0.0.1:22122
    ...   distribution: modula
    ...   servers: ["127.0.0.1:11211:1", "127.0.0.1:11212:1"]
    ... ''')
    >>> pools = load_all(file)
    >>> {name: pool.scheme for name, pool in pools.items()}
    {'alpha': 'twemproxy', 'beta': 'twemproxy:distribution=modula'}
    >>> load(file)
    Traceback (most recent call last):
    ...
    continuum.ContinuumError: ...nutcracker.yml: several pools: alpha, beta; name one
    """
    pools: dict[str, Continuum] = {}
    for row in read(path, None, format, scheme, port, partitions, haproxy_dialect):
        if row[0] in pools:
            raise _native.ContinuumError(f"{os.fspath(path)}: two pools are called {row[0]!r}")
        pools[row[0]] = _continuum(row)
    return pools


def only(path: str | os.PathLike[str], found: list[PoolRow]) -> PoolRow:
    """The one pool of a file."""
    if len(found) > 1:
        names = ", ".join(row[0] for row in found)
        raise _native.ContinuumError(f"{os.fspath(path)}: several pools: {names}; name one")
    return found[0]


def read(
    path: str | os.PathLike[str],
    pool: str | None,
    format: str | None,
    scheme: str | None,
    port: str | None,
    partitions: int | None,
    haproxy_dialect: str | None,
) -> list[PoolRow]:
    # A file that is not there is told as Python tells it.
    os.stat(path)
    if partitions is not None and not 0 < partitions < 1 << 32:
        raise ValueError(f"partitions is {partitions}; a topic has 1 to 4294967295")
    return _native.read_config(path, pool, format, scheme, port, partitions, haproxy_dialect)


def _continuum(row: PoolRow) -> Continuum:
    name, scheme, servers, key_rule, bounded, down, notes = row
    for note in notes:
        warn_caller(note)
    found = Continuum(scheme=scheme, servers=map(server_from, servers))
    found.name, found.key_rule, found.bounded = name, key_rule, bounded
    found.down = tuple(down)
    return found
