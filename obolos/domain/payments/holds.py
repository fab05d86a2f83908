"""Holds at the municipality's financial system: asked for, placed, and which of them nobody needs any more."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality

#: An order that is not there after this was never made.
UNMADE = timedelta(minutes=2)
#: How often the worker looks at a hold, and when it tries again to lift one.
LOOK = timedelta(seconds=30)
AGAIN = timedelta(minutes=5)
#: After its end a system lets go by itself; ours ends then, too.
LET_GO = timedelta(hours=1)
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class HeldDebt:
    """A debt of a choice as its system knows it. `amount`: cents about to be paid of it."""

    ext_id: str
    version: int
    amount: int


@dataclass(frozen=True, slots=True)
class OldHold:
    """A hold that the worker looked at and found unneeded. `hold_id` is empty when its answer was lost."""

    id: int
    reference: str
    hold_id: str
    lines: tuple[HeldDebt, ...]
    expires_at: datetime


def ask_for_hold(
    reference: str, cents_by_instalment: Mapping[int, int], *, expires_at: datetime, now: datetime
) -> tuple[HeldDebt, ...]:
    """Write down that a hold is about to be asked for; the debts that it is about, none when the system knows none.

    Debts that the municipality's system does not speak for are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.ext_id, d.version, sum(c.cents)::bigint FROM unnest(%s::bigint[], %s::bigint[]) c (id, cents) "
            "JOIN instalment i ON i.id = c.id JOIN debt d ON d.id = i.debt_id WHERE d.origin IN ('ERP', 'DEMO') "
            "GROUP BY d.ext_id, d.version ORDER BY d.ext_id",
            [list(cents_by_instalment), list(cents_by_instalment.values())],
        )
        lines = tuple(HeldDebt(*row) for row in cursor.fetchall())
        if lines:
            cursor.execute(
                "INSERT INTO erp_hold (municipality_id, reference, lines, asked_at, expires_at, due_at) "
                "VALUES (%s, %s, %s::jsonb, %s, %s, %s)",
                [current_municipality(), reference, _told(lines), now, expires_at, now + UNMADE],
            )
    return lines


def note_held(held: Mapping[str, str]) -> None:
    """The municipality's system keeps these: its ids by our references. Others' references change nothing here."""
    if not held:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE erp_hold h SET hold_id = x.id FROM unnest(%s::text[], %s::text[]) x (reference, id) "
            "WHERE h.municipality_id = %s AND h.reference = x.reference AND h.ended_at IS NULL",
            [list(held), list(held.values()), current_municipality()],
        )


def end_hold(reference: str, *, now: datetime) -> None:
    """It is lifted, was refused, or has let go by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE erp_hold SET ended_at = %s WHERE municipality_id = %s AND reference = %s AND ended_at IS NULL",
            [now, current_municipality(), reference],
        )


_CLAIM = """
UPDATE erp_hold SET due_at = %(next)s
WHERE id IN (SELECT id FROM erp_hold WHERE municipality_id = %(m)s AND ended_at IS NULL AND due_at <= %(now)s
             ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""

#: Nobody needs it: its order was never made or has ended; paid, once the system knows of the money.
_UNNEEDED = """
SELECT h.id, h.reference, h.hold_id, h.lines, h.expires_at
FROM erp_hold h LEFT JOIN payment_order o ON o.municipality_id = h.municipality_id AND o.reference = h.reference
WHERE h.id = ANY (%(ids)s::bigint[]) AND (
    o.id IS NULL OR h.expires_at <= %(now)s OR o.state IN ('FAILED', 'EXPIRED', 'VOIDED')
    OR o.state IN ('PAID', 'PART') AND NOT EXISTS (
        SELECT 1 FROM payment p WHERE p.order_id = o.id AND p.erp_acked_at IS NULL))
ORDER BY h.id
"""


def claim_unneeded(*, now: datetime) -> list[OldHold]:
    """Holds to be lifted now; the others are looked at again a little later."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"m": current_municipality(), "now": now, "next": now + LOOK, "most": AT_ONCE})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return []
        cursor.execute(_UNNEEDED, {"ids": ids, "now": now})
        return [
            OldHold(number, reference, hold_id, tuple(HeldDebt(**one) for one in _json(lines)), expires_at)
            for number, reference, hold_id, lines, expires_at in cursor.fetchall()
        ]


def put_off(hold_ids: Sequence[int], *, now: datetime) -> None:
    """The system did not answer: again later."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE erp_hold SET due_at = %s WHERE municipality_id = %s AND id = ANY (%s::bigint[])",
            [now + AGAIN, current_municipality(), list(hold_ids)],
        )


def _told(lines: Sequence[HeldDebt]) -> str:
    return json.dumps([{"ext_id": one.ext_id, "version": one.version, "amount": one.amount} for one in lines])


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
