"""`python -m continuum`: the program `continuum` that is installed beside the package."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig


def program() -> str | None:
    """The path of the program that belongs to this installation, if there is one."""
    name = "continuum" + (sysconfig.get_config_var("EXE") or "")
    scheme = sysconfig.get_preferred_scheme
    # Where pip puts programs: in the environment, for the user, or beside the interpreter.
    folders = [sysconfig.get_path("scripts")]
    folders.append(sysconfig.get_path("scripts", scheme=scheme("user")))
    folders.append(os.path.dirname(sys.executable))
    # `pip install --target`.
    folders.append(os.path.join(os.path.dirname(__file__), "..", "bin"))
    paths = (os.path.join(folder, name) for folder in folders if folder)
    return next((path for path in paths if os.access(path, os.X_OK)), None)


def main() -> int:
    path = program()
    if path is None:
        print(
            "continuum: the program is in the wheels of continuum-hash, and this package was "
            "installed from its source; in the repository `scripts/wheel` builds one",
            file=sys.stderr,
        )
        return 2
    arguments = [path, *sys.argv[1:]]
    if os.name == "posix":
        # The program takes this process over: signals, pipes and exit codes are its own.
        os.execv(path, arguments)
    return subprocess.call(arguments)


if __name__ == "__main__":
    sys.exit(main())
