"""The papers of a purchase: its tickets as PDF and the event for a calendar. Only paid tickets are printed."""

from datetime import timedelta

from django.conf import settings

from obolos.adapters.documents.ics import event_ics
from obolos.adapters.documents.tickets import TicketPage, TicketsView, render_tickets
from obolos.flows.show_offerings import SaleView

#: An event's end is not asked for; a calendar wants one.
LASTS = timedelta(hours=2)


class NoTickets(Exception):
    """There is nothing to print: not paid, given back, cancelled, or a certificate."""


def ticket_address(code: str) -> str:
    """What a ticket's QR says: the page of the entrance check, which tells strangers nothing."""
    return f"{settings.OBOLOS_PORTAL_URL}/office/door/{code}/"


def tickets_view(sale: SaleView, language: str) -> TicketsView:
    """A purchase's tickets as they are printed. Raises NoTickets."""
    event = sale.event
    if event is None or not sale.usable:
        raise NoTickets(sale.purchase.public_id)
    town = sale.town
    return TicketsView(
        language=language,
        municipality=town.name_el if language == "el" else town.name_en,
        phone=town.phone,
        event=event.title(language),
        place=event.place,
        starts_at=event.starts_at,
        doors_at=event.doors_at,
        conditions=event.conditions(language),
        reference=sale.purchase.reference,
        made_at=sale.purchase.created_at,
        pages=tuple(
            TicketPage(one.name(language), one.price_cents, one.code, ticket_address(one.code)) for one in sale.tickets
        ),
    )


def tickets_pdf(sale: SaleView, language: str = "") -> bytes:
    """The tickets as PDF, in the buyer's language unless another is named. Raises NoTickets."""
    return render_tickets(tickets_view(sale, language or sale.purchase.language))


def event_calendar(sale: SaleView, language: str = "") -> bytes:
    """The event as a calendar file. Raises NoTickets."""
    event = sale.event
    if event is None or not sale.usable:
        raise NoTickets(sale.purchase.public_id)
    return event_ics(
        uid=f"{sale.purchase.public_id}@obolos",
        starts_at=event.starts_at,
        ends_at=event.starts_at + LASTS,
        summary=event.title(language or sale.purchase.language),
        place=event.place,
        made_at=sale.purchase.created_at,
        url=f"{settings.OBOLOS_PORTAL_URL}{sale.path}",
    )
