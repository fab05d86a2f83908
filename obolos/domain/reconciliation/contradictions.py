"""Where a debts file contradicts our books, a person is asked: once per question while it is open."""

from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality

_OPEN = """
INSERT INTO worklist_item (municipality_id, kind, subject, amount_cents, reason, detail, opened_at)
SELECT DISTINCT ON (x.kind, x.instalment_id) %(municipality)s, x.kind, 'instalment:' || x.instalment_id, x.cents,
    x.reason,
    jsonb_build_object('debts_file', %(file)s::bigint, 'ext_id', d.ext_id, 'instalment', i.number), %(now)s
FROM intake_contradiction x
JOIN instalment i ON i.id = x.instalment_id
JOIN debt d ON d.id = i.debt_id
ORDER BY x.kind, x.instalment_id
ON CONFLICT (municipality_id, kind, subject) WHERE closed_at IS NULL
    DO UPDATE SET amount_cents = excluded.amount_cents, reason = excluded.reason, detail = excluded.detail
"""


def open_contradictions(*, file_id: int, now: datetime) -> dict[str, int]:
    """Open a worklist item for each row of `intake_contradiction` of the running import; how many by kind."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"municipality": current_municipality(), "file": file_id, "now": now})
        cursor.execute(
            "SELECT kind, count(DISTINCT instalment_id) FROM intake_contradiction GROUP BY kind ORDER BY kind"
        )
        return dict(cursor.fetchall())
