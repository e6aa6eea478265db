"""Servers: what is hashed, what is dialled, how much it should own."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, SupportsFloat, TypeAlias, Union

from continuum import _native

#: What stands for a server where one is asked for: a `Server`, the text
#: ``host:port=capacity``, or a mapping of its fields.
ServerLike: TypeAlias = Union["Server", str, Mapping[str, Any]]


class Fields(NamedTuple):
    """What a server is, as its fields were at one moment."""

    hostname: str
    port: int | None
    capacity: float
    name: str | None
    id: int | None
    zone: str | None
    hash_key: str | None
    guid: str | None
    instance: str | None
    endpoint_hostname: str | None
    locality: str | None
    locality_weight: int | None


#: The fields of a server that comes from the core, by their names.
Record: TypeAlias = dict[str, Any]

#: Names of a mapping's fields, and of which field of a `Server` they are. What
#: comes later wins: `ring_name` is the exact text that a program hashed.
_FIELDS = {
    "host": "hostname",
    "hostname": "hostname",
    "port": "port",
    "weight": "capacity",
    "capacity": "capacity",
    "name": "name",
    "alias": "name",
    "ring_name": "name",
    "id": "id",
    "zone": "zone",
    "az": "zone",
    "hash_key": "hash_key",
    "guid": "guid",
    "instance": "instance",
    "endpoint_hostname": "endpoint_hostname",
    "locality": "locality",
    "locality_weight": "locality_weight",
}

#: Recorded beside a server by some programs, hashed by none.
_NOT_HASHED = frozenset({"ip"})


class Server:
    """One server of a continuum.

    It compares, hashes and sorts by host name and port, and by its name if it
    has one. A changed `capacity` takes effect at the next `generate()`.

    The port is None for a Unix socket or a node known by its name alone. `name`
    is the text to hash in place of ``host:port`` where a program is told one (an
    alias of twemproxy, a backend of Varnish). `id`, `hash_key` and `guid` are
    what HAProxy and Envoy hash, `instance` what Graphite's relays do; copies can be
    spread over `zone`. Of Envoy alone are `endpoint_hostname`, which is hashed where
    a cluster says use_hostname_for_hashing, and `locality` with its `locality_weight`.

    >>> Server("192.168.0.1", 8080)
    <Server "192.168.0.1:8080", capacity=1>
    >>> Server("192.168.0.1", 8080, 2) == Server("192.168.0.1", 8080)
    True
    >>> Server.parse("[::1]:11211=0.5")
    <Server "[::1]:11211", capacity=0.5>
    """

    __slots__ = (
        "hostname",
        "port",
        "capacity",
        "name",
        "id",
        "zone",
        "hash_key",
        "guid",
        "instance",
        "endpoint_hostname",
        "locality",
        "locality_weight",
        "_identity",
    )

    hostname: str
    port: int | None
    capacity: float
    name: str | None
    id: int | None
    zone: str | None
    hash_key: str | None
    guid: str | None
    instance: str | None
    endpoint_hostname: str | None
    locality: str | None
    locality_weight: int | None
    #: The identity, once somebody asked; None after a change of what makes it.
    _identity: str | None

    def __init__(
        self,
        hostname: str,
        port: int | None = None,
        capacity: float = 1,
        *,
        name: str | None = None,
        id: int | None = None,
        zone: str | None = None,
        hash_key: str | None = None,
        guid: str | None = None,
        instance: str | None = None,
        endpoint_hostname: str | None = None,
        locality: str | None = None,
        locality_weight: int | None = None,
    ) -> None:
        _check(hostname, port, name)
        _check_capacity(hostname, capacity)
        self.hostname = hostname
        self.port = port
        self.capacity = capacity
        self.name = name
        self.id = id
        self.zone = zone
        self.hash_key = hash_key
        self.guid = guid
        self.instance = instance
        self.endpoint_hostname = endpoint_hostname
        self.locality = locality
        self.locality_weight = locality_weight

    @classmethod
    def parse(cls, text: str) -> Server:
        """The server of the text form ``host:port=capacity``.

        Port and capacity may be left out; an IPv6 host stands in brackets; a
        Unix socket is its path.

        >>> Server.parse("192.168.0.3:8080=2")
        <Server "192.168.0.3:8080", capacity=2>
        >>> Server.parse("192.168.0.3:80800")
        Traceback (most recent call last):
        ...
        continuum.ContinuumError: server '192.168.0.3:80800': port '80800' is not a number from 0 to 65535
        """
        fields = _native.parse_server(text)
        return cls(fields["hostname"], fields["port"], _whole(fields["capacity"]))

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> Server:
        """The server of a mapping such as ``{"host": "a", "port": 80, "weight": 2}``.

        The fields are host (or hostname), port, weight (or capacity), name (or
        alias, or ring_name, which wins), id, zone (or az), hash_key, guid,
        instance, endpoint_hostname, locality and locality_weight. Beside host, hostname is
        the endpoint_hostname.

        >>> Server.from_mapping({"host": "a", "port": 80, "weight": 2})
        <Server "a:80", capacity=2>
        >>> Server.from_mapping({"host": "a", "colour": "red"})
        Traceback (most recent call last):
        ...
        TypeError: a server has no field 'colour'
        """
        known: dict[str, Any] = {}
        for given in fields:
            if given not in _FIELDS and given not in _NOT_HASHED:
                raise TypeError(f"a server has no field {given!r}")
        for one, other in (("weight", "capacity"), ("zone", "az")):
            if None not in (fields.get(one), fields.get(other)) and fields[one] != fields[other]:
                values = f"{fields[one]!r} and {fields[other]!r}"
                raise TypeError(f"a server's {one} and {other} are one field: {values} are given")
        for given, field in _FIELDS.items():
            if given in fields and fields[given] is not None:
                known[field] = fields[given]
        if fields.get("host") is not None and fields.get("hostname") is not None:
            known["hostname"] = fields["host"]
            known["endpoint_hostname"] = fields["hostname"]
        if known.get("port") == "":
            # How recorded answers say that there is none.
            del known["port"]
        weight = known.get("capacity")
        if weight == "*":
            # What is left for the last part of nginx's split_clients.
            known["hash_key"] = known.pop("capacity")
        elif isinstance(weight, str) and weight.endswith("%"):
            known["capacity"] = float(weight[:-1])
        if "hostname" not in known:
            raise TypeError(f"a server needs a field 'host': {dict(fields)!r}")
        return cls(**known)

    @property
    def identity(self) -> str:
        """What tells it from others, and what most schemes hash: its name, or
        else its address.

        >>> Server("::1", 80).identity
        '[::1]:80'
        """
        identity = self._identity
        if identity is None:
            identity = self._identity = _native.identity(self)
        return identity

    @property
    def address(self) -> str:
        """Where it is dialled: ``host:port``, IPv6 in brackets; the host alone where
        there is no port.

        >>> Server("::1", 80, name="first").address
        '[::1]:80'
        """
        host = self.hostname
        if self.port is None:
            return host
        bracket = ":" in host and not host.startswith("[")
        return f"[{host}]:{self.port}" if bracket else f"{host}:{self.port}"

    def __setattr__(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)
        if field in _IDENTIFYING:
            object.__setattr__(self, "_identity", None)

    def __setstate__(self, state: tuple[dict[str, Any] | None, dict[str, Any]]) -> None:
        # Also of pickles that were made before identities were kept.
        attributes, slots = state
        for field, value in slots.items():
            object.__setattr__(self, field, value)
        if attributes:
            self.__dict__.update(attributes)
        self._identity = None

    def _fields(self) -> Fields:
        return Fields(
            self.hostname,
            self.port,
            self.capacity,
            self.name,
            self.id,
            self.zone,
            self.hash_key,
            self.guid,
            self.instance,
            self.endpoint_hostname,
            self.locality,
            self.locality_weight,
        )

    def _key(self) -> tuple[str, int, str]:
        return self.hostname, -1 if self.port is None else self.port, self.name or ""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Server):
            return NotImplemented
        return (
            self.hostname == other.hostname
            and self.port == other.port
            and self.name == other.name
        )

    def __hash__(self) -> int:
        return hash((self.hostname, self.port, self.name))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Server):
            return NotImplemented
        return self._key() < other._key()

    def __le__(self, other: object) -> bool:
        if not isinstance(other, Server):
            return NotImplemented
        return self._key() <= other._key()

    def __gt__(self, other: object) -> bool:
        if not isinstance(other, Server):
            return NotImplemented
        return self._key() > other._key()

    def __ge__(self, other: object) -> bool:
        if not isinstance(other, Server):
            return NotImplemented
        return self._key() >= other._key()

    def __str__(self) -> str:
        return self.address

    def __repr__(self) -> str:
        host = self.hostname
        # Never fails: a message about a bad server shows the server.
        if self.port is not None:
            bracket = isinstance(host, str) and ":" in host and not host.startswith("[")
            host = f"[{host}]:{self.port}" if bracket else f"{host}:{self.port}"
        name = "" if self.name is None else f', name="{self.name}"'
        return f'<{type(self).__name__} "{host}", capacity={_number(self.capacity)}{name}>'


_IDENTIFYING = frozenset({"hostname", "port", "name"})

#: An address, written where a host stands.
_ADDRESS = re.compile(r"([^:/\s]+|\[[^\]/\s]+\]):(\d+)")


def _check(hostname: object, port: object, name: object) -> None:
    """Refuses what would be another server than the one that was meant."""
    if not isinstance(hostname, str):
        raise TypeError(f"a host name is a str, not {type(hostname).__name__}: {hostname!r}")
    if port is not None and (not isinstance(port, int) or isinstance(port, bool)):
        raise TypeError(
            f"server {hostname!r}: port is an int, not {type(port).__name__}: {port!r}; "
            "for text there is Server.parse"
        )
    if port is not None and not 0 <= port <= 0xFFFF:
        raise _native.ContinuumError(
            f"server {hostname!r}: port {port} is not a number from 0 to 65535"
        )
    if name is not None:
        return
    address = _ADDRESS.fullmatch(hostname)
    if address:
        host, number = address.groups()
        host = host.removeprefix("[").removesuffix("]")
        right = f"Server({host!r}, {number})" if port is None else f"Server({host!r}, {port})"
        raise ValueError(
            f"host name {hostname!r} holds a port: write {right} or Server.parse({hostname!r})"
        )
    # A tab or a line end in a configuration's text; a blank is legal in a path.
    if hostname.strip() != hostname or any(char in hostname for char in "\r\n\t"):
        raise ValueError(f"host name {hostname!r} has white space about or in it")
    if " " in hostname and not hostname.startswith("/"):
        raise ValueError(f"host name {hostname!r} has a blank in it")


def _check_capacity(hostname: str, capacity: object) -> None:
    if not isinstance(capacity, (int, float)) and not hasattr(capacity, "__float__"):
        raise TypeError(
            f"server {hostname!r}: capacity is a number, not {type(capacity).__name__}: "
            f"{capacity!r}"
        )


def servers_of(given: object) -> list[Server]:
    """The servers of a list of what stands for servers, or of a mapping from servers'
    texts to their weights or fields."""
    if isinstance(given, (str, bytes, Server)):
        one = given if isinstance(given, str) else repr(given)
        raise TypeError(f"servers is a list of servers, and this is one: servers=[{one!r}]")
    if isinstance(given, Mapping):
        return [_weighted(text, fields) for text, fields in given.items()]
    if not isinstance(given, Iterable):
        raise TypeError(f"servers is a list of servers, not {type(given).__name__}")
    return [server_of(server) for server in given]


def _weighted(text: object, fields: object) -> Server:
    """The server of an item such as ``"a:80": 2`` or ``"a:80": {"weight": 2}``."""
    if isinstance(text, Server):
        server = copy.copy(text)
    elif isinstance(text, str):
        server = Server.parse(text)
    else:
        raise TypeError(f"a server's name is a str, not {type(text).__name__}: {text!r}")
    if isinstance(fields, SupportsFloat) and not isinstance(fields, bool):
        server.capacity = fields if isinstance(fields, (int, float)) else float(fields)
        return server
    if not isinstance(fields, Mapping):
        raise TypeError(
            f"server {text!r}: a weight or a mapping of fields, not {type(fields).__name__}"
        )
    for given, value in fields.items():
        field = _FIELDS.get(given)
        if field is None:
            raise TypeError(f"server {text!r}: a server has no field {given!r}")
        setattr(server, field, value)
    _check(server.hostname, server.port, server.name)
    return server


def server_of(given: ServerLike) -> Server:
    """The server that a text or a mapping stands for, or the given one itself."""
    if isinstance(given, Server):
        return given
    if isinstance(given, str):
        return Server.parse(given)
    if isinstance(given, Mapping):
        return Server.from_mapping(given)
    raise TypeError(f"a server is a Server, a text or a mapping, not {type(given).__name__}")


def server_from(record: Record) -> Server:
    """The server of fields that came from the core. What is hashed there needs no
    check here."""
    server = Server.__new__(Server)
    for field, value in record.items():
        object.__setattr__(server, field, value)
    object.__setattr__(server, "capacity", _whole(record["capacity"]))
    object.__setattr__(server, "_identity", None)
    return server


def _whole(capacity: float) -> float:
    """2 for 2.0, as people write it."""
    return int(capacity) if capacity.is_integer() else capacity


def _number(capacity: float) -> str:
    """2 for 2.0, as in 2010; but 0.5 and not 0 for 0.5."""
    if isinstance(capacity, float) and capacity.is_integer() and abs(capacity) < 1e16:
        return str(int(capacity))
    return str(capacity)
