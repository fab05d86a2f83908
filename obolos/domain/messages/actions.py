"""Writes of inquiries, with the letters and audit entries that go with them. Inside `tenancy(municipality=…)`."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.references import random_reference
from obolos.base.tenancy import current_municipality
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor


@dataclass(frozen=True, slots=True)
class NewInquiry:
    """What somebody wrote about a debt; see Inquiry."""

    kind: str
    debt_id: int
    person_id: int | None
    text: str
    email: str
    language: str
    form_token: str


def open_inquiry(new: NewInquiry, *, now: datetime) -> str:
    """Keep it, and confirm it by e-mail when an address was left; returns its reference. The same form is kept once."""
    municipality, reference = current_municipality(), random_reference("IN")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inquiry (municipality_id, reference, kind, debt_id, person_id, text, email, language, state, "
            "created_at, form_token) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'OPEN', %s, %s) "
            "ON CONFLICT (municipality_id, form_token) DO NOTHING RETURNING id",
            [municipality, reference, new.kind, new.debt_id, new.person_id, new.text, new.email, new.language, now,
             new.form_token],
        )  # fmt: skip
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "SELECT reference FROM inquiry WHERE municipality_id = %s AND form_token = %s",
                [municipality, new.form_token],
            )
            return str(cursor.fetchone()[0])
    if new.email:
        _tell(row[0], "INQUIRY_OPENED", now)
    add_audit_entry(
        actor=Actor.GUEST,
        actor_id=None,
        action="inquiry.opened",
        subject=f"inquiry:{row[0]}",
        detail={"kind": new.kind, "debt": new.debt_id},
        now=now,
    )
    return reference


def close_inquiry(inquiry_id: int, *, answer: str, closing: str, by_user: int, now: datetime) -> bool:
    """Answer it, or say why it is closed without (an InquiryClosing), once; False when it is not there or somebody was
    faster. Whoever left an address is told either way.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inquiry SET state = 'CLOSED', answer = %s, closing = %s, closed_at = %s, closed_by = %s "
            "WHERE municipality_id = %s AND id = %s AND state = 'OPEN' RETURNING email",
            [answer, "" if answer else closing, now, by_user, current_municipality(), inquiry_id],
        )
        row = cursor.fetchone()
    if row is None:
        return False
    if row[0]:
        _tell(inquiry_id, "INQUIRY_ANSWERED" if answer else "INQUIRY_CLOSED", now)
    add_audit_entry(
        actor=Actor.STAFF,
        actor_id=by_user,
        action="inquiry.answered" if answer else "inquiry.put_aside",
        subject=f"inquiry:{inquiry_id}",
        detail={"letters": len(answer)} if answer else {"closing": closing},
        now=now,
    )
    return True


def _tell(inquiry_id: int, event: str, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery (municipality_id, target, subject, event, version, detail, state, created_at, due_at, "
            "tries, answer) VALUES (%s, 'PAYER_EMAIL', %s, %s, 1, %s::jsonb, 'PENDING', %s, %s, 0, '{}') "
            "ON CONFLICT (municipality_id, target, subject, event, version) DO NOTHING",
            [current_municipality(), f"inquiry:{inquiry_id}", event, json.dumps({}), now, now],
        )
