"""What stands between our payments and a debts file: money we took, attempts and RF codes still alive.

Works on the temporary tables of `obolos.domain.debts.intake`, inside its transaction: debts may not know payments, so
their import asks here.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

#: Principal acknowledged by the ERP in time for the file, principal not so, and surcharge not so.
_COLLECTED = """
INSERT INTO intake_collected (instalment_id, acknowledged_cents, waiting_cents, surcharge_waiting_cents)
SELECT c.instalment_id,
    coalesce(sum(c.amount_cents) FILTER (WHERE c.component = 'PRINCIPAL' AND p.erp_acked_at <= %(by)s), 0),
    coalesce(sum(c.amount_cents) FILTER (
        WHERE c.component = 'PRINCIPAL' AND (p.erp_acked_at IS NULL OR p.erp_acked_at > %(by)s)), 0),
    coalesce(sum(c.amount_cents) FILTER (
        WHERE c.component = 'SURCHARGE' AND (p.erp_acked_at IS NULL OR p.erp_acked_at > %(by)s)), 0)
FROM intake_plan plan
JOIN instalment i ON i.debt_id = plan.debt_id
JOIN collection c ON c.instalment_id = i.id
JOIN payment p ON p.id = c.payment_id
WHERE plan.verdict IN ('CHANGED', 'BACK')
GROUP BY c.instalment_id
"""

_ATTEMPTS = """
SELECT count(DISTINCT c.debt_id)
FROM payment_attempt a
JOIN order_line l ON l.order_id = a.order_id
JOIN instalment i ON i.id = l.instalment_id
JOIN intake_closing c ON c.debt_id = i.debt_id
WHERE a.state IN ('REDIRECTED', 'UNKNOWN')
"""

_RF_CODES = """
SELECT count(DISTINCT c.debt_id)
FROM rf_code r
JOIN payment_order o ON o.id = r.order_id AND o.state NOT IN ('PAID', 'VOIDED')
JOIN order_line l ON l.order_id = o.id
JOIN instalment i ON i.id = l.instalment_id
JOIN intake_closing c ON c.debt_id = i.debt_id
WHERE r.voided_at IS NULL AND r.valid_until >= %s
"""


@dataclass(frozen=True, slots=True)
class AtStake:
    """Debts about to be closed that somebody may be paying: by card just now, or by an RF code he holds."""

    live_attempts: int
    unexpired_rf: int


def stage_collected(*, acknowledged_by: datetime) -> None:
    """Fill `intake_collected` for the debts that the import changes."""
    with connection.cursor() as cursor:
        cursor.execute(_COLLECTED, {"by": acknowledged_by})


def at_stake(*, on: date) -> AtStake:
    """Count debts of `intake_closing` with a live attempt, and with an RF code of ours that is valid on the date."""
    with connection.cursor() as cursor:
        cursor.execute(_ATTEMPTS)
        attempts = cursor.fetchone()[0]
        cursor.execute(_RF_CODES, [on])
        return AtStake(attempts, cursor.fetchone()[0])
