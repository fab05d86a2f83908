"""Pages that need nobody signed in: home, help, statements, status, language."""

from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from obolos.base.access import access
from obolos.domain.municipalities.queries import Participant, participants
from obolos.flows.system_status import system_status
from obolos.interfaces.portal.citizen import local_path, see_other

LANGUAGE_KEPT = timedelta(days=365)


@access("public")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where one begins: sign in, which municipalities take part, whom to call."""
    return render(request, "portal/home.html", {"municipalities": _towns()})


@access("public")
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to pay, what the words mean, whom to call."""
    return render(request, "portal/help.html", {"municipalities": _towns()})


@access("public")
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "portal/accessibility.html", {"municipalities": _towns()})


@access("public")
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What we keep about people, why, for how long, and their rights."""
    values = {"municipalities": _towns(), "forget_days": settings.OBOLOS_FORGET_BUYERS_DAYS}
    return render(request, "portal/privacy.html", values)


@access("public")
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Whether everything works right now, in words."""
    return render(request, "portal/status.html", {"status": system_status(now=timezone.now())})


@access("public")
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember Greek or English and go back to where one was."""
    chosen = "en" if request.POST.get("language") == "en" else "el"
    return in_language(see_other(local_path(request, request.POST.get("next", ""), "/")), chosen)


def in_language(response: HttpResponse, chosen: str) -> HttpResponse:
    """Remember that the reader wants «el» or «en»."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=int(LANGUAGE_KEPT.total_seconds()),
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response


def _towns() -> tuple[Participant, ...]:
    """Who takes part; nobody when the database does not answer, so that help and statements can still be read."""
    try:
        return participants()
    except DatabaseError:
        return ()
