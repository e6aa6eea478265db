"""A certificate authority of a test's own, made by the program `openssl`."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

from .conftest import Live


class Certificate(NamedTuple):
    """A certificate and its key, as files."""

    chain: Path
    key: Path


class Authority:
    """It stands for an afternoon, and nothing but the test believes it."""

    def __init__(self, live: Live, name: str = "authority") -> None:
        self._openssl = live.tool("openssl", "openssl")
        self._folder = live.dir / name
        self._folder.mkdir()
        self.file = self._make(name, "basicConstraints=critical,CA:TRUE").chain

    def issue(self, name: str) -> Certificate:
        """A certificate for this machine, as server and as client. It has no CommonName: etcd's
        gateway refuses clients that have one."""
        return self._make(
            name,
            "basicConstraints=critical,CA:FALSE",
            "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "extendedKeyUsage=serverAuth,clientAuth",
            signed=True,
        )

    def context(self) -> ssl.SSLContext:
        """How a client of the test's own connects."""
        return ssl.create_default_context(cafile=str(self.file))

    def _make(self, name: str, *extensions: str, signed: bool = False) -> Certificate:
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        args = [self._openssl, "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]
        args += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", f"/O={name}"]
        args += ["-out", str(made.chain), "-keyout", str(made.key)]
        if signed:
            args += ["-CA", str(self.file), "-CAkey", str(self.file.with_suffix(".key"))]
        for extension in extensions:
            args += ["-addext", extension]
        subprocess.run(args, check=True, capture_output=True, timeout=60)
        return made
