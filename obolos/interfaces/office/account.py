"""How staff accounts behave: admitted by the administrator, never by signing up, second factor always.

Of allauth only four pages are in use. Codes count once, whichever web process hears them, and too many wrong ones make
the account wait as too many wrong passwords do.
"""

import hmac
import time
from typing import Any

from allauth.account import views as account_views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.urls import urlpatterns as account_patterns
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import views as mfa_views
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp_views
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.urls import urlpatterns as mfa_patterns
from allauth.mfa.utils import decrypt
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.views.decorators.cache import never_cache

from obolos.base.access import access
from obolos.base.crypto import keyring_from_base64, open_sealed, seal
from obolos.domain.people.staff_actions import spend_time_step
from obolos.flows.staff_sign_in import note_signing

#: Staff accounts belong to no municipality's wall, so their secrets are sealed for none.
_NOWHERE, _FIELD = 0, "totp_secret"
_JUST_NOW_SECONDS = 300
#: A citizen's identity in the same browser: dropped when staff sign in.
_CITIZEN_KEYS = ("person_id", "name", "visit", "sign_in_state")


class StaffAccountAdapter(DefaultAccountAdapter):
    """allauth's rules, without sign-up and without letters or notes of its own; coming and going is audited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in under a new session key, and not as a citizen at the same time."""
        for key in _CITIZEN_KEYS:
            request.session.pop(key, None)
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **options: Any) -> HttpResponse:
        """Note who came, after the last step."""
        response: HttpResponse = super().post_login(request, user, **options)
        note_signing(int(user.pk), "signed_in", now=timezone.now())
        return response

    def logout(self, request: HttpRequest) -> None:
        """Note who left."""
        if request.user.is_authenticated:
            note_signing(int(request.user.pk), "signed_out", now=timezone.now())
        super().logout(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Setting up the second factor needs a password given just now, at the sign-in or again."""
        records = get_authentication_records(self.request, self.request.user)
        return not any(one["method"] == "password" and time.time() - one["at"] < _JUST_NOW_SECONDS for one in records)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say themselves what happened."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Accounts hold no address."""


class StaffCodesAdapter(DefaultMFAAdapter):
    """allauth's rules for one-time codes, with their secrets sealed at rest."""

    def encrypt(self, text: str) -> str:
        return seal(keyring_from_base64(settings.OBOLOS_FIELD_KEY), text, municipality=_NOWHERE, field=_FIELD)

    def decrypt(self, encrypted_text: str) -> str:
        keys = keyring_from_base64(settings.OBOLOS_FIELD_KEY)
        return open_sealed(keys, encrypted_text, municipality=_NOWHERE, field=_FIELD)


class OneTimeCodeForm(AuthenticateForm):
    """A code counts once, in whichever process; wrong ones count together with wrong passwords, and then wait."""

    def clean_code(self) -> str:
        if not AxesProxyHandler.is_allowed(context.request, self._credentials()):
            self._emit_authentication_failed(None)
            raise get_mfa_adapter().validation_error("incorrect_code")
        code = super().clean_code()
        step = _step_of(self.authenticator, code)
        if step is None or not spend_time_step(authenticator_id=self.authenticator.pk, step=step):
            self._emit_authentication_failed(self.authenticator)
            raise get_mfa_adapter().validation_error("incorrect_code")
        # The row was written above: allauth writes its own use of it next, and must not undo that.
        self.authenticator.refresh_from_db(fields=["data"])
        return str(code)

    def _emit_authentication_failed(self, authenticator: Authenticator | None) -> None:
        user_login_failed.send(sender=__name__, credentials=self._credentials(), request=context.request)

    def _credentials(self) -> dict[str, str]:
        return {"username": self.user.get_username()}


def _step_of(authenticator: Authenticator, code: str) -> int | None:
    """The time step a code belongs to: this one, or one beside it for clocks that differ."""
    secret = decrypt(authenticator.data["secret"])
    for step in yield_hotp_counters_from_time():
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, step)), "".join(code.split())):
            return int(step)
    return None


@access("public")
def not_here(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """A part of allauth that Obolos does not use."""
    raise Http404


@access("public")
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """After the second factor was set up, or when its set-up was begun too long ago: sign in, now with it."""
    logout(request)
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?again=1")


IN_USE = [
    path("login/", access("public")(never_cache(account_views.login)), name="account_login"),
    path("logout/", access("public")(never_cache(account_views.logout)), name="account_logout"),
    path("2fa/authenticate/", access("public")(never_cache(mfa_views.authenticate)), name="mfa_authenticate"),
    path("2fa/totp/activate/", access("public")(never_cache(totp_views.activate_totp)), name="mfa_activate_totp"),
    path("again/", sign_in_again, name="account_reauthenticate"),
    path("done/", sign_in_again, name="mfa_index"),
]


def _unused(patterns: list[URLPattern | URLResolver], used: frozenset[str | None]) -> list[URLPattern]:
    """allauth looks its other pages up by name; those names lead to «not found»."""
    found: list[URLPattern] = []
    for one in patterns:
        if isinstance(one, URLResolver):
            found += _unused(one.url_patterns, used)
        elif one.name not in used:
            found.append(URLPattern(one.pattern, not_here, name=one.name))
    return found


urlpatterns = [
    *IN_USE,
    *_unused([*account_patterns, *mfa_patterns], frozenset(one.name for one in IN_USE)),
]
