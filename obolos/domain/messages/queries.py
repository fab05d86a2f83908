"""Reads of messages sent, inside `tenancy(municipality=…)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality

AT_MOST = 100


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message that left: to which address, about what, in which words."""

    channel: str
    address: str
    kind: str
    subject: str
    title: str
    text: str
    sent_at: datetime


def messages_about(subjects: Sequence[str]) -> list[MessageRow]:
    """Messages about «kind:id» subjects, newest first, at most AT_MOST."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel, address, kind, subject, title, text, sent_at FROM message WHERE municipality_id = %s "
            f"AND subject = ANY (%s::text[]) ORDER BY sent_at DESC LIMIT {AT_MOST}",
            [current_municipality(), list(subjects)],
        )
        return [MessageRow(*row) for row in cursor.fetchall()]
