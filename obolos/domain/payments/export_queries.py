"""Payments and what they were collected for, in the order of their legal dates, for files that leave the house.

Read in batches by key, each in a short transaction of its own, so that a long export holds no snapshot and no lock.
Inside `tenancy(municipality=…)`. Cents.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from obolos.base.dates import athens_day_bounds
from obolos.base.tenancy import current_municipality

#: A payment's legal date is at most this far from the Athens date of its instant.
_SLACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class ExportedPayment:
    """A payment as accountants want it."""

    id: int
    paid_at: datetime
    paid_on: date
    booked_at: datetime
    reference: str
    channel: str
    provider: str
    bank_txn: str
    approval: str
    rf: str
    payer: str
    afm: str
    amount_cents: int
    applied_cents: int
    disposition: str
    confirmed_at: datetime | None
    erp_acked_at: datetime | None
    erp_receipt: str


@dataclass(frozen=True, slots=True)
class ExportedCollection:
    """What of a payment counted for one instalment, by component and revenue code."""

    payment_id: int
    paid_on: date
    reference: str
    afm: str
    debtor: str
    ext_id: str
    description: str
    year: int | None
    catalogue: str
    line: str
    number: int
    of: int
    component: str
    code: str
    amount_cents: int


#: Where a batch ended: instant and id of its last payment.
Key = tuple[datetime, int]

_BATCH = """
WITH batch AS MATERIALIZED (
    SELECT * FROM payment WHERE municipality_id = %(m)s AND paid_at >= %(start)s AND paid_at < %(end)s
    AND paid_on BETWEEN %(first)s AND %(last)s AND id <= %(newest)s AND (paid_at, id) > (%(at)s, %(id)s)
    ORDER BY paid_at, id LIMIT %(count)s
)"""

_PAYMENTS = (
    _BATCH
    + """
SELECT p.id, p.paid_at, p.paid_on, p.booked_at, coalesce(o.reference, ''), p.channel, p.provider, p.bank_txn, p.approval,
    coalesce(r.code, ''), coalesce(nullif(d.name, ''), nullif(o.payer_name, ''), p.payer), coalesce(d.afm, ''),
    p.amount_cents, (SELECT coalesce(sum(c.amount_cents), 0)::bigint FROM collection c WHERE c.payment_id = p.id),
    p.disposition, p.confirmed_at, p.erp_acked_at, coalesce(e.answer ->> 'receipt_no', '')
FROM batch p
LEFT JOIN payment_order o ON o.id = p.order_id
LEFT JOIN rf_code r ON r.id = p.rf_code_id
LEFT JOIN debtor d ON d.municipality_id = p.municipality_id AND d.person_id = p.person_id
LEFT JOIN delivery e ON e.municipality_id = p.municipality_id AND e.target = 'ERP' AND e.subject = 'payment:' || p.id
    AND e.event = 'PAID' AND e.version = 1
ORDER BY p.paid_at, p.id"""
)

_COLLECTIONS = (
    _BATCH
    + """
SELECT p.paid_at, p.id, p.paid_on, coalesce(o.reference, ''), coalesce(t.afm, ''), coalesce(t.name, ''), d.ext_id,
    d.description, d.year, d.catalogue, d.line, i.number, i.of, c.component, c.code, c.amount_cents
FROM batch p
LEFT JOIN payment_order o ON o.id = p.order_id
LEFT JOIN collection c ON c.payment_id = p.id
LEFT JOIN instalment i ON i.id = c.instalment_id
LEFT JOIN debt d ON d.id = i.debt_id
LEFT JOIN debtor t ON t.id = d.debtor_id
ORDER BY p.paid_at, p.id, c.id"""
)


@dataclass(frozen=True, slots=True)
class Span:
    """Legal dates, both included, and the newest payment that the export knows, so that it ends."""

    first: date
    last: date
    newest: int

    def values(self, after: Key | None, count: int) -> dict[str, int | date | datetime]:
        """Parameters of a batch."""
        start, end = athens_day_bounds(self.first)[0] - _SLACK, athens_day_bounds(self.last)[1] + _SLACK
        at, number = after or (start - _SLACK, 0)
        return {
            "m": current_municipality(), "start": start, "end": end, "first": self.first, "last": self.last,
            "newest": self.newest, "at": at, "id": number, "count": count,
        }  # fmt: skip


def span_of(first: date, last: date) -> tuple[Span, int]:
    """The span to be exported, and how many payments it holds."""
    open_end = Span(first, last, 2**62)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0), count(*) FROM payment WHERE municipality_id = %(m)s AND paid_at >= %(start)s "
            "AND paid_at < %(end)s AND paid_on BETWEEN %(first)s AND %(last)s",
            open_end.values(None, 0),
        )
        newest, count = cursor.fetchone()
    return Span(first, last, newest), count


def payments_after(span: Span, after: Key | None, count: int) -> list[ExportedPayment]:
    """The next batch of payments."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYMENTS, span.values(after, count))
        return [ExportedPayment(*row) for row in cursor.fetchall()]


def collections_after(span: Span, after: Key | None, count: int) -> tuple[list[ExportedCollection], Key | None]:
    """What the next batch of payments was collected for, and where that batch ended (None: nothing was left)."""
    with connection.cursor() as cursor:
        cursor.execute(_COLLECTIONS, span.values(after, count))
        rows = cursor.fetchall()
    end = (rows[-1][0], rows[-1][1]) if rows else None
    return [ExportedCollection(*row[1:]) for row in rows if row[14] is not None], end
