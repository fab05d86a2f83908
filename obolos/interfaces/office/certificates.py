"""The office's pages of certificates: paid requests to make out, and the kinds that can be asked for."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obolos.base.dates import athens_date
from obolos.base.text import plain
from obolos.flows.issue_certificates import MOST_BYTES, BadFile, RequestUnknown, issue, requests_of
from obolos.flows.run_events import EventUnknown, Refused, certificates_of, keep_certificate, kinds_for_sale
from obolos.interfaces.office.event_forms import (
    CERTIFICATE,
    as_fields,
    certificate_values,
    told,
    typed_certificate,
)
from obolos.interfaces.office.staff import staff_of, staff_required

_DONE = "office_certificate_done"


@staff_required("CLERK", "ADMIN")
@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """What waits to be made out, and what can be asked for."""
    return _page(request)


def _page(request: HttpRequest, *, error: str = "", wrong: int | None = None, status: int = 200) -> HttpResponse:
    municipality_id = staff_of(request).municipality_id
    found = requests_of(municipality_id=municipality_id)
    values = {
        "waiting": [one for one in found if not one.purchase.issued_at],
        "done": [one for one in found if one.purchase.issued_at][:50],
        "kinds": certificates_of(municipality_id=municipality_id),
        "today": athens_date(timezone.now()),
        "error": error,
        "wrong": wrong,
        "sent": request.session.pop(_DONE, None) if not error else None,
        "section": "certificates",
    }
    return render(request, "office/certificates.html", values, status=status)


@staff_required("CLERK", "ADMIN")
@require_POST
def issue_certificate(request: HttpRequest, purchase_row: int) -> HttpResponse:
    """Note that one is made out, with the PDF that goes to the buyer."""
    staff = staff_of(request)
    given = request.FILES.get("file")
    try:
        issue(
            purchase_row,
            content=given.read(MOST_BYTES + 1) if given else b"",
            note=plain(request.POST.get("note", "")),
            municipality_id=staff.municipality_id,
            by_user=staff.user_id,
            now=timezone.now(),
        )
    except RequestUnknown as error:
        raise Http404 from error
    except BadFile as refused:
        return _page(request, error=refused.reason, wrong=purchase_row, status=422)
    request.session[_DONE] = purchase_row
    return redirect("office_certificates")


@staff_required("CLERK", "ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def new_kind(request: HttpRequest) -> HttpResponse:
    """Offer another certificate."""
    return _keep(request) if request.method == "POST" else _form(request, certificate_values(None))


@staff_required("CLERK", "ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_kind(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """Change a certificate, or offer it no more."""
    known = certificates_of(municipality_id=staff_of(request).municipality_id)
    row = next((one for one in known if one.id == certificate_id), None)
    if row is None:
        raise Http404
    if request.method == "POST":
        return _keep(request, certificate_id)
    return _form(request, certificate_values(row), certificate_id=certificate_id)


def _keep(request: HttpRequest, certificate_id: int | None = None) -> HttpResponse:
    staff = staff_of(request)
    typed, text = typed_certificate(request.POST)
    try:
        keep_certificate(
            text,
            certificate_id=certificate_id,
            municipality_id=staff.municipality_id,
            by_user=staff.user_id,
            now=timezone.now(),
        )
    except EventUnknown as error:
        raise Http404 from error
    except Refused as refused:
        return _form(request, typed, certificate_id=certificate_id, faults=refused.faults)
    return redirect("office_certificates")


def _form(
    request: HttpRequest,
    values: dict[str, str],
    *,
    certificate_id: int | None = None,
    faults: dict[str, str] | None = None,
) -> HttpResponse:
    faults = faults or {}
    names = (*CERTIFICATE, "price", "days_to_issue", "revenue_kind_id", "offered")
    shown = {
        "fields": as_fields(names, values, faults),
        "errors": told(faults),
        "kinds": [(str(one.id), one) for one in kinds_for_sale(municipality_id=staff_of(request).municipality_id)],
        "certificate_id": certificate_id,
        "section": "certificates",
    }
    return render(request, "office/certificate_form.html", shown, status=422 if faults else 200)
