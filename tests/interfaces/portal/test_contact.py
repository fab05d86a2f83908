"""My details: addresses confirmed by a code, the number of codes and tries limited, forgotten on request."""

import re

import pytest
from django.core import mail

from obolos.adapters.messaging.views import NotSent
from obolos.base.tenancy import tenancy
from obolos.domain.people.models import Person
from obolos.flows import confirm_contact
from tests.support.world import ELENI


@pytest.fixture
def texts(monkeypatch):
    """SMS as the gateway would get them."""
    sent: list = []
    monkeypatch.setattr(confirm_contact, "send_sms", lambda view, _gateway: sent.append(view))
    return sent


def kept(town) -> tuple[str, str]:
    """The confirmed e-mail and mobile."""
    with tenancy(person=town.people[ELENI]):
        person = Person.objects.get(id=town.people[ELENI])
    return person.email, person.mobile


def ask(client, channel: str, address: str):
    """Send me a code."""
    return client.post("/contact/", {"channel": channel, "address": address})


def code_in(text: str) -> str:
    """The six digits of a message."""
    return re.search(r"\b\d{6}\b", text)[0]


def test_an_e_mail_address_counts_once_its_code_was_typed(eleni, town):
    answer = ask(eleni, "email", " Eleni.M@Citizens.Example ")
    assert (answer.status_code, answer["Location"]) == (303, "/contact/?done=sent")
    assert kept(town) == ("", "")
    [letter] = mail.outbox
    assert letter.to == ["Eleni.M@citizens.example"]
    page = eleni.get("/contact/").content.decode()
    assert 'id="email_code"' in page
    answer = eleni.post("/contact/confirm/", {"channel": "email", "code": code_in(letter.body)})
    assert answer["Location"] == "/contact/?done=confirmed"
    assert kept(town) == ("Eleni.M@citizens.example", "")


def test_a_mobile_number_counts_once_its_code_was_typed(eleni, town, texts):
    assert ask(eleni, "sms", "694 000 0000").status_code == 303
    answer = eleni.post("/contact/confirm/", {"channel": "sms", "code": f" {code_in(texts[0].text)} "})
    assert answer.status_code == 303
    assert kept(town) == ("", "+306940000000")


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", ""), ("email", "a"), ("email", "a@b"), ("email", "a b@c.gr"), ("email", "a@b@c.gr"), ("email", "α@β.gr"),
        ("email", "a@c.gr\nBcc: x@y.gr"), ("email", "<script>@x.gr"), ("email", "a" * 300 + "@c.gr"), ("sms", ""),
        ("sms", "2651000000"), ("sms", "+1 212 555 0100"), ("sms", "69400000"), ("sms", "٦٩٤٠٠٠٠٠٠٠"), ("fax", "1"), ("", ""),
    ],
)  # fmt: skip
def test_what_is_no_address_is_said_at_its_field_and_nobody_is_written_to(eleni, town, texts, channel, address):
    answer = ask(eleni, channel, address)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Σφάλμα:" in html
    assert 'id="errors"' in html
    assert "<script>@" not in html
    assert not mail.outbox
    assert not texts
    assert kept(town) == ("", "")


def test_a_wrong_code_says_how_many_tries_are_left_and_ends(eleni, town):
    ask(eleni, "email", "a@citizens.example")
    right = code_in(mail.outbox[0].body)
    wrong = "000000" if right != "000000" else "111111"
    for left in (4, 3, 2, 1):
        html = eleni.post("/contact/confirm/", {"channel": "email", "code": wrong}).content.decode()
        assert re.search(rf"\b{left}\b", re.search(r'id="errors".*?</div>', html, re.DOTALL)[0])
    assert "Ζητήστε νέο" in eleni.post("/contact/confirm/", {"channel": "email", "code": wrong}).content.decode()
    assert eleni.post("/contact/confirm/", {"channel": "email", "code": right}).status_code == 422
    assert kept(town) == ("", "")


@pytest.mark.parametrize("code", ["", "abc", "12345", "1" * 500, "٣٣٣٣٣٣", "' OR 1=1"])
def test_odd_codes_are_just_wrong(eleni, town, code):
    ask(eleni, "email", "a@citizens.example")
    assert eleni.post("/contact/confirm/", {"channel": "email", "code": code}).status_code == 422


def test_codes_come_no_faster_than_people_read_them(eleni):
    assert ask(eleni, "email", "a@citizens.example").status_code == 303
    again = ask(eleni, "email", "a@citizens.example")
    assert again.status_code == 429
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_is_said_and_the_page_stays_usable(eleni, town, monkeypatch):
    def down(*_given):
        raise NotSent("down")

    monkeypatch.setattr(confirm_contact, "send_email", down)
    answer = ask(eleni, "email", "a@citizens.example")
    assert answer.status_code == 503
    assert 'value="a@citizens.example"' in answer.content.decode()
    assert 'id="email_code"' not in eleni.get("/contact/").content.decode()


def test_an_address_is_forgotten_on_request(eleni, town):
    with tenancy(person=town.people[ELENI]):
        Person.objects.filter(id=town.people[ELENI]).update(email="a@citizens.example")
    assert eleni.post("/contact/", {"channel": "email", "remove": "1"})["Location"] == "/contact/?done=removed"
    assert kept(town) == ("", "")


def test_the_first_visit_leads_on_to_where_one_wanted_to_be(eleni):
    page = eleni.get("/contact/?first=1&next=/payments/").content.decode()
    assert 'href="/payments/"' in page
    answer = eleni.post(
        "/contact/", {"channel": "email", "address": "a@citizens.example", "first": "1", "next": "/payments/"}
    )
    assert answer["Location"] == "/contact/?done=sent&first=1&next=%2Fpayments%2F"
