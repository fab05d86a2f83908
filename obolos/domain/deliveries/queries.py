"""Reads of deliveries, inside `tenancy(municipality=…)`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What was to be told to whom, how often it was tried, and what the other side said last."""

    id: int
    target: str
    subject: str
    event: str
    version: int
    state: str
    created_at: datetime
    due_at: datetime
    tries: int
    done_at: datetime | None
    answer: dict[str, Any]


def deliveries_about(subjects: Sequence[str]) -> list[DeliveryRow]:
    """Deliveries about «kind:id» subjects, in order."""
    with connection.cursor() as cursor:
        # The unique key begins with the target, so naming the targets lets it find the subjects.
        cursor.execute(
            "SELECT id, target, subject, event, version, state, created_at, due_at, tries, done_at, answer FROM delivery "
            "WHERE municipality_id = %s AND target = ANY (ARRAY['ERP', 'PAYER_EMAIL', 'PAYER_SMS']) "
            "AND subject = ANY (%s::text[]) ORDER BY id",
            [current_municipality(), list(subjects)],
        )
        return [DeliveryRow(*[*row[:10], _json(row[10])]) for row in cursor.fetchall()]


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
