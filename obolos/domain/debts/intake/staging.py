"""Temporary tables that a file's rows are copied into, and the settings an import runs under.

How joins are planned here: the planner knows little of tables under row-level security that were just written, and a
nested loop that it believes short may be endless. So nested loops are off. A look-up that must go by an index says so
by LATERAL … OFFSET 0, and an update by id of rows listed in a temporary table with an index may choose (`by_id`).
"""

from contextlib import suppress
from typing import Any

from django.db import OperationalError, connection
from django.db.transaction import atomic

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.debts_file import STAGED_DEBT, STAGED_PART, Batch

#: Class of the advisory locks that keep two imports of one municipality apart.
LOCK_CLASS = 20_090_001

_TABLES = {
    "staged_debt": STAGED_DEBT,
    "staged_part": STAGED_PART,
    # What becomes of each debt of the file.
    "intake_plan": ("line bigint", "ext_id text", "version bigint", "debt_id bigint", "verdict text", "had bigint"),
    # A FULL file: open debts in its scope, and those of them that it closes.
    "intake_scope": ("debt_id bigint", "ext_id text", "origin text"),
    "intake_closing": ("debt_id bigint PRIMARY KEY", "ext_id text", "origin text"),
    # Debts that stand already and that the import changes or closes, their instalments before, what we collected of it.
    "intake_standing": ("debt_id bigint", "closing boolean"),
    "intake_had": ("instalment_id bigint PRIMARY KEY", "debt_id bigint", "number int", "closing boolean"),
    "intake_collected": (
        "instalment_id bigint", "acknowledged_cents bigint", "waiting_cents bigint", "surcharge_waiting_cents bigint",
    ),
    # Debtors, and what each debt to be written points at.
    "intake_debtor": ("afm text", "person_type text", "name text", "name_folded text", "chunk bigint"),
    "intake_person": ("afm text", "person_id bigint"),
    "intake_who": ("afm text", "person_id bigint", "debtor_id bigint"),
    "intake_kind": ("code text", "revenue_kind_id bigint"),
    "intake_apply": (
        "line bigint", "debt_id bigint PRIMARY KEY", "is_new boolean", "person_id bigint", "debtor_id bigint",
        "revenue_kind_id bigint",
    ),
    # Instalments that stand already, as the file says them now, and those that it leaves out.
    "intake_now": (
        "instalment_id bigint PRIMARY KEY", "person_id bigint", "of int", "due_on date", "principal_cents bigint",
        "written_off_cents bigint", "elsewhere_cents bigint", "added_cents bigint", "surcharge_cents bigint",
        "surcharge_as_of date", "surcharge_collected_cents bigint", "rf text",
    ),
    "intake_gone": ("instalment_id bigint PRIMARY KEY", "person_id bigint"),
    "intake_owed": ("rev_code text", "cents bigint"),
    # What was collected without us since the last time, by kind.
    "intake_elsewhere": ("revenue_kind_id bigint", "count bigint", "cents bigint", "first_cents bigint"),
    "intake_contradiction": ("instalment_id bigint", "kind text", "cents bigint", "reason text"),
}  # fmt: skip


def begin() -> None:
    """Settle the settings of this one transaction and wait until no other import of the municipality runs.

    Statements may be long, the wait for a row lock is bounded, and the wait for another import is not.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true), "
            "set_config('idle_in_transaction_session_timeout', '120s', true), set_config('work_mem', '64MB', true), "
            "set_config('jit', 'off', true), set_config('enable_nestloop', 'off', true)"
        )
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, current_municipality()])
        _keep_vacuum_away(cursor)
        cursor.execute("SELECT set_config('lock_timeout', '60s', true)")


def _keep_vacuum_away(cursor: Any) -> None:
    """While tables that PostgreSQL still takes for empty are filled for the first time.

    A vacuum in the midst of that would count a million uncommitted rows as none, and then every key check would be
    planned as if there were few: an import of minutes takes hours. The lock stops vacuum and nothing else of ours; who
    does not get it in time is kept safe by whoever has it.
    """
    cursor.execute(
        "SELECT bool_or(reltuples <= 0) FROM pg_class WHERE oid IN ('debtor'::regclass, 'debt'::regclass, "
        "'instalment'::regclass)"
    )
    if not cursor.fetchone()[0]:
        return
    cursor.execute("SELECT set_config('lock_timeout', '3s', true)")
    with suppress(OperationalError), atomic():
        cursor.execute("LOCK TABLE person, debtor, debt, instalment IN SHARE UPDATE EXCLUSIVE MODE")


def make_staging() -> None:
    """Create the temporary tables; they are dropped when the transaction ends, either way."""
    with connection.cursor() as cursor:
        for table, columns in _TABLES.items():
            cursor.execute(f"CREATE TEMP TABLE {table} ({', '.join(columns)}) ON COMMIT DROP")


def copy_batch(batch: Batch) -> None:
    """Copy a batch of staged lines."""
    with connection.cursor() as cursor:
        for table, text in (("staged_debt", batch.debts), ("staged_part", batch.parts)):
            if text:
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(text)


def analyze(*tables: str) -> None:
    """Tell the planner what is in temporary tables: nobody else does."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {table}")


def run(sql: str, values: dict[str, Any], *, fills: str = "", by_id: bool = False) -> int:
    """Run one statement; how many rows it touched. `fills` names the temporary table that it fills, to be analyzed."""
    with connection.cursor() as cursor:
        if by_id:
            cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
        cursor.execute(sql, values)
        count = int(cursor.rowcount)
        if by_id:
            cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    if fills:
        analyze(fills)
    return count
