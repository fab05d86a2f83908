"""What a file tells of money that the municipality collected without Obolos: noted by kind, for uptake.

Works on the temporary tables of this package, inside the import's transaction; see `obolos.domain.debts.elsewhere`.
"""

from datetime import date, datetime

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.intake.staging import run

#: Known instalments: what the file adds to what stood there. Before `_CHANGED_INSTALMENTS`, which overwrites it.
_CHANGED = """
INSERT INTO intake_elsewhere (revenue_kind_id, count, cents, first_cents)
SELECT a.revenue_kind_id, sum(sign(n.elsewhere_cents - i.elsewhere_cents)), sum(n.elsewhere_cents - i.elsewhere_cents), 0
FROM intake_now n
JOIN intake_had h ON h.instalment_id = n.instalment_id
JOIN intake_apply a ON a.debt_id = h.debt_id
CROSS JOIN LATERAL (SELECT i.elsewhere_cents FROM instalment i WHERE i.id = n.instalment_id OFFSET 0) i
WHERE n.elsewhere_cents <> i.elsewhere_cents
GROUP BY a.revenue_kind_id
"""

#: Instalments told for the first time. Money on them counts only where a file told of the kind before: of the first file
#: of a kind nobody knows whether its payments are of yesterday or of ten years ago.
_NEW = """
INSERT INTO intake_elsewhere (revenue_kind_id, count, cents, first_cents)
SELECT a.revenue_kind_id, CASE WHEN k.known THEN count(*) ELSE 0 END,
    CASE WHEN k.known THEN sum(t.paid_cents) ELSE 0 END, CASE WHEN k.known THEN 0 ELSE sum(t.paid_cents) END
FROM intake_apply a
JOIN staged_part t ON t.debt_line = a.line AND t.paid_cents > 0
JOIN (SELECT r.revenue_kind_id, EXISTS (SELECT 1 FROM collected_elsewhere e WHERE e.municipality_id = %(municipality)s
        AND e.revenue_kind_id = r.revenue_kind_id AND e.source LIKE 'debts_file:%%') AS known
      FROM (SELECT DISTINCT revenue_kind_id FROM intake_apply) r) k ON k.revenue_kind_id = a.revenue_kind_id
WHERE a.is_new OR NOT EXISTS (SELECT 1 FROM intake_had h WHERE h.debt_id = a.debt_id AND h.number = t.number)
GROUP BY a.revenue_kind_id, k.known
"""

#: A row for every kind of the file, also without money: it says that the kind was told of.
_NOTE = """
INSERT INTO collected_elsewhere (municipality_id, revenue_kind_id, "on", count, cents, first_cents, source, noted_at)
SELECT %(municipality)s, k.revenue_kind_id, %(on)s, coalesce(sum(e.count), 0), coalesce(sum(e.cents), 0),
    coalesce(sum(e.first_cents), 0), %(source)s, %(now)s
FROM (SELECT DISTINCT revenue_kind_id FROM intake_apply) k
LEFT JOIN intake_elsewhere e ON e.revenue_kind_id = k.revenue_kind_id
GROUP BY k.revenue_kind_id
ORDER BY k.revenue_kind_id
"""


def stage_changed() -> None:
    """Remember what a file changes on known instalments. After `intake_now` is filled, before they are written."""
    run(_CHANGED, {})


def note_told(*, source: str, on: date, now: datetime) -> None:
    """Note what a file, or an answer of the system, tells of collections elsewhere, as of the legal date it speaks for."""
    values = {"municipality": current_municipality(), "on": on, "source": source, "now": now}
    run(_NEW, values, fills="intake_elsewhere")
    run(_NOTE, values)
