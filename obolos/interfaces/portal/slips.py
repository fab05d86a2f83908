"""A fine slip whose amount nobody has typed in yet: its holder says what the officer wrote on it, then pays it.

From here on it is a debt like any other: its page is the one of its code.
"""

from dataclasses import replace
from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from obolos.base.dates import athens_date
from obolos.base.money import parse_euro
from obolos.base.references import plate_fold, slip_format
from obolos.base.text import plain
from obolos.domain.municipalities.queries import participant_by_id
from obolos.flows.guest import SLIP, Held, grant
from obolos.flows.hold_slip import SlipShown, shown_of_slip
from obolos.flows.show_door import door_of
from obolos.flows.slips import BadStatement, SlipFound, slip_held, state_slip
from obolos.interfaces.portal.citizen import see_other
from obolos.interfaces.portal.guest import holder, slip_plate
from obolos.interfaces.portal.plates import LONGEST, carry_plate


@holder
@require_http_methods(["GET", "HEAD", "POST"])
def slip(request: HttpRequest, held: Held, path: str) -> HttpResponse:
    """GET: what stands on it? POST: keep it, and go on to the page that pays it."""
    found = slip_held(held.debt_ids[0], municipality_id=held.municipality_id)
    if found and shown_of_slip(held) is SlipShown.FORM:
        # What somebody else declared is his affair.
        found = replace(found, asks_amount=True, said_cents=0, said_on=None)
    if found is None or found.paid or found.void or found.fixed_cents is not None:
        return see_other(path)
    if request.method != "POST":
        return _page(request, held, found)
    try:
        cents = parse_euro(request.POST.get("amount", "")[:LONGEST])
    except ValueError:
        return _page(request, held, found, wrong="AMOUNT")
    # The field is there when no plate was named before, or when what was said is being changed.
    plate = plain(request.POST.get("plate", slip_plate(request, held, found.code)), LONGEST)
    if held.how == SLIP and not plate_fold(plate):
        plate = held.plate
    try:
        state_slip(
            found.slip_id,
            municipality_id=held.municipality_id,
            cents=cents,
            violation_on=_day(request),
            plate=plate,
            now=timezone.now(),
        )
    except BadStatement as refused:
        if refused.reason == "PAID":
            return see_other(path)
        return _page(request, held, found, wrong=refused.reason)
    carry_plate(request, found.code, plate)
    if held.how == SLIP and plate_fold(plate) != held.plate:
        held_now = grant(held.municipality_id, found.debt_id, SLIP, plate=plate_fold(plate), now=timezone.now())
        return see_other(f"/find/{held_now}/")
    return see_other(path)


def _day(request: HttpRequest) -> date:
    """The day on the slip. Raises BadStatement when it is none."""
    text = request.POST.get("day", "")
    if not text:
        return athens_date(timezone.now())
    try:
        return date.fromisoformat(text[:LONGEST])
    except ValueError as error:
        raise BadStatement("DAY") from error


def _page(request: HttpRequest, held: Held, found: SlipFound, wrong: str = "") -> HttpResponse:
    today = athens_date(timezone.now())
    values = {
        "door": door_of(participant_by_id(held.municipality_id).slug),
        "slip": found,
        "number": slip_format(found.number),
        "wrong": wrong,
        "plate": slip_plate(request, held, found.code),
        "least_cents": settings.OBOLOS_SLIP_LEAST_CENTS,
        "asked": request.POST,
        "day": request.POST.get("day", "") or (found.said_on or today).isoformat(),
        "today": today.isoformat(),
        "first": found.made_on.isoformat(),
        "return_path": request.path,
    }
    return render(request, "portal/slip.html", values, status=422 if wrong else 200)
