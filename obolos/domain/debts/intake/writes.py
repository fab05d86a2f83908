"""The writes of an import: debtors, debts, instalments, and what contradicts our own books.

What passed our ledger (`collected_cents`, `discounted_cents`) is never touched here: no import reopens what we booked.
"""

from dataclasses import dataclass

from django.db import connection

from obolos.base.dates import athens_date
from obolos.domain.debts.intake import certification, elsewhere
from obolos.domain.debts.intake.plan import Closing, Counts, Import
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

_WHO = """
INSERT INTO intake_who (afm, person_id, debtor_id)
SELECT p.afm, p.person_id, o.id
FROM intake_person p
CROSS JOIN LATERAL (SELECT o.id FROM debtor o
                    WHERE o.municipality_id = %(municipality)s AND o.person_id = p.person_id OFFSET 0) o
"""

_KINDS = """
INSERT INTO intake_kind (code, revenue_kind_id)
SELECT k.code, k.id FROM revenue_kind k WHERE k.municipality_id = %(municipality)s
"""

_APPLY = """
INSERT INTO intake_apply (line, debt_id, is_new, person_id, debtor_id, revenue_kind_id)
SELECT p.line, p.debt_id, p.verdict = 'NEW', w.person_id, w.debtor_id, k.revenue_kind_id
FROM intake_plan p
JOIN staged_debt s ON s.line = p.line
JOIN intake_who w ON w.afm = s.afm
JOIN intake_kind k ON k.code = s.rev_code
WHERE p.verdict IN ('NEW', 'CHANGED', 'BACK')
"""

_STANDING = """
INSERT INTO intake_standing (debt_id, closing)
SELECT debt_id, false FROM intake_plan WHERE verdict IN ('CHANGED', 'BACK')
UNION ALL SELECT debt_id, true FROM intake_closing
"""

_HAD = """
INSERT INTO intake_had (instalment_id, debt_id, number, closing)
SELECT i.id, s.debt_id, i.number, s.closing
FROM intake_standing s
CROSS JOIN LATERAL (SELECT i.id, i.number FROM instalment i WHERE i.debt_id = s.debt_id OFFSET 0) i
"""

#: In ascending id order: a subquery that locks is run for each row of the sorted list.
_LOCK = """
SELECT count(*)
FROM (SELECT instalment_id FROM intake_had ORDER BY instalment_id OFFSET 0) h
CROSS JOIN LATERAL (SELECT i.id FROM instalment i WHERE i.id = h.instalment_id FOR NO KEY UPDATE) i
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

#: Of new debts, then those that a new version adds to a debt: nothing of them passed our ledger yet.
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
WHERE NOT a.is_new AND NOT EXISTS (SELECT 1 FROM intake_had h WHERE h.debt_id = a.debt_id AND h.number = t.number)
"""

_NOW = """
INSERT INTO intake_now (instalment_id, person_id, of, due_on, principal_cents, written_off_cents, elsewhere_cents,
    added_cents, surcharge_cents, surcharge_as_of, surcharge_collected_cents, rf)
SELECT h.instalment_id, a.person_id, t.of, t.due_on, t.principal_cents, t.written_off_cents,
    greatest(0, t.paid_cents - coalesce(c.acknowledged_cents, 0)), t.added_cents, t.surcharge_cents, t.surcharge_as_of,
    CASE WHEN t.surcharge_cents IS NULL THEN 0 ELSE coalesce(c.surcharge_waiting_cents, 0) END, t.rf
FROM intake_apply a
JOIN staged_part t ON t.debt_line = a.line
JOIN intake_had h ON h.debt_id = a.debt_id AND h.number = t.number
LEFT JOIN intake_collected c ON c.instalment_id = h.instalment_id
WHERE NOT a.is_new
"""

_CHANGED_INSTALMENTS = """
UPDATE instalment i SET person_id = n.person_id, of = n.of, due_on = n.due_on, principal_cents = n.principal_cents,
    written_off_cents = n.written_off_cents, elsewhere_cents = n.elsewhere_cents, added_cents = n.added_cents,
    surcharge_cents = n.surcharge_cents, surcharge_as_of = n.surcharge_as_of,
    surcharge_collected_cents = n.surcharge_collected_cents, rf = n.rf, withdrawn = false
FROM intake_now n
WHERE i.id = n.instalment_id
"""

#: Instalments that a new version leaves out stay as rows, for the money on them.
_GONE = """
INSERT INTO intake_gone (instalment_id, person_id)
SELECT h.instalment_id, a.person_id
FROM intake_apply a JOIN intake_had h ON h.debt_id = a.debt_id
WHERE NOT a.is_new AND NOT EXISTS (SELECT 1 FROM intake_now n WHERE n.instalment_id = h.instalment_id)
"""

_GONE_INSTALMENTS = """
UPDATE instalment i SET withdrawn = true, person_id = g.person_id
FROM intake_gone g
WHERE i.id = g.instalment_id AND (NOT i.withdrawn OR i.person_id <> g.person_id)
"""

_CLOSED_DEBTS = "UPDATE debt d SET withdrawn_at = %(now)s FROM intake_closing c WHERE d.id = c.debt_id"
_CLOSED_INSTALMENTS = """
UPDATE instalment i SET withdrawn = true
FROM intake_had h
WHERE i.id = h.instalment_id AND h.closing AND NOT i.withdrawn
"""

#: The ERP acknowledged more principal than it now says was paid; or it took away an instalment that holds our money.
_CONTRADICTED = """
INSERT INTO intake_contradiction (instalment_id, kind, cents, reason)
SELECT h.instalment_id, 'ERP_CONTRADICTS', c.acknowledged_cents - t.paid_cents, 'PAID_BELOW_ACKNOWLEDGED'
FROM intake_apply a
JOIN staged_part t ON t.debt_line = a.line
JOIN intake_had h ON h.debt_id = a.debt_id AND h.number = t.number
JOIN intake_collected c ON c.instalment_id = h.instalment_id
WHERE NOT a.is_new AND t.paid_cents < c.acknowledged_cents
UNION ALL
SELECT g.instalment_id, 'ERP_CONTRADICTS', c.waiting_cents, 'INSTALMENT_GONE'
FROM intake_gone g
JOIN intake_collected c ON c.instalment_id = g.instalment_id AND c.waiting_cents > 0
CROSS JOIN LATERAL (SELECT 1 FROM instalment i WHERE i.id = g.instalment_id AND NOT i.withdrawn OFFSET 0) still
"""

_OVERCOLLECTED = """
INSERT INTO intake_contradiction (instalment_id, kind, cents, reason)
SELECT i.id, 'OVERCOLLECTED', i.over, 'MORE_THAN_OWED'
FROM (
    SELECT debt_id FROM intake_standing
    UNION ALL
    SELECT DISTINCT a.debt_id FROM intake_apply a JOIN staged_part t ON t.debt_line = a.line
    WHERE a.is_new AND t.written_off_cents + t.paid_cents > t.principal_cents
) d
CROSS JOIN LATERAL (
    SELECT i.id, i.written_off_cents + i.elsewhere_cents + i.collected_cents + i.discounted_cents - i.principal_cents
        AS over
    FROM instalment i WHERE i.debt_id = d.debt_id AND NOT i.withdrawn OFFSET 0
) i
WHERE i.over > 0
"""


def lock_standing() -> int:
    """Lock the instalments that the import will change, in the order that booking money locks them; how many.

    What is booked before this is seen by every later statement, what comes after waits for the import to end.
    """
    run(_STANDING, {}, fills="intake_standing")
    run(_HAD, {}, fills="intake_had")
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        return int(cursor.fetchone()[0])


def write(given: Import, counts: Counts, closing: Closing) -> Written:
    """Write the plan. `lock_standing` came before, and `intake_collected` says what we collected of what changes.

    Fills `intake_contradiction`, and posts what the claims changed by.
    """
    values = given.values
    debtors = _enter_debtors(given)
    run(_APPLY, values, fills="intake_apply")
    certification.note_before()
    run(_NEW_DEBTS, values)
    new = run(_NEW_INSTALMENTS, values)
    changed = withdrawn = 0
    if counts.changed:
        run(_NOW, values, fills="intake_now")
        run(_GONE, values, fills="intake_gone")
        run(_CONTRADICTED, values)
        elsewhere.stage_changed()
        run(_CHANGED_DEBTS, values, by_id=True)
        changed = run(_CHANGED_INSTALMENTS, values, by_id=True)
        new += run(_ADDED_INSTALMENTS, values)
        withdrawn = run(_GONE_INSTALMENTS, values, by_id=True)
    if closing.count:
        run(_CLOSED_DEBTS, values, by_id=True)
        withdrawn += run(_CLOSED_INSTALMENTS, values, by_id=True)
    elsewhere.note_told(source=given.source, on=athens_date(given.acknowledged_by), now=given.now)
    entries = certification.post_difference(word=given.word, on=athens_date(given.now), now=given.now)
    run(_OVERCOLLECTED, values)
    return Written(debtors, new, changed, withdrawn, entries)


def _enter_debtors(given: Import) -> int:
    run(_DEBTORS, given.values, fills="intake_debtor")
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(chunk), -1) FROM intake_debtor")
        chunks = cursor.fetchone()[0] + 1
    for chunk in range(chunks):
        run(_PEOPLE, {"chunk": chunk})
    analyze("intake_person")
    count = run(_ENTER_DEBTORS, given.values)
    run(_WHO, given.values, fills="intake_who")
    run(_KINDS, given.values, fills="intake_kind")
    return count
