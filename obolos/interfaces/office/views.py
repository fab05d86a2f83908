"""The staff's one search box, and what it leads to. Each view parses, makes one call, renders."""

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obolos.base.dates import athens_date
from obolos.flows.export_payments import export_payments
from obolos.flows.payment_story import day_sums, open_questions, payment_story
from obolos.flows.resend import CannotResend, resend
from obolos.flows.search_payers import payer_record, search_payers
from obolos.interfaces.office.staff import staff_of, staff_required

LONGEST_EXPORT = timedelta(days=400)


@staff_required()
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Today's sums, how many questions wait, and the search box."""
    staff = staff_of(request)
    today = athens_date(timezone.now())
    values = {
        "sums": day_sums(staff.municipality_id, today),
        "questions": open_questions(staff.municipality_id),
        "today": today,
        "section": "home",
    }
    return render(request, "office/home.html", values)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Search by POST, so that what was typed stands in no address and no log."""
    if request.method != "POST":
        return HttpResponseRedirect("/office/")
    staff = staff_of(request)
    typed = request.POST.get("q", "")[:100]
    result = search_payers(staff.municipality_id, staff.user_id, typed, now=timezone.now())
    return render(request, "office/results.html", {"result": result, "typed": typed, "section": "home"})


@staff_required()
@require_safe
def payer(request: HttpRequest, person_id: int) -> HttpResponse:
    """A payer's record."""
    staff = staff_of(request)
    found = payer_record(staff.municipality_id, staff.user_id, person_id, now=timezone.now())
    if found is None:
        raise Http404
    return render(request, "office/payer.html", {"payer": found, "section": "home"})


@staff_required()
@require_safe
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """The whole story of an order."""
    return _story(request, order_id=order_id)


@staff_required()
@require_safe
def payment(request: HttpRequest, payment_id: int) -> HttpResponse:
    """The whole story of a payment without an order."""
    return _story(request, payment_id=payment_id)


def _story(request: HttpRequest, *, order_id: int | None = None, payment_id: int | None = None) -> HttpResponse:
    staff = staff_of(request)
    story = payment_story(
        staff.municipality_id, staff.user_id, order_id=order_id, payment_id=payment_id, now=timezone.now()
    )
    if story is None:
        raise Http404
    values = {"story": story, "section": "home", "said": request.GET.get("said", "")[:20]}
    return render(request, "office/story.html", values)


@staff_required()
@require_POST
def resend_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Send a code or proof again, to the contact on file."""
    staff = staff_of(request)
    try:
        resend(staff.municipality_id, staff.user_id, order_id, now=timezone.now())
        said = "sent"
    except CannotResend as error:
        if error.reason == "NO_ORDER":
            raise Http404 from error
        said = error.reason.lower()
    return HttpResponseRedirect(f"/office/orders/{order_id}/?said={said}")


@staff_required()
@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """What waits for a person."""
    questions = open_questions(staff_of(request).municipality_id)
    values = {
        "questions": questions,
        "unapplied_cents": sum(one["amount_cents"] for one in questions if one["kind"] == "UNAPPLIED"),
        "now": timezone.now(),
        "section": "worklist",
    }
    return render(request, "office/worklist.html", values)


@staff_required()
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Payments of a span of dates, as CSV or XLSX."""
    staff = staff_of(request)
    today = athens_date(timezone.now())
    first, last = _day(request.GET.get("from"), today.replace(day=1)), _day(request.GET.get("to"), today)
    form = request.GET.get("form", "")
    error = ""
    if first is None or last is None:
        error = _("Write dates like 2026-11-22.")
    elif last < first or last - first > LONGEST_EXPORT:
        error = _("Choose a span of at most 400 days that begins before it ends.")
    if form not in {"csv", "xlsx"} or error:
        values = {"first": first or today, "last": last or today, "error": error, "section": "export"}
        return render(request, "office/export.html", values, status=422 if error else 200)
    assert first is not None
    assert last is not None
    content = export_payments(
        staff.municipality_id, staff.user_id, first=first, last=last, form=form, now=timezone.now()
    )
    kind = "text/csv; charset=utf-8" if form == "csv" else (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )  # fmt: skip
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="payments-{first}-{last}.{form}"'
    return response


def _day(text: str | None, otherwise: date) -> date | None:
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
