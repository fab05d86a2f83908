"""Reads of everything that belongs to one order or one payment, for the staff of its municipality.

Inside `tenancy(municipality=…)`. Raw bank messages come as they were stored. Amounts in cents.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """A payment order as it stands."""

    id: int
    public_id: str
    reference: str
    person_id: int | None
    payer_name: str
    email: str
    mobile: str
    language: str
    means: str
    amount_cents: int
    state: str
    valid_until: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of an order. `parts`: [component, code, cents]; `quote`: the lines as the payer saw them."""

    instalment_id: int
    amount_cents: int
    discount_cents: int
    parts: list[Any]
    quote: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One try at a bank."""

    id: int
    bank: str
    account: str
    reference: str
    amount_cents: int
    state: str
    created_at: datetime
    ticket_expires_at: datetime
    next_query_at: datetime | None
    queries: int
    decided_at: datetime | None
    reason: str
    not_charged: bool


@dataclass(frozen=True, slots=True)
class RfFacts:
    """One of our RF codes."""

    id: int
    code: str
    valid_until: date
    issued_at: datetime
    voided_at: datetime | None


@dataclass(frozen=True, slots=True)
class BankWord:
    """What a bank or DIAS said, and what became of it."""

    id: int
    provider: str
    source: str
    raw: str
    decoded: dict[str, Any]
    received_at: datetime
    verdict: str
    disposition: str
    reason: str
    attempt_id: int | None
    payment_id: int | None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment. `evidence_key` names the ledger entry «pay:…»."""

    id: int
    order_id: int | None
    evidence_key: str
    channel: str
    provider: str
    amount_cents: int
    paid_at: datetime
    paid_on: date
    booked_at: datetime
    disposition: str
    bank_txn: str
    approval: str
    payer: str
    confirmed_at: datetime | None
    erp_acked_at: datetime | None
    rf: str


@dataclass(frozen=True, slots=True)
class CollectedFacts:
    """What of a payment counted for which instalment."""

    payment_id: int
    instalment_id: int
    component: str
    code: str
    amount_cents: int


_ORDER = (
    "SELECT id, public_id, reference, person_id, payer_name, email, mobile, language, means, amount_cents, state, "
    "valid_until, created_at FROM payment_order WHERE municipality_id = %s AND id = %s"
)
_PAYMENT = (
    "SELECT p.id, p.order_id, p.evidence_key, p.channel, p.provider, p.amount_cents, p.paid_at, p.paid_on, p.booked_at, "
    "p.disposition, p.bank_txn, p.approval, p.payer, p.confirmed_at, p.erp_acked_at, coalesce(r.code, '') "
    "FROM payment p LEFT JOIN rf_code r ON r.id = p.rf_code_id WHERE p.municipality_id = %s AND "
)


def order_facts(order_id: int, *, lock: bool = False) -> OrderFacts | None:
    """An order, None when this municipality has none of that id. `lock`: until the transaction ends."""
    found = _rows(f"{_ORDER} FOR NO KEY UPDATE" if lock else _ORDER, order_id)
    return OrderFacts(*found[0]) if found else None


def order_by_reference(reference: str) -> int | None:
    """Id of the order with that printed reference."""
    return _one("SELECT id FROM payment_order WHERE municipality_id = %s AND reference = %s", reference)


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order as a list of several shows it."""

    id: int
    reference: str
    created_at: datetime
    means: str
    state: str
    amount_cents: int


_FOUND = (
    "SELECT id, reference, created_at, means, state, amount_cents FROM payment_order WHERE municipality_id = %s AND "
)


def orders_by_email(address: str, at_most: int) -> list[FoundOrder]:
    """The latest orders made with that e-mail address, typed by a guest or confirmed by a citizen."""
    wanted = "email <> '' AND lower(email) = lower(%s) ORDER BY id DESC LIMIT %s"
    return [FoundOrder(*row) for row in _rows(_FOUND + wanted, address, at_most)]


def orders_by_approval(approval: str, at_most: int) -> list[FoundOrder]:
    """The latest orders whose payment the bank approved under that code: a bank gives the same code again in time."""
    paid = (
        "id IN (SELECT p.order_id FROM payment p WHERE p.municipality_id = %s AND p.approval = %s AND p.approval <> '') "
        "ORDER BY id DESC LIMIT %s"
    )
    return [FoundOrder(*row) for row in _rows(_FOUND + paid, current_municipality(), approval, at_most)]


def orders_by_id(order_ids: Sequence[int]) -> list[FoundOrder]:
    """Those of these orders that are this municipality's, the latest first."""
    return [FoundOrder(*row) for row in _rows(_FOUND + "id = ANY (%s::bigint[]) ORDER BY id DESC", list(order_ids))]


def order_by_rf(code: str) -> int | None:
    """Id of the order that one of our RF codes belongs to."""
    return _one("SELECT order_id FROM rf_code WHERE municipality_id = %s AND code = %s", code)


def order_of_debt(debt_id: int) -> int | None:
    """Id of the order that paid a debt, else of the newest that tried to; None when nobody ordered it."""
    return _one(
        "SELECT o.id FROM payment_order o JOIN order_line l ON l.order_id = o.id JOIN instalment i ON i.id = l.instalment_id "
        "WHERE o.municipality_id = %s AND i.debt_id = %s ORDER BY o.state <> 'PAID', o.id DESC LIMIT 1",
        debt_id,
    )


def order_by_bank_reference(reference: str) -> int | None:
    """Id of the order that was tried at a bank under that reference: what stands on the bank's statement."""
    return _one("SELECT order_id FROM payment_attempt WHERE municipality_id = %s AND reference = %s", reference)


def orders_of_attempts(ids: Sequence[int]) -> dict[int, int]:
    """Attempt id → order id."""
    return dict(_rows("SELECT id, order_id FROM payment_attempt WHERE municipality_id = %s AND id = ANY (%s::bigint[])",
                      list(ids)))  # fmt: skip


def lines_of_order(order_id: int) -> list[LineFacts]:
    """The frozen lines of an order."""
    rows = _rows(
        "SELECT instalment_id, amount_cents, discount_cents, parts, quote FROM order_line WHERE municipality_id = %s "
        "AND order_id = %s ORDER BY id",
        order_id,
    )
    return [LineFacts(row[0], row[1], row[2], _json(row[3]), _json(row[4])) for row in rows]


def attempts_of_order(order_id: int) -> list[AttemptFacts]:
    """Tries at banks, in order."""
    rows = _rows(
        "SELECT a.id, m.bank, m.label, a.reference, a.amount_cents, a.state, a.created_at, a.ticket_expires_at, "
        "a.next_query_at, a.queries, a.decided_at, a.reason, a.not_charged FROM payment_attempt a JOIN merchant_account m "
        "ON m.id = a.merchant_account_id WHERE a.municipality_id = %s AND a.order_id = %s ORDER BY a.id",
        order_id,
    )
    return [AttemptFacts(*row) for row in rows]


def rf_codes_of_order(order_id: int) -> list[RfFacts]:
    """RF codes, in order."""
    rows = _rows(
        "SELECT id, code, valid_until, issued_at, voided_at FROM rf_code WHERE municipality_id = %s AND order_id = %s "
        "ORDER BY id",
        order_id,
    )
    return [RfFacts(*row) for row in rows]


def payments_of_order(order_id: int) -> list[PaymentFacts]:
    """Payments, in order."""
    return [PaymentFacts(*row) for row in _rows(_PAYMENT + "p.order_id = %s ORDER BY p.id", order_id)]


def payment_facts(payment_id: int) -> PaymentFacts | None:
    """A payment, None when this municipality has none of that id."""
    found = _rows(_PAYMENT + "p.id = %s", payment_id)
    return PaymentFacts(*found[0]) if found else None


def collected_of(payment_ids: Sequence[int]) -> list[CollectedFacts]:
    """What counts for which instalment by now, in order; what was taken back whole is left out."""
    rows = _rows(
        "SELECT payment_id, instalment_id, component, code, sum(amount_cents)::bigint FROM collection "
        "WHERE municipality_id = %s AND payment_id = ANY (%s::bigint[]) GROUP BY 1, 2, 3, 4 "
        "HAVING sum(amount_cents) <> 0 ORDER BY min(id)",
        list(payment_ids),
    )
    return [CollectedFacts(*row) for row in rows]


def bank_words(
    *, attempt_ids: Sequence[int] = (), rf_code_ids: Sequence[int] = (), payment_ids: Sequence[int] = ()
) -> list[BankWord]:
    """What banks said about attempts, RF codes or payments without either, in order."""
    rows = _rows(
        "SELECT m.id, m.provider, m.source, m.raw, m.decoded, m.received_at, r.verdict, r.disposition, r.reason, "
        "r.attempt_id, r.payment_id FROM bank_result r JOIN bank_message m ON m.id = r.message_id "
        "WHERE r.municipality_id = %s AND (r.attempt_id = ANY (%s::bigint[]) OR r.rf_code_id = ANY (%s::bigint[]) "
        "OR (r.attempt_id IS NULL AND r.payment_id = ANY (%s::bigint[]))) ORDER BY m.id",
        list(attempt_ids), list(rf_code_ids), list(payment_ids),
    )  # fmt: skip
    return [
        BankWord(
            id=row[0], provider=row[1], source=row[2], raw=row[3], decoded=_json(row[4]), received_at=row[5],
            verdict=row[6], disposition=row[7], reason=row[8], attempt_id=row[9], payment_id=row[10],
        )
        for row in rows
    ]  # fmt: skip


def _rows(sql: str, *values: int | str | list[int]) -> list[tuple[Any, ...]]:
    """Rows of a query whose first parameter is the municipality."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [current_municipality(), *values])
        return list(cursor.fetchall())


def _one(sql: str, *values: int | str | list[int]) -> int | None:
    found = _rows(sql, *values)
    return found[0][0] if found else None


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
