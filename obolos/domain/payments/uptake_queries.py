"""What was collected through Obolos: by revenue kind, and by the way it was paid. Inside `tenancy(municipality=…)`.

Spans are legal dates of payment; `middle` parts the span told about from the one it is compared with.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from obolos.base.dates import athens_day_bounds
from obolos.base.tenancy import current_municipality

#: A payment's legal date is at most this far from the Athens date of its instant.
_SLACK = timedelta(days=2)

_PAYMENTS = """
WITH paid AS MATERIALIZED (
    SELECT id, order_id, channel, amount_cents, paid_on >= %(middle)s AS now FROM payment
    WHERE municipality_id = %(m)s AND paid_at >= %(start)s AND paid_at < %(end)s AND paid_on BETWEEN %(first)s AND %(last)s
)"""

# Money that moved (`moving`) came for one instalment, a slip's: it stays one collection, where most of it is now.
_BY_KIND = (
    _PAYMENTS
    + """, counted AS (
    SELECT p.id, p.now, c.instalment_id, sum(c.amount_cents) FILTER (WHERE c.component = 'PRINCIPAL') AS cents,
        sum(c.amount_cents) AS whole, bool_or(c.amount_cents < 0) AS left_it
    FROM paid p JOIN collection c ON c.payment_id = p.id
    GROUP BY p.id, p.now, c.instalment_id
), moved AS (
    SELECT DISTINCT ON (id) id, instalment_id FROM counted WHERE id IN (SELECT id FROM counted WHERE left_it)
    ORDER BY id, whole DESC, instalment_id
), told AS (
    SELECT o.now, o.instalment_id, o.cents, m.id IS NULL OR m.instalment_id = o.instalment_id AS one
    FROM counted o LEFT JOIN moved m ON m.id = o.id
)
SELECT d.revenue_kind_id, count(*) FILTER (WHERE o.now AND o.one),
    coalesce(sum(o.cents) FILTER (WHERE o.now), 0)::bigint, count(*) FILTER (WHERE NOT o.now AND o.one),
    coalesce(sum(o.cents) FILTER (WHERE NOT o.now), 0)::bigint
FROM told o JOIN instalment i ON i.id = o.instalment_id JOIN debt d ON d.id = i.debt_id
GROUP BY 1 ORDER BY 1"""
)

_BY_WAY = (
    _PAYMENTS
    + """
SELECT p.channel, CASE WHEN o.id IS NULL THEN 'other' WHEN o.form_token LIKE 'reminder:%%' THEN 'reminder'
        WHEN o.form_token LIKE 'notice:%%' THEN 'notice' WHEN o.person_id IS NULL THEN 'guest' ELSE 'portal' END,
    count(*) FILTER (WHERE p.now), coalesce(sum(p.amount_cents) FILTER (WHERE p.now), 0)::bigint,
    count(*) FILTER (WHERE NOT p.now), coalesce(sum(p.amount_cents) FILTER (WHERE NOT p.now), 0)::bigint
FROM paid p LEFT JOIN payment_order o ON o.id = p.order_id
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""
)


@dataclass(frozen=True, slots=True)
class KindRow:
    """Collections of a revenue kind: how many instalments money came for, and their principal in cents."""

    revenue_kind_id: int
    count: int
    cents: int
    count_before: int
    cents_before: int


@dataclass(frozen=True, slots=True)
class WayRow:
    """Payments by means (CARD, RF) and path: portal, guest, reminder, notice (on paper), or other, without an order."""

    channel: str
    path: str
    count: int
    cents: int
    count_before: int
    cents_before: int


def collected_by_kind(*, first: date, middle: date, last: date) -> list[KindRow]:
    """What counted for debts, by revenue kind. Money that moved from one debt to another is still one collection."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_KIND, _values(first, middle, last))
        return [KindRow(*row) for row in cursor.fetchall()]


def paid_by_way(*, first: date, middle: date, last: date) -> list[WayRow]:
    """All payments, those that wait to be applied included, most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_WAY, _values(first, middle, last))
        return [WayRow(*row) for row in cursor.fetchall()]


def _values(first: date, middle: date, last: date) -> dict[str, Any]:
    return {
        "m": current_municipality(),
        "first": first,
        "middle": middle,
        "last": last,
        "start": athens_day_bounds(first - _SLACK)[0],
        "end": athens_day_bounds(last + _SLACK)[1],
    }
