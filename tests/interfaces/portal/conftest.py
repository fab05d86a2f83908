"""Citizens before the portal's views: Django's test client, a real database, nobody else's network."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from obolos.base.dates import athens_date
from obolos.flows.demo_data.shapes import DemoDebt
from tests.support.world import ELENI, GIORGOS, Town, bank_says_ready, certified, fine, make_town

TODAY = athens_date(datetime.now(UTC))
SignIn = Callable[..., Client]


def in_days(days: int) -> date:
    """A day relative to today, since views look at the clock themselves."""
    return TODAY + timedelta(days=days)


def fee(cents: int = 18_000, days: int = 10, **more: Any) -> DemoDebt:
    """A certified fee due in so many days."""
    return certified(cents, in_days(days), **more)


def described(debt: DemoDebt, words: str) -> DemoDebt:
    """The same debt with these words in its description."""
    return replace(debt, detail=words)


@pytest.fixture(autouse=True)
def _real(db_clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Views open their own units of work; the bank is always ready."""
    bank_says_ready(monkeypatch)


@pytest.fixture
def town() -> Town:
    """Ioannina: Eleni owes a fee of 180.00 due in 10 days and a fine, Giorgos a fee of 50.00."""
    return town_with([fee(), fine(6_000, violation_on=in_days(-3)), fee(5_000, afm=GIORGOS)])


def town_with(debts: list[DemoDebt], code: str = "9084") -> Town:
    """A municipality as of now."""
    return make_town(debts, code=code, now=datetime.now(UTC))


@pytest.fixture
def signed_in() -> SignIn:
    """A client whose session says who it is."""

    def make(person_id: int, name: str = "ΜΑΡΚΑΚΗ ΕΛΕΝΗ", **options: Any) -> Client:
        client = Client(**options)
        session = client.session
        session.update({"person_id": person_id, "name": name, "visit": "0" * 32})
        session.save()
        client.cookies["obolos_session"] = session.session_key
        return client

    return make


@pytest.fixture
def eleni(town: Town, signed_in: SignIn) -> Client:
    """Eleni, signed in."""
    return signed_in(town.people[ELENI])
