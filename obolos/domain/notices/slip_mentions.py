"""Which slips a payment, an order or an RF code is about, and where the money of a slip went.

For the staff of one municipality, inside `tenancy(municipality=…)`. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.notices.models import SlipEnd


@dataclass(frozen=True, slots=True)
class SlipMention:
    """A slip that something is about, named as it is printed, with the fine that came for it and whose it is.

    `fine_id` is None while none came; of several under its number, the oldest. `debtor_id` is None without a debtor.
    """

    about: str
    slip_id: int
    number: str
    pad_number: str
    pad_label: str
    ended: str
    fine_id: int | None
    ticket_no: str
    debtor_id: int | None


_MENTIONS = """
WITH about AS (
    SELECT 'payment:' || y.id AS about, s.id FROM payment y JOIN preissued_slip s
        ON s.municipality_id = y.municipality_id AND s.rf_code_id = y.rf_code_id
    WHERE y.municipality_id = %(m)s AND y.id = ANY (%(payments)s::bigint[])
    UNION SELECT 'order:' || l.order_id, s.id FROM order_line l JOIN instalment i ON i.id = l.instalment_id
        JOIN preissued_slip s ON s.municipality_id = i.municipality_id AND s.debt_id = i.debt_id
    WHERE l.municipality_id = %(m)s AND l.order_id = ANY (%(orders)s::bigint[])
    UNION SELECT 'rf:' || r.code, s.id FROM rf_code r JOIN preissued_slip s
        ON s.municipality_id = r.municipality_id AND s.rf_code_id = r.id
    WHERE r.municipality_id = %(m)s AND r.code = ANY (%(codes)s::text[])
    UNION SELECT 'slip:' || s.id, s.id FROM preissued_slip s
    WHERE s.municipality_id = %(m)s AND s.id = ANY (%(slips)s::bigint[])
)
SELECT a.about, s.id, s.number, p.number, p.label, s.ended, d.id, coalesce(d.ticket_no, ''), d.debtor_id
FROM about a JOIN preissued_slip s ON s.id = a.id JOIN slip_pad p ON p.id = s.pad_id
LEFT JOIN debt d ON d.id = coalesce(s.fine_id, (SELECT min(f.id) FROM debt f WHERE f.municipality_id = s.municipality_id
    AND f.ticket_folded = s.number AND f.origin IN ('ERP', 'DEMO') AND f.withdrawn_at IS NULL))
ORDER BY a.about, s.id"""


def mentions(
    *,
    payment_ids: Sequence[int] = (),
    order_ids: Sequence[int] = (),
    codes: Sequence[str] = (),
    slip_ids: Sequence[int] = (),
) -> list[SlipMention]:
    """Slips behind payments, orders, RF codes; `about` says «payment:17», «order:3», «rf:…» or «slip:9»."""
    if not (payment_ids or order_ids or codes or slip_ids):
        return []
    values: dict[str, Any] = {
        "m": current_municipality(), "payments": list(payment_ids), "orders": list(order_ids), "codes": list(codes),
        "slips": list(slip_ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MENTIONS, values)
        return [SlipMention(*row) for row in cursor.fetchall()]


def void_slip_behind(*, order_id: int | None = None, rf_code_id: int | None = None) -> bool:
    """Whether an order, or a code of ours, asks for a slip that was declared void."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM preissued_slip s WHERE s.municipality_id = %s AND s.ended = %s "
            "AND (s.rf_code_id = %s::bigint OR s.debt_id IN (SELECT i.debt_id FROM order_line l "
            "JOIN instalment i ON i.id = l.instalment_id WHERE l.order_id = %s::bigint)))",
            [current_municipality(), SlipEnd.VOIDED, rf_code_id, order_id],
        )
        return bool(cursor.fetchone()[0])


def slip_of_number(number: str) -> int | None:
    """Id of the slip with that number, nine digits."""
    return _one("number = %s", number)


def slip_of_debt(debt_id: int) -> int | None:
    """Id of the slip whose suspense debt that is."""
    return _one("debt_id = %s", debt_id)


def slip_of_rf(code: str) -> int | None:
    """Id of the slip on which that RF code was printed."""
    return _one("rf_code_id = (SELECT r.id FROM rf_code r WHERE r.code = %s)", code)


def _one(condition: str, value: int | str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM preissued_slip WHERE municipality_id = %s AND {condition}", [current_municipality(), value]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


@dataclass(frozen=True, slots=True)
class SlipMove:
    """Money of one payment that moved from a slip to the fine it was for."""

    payment_id: int
    slip_id: int
    number: str
    fine_id: int | None
    ticket_no: str
    cents: int
    moved_at: datetime


_MOVES = """
SELECT p.payment_id, s.id, s.number, s.fine_id, coalesce(d.ticket_no, ''), p.cents, e.booked_at
FROM (SELECT c.payment_id, c.instalment_id, -sum(c.amount_cents)::bigint AS cents FROM collection c
      WHERE c.municipality_id = %s AND c.payment_id = ANY (%s::bigint[]) AND c.amount_cents < 0 GROUP BY 1, 2) p
JOIN instalment i ON i.id = p.instalment_id
JOIN preissued_slip s ON s.municipality_id = i.municipality_id AND s.debt_id = i.debt_id
JOIN entry e ON e.municipality_id = s.municipality_id AND e.key = 'in:slip-' || s.id || ':' || p.payment_id
LEFT JOIN debt d ON d.id = s.fine_id
ORDER BY e.booked_at, p.payment_id"""


def slips_behind_fines(payment_ids: Sequence[int]) -> dict[int, str]:
    """Fine's debt → number of the slip whose money, of these payments, moved to it."""
    return {one.fine_id: one.number for one in moves_of(payment_ids) if one.fine_id is not None}


def moves_of(payment_ids: Sequence[int]) -> list[SlipMove]:
    """What of these payments' money moved from a slip to its fine, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, [current_municipality(), list(payment_ids)])
        return [SlipMove(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class PaidBySlip:
    """What one payment of a slip counts for the fine: its reference (empty when it came without an order) and cents."""

    reference: str
    cents: int


_PAID_BY_SLIPS = """
SELECT coalesce(o.reference, ''), -sum(c.amount_cents)::bigint
FROM preissued_slip s JOIN instalment i ON i.municipality_id = s.municipality_id AND i.debt_id = s.debt_id
JOIN collection c ON c.municipality_id = s.municipality_id AND c.instalment_id = i.id AND c.amount_cents < 0
JOIN payment p ON p.id = c.payment_id LEFT JOIN payment_order o ON o.id = p.order_id
WHERE s.municipality_id = %s AND s.fine_id = %s GROUP BY p.id, o.reference ORDER BY p.id"""


def paid_by_slips(fine_id: int) -> list[PaidBySlip]:
    """What of a fine was paid before it came, payment by payment."""
    with connection.cursor() as cursor:
        cursor.execute(_PAID_BY_SLIPS, [current_municipality(), fine_id])
        return [PaidBySlip(*row) for row in cursor.fetchall()]
