"""Staff before the office's views: Django's test client, a real database, nobody else's network."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client

from obolos.base.dates import athens_date
from obolos.domain.people.models import Role
from obolos.flows.admit_staff import NewStaff, admit_staff
from tests.support.world import GIORGOS, Town, bank_says_ready, certified, fine, make_town

PASSWORD = "correct-horse-battery-staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime.now(UTC)
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _real(db_clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Views open their own units of work; the bank is always ready; no code counts as used."""
    bank_says_ready(monkeypatch)
    cache.clear()


@pytest.fixture
def town() -> Town:
    """Ioannina: Eleni owes a fee and a fine, Giorgos a fee."""
    return make_town([certified(18_000), fine(6_000), certified(5_000, afm=GIORGOS)], now=NOW)


@pytest.fixture
def elsewhere() -> Town:
    """Zitsa, whose rows nobody of Ioannina may see."""
    debts = [certified(7_700, code="9083"), fine(4_000, code="9083"), certified(3_300, afm=GIORGOS, code="9083")]
    return make_town(debts, code="9083", now=NOW)


def admit(town: Town, role: Role | str, account: str = "") -> int:
    """A member of staff with password and authenticator; the user's id."""
    name = account or f"{str(role).lower()}-{town.code}"
    return admit_staff(town.id, NewStaff(name, "Άννα Ρίζου", Role(role), make_password(PASSWORD), SECRET), now=NOW)


@pytest.fixture
def staff() -> SignIn:
    """A client signed in with both factors, as that role of that municipality. The way in itself: test_sign_in."""

    def make(town: Town, role: Role | str = Role.CLERK) -> Client:
        user_id = admit(town, role)
        client = Client()
        client.force_login(get_user_model().objects.get(pk=user_id), "django.contrib.auth.backends.ModelBackend")
        request = HttpRequest()
        request.session = client.session
        user = get_user_model().objects.get(pk=user_id)
        for method in ("password", "mfa"):
            record_authentication(request, user, method)
        request.session.save()
        return client

    return make


def today() -> str:
    """The legal date."""
    return athens_date(NOW).isoformat()
