"""What somebody bought, for whoever holds its unguessable address: its state, its tickets, its calendar file."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from obolos.base.access import access
from obolos.base.masking import masked_email
from obolos.flows.show_door import door_of
from obolos.flows.show_offerings import PurchaseUnknown, SaleView, purchase_at
from obolos.flows.ticket_papers import NoTickets, event_calendar, tickets_pdf
from obolos.interfaces.portal.citizen import language_of


def buyer_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pages of a purchase, for whoever holds its unguessable address."""

    @wraps(view)
    def guarded(request: HttpRequest, slug: str, purchase_id: str) -> HttpResponse:
        try:
            response = view(request, purchase_at(slug, purchase_id))
        except (PurchaseUnknown, NoTickets):
            response = render(request, "portal/error.html", {"status": 404, "kind": "order"}, status=404)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return access("order-holder")(guarded)


@buyer_page
@require_safe
def bought(request: HttpRequest, sale: SaleView) -> HttpResponse:
    """What was bought, and where its tickets are."""
    values = {
        "door": door_of(sale.town.slug),
        "sale": sale,
        "sale_email": masked_email(sale.purchase.email),
        "return_path": request.path,
    }
    return render(request, "portal/bought.html", values)


@buyer_page
@require_safe
def tickets(request: HttpRequest, sale: SaleView) -> HttpResponse:
    """The tickets as PDF."""
    return _file(tickets_pdf(sale, language_of(request)), "application/pdf", f"{sale.purchase.reference}.pdf")


@buyer_page
@require_safe
def calendar(request: HttpRequest, sale: SaleView) -> HttpResponse:
    """The event for a calendar."""
    content = event_calendar(sale, language_of(request))
    return _file(content, "text/calendar; charset=utf-8", f"{sale.purchase.reference}.ics")


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
