"""Notices: one from a payer's record, or many by a choice of debts that shows whom it reaches before anything is made."""

import secrets
from collections.abc import Mapping
from datetime import date

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from obolos.base.money import euro_plain, parse_euro
from obolos.base.numbers import whole
from obolos.domain.notices.batches import Choice, Reach
from obolos.flows.notice_batches import (
    BatchUnknown,
    NobodyReached,
    batch_archive,
    batch_csv,
    batch_file,
    batch_of,
    cancel_notices,
    file_name,
    plan_of,
    recent_batches,
    start_notices,
)
from obolos.flows.notices import NothingOwed, NoticeUnknown, make_notice, notice_pdf
from obolos.interfaces.office.staff import staff_of, staff_required

#: While a batch is made, its page is asked for again after so many seconds, without script.
LOOK_AGAIN_SECONDS = 3
_LONGEST = 30


class _Unreadable(Exception):
    """A field of the choice that cannot be read; its argument is the field's name."""


@staff_required("CLERK", "ADMIN")
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The choice, whom it reaches once it is made, and the last batches."""
    return _page(request, request.GET, "look" in request.GET)


@staff_required("CLERK", "ADMIN")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start what was looked at."""
    staff = staff_of(request)
    asked = request.POST
    try:
        expected = Reach(*(_number(asked, name) or 0 for name in ("persons", "debts", "open_cents")))
        batch_id = start_notices(
            _choice(asked),
            expected=expected,
            municipality_id=staff.municipality_id,
            language="en" if asked.get("language") == "en" else "el",
            by_user=staff.user_id,
            form_token=_token(asked),
            now=timezone.now(),
        )
    except _Unreadable:
        return _page(request, asked, True)
    except NobodyReached:
        return _page(request, asked, True, error="CHANGED")
    return redirect("office_batch", batch_id)


def _page(request: HttpRequest, asked: Mapping[str, str], look: bool, error: str = "") -> HttpResponse:
    staff = staff_of(request)
    choice = Choice()
    try:
        choice = _choice(asked)
    except _Unreadable as unreadable:
        look, error = False, str(unreadable)
    plan = plan_of(choice, municipality_id=staff.municipality_id)
    values = {
        "asked": asked,
        "choice": choice,
        "min_euro": euro_plain(choice.min_cents) if choice.min_cents else "",
        "plan": plan,
        "look": look,
        "error": error,
        "language": "en" if asked.get("language") == "en" else "el",
        "batches": recent_batches(municipality_id=staff.municipality_id),
        "form_token": secrets.token_hex(16),
        "section": "notices",
    }
    return render(request, "office/notices.html", values, status=422 if error else 200)


@staff_required("CLERK", "ADMIN")
@require_safe
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far a batch is, then its files."""
    try:
        found = batch_of(batch_id, municipality_id=staff_of(request).municipality_id)
    except BatchUnknown as error:
        raise Http404 from error
    making = found.state in {"WAITING", "RUNNING"}
    files = range(1, found.files + 1) if found.state in {"RUNNING", "DONE"} else range(0)
    values = {"batch": found, "making": making, "files": files, "section": "notices"}
    response = render(request, "office/notice_batch.html", values)
    if making:
        response["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


@staff_required("CLERK", "ADMIN")
@require_POST
def cancel(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Stop a batch that is being made."""
    staff = staff_of(request)
    try:
        batch_of(batch_id, municipality_id=staff.municipality_id)
    except BatchUnknown as error:
        raise Http404 from error
    cancel_notices(batch_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now())
    return redirect("office_batch", batch_id)


@staff_required("CLERK", "ADMIN")
@require_safe
def file(request: HttpRequest, batch_id: int, number: int) -> HttpResponseBase:
    """One finished file of a batch."""
    staff = staff_of(request)
    try:
        path = batch_file(
            batch_id, number, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
        )
    except BatchUnknown as error:
        raise Http404 from error
    name = file_name(batch_id, number)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/pdf")


@staff_required("CLERK", "ADMIN")
@require_safe
def archive(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """All files of a batch in one."""
    staff = staff_of(request)
    try:
        pieces = batch_archive(
            batch_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
        )
    except BatchUnknown as error:
        raise Http404 from error
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="notices-{batch_id}.zip"'
    return response


@staff_required("CLERK", "ADMIN")
@require_safe
def codes(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Addressees and codes of a batch for a print house."""
    staff = staff_of(request)
    try:
        pieces = batch_csv(batch_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now())
    except BatchUnknown as error:
        raise Http404 from error
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="notices-{batch_id}.csv"'
    return response


@staff_required()
@require_POST
def make_one(request: HttpRequest, debtor_id: int) -> HttpResponse:
    """Put what a payer owes on a notice, and show it."""
    staff = staff_of(request)
    try:
        notice_id = make_notice(
            debtor_id,
            municipality_id=staff.municipality_id,
            language="en" if request.POST.get("language") == "en" else "el",
            by_user=staff.user_id,
            now=timezone.now(),
        )
    except NoticeUnknown as error:
        raise Http404 from error
    except NothingOwed:
        return render(request, "office/notice_nothing.html", {"debtor_id": debtor_id, "section": "home"}, status=422)
    return redirect("office_notice", notice_id)


@staff_required()
@require_safe
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """A notice, to print or to hand over."""
    staff = staff_of(request)
    try:
        reference, pdf = notice_pdf(
            notice_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
        )
    except NoticeUnknown as error:
        raise Http404 from error
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{reference}.pdf"'
    return response


def _choice(asked: Mapping[str, str]) -> Choice:
    """The choice that a form names. Raises _Unreadable."""
    kinds = asked.getlist("kind") if hasattr(asked, "getlist") else []
    return Choice(
        kind_ids=tuple(sorted({number for one in kinds if (number := whole(one)) is not None})),
        due_from=_day(asked, "due_from"),
        due_to=_day(asked, "due_to"),
        year=_number(asked, "year", most=9999),
        catalogue=_text(asked, "catalogue"),
        min_cents=_cents(asked, "min"),
        without_email=asked.get("without_email") == "1",
    )


def _token(asked: Mapping[str, str]) -> str:
    """The token given to the form. Raises _Unreadable when it is none of ours in shape."""
    token = asked.get("form_token", "")
    if not (token.isascii() and token.isalnum() and 16 <= len(token) <= 64):
        raise _Unreadable("form_token")
    return token


def _text(asked: Mapping[str, str], name: str) -> str:
    text = asked.get(name, "").strip()
    if len(text) > _LONGEST or "\x00" in text:
        raise _Unreadable(name)
    return text


def _number(asked: Mapping[str, str], name: str, most: int = 10**15) -> int | None:
    text = asked.get(name, "").strip()
    if not text:
        return None
    number = whole(text, most=most)
    if number is None:
        raise _Unreadable(name)
    return number


def _cents(asked: Mapping[str, str], name: str) -> int:
    text = _text(asked, name)
    try:
        return parse_euro(text) if text else 0
    except ValueError as error:
        raise _Unreadable(name) from error


def _day(asked: Mapping[str, str], name: str) -> date | None:
    text = _text(asked, name)
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise _Unreadable(name) from error
    if not 2000 <= found.year <= 2100:
        raise _Unreadable(name)
    return found
