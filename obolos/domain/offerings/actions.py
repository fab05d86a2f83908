"""Writes of purchases: take places, give them back, take them again for late money; use a ticket once.

PostgreSQL decides every race: a conditional update on the counters of the event, then on those of its price classes.
Lock order: instalment of the debt → purchase → event → price classes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.references import random_pay_code
from obolos.base.tenancy import current_municipality


class NoPlaces(Exception):
    """Not so many places are free, or the event is not on sale. The unit of work must be given up."""


class SameForm(Exception):
    """The same form came before: its purchase stands, this one must be given up."""


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A purchase about to be written. `wanted`: (price class id, price in cents, how many); empty for a certificate."""

    public_id: str
    reference: str
    event_id: int | None
    certificate_id: int | None
    debt_id: int | None
    wanted: Sequence[tuple[int, int, int]]
    amount_cents: int
    email: str
    language: str
    request: str
    form_token: str
    hold_until: datetime


_TAKE = """
UPDATE event SET taken = taken + %(places)s::int
WHERE municipality_id = %(m)s AND id = %(event)s AND cancelled_at IS NULL AND sales_from <= %(now)s
  AND sales_until > %(now)s AND taken + %(places)s::int <= capacity AND %(places)s::int <= most_at_once
"""

_TAKE_CLASSES = """
UPDATE price_class c SET taken = c.taken + w.places
FROM jsonb_to_recordset(%(wanted)s::jsonb) AS w (id bigint, cents bigint, places int)
WHERE c.id = w.id AND c.event_id = %(event)s AND c.offered AND c.price_cents = w.cents
  AND (c.quota IS NULL OR c.taken + w.places <= c.quota)
"""

_WRITE = """
WITH p AS (
    INSERT INTO purchase (municipality_id, public_id, reference, event_id, certificate_id, debt_id, places, amount_cents,
        email, language, request, created_at, hold_until, settled_at, form_token)
    VALUES (%(m)s, %(public_id)s, %(reference)s, %(event)s, %(certificate)s, %(debt)s, %(places)s, %(amount)s, %(email)s,
        %(language)s, %(request)s, %(now)s, %(hold_until)s,
        CASE WHEN %(amount)s::bigint = 0 THEN %(now)s::timestamptz END, %(form_token)s)
    ON CONFLICT (municipality_id, form_token) DO NOTHING
    RETURNING id
), t AS (
    INSERT INTO ticket (municipality_id, purchase_id, event_id, price_class_id, number, code, price_cents)
    SELECT %(m)s::bigint, p.id, %(event)s::bigint, x.class_id, x.number, x.code, x.cents
    FROM p, jsonb_to_recordset(%(tickets)s::jsonb) AS x (class_id bigint, number int, code text, cents bigint)
)
SELECT id FROM p
"""


def take_places(event_id: int, wanted: Sequence[tuple[int, int, int]], *, now: datetime) -> None:
    """Take places for a purchase: (price class id, price as the buyer saw it, how many). Raises NoPlaces."""
    values: dict[str, Any] = {
        "m": current_municipality(),
        "event": event_id,
        "places": sum(places for _, _, places in wanted),
        "wanted": json.dumps([{"id": one, "cents": cents, "places": places} for one, cents, places in wanted]),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.rowcount != 1:
            raise NoPlaces(event_id)
        cursor.execute(_TAKE_CLASSES, values)
        if cursor.rowcount != len(wanted):
            raise NoPlaces(event_id)


def write_purchase(new: NewPurchase, *, now: datetime) -> int:
    """Write a purchase and a ticket for each of its places; returns its id. Raises SameForm.

    What costs nothing is settled at once. The places were taken by `take_places` in the same unit of work.
    """
    tickets = [
        {"class_id": one, "number": number, "code": random_pay_code(), "cents": cents}
        for number, (one, cents) in enumerate(
            ((one, cents) for one, cents, places in new.wanted for _ in range(places)), start=1
        )
    ]
    values: dict[str, Any] = {
        "m": current_municipality(),
        "public_id": new.public_id,
        "reference": new.reference,
        "event": new.event_id,
        "certificate": new.certificate_id,
        "debt": new.debt_id,
        "places": len(tickets) or 1,
        "amount": new.amount_cents,
        "email": new.email,
        "language": new.language,
        "request": new.request,
        "now": now,
        "hold_until": new.hold_until,
        "form_token": new.form_token,
        "tickets": json.dumps(tickets),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        row = cursor.fetchone()
    if row is None:
        raise SameForm(new.form_token)
    return int(row[0])


_GIVE_BACK = """
WITH t AS (SELECT price_class_id, count(*)::int AS places FROM ticket WHERE purchase_id = %(purchase)s GROUP BY 1)
UPDATE price_class c SET taken = c.taken - t.places FROM t WHERE c.id = t.price_class_id
"""

_TAKE_AGAIN_CLASSES = """
WITH t AS (SELECT price_class_id, count(*)::int AS places FROM ticket WHERE purchase_id = %(purchase)s GROUP BY 1)
UPDATE price_class c SET taken = c.taken + t.places FROM t WHERE c.id = t.price_class_id
"""

_TAKE_AGAIN = """
UPDATE event SET taken = taken + %(places)s
WHERE id = %(event)s AND cancelled_at IS NULL AND starts_at > %(now)s AND taken + %(places)s <= capacity
  AND NOT EXISTS (SELECT 1 FROM ticket t JOIN price_class c ON c.id = t.price_class_id
                  WHERE t.purchase_id = %(purchase)s AND c.quota IS NOT NULL
                  GROUP BY c.id HAVING c.taken + count(*) > c.quota)
"""


def release_purchase(purchase_id: int, *, now: datetime) -> bool:
    """Give the places back, once; False when somebody else settled or released it meanwhile.

    The caller holds the debt's instalment and withdraws the debt in the same unit of work.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE purchase SET released_at = %s WHERE id = %s AND released_at IS NULL AND settled_at IS NULL "
            "RETURNING event_id, places",
            [now, purchase_id],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        if row[0] is not None:
            cursor.execute("UPDATE event SET taken = taken - %s WHERE id = %s", [row[1], row[0]])
            cursor.execute(_GIVE_BACK, {"purchase": purchase_id})
    return True


def settle_purchase(purchase_id: int, *, now: datetime) -> bool:
    """Its debt is paid: nothing is held any more, it is sold. Once; False when it was settled before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE purchase SET settled_at = %s WHERE id = %s AND settled_at IS NULL AND released_at IS NULL",
            [now, purchase_id],
        )
        return bool(cursor.rowcount)


def retake_purchase(debt_id: int, *, now: datetime) -> bool:
    """Late money came for a purchase whose places went back: take them again if they are all free and the event is still
    to come. A certificate is always retaken. False leaves everything as it is; the caller restores the debt otherwise.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, event_id, places FROM purchase WHERE debt_id = %s AND released_at IS NOT NULL "
            "FOR NO KEY UPDATE",
            [debt_id],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        purchase_id, event_id, places = row
        if event_id is not None:
            # Once the event's row is ours its counters and those of its classes stand still; only then are they read.
            cursor.execute("SELECT 1 FROM event WHERE id = %s FOR NO KEY UPDATE", [event_id])
            cursor.execute(_TAKE_AGAIN, {"purchase": purchase_id, "event": event_id, "places": places, "now": now})
            if not cursor.rowcount:
                return False
            cursor.execute(_TAKE_AGAIN_CLASSES, {"purchase": purchase_id})
        cursor.execute("UPDATE purchase SET released_at = NULL, hold_until = %s WHERE id = %s", [now, purchase_id])
    return True


_USE = """
UPDATE ticket t SET checked_at = %(now)s, checked_by = %(by)s
FROM purchase p, event e
WHERE t.municipality_id = %(m)s AND t.code = %(code)s AND t.checked_at IS NULL AND p.id = t.purchase_id
  AND p.released_at IS NULL AND e.id = t.event_id AND e.cancelled_at IS NULL
  AND (p.debt_id IS NULL OR EXISTS (SELECT 1 FROM instalment i WHERE i.debt_id = p.debt_id AND i.open_cents = 0
                                    AND NOT i.withdrawn))
"""


def use_ticket(code: str, *, by_user: int, now: datetime) -> bool:
    """Let somebody in with a ticket, once whoever races; False when it was used before or does not hold."""
    with connection.cursor() as cursor:
        cursor.execute(_USE, {"m": current_municipality(), "code": code, "by": by_user, "now": now})
        return bool(cursor.rowcount)


def issue_certificate(purchase_id: int, *, content: bytes, note: str, by_user: int, now: datetime) -> bool:
    """Note that a certificate was made out, with the PDF if there is one; False when that was noted before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO issued_certificate (municipality_id, purchase_id, issued_at, by_user, note, content) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (purchase_id) DO NOTHING",
            [current_municipality(), purchase_id, now, by_user, note, content],
        )
        return bool(cursor.rowcount)


def tell_buyer(purchase_id: int, event: str, *, detail: Mapping[str, str] | None = None, now: datetime) -> None:
    """What the buyer must be told by e-mail about a purchase, besides what its payment tells: TICKETS, CERTIFICATE."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery (municipality_id, target, subject, event, version, detail, state, created_at, due_at, "
            "tries, answer) VALUES (%s, 'PAYER_EMAIL', %s, %s, 1, %s::jsonb, 'PENDING', %s, %s, 0, '{}') "
            "ON CONFLICT (municipality_id, target, subject, event, version) DO NOTHING",
            [current_municipality(), f"purchase:{purchase_id}", event, json.dumps(dict(detail or {})), now, now],
        )
