"""Writes of pay codes."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from obolos.base.references import random_pay_code
from obolos.base.tenancy import current_municipality


def pay_codes_for(debt_ids: Sequence[int], *, now: datetime) -> dict[int, str]:
    """The pay code of each debt of the municipality in context, made where there is none yet: debt id → 16 characters.

    Ids of debts that are not this municipality's are refused by the composite key.
    """
    ids = list(debt_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pay_code (municipality_id, debt_id, code, issued_at) "
            "SELECT %s, n.debt_id, n.code, %s FROM unnest(%s::bigint[], %s::text[]) AS n (debt_id, code) "
            "WHERE NOT EXISTS (SELECT 1 FROM pay_code p WHERE p.municipality_id = %s AND p.debt_id = n.debt_id) "
            "ON CONFLICT (municipality_id, debt_id) DO NOTHING",
            [current_municipality(), now, ids, [random_pay_code() for _ in ids], current_municipality()],
        )
        cursor.execute(
            "SELECT debt_id, code FROM pay_code WHERE municipality_id = %s AND debt_id = ANY (%s::bigint[])",
            [current_municipality(), ids],
        )
        return dict(cursor.fetchall())
