"""Reads of pay codes and of notices."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.notices.models import Notice


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


def _row(row: Any) -> NoticeRow:
    return NoticeRow(*row[:6], json.loads(row[6]) if isinstance(row[6], str) else row[6])
