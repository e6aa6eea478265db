"""clandestined's `RendezvousHash` and `Cluster`, with its answers.

    >>> from continuum.compat.clandestined import Cluster
    >>> cluster = Cluster({"1": {"zone": "north"}, "2": {"zone": "south"}}, replicas=2)
    >>> cluster.find_nodes("my-key")
    ['1', '2']
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from continuum.compat._rendezvous import Rendezvous

__all__ = ["Cluster", "RendezvousHash"]


class RendezvousHash(Rendezvous):
    """A node scores a key by MurmurHash3 of ``node-key``; the highest score owns it.

    `nodes` is the list itself, not a copy, as theirs, or another iterable. Look-ups are
    fastest in a list of nothing but `str`: the texts of other nodes are asked at each
    look-up, as there.
    """

    _scheme = "clandestined"

    def __init__(self, nodes: Iterable[Any] | None = None, seed: int = 0) -> None:
        super().__init__(nodes, seed)

    def find_node(self, key: Any) -> Any:
        """The node of a key, or None where there is no node."""
        return self._find(key)


class Cluster:
    """A `RendezvousHash` for each zone. A key's characters choose its first zone,
    and its replicas lie in that zone and the following ones."""

    def __init__(
        self,
        cluster_config: Mapping[Any, Mapping[str, Any]] | None = None,
        replicas: int = 2,
        seed: int = 0,
    ) -> None:
        self.seed = seed
        self.replicas = replicas
        self.nodes: dict[Any, Any] = {}
        self.zones: list[Any] = []
        self.zone_members: defaultdict[Any, list[Any]] = defaultdict(list)
        self.rings: defaultdict[Any, RendezvousHash] = defaultdict(self._ring)
        for node, fields in (cluster_config or {}).items():
            self.add_node(node, node_name=fields.get("name"), node_zone=fields.get("zone"))

    def _ring(self) -> RendezvousHash:
        return RendezvousHash(seed=self.seed)

    def add_zone(self, zone: Any) -> None:
        """Adds a zone that is not in yet."""
        if zone not in self.zones:
            self.zones = sorted([*self.zones, zone])

    def remove_zone(self, zone: Any) -> None:
        """Removes a zone and its nodes. Raises ValueError for one that is not in."""
        if zone not in self.zones:
            raise ValueError(f"No such zone {zone} to remove")
        self.zones = [known for known in self.zones if known != zone]
        for member in self.zone_members.pop(zone, []):
            del self.nodes[member]
        self.rings.pop(zone, None)

    def add_node(self, node_id: Any, node_zone: Any = None, node_name: Any = None) -> None:
        """Adds a node. Raises ValueError for one that is in."""
        if node_id in self.nodes:
            raise ValueError("Node with name %s already exists", node_id)
        self.add_zone(node_zone)
        self.rings[node_zone].add_node(node_id)
        self.nodes[node_id] = node_name
        self.zone_members[node_zone].append(node_id)

    def remove_node(self, node_id: Any, node_name: Any = None, node_zone: Any = None) -> None:
        """Removes a node from its zone, and the zone with its last node."""
        self.rings[node_zone].remove_node(node_id)
        del self.nodes[node_id]
        self.zone_members[node_zone].remove(node_id)
        if not self.zone_members[node_zone]:
            self.remove_zone(node_zone)

    def node_name(self, node_id: Any) -> Any:
        """The name that a node was added with."""
        return self.nodes.get(node_id)

    def find_nodes(self, key: Any, offset: int | None = None) -> list[Any]:
        """The nodes of a key, one a replica. With more replicas than zones a node
        comes twice, as in clandestined."""
        count = len(self.zones)
        if offset is None:
            offset = sum(map(ord, key)) % count
        zones = (self.zones[(place + offset) % count] for place in range(self.replicas))
        return [self.rings[zone].find_node(key) for zone in zones]

    def find_nodes_by_index(self, partition_id: Any, key_index: Any) -> list[Any]:
        """The nodes of a partition's key of a number."""
        # The remainder binds to the second number alone, as in clandestined.
        offset = int(partition_id) + int(key_index) % len(self.zones)
        return self.find_nodes(f"{partition_id}-{key_index}", offset=offset)

    def __getstate__(self) -> dict[str, Any]:
        # A default factory bound to this object would be pickled with it.
        return {**self.__dict__, "rings": dict(self.rings)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.rings = defaultdict(self._ring, state["rings"])
