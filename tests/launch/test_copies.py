"""Backup and restore of the private cluster's database: whole, closed to others, and never over a running demo."""

import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from launch import copies, keys, roles, servers
from launch.servers import APP, OWNER, Server
from launch.stop import Stop


@pytest.fixture
def server(var: Path) -> Iterator[Server]:
    """A database with one table that its own policies hide from its owner."""
    with servers.running("pg", keys.read_or_make()) as server:
        roles.make_roles(server)
        roles.take_database(server)
        with psycopg.connect(server.url(OWNER)) as connection:
            connection.execute("CREATE TABLE ours (id int)")
            connection.execute("INSERT INTO ours VALUES (7)")
            connection.execute("ALTER TABLE ours ENABLE ROW LEVEL SECURITY")
            connection.execute("ALTER TABLE ours FORCE ROW LEVEL SECURITY")
            connection.execute(f"CREATE POLICY seen ON ours FOR SELECT TO {APP} USING (true)")
            connection.execute(f"GRANT SELECT ON ours TO {APP}")
        yield server


def _rows(server: Server) -> list[tuple[int]]:
    with psycopg.connect(server.url(APP)) as connection:
        return connection.execute("SELECT id FROM ours").fetchall()


def _databases(server: Server) -> set[str]:
    with server.connect() as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'obolos%'")}


def test_a_backup_holds_every_row_and_comes_back(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "whole.dump"
    copies.backup(server, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with psycopg.connect(server.url(OWNER)) as connection:
        connection.execute("DROP TABLE ours")
    copies.restore(server, target)
    assert _rows(server) == [(7,)]
    with psycopg.connect(server.url(OWNER)) as connection:
        assert connection.execute("SELECT count(*) FROM ours").fetchone() == (0,), "policies bind again"
    assert _databases(server) == {"obolos", "obolos_before"}


def test_a_damaged_backup_changes_nothing(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "whole.dump"
    copies.backup(server, target)
    target.write_bytes(target.read_bytes()[:-200])
    with pytest.raises(Stop, match="pg_restore failed"):
        copies.restore(server, target)
    assert _rows(server) == [(7,)]
    assert _databases(server) == {"obolos"}


def test_a_failed_backup_leaves_the_former_one(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "whole.dump"
    target.write_text("former")
    roles.drop_database(server, server.database)
    with pytest.raises(Stop, match="pg_dump failed"):
        copies.backup(server, target)
    assert target.read_text() == "former"
    assert list(tmp_path.iterdir()) == [target]


def test_a_database_in_use_is_not_replaced(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "whole.dump"
    copies.backup(server, target)
    with psycopg.connect(server.url(APP)), pytest.raises(Stop, match="in use"):
        copies.restore(server, target)


def test_files_are_asked_for(server: Server) -> None:
    with pytest.raises(Stop, match="FILE="):
        copies.named_file("")
    with pytest.raises(Stop, match="There is no file"):
        copies.restore(server, Path("/nowhere/at.all"))
