"""Letters to buyers: the tickets that go with a payment's proof, and what is told without a payment. Sends nothing itself."""

from datetime import datetime

from django.conf import settings

from obolos.adapters.messaging.payer_messages import Payee
from obolos.adapters.messaging.sale_messages import (
    SaleLetter,
    cancelled_email,
    issued_email,
    requested_email,
    tickets_email,
    with_certificate,
    with_hold,
    with_tickets,
    without_tickets,
)
from obolos.adapters.messaging.views import Attachment, EmailView
from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.queries import participant_by_id
from obolos.domain.offerings.models import IssuedCertificate
from obolos.domain.offerings.purchase_queries import purchase_by_id
from obolos.flows.order_status import OrderView
from obolos.flows.show_offerings import SaleView, sale_of, sale_view
from obolos.flows.ticket_papers import event_calendar, tickets_pdf

LETTERS = {
    "TICKETS": tickets_email,
    "REQUESTED": requested_email,
    "CERTIFICATE": issued_email,
    "CANCELLED": cancelled_email,
}


def with_what_it_bought(view: EmailView, order: OrderView) -> EmailView:
    """The letter about a payment, with the tickets it paid for or what became of them; as it is when it bought none."""
    sale = sale_of(order)
    if sale is None:
        return view
    if sale.state != "PAID":
        if not order.unapplied_cents:
            return view
        return without_tickets(
            view,
            called_off=sale.state == "CANCELLED",
            held_until=sale.purchase.hold_until,
            amount_cents=order.unapplied_cents,
            reference=order.reference,
            phone=sale.town.phone,
        )
    if sale.certificate is not None:
        return with_certificate(view, sale.certificate.days_to_issue)
    return with_tickets(view, _papers(sale), places=sale.purchase.places, taken_again=sale.late == "TAKEN_AGAIN")


def with_what_it_holds(view: EmailView, sale: SaleView | None) -> EmailView:
    """The letter with an RF code, with how long what it buys is kept; as it is when it buys nothing."""
    if sale is None or sale.state != "HELD":
        return view
    return with_hold(view, places=sale.purchase.places, until=sale.purchase.hold_until)


def letter_about(purchase_id: int, event: str, *, municipality_id: int, message_id: str) -> EmailView | None:
    """What a buyer is told of a purchase by itself; None when there is nothing to tell any more."""
    town = participant_by_id(municipality_id)
    with tenancy(municipality=municipality_id):
        purchase = purchase_by_id(purchase_id)
        if purchase is None:
            return None
        sale = sale_view(town, purchase)
        issued = IssuedCertificate.objects.filter(purchase_id=purchase_id).first()
    if event == "TICKETS" and not sale.usable:
        return None
    name_en = town.name_en.removeprefix("Municipality of ")
    payee = Payee(
        town.name_el.removeprefix("Δήμος "), name_en, town.phone, settings.OBOLOS_PORTAL_URL.partition("//")[2]
    )
    attachments: tuple[Attachment, ...] = ()
    if event == "TICKETS":
        attachments = _papers(sale)
    elif event == "CERTIFICATE" and issued and issued.content:
        attachments = (Attachment(f"{purchase.reference}.pdf", bytes(issued.content), "application/pdf"),)
    letter = SaleLetter(
        to=purchase.email,
        language=purchase.language,
        title=sale.title(purchase.language),
        reference=purchase.reference,
        url=f"{settings.OBOLOS_PORTAL_URL}{sale.path}",
        message_id=message_id,
        amount_cents=purchase.amount_cents,
        came_cents=sale.money.cents,
        places=purchase.places,
        starts_at=_starts(sale),
        place=sale.event.place if sale.event else "",
        days=sale.certificate.days_to_issue if sale.certificate else 0,
        note=issued.note if issued and event == "CERTIFICATE" else "",
        attachments=attachments,
    )
    return LETTERS[event](payee, letter)


def _starts(sale: SaleView) -> datetime | None:
    return sale.event.starts_at if sale.event else None


def _papers(sale: SaleView) -> tuple[Attachment, ...]:
    reference = sale.purchase.reference
    return (
        Attachment(f"{reference}-tickets.pdf", tickets_pdf(sale), "application/pdf"),
        Attachment(f"{reference}.ics", event_calendar(sale), "text/calendar"),
    )
