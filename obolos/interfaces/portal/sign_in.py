"""Sign-in by TAXISnet: away, back, out."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from obolos.adapters.identity.taxisnet import IdentityRefused, IdentityUnavailable
from obolos.base.access import access
from obolos.flows.sign_in import StateMismatch, begin_sign_in, finish_sign_in, sign_out_address
from obolos.interfaces.portal.citizen import language_of, local_path, see_other, visit_of

HOME_OF_CITIZENS = "/debts/"
#: What OAuth 2.0 (RFC 6749 §4.1.2.1) calls a provider that cannot answer now.
_PROVIDER_DOWN = {"server_error", "temporarily_unavailable"}


@access("public")
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Send the citizen to the identity provider, remembering a state of our own and where he wanted to go."""
    target = local_path(request, request.GET.get("next", ""), HOME_OF_CITIZENS)
    if isinstance(request.session.get("person_id"), int):
        return HttpResponseRedirect(target)
    state, address = begin_sign_in()
    request.session["sign_in_state"] = state
    request.session["sign_in_next"] = target
    return HttpResponseRedirect(address)


@access("public")
@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """Back from the provider: with a code for our state, or with a reason why not. An answer counts once."""
    kept = str(request.session.pop("sign_in_state", ""))
    target = local_path(request, str(request.session.pop("sign_in_next", "")), HOME_OF_CITIZENS)
    if not kept and isinstance(request.session.get("person_id"), int):
        return HttpResponseRedirect(HOME_OF_CITIZENS)  # the same answer, loaded again
    error = request.GET.get("error", "")
    if error:
        down = error in _PROVIDER_DOWN
        return _failed(request, "unavailable" if down else "denied", 503 if down else 403)
    visit = visit_of(request)
    try:
        who = finish_sign_in(
            kept_state=kept,
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            language=language_of(request),
            visit=visit,
            now=timezone.now(),
        )
    except StateMismatch:
        return _failed(request, "stale", 400)
    except IdentityRefused:
        return _failed(request, "refused", 403)
    except IdentityUnavailable:
        return _failed(request, "unavailable", 503)
    # A new session key: whoever knew the one before has nothing of this one.
    request.session.flush()
    request.session.update({"person_id": who.person_id, "name": who.name, "visit": visit})
    rotate_token(request)
    if who.ask_contact:
        request.session["ask_contact"] = True  # the debts' page does, beside what he came for
    return HttpResponseRedirect(target)


@access("public")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End our session; the page after it ends the provider's."""
    request.session.flush()
    return see_other("/signed-out/?leaving=1")


@access("public")
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Go on to end the provider's session, else the next person at this computer would be let in without a password.

    A page of its own, because our forms may lead to no other site (CSP `form-action`), not even through a redirect.
    """
    leaving = "leaving" in request.GET and "person_id" not in request.session
    values = {"provider": sign_out_address() if leaving else ""}
    return render(request, "portal/signed_out.html", values)


def _failed(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    return render(request, "portal/sign_in_failed.html", {"reason": reason, "return_path": "/"}, status=status)
