"""The administrator's table of revenue kinds: one form, effective at once, refused whole when it makes no sense."""

import re

from django.test import Client

from obolos.domain.people.models import Role
from tests.interfaces.office.conftest import SignIn
from tests.support.world import ELENI, Town, one, rows

PATH = "/office/kinds/"


def form_of(client: Client) -> dict[str, list[str]]:
    """The form as a browser would send it back untouched."""
    page = client.get(PATH).content.decode()
    values: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        name = found.get("name", "")
        if re.fullmatch(r"was\d+", name) or (re.fullmatch(r"k\d+", name) and " checked" in tag):
            values.setdefault(name, []).append(found["value"])
    return values


def kind_id(town: Town) -> int:
    return int(one(town, "SELECT id FROM revenue_kind WHERE municipality_id = %s AND code = '00.0311.0001'", town.id))


def test_a_switch_holds_on_the_payers_next_page(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    payer = Client()
    session = payer.session
    session.update({"person_id": town.people[ELENI], "name": "ΕΛΕΝΗ", "visit": "0" * 32})
    session.save()
    payer.cookies["obolos_session"] = session.session_key
    kind = kind_id(town)
    before = payer.get("/debts/").content.decode()
    values = form_of(client)
    values[f"k{kind}"].remove("online")
    answer = client.post(PATH, values)
    assert answer.url == PATH
    after = payer.get("/debts/").content.decode()
    assert before.count('name="d"') > after.count('name="d"') or "disabled" in after.replace(before, "")
    page = client.get(PATH).content.decode()
    assert 'role="status"' in page
    assert 'role="status"' not in client.get(PATH).content.decode()
    assert rows(town, "SELECT subject FROM audit_entry WHERE action = 'kind.switched'") == [(f"kind:{kind}",)]


def test_an_untouched_form_changes_nothing(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    client.post(PATH, form_of(client))
    assert rows(town, "SELECT 1 FROM audit_entry WHERE action = 'kind.switched'") == []


def test_online_without_means_is_refused_and_shown_as_wanted(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    kind = kind_id(town)
    answer = client.post(PATH, form_of(client) | {f"k{kind}": ["online"]})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="errors"' in page
    assert rows(town, "SELECT card, rf FROM revenue_kind WHERE id = %s", kind) == [(True, True)]


def test_two_administrators_do_not_overwrite_each_other(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    kind = kind_id(town)
    early = form_of(client)
    late = form_of(client)
    early[f"k{kind}"].remove("rf")
    late[f"k{kind}"].remove("card")
    client.post(PATH, early)
    answer = client.post(PATH, late)
    assert answer.status_code == 422
    assert rows(town, "SELECT card, rf FROM revenue_kind WHERE id = %s", kind) == [(True, False)]


def test_a_form_of_nonsense_writes_nothing(town: Town, elsewhere: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    abroad = kind_id(elsewhere)
    for values in ({}, {"was1": "x"}, {f"was{abroad}": "11111", f"k{abroad}": []}, {f"was{kind_id(town)}": "1" * 99}):
        assert client.post(PATH, values).status_code == 302
    assert rows(town, "SELECT 1 FROM audit_entry WHERE action = 'kind.switched'") == []
    assert rows(elsewhere, "SELECT 1 FROM audit_entry WHERE action = 'kind.switched'") == []


def test_others_may_not_even_look(town: Town, staff: SignIn) -> None:
    for role in (Role.CLERK, Role.CASHIER, Role.FINANCE):
        assert staff(town, role).get(PATH).status_code == 403
