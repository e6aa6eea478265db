"""carbon.conf as carbon reads it, for the Python that Debian's package is installed for: a question
a line in (file, section, instance, keys), each key's destinations out."""

import json
import sys

from carbon.conf import Settings
from carbon.routers import DatapointRouter
from carbon.util import parseDestinations

for line in sys.stdin:
    question = json.loads(line)
    settings = Settings()
    settings.readFrom(question["file"], question["section"])
    if question["instance"]:
        settings.readFrom(question["file"], f"{question['section']}:{question['instance']}")
    router = DatapointRouter.plugins[settings.RELAY_METHOD](settings)
    for destination in parseDestinations(settings.DESTINATIONS):
        router.addDestination(destination)
    keys = (bytes.fromhex(key).decode() for key in question["keys"])
    found = [[f"{host}:{port}" for host, port, _ in router.getDestinations(key)] for key in keys]
    print(json.dumps(found), flush=True)
