"""Reads of payments that join packages."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.form_token import ASKED_BY_PAYER
from obolos.base.tenancy import current_municipality


def payment_for_erp(payment_id: int) -> dict[str, Any]:
    """A payment as the ERP is told it: integer cents, one line per debt, component and revenue code.

    What waits on a slip's suspense debt, which the system does not know, is left out. `bank_ref`: of a card
    payment our reference, under which the bank knows it; of an RF payment DIAS' number. Both never change.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.channel, coalesce(a.reference, nullif(p.bank_txn, ''), p.evidence_key), r.code, p.paid_at, p.paid_on, "
            "p.payer, o.payer_name, o.reference, p.amount_cents "
            "FROM payment p LEFT JOIN rf_code r ON r.id = p.rf_code_id "
            "LEFT JOIN payment_attempt a ON a.id = p.attempt_id LEFT JOIN payment_order o ON o.id = p.order_id "
            "WHERE p.id = %s",
            [payment_id],
        )
        channel, bank_txn, rf, paid_at, paid_on, payer, payer_name, reference, _ = cursor.fetchone()
        cursor.execute(
            "SELECT d.ext_id, d.version, i.number, c.component, c.code, sum(c.amount_cents)::bigint FROM collection c "
            "JOIN instalment i ON i.id = c.instalment_id JOIN debt d ON d.id = i.debt_id WHERE c.payment_id = %s "
            "AND d.origin <> 'SLIP' GROUP BY d.ext_id, d.version, i.number, c.component, c.code "
            "HAVING sum(c.amount_cents) <> 0 ORDER BY d.ext_id, i.number, c.component, c.code",
            [payment_id],
        )
        lines = cursor.fetchall()
    return {
        "payment_id": f"{reference or 'OB'}-{payment_id}",
        "channel": channel,
        "bank_ref": bank_txn,
        "rf": rf,
        "paid_at": paid_at.isoformat(),
        "value_date": paid_on.isoformat(),
        "payer": payer or payer_name or "",
        "lines": [
            {
                "ext_id": ext_id,
                "version": version,
                "instalment": number,
                "component": component,
                "rev_code": code,
                "amount": cents,
            }
            for ext_id, version, number, component, code, cents in lines
        ],
    }


def order_of_form(form_token: str) -> tuple[str, str] | None:
    """(public id, «card» or «rf») of the order that a form made at the municipality in context; None when it made none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public_id, lower(means) FROM payment_order WHERE municipality_id = %s AND form_token = %s",
            [current_municipality(), form_token],
        )
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def asked_code(public_id: str, *, instalment_ids: Sequence[int], cents: int) -> str:
    """The RF code of an order that asks for just these instalments and cents; empty when it asks for anything else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.code FROM payment_order o JOIN rf_code r ON r.order_id = o.id AND r.voided_at IS NULL "
            "WHERE o.municipality_id = %s AND o.public_id = %s AND o.amount_cents = %s AND (SELECT array_agg("
            "l.instalment_id ORDER BY l.instalment_id) FROM order_line l WHERE l.order_id = o.id) = %s::bigint[] "
            "ORDER BY r.id DESC LIMIT 1",
            [current_municipality(), public_id, cents, sorted(instalment_ids)],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def begun_orders(person_id: int, *, on: date, chains_since: datetime, most: int) -> list[tuple[Any, ...]]:
    """Orders that he made and are open, and those of choices over several municipalities made lately; the bank's first.

    Without those that we made for notices and reminders: see `base.form_token`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.public_id, o.reference, o.municipality_id, o.state, o.means, o.valid_until, o.amount_cents, o.chain, "
            "o.legs, coalesce((SELECT r.code FROM rf_code r WHERE r.order_id = o.id ORDER BY r.id DESC LIMIT 1), ''), "
            "coalesce(bool_and(i.open_cents >= l.principal_cents + l.discount_cents), true), "
            "array_agg(l.instalment_id ORDER BY l.id) FROM payment_order o JOIN order_line l ON l.order_id = o.id "
            "JOIN instalment i ON i.id = l.instalment_id WHERE o.person_id = %s "
            f"AND {ASKED_BY_PAYER} AND ((o.state = 'OPEN' "
            "AND (o.means = 'CARD' OR o.valid_until >= %s)) OR (o.chain <> '' AND o.legs > 1 AND o.created_at > %s)) "
            "GROUP BY o.id ORDER BY (o.means = 'CARD') DESC, o.id DESC LIMIT %s",
            [person_id, on, chains_since, most],
        )
        return list(cursor.fetchall())
