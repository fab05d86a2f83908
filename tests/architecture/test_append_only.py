"""I16 on real rows: what tells of money, evidence or law is written once, whoever asks, even the owner of the tables."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.utils import IntegrityError, ProgrammingError

from obolos.base.tenancy import tenancy
from tests.architecture.test_catalogue import APPEND_ONLY
from tests.support.lived_in import LivedIn, live_in
from tests.support.world import bank_says_ready, one

pytestmark = pytest.mark.usefixtures("db_clean")


@pytest.fixture
def lived(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LivedIn:
    """A municipality with rows in every append-only table."""
    bank_says_ready(monkeypatch)
    return live_in("9084", "Κρυφός Άγγελος", folder=tmp_path)


def refused_by_application(town: int, sql: str) -> bool:
    """Whether the application gets nowhere with a statement, for one of the reasons meant here."""
    try:
        with tenancy(municipality=town), connection.cursor() as cursor:
            cursor.execute(sql)
    except (ProgrammingError, IntegrityError) as refusal:
        reasons = ("permission denied", "is append-only", "stays paid", "does not change")
        return any(reason in str(refusal) for reason in reasons)
    return False


def refused_by_triggers(owner: psycopg.Connection[Any], town: int, sql: str) -> str:
    """What the triggers say to the owner of the tables; the rows must have been there."""
    with owner.transaction(force_rollback=True), owner.cursor() as cursor:
        cursor.execute("SELECT set_config('obolos.municipality', %s, true)", [str(town)])
        try:
            cursor.execute(sql)
        except psycopg.errors.IntegrityConstraintViolation as refusal:
            return str(refusal)
        return f"{cursor.rowcount} rows changed"


def test_append_only_rows_are_never_changed_nor_deleted(lived: LivedIn, as_owner: psycopg.Connection[Any]) -> None:
    town = lived.town
    for table in sorted(APPEND_ONLY):
        assert one(town, f"SELECT count(*) FROM {table}") > 0, f"{table}: nothing happened that fills it"
        change, deletion = f"UPDATE {table} SET id = id", f"DELETE FROM {table}"
        for sql in (change, deletion):
            assert refused_by_application(town.id, sql), sql
            assert "is append-only" in refused_by_triggers(as_owner, town.id, sql), sql


def test_money_is_never_deleted(lived: LivedIn) -> None:
    tables = (
        "payment", "payment_order", "order_line", "payment_attempt", "rf_code", "debt", "instalment", "delivery",
        "worklist_item", "merchant_account", "debtor",
    )  # fmt: skip
    for table in tables:
        assert one(lived.town, f"SELECT count(*) FROM {table}") > 0
        assert refused_by_application(lived.town.id, f"DELETE FROM {table}"), table
        assert refused_by_application(lived.town.id, f"TRUNCATE {table} CASCADE"), table


def test_what_was_paid_stays_paid_and_as_it_was(lived: LivedIn, as_owner: psycopg.Connection[Any]) -> None:
    for sql in (
        "UPDATE payment_order SET state = 'FAILED' WHERE state = 'PAID'",
        "UPDATE payment_attempt SET state = 'DECLINED' WHERE state = 'PAID'",
        "UPDATE payment SET amount_cents = amount_cents + 1",
        "UPDATE payment SET paid_on = paid_on - 1",
        "UPDATE payment SET evidence_key = evidence_key || 'x'",
        "UPDATE payment SET order_id = NULL WHERE order_id IS NOT NULL",
    ):
        assert refused_by_application(lived.town.id, sql), sql
        said = refused_by_triggers(as_owner, lived.town.id, sql)
        assert "stays paid" in said or "does not change" in said, f"{sql}: {said}"


def test_an_entry_that_does_not_balance_cannot_be_written(lived: LivedIn) -> None:
    def write(*postings: tuple[str, int]) -> None:
        with tenancy(municipality=lived.town.id), connection.cursor() as cursor:
            cursor.execute(
                'INSERT INTO entry (municipality_id, key, kind, "on", booked_at) '
                "VALUES (%s, 'odd', 'PAYMENT', now(), now()) RETURNING id",
                [lived.town.id],
            )
            entry = cursor.fetchone()[0]
            if postings:
                values = ", ".join(f"({lived.town.id}, {entry}, '{account}', {cents})" for account, cents in postings)
                cursor.execute(
                    f"INSERT INTO posting (municipality_id, entry_id, account, amount_cents) VALUES {values}"
                )

    with pytest.raises(IntegrityError, match="do not sum to zero"):
        write(("11:PIRAEUS", 100), ("42:UNAPPLIED", -99))
    with pytest.raises(IntegrityError, match="do not sum to zero"):
        write(("11:PIRAEUS", 100))
    with pytest.raises(IntegrityError, match="has no postings"):
        write()
    with pytest.raises(IntegrityError, match="posting_not_zero"):
        write(("11:PIRAEUS", 0), ("42:UNAPPLIED", 0))
    write(("11:PIRAEUS", 100), ("42:UNAPPLIED", -100))
