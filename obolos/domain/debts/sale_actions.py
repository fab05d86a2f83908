"""Debts of sales: what a municipality sells over the counter of its pages is owed from the moment it is held for a buyer.

Uncertified, in one part, of nobody known. Everything downstream treats it as any other debt. Whether places are free is
not this module's to know.
"""

from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality

_MAKE = """
WITH d AS (
    INSERT INTO debt (municipality_id, revenue_kind_id, origin, ext_id, version, kind, rev_code, orig_code,
        description)
    SELECT k.municipality_id, k.id, 'TICKET', %(ext_id)s::text, 1, 'UNCERTIFIED', k.code, k.code,
        %(description)s::text
    FROM revenue_kind k WHERE k.municipality_id = %(m)s::bigint AND k.id = %(kind)s::bigint
    RETURNING id
)
INSERT INTO instalment (municipality_id, debt_id, number, of, due_on, principal_cents)
SELECT %(m)s::bigint, d.id, 1, 1, %(due_on)s::date, %(cents)s::bigint FROM d
RETURNING debt_id, id
"""


def make_sale_debt(
    *, ext_id: str, revenue_kind_id: int, description: str, amount_cents: int, due_on: date
) -> tuple[int, int]:
    """Owe for something sold in the municipality in context; returns (debt id, instalment id). `ext_id` is the sale's."""
    values: dict[str, Any] = {
        "m": current_municipality(),
        "ext_id": ext_id,
        "kind": revenue_kind_id,
        "description": description[:200],
        "cents": amount_cents,
        "due_on": due_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, values)
        debt_id, instalment_id = cursor.fetchone()
    return debt_id, instalment_id


def withdraw_sale_debt(debt_id: int, *, at: datetime) -> None:
    """Nothing of it is payable any more; the caller has locked its instalment and seen that no money counted."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE debt SET withdrawn_at = %s WHERE id = %s AND origin = 'TICKET'", [at, debt_id])
        cursor.execute(
            "UPDATE instalment i SET withdrawn = true FROM debt d WHERE i.debt_id = %s AND d.id = i.debt_id "
            "AND d.origin = 'TICKET'",
            [debt_id],
        )


def restore_sale_debt(debt_id: int) -> None:
    """It is payable again, as before it was withdrawn."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE debt SET withdrawn_at = NULL WHERE id = %s AND origin = 'TICKET'", [debt_id])
        cursor.execute(
            "UPDATE instalment i SET withdrawn = false FROM debt d WHERE i.debt_id = %s AND d.id = i.debt_id "
            "AND d.origin = 'TICKET'",
            [debt_id],
        )
