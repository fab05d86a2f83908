"""Reads of the audit trail, inside `tenancy(municipality=…)`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality

AT_MOST = 300


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what when. `name` is the member of staff's, empty for others."""

    at: datetime
    actor: str
    name: str
    action: str
    subject: str
    detail: dict[str, Any]


def audit_of(subjects: Sequence[str]) -> list[AuditRow]:
    """Entries about «kind:id» subjects, the latest AT_MOST of them, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.at, a.actor, CASE WHEN a.actor = 'STAFF' THEN coalesce(nullif(trim(u.first_name || ' ' || "
            "u.last_name), ''), u.username, '') ELSE '' END, a.action, a.subject, a.detail FROM (SELECT * FROM audit_entry "
            f"WHERE municipality_id = %s AND subject = ANY (%s::text[]) ORDER BY id DESC LIMIT {AT_MOST}) a "
            "LEFT JOIN auth_user u ON u.id = a.actor_id ORDER BY a.id",
            [current_municipality(), list(subjects)],
        )
        return [AuditRow(*[*row[:5], _json(row[5])]) for row in cursor.fetchall()]


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
