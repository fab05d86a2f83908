"""For machines that watch us: does the process answer, and can it work."""

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from obolos.base.access import access


@access("public")
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nobody else."""
    return JsonResponse({"live": True})


@access("public")
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The process can work: the database answers and has every migration. 503 and one line otherwise."""
    try:
        missing = _wanted() - set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError:
        return _not_ready("The database does not answer.")
    return _not_ready(f"The database lacks {len(missing)} migrations.") if missing else JsonResponse({"ready": True})


@cache
def _wanted() -> frozenset[tuple[str, str]]:
    """Every migration of this program, read from its files once."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _not_ready(reason: str) -> JsonResponse:
    response = JsonResponse({"ready": False, "reason": reason}, status=503)
    response["Cache-Control"] = "no-store"
    return response
