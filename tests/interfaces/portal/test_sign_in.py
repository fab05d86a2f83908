"""Signing in and out: a state of our own, used once; back only to ourselves; a new session for a new person."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from obolos.adapters.identity.taxisnet import Identity, IdentityRefused, IdentityUnavailable
from obolos.flows import sign_in
from tests.support.world import ELENI, Town

EVIL = [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "http:evil.example", "https:///evil.example", "/\t/evil.example", " //evil.example", "evil.example", "",
]  # fmt: skip


@pytest.fixture
def provider(monkeypatch):
    """TAXISnet's answer: Eleni, unless a test says otherwise. Counts how often it was asked."""
    asked: list[str] = []

    def fetch(_client, code, _address):
        asked.append(code)
        if code == "refused":
            raise IdentityRefused("no")
        if code == "down":
            raise IdentityUnavailable("no answer")
        return Identity("eleni", ELENI, "ΜΑΡΚΑΚΗ", "ΕΛΕΝΗ", "ΓΕΩΡΓΙΟΣ", "ΜΑΡΙΑ", "1980")

    monkeypatch.setattr(sign_in, "fetch_identity", fetch)
    return asked


def begin(client: Client, target: str = "") -> str:
    """Go to sign in; gives the state that the provider hands back."""
    answer = client.get("/sign-in/", {"next": target})
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"][0].endswith("/sign-in/return/")
    return query["state"][0]


def come_back(client: Client, state: str, code: str = "abc"):
    """The provider sends the browser back."""
    return client.get("/sign-in/return/", {"state": state, "code": code})


def test_a_code_for_our_state_signs_in_once(town: Town, provider):
    client = Client()
    state = begin(client, "/payments/")
    answer = come_back(client, state)
    assert answer.status_code == 302
    assert client.session["person_id"] == town.people[ELENI]
    assert client.session["name"] == "ΜΑΡΚΑΚΗ ΕΛΕΝΗ"
    # She has no contact yet, and is where she wanted to be all the same: the debts' page asks.
    assert answer["Location"] == "/payments/"
    kept = set(client.session.keys())
    assert not kept & {"afm", "identity", "code", "token", "sign_in_state"}


def test_the_same_answer_again_does_nothing(town, provider):
    client = Client()
    state = begin(client)
    come_back(client, state)
    key = client.session.session_key
    assert come_back(client, state)["Location"] == "/debts/"
    assert client.session.session_key == key
    assert provider == ["abc"]


def test_an_answer_for_a_foreign_or_no_state_is_not_even_asked_about(town, provider):
    client = Client()
    begin(client)
    assert come_back(client, "x" * 43).status_code == 400
    assert come_back(Client(), "").status_code == 400
    assert come_back(Client(), "x").status_code == 400
    assert provider == []
    assert "person_id" not in client.session


def test_a_state_is_spent_by_its_first_answer_whatever_it_was(town, provider):
    client = Client()
    state = begin(client)
    assert client.get("/sign-in/return/", {"error": "access_denied", "state": state}).status_code == 403
    assert come_back(client, state).status_code == 400
    assert provider == []


def test_the_session_of_before_is_not_the_session_of_after(town, provider):
    client = Client()
    state = begin(client)
    before = client.session.session_key
    come_back(client, state)
    assert client.session.session_key != before
    stale = Client()
    stale.cookies["obolos_session"] = before
    assert stale.get("/debts/").status_code == 302


@pytest.mark.parametrize(("code", "status"), [("refused", 403), ("down", 503)])
def test_what_went_wrong_at_the_provider_is_said(town, provider, code, status):
    client = Client()
    answer = come_back(client, begin(client), code)
    assert answer.status_code == status
    assert "Δεν έχετε συνδεθεί" in answer.content.decode()
    assert "person_id" not in client.session


@pytest.mark.parametrize("target", EVIL)
def test_nobody_is_led_elsewhere(town, provider, target):
    client = Client()
    answer = come_back(client, begin(client, target))
    assert answer["Location"] == "/debts/"
    contact = client.get("/contact/", {"next": target, "first": "1"}).content.decode()
    assert "evil" not in contact
    assert "javascript:" not in contact
    told = Client().post("/language/", {"language": "en", "next": target})
    assert told["Location"] == "/"


def test_whoever_is_signed_in_already_goes_on_at_once(eleni):
    answer = eleni.get("/sign-in/", {"next": "/payments/"})
    assert (answer.status_code, answer["Location"]) == (302, "/payments/")


def test_signing_out_ends_our_session_and_leads_to_the_end_of_the_providers(eleni):
    answer = eleni.post("/sign-out/")
    assert answer.status_code == 303
    page = eleni.get(answer["Location"])
    assert page.status_code == 200
    assert "/logout/obolos-demo/" in page.content.decode()
    assert eleni.get("/debts/").status_code == 302


def test_a_link_cannot_sign_anybody_out(eleni):
    assert eleni.get("/sign-out/").status_code == 405
    assert eleni.get("/debts/").status_code == 200


ASKED = "Πού στέλνουμε"


@pytest.mark.parametrize("how", ["later", "confirmed", "next time"])
def test_where_to_write_is_asked_beside_the_debts_once(town: Town, provider, how: str, monkeypatch) -> None:
    """One note on the page one came for; «not now», an address, or the next sign-in end it for good."""
    client = Client()
    answer = come_back(client, begin(client))
    assert answer["Location"] == "/debts/"
    html = client.get("/debts/").content.decode()
    assert html.count(ASKED) == 1
    assert 'class="ob-check"' in html
    assert "/contact/?first=1&amp;next=" in html
    if how == "later":
        assert client.post("/contact/", {"later": "1", "next": "/debts/?pick=all"})["Location"] == "/debts/?pick=all"
        assert client.post("/contact/", {"later": "1", "next": "//evil.example"})["Location"] == "/debts/"
    elif how == "confirmed":
        monkeypatch.setattr("obolos.interfaces.portal.contact.confirm_contact", lambda **_given: "a@b.gr")
        client.post("/contact/confirm/", {"channel": "email", "code": "123456"})
    else:
        client = Client()
        come_back(client, begin(client))
    assert ASKED not in client.get("/debts/").content.decode()
