"""The entrance, on a phone: choose the event once, then scan or type; green or red, and one press that lets somebody in.

A ticket's QR leads here. Strangers are sent to the staff's sign-in and learn nothing.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from obolos.flows.check_ticket import Checked, Verdict, check_ticket, code_of, entrance, entrances, let_in
from obolos.interfaces.office.staff import staff_of, staff_required

_EVENT = "office_entrance"
_ENTERED = "office_entered"


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def at_entrance(request: HttpRequest) -> HttpResponse:
    """Choose the event one stands at; type a code."""
    municipality_id = staff_of(request).municipality_id
    found = entrances(municipality_id=municipality_id, now=timezone.now())
    error = ""
    if request.method == "POST":
        chosen = request.POST.get("event")
        if chosen is not None:
            request.session[_EVENT] = next((one.id for one in found if str(one.id) == chosen), None)
        code = code_of(request.POST.get("code", "")[:200])
        if code:
            return redirect("office_ticket", code)
        if request.POST.get("code", "").strip():
            error = "CODE"
        elif chosen is not None:
            return redirect("office_entrance")
    values = {"events": found, "chosen": request.session.get(_EVENT), "error": error, "section": "entrance"}
    return render(request, "office/entrance.html", values, status=422 if error else 200)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, ticket_code: str) -> HttpResponse:
    """GET: is it good. POST: let somebody in, once."""
    staff = staff_of(request)
    code, now, event_id = code_of(ticket_code), timezone.now(), request.session.get(_EVENT)
    if request.method == "POST":
        done = let_in(code, municipality_id=staff.municipality_id, event_id=event_id, by_user=staff.user_id, now=now)
        if done.verdict is not Verdict.ENTERED:
            return _page(request, code, done, status=404 if done.verdict is Verdict.UNKNOWN else 409)
        request.session[_ENTERED] = code
        return redirect("office_ticket", ticket_code)
    found = check_ticket(code, municipality_id=staff.municipality_id, event_id=event_id, now=now)
    if found.verdict is Verdict.USED and request.session.pop(_ENTERED, None) == code:
        found = Checked(Verdict.ENTERED, found.ticket, found.event)
    return _page(request, code, found, status=404 if found.verdict is Verdict.UNKNOWN else 200)


def _page(request: HttpRequest, code: str, found: Checked, *, status: int) -> HttpResponse:
    event_id = request.session.get(_EVENT)
    here = entrance(event_id, municipality_id=staff_of(request).municipality_id) if event_id else None
    values = {"checked": found, "code": code, "here": here, "section": "entrance"}
    return render(request, "office/ticket.html", values, status=status)
