"""Which PostgreSQL server is used: the one that DATABASE_URL names, else a private cluster; and addresses within it.

Needs the installed packages (psycopg).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from launch.binaries import OLDEST_MAJOR
from launch.cluster import SOCKET_PORT, SUPERUSER, Cluster
from launch.keys import Keys
from launch.stop import Stop

OWNER, APP, LOOKUP, AUDIT = "obolos_owner", "obolos_app", "obolos_lookup", "obolos_audit"


@dataclass(frozen=True, slots=True)
class Server:
    """A server and the role that may make roles and databases in it. `private`: it is our own cluster."""

    admin: dict[str, str]
    database: str
    private: bool
    keys: Keys

    def connect(self, database: str | None = None) -> psycopg.Connection:
        """A connection of the role that makes roles and databases; each statement commits by itself."""
        try:
            return psycopg.connect(self.admin_url(database or self.maintenance), autocommit=True)
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[0].removeprefix("connection failed: ")
            raise Stop(f"Cannot connect to {'PostgreSQL' if self.private else 'DATABASE_URL'}: {reason}") from error

    @property
    def maintenance(self) -> str:
        """A database that is there from the start."""
        return "postgres" if self.private else self.database

    def url(self, role: str, database: str | None = None) -> str:
        """Address of a database for the owner or the application role, with its password."""
        password = {OWNER: self.keys.owner_password, APP: self.keys.app_password}[role]
        return _url(self.admin | {"user": role, "password": password, "dbname": database or self.database})

    def admin_url(self, database: str | None = None) -> str:
        """Address of a database for the role that makes roles and databases."""
        return _url(self.admin | {"dbname": database or self.database})

    def major(self) -> int:
        """Major version of the server; Stop when it is too old."""
        with self.connect() as connection:
            version = connection.info.server_version // 10_000
        if version < OLDEST_MAJOR:
            raise Stop(f"PostgreSQL {version} is too old: {OLDEST_MAJOR} or newer is needed.")
        return version


def _url(parts: dict[str, str]) -> str:
    parts = dict(parts)
    user, password, database = parts.pop("user"), parts.pop("password", ""), parts.pop("dbname")
    host, port = parts.pop("host", ""), parts.pop("port", "")
    where = quote(host, safe="[]:")
    if host.startswith("/"):
        parts, where, port = {"host": host, "port": port} | parts, "", ""
    port = f":{port}" if port else ""
    address = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{where}{port}/{quote(database, safe='')}"
    return address + (f"?{urlencode(parts, quote_via=quote)}" if parts else "")


def _of_environment(url: str, keys: Keys) -> Server:
    try:
        parts = {name: str(text) for name, text in conninfo_to_dict(url).items() if text is not None}
    except psycopg.ProgrammingError as error:
        raise Stop("DATABASE_URL cannot be read: it should be postgresql://user:password@host:port/database") from error
    if not parts.get("user") or not parts.get("dbname"):
        raise Stop("DATABASE_URL must name a user and a database.")
    return Server(admin=parts, database=parts["dbname"], private=False, keys=keys)


def _of_cluster(cluster: Cluster, keys: Keys) -> Server:
    admin = {
        "user": SUPERUSER,
        "password": keys.cluster_password,
        "host": str(cluster.socket_folder),
        "port": str(SOCKET_PORT),
    }
    return Server(admin=admin, database="obolos", private=True, keys=keys)


def cluster(name: str, keys: Keys) -> Cluster:
    """The private cluster of the demo (`pg`) or of the tests (`pg-test`)."""
    return Cluster(name, keys.cluster_password)


def addressed(name: str, keys: Keys) -> Server:
    """The server without bringing it up: enough to write addresses."""
    url = os.environ.get("DATABASE_URL", "")
    return _of_environment(url, keys) if url else _of_cluster(cluster(name, keys), keys)


@contextmanager
def running(name: str, keys: Keys) -> Iterator[Server]:
    """The server, up inside the block; a private one is stopped when its last user leaves."""
    server = addressed(name, keys)
    if not server.private:
        server.major()
        yield server
        return
    with cluster(name, keys).running():
        yield server
