"""Writes of payment orders, attempts and RF codes. Booking money is `obolos.domain.payments.booking`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.form_token import is_ours
from obolos.base.tenancy import current_municipality
from obolos.domain.payments.models import PaymentOrder


class FormUsed(Exception):
    """This form made another order before: of another payer, by other means or of other debts. Nothing was written."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """What a new order pays of one instalment; see OrderLine."""

    instalment_id: int
    principal_cents: int
    discount_cents: int
    amount_cents: int
    surcharged_months: int
    surcharge_carried_cents: int
    parts: Sequence[tuple[str, str, int]]
    quote: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NewOrder:
    """A payment order about to be written, its amounts frozen."""

    public_id: str
    reference: str
    person_id: int | None
    means: str
    amount_cents: int
    valid_until: date
    form_token: str
    language: str
    lines: Sequence[NewLine]
    rest: Sequence[str]
    visit: str
    #: What a guest gave to hear of the payment; a person's own confirmed contact goes before it.
    email: str = ""
    mobile: str = ""
    chain: str = ""
    leg: int = 1
    legs: int = 1
    #: Made by us for a reminder: no step of anybody's visit, and the reminder itself tells the RF code.
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """A card attempt about to be written, after the bank gave its ticket and before the payer is sent there."""

    merchant_account_id: int
    reference: str
    sealed_ticket: str
    ticket_expires_at: datetime
    next_query_at: datetime


@dataclass(frozen=True, slots=True)
class NewRf:
    """An RF code about to be written."""

    code: str
    valid_until: date


_ORDER = """
WITH o AS (
    INSERT INTO payment_order (municipality_id, public_id, reference, person_id, payer_name, email, mobile, language,
        means, amount_cents, state, valid_until, created_at, form_token, rest, visit, chain, leg, legs)
    SELECT %(m)s::bigint, %(public_id)s::text, %(reference)s::text, %(person)s::bigint, coalesce(p.name, ''),
        coalesce(p.email, %(email)s::text), coalesce(p.mobile, %(mobile)s::text), %(language)s::text,
        %(means)s::text, %(amount)s::bigint, 'OPEN',
        %(valid_until)s::date, %(now)s::timestamptz, %(form_token)s::text, %(rest)s::jsonb, %(visit)s::text,
        %(chain)s::text, %(leg)s::int, %(legs)s::int
    FROM (SELECT 1) one LEFT JOIN person p ON p.id = %(person)s::bigint
    ON CONFLICT (municipality_id, form_token) DO NOTHING
    RETURNING id, person_id, email, mobile
), l AS (
    INSERT INTO order_line (municipality_id, order_id, person_id, instalment_id, principal_cents, discount_cents,
        amount_cents, surcharged_months, surcharge_carried_cents, parts, quote)
    SELECT %(m)s::bigint, o.id, o.person_id, x.instalment_id, x.principal_cents, x.discount_cents, x.amount_cents,
        x.surcharged_months, x.surcharge_carried_cents, x.parts, x.quote
    FROM o, jsonb_to_recordset(%(lines)s::jsonb) AS x (instalment_id bigint, principal_cents bigint,
        discount_cents bigint, amount_cents bigint, surcharged_months int, surcharge_carried_cents bigint,
        parts jsonb, quote jsonb)
), f AS (
    INSERT INTO funnel_event (municipality_id, at, step, channel, visit, detail)
    SELECT %(m)s::bigint, %(now)s::timestamptz, 'started', lower(%(means)s::text), %(visit)s::text,
        jsonb_build_object('debts', %(count)s::int) || CASE WHEN %(means)s::text = 'RF'
            THEN jsonb_build_object('until', %(valid_until)s::date) ELSE '{}' END
        || CASE WHEN o.person_id IS NULL THEN jsonb_build_object('path', 'guest') ELSE '{}' END
    FROM o WHERE %(visit)s::text <> ''
), u AS (
    INSERT INTO audit_entry (municipality_id, at, actor, actor_id, action, subject, detail)
    SELECT %(m)s::bigint, %(now)s::timestamptz,
        CASE WHEN %(unasked)s THEN 'SYSTEM' WHEN o.person_id IS NULL THEN 'GUEST' ELSE 'CITIZEN' END,
        CASE WHEN NOT %(unasked)s THEN o.person_id END, 'order.made',
        'order:' || o.id, jsonb_build_object('amount_cents', %(amount)s::bigint, 'means', %(means)s::text) FROM o
)"""

_ATTEMPT = """, a AS (
    INSERT INTO payment_attempt (municipality_id, order_id, person_id, merchant_account_id, reference, sealed_ticket,
        amount_cents, state, created_at, ticket_expires_at, next_query_at, queries, reason, not_charged)
    SELECT %(m)s::bigint, o.id, o.person_id, %(account)s::bigint, %(attempt_reference)s::text, %(ticket)s::text,
        %(amount)s::bigint, 'REDIRECTED', %(now)s::timestamptz, %(expires)s::timestamptz, %(next_query)s::timestamptz,
        0, '', false FROM o
)"""

_RF = """, r AS (
    INSERT INTO rf_code (municipality_id, code, order_id, person_id, amount_cents, valid_until, issued_at)
    SELECT %(m)s::bigint, %(rf)s::text, o.id, o.person_id, %(amount)s::bigint, %(valid_until)s::date,
        %(now)s::timestamptz FROM o
    RETURNING id
), d AS (
    INSERT INTO delivery (municipality_id, target, subject, event, version, detail, state, created_at, due_at, tries,
        answer)
    SELECT %(m)s::bigint, t.target, 'order:' || o.id, 'RF_ISSUED', 1, '{}', 'PENDING', %(now)s::timestamptz,
        %(now)s::timestamptz, 0, '{}'
    FROM o, (VALUES ('PAYER_EMAIL'), ('PAYER_SMS')) t (target)
    WHERE NOT %(unasked)s
        AND ((t.target = 'PAYER_EMAIL' AND o.email <> '') OR (t.target = 'PAYER_SMS' AND o.mobile <> ''))
)"""

#: The order that a form made, and whether it is the one that is asked for now.
_SAME_FORM = """
SELECT o.public_id, o.person_id IS NOT DISTINCT FROM %s::bigint AND o.means = %s::text
    AND (o.person_id IS NOT NULL OR o.email = %s::text) AND (SELECT jsonb_object_agg(l.instalment_id,
    l.amount_cents) FROM order_line l WHERE l.order_id = o.id) = %s::jsonb
FROM payment_order o WHERE o.municipality_id = %s AND o.form_token = %s"""


def make_order(
    order: NewOrder, *, municipality_id: int, now: datetime, attempt: NewAttempt | None = None, rf: NewRf | None = None
) -> str:
    """Write an order with its lines and its attempt or RF code, in one statement; returns the order's public id.

    The same form sent again (same `form_token`, payer, means and lines) writes nothing and returns the first order's
    public id. A `form_token` with a colon is ours and says itself what it is for. Raises FormUsed when a form's token
    made another order: nobody is ever led to somebody else's, nor to another one than he asked for.
    """
    values: dict[str, Any] = {
        "m": municipality_id,
        "public_id": order.public_id,
        "reference": order.reference,
        "person": order.person_id,
        "language": order.language,
        "means": order.means,
        "amount": order.amount_cents,
        "valid_until": order.valid_until,
        "now": now,
        "form_token": order.form_token,
        "rest": json.dumps(list(order.rest)),
        "visit": order.visit,
        "email": order.email,
        "mobile": order.mobile,
        "chain": order.chain,
        "leg": order.leg,
        "legs": order.legs,
        "unasked": order.unasked,
        "count": len(order.lines),
        "lines": json.dumps([line_as_json(line) for line in order.lines], ensure_ascii=False),
    }
    sql = _ORDER
    if attempt:
        sql += _ATTEMPT
        values |= {
            "account": attempt.merchant_account_id,
            "attempt_reference": attempt.reference,
            "ticket": attempt.sealed_ticket,
            "expires": attempt.ticket_expires_at,
            "next_query": attempt.next_query_at,
        }
    if rf:
        sql += _RF
        values |= {"rf": rf.code}
    with connection.cursor() as cursor:
        cursor.execute(sql + " SELECT id FROM o", values)
        if cursor.fetchone():
            return order.public_id
        lines = json.dumps({str(line.instalment_id): line.amount_cents for line in order.lines})
        cursor.execute(
            _SAME_FORM, [order.person_id, order.means, order.email, lines, municipality_id, order.form_token]
        )
        public_id, same = cursor.fetchone()
        if not same and not is_ours(order.form_token):
            raise FormUsed(public_id)
        return str(public_id)


def line_as_json(line: NewLine) -> dict[str, Any]:
    """A line as the statements that write orders take it."""
    return {
        "instalment_id": line.instalment_id,
        "principal_cents": line.principal_cents,
        "discount_cents": line.discount_cents,
        "amount_cents": line.amount_cents,
        "surcharged_months": line.surcharged_months,
        "surcharge_carried_cents": line.surcharge_carried_cents,
        "parts": list(line.parts),
        "quote": list(line.quote),
    }


def municipalities_of_orders(person_id: int) -> list[int]:
    """Where a person has orders that hold an address of his. Inside `tenancy(person=…)`."""
    found = PaymentOrder.objects.filter(person_id=person_id).exclude(email="", mobile="")
    return list(found.order_by("municipality_id").values_list("municipality_id", flat=True).distinct())


def change_contact_of_orders(person_id: int, *, channel: str, address: str) -> None:
    """Let a person's orders at the municipality in context name another address; none at all when it is empty."""
    column = "email" if channel == "email" else "mobile"
    mine = PaymentOrder.objects.filter(municipality_id=current_municipality(), person_id=person_id)
    mine.exclude(**{column: ""}).update(**{column: address})
