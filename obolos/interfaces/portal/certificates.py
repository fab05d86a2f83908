"""Certificates at a municipality's door: which can be asked for, and the page where one asks and goes on to pay."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from obolos.base.numbers import whole
from obolos.domain.offerings.queries import CertificateRow
from obolos.flows.bank_ticket import BankDown
from obolos.flows.sell import FormSold, SaleRefused, sell_certificate
from obolos.flows.show_door import door_of
from obolos.flows.show_offerings import NotOffered, certificates_at
from obolos.interfaces.portal.citizen import language_of
from obolos.interfaces.portal.offers import (
    Typed,
    at_door,
    buyer_of,
    form_values,
    go_on,
    note_opened,
    refusal_words,
    sold_before,
    typed_by,
)
from obolos.interfaces.portal.outcomes import CATALOGUE, Outcome


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
        note_opened(request, slug)
    return _certificate_page(request, slug, found)


def _ask(request: HttpRequest, slug: str, found: CertificateRow) -> HttpResponse:
    typed = typed_by(request)
    buyer, errors = buyer_of(request, typed)
    if not typed.request.strip():
        errors = {"request": _("Write what the office must know to make it out."), **errors}
    if buyer is None or errors:
        return _certificate_page(request, slug, found, typed=typed, errors=errors, status=422)
    try:
        sold = sell_certificate(
            found.id,
            typed.request,
            whole(request.POST.get("price", "")) or 0,
            buyer,
            municipality_id=door_of(slug).town.id,
            now=timezone.now(),
        )
    except SaleRefused as refused:
        errors = {"means": refusal_words(refused.reason)}
        return _certificate_page(request, slug, found, typed=typed, errors=errors, status=409)
    except FormSold as before:
        errors = {"request": sold_before(before.purchase, language_of(request))}
        return _certificate_page(request, slug, found, typed=typed, errors=errors, status=409)
    except BankDown as down:
        refusal = CATALOGUE["BANK_REFUSED" if down.refused else "BANK_DOWN"]
        return _certificate_page(request, slug, found, typed=typed, refusal=refusal, status=503)
    return go_on(slug, sold, buyer)


def _certificate_page(
    request: HttpRequest,
    slug: str,
    found: CertificateRow,
    *,
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    values = form_values(request, found, typed, errors, refusal) | {"door": door_of(slug), "certificate": found}
    return render(request, "portal/certificate.html", values, status=status)
