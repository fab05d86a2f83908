"""Writes of deliveries beside those that the booking writes itself."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality


def deliver_again(*, target: str, subject: str, event: str, detail: Mapping[str, str], now: datetime) -> None:
    """Write the next version of a delivery; two people at the same moment make one of them, by the unique key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery (municipality_id, target, subject, event, version, detail, state, created_at, due_at, "
            "tries, answer) SELECT %s, %s::text, %s::text, %s::text, greatest(coalesce(max(version), 0), 1) + 1, %s::jsonb, "
            "'PENDING', %s, %s, 0, '{}' FROM delivery WHERE municipality_id = %s AND target = %s AND subject = %s "
            "AND event = %s ON CONFLICT (municipality_id, target, subject, event, version) DO NOTHING",
            [
                current_municipality(), str(target), subject, event, json.dumps(dict(detail)), now, now,
                current_municipality(), str(target), subject, event,
            ],
        )  # fmt: skip
