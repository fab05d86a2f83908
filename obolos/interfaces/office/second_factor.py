"""Forms of the second factor: a code counts once, and wrong ones lock out like wrong passwords do.

allauth remembers used codes in the memory of one process. We run several, so the time step of a code that counted is
kept in the database, and failures are counted by django-axes there too.
"""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth.signals import user_login_failed

from obolos.flows.staff_sign_in import spend_code


def time_step_of(secret: str, code: str) -> int | None:
    """The time step, within what we tolerate of wrong clocks, that the code belongs to; None for a wrong code."""
    return next((step for step in yield_hotp_counters_from_time() if format_hotp_value(hotp_value(secret, step)) == code), None)


def spend(authenticator: Authenticator, code: str) -> bool:
    """Whether the code of an authenticator app counts now, for the first time."""
    step = time_step_of(decrypt(authenticator.data["secret"]), code)
    return step is not None and spend_code(authenticator.pk, step)


class _OnceOnly:
    """`clean_code` that refuses replayed codes and counts failures where all processes see them."""

    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        """The code, when it counts. Locked out, a right code is refused as well."""
        request = context.request
        credentials = {"username": self.user.get_username()}
        if not AxesProxyHandler.is_allowed(request, credentials):
            request.axes_locked_out = True
            raise get_adapter().validation_error("incorrect_code")
        try:
            code: str = super().clean_code()  # type: ignore[misc]
            if self.authenticator.type == Authenticator.Type.TOTP and not spend(self.authenticator, code):
                raise get_adapter().validation_error("incorrect_code")  # noqa: TRY301 - counted with the others
        except forms.ValidationError:
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
            raise
        return code


class OnceOnlyAuthenticateForm(_OnceOnly, AuthenticateForm):
    """The second step of signing in."""


class OnceOnlyReauthenticateForm(_OnceOnly, ReauthenticateForm):
    """The second factor again, before secrets are shown."""
