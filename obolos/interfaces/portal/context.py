"""What every page's frame needs: who is signed in, the way back after changing the language, whether it is a trial."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest


def visitor(request: HttpRequest) -> dict[str, Any]:
    """The signed-in citizen's name, from the session; nobody when the session cannot be read just now."""
    name, signed_in = "", False
    try:
        session = getattr(request, "session", {})
        signed_in = "person_id" in session
        name = str(session.get("name", "")) if signed_in else ""
    except DatabaseError:
        pass
    safe = request.method in {"GET", "HEAD"}
    return {
        "citizen_name": name,
        "is_citizen": signed_in,
        "return_path": request.get_full_path() if safe else request.path,
        "session_seconds": settings.SESSION_COOKIE_AGE if signed_in else 0,
        **lettering(),
    }


def lettering() -> dict[str, Any]:
    """What the frame says on every page, also on those of errors."""
    return {"is_trial": settings.OBOLOS_DEMO}
