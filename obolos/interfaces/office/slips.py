"""Pads of fine slips printed beforehand, and slips whose money found no fine by itself."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obolos.base.money import parse_euro
from obolos.base.numbers import whole
from obolos.base.text import plain
from obolos.domain.notices.models import VoidReason
from obolos.domain.notices.pads import PadRow
from obolos.flows.match_slips import CannotMatch, leave_slip, match_by_hand
from obolos.flows.slip_pads import (
    CannotVoid,
    PadUnknown,
    SlipUnknown,
    pad_csv,
    pad_pdf,
    pad_to_void,
    recent_pads,
    slip_story,
    void_pad,
)
from obolos.flows.slips import BadPad, make_pad, slip_kinds
from obolos.interfaces.office.staff import staff_of, staff_required

_LONGEST = 60


@staff_required("CLERK", "ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def pads(request: HttpRequest) -> HttpResponse:
    """Make a pad, or show the last ones."""
    staff = staff_of(request)
    error = ""
    if request.method == "POST":
        try:
            fixed, amounts = _amounts(request)
            made = make_pad(
                municipality_id=staff.municipality_id,
                kind_id=_number(request, "kind"),
                label=plain(request.POST.get("label", ""), _LONGEST),
                count=_number(request, "count"),
                fixed_cents=fixed,
                amounts=amounts,
                by_user=staff.user_id,
                now=timezone.now(),
            )
            return redirect(f"{reverse('office_slips')}?made={made}")
        except BadPad as refused:
            error = refused.reason
    recent = recent_pads(municipality_id=staff.municipality_id)
    values = {
        "kinds": slip_kinds(municipality_id=staff.municipality_id),
        "pads": recent,
        "made": _told(request, "made", recent),
        "void": _told(request, "void", recent),
        "asked": request.POST,
        "error": error,
        "section": "notices",
    }
    return render(request, "office/slips.html", values, status=422 if error else 200)


@staff_required("CLERK", "ADMIN")
@require_safe
def pad_sheet(request: HttpRequest, pad_id: int) -> HttpResponse:
    """The labels of a pad."""
    staff = staff_of(request)
    try:
        number, pdf = pad_pdf(
            pad_id, municipality_id=staff.municipality_id, language="el", by_user=staff.user_id, now=timezone.now()
        )
    except PadUnknown as error:
        raise Http404 from error
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="slips-{number}.pdf"'
    return response


@staff_required("CLERK", "ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def pad_void(request: HttpRequest, pad_id: int) -> HttpResponse:
    """GET: what it would mean. POST: the pad is void."""
    staff = staff_of(request)
    error = ""
    try:
        if request.method == "POST":
            try:
                void_pad(
                    pad_id,
                    reason=request.POST.get("reason", ""),
                    municipality_id=staff.municipality_id,
                    by_user=staff.user_id,
                    now=timezone.now(),
                )
                return redirect(f"{reverse('office_slips')}?void={pad_id}")
            except CannotVoid as refused:
                error = refused.reason
        pad, unused = pad_to_void(pad_id, municipality_id=staff.municipality_id)
    except PadUnknown as unknown:
        raise Http404 from unknown
    values = {"pad": pad, "unused": unused, "reasons": VoidReason.values, "error": error, "section": "notices"}
    return render(request, "office/slip_pad_void.html", values, status=422 if error else 200)


@staff_required("CLERK", "ADMIN")
@require_safe
def pad_codes(request: HttpRequest, pad_id: int) -> HttpResponseBase:
    """The codes of a pad for a print house."""
    staff = staff_of(request)
    try:
        number, pieces = pad_csv(
            pad_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
        )
    except PadUnknown as error:
        raise Http404 from error
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="slips-{number}.csv"'
    return response


@staff_required()
@require_safe
def slip(request: HttpRequest, slip_id: int) -> HttpResponse:
    """A slip that was paid, and the fines that it may have paid."""
    return _page(request, slip_id)


@staff_required("CLERK", "FINANCE", "ADMIN")
@require_POST
def match(request: HttpRequest, slip_id: int) -> HttpResponse:
    """Say which fine a slip paid."""
    staff = staff_of(request)
    _story(request, slip_id)
    try:
        match_by_hand(
            slip_id,
            _number(request, "fine"),
            municipality_id=staff.municipality_id,
            by_user=staff.user_id,
            now=timezone.now(),
        )
    except CannotMatch as refused:
        return _page(request, slip_id, error=refused.reason)
    return redirect("office_slip", slip_id)


@staff_required("CLERK", "FINANCE", "ADMIN")
@require_POST
def leave(request: HttpRequest, slip_id: int) -> HttpResponse:
    """Leave a slip's money where it is."""
    staff = staff_of(request)
    _story(request, slip_id)
    leave_slip(slip_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now())
    return redirect("office_slip", slip_id)


def _page(request: HttpRequest, slip_id: int, error: str = "") -> HttpResponse:
    values = {
        "story": _story(request, slip_id),
        "looked_for": request.GET.get("fine_number", ""),
        "error": error,
        "section": "worklist",
    }
    return render(request, "office/slip.html", values, status=422 if error else 200)


def _story(request: HttpRequest, slip_id: int) -> object:
    number = plain(request.GET.get("fine_number", ""), _LONGEST)
    try:
        return slip_story(slip_id, municipality_id=staff_of(request).municipality_id, fine_number=number)
    except SlipUnknown as error:
        raise Http404 from error


def _told(request: HttpRequest, name: str, recent: Sequence[PadRow]) -> PadRow | None:
    """The pad that was made or declared void a moment ago, as the address says."""
    pad_id = whole(request.GET.get(name, "")) if request.method != "POST" else None
    return next((one for one in recent if one.id == pad_id and (name == "made" or one.voided_at)), None)


def _number(request: HttpRequest, name: str) -> int:
    """A number of the form; 0, which is no row and no pad's size, when it is none."""
    return whole(request.POST.get(name, "")) or 0


def _amounts(request: HttpRequest) -> tuple[int | None, list[int]]:
    """(fixed amount, legal amounts) of the form. Raises BadPad."""
    how, text = request.POST.get("how", ""), request.POST.get("amounts", "")
    if how == "any" or not text.strip():
        return None, []
    try:
        cents = [parse_euro(part) for part in text.split("/") if part.strip()]
    except ValueError as error:
        raise BadPad("AMOUNTS") from error
    if how != "fixed":
        return None, cents
    if len(cents) != 1:
        raise BadPad("AMOUNTS")
    return cents[0], []
