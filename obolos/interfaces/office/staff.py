"""Who the member of staff is: a Django user, signed in with password and one-time code, in one municipality and role."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import render

from obolos.base.access import access
from obolos.domain.people.models import StaffMember


@dataclass(frozen=True, slots=True)
class Staff:
    """The signed-in member of staff."""

    user_id: int
    name: str
    role: str
    municipality_id: int
    municipality: str


def staff_required(*roles: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let in staff of these roles (any, when none is named) who signed in with a second factor."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return HttpResponseRedirect(f"/office/account/login/?next={request.path}")
            if not is_mfa_enabled(request.user):
                return HttpResponseRedirect("/office/account/2fa/totp/activate/")
            if not _with_second_factor(request):
                return HttpResponseRedirect("/office/account/logout/")
            member = StaffMember.objects.select_related("municipality", "user").filter(user_id=request.user.pk).first()
            if member is None or not member.user.is_active:
                return HttpResponseForbidden(render(request, "office/no_role.html"))
            staff = Staff(
                member.user_id, member.user.get_full_name() or member.user.username, member.role,
                member.municipality_id, member.municipality.name_el,
            )  # fmt: skip
            request.staff = staff  # type: ignore[attr-defined]
            if roles and member.role not in roles:
                return HttpResponseForbidden(render(request, "office/no_role.html"))
            request.session.modified = True
            response = view(request, *args, **kwargs)
            response.setdefault("Cache-Control", "no-store")
            return response

        return access("staff:" + ",".join(roles) if roles else "staff")(guarded)

    return decorate


def staff_of(request: HttpRequest) -> Staff:
    """The member of staff of a request. Only inside views that require one."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    return staff


def _with_second_factor(request: HttpRequest) -> bool:
    methods = request.session.get("account_authentication_methods", [])
    return any(one.get("method") == "mfa" for one in methods)
