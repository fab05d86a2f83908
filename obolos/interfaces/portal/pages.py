"""Pages that need nobody signed in: home, help, statements, status, health, language."""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from obolos.base.access import access
from obolos.domain.municipalities.models import Municipality
from obolos.flows.system_status import system_status


@access("public")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where one begins: sign in, which municipalities take part, whom to call."""
    return render(request, "portal/home.html", {"municipalities": Municipality.objects.order_by("name_el")})


@access("public")
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to pay, what the words mean, whom to call."""
    return render(request, "portal/help.html", {"municipalities": Municipality.objects.order_by("name_el")})


@access("public")
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "portal/accessibility.html", {"municipalities": Municipality.objects.order_by("name_el")})


@access("public")
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What we keep about people, why, for how long, and their rights."""
    return render(request, "portal/privacy.html", {"municipalities": Municipality.objects.order_by("name_el")})


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
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    year = int(timedelta(days=365).total_seconds())
    response.set_cookie("obolos_language", chosen, max_age=year, samesite="Lax", secure=request.is_secure())
    return response


@access("public")
@require_GET
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"live": True})


@access("public")
@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """The process can work: the database answers and has every migration."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"ready": False, "reason": _("The database does not answer.")}, status=503)
    if missing:
        return JsonResponse({"ready": False, "reason": _("The database lacks migrations.")}, status=503)
    return JsonResponse({"ready": True})
