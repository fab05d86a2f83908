"""Reads of inquiries, inside `tenancy(municipality=…)`."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality

AT_MOST = 200


@dataclass(frozen=True, slots=True)
class InquiryRow:
    """An inquiry as staff read it."""

    id: int
    reference: str
    kind: str
    debt_id: int
    text: str
    email: str
    language: str
    state: str
    created_at: datetime
    answer: str
    closed_at: datetime | None
    closed_by: int | None
    #: Why it was closed without an answer, an InquiryClosing; else empty.
    closing: str


_COLUMNS = (
    "id, reference, kind, debt_id, text, email, language, state, created_at, answer, closed_at, closed_by, closing"
)


def inquiries(*, state: str) -> list[InquiryRow]:
    """Open ones, those that wait longest first; or the latest closed ones. At most AT_MOST."""
    order = "created_at, id" if state == "OPEN" else "closed_at DESC, id DESC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM inquiry WHERE municipality_id = %s AND state = %s ORDER BY {order} LIMIT {AT_MOST}",
            [current_municipality(), state],
        )
        return [InquiryRow(*row) for row in cursor.fetchall()]


def count_open() -> int:
    """How many wait for an answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM inquiry WHERE municipality_id = %s AND state = 'OPEN'", [current_municipality()]
        )
        return int(cursor.fetchone()[0])


def inquiry_by_id(inquiry_id: int) -> InquiryRow | None:
    """One of them."""
    return _one("id = %s", inquiry_id)


def inquiry_by_reference(reference: str) -> InquiryRow | None:
    """The one with that printed reference."""
    return _one("reference = %s", reference)


def _one(condition: str, value: int | str) -> InquiryRow | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM inquiry WHERE municipality_id = %s AND {condition}",
            [current_municipality(), value],
        )
        row = cursor.fetchone()
    return InquiryRow(*row) if row else None


def last_about(debt_ids: list[int]) -> InquiryRow | None:
    """The latest one about any of these debts."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM inquiry WHERE municipality_id = %s AND debt_id = ANY (%s::bigint[]) "
            "ORDER BY created_at DESC, id DESC LIMIT 1",
            [current_municipality(), debt_ids],
        )
        row = cursor.fetchone()
    return InquiryRow(*row) if row else None


def reference_about(reference: str, debt_ids: list[int]) -> str:
    """The reference again when an inquiry of that name is about one of these debts, else nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reference FROM inquiry WHERE municipality_id = %s AND reference = %s AND debt_id = ANY (%s::bigint[])",
            [current_municipality(), reference, debt_ids],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""
