"""Hearing no more: by the link in a reminder, without signing in, by a mail program's one press, or on one's own page."""

import pytest
from django.test import Client

from obolos.base.tenancy import tenancy
from obolos.domain.people.models import Person
from obolos.flows.stop_reminders import stop_url, wants_reminders
from tests.support.world import ELENI, GIORGOS, Town, certified, make_town

pytestmark = pytest.mark.usefixtures("db_clean")


@pytest.fixture
def town() -> Town:
    return make_town([certified(5_000), certified(3_000, afm=GIORGOS)])


def link_of(town: Town, afm: str = ELENI) -> str:
    return "/" + stop_url(town.people[afm]).split("/", 3)[3]


def test_opening_the_link_changes_nothing_and_tells_nobodys_name(town: Town) -> None:
    """Mail scanners open every link."""
    for method in ("get", "head"):
        response = getattr(Client(), method)(link_of(town))
        assert response.status_code == 200
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response.headers["Cache-Control"]
    assert wants_reminders(town.people[ELENI])
    text = Client().get(link_of(town)).content.decode()
    assert ELENI not in text
    assert "Μαρκάκη" not in text


def test_the_page_says_whose_reminders_masked_and_that_it_is_for_all(town: Town) -> None:
    with tenancy(person=town.people[ELENI]):
        Person.objects.filter(id=town.people[ELENI]).update(email="eleni@citizens.example")
    text = Client().get(link_of(town)).content.decode()
    assert "Για e•••@citizens.example, και για όλους τους δήμους." in text
    assert "eleni@" not in text


def test_a_mail_programs_one_press_stops_them(town: Town) -> None:
    """RFC 8058: a POST without cookies, with this very body."""
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(link_of(town), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert not wants_reminders(town.people[ELENI])
    assert wants_reminders(town.people[GIORGOS])
    strict.post(link_of(town), {"List-Unsubscribe": "One-Click"})
    assert not wants_reminders(town.people[ELENI])


def test_the_page_offers_the_way_back(town: Town) -> None:
    client = Client(headers={"accept-language": "en"})
    stopped = client.post(link_of(town), {"stop": "1"}).content.decode()
    assert "You get no reminders" in stopped
    assert 'name="again"' in stopped
    again = client.post(link_of(town), {"again": "1"}).content.decode()
    assert "We will remind you again." in again
    assert wants_reminders(town.people[ELENI])


@pytest.mark.parametrize("spoil", [lambda link: link[:-1], lambda link: link + "0", lambda link: link.split("?")[0],
                                   lambda link: link.replace("p=", "p=9")])  # fmt: skip
def test_any_other_link_is_not_found_and_changes_nothing(town: Town, spoil) -> None:  # type: ignore[no-untyped-def]
    link = spoil(link_of(town))
    for response in (Client().get(link), Client().post(link, {"stop": "1"})):
        assert response.status_code == 404
    assert wants_reminders(town.people[ELENI])
    assert wants_reminders(town.people[GIORGOS])


def test_the_link_of_somebody_who_is_gone_is_harmless(town: Town) -> None:
    ghost = "/" + stop_url(10**12).split("/", 3)[3]
    assert Client().post(ghost, {"stop": "1"}).status_code == 200


def test_a_citizen_switches_reminders_on_his_own_page(town: Town) -> None:
    person = town.people[ELENI]
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email="eleni@citizens.example")
    client = Client(headers={"accept-language": "en"})
    session = client.session
    session["person_id"], session["name"] = person, "Μαρκάκη Ελένη"
    session.save()
    assert "Do not remind me" in client.get("/contact/").content.decode()
    response = client.post("/contact/", {"reminders": "off"})
    assert (response.status_code, response.headers["Location"]) == (303, "/contact/?done=not_reminded")
    assert not wants_reminders(person)
    off = client.get("/contact/?done=not_reminded").content.decode()
    assert "Codes and proofs still come." in off
    assert ">Remind me<" in off
    client.post("/contact/", {"reminders": "on"})
    assert wants_reminders(person)
    assert wants_reminders(town.people[GIORGOS])


def test_without_a_confirmed_address_there_is_nothing_to_switch(town: Town) -> None:
    client = Client(headers={"accept-language": "en"})
    session = client.session
    session["person_id"] = town.people[ELENI]
    session.save()
    assert "remind me" not in client.get("/contact/").content.decode()
