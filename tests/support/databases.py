"""Databases of one test process: its own copy of a migrated template, on a cluster of the tests' own.

The template is made by the owner role once for each state of the migrations; a copy takes a fraction of a second. Tests
connect as the application role, which owns nothing, so row-level security binds them as it binds the product.

The product's files go to a folder of this process (`FOLDER`), the cluster stays in `var/`.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import django
import psycopg
from django.conf import settings
from psycopg import sql

from launch import children, environment, keys, places, roles, servers
from launch.environment import Addresses
from launch.servers import APP, AUDIT, OWNER

KEYS = keys.read_or_make()
SERVER = servers.addressed("pg-test", KEYS)
_CLUSTER = servers.cluster("pg-test", KEYS) if SERVER.private else None
_LOCK = places.var() / "pg-test-template.lock"
_TEMPLATES_KEPT = 3

#: This process's own database, folder and ports.
DATABASE = f"obolos_run_{os.getpid()}"
FOLDER = Path(tempfile.mkdtemp(prefix="obolos-test-"))
ADDRESSES = Addresses(portal_port=children.free_port(), sandbox_port=children.free_port())


def variables(
    database: str, folder: Path = FOLDER, addresses: Addresses = ADDRESSES, *, owner: bool = False
) -> dict[str, str]:
    """What the product reads, for one of this process's databases."""
    found = environment.product(
        KEYS, SERVER.url(APP, database), addresses, owner_url=SERVER.url(OWNER, database) if owner else ""
    )
    return found | {"OBOLOS_VAR": str(folder), "OBOLOS_DIAS_INBOX": str(folder / "dias" / "inbox")}


def load_settings() -> None:
    """Load the product's settings for this process's database, whatever the environment says.

    The environment is put back at once: further test processes inherit it, and must find their own database.
    """
    (FOLDER / "dias" / "inbox").mkdir(parents=True)
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(environment.with_machine(variables(DATABASE), before))
        django.setup()
        assert settings.DATABASES["default"]["NAME"] == DATABASE
    finally:
        os.environ.clear()
        os.environ.update(before)


def remove_folder() -> None:
    """Delete what the tests of this process left in their folder."""
    shutil.rmtree(FOLDER, ignore_errors=True)


@contextmanager
def server_up() -> Iterator[None]:
    """The tests' server, up with its roles. The private one stops when the last test process leaves."""
    with _CLUSTER.running() if _CLUSTER else nullcontext():
        with _alone():
            roles.make_roles(SERVER)
        yield


@contextmanager
def copy_of_template(name: str) -> Iterator[None]:
    """A fresh migrated database of that name, dropped at the end. The server must be up."""
    template = _template()
    roles.drop_database(SERVER, name)
    roles.create_database(SERVER, name, template=template)
    try:
        yield
    finally:
        roles.drop_database(SERVER, name)


class Flusher:
    """Empties a database between tests, as its owner; rows that migrations put there stay."""

    def __init__(self, name: str) -> None:
        options = "-c lock_timeout=10s -c client_min_messages=warning"
        self._connection = psycopg.connect(SERVER.url(OWNER, name), autocommit=True, options=options)
        self._kept = {table for table in self._used() if self._holds_rows(table)}

    def flush(self) -> None:
        """Truncate every table that a test has written to. Number sequences go on, so that ids seldom coincide."""
        used = [sql.Identifier(table) for table in self._used() if table not in self._kept]
        if used:
            self._connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(used)))

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _used(self) -> list[str]:
        """Tables that have pages: a row was written since the last TRUNCATE, even one that was rolled back."""
        rows = self._connection.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
            "AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0"
        )
        return [name for (name,) in rows]

    def _holds_rows(self, table: str) -> bool:
        query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
        try:
            self._connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(AUDIT)))
            found = self._connection.execute(query).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            return True
        finally:
            self._connection.execute("RESET ROLE")
        return bool(found and found[0])


def manage(words: list[str], product: dict[str, str]) -> str:
    """Run `manage.py`, return what it printed; an AssertionError with its output when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=places.ROOT,
        env=environment.with_machine(product),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"manage.py {' '.join(words)}:\n{done.stdout}{done.stderr}"
    return done.stdout


def _template() -> str:
    """Name of the migrated template for the migrations as they are now; made when missing."""
    name = f"obolos_template_{_fingerprint()}"
    with _alone():
        with SERVER.connect() as connection:
            there = [row[0] for row in connection.execute("SELECT datname FROM pg_database ORDER BY oid")]
        if name in there:
            return name
        _drop_leftovers(there)
        draft = f"{name}_new"
        roles.drop_database(SERVER, draft)
        roles.create_database(SERVER, draft)
        manage(["prepare_database"], variables(draft, owner=True))
        with SERVER.connect() as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name))
            )
    return name


def _fingerprint() -> str:
    """Of everything that decides what a migrated database looks like."""
    found = hashlib.sha256((places.REQUIREMENTS / "base.txt").read_bytes())
    product = places.ROOT / "obolos"
    sources = [
        path for path in product.rglob("*.py") if "migrations" in path.parts or path.name == "prepare_database.py"
    ]
    sources += (product / "base").rglob("*.py")
    sources += [product / "config" / "settings.py", places.ROOT / "launch" / "roles.py"]
    for path in sorted(set(sources)):
        found.update(str(path.relative_to(product.parent)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _drop_leftovers(there: list[str]) -> None:
    """Databases of test processes that were killed, and templates of former migrations."""
    templates = [name for name in there if name.startswith("obolos_template_")]
    for name in templates[:-_TEMPLATES_KEPT]:
        roles.drop_database(SERVER, name)
    if not SERVER.private:
        return
    for name in there:
        found = re.match(r"obolos_run_(\d+)", name)
        if found and not Path(f"/proc/{found.group(1)}").exists() and Path("/proc").exists():
            roles.drop_database(SERVER, name)


@contextmanager
def _alone() -> Iterator[None]:
    with _LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
