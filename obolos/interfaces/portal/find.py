"""Find a debt without signing in: one field for everything that stands on paper; a fine's number needs its plate too.

Nothing is looked up by GET: an address only fills the field. What was typed stands in no address. The number of a payment
or paper opens nothing, which is said by its shape: it is no guess, and counts as none.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from obolos.base.access import access
from obolos.base.references import ticket_fold
from obolos.base.text import one_line
from obolos.flows.find_debt import Hit, find_by_code, find_by_rf, find_fine, is_ticket
from obolos.flows.note_step import FOUND, note_step
from obolos.flows.show_door import Door, DoorUnknown, door_of
from obolos.flows.slow_down import allow, give_back, is_another_slip, wait_seconds
from obolos.flows.typed import Sort, is_mistyped_rf, read
from obolos.interfaces.portal.address import address_of
from obolos.interfaces.portal.citizen import see_other, visit_of
from obolos.interfaces.portal.guest import nothing_found, slowed
from obolos.interfaces.portal.plates import carry_plate

#: Longer than any address of ours that holds a code.
LONGEST = 200


@access("public")
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """GET: the field, filled by `q`, for the municipality `at`. POST: look it up, or ask for what is missing."""
    fields = request.POST if request.method == "POST" else request.GET
    text, second = (one_line(fields.get(name, ""), LONGEST) for name in ("q", "second"))
    door = _door(one_line(fields.get("at", ""), LONGEST))
    if request.method != "POST":
        return _page(request, "portal/find.html", door, text=text)
    if not ticket_fold(text):
        wrong = _("Write the number of the ticket, the RF code, the debt code or the plate.")
        return _page(request, "portal/find.html", door, text=text, wrong=wrong, status=422)
    if is_mistyped_rf(text):
        # Told by the code alone: nothing was looked up, and it is no guess.
        wrong = _(
            "A digit of the RF code is wrong: its check digits do not fit. Compare it with the paper digit by digit."
        )
        return _page(request, "portal/find.html", door, text=text, wrong=wrong, status=422)
    typed = read(text)
    text, second = typed.text, second or typed.second
    if typed.sort is Sort.PAPER:
        return _page(request, "portal/find_paper.html", door, text=text, paper=str(typed.paper))
    if typed.sort in {Sort.CODE, Sort.RF}:
        look = {Sort.CODE: _by_code, Sort.RF: _by_rf}[typed.sort]
        return _answer(request, door, [text], lambda: look(text))
    if ticket_fold(second):
        return _answer(request, door, [text, second], lambda: find_fine(text, second, now=timezone.now()))
    wrong = _("Write this too: both are needed.") if "second" in fields else ""
    plate = typed.sort is Sort.PLATE
    return _page(
        request, "portal/find_second.html", door, text=text, plate=plate, wrong=wrong, status=422 if wrong else 200
    )


def _answer(request: HttpRequest, door: Door | None, numbers: list[str], look: Callable[[], list[Hit]]) -> HttpResponse:
    """Look it up, unless this visitor or somebody about these numbers tried too often; the same page for every miss."""
    now, address = timezone.now(), address_of(request)
    if not allow(address, *numbers, now=now):
        return slowed(request, wait_seconds(address, *numbers, now=now))
    hits = look()
    if not hits and read(numbers[0]).sort is Sort.CODE and is_ticket(numbers[0]):
        give_back(address, *numbers, now=now)
        return _page(request, "portal/find_paper.html", door, text=numbers[0], paper="TICKET")
    if not hits:
        return nothing_found(request, door)
    if not hits[0].slip or not is_another_slip(address, hits[0].slip, now=now):
        give_back(address, *numbers, now=now)
    here = [hit for hit in hits if door is not None and hit.town.id == door.town.id]
    hits = sorted(here or hits, key=lambda hit: hit.town.name_el)
    if len(hits) > 1:
        return _page(request, "portal/find_where.html", door, hits=hits)
    if hits[0].slip:
        carry_plate(request, hits[0].slip, *numbers)
    note_step(FOUND, municipality_ids=[hits[0].town.id], visit=visit_of(request), channel="guest", now=now)
    return see_other(hits[0].path)


def _by_code(text: str) -> list[Hit]:
    return find_by_code(text)


def _by_rf(text: str) -> list[Hit]:
    return find_by_rf(text, now=timezone.now())


def _page(request: HttpRequest, template: str, door: Door | None, *, status: int = 200, **values: Any) -> HttpResponse:
    frame = "portal/door_base.html" if door else "portal/base.html"
    response = render(
        request, template, {"door": door, "frame": frame, "return_path": "/find/", **values}, status=status
    )
    response["Cache-Control"] = "no-store"
    return response


def _door(slug: str) -> Door | None:
    """The municipality whose page led here; none when the address names none that we know."""
    if not slug or len(slug) > LONGEST:
        return None
    try:
        return door_of(slug)
    except DoorUnknown:
        return None
