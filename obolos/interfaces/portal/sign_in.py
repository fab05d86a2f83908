"""Sign-in by TAXISnet: away, back, out."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from obolos.adapters.identity.taxisnet import IdentityRefused, IdentityUnavailable
from obolos.base.access import access
from obolos.flows.sign_in import StateMismatch, begin_sign_in, finish_sign_in, sign_out_address
from obolos.interfaces.portal.citizen import language_of


@access("public")
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Send the citizen to the identity provider, remembering a state of our own and where he wanted to go."""
    state, address = begin_sign_in()
    request.session["sign_in_state"] = state
    target = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        request.session["sign_in_next"] = target[:1500]
    return HttpResponseRedirect(address)


@access("public")
@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """Back from the provider: with a code for our state, or with a reason why not."""
    kept = request.session.pop("sign_in_state", "")
    target = request.session.pop("sign_in_next", "/debts/")
    if request.GET.get("error"):
        return _failed(request, "denied", 403)
    try:
        who = finish_sign_in(
            kept_state=kept,
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            language=language_of(request),
            now=timezone.now(),
        )
    except StateMismatch:
        return _failed(request, "stale", 400)
    except IdentityRefused:
        return _failed(request, "refused", 403)
    except IdentityUnavailable:
        return _failed(request, "unavailable", 503)
    visit = request.session.get("visit")
    request.session.flush()
    if visit:
        request.session["visit"] = visit
    request.session["person_id"] = who.person_id
    request.session["name"] = who.name
    return HttpResponseRedirect(target if who.has_contact else "/contact/?first=1")


@access("public")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End our session, then the provider's."""
    request.session.flush()
    return HttpResponseRedirect(sign_out_address())


def _failed(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    return render(request, "portal/sign_in_failed.html", {"reason": reason}, status=status)
