"""PostgreSQL refuses to run as root. When we are root, its programs run as an account that may do nothing else."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch.stop import Stop

_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """User and group that a program runs as."""

    uid: int
    gid: int


def account(kept: Path) -> Account | None:
    """The account to use, or None when we are not root. The owner of existing files stays their owner."""
    if os.geteuid() != 0:
        return None
    if kept.exists():
        owner = kept.stat()
        if owner.st_uid:
            return Account(owner.st_uid, owner.st_gid)
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Stop("PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`.")


def can_reach(who: Account | None, folder: Path) -> bool:
    """Whether `who` may pass through `folder` and all folders above it."""
    if who is None:
        return True
    for step in (folder, *folder.parents):
        if not step.exists():
            continue
        found = step.stat()
        shift = 6 if found.st_uid == who.uid else 3 if found.st_gid == who.gid else 0
        if not (found.st_mode >> shift) & 1:
            return False
    return True


def run(who: Account | None, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program as `who`, with a plain environment, away from Ctrl-C; both outputs come in `stdout`."""
    as_whom: dict[str, Any] = {} if who is None else {"user": who.uid, "group": who.gid, "extra_groups": []}
    return subprocess.run(
        list(command),
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        cwd="/",
        umask=0o077,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **as_whom,
    )
