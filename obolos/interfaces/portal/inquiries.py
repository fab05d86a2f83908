"""Whoever holds a debt writes to the municipality about it: an objection, or that it is not his. No account needed."""

import secrets
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from obolos.base.text import plain
from obolos.flows.confirm_contact import BadAddress, clean_address
from obolos.flows.guest import Held, held_view
from obolos.flows.inquire import LONGEST, NothingSaid, inquire
from obolos.flows.slow_down import allow_writing, wait_to_write
from obolos.interfaces.portal.citizen import language_of, see_other
from obolos.interfaces.portal.guest import holder
from obolos.interfaces.portal.pay import is_token


@holder
@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: HttpRequest, held: Held, path: str, *, kind: str) -> HttpResponse:
    """GET: the form. POST: send it, and back to the debt with the reference."""
    if request.method != "POST":
        return _page(request, held, path, kind)
    text, email = plain(request.POST.get("text", "")), plain(request.POST.get("email", ""), 254)
    token = request.POST.get("form_token", "")
    shown = {"text": text[:LONGEST], "email": email}
    wrong: dict[str, str] = {}
    try:
        email = clean_address("email", email) if email else ""
    except BadAddress:
        wrong["email"] = _("Write an e-mail address like name@example.gr, or leave it empty.")
    if len(text) > LONGEST:
        wrong["text"] = _("Write at most %(n)s letters.") % {"n": LONGEST}
    if wrong or not is_token(token):
        return _page(request, held, path, kind, wrong=wrong, status=422 if wrong else 400, **shown)
    now = timezone.now()
    subject = f"inquiry {held.municipality_id} {held.debt_ids[0]}"
    if not allow_writing(subject, now=now):
        seconds = wait_to_write(subject, now=now)
        wrong["text"] = _("Too many messages about this debt. Your text is kept here: send it again in %(n)s min.") % {
            "n": -(-seconds // 60)
        }
        answer = _page(request, held, path, kind, wrong=wrong, status=429, **shown)
        answer["Retry-After"] = str(seconds)
        return answer
    try:
        reference = inquire(
            held, kind=kind, text=text, email=email, language=language_of(request), form_token=token, now=now
        )
    except NothingSaid:
        wrong["text"] = _("Write why you object.")
        return _page(request, held, path, kind, wrong=wrong, status=422, **shown)
    return see_other(f"{path}?{urlencode({'told': reference})}")


def _page(
    request: HttpRequest,
    held: Held,
    path: str,
    kind: str,
    *,
    wrong: dict[str, str] | None = None,
    status: int = 200,
    **typed: Any,
) -> HttpResponse:
    view = held_view(held, now=timezone.now())
    values = {
        "door": view.door,
        "view": view,
        "path": path,
        "kind": kind,
        "wrong": wrong or {},
        "form_token": secrets.token_hex(16),
        "longest": LONGEST,
        "return_path": request.path,
        **typed,
    }
    return render(request, "portal/inquiry.html", values, status=status)
