"""Reads of pay codes and of notices."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.notices.models import Notice, PayCode


def place_of_pay_code(code: str) -> tuple[int, int] | None:
    """(municipality id, debt id) of a pay code as `pay_code_fold` spells it, in whatever context; None when unknown."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id, id FROM obolos_find_pay_code(%s)", [code])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice and what it says; an empty content says nothing, or nothing any more."""

    id: int
    reference: str
    debtor_id: int
    batch_id: int | None
    amount_cents: int
    made_at: datetime
    content: dict[str, Any]


_FIELDS = ("id", "reference", "debtor_id", "batch_id", "amount_cents", "made_at", "content")


def notice_by_id(notice_id: int) -> NoticeRow | None:
    """One notice of the municipality in context, None when it has none of that id."""
    row = Notice.objects.filter(municipality_id=current_municipality(), id=notice_id).values_list(*_FIELDS).first()
    return _row(row) if row else None


def notices_of_debtor(debtor_id: int, count: int = 20) -> list[NoticeRow]:
    """The last notices of a debtor that still say something, newest first."""
    found = Notice.objects.filter(municipality_id=current_municipality(), debtor_id=debtor_id).exclude(content={})
    return [_row(row) for row in found.order_by("-id").values_list(*_FIELDS)[:count]]


def debtor_of_notice(reference: str) -> int | None:
    """Whom a notice of the municipality in context was made for, by its printed number."""
    found = Notice.objects.filter(municipality_id=current_municipality(), reference=reference)
    return found.values_list("debtor_id", flat=True).first()


def debt_of_pay_code(code: str) -> int | None:
    """The debt that a pay code of the municipality in context opens."""
    found = PayCode.objects.filter(municipality_id=current_municipality(), code=code)
    return found.values_list("debt_id", flat=True).first()


def _row(row: Any) -> NoticeRow:
    return NoticeRow(*[*row[:6], json.loads(row[6]) if isinstance(row[6], str) else row[6]])


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as staff see it. `prepared`: notices whose content is settled; `files` are whole."""

    id: int
    state: str
    language: str
    chosen: dict[str, Any]
    persons: int
    debts: int
    open_cents: int
    per_file: int
    files: int
    printed: int
    asked_cents: int
    by_user: str
    started_at: datetime
    finished_at: datetime | None
    prepared: int

    @property
    def files_in_all(self) -> int:
        """How many files it will have."""
        return -(-self.persons // self.per_file)

    @property
    def percent(self) -> int:
        """How far it is: settling what notices say counts as much as setting them."""
        set_in_type = min(self.files * self.per_file, self.persons)
        return (self.prepared + set_in_type) * 50 // self.persons if self.persons else 100


_BATCHES = """
SELECT b.id, b.state, b.language, b.chosen::text, b.persons, b.debts, b.open_cents, b.per_file, b.files, b.printed,
    b.asked_cents, coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username, ''), b.started_at,
    b.finished_at, CASE WHEN b.state IN ('WAITING', 'RUNNING') THEN
        (SELECT count(*) FROM notice n WHERE n.batch_id = b.id AND n.prepared_at IS NOT NULL) ELSE b.persons END
FROM notice_batch b LEFT JOIN auth_user u ON u.id = b.by_user WHERE b.municipality_id = %s"""


def batch_by_id(batch_id: int) -> BatchRow | None:
    """One batch of the municipality in context."""
    found = _batches("AND b.id = %s", batch_id)
    return found[0] if found else None


def latest_batches(count: int = 20) -> list[BatchRow]:
    """The newest batches, newest first."""
    return _batches("ORDER BY b.id DESC LIMIT %s", count)


def due_batches() -> list[BatchRow]:
    """Batches that are not done, oldest first."""
    return _batches("AND b.state IN ('WAITING', 'RUNNING') ORDER BY b.id")


def batches_to_expire(*, before: datetime) -> list[int]:
    """Ids of batches done before that moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM notice_batch WHERE municipality_id = %s AND state = 'DONE' AND finished_at < %s",
            [current_municipality(), before],
        )
        return [batch_id for (batch_id,) in cursor.fetchall()]


def _batches(condition: str, *values: int) -> list[BatchRow]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_BATCHES} {condition}", [current_municipality(), *values])
        return [BatchRow(*[*row[:3], json.loads(row[3]), *row[4:]]) for row in cursor.fetchall()]
