"""My details: where codes and proofs go, confirmed by a code."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from obolos.adapters.messaging.views import NotSent
from obolos.domain.people.actions import TooSoon, WrongCode
from obolos.flows.confirm_contact import (
    BadAddress,
    confirm_contact,
    contact_of,
    remove_contact,
    send_contact_code,
)
from obolos.interfaces.portal.citizen import citizen_required, language_of, person_of


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Show contacts; take a new address and send it a code; or forget an address."""
    if request.method != "POST":
        return _page(request)
    channel = request.POST.get("channel", "")
    if "remove" in request.POST:
        remove_contact(person_id=person_of(request), channel=channel)
        return HttpResponseRedirect("/contact/")
    typed = request.POST.get("address", "")[:300]
    try:
        send_contact_code(
            person_id=person_of(request),
            channel=channel,
            address=typed,
            language=language_of(request),
            now=timezone.now(),
        )
    except BadAddress:
        return _page(request, {channel: _address_error(channel)}, typed={channel: typed}, status=422)
    except TooSoon as error:
        text = _("We sent a code a moment ago. Wait %(seconds)s seconds, then ask for another.") % {
            "seconds": error.seconds
        }
        return _page(request, {channel: text}, typed={channel: typed}, status=429)
    except NotSent:
        text = _("We could not send the code just now. Try again in a few minutes.")
        return _page(request, {channel: text}, typed={channel: typed}, status=503)
    return HttpResponseRedirect("/contact/" + ("?first=1" if request.POST.get("first") else ""))


@citizen_required
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the six digits."""
    channel = request.POST.get("channel", "")
    try:
        confirm_contact(
            person_id=person_of(request), channel=channel, code=request.POST.get("code", "")[:40], now=timezone.now()
        )
    except WrongCode as error:
        if error.left:
            text = ngettext(
                "This is not the code we sent. You have %(left)s more try.",
                "This is not the code we sent. You have %(left)s more tries.",
                error.left,
            ) % {"left": error.left}
        else:
            text = _("This code is no longer valid. Ask for a new one.")
        return _page(request, {f"{channel}_code": text}, status=422)
    return HttpResponseRedirect("/contact/" + ("?first=1" if request.POST.get("first") else ""))


def _address_error(channel: str) -> str:
    if channel == "email":
        return _("Write an e-mail address like name@example.gr.")
    return _("Write a Greek mobile number with 10 digits, like 694 000 0000.")


def _page(
    request: HttpRequest, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    first = bool(request.GET.get("first") or request.POST.get("first"))
    values = {
        "contact": contact_of(person_of(request), now=timezone.now()),
        "errors": errors or {},
        "typed": typed or {},
        "first": first,
        "section": "contact",
    }
    return render(request, "portal/contact.html", values, status=status)
