"""A municipality's door: who it is, what can be paid there, the ways in; its emblem and its colours, under their hashes.

Other sites link here. Nothing that stands in a link is looked up: a reference only fills the field of the next page.
"""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import activate
from django.views.decorators.http import require_safe

from obolos.base.access import access
from obolos.base.text import one_line
from obolos.base.wording import LANGUAGES
from obolos.flows.show_door import DoorUnknown, bare_domain, colours_called, door_of, emblem_called
from obolos.flows.show_offerings import offers_anything
from obolos.interfaces.portal.citizen import see_other
from obolos.interfaces.portal.pages import in_language

#: What an address with a hash shows never changes.
FOR_EVER = "public, max-age=31536000, immutable"
LONGEST_REFERENCE = 60


@access("public")
@require_safe
def door(request: HttpRequest, slug: str) -> HttpResponse:
    """The door; with `ref` on to the page that finds it, its field filled. `lang=en`: in English from here on."""
    try:
        found = door_of(slug)
    except DoorUnknown as error:
        raise Http404 from error
    reference = one_line(request.GET.get("ref", ""), LONGEST_REFERENCE)
    if reference:
        return _as_wanted(request, see_other(f"/find/?{urlencode({'q': reference, 'at': slug})}"))
    if request.GET.get("lang") in LANGUAGES:
        activate(request.GET["lang"])
    offers = offers_anything(found.town.id, now=timezone.now())
    values = {"door": found, "domain": bare_domain(), "offers": offers, "return_path": request.path}
    return _as_wanted(request, render(request, "portal/door.html", values))


def _as_wanted(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The language that the link of the municipality's own site asks for is kept, as the language switch keeps it."""
    wanted = request.GET.get("lang", "")
    return in_language(response, wanted) if wanted in LANGUAGES else response


@access("public")
@require_safe
def emblem(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """The municipality's emblem: a PNG of our own making, whatever was uploaded."""
    try:
        return _for_ever(HttpResponse(emblem_called(slug, digest), content_type="image/png"))
    except DoorUnknown as error:
        raise Http404 from error


@access("public")
@require_safe
def colours(request: HttpRequest, slug: str, named: str) -> HttpResponse:
    """The municipality's two colours as a stylesheet."""
    try:
        return _for_ever(HttpResponse(colours_called(slug, named), content_type="text/css; charset=utf-8"))
    except DoorUnknown as error:
        raise Http404 from error


def _for_ever(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = FOR_EVER
    response["X-Content-Type-Options"] = "nosniff"
    return response
