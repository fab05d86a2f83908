"""RF codes for paper: orders that the municipality makes beforehand, many at once, so that a notice can carry a code.

Nobody has chosen anything yet: no step of a payer is noted, and nobody is written to. What is paid is the frozen amount
of one instalment; everything else is as with any other order.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.payments.actions import NewLine, NewOrder, line_as_json

_ORDERS = """
WITH x AS (
    SELECT * FROM jsonb_to_recordset(%(orders)s::jsonb) AS x (token text, public_id text, reference text, person bigint,
        language text, amount bigint, valid_until date, rf text, lines jsonb)
), o AS (
    INSERT INTO payment_order (municipality_id, public_id, reference, person_id, payer_name, email, mobile, language,
        means, amount_cents, state, valid_until, created_at, form_token, rest, visit)
    SELECT %(m)s::bigint, x.public_id, x.reference, x.person, coalesce(p.name, ''), coalesce(p.email, ''),
        coalesce(p.mobile, ''), x.language, 'RF', x.amount, 'OPEN', x.valid_until, %(now)s::timestamptz, x.token, '[]', ''
    FROM x LEFT JOIN person p ON p.id = x.person
    ON CONFLICT (municipality_id, form_token) DO NOTHING
    RETURNING id, form_token, person_id
), l AS (
    INSERT INTO order_line (municipality_id, order_id, person_id, instalment_id, principal_cents, discount_cents,
        amount_cents, surcharged_months, surcharge_carried_cents, parts, quote)
    SELECT %(m)s::bigint, o.id, o.person_id, y.instalment_id, y.principal_cents, y.discount_cents, y.amount_cents,
        y.surcharged_months, y.surcharge_carried_cents, y.parts, y.quote
    FROM o JOIN x ON x.token = o.form_token, jsonb_to_recordset(x.lines) AS y (instalment_id bigint,
        principal_cents bigint, discount_cents bigint, amount_cents bigint, surcharged_months int,
        surcharge_carried_cents bigint, parts jsonb, quote jsonb)
)
INSERT INTO rf_code (municipality_id, code, order_id, person_id, amount_cents, valid_until, issued_at)
SELECT %(m)s::bigint, x.rf, o.id, o.person_id, x.amount, x.valid_until, %(now)s::timestamptz
FROM o JOIN x ON x.token = o.form_token"""

_CODES = """
SELECT o.form_token, r.code FROM payment_order o JOIN rf_code r ON r.order_id = o.id
WHERE o.municipality_id = %s AND o.form_token = ANY (%s::text[])"""


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """An order about to be written, with its code. `order.form_token` says what it is for, once and for ever."""

    order: NewOrder
    rf: str


def issue_codes(orders: Sequence[PaperOrder], *, now: datetime) -> dict[str, str]:
    """Write orders with their RF codes; returns form token → code, the first code's when there was an order already."""
    if not orders:
        return {}
    told = [_as_json(one) for one in orders]
    with connection.cursor() as cursor:
        cursor.execute(
            _ORDERS, {"m": current_municipality(), "orders": json.dumps(told, ensure_ascii=False), "now": now}
        )
        if cursor.rowcount == len(orders):
            return {one.order.form_token: one.rf for one in orders}
        cursor.execute(_CODES, [current_municipality(), [one.order.form_token for one in orders]])
        return dict(cursor.fetchall())


def _as_json(paper: PaperOrder) -> dict[str, object]:
    order = paper.order
    lines: Sequence[NewLine] = order.lines
    return {
        "token": order.form_token,
        "public_id": order.public_id,
        "reference": order.reference,
        "person": order.person_id,
        "language": order.language,
        "amount": order.amount_cents,
        "valid_until": order.valid_until.isoformat(),
        "rf": paper.rf,
        "lines": [line_as_json(line) for line in lines],
    }
