"""The office makes out the certificates that were asked for and paid, and sends them. Each once."""

from dataclasses import dataclass
from datetime import date, datetime

from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.law import law_of
from obolos.domain.debts.queries import municipality_rows
from obolos.domain.offerings.actions import issue_certificate, tell_buyer
from obolos.domain.offerings.purchase_queries import PurchaseRow, certificate_purchases, purchase_by_id
from obolos.domain.offerings.queries import certificates
from obolos.domain.reconciliation.sale_actions import answer_about_sale

MOST_BYTES = 2 * 1024 * 1024


class RequestUnknown(Exception):
    """The municipality has no such paid request."""


class BadFile(Exception):
    """What was uploaded is no PDF (NOT_PDF) or too large (TOO_LARGE). Nothing was noted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A paid request: what for, what the payer wrote, and the last working day to make it out."""

    purchase: PurchaseRow
    title_el: str
    title_en: str
    due_on: date

    def title(self, language: str) -> str:
        """The certificate's name."""
        return self.title_el if language == "el" else self.title_en


def requests_of(*, municipality_id: int) -> tuple[RequestRow, ...]:
    """Paid requests: those to be made out first, the most urgent on top; then the others from the latest."""
    with tenancy(municipality=municipality_id):
        kinds = {one.id: one for one in certificates()}
        row = municipality_rows([municipality_id])[municipality_id]
        calendar = law_of(municipality_id, row.law_version).calendar
        found = []
        for one in certificate_purchases():
            kind = kinds[one.certificate_id or 0]
            due_on = athens_date(one.created_at)
            for _ in range(kind.days_to_issue):
                due_on = calendar.next_working_day(date.fromordinal(due_on.toordinal() + 1))
            found.append(RequestRow(one, kind.title_el, kind.title_en, due_on))
    waiting = sorted((one for one in found if not one.purchase.issued_at), key=lambda one: one.due_on)
    done = sorted((one for one in found if one.purchase.issued_at), key=lambda one: -one.purchase.id)
    return (*waiting, *done)


def issue(purchase_id: int, *, content: bytes, note: str, municipality_id: int, by_user: int, now: datetime) -> bool:
    """Note that a certificate is made out and write to the buyer, with the PDF if there is one; False when it was noted
    before. Raises RequestUnknown, BadFile."""
    if content and not content.startswith(b"%PDF-"):
        raise BadFile("NOT_PDF")
    if len(content) > MOST_BYTES:
        raise BadFile("TOO_LARGE")
    with tenancy(municipality=municipality_id):
        purchase = purchase_by_id(purchase_id)
        if purchase is None or purchase.certificate_id is None or not purchase.paid:
            raise RequestUnknown(purchase_id)
        if not issue_certificate(purchase_id, content=content, note=note[:200], by_user=by_user, now=now):
            return False
        answer_about_sale("CERTIFICATE", f"purchase:{purchase_id}", by_user=by_user, now=now)
        tell_buyer(purchase_id, "CERTIFICATE", now=now)
        add_audit_entry(
            actor=Actor.STAFF,
            actor_id=by_user,
            action="certificate.issued",
            subject=f"purchase:{purchase_id}",
            detail={"pdf": bool(content)},
            now=now,
        )
    return True
