"""Certificates of no debt: ask for one, see why not, find the earlier ones."""

import secrets
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from obolos.domain.municipalities.queries import participants
from obolos.flows.clear import (
    ClearanceUnknown,
    Refused,
    certificate_of,
    certificates_of,
    drawn,
    issue,
    towns_first_of,
)
from obolos.interfaces.portal.citizen import citizen_required, language_of, person_of, see_other
from obolos.interfaces.portal.pay import is_token


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def clearances(request: HttpRequest) -> HttpResponse:
    """Issue a certificate at once, or say what stands in the way; below it those issued before."""
    if request.method != "POST":
        return _page(request, chosen=request.GET.get("at", ""))
    token, slug = request.POST.get("form_token", ""), request.POST.get("at", "")
    try:
        code = issue(
            person_id=person_of(request),
            slug=slug,
            form_token=token if is_token(token) else secrets.token_hex(16),
            now=timezone.now(),
        )
    except ClearanceUnknown:
        return _page(request, unknown=True, status=422)
    except Refused as refused:
        return _page(request, chosen=slug, refused=refused, status=409)
    return see_other(f"/clearances/?{urlencode({'issued': code, 'at': slug})}")


def _page(
    request: HttpRequest, *, chosen: str = "", refused: Refused | None = None, unknown: bool = False, status: int = 200
) -> HttpResponse:
    person_id, now = person_of(request), timezone.now()
    his = towns_first_of(person_id)
    towns = sorted(participants(), key=lambda town: town.id not in his)
    certificates = certificates_of(person_id, now=now)
    issued = request.GET.get("issued", "") if request.method != "POST" else ""
    values = {
        "towns": towns,
        "chosen": chosen if any(town.slug == chosen for town in towns) else "",
        "certificates": certificates,
        "issued": next((one for one in certificates if one.row.code == issued), None),
        "refused": refused,
        "unknown": unknown,
        "form_token": secrets.token_hex(16),
        "section": "clearances",
        "return_path": "/clearances/",
    }
    return render(request, "portal/clearances.html", values, status=status)


@citizen_required
@require_safe
def certificate(request: HttpRequest, clearance: str) -> HttpResponse:
    """One of my certificates as PDF."""
    try:
        found = certificate_of(person_of(request), clearance, now=timezone.now())
    except ClearanceUnknown as error:
        raise Http404 from error
    response = HttpResponse(drawn(found, language=language_of(request)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.row.shown}.pdf"'
    response["X-Robots-Tag"] = "noindex"
    return response
