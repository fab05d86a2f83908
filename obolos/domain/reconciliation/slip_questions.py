"""Questions about slips that were paid before their fine came: one while it is open, subject «slip:<id>»."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality


def ask_about_slip(slip_id: int, reason: str, *, cents: int, detail: Mapping[str, Any], now: datetime) -> None:
    """Ask a person. The same question again changes nothing; another one about the same slip takes its place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO worklist_item (municipality_id, kind, subject, amount_cents, reason, detail, opened_at) "
            "VALUES (%s, 'SLIP', %s, %s, %s, %s::jsonb, %s) ON CONFLICT (municipality_id, kind, subject) "
            "WHERE closed_at IS NULL DO UPDATE SET reason = excluded.reason, amount_cents = excluded.amount_cents, "
            "detail = excluded.detail WHERE worklist_item.reason <> excluded.reason "
            "OR worklist_item.amount_cents <> excluded.amount_cents OR worklist_item.detail <> excluded.detail",
            [current_municipality(), f"slip:{slip_id}", cents, reason, json.dumps(dict(detail)), now],
        )


def close_slip_question(slip_id: int, *, by_user: int | None, now: datetime) -> bool:
    """The question is answered; False when none was open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE worklist_item SET closed_at = %s, closed_by = %s WHERE municipality_id = %s AND kind = 'SLIP' "
            "AND subject = %s AND closed_at IS NULL",
            [now, by_user, current_municipality(), f"slip:{slip_id}"],
        )
        return bool(cursor.rowcount)


def slip_question(slip_id: int) -> dict[str, Any]:
    """The open question about a slip: reason and cents; empty when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reason, amount_cents FROM worklist_item WHERE municipality_id = %s AND kind = 'SLIP' AND subject = %s "
            "AND closed_at IS NULL",
            [current_municipality(), f"slip:{slip_id}"],
        )
        row = cursor.fetchone()
    return {"reason": row[0], "cents": row[1]} if row else {}
