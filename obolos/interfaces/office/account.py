"""How staff accounts behave: admitted by the administrator, never by signing up, second factor always."""

from collections.abc import Callable

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.urls import urlpatterns as account_patterns
from allauth.mfa.urls import urlpatterns as mfa_patterns
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

#: What of allauth is in use. The other names stay known to allauth's own look-ups, and answer 404.
IN_USE = frozenset(
    {
        "account_login",
        "account_logout",
        "mfa_authenticate",
        "mfa_activate_totp",
        "account_reauthenticate",
        "mfa_reauthenticate",
    }
)


class StaffAccountAdapter(DefaultAccountAdapter):
    """allauth's rules, without sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def not_here(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """A part of allauth that Obolos does not use."""
    raise Http404


def _only_used(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    kept: list[URLPattern | URLResolver] = []
    for one in patterns:
        if isinstance(one, URLResolver):
            one.url_patterns[:] = _only_used(one.url_patterns)
            kept.append(one)
        elif one.name in IN_USE:
            kept.append(one)
        else:
            view: Callable[..., HttpResponse] = not_here
            kept.append(path(f"unused/{one.name}/", view, name=one.name) if "<" not in str(one.pattern) else
                        URLPattern(one.pattern, view, name=one.name))  # fmt: skip
    return kept


account_urls = _only_used(list(account_patterns))
mfa_urls = _only_used(list(mfa_patterns))
