"""Reads for whoever asks whether a code is genuine: what it is for and how it stands, never whose it is.

The look-ups need no context; the facts are read inside `tenancy(municipality=…)`.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection

from obolos.base.tenancy import current_municipality


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: a municipality and the id of a row in it."""

    municipality_id: int
    id: int


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order, or an RF code with its order. `still_open`: whether its debts can all be paid as it asks.

    An RF code that no order uses yet has `means` RF, no kinds, and `amount_cents` None when it is for any amount.
    """

    issued_at: datetime
    amount_cents: int | None
    state: str
    means: str
    valid_until: date
    voided: bool
    paid_cents: int
    paid_on: date | None
    still_open: bool
    kinds: tuple[tuple[str, str], ...]
    #: The order and its unguessable id; 0 and empty for a code that no order uses yet.
    order_id: int = 0
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class DebtFacts:
    """A debt that a printed RF code or a pay code names, or those of its instalments that the RF code names."""

    debt_id: int
    certified_on: date | None
    kind: tuple[str, str]
    instalments: tuple[int, ...]
    principal_cents: int
    open_cents: int
    withdrawn: bool
    paid_on: date | None
    is_fine: bool


#: The closed list of look-ups by which a code finds its place.
_LOOKUPS = {
    "RF": "obolos_find_rf",
    "PRINTED_RF": "obolos_find_printed_rf",
    "ORDER": "obolos_find_reference",
    "NOTICE": "obolos_find_notice",
    "SLIP": "obolos_find_slip",
    "PURCHASE": "obolos_find_purchase",
    "TICKET": "obolos_find_ticket",
    "INQUIRY": "obolos_find_inquiry",
}


def place_of(sort: str, code: str) -> Place | None:
    """Where a code of that sort leads; None when nowhere."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT municipality_id, id FROM {_LOOKUPS[sort]}(%s)", [code])
        row = cursor.fetchone()
    return Place(*row) if row else None


_ORDER = """
SELECT o.created_at, o.amount_cents, o.state, o.means, o.valid_until, false,
    coalesce((SELECT sum(p.amount_cents)::bigint FROM payment p WHERE p.order_id = o.id), 0),
    (SELECT min(p.paid_on) FROM payment p WHERE p.order_id = o.id), coalesce(x.still_open, false),
    coalesce(x.kinds_el, '{}'), coalesce(x.kinds_en, '{}'), o.public_id
FROM payment_order o
LEFT JOIN LATERAL (
    SELECT bool_and(i.open_cents >= l.principal_cents + l.discount_cents) AS still_open,
        array_agg(DISTINCT k.name_el ORDER BY k.name_el) AS kinds_el,
        array_agg(DISTINCT k.name_en ORDER BY k.name_en) AS kinds_en
    FROM order_line l JOIN instalment i ON i.id = l.instalment_id JOIN debt d ON d.id = i.debt_id
    JOIN revenue_kind k ON k.id = d.revenue_kind_id WHERE l.order_id = o.id
) x ON true
WHERE o.municipality_id = %s AND o.id = %s"""


def facts_of_order(order_id: int) -> OrderFacts:
    """An order of the municipality in context."""
    with connection.cursor() as cursor:
        cursor.execute(_ORDER, [current_municipality(), order_id])
        issued_at, cents, state, means, until, voided, paid, paid_on, still_open, greek, english, public_id = (
            cursor.fetchone()
        )
    kinds = _pairs(greek, english)
    return OrderFacts(
        issued_at, cents, state, means, until, voided, paid, paid_on, still_open, kinds, order_id, public_id
    )  # fmt: skip


def facts_of_rf(rf_code_id: int) -> OrderFacts:
    """An RF code of ours, with the order that it pays when there is one. The code's own dates count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id, issued_at, amount_cents, valid_until, voided_at IS NOT NULL FROM rf_code "
            "WHERE municipality_id = %s AND id = %s",
            [current_municipality(), rf_code_id],
        )
        order_id, issued_at, cents, until, voided = cursor.fetchone()
        cursor.execute(
            "SELECT coalesce(sum(amount_cents), 0)::bigint, min(paid_on) FROM payment WHERE rf_code_id = %s",
            [rf_code_id],
        )
        paid, paid_on = cursor.fetchone()
    if order_id is None:
        return OrderFacts(issued_at, cents, "OPEN", "RF", until, voided, paid, paid_on, not paid, ())
    order = facts_of_order(order_id)
    # The order's own state and money, under the code's own dates and amount.
    return replace(order, issued_at=issued_at, amount_cents=cents, means="RF", valid_until=until, voided=voided)


_DEBT = """
SELECT d.id, d.certified_on, k.name_el, k.name_en, array_agg(i.id ORDER BY i.number), sum(i.principal_cents)::bigint,
    sum(i.open_cents)::bigint, d.withdrawn_at IS NOT NULL,
    (SELECT max(p.paid_on) FROM collection c JOIN payment p ON p.id = c.payment_id
        WHERE c.instalment_id = ANY (array_agg(i.id))), d.ticket_no <> ''
FROM debt d JOIN revenue_kind k ON k.id = d.revenue_kind_id JOIN instalment i ON i.debt_id = d.id
WHERE d.municipality_id = %s AND d.id = %s AND (%s = '' OR i.rf = %s) GROUP BY d.id, k.id"""


def facts_of_debt(debt_id: int, *, rf: str = "") -> DebtFacts:
    """A debt of the municipality in context: all of it, or the instalments on which that RF code was printed."""
    with connection.cursor() as cursor:
        cursor.execute(_DEBT, [current_municipality(), debt_id, rf, rf])
        found, certified_on, greek, english, instalments, principal, left, withdrawn, paid_on, fine = cursor.fetchone()
    names = (greek, english)
    return DebtFacts(found, certified_on, names, tuple(instalments), principal, left, withdrawn, paid_on, fine)


def _pairs(greek: list[str], english: list[str]) -> tuple[tuple[str, str], ...]:
    """Names in both languages, each list in its own order: they are shown as a list, never side by side."""
    return tuple(zip(greek, english, strict=False))
