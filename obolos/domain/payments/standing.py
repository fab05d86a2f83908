"""What stands between our payments and a debts file: money we took, attempts and RF codes still alive.

Works on the temporary tables of `obolos.domain.debts.intake`, inside its transaction: debts may not know payments, so
their import asks here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from obolos.base.form_token import ASKED_BY_PAYER
from obolos.base.tenancy import current_municipality

#: Principal acknowledged by the ERP in time for the file, principal not so, and surcharge not so.
_COLLECTED = """
INSERT INTO intake_collected (instalment_id, acknowledged_cents, waiting_cents, surcharge_waiting_cents)
SELECT c.instalment_id,
    coalesce(sum(c.amount_cents) FILTER (WHERE c.component = 'PRINCIPAL' AND p.erp_acked_at <= %(by)s), 0),
    coalesce(sum(c.amount_cents) FILTER (
        WHERE c.component = 'PRINCIPAL' AND (p.erp_acked_at IS NULL OR p.erp_acked_at > %(by)s)), 0),
    coalesce(sum(c.amount_cents) FILTER (
        WHERE c.component = 'SURCHARGE' AND (p.erp_acked_at IS NULL OR p.erp_acked_at > %(by)s)), 0)
FROM intake_had h
CROSS JOIN LATERAL (SELECT c.instalment_id, c.payment_id, c.component, c.amount_cents FROM collection c
                    WHERE c.instalment_id = h.instalment_id OFFSET 0) c
CROSS JOIN LATERAL (SELECT p.erp_acked_at FROM payment p WHERE p.id = c.payment_id OFFSET 0) p
WHERE NOT h.closing
GROUP BY c.instalment_id
"""

_ORDERS = """
intake_closing c
CROSS JOIN LATERAL (SELECT i.id FROM instalment i WHERE i.debt_id = c.debt_id OFFSET 0) i
CROSS JOIN LATERAL (SELECT l.order_id FROM order_line l WHERE l.instalment_id = i.id OFFSET 0) l
"""

_ATTEMPTS = f"""
SELECT count(DISTINCT c.debt_id) FROM {_ORDERS}
CROSS JOIN LATERAL (SELECT 1 FROM payment_attempt a
                    WHERE a.order_id = l.order_id AND a.state IN ('REDIRECTED', 'UNKNOWN') OFFSET 0) a
"""

#: Codes that payers took. Those that we sent with notices and reminders do not
#: count: every debt of a batch has one, a full file would always ask, and DIAS is told «paid already» for a closed debt
#: anyway.
_RF_CODES = f"""
SELECT count(DISTINCT c.debt_id) FROM {_ORDERS}
CROSS JOIN LATERAL (SELECT 1 FROM payment_order o JOIN rf_code r ON r.order_id = o.id
                    WHERE o.id = l.order_id AND o.state NOT IN ('PAID', 'VOIDED') AND r.order_id = l.order_id
                      AND {ASKED_BY_PAYER}
                      AND r.voided_at IS NULL AND r.valid_until >= %s OFFSET 0) r
"""


#: Whether its `paid` holds a payment of ours is not known while that payment is on its way to it.
_UNSETTLED = """
SELECT DISTINCT d.ext_id
FROM debt d
JOIN instalment i ON i.debt_id = d.id
JOIN collection c ON c.instalment_id = i.id AND c.component = 'PRINCIPAL'
JOIN payment p ON p.id = c.payment_id
WHERE d.municipality_id = %(municipality)s AND d.ext_id = ANY (%(ext_ids)s::text[])
  AND (p.erp_acked_at BETWEEN %(by)s::timestamptz AND %(by)s::timestamptz + %(skew)s::interval
       OR p.erp_acked_at IS NULL AND EXISTS (
           SELECT 1 FROM delivery w WHERE w.municipality_id = d.municipality_id AND w.target = 'ERP'
           AND w.subject = 'payment:' || p.id AND w.state = 'PENDING' AND w.tries > 0))
"""
#: Clocks differ, by less than this, and an acknowledgement takes a moment to be written down.
SKEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class AtStake:
    """Debts about to be closed that somebody may be paying: by card just now, or by an RF code he holds."""

    live_attempts: int
    unexpired_rf: int


def stage_collected(*, acknowledged_by: datetime) -> None:
    """Fill `intake_collected` for the debts that the import changes."""
    with connection.cursor() as cursor:
        cursor.execute(_COLLECTED, {"by": acknowledged_by})


def unsettled(ext_ids: Sequence[str], *, acknowledged_by: datetime) -> frozenset[str]:
    """Of these debts, those with a payment of ours that the system is being told, or has just been told.

    Asked for debts outside of a file, at any moment: a new version may or may not hold such a payment in `paid`.
    """
    values: dict[str, Any] = {
        "municipality": current_municipality(),
        "ext_ids": list(ext_ids),
        "by": acknowledged_by,
        "skew": SKEW,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNSETTLED, values)
        return frozenset(row[0] for row in cursor.fetchall())


def at_stake(*, on: date) -> AtStake:
    """Count debts of `intake_closing` with a live attempt, and with an RF code of ours that is valid on the date."""
    with connection.cursor() as cursor:
        cursor.execute(_ATTEMPTS)
        attempts = cursor.fetchone()[0]
        cursor.execute(_RF_CODES, [on])
        return AtStake(attempts, cursor.fetchone()[0])
