"""Error pages: what happened and what to do, in the reader's language, without asking the database or the session.

Whatever broke may be just that, so these pages are rendered without the request and its context.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from obolos.interfaces.portal.context import lettering


def _page(request: HttpRequest, status: int, kind: str = "") -> HttpResponse:
    # Staff are told in their own house and led back into it; only the address is asked, which cannot be broken.
    office = request.path.startswith("/office/")
    html = render_to_string("portal/error.html", {"status": status, "kind": kind, "office": office} | lettering())
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request makes no sense to us."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: not for this visitor."""
    return _page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form is too old or came from elsewhere."""
    return _page(request, 403, "form")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing is there."""
    return _page(request, 404)


def too_many(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """429: too many tries in a short time. Takes what django-axes gives its lock-out view."""
    response = _page(request, 429)
    response["Retry-After"] = "900"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return _page(request, 500)
