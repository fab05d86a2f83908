"""Events at a municipality's door: what is on, and the page where one chooses tickets and goes on to pay."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from obolos.base.numbers import whole
from obolos.domain.offerings.queries import ClassRow, EventRow
from obolos.flows.bank_ticket import BankDown
from obolos.flows.sell import FormSold, SaleRefused, Wanted, card_hold, rf_of_event, sell_tickets
from obolos.flows.show_door import door_of
from obolos.flows.show_offerings import event_at, events_at
from obolos.interfaces.portal.citizen import language_of
from obolos.interfaces.portal.offers import (
    Typed,
    at_door,
    buyer_of,
    form_values,
    go_on,
    held_here,
    held_words,
    note_opened,
    refusal_words,
    remember,
    sold_before,
    typed_by,
    unseen,
)
from obolos.interfaces.portal.outcomes import CATALOGUE, Outcome


@dataclass(frozen=True, slots=True)
class ShownClass:
    """A price class with the numbers one may choose, and the one chosen."""

    row: ClassRow
    numbers: range
    chosen: int


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
        note_opened(request, slug)
    return page


def _buy(request: HttpRequest, slug: str, found: EventRow) -> HttpResponse:
    chosen = {one.id: whole(request.POST.get(f"n{one.id}", "0"), most=999) or 0 for one in found.classes}
    seen = {one.id: whole(request.POST.get(f"p{one.id}", "")) or 0 for one in found.classes}
    typed = typed_by(request)
    buyer, errors = buyer_of(request, typed)
    if not sum(chosen.values()):
        errors = {"numbers": _("Choose how many tickets you want."), **errors}
    if buyer is None or errors:
        return _event_page(request, slug, found, chosen=chosen, typed=typed, errors=errors, status=422)
    unknown = unseen(request, held_here(request, slug, found), buyer.form_token)
    if unknown:
        errors = {"numbers": held_words(unknown, language_of(request))}
        return _event_page(
            request, slug, event_at(slug, found.id), chosen=chosen, typed=typed, errors=errors, status=409
        )
    wanted = [Wanted(number, seen[number], places) for number, places in chosen.items()]
    try:
        sold = sell_tickets(found.id, wanted, buyer, municipality_id=door_of(slug).town.id, now=timezone.now())
    except SaleRefused as refused:
        now_found = event_at(slug, found.id)
        errors = {"numbers": refusal_words(refused.reason, now_found)}
        return _event_page(request, slug, now_found, chosen=chosen, typed=typed, errors=errors, status=409)
    except FormSold as before:
        errors = {"numbers": sold_before(before.purchase, language_of(request))}
        return _event_page(
            request, slug, event_at(slug, found.id), chosen=chosen, typed=typed, errors=errors, status=409
        )
    except BankDown as down:
        refusal = CATALOGUE["BANK_REFUSED" if down.refused else "BANK_DOWN"]
        return _event_page(request, slug, found, chosen=chosen, typed=typed, refusal=refusal, status=503)
    remember(request, sold)
    return go_on(slug, sold, buyer)


def _event_page(
    request: HttpRequest,
    slug: str,
    found: EventRow,
    *,
    chosen: Mapping[int, int] | None = None,
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    chosen = chosen or {}
    classes = [
        ShownClass(one, range(min(one.free, found.most_at_once) + 1), chosen.get(one.id, 0))
        for one in found.classes
        if one.offered
    ]
    now = timezone.now()
    door = door_of(slug)
    opened = found.state(now) == "OPEN"
    rf_offered = found.rf and opened
    term = rf_of_event(found, municipality_id=door.town.id, now=now) if rf_offered else None
    found = replace(found, rf=term is not None)
    values = form_values(request, found, typed, errors, refusal) | {
        "door": door,
        "event": found,
        "state": found.state(now),
        "term": term,
        "rf_too_late": rf_offered and term is None,
        "classes": classes,
        "held": held_here(request, slug, found),
        "priced": any(one.row.price_cents for one in classes),
        "hold_minutes": int(card_hold().total_seconds() // 60),
    }
    return render(request, "portal/event.html", values, status=status)
