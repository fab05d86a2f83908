"""Reads of debts files, inside `tenancy(municipality=…)`."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality


@dataclass(frozen=True, slots=True)
class FileRow:
    """A debts file and what became of it. `waits`: its copy is kept until somebody decides or the worker reads it."""

    id: int
    name: str
    mode: str
    sequence: int | None
    made_at: datetime | None
    rows: int
    principal_cents: int
    state: str
    progress: int
    lines: int
    by_user: str
    received_at: datetime
    finished_at: datetime | None
    waits: bool
    outcome: str
    defects: int

    @property
    def word(self) -> str:
        """What became of it, as told to people: the same file sent again is no refusal."""
        return "ALREADY" if self.outcome == "ALREADY" else self.state


_COLUMNS = """
SELECT f.id, f.name, f.mode, f.sequence, f.made_at, f.rows, f.principal_cents, f.state, f.progress, f.lines,
    coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username, ''), f.received_at, f.finished_at,
    f.stored_as <> '', coalesce(f.report ->> 'outcome', ''), coalesce((f.report -> 'defects' ->> 'count')::int, 0)
"""
_FROM = "FROM debts_file f LEFT JOIN auth_user u ON u.id = f.by_user WHERE f.municipality_id = %s"


def latest_files(count: int) -> list[FileRow]:
    """The newest files, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_COLUMNS} {_FROM} ORDER BY f.id DESC LIMIT %s", [current_municipality(), count])
        return [FileRow(*row) for row in cursor.fetchall()]


def file_with_report(file_id: int) -> tuple[FileRow, dict[str, Any]] | None:
    """One file and its report; None when this municipality has none of that id."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_COLUMNS}, f.report {_FROM} AND f.id = %s", [current_municipality(), file_id])
        row = cursor.fetchone()
    if row is None:
        return None
    report = json.loads(row[16]) if isinstance(row[16], str) else row[16]
    return FileRow(*row[:16]), report
