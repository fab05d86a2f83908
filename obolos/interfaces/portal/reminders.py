"""Stop reminders by the link in one of them: no signing in, no cookie, one press; mail programs may press it (RFC 8058)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from obolos.base.access import access
from obolos.flows.stop_reminders import NoSuchLink, person_of_link, reached_at, want_reminders, wants_reminders


@access("public")
@csrf_exempt  # a mail program has no token of ours; the link itself is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """GET asks, so that a scanner that opens links changes nothing; POST stops them, or with «again» begins anew."""
    link = request.GET.get("p", "")
    try:
        person_id = person_of_link(link)
    except NoSuchLink as error:
        raise Http404 from error
    done = ""
    if request.method == "POST":
        done = "ON" if "again" in request.POST else "OFF"
        want_reminders(person_id=person_id, wanted=done == "ON", now=timezone.now(), by_link=True)
    values = {
        "wanted": wants_reminders(person_id),
        "done": done,
        "link": link,
        "reached_at": reached_at(person_id),
        "return_path": "/",
    }
    response = render(request, "portal/reminders_stop.html", values)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
