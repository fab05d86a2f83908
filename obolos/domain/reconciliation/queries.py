"""Reads of the worklist, inside `tenancy(municipality=…)`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality

AT_MOST = 200


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """Something that a person must decide, and where its story is told: an order, a payment without one, a debtor."""

    id: int
    kind: str
    subject: str
    amount_cents: int
    reason: str
    detail: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    payment_id: int | None
    order_id: int | None
    reference: str
    debtor_id: int | None


@dataclass(frozen=True, slots=True)
class KindSum:
    """Open questions of one kind, and the money they are about. Cents."""

    kind: str
    count: int
    cents: int


_SELECT = """
SELECT w.id, w.kind, w.subject, w.amount_cents, w.reason, w.detail, w.opened_at, w.closed_at, p.id, o.id,
    coalesce(o.reference, ''), d.debtor_id
FROM (SELECT *, split_part(subject, ':', 1) AS about, split_part(subject, ':', 2) AS named FROM worklist_item
      WHERE municipality_id = %s AND {}) w
LEFT JOIN payment p ON p.id = coalesce(w.payment_id, CASE WHEN w.about = 'payment' THEN w.named::bigint END)
LEFT JOIN payment_attempt a ON a.id = CASE WHEN w.about = 'attempt' THEN w.named::bigint END
LEFT JOIN rf_code r ON r.code = CASE WHEN w.about = 'rf' THEN w.named END
LEFT JOIN payment_order o ON o.id = coalesce(p.order_id, a.order_id, r.order_id,
    CASE WHEN w.about = 'order' THEN w.named::bigint END)
LEFT JOIN instalment i ON i.id = CASE WHEN w.about = 'instalment' THEN w.named::bigint END
LEFT JOIN debt d ON d.id = i.debt_id
ORDER BY w.opened_at, w.id"""


def open_questions(*, kind: str = "") -> list[QuestionRow]:
    """What waits for a person, oldest first, at most AT_MOST; of one kind, if given."""
    if kind:
        return _questions(f"closed_at IS NULL AND kind = %s ORDER BY opened_at, id LIMIT {AT_MOST}", kind)
    return _questions(f"closed_at IS NULL ORDER BY opened_at, id LIMIT {AT_MOST}")


def questions_about(subjects: Sequence[str], payment_ids: Sequence[int] = ()) -> list[QuestionRow]:
    """Questions about «kind:id» subjects or payments, open and closed."""
    condition = "(subject = ANY (%s::text[]) OR payment_id = ANY (%s::bigint[]))"
    return _questions(condition, list(subjects), list(payment_ids))


def open_by_kind() -> list[KindSum]:
    """How many questions wait, by kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*), coalesce(sum(amount_cents), 0)::bigint FROM worklist_item WHERE municipality_id = %s "
            "AND closed_at IS NULL GROUP BY kind ORDER BY kind",
            [current_municipality()],
        )
        return [KindSum(*row) for row in cursor.fetchall()]


def _questions(condition: str, *values: int | str | list[int] | list[str]) -> list[QuestionRow]:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT.format(condition), [current_municipality(), *values])
        return [QuestionRow(*[*row[:5], _json(row[5]), *row[6:]]) for row in cursor.fetchall()]


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
