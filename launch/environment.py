"""The environment variables that the product reads, for each of its processes. Standard library only.

`make demo` also writes them to `var/environment`, mode 0600, so that `manage.py` works by hand on the same machine.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from launch import places
from launch.keys import Keys
from launch.stop import Stop

PORTAL_PORT, SANDBOX_PORT = 8000, 8100
BLOCKING_THREADS = 4


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ports of one running stack. The portal is called localhost and the sandbox 127.0.0.1, so that a cookie that would
    be lost between two sites is lost here too."""

    portal_port: int
    sandbox_port: int

    @property
    def portal(self) -> str:
        """Address of the portal."""
        return f"http://localhost:{self.portal_port}"

    @property
    def sandbox(self) -> str:
        """Address of the sandbox."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def smtp_port(self) -> int:
        """The sandbox catches mail on the port after its own."""
        return self.sandbox_port + 1


def chosen_addresses() -> Addresses:
    """From PORT and SANDBOX_PORT, with their defaults."""
    return Addresses(_port("PORT", PORTAL_PORT), _port("SANDBOX_PORT", SANDBOX_PORT))


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_535:
        raise Stop(f"{name}={text} is not a port number.")
    return int(text)


def product(keys: Keys, app_url: str, addresses: Addresses, *, owner_url: str = "") -> dict[str, str]:
    """Variables for one process. `owner_url` only for migrations: web and worker never get it."""
    var = places.var()
    variables = {
        "DJANGO_SETTINGS_MODULE": "obolos.config.settings",
        "OBOLOS_SECRET_KEY": keys.secret_key,
        "OBOLOS_FIELD_KEY": keys.field_key,
        "OBOLOS_APP_DATABASE_URL": app_url,
        "OBOLOS_PORTAL_URL": addresses.portal,
        "OBOLOS_SANDBOX_URL": addresses.sandbox,
        "OBOLOS_EMAIL_HOST": "127.0.0.1",
        "OBOLOS_EMAIL_PORT": str(addresses.smtp_port),
        "OBOLOS_SMS_URL": f"{addresses.sandbox}/sms/send",
        "OBOLOS_VAR": str(var),
        "OBOLOS_DIAS_INBOX": str(var / "dias" / "inbox"),
        "OBOLOS_THREADS": str(BLOCKING_THREADS),
        "OBOLOS_DEMO": "1",
    }
    if owner_url:
        variables |= {"OBOLOS_OWNER_DATABASE_URL": owner_url, "OBOLOS_AS_OWNER": "1"}
    return variables


def with_machine(variables: Mapping[str, str], machine: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables on top of the machine's own, without what would reach a foreign database or settings file."""
    ours = ("OBOLOS_", "DJANGO_", "PG", "DATABASE_URL")
    kept = {name: text for name, text in machine.items() if not name.startswith(ours)}
    return kept | {"PYTHONUNBUFFERED": "1"} | dict(variables)


def without_product() -> dict[str, str]:
    """The machine's variables with those that place the tests' server, and none that the product reads."""
    placing = ("DATABASE_URL", "OBOLOS_VAR", "OBOLOS_PG_BIN")
    return with_machine({name: os.environ[name] for name in placing if os.environ.get(name)})


def keep(variables: Mapping[str, str]) -> None:
    """Write `var/environment` for `manage.py`."""
    path = places.var() / "environment"
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.writelines(f"{name}={text}\n" for name, text in sorted(variables.items()))
    draft.replace(path)


def use_kept() -> None:
    """Take over what `make demo` wrote, where this process has nothing of its own. Used by `manage.py`."""
    path = places.var() / "environment"
    if "OBOLOS_APP_DATABASE_URL" in os.environ or not path.exists():
        return
    for line in path.read_text().splitlines():
        name, _, text = line.partition("=")
        os.environ.setdefault(name, text)
