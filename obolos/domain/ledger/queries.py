"""Reads of the ledger, inside `tenancy(municipality=…)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from obolos.base.tenancy import current_municipality


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One line of an entry; cents, debit positive."""

    entry_id: int
    key: str
    kind: str
    on: date
    booked_at: datetime
    account: str
    amount_cents: int
    instalment_id: int | None


def postings_of(keys: Sequence[str]) -> list[PostingRow]:
    """The lines of the entries with these keys, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT e.id, e.key, e.kind, e."on", e.booked_at, p.account, p.amount_cents, p.instalment_id FROM entry e '
            "JOIN posting p ON p.entry_id = e.id WHERE e.municipality_id = %s AND e.key = ANY (%s::text[]) "
            "ORDER BY e.id, p.id",
            [current_municipality(), list(keys)],
        )
        return [PostingRow(*row) for row in cursor.fetchall()]
