"""Importing a debts file, against COPY of the same rows into all tables the import fills, keys and indexes on.

`python -m bench.import_bench [--debts 1000000]`, or through `make bench`. In a database of its own: a file is made and
imported by `manage.py import_debts` (checks, report, one transaction), its rows are copied out, the tables are emptied,
and the rows copied in again by the tables' owner. Both times and the import's memory are of this one run.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from bench.debts_files import write_debts_file
from launch import environment, keys, places, roles, servers

DATABASE = "obolos_bench_import"
CODE = "9084"
DEBTS = 1_000_000
TARGET_RATIO = 0.25
TARGET_MIB = 300
#: All tables that the import fills, parents first.
TABLES = ("person", "debtor", "debt", "instalment", "entry", "posting", "debts_file", "audit_entry")


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of both, peak memory of the importing process, and what was imported."""

    import_seconds: float
    copy_seconds: float
    memory_mib: float
    debts: int
    rows: int

    @property
    def ratio(self) -> float:
        """How much of COPY's speed the import reaches."""
        return self.copy_seconds / self.import_seconds

    @property
    def good(self) -> bool:
        """Whether speed and memory are within the targets."""
        return self.ratio >= TARGET_RATIO and self.memory_mib <= TARGET_MIB


def measure(server: servers.Server, debts: int) -> Measured:
    """One run in a fresh database, which is dropped afterwards."""
    variables = environment.product(server.keys, server.url(servers.APP, DATABASE), environment.chosen_addresses())
    variables = environment.with_machine(variables)
    owner = variables | {"OBOLOS_OWNER_DATABASE_URL": server.url(servers.OWNER, DATABASE), "OBOLOS_AS_OWNER": "1"}
    folder = Path(tempfile.mkdtemp(prefix="obolos-bench-", dir=places.var()))
    roles.drop_database(server, DATABASE)
    roles.create_database(server, DATABASE)
    try:
        _run(["manage.py", "prepare_database"], owner)
        _run(["-c", _ENROL], variables)
        path, rows = write_debts_file(folder, code=CODE, debts=debts)
        with psycopg.connect(server.url(servers.OWNER, DATABASE), autocommit=True) as connection:
            kept = _highest_ids(connection)
            import_seconds, memory = _import(path, variables)
            _copy_out(connection, folder, kept)
            copy_seconds = _copy_in(connection, folder)
        return Measured(import_seconds, copy_seconds, memory, debts, rows)
    finally:
        roles.drop_database(server, DATABASE)
        shutil.rmtree(folder, ignore_errors=True)


_ENROL = f"""
import django
django.setup()
from obolos.base.dates import athens_now
from obolos.flows.demo_data import SIGNED
from obolos.flows.demo_data.places import PLACES
from obolos.flows.enrol import enrol
place = next(one for one in PLACES if one.municipality.code == "{CODE}")
enrol(place.municipality, accounts=(), signed=SIGNED, now=athens_now())
"""


def _run(words: list[str], variables: dict[str, str]) -> None:
    subprocess.run([sys.executable, *words], cwd=places.ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)


def _import(path: Path, variables: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak MiB of the importing process; RuntimeError unless it imported."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_debts", str(path), "--json"],
        cwd=places.ROOT,
        env=variables,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status or json.loads(said)["outcome"] != "DONE":
        raise RuntimeError(f"the import failed: {said[-500:]!r}")
    return seconds, used.ru_maxrss / 1024


def _highest_ids(connection: psycopg.Connection) -> dict[str, int]:
    """What was there before the import is no part of the measurement; and the owner is let past the policies."""
    found = {}
    for table in TABLES:
        connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
        row = connection.execute(
            sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table))
        ).fetchone()
        found[table] = row[0] if row else 0
    return found


def _columns(connection: psycopg.Connection, table: str) -> sql.Composed:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' ORDER BY attnum",
        [table],
    )
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in rows)


def _copy_out(connection: psycopg.Connection, folder: Path, above: dict[str, int]) -> None:
    """The rows that the import made, to files, in the order of their ids; then the tables are empty."""
    for table in TABLES:
        query = sql.SQL("COPY (SELECT {} FROM {} WHERE id > {} ORDER BY id) TO STDOUT").format(
            _columns(connection, table), sql.Identifier(table), sql.Literal(above[table])
        )
        with connection.cursor().copy(query) as copy, (folder / table).open("wb") as file:
            for block in copy:
                file.write(block)
    names = sql.SQL(", ").join(sql.Identifier(table) for table in TABLES)
    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))


def _copy_in(connection: psycopg.Connection, folder: Path) -> float:
    """Seconds that COPY takes for the same rows, in one transaction, keys, indexes and triggers on."""
    started = time.monotonic()
    with connection.transaction(), connection.cursor() as cursor:
        # As the import does: a vacuum now would count these rows as none, and plan the key checks for an empty table.
        names = sql.SQL(", ").join(sql.Identifier(table) for table in TABLES)
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE").format(names))
        for table in TABLES:
            query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _columns(connection, table))
            with cursor.copy(query) as copy, (folder / table).open("rb") as file:
                while block := file.read(256 * 1024):
                    copy.write(block)
    return time.monotonic() - started


def main(words: list[str] | None = None) -> int:
    """Measure and print; non-zero when a target is missed."""
    parser = argparse.ArgumentParser(prog="import_bench", description=__doc__)
    parser.add_argument("--debts", type=int, default=DEBTS)
    parser.add_argument(
        "--database-url", default="", help="a server other than the demo's: a role that may make databases"
    )
    options = parser.parse_args(words)
    if options.database_url:
        os.environ["DATABASE_URL"] = options.database_url
    with servers.running("pg-bench", keys.read_or_make()) as server:
        roles.make_roles(server)
        found = measure(server, options.debts)
    print(f"import of {found.debts:,} debts ({found.rows:,} rows of the file), checks and report")
    print(f"  import            {found.import_seconds:8.1f} s  {found.debts / found.import_seconds:10,.0f} debts/s")
    print(f"  COPY, same rows   {found.copy_seconds:8.1f} s  {found.debts / found.copy_seconds:10,.0f} debts/s")
    print(f"  ratio             {found.ratio:8.2f}    at least {TARGET_RATIO}")
    print(f"  memory            {found.memory_mib:8.0f} MiB  at most {TARGET_MIB}")
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
