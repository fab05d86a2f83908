"""Keys, ports, and the variables that the product reads."""

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from launch import environment, keys, places, servers
from launch.environment import Addresses
from launch.stop import Stop

ADDRESSES = Addresses(8000, 8100)


def test_keys_are_made_once_and_closed_to_others(var: Path) -> None:
    found: list[keys.Keys] = []
    threads = [threading.Thread(target=lambda: found.append(keys.read_or_make())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert stat.S_IMODE((var / "secrets.json").stat().st_mode) == 0o600
    assert len(set(json.loads((var / "secrets.json").read_text()).values())) == 5


def test_damaged_keys_are_one_clear_line(var: Path) -> None:
    (var / "secrets.json").write_text("{")
    with pytest.raises(Stop, match=r"secrets\.json is damaged"):
        keys.read_or_make()


def test_only_migrations_learn_the_owners_password(var: Path) -> None:
    own = keys.read_or_make()
    for_web = environment.product(own, "postgresql://app", ADDRESSES)
    assert not [name for name, text in for_web.items() if "OWNER" in name or own.owner_password in text]
    for_migrations = environment.product(own, "postgresql://app", ADDRESSES, owner_url="postgresql://owner")
    assert for_migrations["OBOLOS_AS_OWNER"] == "1"


def test_nothing_from_outside_reaches_the_product(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "PGPASSWORD", "OBOLOS_DEBUG", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.setenv(name, "from outside")
    assert "from outside" not in environment.with_machine({"OBOLOS_DEMO": "1"}).values()


def test_manage_finds_the_demos_variables(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.keep({"OBOLOS_APP_DATABASE_URL": "postgresql://a:b@/c?host=%2Ftmp", "OBOLOS_THREADS": "4"})
    assert stat.S_IMODE((var / "environment").stat().st_mode) == 0o600
    monkeypatch.setenv("OBOLOS_THREADS", "9")
    monkeypatch.setenv("OBOLOS_APP_DATABASE_URL", "to be undone")
    monkeypatch.delenv("OBOLOS_APP_DATABASE_URL")
    environment.use_kept()
    assert os.environ["OBOLOS_APP_DATABASE_URL"] == "postgresql://a:b@/c?host=%2Ftmp"
    assert os.environ["OBOLOS_THREADS"] == "9"


@pytest.mark.parametrize("text", ["80000", "0", "-1", "http", "8000 ", "٨٠٠٠"])
def test_a_port_that_is_none_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(Stop, match="PORT=.* is not a port number"):
        environment.chosen_addresses()


def test_empty_ports_mean_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("SANDBOX_PORT", "")
    assert environment.chosen_addresses() == ADDRESSES


@pytest.mark.parametrize(
    ("given", "host", "port", "options"),
    [
        ("postgresql://u:p%40@db.example:5433/x?sslmode=verify-full", "db.example", "5433", {"sslmode": "verify-full"}),
        ("postgresql://u:p%40@/x?host=/run/pg%20here&port=5433", "/run/pg here", "5433", {}),
        ("host=db.example user=u password=p@ dbname=x", "db.example", "", {}),
    ],
)
def test_addresses_keep_what_the_given_one_says(
    given: str, host: str, port: str, options: dict[str, str], var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    own = keys.read_or_make()
    parts = urlsplit(servers.addressed("pg", own).url(servers.APP))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert (parts.username, unquote(parts.password or ""), parts.path) == ("obolos_app", own.app_password, "/x")
    assert query.pop("host", parts.hostname) == host
    assert query.pop("port", str(parts.port or "")) == port
    assert query == options


@pytest.mark.parametrize(
    "given", ["postgresql://host/x", "nonsense", "postgresql://u:p@host", "postgresql://u:p@host:abc/x y"]
)
def test_an_address_that_cannot_be_read_is_named(given: str, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    with pytest.raises(Stop, match="DATABASE_URL"):
        servers.addressed("pg", keys.read_or_make())


def test_without_its_packages_manage_py_says_how_to_call_it_in_one_line() -> None:
    bare = subprocess.run(
        [sys.executable, "-S", str(places.ROOT / "manage.py"), "quote"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert bare.returncode == 1
    (line,) = bare.stderr.splitlines()
    assert ".venv/bin/python manage.py" in line
