"""The database that measurements run on."""

from pathlib import Path

import psycopg

from launch import scratch
from launch.servers import APP


def test_it_is_fresh_migrated_and_gone_afterwards(var: Path) -> None:
    with scratch.fresh_database() as found:
        url = found.variables()["OBOLOS_APP_DATABASE_URL"]
        assert url == found.server.url(APP, found.database)
        assert "OBOLOS_OWNER_DATABASE_URL" not in found.variables()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM municipality").fetchone() == (0,)
        with found.server.connect() as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    assert not found.folder.exists()
