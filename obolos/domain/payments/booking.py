"""Booking money: the statements of the one door, each a readable SQL statement with the constraint that decides.

Called by `obolos.flows.collect` and `obolos.flows.dias` inside one open tenancy. No SELECT-then-INSERT: a unique key
and its conflict clause decide every race. Lock order: attempt → instalments ascending. Cents everywhere.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.domain.payments.models import Disposition


@dataclass(frozen=True, slots=True)
class Received:
    """A message about money as it came in. `key` is made of signed or re-read values only."""

    municipality_id: int
    provider: str
    source: str
    key: str
    raw: str
    decoded: dict[str, Any]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a message proves: an amount paid, once. `clearing` is the ledger account that the money waits on."""

    key: str
    channel: str
    clearing: str
    amount_cents: int
    paid_at: datetime
    #: Legal date of the payment, Europe/Athens.
    paid_on: date
    bank_txn: str
    approval: str
    payer: str
    attempt_id: int | None
    rf_code_id: int | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """A frozen order line. `parts`: (component, code, cents)."""

    instalment_id: int
    principal_cents: int
    discount_cents: int
    amount_cents: int
    surcharged_months: int
    surcharge_carried_cents: int
    parts: tuple[tuple[str, str, int], ...]
    surcharge_given: bool


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as booking needs it."""

    id: int
    public_id: str
    person_id: int | None
    amount_cents: int
    state: str
    valid_until: date
    email: str
    mobile: str
    visit: str
    lines: tuple[LineRow, ...]


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A locked attempt with its order."""

    id: int
    merchant_account_id: int
    reference: str
    amount_cents: int
    state: str
    created_at: datetime
    ticket_expires_at: datetime
    order: OrderRow

    @property
    def undecided(self) -> bool:
        """Whether the bank has not said the last word yet."""
        return self.state in {"REDIRECTED", "UNKNOWN"}


@dataclass(frozen=True, slots=True)
class LineEffect:
    """What a payment does to one instalment."""

    instalment_id: int
    kind: str
    principal_cents: int
    discount_cents: int
    parts: tuple[tuple[str, str, int], ...]
    added_given: bool
    surcharge_given: bool
    surcharged_months: int
    surcharge_carried_cents: int
    rev_code: str

    def of(self, component: str) -> int:
        """Cents of one component."""
        return sum(cents for name, _, cents in self.parts if name == component)

    @property
    def cash_cents(self) -> int:
        """All money this takes."""
        return sum(cents for _, _, cents in self.parts)


_ORDER_COLUMNS = """o.id, o.public_id, o.person_id, o.amount_cents, o.state, o.valid_until, o.email, o.mobile, o.visit,
    (SELECT jsonb_agg(jsonb_build_array(l.instalment_id, l.principal_cents, l.discount_cents, l.amount_cents,
        l.surcharged_months, l.surcharge_carried_cents, l.parts,
        EXISTS (SELECT 1 FROM jsonb_array_elements(l.quote) q
                WHERE q ->> 'component' = 'SURCHARGE' AND q ->> 'rule' = 'GIVEN')) ORDER BY l.instalment_id)
     FROM order_line l WHERE l.order_id = o.id)"""


def order_row(row: Sequence[Any]) -> OrderRow:
    """An OrderRow from `_ORDER_COLUMNS`."""
    lines = json.loads(row[9]) if isinstance(row[9], str) else row[9]
    frozen = [
        LineRow(number, principal, discount, amount, months, carried, tuple((p[0], p[1], p[2]) for p in parts), given)
        for number, principal, discount, amount, months, carried, parts, given in lines or ()
    ]
    number, public_id, person, cents, state, until, email, mobile, visit, _ = row
    return OrderRow(number, public_id, person, cents, state, until, email, mobile, visit, tuple(frozen))


def store_message(received: Received) -> int | None:
    """Store a message by its unique key; None when it was stored before (also by a rival still committing)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bank_message (municipality_id, provider, source, key, raw, decoded, received_at) "
            "VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s) "
            "ON CONFLICT (municipality_id, provider, key) DO NOTHING RETURNING id",
            [
                received.municipality_id,
                received.provider,
                received.source,
                received.key,
                received.raw.replace("\x00", ""),
                json.dumps(received.decoded, ensure_ascii=False).replace("\\u0000", ""),
                received.received_at,
            ],
        )
        row = cursor.fetchone()
        return row[0] if row else None


def store_result(
    received: Received,
    message_id: int,
    verdict: str,
    disposition: str,
    reason: str,
    *,
    attempt_id: int | None = None,
    rf_code_id: int | None = None,
    payment_id: int | None = None,
    visit: str = "",
) -> None:
    """Say what became of a stored message. `visit`: the payer's, when a verified return brought it (for the funnel)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH r AS (INSERT INTO bank_result (municipality_id, message_id, verdict, disposition, reason, attempt_id, "
            "rf_code_id, payment_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)) INSERT INTO funnel_event (municipality_id, at, "
            "step, channel, visit, detail) SELECT %s::bigint, %s::timestamptz, 'returned', 'card', v, '{}' "
            "FROM (VALUES (%s::text)) x (v) WHERE v <> ''",
            [
                received.municipality_id,
                message_id,
                str(verdict),
                str(disposition),
                reason[:40],
                attempt_id,
                rf_code_id,
                payment_id,
                received.municipality_id,
                received.received_at,
                visit,
            ],
        )


def lock_attempt(attempt_id: int) -> AttemptRow:
    """The attempt, locked until the transaction ends, with its order and frozen lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.merchant_account_id, a.reference, a.amount_cents, a.state, a.created_at, a.ticket_expires_at, "
            f"{_ORDER_COLUMNS} FROM payment_attempt a JOIN payment_order o ON o.id = a.order_id "
            "WHERE a.id = %s FOR UPDATE OF a",
            [attempt_id],
        )
        row = cursor.fetchone()
    number, account, reference, cents, state, created_at, expires_at = row[:7]
    return AttemptRow(number, account, reference, cents, state, created_at, expires_at, order_row(row[7:]))


def read_order(order_id: int) -> OrderRow:
    """An order with its frozen lines, locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_ORDER_COLUMNS} FROM payment_order o WHERE o.id = %s FOR UPDATE OF o", [order_id])
        return order_row(cursor.fetchone())


def payment_of_attempt(attempt_id: int) -> int | None:
    """The payment that an attempt became, if it did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM payment WHERE attempt_id = %s", [attempt_id])
        row = cursor.fetchone()
        return row[0] if row else None


def new_payment(received: Received, evidence: Evidence, order: OrderRow | None) -> int | None:
    """Write a payment; None when the same evidence was booked before. Its disposition is set by `post`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payment (municipality_id, evidence_key, order_id, attempt_id, rf_code_id, person_id, channel, "
            "provider, amount_cents, paid_at, paid_on, booked_at, disposition, bank_txn, approval, payer) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'UNAPPLIED', %s, %s, %s) "
            "ON CONFLICT (municipality_id, evidence_key) DO NOTHING RETURNING id",
            [
                received.municipality_id,
                evidence.key,
                order.id if order else None,
                evidence.attempt_id,
                evidence.rf_code_id,
                order.person_id if order else None,
                evidence.channel,
                received.provider,
                evidence.amount_cents,
                evidence.paid_at,
                evidence.paid_on,
                received.received_at,
                evidence.bank_txn[:60],
                evidence.approval[:30],
                evidence.payer[:200],
            ],
        )
        row = cursor.fetchone()
        return row[0] if row else None


_PAY = """
UPDATE instalment i SET
    collected_cents = i.collected_cents + x.principal,
    discounted_cents = i.discounted_cents + x.discount,
    added_collected_cents = i.added_collected_cents + x.added,
    surcharge_collected_cents = i.surcharge_collected_cents + x.surcharge,
    surcharged_months = x.months,
    surcharge_carried_cents = x.carried
FROM jsonb_to_recordset(%s::jsonb) AS x (id bigint, principal bigint, discount bigint, added bigint, surcharge bigint,
    months int, carried bigint)
WHERE i.id = x.id AND i.open_cents >= x.principal + x.discount
RETURNING i.id"""

_BOOK = """
WITH e AS (
    INSERT INTO entry (municipality_id, key, kind, "on", booked_at)
    VALUES (%(m)s::bigint, %(key)s::text, 'PAYMENT', %(on)s::date, %(now)s::timestamptz)
    RETURNING id
), p AS (
    INSERT INTO posting (municipality_id, entry_id, account, amount_cents, instalment_id)
    SELECT %(m)s::bigint, e.id, x.account, x.cents, x.instalment
    FROM e, jsonb_to_recordset(%(postings)s::jsonb) AS x (account text, cents bigint, instalment bigint)
), c AS (
    INSERT INTO collection (municipality_id, payment_id, instalment_id, person_id, component, code, amount_cents)
    SELECT %(m)s::bigint, %(payment)s::bigint, x.instalment, %(person)s::bigint, x.component, x.code, x.cents
    FROM jsonb_to_recordset(%(collections)s::jsonb) AS x (instalment bigint, component text, code text, cents bigint)
), d AS (
    INSERT INTO delivery (municipality_id, target, subject, event, version, detail, state, created_at, due_at, tries,
        answer)
    SELECT %(m)s::bigint, x.target, 'payment:' || %(payment)s::bigint, 'PAID', 1, '{}', 'PENDING',
        %(now)s::timestamptz, %(now)s::timestamptz, 0, '{}'
    FROM unnest(%(targets)s::text[]) AS x (target)
), w AS (
    INSERT INTO worklist_item (municipality_id, kind, subject, payment_id, amount_cents, reason, detail, opened_at)
    SELECT %(m)s::bigint, 'UNAPPLIED', 'payment:' || %(payment)s::bigint, %(payment)s::bigint,
        %(unapplied)s::bigint, %(why)s::text, '{}', %(now)s::timestamptz
    WHERE %(unapplied)s::bigint > 0
), o AS (
    UPDATE payment_order SET state = %(state)s::text WHERE id = %(order)s::bigint AND state <> 'PAID'
), a AS (
    UPDATE payment_attempt SET state = 'PAID', decided_at = %(now)s::timestamptz, reason = '', not_charged = false,
        next_query_at = %(confirm_at)s::timestamptz
    WHERE id = %(attempt)s::bigint
), r AS (
    INSERT INTO bank_result (municipality_id, message_id, verdict, disposition, reason, attempt_id, rf_code_id, payment_id)
    VALUES (%(m)s::bigint, %(message)s::bigint, 'PAID', %(disposition)s::text, '', %(attempt)s::bigint, %(rf)s::bigint,
        %(payment)s::bigint)
), f AS (
    INSERT INTO funnel_event (municipality_id, at, step, channel, visit, detail)
    SELECT %(m)s::bigint, %(now)s::timestamptz, x.step, lower(%(channel)s::text), %(visit)s::text, '{}'
    FROM unnest(%(steps)s::text[]) AS x (step) WHERE %(visit)s::text <> ''
), u AS (
    INSERT INTO audit_entry (municipality_id, at, actor, action, subject, detail)
    VALUES (%(m)s::bigint, %(now)s::timestamptz, 'BANK', 'payment.booked', 'payment:' || %(payment)s::bigint,
        jsonb_build_object('disposition', %(disposition)s::text, 'amount_cents', %(amount)s::bigint))
)
UPDATE payment SET disposition = %(disposition)s::text WHERE id = %(payment)s::bigint"""


def post(
    received: Received,
    evidence: Evidence,
    order: OrderRow | None,
    payment_id: int,
    effects: Sequence[LineEffect],
    *,
    message_id: int,
    confirm_at: datetime | None,
    why: str = "",
) -> str:
    """Count `effects` against instalments, post the entry, write deliveries, worklist and the message's result.

    Returns the disposition. A card attempt is marked paid and asked about again at `confirm_at`, for confirmation.
    `why`: the reason for whatever counts for nothing, where the caller knows a better one than the order shows.

    An effect whose instalment has less open than it pays is left out and its money is unapplied: the conditional
    update decides, whatever was read before.
    """
    taken = pay_instalments(effects)
    applied = [effect for effect in effects if effect.instalment_id in taken]
    cash = sum(effect.cash_cents for effect in applied)
    unapplied = evidence.amount_cents - cash
    disposition = Disposition.UNAPPLIED if not cash else Disposition.PARTLY if unapplied else Disposition.APPLIED
    asked_in_full = bool(order and not unapplied and evidence.amount_cents >= order.amount_cents)
    targets = []
    if cash:
        targets.append("ERP")
    if order and order.email:
        targets.append("PAYER_EMAIL")
    elif order and order.mobile:
        targets.append("PAYER_SMS")
    with connection.cursor() as cursor:
        cursor.execute(
            _BOOK,
            {
                "m": received.municipality_id,
                "key": f"pay:{evidence.key}",
                "on": evidence.paid_on,
                "now": received.received_at,
                "postings": json.dumps(_postings(evidence, applied, unapplied)),
                "payment": payment_id,
                "person": order.person_id if order else None,
                "collections": json.dumps(
                    [
                        {"instalment": effect.instalment_id, "component": component, "code": code, "cents": cents}
                        for effect in applied
                        for component, code, cents in effect.parts
                    ]
                ),
                "targets": targets,
                "unapplied": unapplied,
                "why": why or _why(order, effects, applied),
                "state": "PAID" if asked_in_full else "PART",
                "order": order.id if order else None,
                "channel": evidence.channel,
                "visit": order.visit if order else "",
                "steps": ["returned", "paid"] if received.source == "RETURN" else ["paid"],
                "disposition": str(disposition),
                "amount": evidence.amount_cents,
                "message": message_id,
                "attempt": evidence.attempt_id,
                "rf": evidence.rf_code_id,
                "confirm_at": confirm_at,
            },
        )
    return str(disposition)


def pay_instalments(effects: Sequence[LineEffect]) -> set[int]:
    """Count effects on their instalments, each only while enough of it is open; which of them did."""
    if not effects:
        return set()
    rows = [
        {
            "id": effect.instalment_id,
            "principal": effect.principal_cents,
            "discount": effect.discount_cents,
            "added": effect.of("ADDED") if effect.added_given else 0,
            "surcharge": effect.of("SURCHARGE") if effect.surcharge_given else 0,
            "months": effect.surcharged_months,
            "carried": effect.surcharge_carried_cents,
        }
        for effect in effects
    ]
    with connection.cursor() as cursor:
        cursor.execute(_PAY, [json.dumps(rows)])
        return {row[0] for row in cursor.fetchall()}


def _postings(evidence: Evidence, applied: Sequence[LineEffect], unapplied: int) -> list[dict[str, Any]]:
    """Debit the clearing account, credit what the money was for: 20 or 30 principal, 31 surcharge, 40 others, 42 rest."""
    lines: list[dict[str, Any]] = [{"account": evidence.clearing, "cents": evidence.amount_cents, "instalment": None}]
    lines += credits_of(applied)
    if unapplied:
        lines.append({"account": "42:UNAPPLIED", "cents": -unapplied, "instalment": None})
    return lines


def credits_of(effects: Sequence[LineEffect]) -> list[dict[str, Any]]:
    """The postings of what money counts for, without the money itself; they sum to minus all their cash."""
    lines: list[dict[str, Any]] = []
    for effect in effects:
        certified = effect.kind != "UNCERTIFIED"
        for component, code, cents in effect.parts:
            if component == "PRINCIPAL":
                account = f"20:{effect.rev_code}" if certified else f"30:{effect.rev_code}"
            elif component in {"ADDED", "EXTRA_FEE"}:
                account = f"40:{code}"
            else:
                account = f"31:{code}"
            lines.append({"account": account, "cents": -cents, "instalment": effect.instalment_id})
        if effect.discount_cents and certified:
            # The law forgives this part: the claim falls, and with it the income recognised at certification.
            lines.append(
                {
                    "account": f"20:{effect.rev_code}",
                    "cents": -effect.discount_cents,
                    "instalment": effect.instalment_id,
                }
            )
            lines.append({"account": f"30:{effect.rev_code}", "cents": effect.discount_cents, "instalment": None})
    return lines


def _why(order: OrderRow | None, effects: Sequence[LineEffect], applied: Sequence[LineEffect]) -> str:
    if order is None:
        return "UNKNOWN_REFERENCE"
    if len(applied) < len(order.lines) and len(applied) < max(len(effects), len(order.lines)):
        return "DEBT_CLOSED_MEANWHILE"
    return "MORE_THAN_ASKED"


def confirm(payment_id: int, bank_txn: str, approval: str, now: datetime) -> None:
    """A second source said the same: remember when, and the bank's own numbers where we had none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payment SET confirmed_at = coalesce(confirmed_at, %s), "
            "bank_txn = CASE WHEN bank_txn = '' THEN %s ELSE bank_txn END, "
            "approval = CASE WHEN approval = '' THEN %s ELSE approval END WHERE id = %s",
            [now, bank_txn[:60], approval[:30], payment_id],
        )


def decide(
    attempt: AttemptRow, state: str, reason: str, not_charged: bool, last_look_at: datetime | None, now: datetime
) -> None:
    """End an undecided attempt without money, and its order when that is still open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH a AS (UPDATE payment_attempt SET state = %s, reason = %s, not_charged = %s, decided_at = %s, "
            "next_query_at = %s WHERE id = %s AND state IN ('REDIRECTED', 'UNKNOWN') RETURNING municipality_id, order_id), "
            "f AS (INSERT INTO funnel_event (municipality_id, at, step, channel, visit, detail) "
            "SELECT a.municipality_id, %s, 'left', 'card', %s, jsonb_build_object('reason', %s::text) FROM a) "
            "UPDATE payment_order o SET state = 'FAILED' FROM a WHERE o.id = a.order_id AND o.state = 'OPEN'",
            [
                state,
                reason[:30],
                not_charged,
                now,
                last_look_at if last_look_at and last_look_at > now else None,
                attempt.id,
                now,
                attempt.order.visit,
                reason[:30],
            ],
        )


def schedule(attempt_id: int, at: datetime | None, state: str) -> None:
    """When to ask the bank next, and UNKNOWN instead of REDIRECTED when it said «not yet»."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payment_attempt SET next_query_at = %s, queries = queries + 1, "
            "state = CASE WHEN state = 'REDIRECTED' AND %s = 'UNKNOWN' THEN 'UNKNOWN' ELSE state END WHERE id = %s",
            [at, state, attempt_id],
        )


def bring_query_forward(attempt_id: int, now: datetime) -> None:
    """Ask the bank at the next tick; never later than planned, never about a decided attempt."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payment_attempt SET next_query_at = %s WHERE id = %s AND state IN ('REDIRECTED', 'UNKNOWN') "
            "AND (next_query_at IS NULL OR next_query_at > %s)",
            [now, attempt_id, now],
        )


def open_worklist(
    received: Received, kind: str, subject: str, reason: str, detail: dict[str, Any] | None = None
) -> None:
    """Ask a person, once per kind and subject while the question is open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO worklist_item (municipality_id, kind, subject, amount_cents, reason, detail, opened_at) "
            "VALUES (%s, %s, %s, 0, %s, %s::jsonb, %s) "
            "ON CONFLICT (municipality_id, kind, subject) WHERE closed_at IS NULL DO NOTHING",
            [received.municipality_id, kind, subject, reason[:40], json.dumps(detail or {}), received.received_at],
        )
