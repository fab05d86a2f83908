"""The administrator's page of reminder rules: what is saved, what is refused, who may."""

import re

import pytest
from django.test import Client

from obolos.domain.people.models import Role
from obolos.flows.set_reminders import Rule, policy_for
from tests.interfaces.office.conftest import SignIn
from tests.support.world import Town, one, rows

AS_PROPOSED = {
    "version": "0", "on": "1", "held_out": "10", "send_from": "09:00", "send_until": "20:30", "channel-7": "EMAIL",
    "on-7": "1", "channel-1": "SMS", "on-1": "1", "channel3": "EMAIL", "on3": "1", "new_days": "",
}  # fmt: skip
PATH = "/office/reminders/"


def page(client: Client, **options: object) -> str:
    return client.get(PATH, headers={"accept-language": "en"}).content.decode()


def test_the_page_proposes_rules_that_send_nothing_until_saved(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    text = page(client)
    for words in ("7 days before", "1 day before", "3 days after", 'value="10"', 'value="09:00"', 'value="20:30"'):
        assert words in text
    assert not re.search(r'name="on" value="1" checked', text)
    assert one(town, "SELECT count(*) FROM reminder_policy") == 0


def test_saving_the_rules_is_noted_with_what_was_before(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    wanted = AS_PROPOSED | {
        "new_days": "14",
        "new_side": "before",
        "new_channel": "SMS",
        "channel3": "SMS",
        "held_out": "20",
    }
    del wanted["on-1"]
    response = client.post(PATH, wanted, headers={"accept-language": "en"})
    assert (response.status_code, response.headers["Location"]) == (302, PATH)
    policy = policy_for(municipality_id=town.id)
    assert policy.on
    assert policy.held_out_percent == 20
    assert policy.rules == (
        Rule(-14, "SMS", True), Rule(-7, "EMAIL", True), Rule(-1, "SMS", False), Rule(3, "SMS", True),
    )  # fmt: skip
    assert "Saved." in page(client)
    assert "Saved." not in page(client)
    ((actor, subject),) = rows(town, "SELECT actor, subject FROM audit_entry WHERE action = 'reminders.changed'")
    assert (actor, subject) == ("STAFF", "reminders:rules")
    assert "salt" not in str(rows(town, "SELECT detail FROM audit_entry WHERE action = 'reminders.changed'"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"send_from": "08:59"}, "between 09:00 and 20:30"),
        ({"send_until": "20:31"}, "between 09:00 and 20:30"),
        ({"send_from": "half past"}, "between 09:00 and 20:30"),
        ({"held_out": "51"}, "from 0 to 50"),
        ({"held_out": "-1"}, "from 0 to 50"),
        ({"held_out": ""}, "from 0 to 50"),
        ({"held_out": "१"}, "from 0 to 50"),
        ({"new_days": "61"}, "from 0 to 60"),
        ({"new_days": "x"}, "from 0 to 60"),
        ({"new_days": "7", "new_side": "before"}, "already"),
        ({"version": ""}, "Somebody else"),
        ({"version": "7"}, "Somebody else"),
    ],
)
def test_what_cannot_be_is_refused_with_a_word(town: Town, staff: SignIn, changes: dict[str, str], said: str) -> None:
    client = staff(town, Role.ADMIN)
    response = client.post(PATH, AS_PROPOSED | changes, headers={"accept-language": "en"})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert rows(town, "SELECT 1 FROM reminder_policy") == []
    assert rows(town, "SELECT 1 FROM audit_entry WHERE action = 'reminders.changed'") == []


def test_an_unknown_way_of_sending_is_e_mail(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    client.post(PATH, AS_PROPOSED | {"channel-1": "PIGEON"})
    assert policy_for(municipality_id=town.id).rules[1] == Rule(-1, "EMAIL", True)


@pytest.mark.parametrize("role", [Role.CLERK, Role.CASHIER, Role.FINANCE])
def test_only_the_administrator_may(town: Town, staff: SignIn, role: Role) -> None:
    client = staff(town, role)
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, AS_PROPOSED).status_code == 403
    assert rows(town, "SELECT 1 FROM reminder_policy") == []


def test_another_municipality_keeps_its_own(town: Town, elsewhere: Town, staff: SignIn) -> None:
    staff(town, Role.ADMIN).post(PATH, AS_PROPOSED)
    assert policy_for(municipality_id=town.id).on
    assert not policy_for(municipality_id=elsewhere.id).on


@pytest.mark.parametrize(("stored", "word"), [(False, "off"), (True, "on")])
def test_after_a_refused_save_the_tag_says_what_is_stored(
    town: Town, staff: SignIn, stored: bool, word: str
) -> None:  # fmt: skip
    client = staff(town, Role.ADMIN)
    wanted = dict(AS_PROPOSED)
    if stored:
        client.post(PATH, AS_PROPOSED)
        wanted |= {"version": "1"}
        del wanted["on"]
    response = client.post(PATH, wanted | {"held_out": "99"}, headers={"accept-language": "en"})
    assert response.status_code == 422
    tag = re.search(r'<span class="ob-tag(?: ob-tag--ok)?">(\w+)</span>', response.content.decode())
    assert tag is not None
    assert tag[1] == word
