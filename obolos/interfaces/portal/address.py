"""From which address somebody comes: the connection's, or behind our own proxy what the proxy says."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's address. Of `X-Forwarded-For` only the last one counts: the others anybody may have written."""
    if settings.OBOLOS_BEHIND_PROXY:
        last = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
        if last:
            return last
    return str(request.META.get("REMOTE_ADDR", ""))
