"""What PostgreSQL needs of this machine: its programs, a user without rights, a data folder that nobody uses."""

import os
import pwd
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from labeler.errors import SettingsError
from labeler_local.emulator.processes import free_port

NEEDED = ("initdb", "postgres")
DEBIAN = Path("/usr/lib/postgresql")
UNPRIVILEGED = ("postgres", "nobody")
INSTALL = "install it: apt install postgresql"


def find_programs() -> Path:
    """The folder of PostgreSQL's programs: what PATH says, or Debian's newest. Raises SettingsError."""
    on_path = shutil.which("postgres")
    newest_first = sorted(DEBIAN.glob("*/bin"), key=_version, reverse=True)
    for folder in (*([Path(on_path).resolve().parent] if on_path else []), *newest_first):
        if all(os.access(folder / name, os.X_OK) for name in NEEDED):
            return folder
    raise SettingsError(
        "PostgreSQL's programs initdb and postgres are neither on PATH nor below /usr/lib/postgresql", hint=INSTALL
    )


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def unprivileged_user() -> tuple[int, int]:
    """Numbers of a user and a group that are not root's. Raises SettingsError when the machine has none."""
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise SettingsError(
        f"PostgreSQL refuses to run as root, and there is no user {' or '.join(UNPRIVILEGED)}",
        hint="run `labeler local up --mlflow` as another user",
    )


def is_reachable(folder: Path, uid: int, gid: int) -> bool:
    """May the user go through `folder` and all folders above it?"""

    def may_enter(place: Path) -> bool:
        status = place.stat()
        if status.st_uid == uid:
            return bool(status.st_mode & stat.S_IXUSR)
        return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == gid else stat.S_IXOTH))

    return all(may_enter(place) for place in (folder, *folder.parents))


def refuse_in_use(data: Path) -> None:
    """Raises SettingsError when a server has the data open: postmaster.pid has its pid (line 1) and its port (line 4)."""
    file = data / "postmaster.pid"
    lines = file.read_text().splitlines() if file.is_file() else []
    if len(lines) < 4 or not _is_taken(int(lines[3])):
        return
    raise SettingsError(
        f"process {lines[0]}, a PostgreSQL server, uses {data}",
        hint=f"end the other `labeler local up`, or take another --directory; if none is left: kill -INT {lines[0]}",
    )


def _is_taken(port: int) -> bool:
    try:
        free_port(port)
    except SettingsError:
        return True
    return False
