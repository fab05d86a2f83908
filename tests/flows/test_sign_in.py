"""Sign-in: our own state or nothing, the ΑΦΜ finds the person, what else the provider says is forgotten."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connection

from obolos.adapters.identity.taxisnet import Identity, IdentityRefused, IdentityUnavailable
from obolos.base.tenancy import current, tenancy
from obolos.domain.people.models import Person
from obolos.flows import sign_in
from obolos.flows.sign_in import SignedIn, StateMismatch, begin_sign_in, finish_sign_in, sign_out_address
from tests.support.world import ELENI, NOW, Town, certified, make_town, rows

pytestmark = pytest.mark.usefixtures("db_clean")

STRANGER = "094014201"


class Provider:
    """TAXISnet as the adapter shows it: who comes with a code, or what goes wrong; counts the questions."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.wrong: Exception | None = None
        self.identity = identity(ELENI, "ΜΑΡΚΑΚΗ", "ΕΛΕΝΗ")

    def __call__(self, _client: object, code: str, redirect_uri: str) -> Identity:
        assert current() is None, "the network is asked outside of any transaction"
        self.asked.append((code, redirect_uri))
        if self.wrong:
            raise self.wrong
        return self.identity


def identity(afm: str, last_name: str, first_name: str) -> Identity:
    return Identity("user", afm, last_name, first_name, "ΓΕΩΡΓΙΟΣ", "ΜΑΡΙΑ", 1980)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(sign_in, "fetch_identity", provider)
    return provider


@pytest.fixture
def town() -> Town:
    return make_town([certified(5_000)])


def finish(state: str = "s", kept: str = "s", visit: str = "v1") -> SignedIn:
    return finish_sign_in(kept_state=kept, state=state, code="c", language="en", visit=visit, now=NOW)


def person(person_id: int) -> Person:
    with tenancy(person=person_id):
        return Person.objects.get(id=person_id)


def test_every_sign_in_begins_with_a_state_of_its_own_and_leads_to_the_provider():
    first, address = begin_sign_in()
    second, _ = begin_sign_in()
    asked = parse_qs(urlsplit(address).query)
    assert first != second
    assert len(first) >= 32
    assert address.startswith(settings.OBOLOS_TAXISNET["base_url"])
    assert asked["state"] == [first]
    assert asked["redirect_uri"] == [f"{settings.OBOLOS_PORTAL_URL}/sign-in/return/"]


@pytest.mark.parametrize(("kept", "state"), [("", ""), ("", "s"), ("s", ""), ("s", "t"), ("s", "S"), ("s", "s\udce2")])
def test_an_answer_without_our_state_asks_nobody_and_writes_nothing(provider, kept, state):
    with pytest.raises(StateMismatch):
        finish(state, kept)
    assert not provider.asked


def test_a_known_debtor_is_found_by_his_tax_number(provider, town):
    who = finish()
    assert who == SignedIn(town.people[ELENI], "ΜΑΡΚΑΚΗ ΕΛΕΝΗ", ask_contact=True)
    kept = person(who.person_id)
    assert (kept.name, kept.language, kept.seen_at, kept.person_type) == ("ΜΑΡΚΑΚΗ ΕΛΕΝΗ", "en", NOW, "N")


def test_of_what_the_provider_says_only_number_and_name_are_kept(provider, town):
    finish()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND column_name ~ '(father|mother|birth|userid)'"
        )
        assert cursor.fetchall() == []


def test_somebody_without_debts_signs_in_too_and_stays_the_same_person(provider):
    provider.identity = identity(STRANGER, "ΚΑΦΕ «Η ΛΙΜΝΗ» Ο.Ε.", "")
    first, second = finish(), finish()
    assert first.person_id == second.person_id
    assert person(first.person_id).person_type == "L"
    assert first.name == "ΚΑΦΕ «Η ΛΙΜΝΗ» Ο.Ε."


def test_contacts_are_asked_for_once_in_a_life(provider, town):
    assert finish().ask_contact
    assert not finish().ask_contact


def test_contacts_that_are_known_are_not_asked_for(provider, town):
    with tenancy(person=town.people[ELENI]):
        Person.objects.filter(id=town.people[ELENI]).update(email="eleni@citizens.example")
    assert not finish().ask_contact


def test_each_municipality_one_owes_to_notes_that_a_visit_opened_and_not_whose(provider, town):
    finish(visit="v7")
    finish(visit="v8")
    assert rows(town, "SELECT step, channel, visit, detail::text FROM funnel_event ORDER BY id") == [
        ("opened", "portal", "v7", "{}"),
        ("opened", "portal", "v8", "{}"),
    ]


@pytest.mark.parametrize("wrong", [IdentityRefused("BAD_AFM"), IdentityUnavailable("status 500")])
def test_what_the_provider_refuses_or_cannot_say_signs_nobody_in(provider, town, wrong):
    provider.wrong = wrong
    with pytest.raises(type(wrong)):
        finish()
    assert person(town.people[ELENI]).seen_at is None
    assert rows(town, "SELECT 1 FROM funnel_event") == []


def test_signing_out_comes_back_to_us():
    assert parse_qs(urlsplit(sign_out_address()).query)["url"] == [f"{settings.OBOLOS_PORTAL_URL}/signed-out/"]
