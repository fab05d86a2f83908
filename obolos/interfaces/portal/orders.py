"""An order's own pages: off to the bank, what became of it, its proof, its reminder; and the history of payments.

Whoever knows the unguessable address may see the order's outcome: the payer comes back from the bank without cookies.
"""

import secrets

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from obolos.adapters.documents.qr import qr_svg
from obolos.base.access import access
from obolos.flows.deliver import calendar_of
from obolos.flows.order_status import (
    NothingToProve,
    OrderUnknown,
    history_of,
    order_view,
    proof_of,
)
from obolos.flows.pay import (
    AmountsChanged,
    BankDown,
    MeansNotAllowed,
    NothingToPay,
    bank_form,
    retry_by_card,
)
from obolos.flows.show_debts import NotPayable
from obolos.interfaces.portal.citizen import citizen_required, language_of, person_of


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


@access("order-holder")
@require_safe
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """What became of the order: waiting, paid, failed, its RF code. Looking changes nothing."""
    try:
        view = order_view(public_id, now=timezone.now())
    except OrderUnknown as error:
        raise Http404(_("There is no such payment.")) from error
    values = {
        "order": view,
        "rest_query": "&".join(f"d={one}" for one in view.rest),
        "qr": qr_svg(view.rf, title=_("QR code with the RF code")) if view.phase == "RF" else "",
        "form_token": secrets.token_hex(16),
        "mine": request.session.get("person_id") == view.person_id,
    }
    return _private(render(request, "portal/order.html", values))


@access("order-holder")
@require_safe
def bank(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form that takes the payer to the bank, by itself with JavaScript, by a button without."""
    try:
        found = bank_form(public_id, now=timezone.now())
    except OrderUnknown as error:
        raise Http404(_("There is no such payment.")) from error
    except NothingToPay:
        return HttpResponseRedirect(f"/pay/{public_id}/")
    origin = "/".join(found.form.action.split("/")[:3])
    response = _private(render(request, "portal/bank.html", {"order": found.order, "form": found.form}))
    # The bank checks which site the payer comes from, so this page alone tells its origin across sites.
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    decorated = csp_update({"form-action": ["'self'", origin]})(lambda _request: response)
    return decorated(request)


@citizen_required
@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pay the same debts again after an attempt that failed."""
    token = request.POST.get("form_token", "")
    try:
        new = retry_by_card(
            public_id,
            person_id=person_of(request),
            form_token=token if 16 <= len(token) <= 64 else secrets.token_hex(16),
            now=timezone.now(),
        )
    except OrderUnknown as error:
        raise Http404(_("There is no such payment.")) from error
    except (AmountsChanged, NotPayable, MeansNotAllowed, BankDown):
        return HttpResponseRedirect("/debts/")
    response = HttpResponseRedirect(f"/pay/{new}/bank/")
    response.status_code = 303
    return response


@access("order-holder")
@require_safe
def proof(request: HttpRequest, public_id: str) -> HttpResponse:
    """The proof of payment as PDF."""
    try:
        pdf = proof_of(public_id, now=timezone.now(), language=language_of(request))
    except OrderUnknown as error:
        raise Http404(_("There is no such payment.")) from error
    except NothingToProve:
        return HttpResponseRedirect(f"/pay/{public_id}/")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="obolos-{public_id[:8]}.pdf"'
    return _private(response)


@access("order-holder")
@require_safe
def reminder(request: HttpRequest, public_id: str) -> HttpResponse:
    """A calendar file for the last day of an RF code."""
    try:
        view = order_view(public_id, now=timezone.now())
    except OrderUnknown as error:
        raise Http404(_("There is no such payment.")) from error
    response = HttpResponse(calendar_of(view), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="obolos.ics"'
    return _private(response)


@citizen_required
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """All my payments, by words and by year."""
    query = request.GET.get("q", "")[:100]
    year = request.GET.get("year", "")
    chosen = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None
    this_year = timezone.localdate().year
    values = {
        "rows": history_of(person_of(request), query=query, year=chosen),
        "query": query,
        "year": chosen,
        "section": "payments",
        "years": range(this_year, this_year - 6, -1),
    }
    return render(request, "portal/payments.html", values)
