"""Temporary tables that a file's rows are copied into, and the settings an import runs under."""

from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.debts_file import STAGED_DEBT, STAGED_PART, Batch

#: Class of the advisory locks that keep two imports of one municipality apart.
LOCK_CLASS = 20_090_001

_TABLES = {
    "staged_debt": STAGED_DEBT,
    "staged_part": STAGED_PART,
    "intake_plan": ("line bigint", "ext_id text", "version bigint", "debt_id bigint", "verdict text", "had bigint"),
    "intake_debtor": ("afm text", "person_type text", "name text", "name_folded text", "chunk bigint"),
    "intake_person": ("afm text", "person_id bigint"),
    "intake_apply": (
        "line bigint", "debt_id bigint", "is_new boolean", "person_id bigint", "debtor_id bigint",
        "revenue_kind_id bigint",
    ),
    "intake_closing": ("debt_id bigint", "ext_id text", "origin text"),
    "intake_collected": (
        "instalment_id bigint", "acknowledged_cents bigint", "waiting_cents bigint", "surcharge_waiting_cents bigint",
    ),
    "intake_owed": ("rev_code text", "cents bigint"),
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
            "set_config('jit', 'off', true)"
        )
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, current_municipality()])
        cursor.execute("SELECT set_config('lock_timeout', '60s', true)")


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


def run(sql: str, values: dict[str, Any]) -> int:
    """Run one statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)
