"""The office's pages of events: what is on, with figures; a form to prepare one; its sales; calling it off."""

from collections.abc import Mapping, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obolos.flows.export_sales import sales_csv, sales_xlsx
from obolos.flows.run_events import (
    EventUnknown,
    Refused,
    call_off,
    event_of,
    events_of,
    keep_event,
    kinds_for_sale,
    sales_list,
)
from obolos.interfaces.office.event_forms import (
    MOMENTS,
    NUMBERS,
    TEXTS,
    ClassFields,
    as_fields,
    class_values,
    event_values,
    fault,
    told,
    typed_classes,
    typed_event,
)
from obolos.interfaces.office.staff import language_of, staff_of, staff_required

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SAVED = "office_event_saved"


@staff_required("CLERK", "ADMIN")
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """All events with what is sold, held, free and let in."""
    now = timezone.now()
    found = events_of(municipality_id=staff_of(request).municipality_id)
    coming = [one for one in found if one.event.starts_at >= now]
    past = [one for one in reversed(found) if one.event.starts_at < now]
    values = {"groups": [(coming, "coming"), (past, "past")], "now": now, "section": "events"}
    return render(request, "office/events.html", values)


@staff_required("CLERK", "ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def new_event(request: HttpRequest) -> HttpResponse:
    """Prepare an event."""
    return _keep(request) if request.method == "POST" else _form(request, event_values(None), class_values(()))


@staff_required("CLERK", "ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_event(request: HttpRequest, event_id: int) -> HttpResponse:
    """Change an event."""
    try:
        figures, _ = event_of(event_id, municipality_id=staff_of(request).municipality_id)
    except EventUnknown as error:
        raise Http404 from error
    if request.method == "POST":
        return _keep(request, event_id)
    return _form(request, event_values(figures.event), class_values(figures.event.classes), event_id=event_id)


def _keep(request: HttpRequest, event_id: int | None = None) -> HttpResponse:
    staff = staff_of(request)
    typed, text = typed_event(request.POST)
    try:
        kept = keep_event(
            text, event_id=event_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
        )
    except EventUnknown as error:
        raise Http404 from error
    except Refused as refused:
        return _form(request, typed, typed_classes(request.POST), event_id=event_id, faults=refused.faults)
    request.session[_SAVED] = kept
    return redirect("office_event", kept)


def _form(
    request: HttpRequest,
    values: Mapping[str, str],
    classes: Sequence[ClassFields],
    *,
    event_id: int | None = None,
    faults: Mapping[str, str] | None = None,
) -> HttpResponse:
    faults = faults or {}
    fields = as_fields((*TEXTS, *MOMENTS, *NUMBERS, "revenue_kind_id"), values, faults)
    shown = {
        "fields": fields,
        "classes": classes,
        "classes_error": fault(faults["classes"]) if "classes" in faults else "",
        "errors": told(faults),
        "kinds": [(str(one.id), one) for one in kinds_for_sale(municipality_id=staff_of(request).municipality_id)],
        "event_id": event_id,
        "section": "events",
    }
    return render(request, "office/event_form.html", shown, status=422 if faults else 200)


@staff_required("CLERK", "ADMIN")
@require_safe
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event: figures and purchases."""
    try:
        figures, purchases = event_of(event_id, municipality_id=staff_of(request).municipality_id)
    except EventUnknown as error:
        raise Http404 from error
    values = {
        "figures": figures,
        "event": figures.event,
        "state": figures.event.state(timezone.now()),
        "purchases": purchases,
        "refunds": [one for one in purchases if one.paid and one.amount_cents] if figures.event.cancelled_at else [],
        "saved": request.session.pop(_SAVED, None) == event_id,
        "section": "events",
    }
    return render(request, "office/event.html", values)


@staff_required("CLERK", "ADMIN")
@require_POST
def cancel_event(request: HttpRequest, event_id: int) -> HttpResponse:
    """Call an event off; the tick in the form says that it is meant."""
    staff = staff_of(request)
    if request.POST.get("confirm") == "1":
        try:
            call_off(event_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now())
        except EventUnknown as error:
            raise Http404 from error
    return _to_event(request, event_id)


def _to_event(request: HttpRequest, event_id: int) -> HttpResponse:
    try:
        event_of(event_id, municipality_id=staff_of(request).municipality_id)
    except EventUnknown as error:
        raise Http404 from error
    return redirect("office_event", event_id)


@staff_required("CLERK", "ADMIN")
@require_safe
def sales(request: HttpRequest, event_id: int) -> HttpResponse:
    """The sales as a file: `?form=csv` or `?form=xlsx`."""
    staff = staff_of(request)
    form = request.GET.get("form", "csv")
    if form not in {"csv", "xlsx"}:
        raise Http404
    try:
        found, rows = sales_list(
            event_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
        )
    except EventUnknown as error:
        raise Http404 from error
    language = language_of(request)
    content = sales_xlsx(rows, language) if form == "xlsx" else sales_csv(rows, language)
    response = HttpResponse(content, content_type=_WORKBOOK if form == "xlsx" else "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="tickets-{found.id}-{found.starts_at:%Y%m%d}.{form}"'
    return response
