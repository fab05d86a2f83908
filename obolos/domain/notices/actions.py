"""Writes of pay codes and of single notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.references import random_pay_code
from obolos.base.tenancy import current_municipality
from obolos.domain.notices.models import Notice


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


@dataclass(frozen=True, slots=True)
class Entered:
    """A notice that says nothing yet, and the debts it will be about."""

    id: int
    reference: str
    debts: tuple[int, ...]


def enter_notice(*, debtor_id: int, person_id: int, reference: str, by_user: int, now: datetime) -> Entered:
    """A notice of all that a debtor has open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT debt_id FROM instalment WHERE municipality_id = %s AND person_id = %s AND open_cents > 0 "
            "ORDER BY debt_id",
            [current_municipality(), person_id],
        )
        debts = [debt_id for (debt_id,) in cursor.fetchall()]
    row = Notice.objects.create(
        municipality_id=current_municipality(),
        reference=reference,
        person_id=person_id,
        debtor_id=debtor_id,
        debts=debts,
        made_at=now,
        by_user=by_user,
    )
    return Entered(row.id, reference, tuple(debts))
