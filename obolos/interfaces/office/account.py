"""How staff accounts behave: admitted by the administrator, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAccountAdapter(DefaultAccountAdapter):
    """allauth's rules, without sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
