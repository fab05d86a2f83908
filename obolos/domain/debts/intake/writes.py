"""The writes of an import: debtors, debts, instalments, and what contradicts our own books.

What passed our ledger (`collected_cents`, `discounted_cents`) is never touched here: no import reopens what we booked.
"""

from dataclasses import dataclass

from django.db import connection

from obolos.base.dates import athens_date
from obolos.domain.debts.intake import certification
from obolos.domain.debts.intake.plan import Import
from obolos.domain.debts.intake.staging import analyze, run

#: People entered by one call.
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Written:
    """Rows written, for the report."""

    debtors: int
    instalments_new: int
    instalments_changed: int
    instalments_withdrawn: int
    entries: int


_DEBTORS = f"""
INSERT INTO intake_debtor (afm, person_type, name, name_folded, chunk)
SELECT afm, person_type, name, name_folded, (row_number() OVER (ORDER BY afm) - 1) / {CHUNK}
FROM (
    SELECT DISTINCT ON (s.afm) s.afm, s.person_type, s.name, s.name_folded
    FROM intake_plan p JOIN staged_debt s ON s.line = p.line
    WHERE p.verdict IN ('NEW', 'CHANGED', 'BACK')
    ORDER BY s.afm, s.line DESC
) last_said
"""

_PEOPLE = """
INSERT INTO intake_person (afm, person_id)
SELECT e.afm, e.id FROM obolos_enter_people(
    (SELECT array_agg(afm ORDER BY afm) FROM intake_debtor WHERE chunk = %(chunk)s),
    (SELECT array_agg(person_type ORDER BY afm) FROM intake_debtor WHERE chunk = %(chunk)s)) e
"""

_ENTER_DEBTORS = """
INSERT INTO debtor (municipality_id, person_id, afm, name, name_folded)
SELECT %(municipality)s, p.person_id, d.afm, d.name, d.name_folded
FROM intake_debtor d JOIN intake_person p ON p.afm = d.afm
ORDER BY p.person_id
ON CONFLICT (municipality_id, person_id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded
    WHERE debtor.name <> excluded.name OR debtor.name_folded <> excluded.name_folded
"""

_APPLY = """
INSERT INTO intake_apply (line, debt_id, is_new, person_id, debtor_id, revenue_kind_id)
SELECT p.line, p.debt_id, p.verdict = 'NEW', o.person_id, o.id, k.id
FROM intake_plan p
JOIN staged_debt s ON s.line = p.line
JOIN intake_person e ON e.afm = s.afm
JOIN debtor o ON o.municipality_id = %(municipality)s AND o.person_id = e.person_id
JOIN revenue_kind k ON k.municipality_id = %(municipality)s AND k.code = s.rev_code
WHERE p.verdict IN ('NEW', 'CHANGED', 'BACK')
"""

_LOCK = """
SELECT count(*) FROM (
    SELECT i.id FROM instalment i
    WHERE i.debt_id IN (
        SELECT debt_id FROM intake_plan WHERE verdict IN ('CHANGED', 'BACK')
        UNION ALL SELECT debt_id FROM intake_closing
    )
    ORDER BY i.id FOR NO KEY UPDATE
) locked
"""

_NEW_DEBTS = """
INSERT INTO debt (id, municipality_id, person_id, debtor_id, revenue_kind_id, origin, ext_id, version, kind, rev_code,
    orig_code, year, catalogue, line, atb, description, certified_on, ticket_no, ticket_folded, plate, plate_folded,
    violation_on, content)
SELECT a.debt_id, %(municipality)s, a.person_id, a.debtor_id, a.revenue_kind_id, 'ERP', s.ext_id, s.version, s.kind,
    s.rev_code, s.orig_code, s.year, s.catalogue, s.roll_line, s.atb, s.description, s.certified_on, s.ticket_no,
    s.ticket_folded, s.plate, s.plate_folded, s.violation_on, s.content
FROM intake_apply a JOIN staged_debt s ON s.line = a.line
WHERE a.is_new
"""

_CHANGED_DEBTS = """
UPDATE debt d SET person_id = a.person_id, debtor_id = a.debtor_id, revenue_kind_id = a.revenue_kind_id,
    origin = 'ERP', version = s.version, kind = s.kind, rev_code = s.rev_code, orig_code = s.orig_code, year = s.year,
    catalogue = s.catalogue, line = s.roll_line, atb = s.atb, description = s.description,
    certified_on = s.certified_on, ticket_no = s.ticket_no, ticket_folded = s.ticket_folded, plate = s.plate,
    plate_folded = s.plate_folded, violation_on = s.violation_on, content = s.content, withdrawn_at = NULL
FROM intake_apply a JOIN staged_debt s ON s.line = a.line
WHERE d.id = a.debt_id AND NOT a.is_new
"""

#: A new debt's instalments, then those that a new version adds to a debt: nothing of them passed our ledger yet.
_NEW_INSTALMENTS = """
INSERT INTO instalment (municipality_id, person_id, debt_id, number, of, due_on, principal_cents, written_off_cents,
    elsewhere_cents, added_cents, surcharge_cents, surcharge_as_of, rf)
SELECT %(municipality)s, a.person_id, a.debt_id, t.number, t.of, t.due_on, t.principal_cents, t.written_off_cents,
    t.paid_cents, t.added_cents, t.surcharge_cents, t.surcharge_as_of, t.rf
FROM intake_apply a JOIN staged_part t ON t.debt_line = a.line
WHERE a.is_new
"""

_ADDED_INSTALMENTS = """
INSERT INTO instalment (municipality_id, person_id, debt_id, number, of, due_on, principal_cents, written_off_cents,
    elsewhere_cents, added_cents, surcharge_cents, surcharge_as_of, rf)
SELECT %(municipality)s, a.person_id, a.debt_id, t.number, t.of, t.due_on, t.principal_cents, t.written_off_cents,
    t.paid_cents, t.added_cents, t.surcharge_cents, t.surcharge_as_of, t.rf
FROM intake_apply a JOIN staged_part t ON t.debt_line = a.line
WHERE NOT a.is_new AND NOT EXISTS (SELECT 1 FROM instalment i WHERE i.debt_id = a.debt_id AND i.number = t.number)
"""

_CHANGED_INSTALMENTS = """
UPDATE instalment i SET person_id = x.person_id, of = x.of, due_on = x.due_on, principal_cents = x.principal_cents,
    written_off_cents = x.written_off_cents, elsewhere_cents = greatest(0, x.paid_cents - x.acknowledged_cents),
    added_cents = x.added_cents, surcharge_cents = x.surcharge_cents, surcharge_as_of = x.surcharge_as_of,
    surcharge_collected_cents = CASE WHEN x.surcharge_cents IS NULL THEN 0 ELSE x.surcharge_waiting_cents END,
    rf = x.rf, withdrawn = false
FROM (
    SELECT had.id, a.person_id, t.of, t.due_on, t.principal_cents, t.written_off_cents, t.paid_cents, t.added_cents,
        t.surcharge_cents, t.surcharge_as_of, t.rf, coalesce(c.acknowledged_cents, 0) AS acknowledged_cents,
        coalesce(c.surcharge_waiting_cents, 0) AS surcharge_waiting_cents
    FROM intake_apply a
    JOIN staged_part t ON t.debt_line = a.line
    JOIN instalment had ON had.debt_id = a.debt_id AND had.number = t.number
    LEFT JOIN intake_collected c ON c.instalment_id = had.id
    WHERE NOT a.is_new
) x
WHERE i.id = x.id
"""

#: Instalments that a new version leaves out stay as rows, for the money on them.
_REMOVED_INSTALMENTS = """
UPDATE instalment i SET withdrawn = true, person_id = a.person_id
FROM intake_apply a
WHERE i.debt_id = a.debt_id AND NOT a.is_new AND (NOT i.withdrawn OR i.person_id <> a.person_id)
  AND NOT EXISTS (SELECT 1 FROM staged_part t WHERE t.debt_line = a.line AND t.number = i.number)
"""

_CLOSED_DEBTS = "UPDATE debt d SET withdrawn_at = %(now)s FROM intake_closing c WHERE d.id = c.debt_id"
_CLOSED_INSTALMENTS = """
UPDATE instalment i SET withdrawn = true FROM intake_closing c WHERE i.debt_id = c.debt_id AND NOT i.withdrawn
"""

#: The ERP acknowledged more principal than it now says was paid; or it took away an instalment that holds our money.
_CONTRADICTED = """
INSERT INTO intake_contradiction (instalment_id, kind, cents, reason)
SELECT had.id, 'ERP_CONTRADICTS', c.acknowledged_cents - t.paid_cents, 'PAID_BELOW_ACKNOWLEDGED'
FROM intake_apply a
JOIN staged_part t ON t.debt_line = a.line
JOIN instalment had ON had.debt_id = a.debt_id AND had.number = t.number
JOIN intake_collected c ON c.instalment_id = had.id
WHERE NOT a.is_new AND t.paid_cents < c.acknowledged_cents
UNION ALL
SELECT had.id, 'ERP_CONTRADICTS', c.waiting_cents, 'INSTALMENT_GONE'
FROM intake_apply a
JOIN instalment had ON had.debt_id = a.debt_id AND NOT had.withdrawn
JOIN intake_collected c ON c.instalment_id = had.id
WHERE NOT a.is_new AND c.waiting_cents > 0
  AND NOT EXISTS (SELECT 1 FROM staged_part t WHERE t.debt_line = a.line AND t.number = had.number)
"""

_OVERCOLLECTED = """
INSERT INTO intake_contradiction (instalment_id, kind, cents, reason)
SELECT i.id, 'OVERCOLLECTED',
    i.written_off_cents + i.elsewhere_cents + i.collected_cents + i.discounted_cents - i.principal_cents,
    'MORE_THAN_OWED'
FROM intake_apply a JOIN instalment i ON i.debt_id = a.debt_id AND NOT i.withdrawn
WHERE i.written_off_cents + i.elsewhere_cents + i.collected_cents + i.discounted_cents > i.principal_cents
"""


def lock_standing() -> int:
    """Lock the instalments that the import will change, in the order that booking money locks them; how many.

    What is booked before this is seen by every later statement, what comes after waits for the import to end.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        return int(cursor.fetchone()[0])


def write(given: Import) -> Written:
    """Write the plan. `lock_standing` came before, and `intake_collected` says what we collected of what changes.

    Fills `intake_contradiction`, and posts what the claims changed by.
    """
    debtors = _enter_debtors(given)
    run(_APPLY, given.values)
    analyze("intake_apply")
    certification.note_before()
    run(_CONTRADICTED, given.values)
    run(_NEW_DEBTS, given.values)
    new = run(_NEW_INSTALMENTS, given.values)
    run(_CHANGED_DEBTS, given.values)
    changed = run(_CHANGED_INSTALMENTS, given.values)
    new += run(_ADDED_INSTALMENTS, given.values)
    withdrawn = run(_REMOVED_INSTALMENTS, given.values)
    run(_CLOSED_DEBTS, given.values)
    withdrawn += run(_CLOSED_INSTALMENTS, given.values)
    entries = certification.post_difference(file_id=given.file_id, on=athens_date(given.now), now=given.now)
    run(_OVERCOLLECTED, given.values)
    return Written(debtors, new, changed, withdrawn, entries)


def _enter_debtors(given: Import) -> int:
    run(_DEBTORS, given.values)
    analyze("intake_debtor")
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(chunk), -1) FROM intake_debtor")
        chunks = cursor.fetchone()[0] + 1
    for chunk in range(chunks):
        run(_PEOPLE, {"chunk": chunk})
    analyze("intake_person")
    return run(_ENTER_DEBTORS, given.values)
