"""carbon-relay's own router, for the Python that Debian's package is installed for: a question a
line in, the places of the destinations out."""

import json
import sys

from carbon.routers import DatapointRouter
from carbon.util import parseDestinations


class Settings(dict):
    __getattr__ = dict.__getitem__


for line in sys.stdin:
    question = json.loads(line)
    settings = Settings(
        REPLICATION_FACTOR=1,
        DIVERSE_REPLICAS=question["diverse"],
        ROUTER_HASH_TYPE=question["hash"],
    )
    router = DatapointRouter.plugins[question["method"]](settings)
    destinations = parseDestinations(question["destinations"])
    for destination in destinations:
        router.addDestination(destination)
    places = {destination: place for place, destination in enumerate(destinations)}
    keys = (bytes.fromhex(key).decode() for key in question["keys"])
    first = (next(iter(router.getDestinations(key))) for key in keys)
    print(json.dumps([places[destination] for destination in first]), flush=True)
