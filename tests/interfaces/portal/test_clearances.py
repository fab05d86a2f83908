"""The citizen's page for certificates of no debt."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.actions import note_debts_as_of
from tests.interfaces.portal.conftest import SignIn, fee, town_with
from tests.support.world import ELENI, GIORGOS, Town, one


@pytest.fixture
def told() -> Town:
    """Ioannina as of now: Eleni owes something that is due in ten days, Giorgos something overdue."""
    town = town_with([fee(18_000, 10), fee(5_000, -40, afm=GIORGOS)])
    with tenancy(municipality=town.id):
        note_debts_as_of(moment=datetime.now(UTC) - timedelta(hours=1))
    return town


def press(client: Client, at: str = "ioannina", token: str = ""):
    page = client.get("/clearances/").content.decode()
    given = re.search(r'name="form_token" value="(\w+)"', page)
    assert given
    return client.post("/clearances/", {"at": at, "form_token": token or given.group(1)})


def test_one_press_gives_a_certificate_that_is_listed_and_opens(told: Town, signed_in: SignIn) -> None:
    client = signed_in(told.people[ELENI])
    answer = press(client)
    assert answer.status_code == 303
    page = client.get(answer["Location"]).content.decode()
    code = one(told, "SELECT code FROM clearance")
    shown = "BE-" + "-".join(code[at : at + 4] for at in range(0, 16, 4))
    assert page.count(shown) >= 2
    assert 'role="status"' in page
    pdf = client.get(f"/clearances/{code}.pdf")
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert f'filename="{shown}.pdf"' in pdf["Content-Disposition"]
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Cache-Control"] == "no-store"


def test_pressing_the_same_form_again_gives_the_same(told: Town, signed_in: SignIn) -> None:
    client = signed_in(told.people[ELENI])
    first = press(client, token="a" * 32)["Location"]
    assert press(client, token="a" * 32)["Location"] == first
    assert one(told, "SELECT count(*) FROM clearance") == 1


def test_a_refusal_says_what_is_in_the_way_and_what_to_do(told: Town, signed_in: SignIn) -> None:
    client = signed_in(told.people[GIORGOS])
    client.cookies["obolos_language"] = "en"
    answer = press(client)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "overdue since" in page
    assert 'href="/debts/"' in page
    assert one(told, "SELECT count(*) FROM clearance") == 0


def test_nobody_opens_somebody_elses(told: Town, signed_in: SignIn) -> None:
    press(signed_in(told.people[ELENI]))
    code = one(told, "SELECT code FROM clearance")
    assert signed_in(told.people[GIORGOS]).get(f"/clearances/{code}.pdf").status_code == 404
    assert Client().get(f"/clearances/{code}.pdf").status_code == 302
    assert code not in signed_in(told.people[GIORGOS]).get(f"/clearances/?issued={code}").content.decode()


def test_a_municipality_that_is_none_is_asked_for_again(told: Town, signed_in: SignIn) -> None:
    answer = press(signed_in(told.people[ELENI]), at="nowhere")
    assert answer.status_code == 422
    assert 'href="#at"' in answer.content.decode()
