"""Payments of a span of legal dates as a file to take along."""

from collections.abc import Iterator
from datetime import date

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from obolos.base.dates import athens_date
from obolos.flows.export_payments import BadSpan, Export, Form, What, begin_export, csv_of, xlsx_of
from obolos.interfaces.office.staff import language_of, staff_of, staff_required

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@staff_required("FINANCE", "ADMIN")
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The form, or the file that it asks for."""
    today = athens_date(timezone.now())
    asked = request.GET
    first, last = _day(asked.get("from", ""), today.replace(day=1)), _day(asked.get("to", ""), today)
    what = asked.get("what", What.PAYMENTS)
    form = asked.get("form", "")
    if form not in set(Form) or what not in set(What):
        return _page(request, first or today, last or today, "")
    if first is None or last is None:
        return _page(request, first or today, last or today, "DATES")
    staff = staff_of(request)
    try:
        begun = begin_export(
            first=first,
            last=last,
            what=What(what),
            form=Form(form),
            language=language_of(request),
            municipality_id=staff.municipality_id,
            by_user=staff.user_id,
            now=timezone.now(),
        )
    except BadSpan as error:
        return _page(request, first, last, error.reason)
    return _file(begun)


def _page(request: HttpRequest, first: date, last: date, error: str) -> HttpResponse:
    what = request.GET.get("what", What.PAYMENTS)
    values = {
        "first": first,
        "last": last,
        "what": what if what in set(What) else What.PAYMENTS,
        "form": request.GET.get("form", Form.XLSX),
        "error": error,
        "section": "export",
    }
    return render(request, "office/export.html", values, status=422 if error else 200)


def _file(begun: Export) -> HttpResponseBase:
    """A CSV goes out while it is read; a workbook is one zipped whole and is made before."""
    if begun.form is Form.XLSX:
        return FileResponse(xlsx_of(begun), as_attachment=True, filename=begun.name, content_type=_WORKBOOK)
    pieces: Iterator[bytes] = csv_of(begun)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{begun.name}"'
    return response


def _day(text: str, otherwise: date) -> date | None:
    if not text:
        return otherwise
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-11-22") else None
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2100 else None
