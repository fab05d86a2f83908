"""«Is it genuine?»: one field for any code of ours, for whoever doubts a message, a paper or a proof.

The page keeps its shape and its status whether a code is known or not, shows nobody's details, and is not cached.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from obolos.base.access import access
from obolos.base.text import one_line, plain
from obolos.domain.municipalities.queries import participants
from obolos.flows.genuine import TooMany, holder_matches, look_up
from obolos.flows.links import LONGEST, is_foreign, is_ours_without_code
from obolos.flows.show_door import bare_domain
from obolos.flows.typed import Sort, is_mistyped_rf, looks_like_fine, read
from obolos.interfaces.portal.address import address_of
from obolos.interfaces.portal.outcomes import CATALOGUE

WAIT_SECONDS = 15 * 60


@access("public")
@require_http_methods(["GET", "HEAD", "POST"])
def genuine(request: HttpRequest) -> HttpResponse:
    """The field; with a code (typed, or in the QR's address) the answer. With a tax number too: whether it is the holder."""
    given = request.POST if request.method == "POST" else request.GET
    typed = one_line(given.get("c", ""), LONGEST)
    # A tax number never stands in an address, so only a form can bring one.
    afm = plain(request.POST.get("afm", ""), 20) if request.method == "POST" else ""
    values: dict[str, Any] = {"typed": typed, "domain": bare_domain(), "asked": bool(typed), "empty": False}
    status = 200
    if typed and (shape := _by_shape(typed)):
        # No code of ours, whatever exists: no look-up, and no guess.
        values["shape"] = shape
    elif typed:
        try:
            values |= _answered(request, typed, afm)
        except TooMany:
            values["too_many"] = True
            status = 429
    elif request.method == "POST":
        values["empty"] = True
        status = 422
    if status != 200 or not values.get("found"):
        values["municipalities"] = participants()
    response = render(request, "portal/genuine.html", values, status=status)
    if status == 429:
        response["Retry-After"] = str(WAIT_SECONDS)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _by_shape(typed: str) -> str:
    """What a typed text is when its shape alone tells: LINK (of another site), OURS (a page without a code), PLATE, RF
    (mistyped) or FINE (a number that a fine may bear). Empty: it may be a code."""
    if is_foreign(typed):
        return "LINK"
    if is_ours_without_code(typed):
        return "OURS"
    if read(typed).sort in {Sort.PLATE, Sort.BOTH}:
        return "PLATE"
    if is_mistyped_rf(typed):
        return "RF"
    return "FINE" if looks_like_fine(typed) else ""


def _answered(request: HttpRequest, typed: str, afm: str) -> dict[str, Any]:
    now, address = timezone.now(), address_of(request)
    found = look_up(typed, address=address, now=now)
    values: dict[str, Any] = {"found": found}
    if found is not None and found.cause in CATALOGUE:
        values["why"] = CATALOGUE[found.cause].why  # as the order's own page says it
    if found is None and read(typed).is_slip:
        # Nine digits that may be a slip's number and are none: a fine's, perhaps.
        values["shape"] = "FINE"
    if found is not None and found.sort == "CLEARANCE" and afm:
        values["matches"] = holder_matches(typed, afm, address=address, now=timezone.now())
    return values
