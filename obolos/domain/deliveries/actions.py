"""Writes of deliveries beside those that the booking writes itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality


@dataclass(frozen=True, slots=True)
class SentAgain:
    """How often something was sent again since a moment, and when last."""

    count: int
    last_at: datetime | None


def sent_again_since(*, subject: str, since: datetime) -> SentAgain:
    """Later versions of any delivery to a payer about a subject, written since a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), max(created_at) FROM delivery WHERE municipality_id = %s AND target = ANY "
            "(ARRAY['PAYER_EMAIL', 'PAYER_SMS']) AND subject = %s AND version > 1 AND created_at > %s",
            [current_municipality(), subject, since],
        )
        return SentAgain(*cursor.fetchone())


def deliver_again(*, target: str, subject: str, event: str, detail: Mapping[str, str], now: datetime) -> int:
    """Write the next version of a delivery; returns that version, or 0 when somebody wrote it at the same moment.

    The first version counts as written even when the payer had no contact then: version 1 stays the transaction's own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery (municipality_id, target, subject, event, version, detail, state, created_at, due_at, "
            "tries, answer) SELECT %s, %s::text, %s::text, %s::text, greatest(coalesce(max(version), 0), 1) + 1, %s::jsonb, "
            "'PENDING', %s, %s, 0, '{}' FROM delivery WHERE municipality_id = %s AND target = %s AND subject = %s "
            "AND event = %s ON CONFLICT (municipality_id, target, subject, event, version) DO NOTHING RETURNING version",
            [
                current_municipality(), str(target), subject, event, json.dumps(dict(detail)), now, now,
                current_municipality(), str(target), subject, event,
            ],
        )  # fmt: skip
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def let_go(*, target: str, subject: str, event: str, now: datetime) -> bool:
    """A delivery that was held back, because what it is about was not known outside yet, is due now.

    False when it was told already. Its age counts from now: for as long as it was held, nobody could have taken it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery SET due_at = %s, created_at = %s, state = 'PENDING' WHERE municipality_id = %s "
            "AND target = %s AND subject = %s AND event = %s AND version = 1 AND state IN ('PENDING', 'PARKED')",
            [now, now, current_municipality(), str(target), subject, event],
        )
        return bool(cursor.rowcount)
