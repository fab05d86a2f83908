"""Reads for somebody who holds a debt's code: what it is, whether anything is open, and how it was paid.

Inside `tenancy(municipality=…)`. Names are read only to be kept out of what is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from obolos.base.form_token import ASKED_BY_PAYER
from obolos.base.tenancy import current_municipality


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """A debt as it stands. `paid_on` and `reference`: the last payment of it through us, when there is one."""

    debt_id: int
    revenue_kind_id: int
    description: str
    ticket_no: str
    plate: str
    violation_on: date | None
    withdrawn_at: datetime | None
    person_id: int | None
    debtor_id: int | None
    debtor: str
    debtor_afm: str
    open_cents: int
    paid_on: date | None
    reference: str


_FACTS = """
SELECT d.id, d.revenue_kind_id, d.description, d.ticket_no, d.plate, d.violation_on, d.withdrawn_at, d.person_id,
    r.id, coalesce(r.name, ''), coalesce(r.afm, ''), coalesce(i.open_cents, 0), p.paid_on, coalesce(p.reference, '')
FROM debt d
LEFT JOIN debtor r ON r.municipality_id = d.municipality_id AND r.id = d.debtor_id
LEFT JOIN LATERAL (SELECT sum(i.open_cents)::bigint AS open_cents FROM instalment i WHERE i.debt_id = d.id) i ON true
LEFT JOIN LATERAL (
    SELECT x.paid_on, o.reference FROM instalment i JOIN collection c ON c.instalment_id = i.id
    JOIN payment x ON x.id = c.payment_id LEFT JOIN payment_order o ON o.id = x.order_id
    WHERE i.debt_id = d.id ORDER BY x.paid_at DESC, x.id DESC LIMIT 1
) p ON true
WHERE d.municipality_id = %s AND d.id = ANY (%s::bigint[]) ORDER BY d.id"""


def facts_of(debt_ids: Sequence[int]) -> list[HeldFacts]:
    """Some debts of the municipality in context, by id."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [current_municipality(), list(debt_ids)])
        return [HeldFacts(*row) for row in cursor.fetchall()]


def lines_of_order(order_id: int) -> list[tuple[int, int]]:
    """(debt id, instalment number) of what an order pays."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.debt_id, i.number FROM order_line l JOIN instalment i ON i.id = l.instalment_id "
            "WHERE l.order_id = %s ORDER BY i.debt_id, i.number",
            [order_id],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class OpenCode:
    """An RF code that a payer took and that can still be paid. `guest`: whose order's page may be shown to a stranger."""

    rf: str
    amount_cents: int
    valid_until: date
    public_id: str
    guest: bool


def open_code_of(order_id: int, *, on: date) -> OpenCode | None:
    """The RF code of an order while it can be paid; None of an order that we made ourselves, for a notice or reminder."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.code, o.amount_cents, o.valid_until, o.public_id, o.person_id IS NULL FROM payment_order o "
            "JOIN rf_code r ON r.order_id = o.id AND r.voided_at IS NULL "
            "WHERE o.municipality_id = %s AND o.id = %s AND o.state = 'OPEN' AND o.valid_until >= %s "
            f"AND {ASKED_BY_PAYER} AND NOT EXISTS (SELECT 1 FROM order_line l "
            "JOIN instalment i ON i.id = l.instalment_id WHERE l.order_id = o.id "
            "AND i.open_cents < l.principal_cents + l.discount_cents) ORDER BY r.id DESC LIMIT 1",
            [current_municipality(), order_id, on],
        )
        row = cursor.fetchone()
        return OpenCode(*row) if row else None
