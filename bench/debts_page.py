"""«My debts» of somebody with 10 debts, and a guest's page of one, beside 100,000 and 1,000,000 debts of other people.

`python -m bench.debts_page [--debts 1000000]`. The statements are those that the product runs, taken down while it
runs them, and explained as the application role in the person's own context under row-level security. The plan must
be the same and read at most 1.2 times the pages. How many pages a second come over HTTP is told beside it.
"""

import argparse
import functools
import json
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from bench.lifecycle import Client
from launch import children, environment, places
from launch.scratch import Scratch, fresh_database
from launch.servers import OWNER
from launch.stack import Stack

BUFFERS_TARGET = 1.2
FEW, MANY = 100_000, 1_000_000
_EACH = 10
_TABLES = ("person", "debtor", "debt", "instalment", "pay_code")
MINE, GUEST = "my debts: 10 debts of one person", "a guest's page: found by number and plate, opened by its code"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one size of database showed. `plan`: node types and indexes, statement by statement."""

    debts: int
    plan: list[str]
    buffers: int
    pages_a_second: float
    p95_ms: float


def _ways(plan: list[str]) -> list[str]:
    """A plan without the choice between two unique indexes that find one row by its id, alone or with its municipality:
    PostgreSQL takes the one that has fewer levels just then."""
    return [re.sub(r"_(pkey|tenant) on", "_by_id on", line) for line in plan]


@dataclass(frozen=True, slots=True)
class Measured:
    """One page at both sizes."""

    page: str
    few: Seen
    many: Seen

    @property
    def ratio(self) -> float:
        """Shared buffers with many debts over those with few."""
        return self.many.buffers / self.few.buffers

    @property
    def same_plan(self) -> bool:
        """Whether both sizes are read in the same way, and neither by reading a whole table of debts."""
        scans = any("Seq Scan on" in line and "municipality" not in line for line in self.many.plan)
        return _ways(self.few.plan) == _ways(self.many.plan) and not scans

    @property
    def good(self) -> bool:
        """Whether the targets are met."""
        return self.same_plan and self.ratio <= BUFFERS_TARGET


@functools.cache
def measure(debts: int = MANY, seconds: float = 5) -> tuple[Measured, Measured]:
    """Fill to a tenth, look at both pages, fill up, look again: «my debts», and a guest's."""
    with fresh_database("obolos_bench_debts") as scratch:
        person, session, code = json.loads(_probe(scratch, "seed"))
        looks = []
        for size in (max(_EACH, debts // 10), debts):
            _fill(scratch, size)
            mine = _look(scratch, size, ("explain", str(person)), "/debts/", session, seconds)
            looks.append((mine, _look(scratch, size, ("explain_guest", code), f"/k/{code}/", "", seconds)))
    (few, few_guest), (many, many_guest) = looks
    return Measured(MINE, few, many), Measured(GUEST, few_guest, many_guest)


def _look(scratch: Scratch, debts: int, words: tuple[str, str], path: str, session: str, seconds: float) -> Seen:
    plan, buffers = json.loads(_probe(scratch, *words))
    rate, p95 = _pages(scratch, path, session, seconds)
    return Seen(debts, plan, buffers, rate, p95)


def _probe(scratch: Scratch, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.debts_page_probe", *words], cwd=places.ROOT, check=True,
        env=environment.with_machine(scratch.variables()), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout.splitlines()[-1]


def _fill(scratch: Scratch, debts: int) -> None:
    """Copies of the person's own rows under other people's names, until there are so many debts; by the owner.

    They come in as years of files bring them, one debt of everybody after the other: nobody's debts lie side by side.
    """
    with psycopg.connect(scratch.server.url(OWNER, scratch.database), autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
        row = connection.execute("SELECT count(*), coalesce(max(id), 0) FROM debt").fetchone()
        assert row is not None
        there, last = row
        people = max(0, debts - there) // _EACH
        begin = there // _EACH + 1
        _copies(
            connection, "person", {"afm": "'Z' || lpad(g::text, 8, '0')"},
            f"generate_series({begin}, {begin + people - 1}) g",
        )  # fmt: skip
        new = f"BETWEEN 'Z{begin:08d}' AND 'Z{begin + people - 1:08d}'"
        _copies(connection, "debtor", {"person_id": "p.id", "afm": "p.afm"}, f"person p WHERE p.afm {new}")
        _copies(
            connection, "debt",
            {
                "person_id": "r.person_id", "debtor_id": "r.id", "ext_id": "'B-' || r.id || '-' || g",
                "ticket_folded": "'T' || r.id || g", "plate_folded": "'INA' || r.id % 9000",
            },
            f"debtor r CROSS JOIN generate_series(1, {_EACH}) g WHERE r.afm {new} ORDER BY g, r.id",
        )  # fmt: skip
        _copies(
            connection, "instalment", {"person_id": "d.person_id", "debt_id": "d.id"},
            f"debt d WHERE d.id > {last} ORDER BY d.id",
        )  # fmt: skip
        _copies(
            connection, "pay_code", {"debt_id": "d.id", "code": "upper(substr(md5(d.id::text), 1, 16))"},
            f"debt d WHERE d.id > {last} ORDER BY d.id",
        )  # fmt: skip
        for table in _TABLES:
            connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
            connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))


def _copies(connection: psycopg.Connection, table: str, other: dict[str, str], source: str) -> None:
    """Copies of the table's first row, one for each row of `source`, with other values in some columns."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' AND attname <> 'id' ORDER BY attnum",
        [table],
    )
    names = [name for (name,) in rows]
    values = ", ".join(other.get(name, f't."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) t "
        f"CROSS JOIN {source}".encode()
    )


def _pages(scratch: Scratch, path: str, session: str, seconds: float) -> tuple[float, float]:
    """Pages a second of one visitor, and their 95th percentile in ms."""
    stack = Stack(scratch.addresses, scratch.variables(), scratch.folder)
    stack.start_web()
    try:
        children.wait_for(f"{scratch.addresses.portal}/health/ready", stack.running, 60)
        web = Client(scratch.addresses.portal)
        taken: list[float] = []
        cookie = {"Cookie": f"obolos_session={session}; obolos_language=el"}
        end, warm = time.monotonic() + seconds, 20
        while time.monotonic() < end or len(taken) < 20:
            began = time.perf_counter()
            status, body = web.call("GET", path, headers=cookie)
            if status != 200:
                raise RuntimeError(f"{path}: {status} {body[:300]!r}")
            if warm:
                warm -= 1
            else:
                taken.append(time.perf_counter() - began)
        return len(taken) / sum(taken), statistics.quantiles(taken, n=20)[-1] * 1000
    finally:
        stack.stop()


def told(found: Measured) -> dict[str, Any]:
    """The figures as plain values."""
    return {
        "few": {"debts": found.few.debts, "buffers": found.few.buffers, "pages_a_second": found.few.pages_a_second},
        "many": {"debts": found.many.debts, "buffers": found.many.buffers, "pages_a_second": found.many.pages_a_second},
        "same_plan": found.same_plan,
    }


def show(found: Measured) -> None:
    """Print both plans and their figures."""
    print(f"{found.page}, beside the debts of others")
    for seen in (found.few, found.many):
        print(
            f"  {seen.debts:>9,} debts: {seen.buffers} shared buffers; one visitor {seen.pages_a_second:.0f} pages/s, "
            f"p95 {seen.p95_ms:.1f} ms"
        )
    for line in found.many.plan:
        print(f"    {line}")
    if not found.same_plan:
        print("  with fewer debts the plan is another:")
        for line in found.few.plan:
            print(f"    {line}")
    print(
        f"  same plan {'yes' if found.same_plan else 'NO'}, buffers ratio {found.ratio:.2f}, at most {BUFFERS_TARGET}"
    )


def main(words: list[str] | None = None) -> int:
    """Measure and print; non-zero when a target is missed."""
    parser = argparse.ArgumentParser(prog="debts_page", description=__doc__)
    parser.add_argument("--debts", type=int, default=MANY)
    parser.add_argument("--seconds", type=float, default=5)
    asked = parser.parse_args(words)
    found = measure(asked.debts, asked.seconds)
    for page in found:
        show(page)
    return 0 if all(page.good for page in found) else 1


if __name__ == "__main__":
    sys.exit(main())
