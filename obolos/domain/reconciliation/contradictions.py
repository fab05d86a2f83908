"""Where the municipality's system contradicts our books or itself, a person is asked: once per question while it is open."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality

_OPEN = """
INSERT INTO worklist_item (municipality_id, kind, subject, amount_cents, reason, detail, opened_at)
SELECT DISTINCT ON (x.kind, x.instalment_id) %(municipality)s, x.kind, 'instalment:' || x.instalment_id, x.cents,
    x.reason,
    jsonb_build_object('source', %(source)s::text, 'ext_id', d.ext_id, 'instalment', i.number), %(now)s
FROM intake_contradiction x
JOIN instalment i ON i.id = x.instalment_id
JOIN debt d ON d.id = i.debt_id
ORDER BY x.kind, x.instalment_id
ON CONFLICT (municipality_id, kind, subject) WHERE closed_at IS NULL
    DO UPDATE SET amount_cents = excluded.amount_cents, reason = excluded.reason, detail = excluded.detail
"""


def open_contradictions(*, source: str, now: datetime) -> dict[str, int]:
    """Open a worklist item for each row of `intake_contradiction` of the running import; how many by kind."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"municipality": current_municipality(), "source": source, "now": now})
        cursor.execute(
            "SELECT kind, count(DISTINCT instalment_id) FROM intake_contradiction GROUP BY kind ORDER BY kind"
        )
        return dict(cursor.fetchall())


_SELF = """
INSERT INTO worklist_item (municipality_id, kind, subject, amount_cents, reason, detail, opened_at)
SELECT %(municipality)s, 'ERP_CONTRADICTS', 'instalment:' || i.id, 0, 'SAME_VERSION_OTHER_CONTENT',
    jsonb_build_object('source', %(source)s::text, 'ext_id', d.ext_id, 'version', d.version), %(now)s
FROM debt d JOIN instalment i ON i.debt_id = d.id AND i.number = 1
WHERE d.municipality_id = %(municipality)s AND d.ext_id = ANY (%(ext_ids)s::text[])
ON CONFLICT (municipality_id, kind, subject) WHERE closed_at IS NULL DO NOTHING
"""

_ANSWER = """
INSERT INTO worklist_item (municipality_id, kind, subject, amount_cents, reason, detail, opened_at)
VALUES (%s, 'ERP_CONTRADICTS', %s, 0, 'ANSWER_WRONG', %s::jsonb, %s)
ON CONFLICT (municipality_id, kind, subject) WHERE closed_at IS NULL DO UPDATE SET detail = excluded.detail
"""


def open_same_versions(ext_ids: Collection[str], *, source: str, now: datetime) -> None:
    """The system told the same version of these debts with other content: what stands stays, a person looks."""
    values: dict[str, Any] = {
        "municipality": current_municipality(),
        "ext_ids": list(ext_ids),
        "source": source,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SELF, values)


def open_wrong_answer(*, about: str, detail: Mapping[str, Any], now: datetime) -> None:
    """The system answered what cannot be understood. `about`: what it was asked, «debts», «changes» or «holds»."""
    told = json.dumps(dict(detail), ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(_ANSWER, [current_municipality(), f"erp:{about}", told, now])


def close_wrong_answer(*, about: str, now: datetime) -> None:
    """It answers well again: the question about its answers is settled. What it said meanwhile stays in the audit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE worklist_item SET closed_at = %s WHERE municipality_id = %s AND kind = 'ERP_CONTRADICTS' "
            "AND subject = %s AND closed_at IS NULL",
            [now, current_municipality(), f"erp:{about}"],
        )
