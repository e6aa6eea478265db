"""A request router for Ray Serve 2.60, whose router API is alpha: check it again with another
release.

Requests of one session go to one replica, by any scheme of `continuum`. A replica that has
its share of requests and a bit more (`factor`) passes further ones on to the session's next
candidates, so that one loud session does not drown a replica::

    from ray.serve.config import RequestRouterConfig

    @serve.deployment(
        num_replicas=4,
        request_router_config=RequestRouterConfig(
            request_router_class="ray_serve_2_60:ContinuumRouter",
            request_router_kwargs={"scheme": "rendezvous-1", "factor": 1.25},
        ),
    )

The session is what Ray Serve takes from the header `x-session-id` (RAY_SERVE_SESSION_ID_HEADER_KEY
names another), or from `handle.options(session_id=…)`. Replicas have new ids after each start,
so a map does not outlive them.
"""

from __future__ import annotations

from continuum import Bounded, Continuum, Server
from ray.serve.request_router import PendingRequest, ReplicaID, RequestRouter, RunningReplica


class ContinuumRouter(RequestRouter):
    """A session's replica by a scheme, then its next candidates."""

    def initialize_state(self, scheme: str = "rendezvous-1", factor: float | None = None) -> None:
        """Takes `request_router_kwargs`: the scheme, and how much above its fair share of
        the requests a replica may have."""
        self._scheme = scheme
        self._bounded = None if factor is None else Bounded(factor)
        self._map = Continuum(scheme=scheme)
        self._ids: dict[str, ReplicaID] = {}

    def update_replicas(self, replicas: list[RunningReplica]) -> None:
        """Builds the map of the replicas that there are now."""
        super().update_replicas(replicas)
        # Sorted: routers in other processes hear of replicas in another order.
        ids = {replica.replica_id.unique_id: replica.replica_id for replica in replicas}
        if ids.keys() != self._ids.keys():
            servers = [Server(name, name=name) for name in sorted(ids)]
            self._map, self._ids = Continuum(scheme=self._scheme, servers=servers), ids

    async def choose_replicas(
        self,
        candidate_replicas: list[RunningReplica],
        pending_request: PendingRequest | None = None,
    ) -> list[list[RunningReplica]]:
        """The ranks that are tried in turn: one replica each, so that a request leaves its
        replica only where that one takes no more."""
        if pending_request is None:
            # An empty answer would be asked for again at once, for ever.
            return [candidate_replicas]
        # Waits before all were tried again, longer each time.
        pending_request.routing_context.should_backoff = True
        metadata = pending_request.metadata
        key = metadata.session_id or metadata.internal_request_id
        known = {replica.replica_id.unique_id: replica for replica in candidate_replicas}
        ranked = [
            known[server.identity]
            for server in self._map.candidates(key)
            if server.identity in known
        ]
        if self._bounded is not None:
            ranked = self._with_room_first(ranked)
        return [[replica] for replica in ranked]

    def _with_room_first(self, ranked: list[RunningReplica]) -> list[RunningReplica]:
        assert self._bounded is not None
        loads = [self.replica_queue_len_cache.get(replica.replica_id) or 0 for replica in ranked]
        # The cap counts the request that asks.
        cap = self._bounded.cap(sum(loads) + 1, 1 / max(1, len(ranked)))
        full = {id(replica) for replica, load in zip(ranked, loads) if load + 1 > cap}
        # Stable: of both kinds the session's first candidates come first.
        return sorted(ranked, key=lambda replica: id(replica) in full)
