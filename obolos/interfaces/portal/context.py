"""What every page's frame needs: who is signed in, nothing that asks the database."""

from typing import Any

from django.http import HttpRequest


def visitor(request: HttpRequest) -> dict[str, Any]:
    """The signed-in citizen's name, from the session."""
    session = getattr(request, "session", {})
    return {
        "citizen_name": session.get("name", "") if session.get("person_id") else "",
        "is_citizen": "person_id" in session,
    }
