"""Every cent in exactly one class: the invariants of the ledger as SQL, municipality by municipality.

Each proof returns the rows it examined and the rows that break it. A proof that examined nothing proves nothing, so
the caller prints the counts. I11 (acknowledged means durable) lives in the kill tests; I15 and I16 are catalogue tests.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.models import Municipality


@dataclass(frozen=True, slots=True)
class Proof:
    """One invariant: what it says, how many rows it looks at, and a query whose every row is a breach."""

    id: str
    says: str
    examined: str
    breaches: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A proof's outcome in one municipality."""

    municipality: str
    proof: str
    says: str
    examined: int
    breaches: tuple[str, ...]


#: `%(m)s` is the municipality; every query names it, although row-level security would hold them to it anyway.
PROOFS = (
    Proof(
        "I1",
        "every entry sums to zero and has at least two postings",
        "SELECT count(*) FROM entry WHERE municipality_id = %(m)s",
        "SELECT e.id, e.key, coalesce(sum(p.amount_cents), 0), count(p.id) FROM entry e LEFT JOIN posting p "
        "ON p.entry_id = e.id WHERE e.municipality_id = %(m)s GROUP BY e.id "
        "HAVING coalesce(sum(p.amount_cents), 0) <> 0 OR count(p.id) < 2",
    ),
    Proof(
        "I2",
        "money in equals clearing, by acquirer",
        "SELECT count(*) FROM payment WHERE municipality_id = %(m)s",
        "WITH paid AS (SELECT CASE channel WHEN 'CARD' THEN '11:' ELSE '12:' END || provider AS account, "
        "sum(amount_cents) AS cents FROM payment WHERE municipality_id = %(m)s GROUP BY 1), "
        "posted AS (SELECT account, sum(amount_cents) AS cents FROM posting WHERE municipality_id = %(m)s "
        "AND (account LIKE '11:%%' OR account LIKE '12:%%') GROUP BY 1) "
        "SELECT coalesce(a.account, b.account), a.cents, b.cents FROM paid a FULL JOIN posted b ON b.account = a.account "
        "WHERE coalesce(a.cents, 0) <> coalesce(b.cents, 0)",
    ),
    Proof(
        "I3",
        "each payment is applied plus unapplied, to the cent",
        "SELECT count(*) FROM payment WHERE municipality_id = %(m)s",
        "SELECT p.id, p.amount_cents, c.cents, w.cents FROM payment p "
        "LEFT JOIN LATERAL (SELECT coalesce(sum(amount_cents), 0) AS cents FROM collection WHERE payment_id = p.id) c "
        "ON true LEFT JOIN LATERAL (SELECT coalesce(-sum(o.amount_cents), 0) AS cents FROM posting o "
        "JOIN entry e ON e.id = o.entry_id WHERE e.municipality_id = %(m)s AND e.key = 'pay:' || p.evidence_key "
        "AND o.account = '42:UNAPPLIED') w ON true WHERE p.municipality_id = %(m)s "
        "AND (p.amount_cents <> c.cents + w.cents OR (p.disposition = 'APPLIED') <> (w.cents = 0) "
        "OR (p.disposition = 'UNAPPLIED') <> (c.cents = 0))",
    ),
    Proof(
        "I4",
        "each instalment's collected amount is the sum of its collections, and never above what was owed",
        "SELECT count(*) FROM instalment WHERE municipality_id = %(m)s",
        "SELECT i.id, i.collected_cents, coalesce(c.cents, 0) FROM instalment i LEFT JOIN (SELECT instalment_id, "
        "sum(amount_cents) AS cents FROM collection WHERE municipality_id = %(m)s AND component = 'PRINCIPAL' "
        "GROUP BY 1) c ON c.instalment_id = i.id WHERE i.municipality_id = %(m)s AND (i.collected_cents <> "
        "coalesce(c.cents, 0) OR (i.collected_cents + i.discounted_cents > i.principal_cents AND NOT EXISTS ("
        "SELECT 1 FROM worklist_item w WHERE w.municipality_id = %(m)s AND w.kind = 'OVERCOLLECTED' "
        "AND w.subject = 'instalment:' || i.id)))",
    ),
    Proof(
        "I4d",
        "money that moved to another debt arrived there: what each move took back, it counted anew, once",
        "SELECT count(*) FROM entry WHERE municipality_id = %(m)s AND kind IN ('REVERSAL', 'MOVE')",
        "WITH e AS (SELECT e.id, e.kind, e.reverses_id, substr(e.key, strpos(e.key, ':') + 1) AS word, (SELECT "
        "sum(p.amount_cents) FROM posting p WHERE p.entry_id = e.id AND (p.account LIKE '11:%%' OR p.account LIKE '12:%%')) "
        "AS cents FROM entry e WHERE e.municipality_id = %(m)s AND e.kind IN ('REVERSAL', 'MOVE')) "
        "SELECT coalesce(a.word, b.word), a.cents, b.cents FROM (SELECT * FROM e WHERE kind = 'REVERSAL') a "
        "FULL JOIN (SELECT * FROM e WHERE kind = 'MOVE') b ON b.word = a.word "
        "WHERE coalesce(a.cents, 0) + coalesce(b.cents, 0) <> 0 OR a.reverses_id IS NULL OR b.word IS NULL "
        "UNION ALL SELECT s.number, i.collected_cents, 0 FROM preissued_slip s JOIN instalment i ON i.debt_id = s.debt_id "
        "WHERE s.municipality_id = %(m)s AND i.collected_cents > 0 AND s.paid_at IS NULL",
    ),
    Proof(
        "I4b",
        "each receivable account equals what its certified instalments still owe",
        "SELECT count(*) FROM posting WHERE municipality_id = %(m)s AND account LIKE '20:%%'",
        "WITH owed AS (SELECT '20:' || d.rev_code AS account, sum(i.principal_cents - i.written_off_cents "
        "- i.elsewhere_cents - i.collected_cents - i.discounted_cents) AS cents FROM instalment i "
        "JOIN debt d ON d.id = i.debt_id WHERE i.municipality_id = %(m)s AND d.kind <> 'UNCERTIFIED' "
        "AND NOT i.withdrawn GROUP BY 1), "
        "posted AS (SELECT account, sum(amount_cents) AS cents FROM posting WHERE municipality_id = %(m)s "
        "AND account LIKE '20:%%' GROUP BY 1) "
        "SELECT coalesce(a.account, b.account), a.cents, b.cents FROM owed a FULL JOIN posted b ON b.account = a.account "
        "WHERE coalesce(a.cents, 0) <> coalesce(b.cents, 0)",
    ),
    Proof(
        "I4c",
        "each instalment names the person who owes its debt, so nobody's page leaves one out",
        "SELECT count(*) FROM instalment WHERE municipality_id = %(m)s",
        "SELECT i.id, i.person_id, d.person_id, o.person_id FROM instalment i JOIN debt d ON d.id = i.debt_id "
        "LEFT JOIN debtor o ON o.id = d.debtor_id WHERE i.municipality_id = %(m)s "
        "AND (i.person_id IS DISTINCT FROM d.person_id OR d.person_id IS DISTINCT FROM o.person_id)",
    ),
    Proof(
        "I5",
        "one payment and one entry per piece of evidence, one payment per attempt",
        "SELECT count(*) FROM payment WHERE municipality_id = %(m)s",
        "SELECT p.id, p.evidence_key, count(e.id) FROM payment p LEFT JOIN entry e ON e.municipality_id = %(m)s "
        "AND e.key = 'pay:' || p.evidence_key WHERE p.municipality_id = %(m)s GROUP BY p.id HAVING count(e.id) <> 1 "
        "UNION ALL SELECT min(id), 'attempt ' || attempt_id, count(*) FROM payment WHERE municipality_id = %(m)s "
        "AND attempt_id IS NOT NULL GROUP BY attempt_id HAVING count(*) > 1",
    ),
    Proof(
        "I9",
        "one delivery to the ERP for each payment that counted, none for others",
        "SELECT count(*) FROM delivery WHERE municipality_id = %(m)s",
        "SELECT p.id, 'payment without delivery' FROM payment p WHERE p.municipality_id = %(m)s AND EXISTS (SELECT 1 "
        "FROM collection c WHERE c.payment_id = p.id) AND NOT EXISTS (SELECT 1 FROM delivery d WHERE "
        "d.municipality_id = %(m)s AND d.target = 'ERP' AND d.event = 'PAID' AND d.subject = 'payment:' || p.id) "
        "UNION ALL SELECT d.id, 'delivery without payment' FROM delivery d WHERE d.municipality_id = %(m)s "
        "AND d.target = 'ERP' AND d.event = 'PAID' AND NOT EXISTS (SELECT 1 FROM collection c WHERE "
        "c.municipality_id = %(m)s AND 'payment:' || c.payment_id = d.subject)",
    ),
    Proof(
        "I10",
        "each bank message has a result, and each paid one its payment or its reason",
        "SELECT count(*) FROM bank_message WHERE municipality_id = %(m)s",
        "SELECT m.id, m.key, r.disposition, r.reason FROM bank_message m LEFT JOIN bank_result r ON r.message_id = m.id "
        "WHERE m.municipality_id = %(m)s AND (r.id IS NULL OR (r.verdict = 'PAID' AND r.payment_id IS NULL "
        "AND r.reason = ''))",
    ),
    Proof(
        "I12",
        "what was paid stays paid: attempts and orders agree with their payments",
        "SELECT count(*) FROM payment_attempt WHERE municipality_id = %(m)s",
        "SELECT a.id, a.state FROM payment_attempt a WHERE a.municipality_id = %(m)s AND (a.state = 'PAID') <> EXISTS ("
        "SELECT 1 FROM payment p WHERE p.attempt_id = a.id) "
        "UNION ALL SELECT o.id, o.state FROM payment_order o WHERE o.municipality_id = %(m)s AND (o.state IN "
        "('PAID', 'PART')) <> EXISTS (SELECT 1 FROM payment p WHERE p.order_id = o.id)",
    ),
    Proof(
        "I14",
        "the unapplied account equals the open questions about unapplied money",
        "SELECT count(*) FROM worklist_item WHERE municipality_id = %(m)s",
        "WITH a AS (SELECT coalesce(-sum(amount_cents), 0) AS cents FROM posting WHERE municipality_id = %(m)s "
        "AND account = '42:UNAPPLIED'), w AS (SELECT coalesce(sum(amount_cents), 0) AS cents FROM worklist_item "
        "WHERE municipality_id = %(m)s AND kind = 'UNAPPLIED' AND closed_at IS NULL) "
        "SELECT a.cents, w.cents FROM a, w WHERE a.cents <> w.cents UNION ALL SELECT id, amount_cents FROM worklist_item "
        "WHERE municipality_id = %(m)s AND kind = 'UNAPPLIED' AND closed_at IS NOT NULL AND closing_entry_id IS NULL",
    ),
    Proof(
        "P1",
        "each event and price class counts exactly the places of purchases that keep them",
        "SELECT count(*) FROM event WHERE municipality_id = %(m)s",
        "SELECT e.id, 'event', e.taken, coalesce(sum(p.places), 0) FROM event e LEFT JOIN purchase p ON p.event_id = e.id "
        "AND p.released_at IS NULL WHERE e.municipality_id = %(m)s GROUP BY e.id "
        "HAVING e.taken <> coalesce(sum(p.places), 0) "
        "UNION ALL SELECT c.id, 'price class', c.taken, count(p.id) FROM price_class c "
        "LEFT JOIN ticket t ON t.price_class_id = c.id "
        "LEFT JOIN purchase p ON p.id = t.purchase_id AND p.released_at IS NULL "
        "WHERE c.municipality_id = %(m)s GROUP BY c.id HAVING c.taken <> count(p.id)",
    ),
)


def prove() -> list[Finding]:
    """Run every proof in every municipality."""
    findings: list[Finding] = []
    for municipality in Municipality.objects.order_by("code"):
        with tenancy(municipality=municipality.id), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            findings.extend(_run(cursor, municipality, proof) for proof in PROOFS)
    return findings


def _run(cursor: Any, municipality: Municipality, proof: Proof) -> Finding:
    # Constants go into the text: these run on one municipality at a time and carry literal percent signs.
    values = {"m": municipality.id}
    cursor.execute(proof.examined, values)
    examined = cursor.fetchone()[0]
    cursor.execute(proof.breaches, values)
    breaches = tuple(" | ".join(str(value) for value in row) for row in cursor.fetchmany(20))
    return Finding(municipality.code, proof.id, proof.says, examined, breaches)
