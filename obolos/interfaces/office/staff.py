"""Who the member of staff is: a Django user who gave password and one-time code, in one municipality and one role.

Every page of the office goes through `staff_required`. A wrong role gets a page that says so; another municipality's
rows are no matter of rights here, they are simply not there (404).
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from obolos.base.access import access
from obolos.flows.staff_sign_in import StaffPlace, place_of_staff

#: The session is written at most so often; idleness counts from the last writing.
RENEW_AFTER_SECONDS = 60
_SEEN = "staff_seen"

View = Callable[..., HttpResponseBase]


def staff_required(*roles: str) -> Callable[[View], View]:
    """Let in staff of these roles (any, when none is named) who proved both factors in this session."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refused = _let_in(request) or _choose_place(request, roles)
            if refused is not None:
                refused["Cache-Control"] = "no-store"
                return refused
            _stay_awake(request)
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return access("staff:" + ",".join(roles) if roles else "staff")(guarded)

    return decorate


def staff_of(request: HttpRequest) -> StaffPlace:
    """The member of staff of a request. Only inside views that require one."""
    place: StaffPlace = request.staff  # type: ignore[attr-defined]
    return place


def language_of(request: HttpRequest) -> str:
    """«el» or «en», as the page is shown."""
    return "en" if (get_language() or "el").startswith("en") else "el"


def _let_in(request: HttpRequest) -> HttpResponse | None:
    """Where somebody goes who has not proven both factors; None for those who have."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': _wanted(request)})}")
    if time.time() - request.session.get(_SEEN, time.time()) > settings.SESSION_COOKIE_AGE:
        logout(request)
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': _wanted(request)})}")
    if any(one["method"] == "mfa" for one in get_authentication_records(request, request.user)):
        return None
    return HttpResponseRedirect(
        reverse("account_reauthenticate" if is_mfa_enabled(request.user) else "mfa_activate_totp")
    )


def _choose_place(request: HttpRequest, roles: tuple[str, ...]) -> HttpResponse | None:
    """Set `request.staff`; a page instead for those who work nowhere or in another role."""
    place = place_of_staff(int(request.user.pk or 0))
    if place is None:
        return render(request, "office/no_place.html", status=403)
    request.staff = place  # type: ignore[attr-defined]
    if roles and place.role not in roles:
        return render(request, "office/no_role.html", {"roles": roles}, status=403)
    return None


def _wanted(request: HttpRequest) -> str:
    """Where to go on after signing in. What was posted is not sent again."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("office")


def _stay_awake(request: HttpRequest) -> None:
    now = int(time.time())
    if now - int(request.session.get(_SEEN, 0)) >= RENEW_AFTER_SECONDS:
        request.session[_SEEN] = now
