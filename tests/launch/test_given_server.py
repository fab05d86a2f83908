"""A server that DATABASE_URL names: roles and databases made with CREATEDB and CREATEROLE only, never as superuser."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from launch import copies, keys, roles, servers
from launch.servers import APP, AUDIT, LOOKUP, OWNER, Server
from launch.stop import Stop
from tests.support import databases


@pytest.fixture
def landlord(var: Path, major: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server's real superuser; DATABASE_URL names a lesser role and its empty database `given`."""
    with servers.running("pg", keys.read_or_make()) as server:
        with server.connect() as connection:
            connection.execute("CREATE ROLE tenant LOGIN CREATEDB CREATEROLE PASSWORD 'p@ss:w/rd'")
            connection.execute("CREATE DATABASE given OWNER tenant")
        monkeypatch.setenv(
            "DATABASE_URL",
            f"postgresql://tenant:p%40ss%3Aw%2Frd@/given?host={server.admin['host'].replace('/', '%2F')}",
        )
        yield server


@pytest.fixture
def given(landlord: Server) -> Server:
    return servers.addressed("pg", keys.read_or_make())


def _as(server: Server, role: str) -> psycopg.Connection:
    return psycopg.connect(server.url(role), autocommit=True)


def test_roles_and_database_are_made_and_made_again(given: Server) -> None:
    assert (given.private, given.database) == (False, "given")
    for _ in range(2):
        roles.make_roles(given)
        roles.take_database(given)
    with _as(given, OWNER) as connection:
        connection.execute("CREATE TABLE ours (id int)")
        connection.execute("ALTER TABLE ours ENABLE ROW LEVEL SECURITY")
        connection.execute("ALTER TABLE ours FORCE ROW LEVEL SECURITY")
        connection.execute(f"CREATE POLICY audit ON ours FOR SELECT TO {AUDIT} USING (true)")
        connection.execute("CREATE POLICY everybody ON ours FOR INSERT WITH CHECK (true)")
        connection.execute(f"GRANT SELECT ON ours TO {AUDIT}")
        connection.execute("INSERT INTO ours VALUES (1)")
        assert connection.execute("SELECT count(*) FROM ours").fetchone() == (0,), "policies bind the owner too"
        connection.execute(f"SET ROLE {AUDIT}")
        assert connection.execute("SELECT count(*) FROM ours").fetchone() == (1,)
        connection.execute("RESET ROLE")
        connection.execute("CREATE FUNCTION find() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
        connection.execute(f"GRANT CREATE ON SCHEMA public TO {LOOKUP}")
        connection.execute(f"ALTER FUNCTION find() OWNER TO {LOOKUP}")
    roles.take_database(given)
    with _as(given, APP) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")


def test_a_database_with_foreign_tables_is_refused(given: Server) -> None:
    roles.make_roles(given)
    with given.connect() as connection:
        connection.execute("CREATE TABLE somebodys (id int)")
    with pytest.raises(Stop, match=r"not ours \(public\.somebodys\)"):
        roles.take_database(given)


def test_lacking_rights_are_named(landlord: Server, given: Server) -> None:
    with landlord.connect() as connection:
        connection.execute("ALTER ROLE tenant NOCREATEROLE")
    with pytest.raises(Stop, match="needs CREATEDB and CREATEROLE"):
        roles.make_roles(given)


def test_a_database_of_somebody_else_is_refused(landlord: Server, given: Server) -> None:
    roles.make_roles(given)
    with landlord.connect() as connection:
        connection.execute("ALTER DATABASE given OWNER TO CURRENT_USER")
    with pytest.raises(Stop, match="must own the database given"):
        roles.take_database(given)


def test_a_role_above_the_walls_is_refused(landlord: Server, given: Server) -> None:
    roles.make_roles(given)
    with landlord.connect() as connection:
        connection.execute("ALTER ROLE obolos_audit BYPASSRLS")
    with pytest.raises(Stop, match="obolos_audit could bypass"):
        roles.make_roles(given)


def test_an_address_that_leads_nowhere_is_one_line(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x")
    with pytest.raises(Stop, match="Cannot connect to DATABASE_URL") as refused:
        servers.addressed("pg", keys.read_or_make()).major()
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_migrations_backup_and_restore(given: Server, landlord: Server, tmp_path: Path) -> None:
    roles.make_roles(given)
    roles.take_database(given)
    product = databases.variables("unused") | {
        "OBOLOS_APP_DATABASE_URL": given.url(APP),
        "OBOLOS_OWNER_DATABASE_URL": given.url(OWNER),
    }
    databases.manage(["prepare_database"], product | {"OBOLOS_AS_OWNER": "1"})
    copies.backup(given, tmp_path / "whole.dump")
    with pytest.raises(Stop, match="not empty"):
        copies.restore(given, tmp_path / "whole.dump")
    roles.empty_database(given)
    copies.restore(given, tmp_path / "whole.dump")
    with given.connect() as connection:
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert owners == [(OWNER,)]
        of_lookup = connection.execute(
            "SELECT count(*) FROM pg_proc WHERE proowner = 'obolos_lookup'::regrole"
        ).fetchone()
        assert of_lookup is not None
        assert of_lookup[0] > 0
