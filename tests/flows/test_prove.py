"""The proofs have power: each invariant is broken by hand, behind the application's back, and found by its own name."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from launch.servers import OWNER
from obolos.flows.prove import PROOFS, prove
from tests.support import databases
from tests.support.lived_in import LivedIn, live_in
from tests.support.world import bank_says_ready, make_town

pytestmark = pytest.mark.usefixtures("db_clean")

#: What the owner of the tables does, with triggers off, and the invariants that this breaks.
TAMPERED = [
    ("UPDATE posting SET amount_cents = amount_cents + 1 WHERE account LIKE '30:%%'", {"I1"}),
    ("DELETE FROM posting WHERE entry_id = (SELECT min(id) FROM entry WHERE kind = 'CERTIFY')", {"I1", "I4b"}),
    ("UPDATE posting SET account = '11:OTHERBANK' WHERE account = '11:PIRAEUS'", {"I2"}),
    ("UPDATE posting SET account = '12:PIRAEUS' WHERE account = '11:PIRAEUS'", {"I2"}),
    ("UPDATE payment SET amount_cents = amount_cents + 1 WHERE disposition = 'APPLIED'", {"I2", "I3"}),
    ("UPDATE payment SET disposition = 'UNAPPLIED' WHERE disposition = 'APPLIED'", {"I3"}),
    ("UPDATE collection SET amount_cents = amount_cents + 1", {"I3", "I4"}),
    ("UPDATE collection SET component = 'SURCHARGE'", {"I4"}),
    ("UPDATE instalment SET collected_cents = collected_cents + 1 WHERE collected_cents > 0", {"I4", "I4b"}),
    ("UPDATE instalment SET written_off_cents = 1 WHERE open_cents > 1", {"I4b"}),
    ("UPDATE instalment SET withdrawn = true WHERE open_cents > 0", {"I4b"}),
    ("UPDATE instalment SET person_id = person_id + 1 WHERE collected_cents > 0", {"I4c"}),
    ("UPDATE entry SET reverses_id = NULL WHERE kind = 'REVERSAL'", {"I4d"}),
    ("UPDATE preissued_slip SET paid_at = NULL WHERE paid_at IS NOT NULL AND ended = ''", {"I4d"}),
    ("UPDATE entry SET key = key || 'x' WHERE key = (SELECT 'pay:' || min(evidence_key) FROM payment "
     "WHERE disposition = 'APPLIED')", {"I5"}),
    ("INSERT INTO payment (municipality_id, evidence_key, attempt_id, order_id, channel, provider, amount_cents, paid_at, "
     "paid_on, booked_at, disposition) SELECT municipality_id, evidence_key || 'x', attempt_id, order_id, channel, provider, "
     "amount_cents, paid_at, paid_on, booked_at, 'UNAPPLIED' FROM payment WHERE attempt_id IS NOT NULL LIMIT 1",
     {"I2", "I3", "I5"}),
    ("DELETE FROM delivery WHERE target = 'ERP' AND event = 'PAID'", {"I9"}),
    ("INSERT INTO delivery (municipality_id, target, subject, event, detail, state, created_at, due_at, answer) "
     "SELECT municipality_id, 'ERP', 'payment:' || id, 'PAID', '{}', 'PENDING', now(), now(), '{}' FROM payment "
     "WHERE disposition = 'UNAPPLIED'", {"I9"}),
    ("DELETE FROM bank_result", {"I10"}),
    ("UPDATE bank_result SET payment_id = NULL WHERE verdict = 'PAID'", {"I10"}),
    ("UPDATE payment_attempt SET state = 'DECLINED' WHERE state = 'PAID'", {"I12"}),
    ("UPDATE payment_attempt SET state = 'PAID' WHERE state = 'DECLINED'", {"I12"}),
    ("UPDATE payment_order SET state = 'OPEN' WHERE state IN ('PAID', 'PART')", {"I12"}),
    ("UPDATE payment_order SET state = 'PAID' WHERE state = 'FAILED'", {"I12"}),
    ("UPDATE worklist_item SET amount_cents = amount_cents + 1 WHERE kind = 'UNAPPLIED'", {"I14"}),
    ("UPDATE worklist_item SET closed_at = now() WHERE kind = 'UNAPPLIED'", {"I14"}),
    ("DELETE FROM worklist_item WHERE kind = 'UNAPPLIED'", {"I14"}),
    ("UPDATE event SET taken = taken - 1 WHERE taken > 0", {"P1"}),
    ("UPDATE price_class SET taken = taken - 1 WHERE taken > 0", {"P1"}),
    ("UPDATE purchase SET released_at = now() WHERE event_id IS NOT NULL AND released_at IS NULL", {"P1"}),
]  # fmt: skip


@pytest.fixture
def lived(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LivedIn:
    """A municipality with rows for every proof to look at."""
    bank_says_ready(monkeypatch)
    return live_in("9084", "Κρυφός Άγγελος", folder=tmp_path)


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    """Somebody who can do anything to the tables."""
    with psycopg.connect(databases.SERVER.url(OWNER, databases.DATABASE), autocommit=True) as connection:
        yield connection


def tamper(owner: psycopg.Connection[Any], town: int, sql: str) -> int:
    """Change rows with all triggers off, in one transaction; how many."""
    table = sql.split()[2] if sql.startswith(("DELETE", "INSERT")) else sql.split()[1]
    with owner.transaction(), owner.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SELECT set_config('obolos.municipality', %s, true)", [str(town)])
        cursor.execute(sql.replace("%%", "%"))
        changed = cursor.rowcount
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return changed


def broken() -> set[str]:
    """The invariants that do not hold now."""
    return {finding.proof for finding in prove() if finding.breaches}


def test_everything_that_happened_once_is_proven_and_every_proof_looked_at_rows(lived: LivedIn) -> None:
    findings = prove()
    assert [finding.proof for finding in findings] == [proof.id for proof in PROOFS]
    assert {finding.proof: finding.breaches for finding in findings if finding.breaches} == {}
    assert [finding.proof for finding in findings if not finding.examined] == []
    assert {finding.municipality for finding in findings} == {"9084"}


def test_each_invariant_is_found_broken_by_its_own_name(lived: LivedIn, owner: psycopg.Connection[Any]) -> None:
    """Each fault is planted, found, and taken back by restoring the rows."""
    town = lived.town.id
    assert broken() == set()
    for sql, expected in TAMPERED:
        table = sql.split()[2] if sql.startswith(("DELETE", "INSERT")) else sql.split()[1]
        saved = copy_of(owner, town, table)
        assert tamper(owner, town, sql) > 0, f"nothing to break: {sql}"
        assert broken() == expected, sql
        put_back(owner, town, table, saved)
        assert broken() == set(), f"not put back: {sql}"
    assert set().union(*(expected for _, expected in TAMPERED)) == {proof.id for proof in PROOFS}


def copy_of(owner: psycopg.Connection[Any], town: int, table: str) -> str:
    """All rows of a table, as JSON."""
    with owner.transaction(), owner.cursor() as cursor:
        cursor.execute("SELECT set_config('obolos.municipality', %s, true)", [str(town)])
        cursor.execute(f"SELECT coalesce(json_agg(t), '[]')::text FROM {table} t")
        row = cursor.fetchone()
        return str(row[0]) if row else "[]"


def put_back(owner: psycopg.Connection[Any], town: int, table: str, saved: str) -> None:
    """Make the rows of a table what they were; keys hold meanwhile because they are only updated or added."""
    with owner.transaction(), owner.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SELECT set_config('obolos.municipality', %s, true)", [str(town)])
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = %s::regclass "
            "AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        columns = cursor.fetchone()[0]  # type: ignore[index]
        source = f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"
        cursor.execute(f"DELETE FROM {table} WHERE id NOT IN (SELECT id FROM ({source}) s)", [saved])
        cursor.execute(
            f"UPDATE {table} t SET ({columns}) = (SELECT {columns} FROM ({source}) s WHERE s.id = t.id)", [saved]
        )
        cursor.execute(f"INSERT INTO {table} ({columns}) {source} ON CONFLICT DO NOTHING", [saved])
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_the_command_prints_what_it_examined_and_fails_on_a_breach_and_on_nothing(
    lived: LivedIn, owner: psycopg.Connection[Any]
) -> None:
    out = StringIO()
    call_command("prove", stdout=out)
    for proof in PROOFS:
        assert proof.id in out.getvalue()
    told = StringIO()
    call_command("prove", "--json", stdout=told)
    assert {finding["proof"] for finding in json.loads(told.getvalue())} == {proof.id for proof in PROOFS}
    tamper(owner, lived.town.id, "UPDATE worklist_item SET amount_cents = amount_cents + 1 WHERE kind = 'UNAPPLIED'")
    with pytest.raises((CommandError, SystemExit)):
        call_command("prove", stdout=StringIO())


def test_an_empty_installation_proves_nothing() -> None:
    with pytest.raises((CommandError, SystemExit)):
        call_command("prove", stdout=StringIO())


def test_one_municipalitys_fault_is_told_as_its_own(lived: LivedIn, owner: psycopg.Connection[Any]) -> None:
    make_town([], code="9083")
    tamper(owner, lived.town.id, "UPDATE payment_order SET state = 'OPEN' WHERE state = 'PAID'")
    assert {(finding.municipality, finding.proof) for finding in prove() if finding.breaches} == {("9084", "I12")}
