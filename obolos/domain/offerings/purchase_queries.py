"""Reads of what was bought: purchases with their tickets, money and time, inside `tenancy(municipality=…)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.offerings.queries import EventRow, event_by_id, said

#: Whether a purchase's debt is paid, or nothing is owed; of `purchase p`.
PAID = (
    "(p.released_at IS NULL AND (p.debt_id IS NULL OR EXISTS (SELECT 1 FROM instalment i WHERE i.debt_id = p.debt_id "
    "AND i.open_cents = 0 AND NOT i.withdrawn)))"
)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One place of a purchase."""

    id: int
    number: int
    code: str
    class_el: str
    class_en: str
    price_cents: int
    checked_at: datetime | None

    def name(self, language: str) -> str:
        """Its price class."""
        return said(self.class_el, self.class_en, language)


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """What somebody bought. `paid`: the money is there, or none was asked; only then its tickets hold."""

    id: int
    public_id: str
    reference: str
    event_id: int | None
    certificate_id: int | None
    debt_id: int | None
    places: int
    amount_cents: int
    email: str
    language: str
    request: str
    created_at: datetime
    hold_until: datetime
    released_at: datetime | None
    paid: bool
    issued_at: datetime | None

    @property
    def state(self) -> str:
        """PAID, RELEASED (the places went back) or HELD."""
        return "PAID" if self.paid else "RELEASED" if self.released_at else "HELD"


_PURCHASES = f"""
SELECT p.id, p.public_id, p.reference, p.event_id, p.certificate_id, p.debt_id, p.places, p.amount_cents, p.email,
    p.language, p.request, p.created_at, p.hold_until, p.released_at, {PAID}, s.issued_at
FROM purchase p LEFT JOIN issued_certificate s ON s.purchase_id = p.id
WHERE p.municipality_id = %s AND {{}} ORDER BY p.id"""


def purchase_called(public_id: str) -> PurchaseRow | None:
    """The purchase behind an unguessable id."""
    return next(iter(_purchases("p.public_id = %s", public_id)), None)


def purchase_by_id(purchase_id: int) -> PurchaseRow | None:
    """One purchase of the municipality."""
    return next(iter(_purchases("p.id = %s", purchase_id)), None)


def purchase_of_reference(reference: str) -> PurchaseRow | None:
    """The purchase with that printed number."""
    return next(iter(_purchases("p.reference = %s", reference)), None)


def purchase_of_form(form_token: str) -> PurchaseRow | None:
    """The purchase that a form made, if it came before."""
    return next(iter(_purchases("p.form_token = %s", form_token)), None)


def has_order(purchase_id: int) -> bool:
    """Whether there is an order that pays, or paid, a purchase."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM purchase p JOIN instalment i ON i.debt_id = p.debt_id "
            "JOIN order_line l ON l.instalment_id = i.id WHERE p.municipality_id = %s AND p.id = %s)",
            [current_municipality(), purchase_id],
        )
        return bool(cursor.fetchone()[0])


def purchase_of_order(order_id: int) -> PurchaseRow | None:
    """The purchase that an order pays; None for an order of other debts."""
    return next(
        iter(
            _purchases(
                "p.debt_id IN (SELECT i.debt_id FROM order_line l JOIN instalment i ON i.id = l.instalment_id "
                "WHERE l.order_id = %s)",
                order_id,
            )
        ),
        None,
    )


def purchases_of_event(event_id: int) -> list[PurchaseRow]:
    """All purchases of an event, oldest first."""
    return _purchases("p.event_id = %s", event_id)


def still_paying(event_id: int) -> list[PurchaseRow]:
    """Purchases of an event whose places went back while a bank has not decided yet whether they were paid."""
    return _purchases(
        "p.event_id = %s AND p.released_at IS NOT NULL AND EXISTS (SELECT 1 FROM instalment i JOIN order_line l "
        "ON l.instalment_id = i.id JOIN payment_attempt a ON a.order_id = l.order_id WHERE i.debt_id = p.debt_id "
        "AND a.state IN ('REDIRECTED', 'UNKNOWN'))",
        event_id,
    )


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Places that are held for a buyer who has not paid, and the order that pays for them («CARD» or «RF»)."""

    public_id: str
    form_token: str
    places: int
    hold_until: datetime
    order: str
    means: str


def held_places(event_id: int, public_ids: Sequence[str], *, now: datetime) -> list[HeldRow]:
    """Which of these purchases hold places of an event still, unpaid; oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.public_id, p.form_token, p.places, p.hold_until, o.public_id, o.means FROM purchase p "
            "CROSS JOIN LATERAL (SELECT x.public_id, x.means FROM instalment i JOIN order_line l ON l.instalment_id = i.id "
            "JOIN payment_order x ON x.id = l.order_id WHERE i.debt_id = p.debt_id AND i.open_cents > 0 "
            "ORDER BY x.id DESC LIMIT 1) o WHERE p.municipality_id = %s AND p.event_id = %s "
            "AND p.public_id = ANY (%s::text[]) AND p.released_at IS NULL AND p.settled_at IS NULL AND p.hold_until > %s "
            "ORDER BY p.id",
            [current_municipality(), event_id, list(public_ids), now],
        )
        return [HeldRow(*row) for row in cursor.fetchall()]


def called_off(order_id: int) -> bool:
    """Whether an order is for an event that was cancelled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM order_line l JOIN instalment i ON i.id = l.instalment_id "
            "JOIN purchase p ON p.debt_id = i.debt_id JOIN event e ON e.id = p.event_id "
            "WHERE l.order_id = %s AND e.cancelled_at IS NOT NULL)",
            [order_id],
        )
        return bool(cursor.fetchone()[0])


def certificate_purchases() -> list[PurchaseRow]:
    """All requests for certificates that were paid, oldest first."""
    return [one for one in _purchases("p.certificate_id IS NOT NULL AND p.released_at IS NULL") if one.paid]


def _purchases(condition: str, *values: Any) -> list[PurchaseRow]:
    with connection.cursor() as cursor:
        cursor.execute(_PURCHASES.format(condition), [current_municipality(), *values])
        return [PurchaseRow(*row) for row in cursor.fetchall()]


def tickets_of(purchase_ids: Sequence[int]) -> dict[int, list[TicketRow]]:
    """Tickets by purchase, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.purchase_id, t.id, t.number, t.code, c.name_el, c.name_en, t.price_cents, t.checked_at FROM ticket t "
            "JOIN price_class c ON c.id = t.price_class_id WHERE t.purchase_id = ANY (%s::bigint[]) "
            "ORDER BY t.purchase_id, t.number",
            [list(purchase_ids)],
        )
        found: dict[int, list[TicketRow]] = {}
        for purchase_id, *row in cursor.fetchall():
            found.setdefault(purchase_id, []).append(TicketRow(*row))
    return found


def ticket_called(code: str) -> tuple[TicketRow, PurchaseRow, EventRow] | None:
    """A ticket of the municipality by its code, with its purchase and event."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, purchase_id, event_id FROM ticket WHERE municipality_id = %s AND code = %s",
            [current_municipality(), code],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    purchase, event = purchase_by_id(row[1]), event_by_id(row[2])
    ticket = next(one for one in tickets_of([row[1]])[row[1]] if one.id == row[0])
    assert purchase is not None
    assert event is not None
    return ticket, purchase, event


@dataclass(frozen=True, slots=True)
class DuePurchase:
    """A purchase whose time is up, or whose money came: what a tick looks at."""

    id: int
    event_id: int | None
    debt_id: int


def purchases_to_settle(now: datetime, *, limit: int) -> list[DuePurchase]:
    """Purchases neither settled nor released whose debt is paid, whose hold is over or whose event was cancelled.

    Whoever came back from a bank that does not say yet what happened keeps the places until the event starts, for a day
    at most: most of them have paid.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.event_id, p.debt_id FROM purchase p LEFT JOIN event e ON e.id = p.event_id "
            "WHERE p.municipality_id = %(m)s AND p.settled_at IS NULL AND p.released_at IS NULL "
            "AND (EXISTS (SELECT 1 FROM instalment i WHERE i.debt_id = p.debt_id AND i.open_cents = 0) "
            "OR e.cancelled_at IS NOT NULL OR (p.hold_until <= %(now)s AND NOT (p.created_at > %(now)s - interval '1 day' "
            "AND coalesce(e.starts_at, 'infinity') > %(now)s AND EXISTS (SELECT 1 FROM instalment i "
            "JOIN order_line l ON l.instalment_id = i.id JOIN payment_attempt a ON a.order_id = l.order_id "
            "WHERE i.debt_id = p.debt_id AND a.state = 'UNKNOWN')))) ORDER BY p.hold_until LIMIT %(limit)s",
            {"m": current_municipality(), "now": now, "limit": limit},
        )
        return [DuePurchase(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """Money that came for a purchase: cents in all, the payment's reference, and whether its places had gone back and were
    taken again for it (`retake_purchase` ends the hold at the very moment in which the money is booked)."""

    cents: int
    reference: str
    retaken: bool


def money_of(purchase: PurchaseRow) -> MoneyRow:
    """What came for a purchase so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(y.amount_cents), 0)::bigint, coalesce(max(o.reference), ''), "
            "coalesce(bool_or(y.booked_at = %s), false) FROM instalment i JOIN order_line l ON l.instalment_id = i.id "
            "JOIN payment_order o ON o.id = l.order_id JOIN payment y ON y.order_id = o.id WHERE i.debt_id = %s",
            [purchase.hold_until, purchase.debt_id],
        )
        return MoneyRow(*cursor.fetchone())


def places_by_class(purchase_id: int) -> dict[int, int]:
    """How many places of each price class a purchase is of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT price_class_id, count(*)::int FROM ticket WHERE purchase_id = %s GROUP BY 1", [purchase_id]
        )
        return dict(cursor.fetchall())


def unpaid_or_free_places(event_id: int, email: str) -> int:
    """Places that an address holds of an event without having paid for them: held now, or free of charge.

    maria+1@ and maria+2@ are one mailbox, and one address here.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(places), 0)::int FROM purchase WHERE event_id = %s AND "
            "regexp_replace(lower(email), '[+][^@]*@', '@') = regexp_replace(lower(%s), '[+][^@]*@', '@') "
            "AND released_at IS NULL AND (settled_at IS NULL OR debt_id IS NULL)",
            [event_id, email],
        )
        return int(cursor.fetchone()[0])
