"""Pages of signing in: django-allauth's views with our templates, and only those that staff need.

No sign-up, no e-mail addresses, no password by e-mail, no way to go without a second factor.
"""

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from obolos.base.access import access
from obolos.flows.staff_sign_in import note_signing
from obolos.interfaces.office.account import svg_address
from obolos.interfaces.office.second_factor import spend
from obolos.interfaces.office.staff import staff_required

View = Callable[..., HttpResponse]


def _open(view: View) -> View:
    """A step of signing in: anybody may knock, allauth's own stages decide."""

    @never_cache
    def opened(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return view(request, **kwargs)

    return access("public")(opened)


class SetUpView(ActivateTOTPView):  # type: ignore[misc]
    """The first second factor. Whoever has one already is led to his account."""

    template_name = "office/account/set_up.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and is_mfa_enabled(request.user):
            return redirect("mfa_index")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        values: dict[str, Any] = super().get_context_data(**kwargs)
        secret = values["form"].secret
        groups = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return values | {"image": svg_address(values["totp_svg"]), "secret": groups}

    def form_valid(self, form: Any) -> HttpResponse:
        """The code that proved the set-up is spent, and this session has proven both factors."""
        response: HttpResponse = super().form_valid(form)
        user = self.request.user
        authenticator = Authenticator.objects.get(user_id=user.pk, type=Authenticator.Type.TOTP)
        spend(authenticator, form.cleaned_data["code"])
        record_authentication(self.request, user, "mfa", reauthenticated=True, type="totp", id=authenticator.pk)
        note_signing(int(user.pk), "second_factor_set_up", now=timezone.now())
        return response


login = _open(account.LoginView.as_view(template_name="office/account/login.html"))
authenticate = _open(mfa.AuthenticateView.as_view(template_name="office/account/code.html"))
logout = _open(account.LogoutView.as_view(template_name="office/account/logout.html"))
set_up = access("public")(never_cache(login_required(SetUpView.as_view())))

my_account = staff_required()(mfa.IndexView.as_view(template_name="office/account/index.html"))
confirm_password = access("public")(
    never_cache(login_required(account.ReauthenticateView.as_view(template_name="office/account/again_password.html")))
)
confirm_code = access("public")(
    never_cache(login_required(mfa.ReauthenticateView.as_view(template_name="office/account/again_code.html")))
)
change_password = staff_required()(account.PasswordChangeView.as_view(template_name="office/account/password.html"))
recovery_codes = staff_required()(
    recovery.ViewRecoveryCodesView.as_view(template_name="office/account/recovery_codes.html")
)
new_recovery_codes = staff_required()(
    recovery.GenerateRecoveryCodesView.as_view(template_name="office/account/new_recovery_codes.html")
)
