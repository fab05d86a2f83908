"""Events and certificates at a municipality's door: lists, the page where one chooses and pays, and what was bought.

Nobody signs in. One page holds numbers, e-mail and means, with one button; nothing is charged before the bank's page.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from obolos.base.access import access
from obolos.base.masking import masked_email
from obolos.domain.offerings.queries import CertificateRow, ClassRow, EventRow
from obolos.flows.confirm_contact import BadAddress, clean_address
from obolos.flows.note_step import OPENED, note_step
from obolos.flows.pay import BankDown
from obolos.flows.sell import (
    LONGEST_REQUEST,
    Buyer,
    SaleRefused,
    Sold,
    Wanted,
    hold_time,
    sell_certificate,
    sell_tickets,
)
from obolos.flows.show_door import DoorUnknown, bare_domain, door_of
from obolos.flows.show_offerings import (
    NotOffered,
    PurchaseUnknown,
    SaleView,
    certificates_at,
    event_at,
    events_at,
    purchase_at,
)
from obolos.flows.ticket_papers import NoTickets, event_calendar, tickets_pdf
from obolos.interfaces.portal.citizen import language_of, see_other, visit_of
from obolos.interfaces.portal.pay import is_token

LONGEST_NUMBER = 3


@dataclass(frozen=True, slots=True)
class Typed:
    """What a buyer filled in, to be shown again beside what is wrong."""

    email: str = ""
    means: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class ShownClass:
    """A price class with the numbers one may choose, and the one chosen."""

    row: ClassRow
    numbers: range
    chosen: int


def at_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pages below a municipality's door: 404 when there is no such municipality or thing."""

    @wraps(view)
    def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, slug, **kwargs)
        except (DoorUnknown, NotOffered) as error:
            raise Http404 from error

    return access("public")(guarded)


@gzip_page
@at_door
@require_safe
def events(request: HttpRequest, slug: str) -> HttpResponse:
    """What is on, with what is left."""
    now = timezone.now()
    found = [(one, one.state(now)) for one in events_at(slug, now=now)]
    return render(request, "portal/events.html", {"door": door_of(slug), "events": found, "return_path": request.path})


@gzip_page
@at_door
@require_http_methods(["GET", "HEAD", "POST"])
def event(request: HttpRequest, slug: str, event_id: int) -> HttpResponse:
    """GET: the event and its tickets. POST: buy."""
    found = event_at(slug, event_id)
    if request.method == "POST":
        return _buy(request, slug, found)
    page = _event_page(request, slug, found)
    if found.state(timezone.now()) == "OPEN" and request.method == "GET":
        _note_opened(request, slug)
    return page


def _buy(request: HttpRequest, slug: str, found: EventRow) -> HttpResponse:
    chosen = {one.id: _number(request.POST.get(f"n{one.id}", "0")) for one in found.classes}
    seen = {one.id: _number(request.POST.get(f"p{one.id}", ""), longest=9) for one in found.classes}
    typed = _typed(request)
    buyer, errors = _buyer(request, typed)
    if not sum(chosen.values()):
        errors = {"numbers": _("Choose how many tickets you want."), **errors}
    if buyer is None or errors:
        return _event_page(request, slug, found, chosen=chosen, typed=typed, errors=errors, status=422)
    wanted = [Wanted(number, seen[number], places) for number, places in chosen.items()]
    try:
        sold = sell_tickets(found.id, wanted, buyer, municipality_id=door_of(slug).town.id, now=timezone.now())
    except SaleRefused as refused:
        now_found = event_at(slug, found.id)
        errors = {"numbers": refusal(refused.reason, now_found)}
        return _event_page(request, slug, now_found, chosen=chosen, typed=typed, errors=errors, status=409)
    except BankDown:
        errors = {"means": _bank_down(found.rf)}
        return _event_page(request, slug, found, chosen=chosen, typed=typed, errors=errors, status=503)
    return _go_on(slug, sold, buyer)


def _event_page(
    request: HttpRequest,
    slug: str,
    found: EventRow,
    *,
    chosen: Mapping[int, int] | None = None,
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    chosen = chosen or {}
    classes = [
        ShownClass(one, range(min(one.free, found.most_at_once) + 1), chosen.get(one.id, 0))
        for one in found.classes
        if one.offered
    ]
    values = _form_values(request, found, typed, errors) | {
        "door": door_of(slug),
        "event": found,
        "state": found.state(timezone.now()),
        "classes": classes,
        "priced": any(one.row.price_cents for one in classes),
        "hold_minutes": int(hold_time("card").total_seconds() // 60),
    }
    return render(request, "portal/event.html", values, status=status)


@gzip_page
@at_door
@require_safe
def certificates(request: HttpRequest, slug: str) -> HttpResponse:
    """The certificates that can be asked for."""
    values = {"door": door_of(slug), "certificates": certificates_at(slug), "return_path": request.path}
    return render(request, "portal/certificates.html", values)


@gzip_page
@at_door
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, slug: str, certificate_id: int) -> HttpResponse:
    """GET: what it is and what the office must know. POST: ask for it and pay."""
    found = next((one for one in certificates_at(slug) if one.id == certificate_id), None)
    if found is None:
        raise NotOffered(slug)
    if request.method == "POST":
        return _ask(request, slug, found)
    if request.method == "GET":
        _note_opened(request, slug)
    return _certificate_page(request, slug, found)


def _ask(request: HttpRequest, slug: str, found: CertificateRow) -> HttpResponse:
    typed = _typed(request)
    buyer, errors = _buyer(request, typed)
    if not typed.request.strip():
        errors = {"request": _("Write what the office must know to make it out."), **errors}
    if buyer is None or errors:
        return _certificate_page(request, slug, found, typed=typed, errors=errors, status=422)
    try:
        sold = sell_certificate(
            found.id,
            typed.request,
            _number(request.POST.get("price", ""), longest=9),
            buyer,
            municipality_id=door_of(slug).town.id,
            now=timezone.now(),
        )
    except SaleRefused as refused:
        errors = {"means": refusal(refused.reason)}
        return _certificate_page(request, slug, found, typed=typed, errors=errors, status=409)
    except BankDown:
        return _certificate_page(request, slug, found, typed=typed, errors={"means": _bank_down(found.rf)}, status=503)
    return _go_on(slug, sold, buyer)


def _certificate_page(
    request: HttpRequest,
    slug: str,
    found: CertificateRow,
    *,
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    values = _form_values(request, found, typed, errors) | {"door": door_of(slug), "certificate": found}
    return render(request, "portal/certificate.html", values, status=status)


def _form_values(
    request: HttpRequest, sold: EventRow | CertificateRow, typed: Typed | None, errors: Mapping[str, str] | None
) -> dict[str, Any]:
    """What both forms need. When the bank is down, the other way is chosen beforehand."""
    typed = typed or Typed()
    failed_by_bank = bool(errors and "means" in errors) and sold.rf
    means = "rf" if failed_by_bank or not sold.card else typed.means or "card"
    return {
        "typed": typed,
        "errors": dict(errors or {}),
        "means": means,
        "form_token": secrets.token_hex(16),
        "domain": bare_domain(),
        "return_path": request.path,
        "longest_request": LONGEST_REQUEST,
    }


def _typed(request: HttpRequest) -> Typed:
    means = request.POST.get("means", "")
    return Typed(
        email=request.POST.get("email", "").replace("\x00", "").strip()[:254],
        means=means if means in {"card", "rf"} else "card",
        request=request.POST.get("request", "").replace("\x00", "")[:LONGEST_REQUEST],
    )


def _buyer(request: HttpRequest, typed: Typed) -> tuple[Buyer | None, dict[str, str]]:
    token = request.POST.get("form_token", "")
    try:
        email = clean_address("email", typed.email)
    except BadAddress:
        return None, {"email": _("Write an e-mail address, like maria@example.gr.")}
    if not is_token(token):
        return None, {"means": _("The form was not complete. Look at it once more and press the button again.")}
    return Buyer(email, typed.means, token, language_of(request), visit_of(request)), {}


def _number(text: str, *, longest: int = LONGEST_NUMBER) -> int:
    """A number as a form says it; 0 for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= longest else 0


def _go_on(slug: str, sold: Sold, buyer: Buyer) -> HttpResponse:
    if not sold.order:
        return see_other(f"/d/{slug}/bought/{sold.purchase}/")
    return see_other(f"/pay/{sold.order}/" + ("bank/" if buyer.means == "card" else ""))


def _note_opened(request: HttpRequest, slug: str) -> None:
    town = door_of(slug).town.id
    note_step(OPENED, municipality_ids=[town], visit=visit_of(request), channel="guest", now=timezone.now())


def _bank_down(rf: bool) -> str:
    said = _("The bank does not answer. You were not charged and no places are held.")
    return f"{said} " + (_("Try again, or take an RF code.") if rf else _("Try again in a few minutes."))


def refusal(reason: str, event: EventRow | None = None) -> str:
    """Why nothing was sold, and what to do."""
    left = event.free if event else 0
    words = {
        "NOTHING": _("Choose how many tickets you want."),
        "TOO_MANY": _("You can buy up to %(n)s tickets at once.") % {"n": event.most_at_once if event else 0},
        "HELD_ALREADY": _(
            "Tickets are already held for this e-mail address. Pay for them first, or wait until they are free again."
        ),
        "NO_PLACES": _("So many places are not free any more. %(n)s are left; choose fewer.") % {"n": left},
        "SOLD_OUT": _("The last tickets have just been taken. Nothing was charged. Some may come back on sale."),
        "CLOSED": _("Online sales have ended. Nothing was charged."),
        "OVER": _("The event has begun. Nothing was charged."),
        "BEFORE": _("Sales have not begun yet."),
        "CANCELLED": _("The event was cancelled. Nothing was charged."),
        "CHANGED": _("A price has changed. Nothing was charged: look at the new prices and go on if you agree."),
        "REQUEST": _("Write what the office must know to make it out."),
    }
    return words.get(reason, _("This cannot be paid this way. Nothing was charged: choose the other one."))


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
