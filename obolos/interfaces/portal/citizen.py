"""Who the citizen is: a person id in the session, put there by the identity provider's answer and nothing else."""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from obolos.base.access import access

#: A session ends after SESSION_COOKIE_AGE of idleness; writing it at each click would cost a round trip.
RENEW_AFTER_SECONDS = 120
#: Longer addresses are cut by some browsers and proxies on the way to the identity provider and back.
LONGEST_TARGET = 3000


def citizen_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only signed-in citizens in; others go to sign in and come back to where they wanted to be."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.session.get("person_id"), int):
            return HttpResponseRedirect(f"/sign-in/?{urlencode({'next': _wanted(request)})}")
        _stay_awake(request)
        response = view(request, *args, **kwargs)
        response.setdefault("Cache-Control", "no-store")
        return response

    return access("citizen")(guarded)


def person_of(request: HttpRequest) -> int:
    """Id of the signed-in citizen. Only inside views that require one."""
    return int(request.session["person_id"])


def is_his(request: HttpRequest, person_id: int | None) -> bool:
    """Whether the signed-in citizen, if any, is that person."""
    return person_id is not None and request.session.get("person_id") == person_id


def visit_of(request: HttpRequest) -> str:
    """A random name of this visit for the funnel; says nothing about the person."""
    if "visit" not in request.session:
        request.session["visit"] = secrets.token_hex(16)
    return str(request.session["visit"])


def language_of(request: HttpRequest) -> str:
    """«el» or «en», as the page is shown."""
    return "en" if (get_language() or "el").startswith("en") else "el"


def local_path(request: HttpRequest, target: str, otherwise: str) -> str:
    """`target` when it is an address of ours and not too long, else `otherwise`: nobody is led elsewhere by a link."""
    fits = target.startswith("/") and len(target) <= LONGEST_TARGET
    ours = fits and url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if ours else otherwise


def see_other(path: str) -> HttpResponse:
    """303: go and look there, with GET."""
    response = HttpResponseRedirect(path)
    response.status_code = 303
    return response


def _wanted(request: HttpRequest) -> str:
    """Where to go on after signing in. A form sent after the session ended loses nothing that was chosen."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    chosen = request.POST.getlist("d")
    return f"/pay/?{urlencode([('d', one) for one in chosen])}" if chosen else "/debts/"


def _stay_awake(request: HttpRequest) -> None:
    now = int(time.time())
    if now - int(request.session.get("seen", 0)) >= RENEW_AFTER_SECONDS:
        request.session["seen"] = now
