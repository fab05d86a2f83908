"""Somebody who holds a debt writes to the municipality about it; staff answer. Nothing about the debt changes by that."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from obolos.adapters.messaging.inquiry_messages import inquiry_email
from obolos.adapters.messaging.payer_messages import Payee
from obolos.adapters.messaging.views import EmailView
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.law import law_of
from obolos.domain.messages.actions import NewInquiry, close_inquiry, open_inquiry
from obolos.domain.messages.inquiry_queries import (
    InquiryRow,
    count_open,
    inquiries,
    inquiry_by_id,
    last_about,
    reference_about,
)
from obolos.domain.messages.models import InquiryClosing, InquiryKind, InquiryState
from obolos.domain.messages.wording import closing_words
from obolos.domain.municipalities.models import Municipality
from obolos.domain.notices.actions import pay_codes_for
from obolos.domain.payments.guest_queries import HeldFacts, facts_of
from obolos.flows.guest import Held

#: Longer than a page of a letter; what needs more is sent to the municipality with its papers.
LONGEST = 2_000


class NothingSaid(Exception):
    """An objection without a reason, or an end without an answer and without a reason."""


class NoInquiry(Exception):
    """This municipality has no such inquiry, or it was closed meanwhile."""


@dataclass(frozen=True, slots=True)
class InquiryView:
    """An inquiry with the debt it is about: what that is called, and where its debtor's record is (None: unknown)."""

    row: InquiryRow
    title_el: str
    title_en: str
    description: str
    open_cents: int
    debtor_id: int | None

    def title(self, language: str) -> str:
        """What the debt is called, in «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


def inquire(held: Held, *, kind: str, text: str, email: str, language: str, form_token: str, now: datetime) -> str:
    """Write to the municipality about what is held (the first of several debts); returns the reference.

    Raises NothingSaid for an objection without a reason. The same form sent again gives the same reference.
    """
    words = text.strip()[:LONGEST]
    if kind == InquiryKind.OBJECTION and not words:
        raise NothingSaid(kind)
    with tenancy(municipality=held.municipality_id):
        debt = facts_of(held.debt_ids)[0]
        new = NewInquiry(
            kind=InquiryKind(kind),
            debt_id=debt.debt_id,
            person_id=debt.person_id,
            text=words,
            email=email,
            language=language,
            form_token=form_token,
        )
        return open_inquiry(new, now=now)


def told_reference(held: Held, reference: str) -> str:
    """The reference again when it is of an inquiry about what is held, else nothing."""
    with tenancy(municipality=held.municipality_id):
        return reference_about(reference, list(held.debt_ids))


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of the latest message about a debt: its reference, when it ended, and why if it was not answered."""

    reference: str
    at: datetime
    closing: str

    def why(self, language: str) -> str:
        """The reason in «el» or «en»; empty when it was answered."""
        return closing_words(self.closing, language) if self.closing else ""


def ended_about(held: Held) -> Ended | None:
    """How the latest message about what is held ended; None when there was none or it is still open."""
    with tenancy(municipality=held.municipality_id):
        row = last_about(list(held.debt_ids))
    return Ended(row.reference, row.closed_at, row.closing) if row and row.closed_at else None


def inquiries_of(*, municipality_id: int, state: str = InquiryState.OPEN) -> list[InquiryView]:
    """What waits for an answer, the longest first; or what was answered last."""
    with tenancy(municipality=municipality_id):
        rows = inquiries(state=state)
        facts = {one.debt_id: one for one in facts_of([row.debt_id for row in rows])} if rows else {}
        names = _kind_names(municipality_id)
    return [_view(row, facts[row.debt_id], names) for row in rows]


def waiting_inquiries(*, municipality_id: int) -> int:
    """How many wait for an answer."""
    with tenancy(municipality=municipality_id):
        return count_open()


def read_inquiry(inquiry_id: int, *, municipality_id: int, by_user: int, now: datetime) -> InquiryView:
    """One of them, for a member of staff; that he looked is noted. Raises NoInquiry."""
    with tenancy(municipality=municipality_id):
        row = inquiry_by_id(inquiry_id)
        if row is None:
            raise NoInquiry(inquiry_id)
        facts = facts_of([row.debt_id])
        subject = f"inquiry:{inquiry_id}"
        add_audit_entry(actor=Actor.STAFF, actor_id=by_user, action="inquiry.viewed", subject=subject, now=now)
        return _view(row, facts[0], _kind_names(municipality_id))


def answer_inquiry(
    inquiry_id: int, *, answer: str = "", closing: str = "", municipality_id: int, by_user: int, now: datetime
) -> None:
    """Answer it, or close it with a reason (an InquiryClosing); its writer is told by e-mail when he left an address.

    Raises NothingSaid for neither, NoInquiry when it is not there or somebody was faster.
    """
    words = answer.strip()[:LONGEST]
    if not words and closing not in InquiryClosing.values:
        raise NothingSaid(closing)
    with tenancy(municipality=municipality_id):
        if not close_inquiry(inquiry_id, answer=words, closing=closing, by_user=by_user, now=now):
            raise NoInquiry(inquiry_id)


def inquiry_letter(inquiry_id: int, event: str, *, municipality_id: int, message_id: str) -> EmailView:
    """The letter about an inquiry: that it arrived (INQUIRY_OPENED), its answer (INQUIRY_ANSWERED), or why it was closed
    without one (INQUIRY_CLOSED).
    """
    with tenancy(municipality=municipality_id):
        row = inquiry_by_id(inquiry_id)
        assert row is not None
        view = _view(row, facts_of([row.debt_id])[0], _kind_names(municipality_id))
        code = pay_codes_for([row.debt_id], now=row.closed_at or row.created_at)[row.debt_id]
    town = Municipality.objects.get(id=municipality_id)
    domain = settings.OBOLOS_PORTAL_URL.partition("//")[2]
    payee = Payee(town.short_el, town.name_en.removeprefix("Municipality of "), town.phone, domain)
    return inquiry_email(
        payee,
        to=row.email,
        language=row.language,
        reference=row.reference,
        about=view.title(row.language),
        text=row.text,
        answer=row.answer if event == "INQUIRY_ANSWERED" else "",
        closing=closing_words(row.closing, row.language) if event == "INQUIRY_CLOSED" else "",
        url=f"{settings.OBOLOS_PORTAL_URL}/k/{code}/",
        message_id=message_id,
    )


def _kind_names(municipality_id: int) -> dict[int, tuple[str, str]]:
    version = Municipality.objects.values_list("law_version", flat=True).get(id=municipality_id)
    return {kind.id: (kind.name_el, kind.name_en) for kind in law_of(municipality_id, version).kinds.values()}


def _view(row: InquiryRow, debt: HeldFacts, names: dict[int, tuple[str, str]]) -> InquiryView:
    """Titles as guests hear them: no name, no place."""
    title_el, title_en = names[debt.revenue_kind_id]
    if debt.ticket_no:
        title_el, title_en = f"Κλήση {debt.ticket_no}", f"Ticket {debt.ticket_no}"
    return InquiryView(row, title_el, title_en, debt.description, debt.open_cents, debt.debtor_id)
