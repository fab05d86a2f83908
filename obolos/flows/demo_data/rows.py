"""Write one municipality's demo debts: COPY into temporary tables, then INSERT … SELECT under row-level security.

What is certified or arranged is posted to the ledger as an imported file would be: one entry per revenue code.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from random import Random
from typing import Any

from django.db import connection

from obolos.base.references import plate_fold, ticket_fold
from obolos.base.tenancy import current_municipality
from obolos.base.text import fold
from obolos.domain.debts.law_defaults import default_rules
from obolos.flows.demo_data.inhabitants import Inhabitant
from obolos.flows.demo_data.shapes import DemoDebt

_TABLES = """
CREATE TEMP TABLE demo_person (afm text, type text, name text, name_folded text) ON COMMIT DROP;
CREATE TEMP TABLE demo_debt (ext_id text, afm text, kind text, rev_code text, year int, catalogue text, line text,
    atb text, description text, certified_on date, ticket_no text, ticket_folded text, plate text, plate_folded text,
    violation_on date) ON COMMIT DROP;
CREATE TEMP TABLE demo_part (ext_id text, number int, of int, due_on date, principal_cents bigint,
    written_off_cents bigint, elsewhere_cents bigint, added_cents bigint, surcharge_cents bigint,
    surcharge_as_of date) ON COMMIT DROP
"""

_INSERT_DEBTORS = """
INSERT INTO debtor (municipality_id, person_id, afm, name, name_folded)
SELECT %(municipality)s, e.id, p.afm, p.name, p.name_folded
FROM obolos_enter_people(
    (SELECT array_agg(afm ORDER BY afm) FROM demo_person), (SELECT array_agg(type ORDER BY afm) FROM demo_person)) e
JOIN demo_person p ON p.afm = e.afm
ORDER BY e.id
"""

_INSERT_DEBTS = """
INSERT INTO debt (municipality_id, person_id, debtor_id, revenue_kind_id, origin, ext_id, version, kind, rev_code,
    orig_code, year, catalogue, line, atb, description, certified_on, ticket_no, ticket_folded, plate, plate_folded,
    violation_on)
SELECT %(municipality)s, o.person_id, o.id, k.id, 'DEMO', d.ext_id, 1, d.kind, d.rev_code, d.rev_code, d.year,
    d.catalogue, d.line, d.atb, d.description, d.certified_on, d.ticket_no, d.ticket_folded, d.plate, d.plate_folded,
    d.violation_on
FROM demo_debt d
JOIN debtor o ON o.municipality_id = %(municipality)s AND o.afm = d.afm
JOIN revenue_kind k ON k.municipality_id = %(municipality)s AND k.code = d.rev_code
ORDER BY d.ext_id
"""

_INSERT_INSTALMENTS = """
INSERT INTO instalment (municipality_id, person_id, debt_id, number, of, due_on, principal_cents, written_off_cents,
    elsewhere_cents, added_cents, surcharge_cents, surcharge_as_of)
SELECT %(municipality)s, d.person_id, d.id, p.number, p.of, p.due_on, p.principal_cents, p.written_off_cents,
    p.elsewhere_cents, p.added_cents, p.surcharge_cents, p.surcharge_as_of
FROM demo_part p
JOIN debt d ON d.municipality_id = %(municipality)s AND d.ext_id = p.ext_id
ORDER BY d.id, p.number
"""

_POST_CERTIFICATIONS = """
WITH owed AS (
    SELECT d.rev_code, sum(i.principal_cents - i.written_off_cents - i.elsewhere_cents) AS cents
    FROM instalment i JOIN debt d ON d.id = i.debt_id
    WHERE i.municipality_id = %(municipality)s AND d.kind IN ('CERTIFIED', 'ARRANGED')
    GROUP BY d.rev_code HAVING sum(i.principal_cents - i.written_off_cents - i.elsewhere_cents) > 0
), made AS (
    INSERT INTO entry (municipality_id, key, kind, "on", booked_at)
    SELECT %(municipality)s, 'certify:demo:' || rev_code, 'CERTIFY', %(on)s, %(now)s FROM owed ORDER BY rev_code
    RETURNING id, key
)
INSERT INTO posting (municipality_id, entry_id, account, amount_cents)
SELECT %(municipality)s, m.id, side.account || o.rev_code, side.sign * o.cents
FROM owed o
JOIN made m ON m.key = 'certify:demo:' || o.rev_code
CROSS JOIN (VALUES ('20:', 1), ('30:', -1)) AS side (account, sign)
"""


def write_debts(
    random: Random, people: Sequence[Inhabitant], debts: Sequence[DemoDebt], *, on: date, now: datetime
) -> None:
    """Enter the debtors and debts of the open unit of work's municipality, and post what is certified."""
    municipality = current_municipality()
    numbered = [(f"{debt.code}-D{number:06d}", debt) for number, debt in enumerate(debts, 1)]
    with connection.cursor() as cursor:
        for statement in _TABLES.split(";"):
            cursor.execute(statement)
        _copy(cursor, "demo_person", ([one.afm, one.type, one.name, fold(one.name)] for one in people))
        _copy(cursor, "demo_debt", (_debt_row(random, ext_id, debt) for ext_id, debt in numbered))
        _copy(cursor, "demo_part", (row for ext_id, debt in numbered for row in _part_rows(ext_id, debt)))
        values: dict[str, Any] = {"municipality": municipality, "on": on, "now": now}
        for statement in (_INSERT_DEBTORS, _INSERT_DEBTS, _INSERT_INSTALMENTS, _POST_CERTIFICATIONS):
            cursor.execute(statement, values)


def _copy(cursor: Any, table: str, rows: Iterable[Sequence[object]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _debt_row(random: Random, ext_id: str, debt: DemoDebt) -> Sequence[object]:
    catalogue, line, atb = str(random.randint(1, 400)), str(random.randint(1, 9999)), f"{random.randint(1, 9999)}"
    return (
        ext_id, debt.afm, debt.kind, debt.rev_code, debt.year, catalogue, line, f"{atb}/{debt.year}",
        f"{default_rules(debt.rev_code).name_el}, {debt.detail}",
        debt.certified_on, debt.ticket_no, ticket_fold(debt.ticket_no), debt.plate, plate_fold(debt.plate),
        debt.violation_on,
    )  # fmt: skip


def _part_rows(ext_id: str, debt: DemoDebt) -> Iterable[Sequence[object]]:
    for number, part in enumerate(debt.parts, 1):
        yield (
            ext_id, number, len(debt.parts), part.due_on, part.principal_cents, part.written_off_cents,
            part.elsewhere_cents, part.added_cents, part.surcharge_cents, part.surcharge_as_of,
        )  # fmt: skip
