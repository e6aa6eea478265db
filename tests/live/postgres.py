"""PostgreSQL: a private server in a directory of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .conftest import Live
from .process import accepts, running


@contextmanager
def postgres(live: Live) -> Iterator[list[str]]:
    """A server for the user that it insists on; how to ask it."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    programs = live.file(str(folders[-1] if folders else "/usr/lib/postgresql"), "postgresql")
    folder = Path(tempfile.mkdtemp(prefix="continuum-postgres-"))
    become: list[str] = []
    try:
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            become = [
                *(live.tool("setpriv", "util-linux"), f"--reuid={user.pw_uid}"),
                *(f"--regid={user.pw_gid}", "--clear-groups"),
            ]
        data = str(folder / "data")
        initdb = [str(programs / "initdb"), "-D", data, "-A", "trust", "-E", "UTF8"]
        initdb += ["--locale=C", "--no-sync", "-U", "live"]
        subprocess.run([*become, *initdb], check=True, capture_output=True, cwd="/")
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
        options += ["-c", "fsync=off"]
        server = [*become, str(programs / "postgres"), "-D", data, *options]
        socket = str(folder / ".s.PGSQL.5432")
        with running(server, live.dir / "postgres.log", lambda: accepts(socket)):
            psql = [str(programs / "psql"), "-h", str(folder), "-U", "live", "-d", "postgres"]
            yield [*psql, "-XAtq", "-v", "ON_ERROR_STOP=1"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
