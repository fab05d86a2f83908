"""Reads of one debtor's orders, and of a municipality's day, for its staff. Inside `tenancy(municipality=…)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from obolos.base.dates import athens_day_bounds
from obolos.base.tenancy import current_municipality

AT_MOST = 100
#: A payment's legal date is that of its instant in Athens, or the day before (begun before midnight).
_SLACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class OrderOfDebtor:
    """An order with what was paid of it. Cents."""

    id: int
    reference: str
    means: str
    state: str
    amount_cents: int
    created_at: datetime
    valid_until: date
    paid_cents: int
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class DaySum:
    """Payments of one legal date by channel. Cents."""

    channel: str
    count: int
    cents: int


@dataclass(frozen=True, slots=True)
class LatestPayment:
    """A payment in the list of the latest ones: no name, since nobody was looked up."""

    id: int
    order_id: int | None
    reference: str
    channel: str
    disposition: str
    amount_cents: int
    paid_at: datetime


def orders_of_debtor(person_id: int) -> list[OrderOfDebtor]:
    """A person's orders here, newest first, at most AT_MOST."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.reference, o.means, o.state, o.amount_cents, o.created_at, o.valid_until, "
            "coalesce(p.cents, 0), p.paid_at FROM payment_order o LEFT JOIN LATERAL (SELECT sum(amount_cents)::bigint "
            "AS cents, min(paid_at) AS paid_at FROM payment WHERE order_id = o.id AND municipality_id = o.municipality_id) "
            f"p ON true WHERE o.municipality_id = %s AND o.person_id = %s ORDER BY o.id DESC LIMIT {AT_MOST}",
            [current_municipality(), person_id],
        )
        return [OrderOfDebtor(*row) for row in cursor.fetchall()]


def day_sums(on: date) -> list[DaySum]:
    """What came in on a legal date."""
    start, end = athens_day_bounds(on)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel, count(*), sum(amount_cents)::bigint FROM payment WHERE municipality_id = %s "
            "AND paid_at >= %s AND paid_at < %s AND paid_on = %s GROUP BY channel ORDER BY channel",
            [current_municipality(), start - _SLACK, end + _SLACK, on],
        )
        return [DaySum(*row) for row in cursor.fetchall()]


def latest_payments(count: int) -> list[LatestPayment]:
    """The newest payments."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.order_id, coalesce(o.reference, ''), p.channel, p.disposition, p.amount_cents, p.paid_at "
            "FROM (SELECT * FROM payment WHERE municipality_id = %s ORDER BY paid_at DESC LIMIT %s) p "
            "LEFT JOIN payment_order o ON o.id = p.order_id ORDER BY p.paid_at DESC, p.id DESC",
            [current_municipality(), count],
        )
        return [LatestPayment(*row) for row in cursor.fetchall()]


def payments_of_orders(order_ids: Sequence[int]) -> list[int]:
    """Ids of the payments that came for these orders."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM payment WHERE municipality_id = %s AND order_id = ANY (%s::bigint[]) ORDER BY id",
            [current_municipality(), list(order_ids)],
        )
        return [row[0] for row in cursor.fetchall()]
