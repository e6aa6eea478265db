"""The same answers by a plain Python loop: hashlib.md5 and bisect over the ring
of python-continuum. Keys on stdin, `key<TAB>server` on stdout.

    python3 python_loop.py HOST:PORT[=CAPACITY]... < keys > answers
"""

import sys
from bisect import bisect
from hashlib import md5
from struct import unpack

servers = [(text.partition("=")[0], float(text.partition("=")[2] or 1)) for text in sys.argv[1:]]
total = sum(capacity for _, capacity in servers)
ring = []
for owner, (address, capacity) in enumerate(servers):
    count, left = divmod(int(1000 * (capacity / total)), 4)
    for number in range(count):
        label = f"{address.replace(':', '-')}-{number}".encode()
        ring += [(position, owner) for position in unpack("<4I", md5(label).digest())]
    ring += [(position, owner) for position in range(left)]
ring.sort(key=lambda point: point[0])
points = [position for position, _ in ring]
names = [servers[owner][0].encode() for _, owner in ring + ring[:1]]

for key in sys.stdin.buffer: sys.stdout.buffer.write(b"%s\t%s\n" % (key[:-1], names[bisect(points, int.from_bytes(md5(key[:-1]).digest()[:4], "little"))]))
