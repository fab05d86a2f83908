"""What people wrote about debts: the list of those that wait, one of them, its answer. By clerks and administrators."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from obolos.base.text import plain
from obolos.domain.messages.models import InquiryClosing, InquiryState
from obolos.domain.messages.wording import closing_words
from obolos.flows.inquire import LONGEST, InquiryView, NoInquiry, answer_inquiry, inquiries_of, read_inquiry
from obolos.interfaces.office.staff import language_of, staff_of, staff_required

ROLES = ("CLERK", "ADMIN")


@staff_required(*ROLES)
@require_safe
def inquiries(request: HttpRequest) -> HttpResponse:
    """Those that wait, or those answered last."""
    closed = request.GET.get("state") == "closed"
    state = InquiryState.CLOSED if closed else InquiryState.OPEN
    found = inquiries_of(municipality_id=staff_of(request).municipality_id, state=state)
    rows = [(one, one.title(language_of(request))) for one in found]
    return render(request, "office/inquiries.html", {"rows": rows, "closed": closed, "section": "inquiries"})


@staff_required(*ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def inquiry(request: HttpRequest, inquiry_id: int) -> HttpResponse:
    """GET: what was written, about which debt. POST: answer it, or close it with a reason that its writer is told."""
    staff = staff_of(request)
    now = timezone.now()
    aside = "aside" in request.POST
    answer = "" if aside else plain(request.POST.get("answer", ""))
    closing = request.POST.get("closing", "") if aside else ""
    wrong = {}
    if aside and closing not in InquiryClosing.values:
        wrong["closing"] = _("Choose why it is closed: whoever wrote is told.")
    elif not aside and not answer:
        wrong["answer"] = _("Write the answer, or close the message with a reason.")
    try:
        if request.method == "POST" and not wrong:
            answer_inquiry(
                inquiry_id,
                answer=answer,
                closing=closing,
                municipality_id=staff.municipality_id,
                by_user=staff.user_id,
                now=now,
            )
            return redirect("office_inquiry", inquiry_id)
        view = read_inquiry(inquiry_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=now)
    except NoInquiry as error:
        if request.method == "POST" and not wrong:
            return redirect("office_inquiries")
        raise Http404 from error
    return _page(request, view, wrong if request.method == "POST" else {})


def _page(request: HttpRequest, view: InquiryView, wrong: dict[str, str]) -> HttpResponse:
    language = language_of(request)
    values = {
        "view": view,
        "closings": [(one, closing_words(one, language)) for one in InquiryClosing.values],
        "closing": closing_words(view.row.closing, language) if view.row.closing else "",
        "title": view.title(language),
        "wrong": wrong,
        "longest": LONGEST,
        "section": "inquiries",
    }
    return render(request, "office/inquiry.html", values, status=422 if wrong else 200)
