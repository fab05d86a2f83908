"""What is sold of an event, for figures and lists of the office, inside `tenancy(municipality=…)`."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.offerings.purchase_queries import PAID


@dataclass(frozen=True, slots=True)
class SaleRow:
    """One ticket as sold, for lists to take along."""

    reference: str
    created_at: datetime
    email: str
    class_el: str
    class_en: str
    price_cents: int
    paid: bool
    released: bool
    checked_at: datetime | None
    paid_on: date | None


def sales_of_event(event_id: int) -> list[SaleRow]:
    """All tickets of an event with what became of them, by purchase."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.reference, p.created_at, p.email, c.name_el, c.name_en, t.price_cents, {PAID}, "
            "p.released_at IS NOT NULL, t.checked_at, (SELECT max(y.paid_on) FROM instalment i JOIN collection x "
            "ON x.instalment_id = i.id JOIN payment y ON y.id = x.payment_id WHERE i.debt_id = p.debt_id) "
            "FROM ticket t JOIN purchase p ON p.id = t.purchase_id JOIN price_class c ON c.id = t.price_class_id "
            "WHERE t.municipality_id = %s AND t.event_id = %s ORDER BY p.id, t.number",
            [current_municipality(), event_id],
        )
        return [SaleRow(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class SoldRow:
    """Figures of an event. Cents of what was paid."""

    event_id: int
    sold: int
    held: int
    inside: int
    cents: int


def sold_by_event() -> dict[int, SoldRow]:
    """Places sold and held, people let in and money, by event."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x.event_id, coalesce(sum(x.places) FILTER (WHERE x.paid), 0)::int, "
            "coalesce(sum(x.places) FILTER (WHERE NOT x.paid), 0)::int, "
            "(SELECT count(*)::int FROM ticket t WHERE t.event_id = x.event_id AND t.checked_at IS NOT NULL), "
            "coalesce(sum(x.amount_cents) FILTER (WHERE x.paid), 0)::bigint "
            f"FROM (SELECT p.event_id, p.places, p.amount_cents, {PAID} AS paid FROM purchase p "
            "WHERE p.municipality_id = %s AND p.event_id IS NOT NULL AND p.released_at IS NULL) x GROUP BY x.event_id",
            [current_municipality()],
        )
        return {row[0]: SoldRow(*row) for row in cursor.fetchall()}
