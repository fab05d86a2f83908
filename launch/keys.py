"""Keys and passwords of this installation, made at random once and kept in `var/secrets.json`, mode 0600."""

import base64
import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from launch import places
from launch.stop import Stop


@dataclass(frozen=True, slots=True)
class Keys:
    """`field_key` encrypts stored bank secrets (base64 of 32 bytes); the passwords are those of database roles."""

    secret_key: str
    field_key: str
    cluster_password: str
    owner_password: str
    app_password: str


def _new() -> Keys:
    return Keys(
        secret_key=secrets.token_urlsafe(50),
        field_key=base64.b64encode(secrets.token_bytes(32)).decode(),
        cluster_password=secrets.token_urlsafe(24),
        owner_password=secrets.token_urlsafe(24),
        app_password=secrets.token_urlsafe(24),
    )


def _read(path: Path) -> Keys:
    try:
        return Keys(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise Stop(f"{path} is damaged: bring it back, or run `make demo-reset` to begin anew.") from error


def _write(path: Path, keys: Keys) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(keys), file, indent=2)
    draft.replace(path)


def read_or_make() -> Keys:
    """The installation's keys. Processes that ask at the same time get the same ones."""
    folder = places.var()
    with (folder / "secrets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = folder / "secrets.json"
        if not path.exists():
            _write(path, _new())
        return _read(path)
