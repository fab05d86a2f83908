"""My details: where codes and proofs go, confirmed by a code."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from obolos.flows.confirm_contact import (
    BadAddress,
    NotSent,
    TooSoon,
    WrongCode,
    confirm_contact,
    contact_of,
    remove_contact,
    send_contact_code,
)
from obolos.flows.stop_reminders import want_reminders
from obolos.interfaces.portal.citizen import citizen_required, language_of, local_path, person_of, see_other

AFTERWARDS = "/debts/"


@dataclass(frozen=True, slots=True)
class Channel:
    """One of the two ways to reach a person, as the page shows it; `error` is about the address."""

    name: str
    confirmed: str
    waiting: str
    typed: str = ""
    error: str = ""
    code_error: str = ""


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Show contacts; take a new address and send it a code; forget an address; switch reminders on or off;
    hear that he gives none now, and ask no more."""
    if request.method != "POST":
        return _page(request)
    if "later" in request.POST:
        request.session.pop("ask_contact", None)
        return see_other(local_path(request, _asked(request, "next"), AFTERWARDS))
    channel, typed = request.POST.get("channel", ""), request.POST.get("address", "")[:300]
    try:
        if "reminders" in request.POST:
            wanted = request.POST["reminders"] == "on"
            want_reminders(person_id=person_of(request), wanted=wanted, now=timezone.now())
            return _back(request, "reminded" if wanted else "not_reminded")
        if "remove" in request.POST:
            remove_contact(person_id=person_of(request), channel=channel, now=timezone.now())
            return _back(request, "removed")
        send_contact_code(
            person_id=person_of(request),
            channel=channel,
            address=typed,
            language=language_of(request),
            now=timezone.now(),
        )
    except BadAddress:
        return _page(request, channel, typed=typed, error=_address_error(channel), status=422)
    except TooSoon as wait:
        return _page(request, channel, typed=typed, error=_wait(wait.seconds), status=429)
    except NotSent:
        text = _("We could not send the code just now. Try again in a few minutes.")
        return _page(request, channel, typed=typed, error=text, status=503)
    return _back(request, "sent")


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
        text = _("This code is no longer valid. Ask for a new one.")
        if error.left:
            text = ngettext(
                "This is not the code we sent. You have %(left)s more try.",
                "This is not the code we sent. You have %(left)s more tries.",
                error.left,
            ) % {"left": error.left}
        return _page(request, channel, code_error=text, status=422)
    request.session.pop("ask_contact", None)
    return _back(request, "confirmed")


def _address_error(channel: str) -> str:
    if channel == "sms":
        return _("Write a Greek mobile number with 10 digits, like 694 000 0000.")
    return _("Write an e-mail address like name@example.gr.")


def _wait(seconds: int) -> str:
    if seconds > 3600:
        return _("We sent many codes today. Ask for another tomorrow, or call your municipality.")
    return _("We sent a code a moment ago. Wait %(seconds)s seconds, then ask for another.") % {"seconds": seconds}


def _asked(request: HttpRequest, name: str) -> str:
    return request.POST.get(name) or request.GET.get(name) or ""


def _back(request: HttpRequest, done: str) -> HttpResponse:
    """To the page again, saying what was done and still knowing where the citizen came from."""
    kept = {name: _asked(request, name) for name in ("first", "next") if _asked(request, name)}
    return see_other(f"/contact/?{urlencode({'done': done, **kept})}")


def _page(
    request: HttpRequest,
    channel: str = "",
    *,
    typed: str = "",
    error: str = "",
    code_error: str = "",
    status: int = 200,
) -> HttpResponse:
    contact = contact_of(person_of(request), now=timezone.now())
    found = {"email": (contact.email, contact.waiting_email), "sms": (contact.mobile, contact.waiting_sms)}
    if channel not in found:
        channel = "email"  # a form of ours never says anything else
    channels = [
        Channel(
            name,
            confirmed,
            waiting,
            typed if name == channel else "",
            error if name == channel else "",
            code_error if name == channel else "",
        )
        for name, (confirmed, waiting) in found.items()
    ]
    values = {
        "contact": contact,
        "channels": channels,
        "error": error or code_error,
        "error_at": f"{channel}{'_code' if code_error else ''}" if error or code_error else "",
        "done": request.GET.get("done", "") if status == 200 else "",
        "first": bool(_asked(request, "first")),
        "next": local_path(request, _asked(request, "next"), ""),
        "onwards": local_path(request, _asked(request, "next"), AFTERWARDS),
        "section": "contact",
        "return_path": "/contact/",
    }
    return render(request, "portal/contact.html", values, status=status)
