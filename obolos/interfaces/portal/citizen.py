"""Who the citizen is: a person id in the session, put there by the identity provider's answer and nothing else."""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language

from obolos.base.access import access


def citizen_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only signed-in citizens in; others go to sign in and come back to where they wanted to be."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.session.get("person_id"), int):
            target = request.get_full_path() if request.method == "GET" else "/debts/"
            return HttpResponseRedirect(f"/sign-in/?{urlencode({'next': target})}")
        request.session.modified = False
        response = view(request, *args, **kwargs)
        response.setdefault("Cache-Control", "no-store")
        return response

    return access("citizen")(guarded)


def person_of(request: HttpRequest) -> int:
    """Id of the signed-in citizen. Only inside views that require one."""
    return int(request.session["person_id"])


def visit_of(request: HttpRequest) -> str:
    """A random name of this visit for the funnel; says nothing about the person."""
    if "visit" not in request.session:
        request.session["visit"] = secrets.token_hex(16)
    return str(request.session["visit"])


def language_of(request: HttpRequest) -> str:
    """«el» or «en», as the page is shown."""
    return "en" if (get_language() or "el").startswith("en") else "el"
