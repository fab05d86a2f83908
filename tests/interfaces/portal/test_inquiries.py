"""Objecting to a debt one holds, as pages: the form, its reference, what is refused, and how often."""

import re
import secrets

import pytest
from django.test import Client

from obolos.flows.guest import FINE, grant
from tests.interfaces.portal.conftest import SignIn, in_days
from tests.interfaces.portal.test_guest import NOW, held, hidden
from tests.support.world import ELENI, Town, fine, one, rows


@pytest.fixture
def ticket() -> tuple[Town, str]:
    """A fine, held by its code."""
    return held(fine(6_000, violation_on=in_days(-3)))


def form_of(path: str, **changes: str) -> dict[str, str]:
    """What the form would send."""
    html = Client().get(path).content.decode()
    return {"form_token": hidden(html, "form_token"), "text": "Δεν ήμουν εκεί.", "email": "driver@example.gr"} | changes


def test_an_objection_gets_a_reference_and_the_debt_says_so(ticket: tuple[Town, str], signed_in: SignIn) -> None:
    town, path = ticket
    answer = Client().post(f"{path}object/", form_of(f"{path}object/"))
    assert answer.status_code == 303
    reference = one(town, "SELECT reference FROM inquiry")
    assert answer["Location"] == f"{path}?told={reference}"
    html = Client().get(answer["Location"]).content.decode()
    assert reference in html
    assert "Σε ένσταση" in html
    assert "Πληρωμή 60,00\xa0€" in html
    mine = signed_in(town.people[ELENI]).get("/debts/").content.decode()
    assert "Σε ένσταση" in mine
    assert "driver@example.gr" not in mine


@pytest.mark.parametrize("told", ["IN-0000-0000", "<b>", "x" * 300, ""])
def test_a_reference_that_is_not_of_this_debt_is_not_repeated(ticket: tuple[Town, str], told: str) -> None:
    html = Client().get(ticket[1], {"told": told}).content.decode()
    assert "Λάβαμε" not in html
    assert "<b>" not in html


def test_a_found_debt_is_objected_to_in_the_same_way(ticket: tuple[Town, str]) -> None:
    town, _path = ticket
    path = f"/find/{grant(town.id, one(town, 'SELECT id FROM debt'), FINE, now=NOW)}/"
    answer = Client().post(f"{path}not-mine/", form_of(f"{path}not-mine/", text="", email=""))
    assert answer["Location"].startswith(f"{path}?told=IN-")
    assert rows(town, "SELECT kind, text, email FROM inquiry") == [("NOT_MINE", "", "")]
    assert one(town, "SELECT count(*) FROM delivery") == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": " "}, "text"),
        ({"email": "nobody"}, "email"),
        ({"text": "x" * 2_001}, "text"),
        ({"form_token": "x"}, ""),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(
    ticket: tuple[Town, str], changes: dict[str, str], field: str
) -> None:
    town, path = ticket
    answer = Client().post(f"{path}object/", form_of(f"{path}object/", **changes))
    assert answer.status_code == (422 if field else 400)
    if field:
        assert f'href="#{field}"' in answer.content.decode()
    assert one(town, "SELECT count(*) FROM inquiry") == 0


def test_the_same_form_twice_is_one_and_many_forms_wait(ticket: tuple[Town, str]) -> None:
    town, path = ticket
    form = form_of(f"{path}object/")
    assert len({Client().post(f"{path}object/", form)["Location"] for _ in range(2)}) == 1
    answers = [Client().post(f"{path}object/", form | {"form_token": secrets.token_hex(16)}) for _ in range(20)]
    assert [answer.status_code for answer in answers] == [303] * 18 + [429] * 2
    assert one(town, "SELECT count(*) FROM inquiry") == 19
    refused = answers[-1]
    assert 0 < int(refused["Retry-After"]) <= 900
    assert "Δεν ήμουν εκεί.</textarea>" in refused.content.decode()
    assert 'value="driver@example.gr"' in refused.content.decode()


def test_objections_stop_no_look_up_from_the_same_address(ticket: tuple[Town, str]) -> None:
    form = form_of(f"{ticket[1]}object/")
    for _ in range(7):
        sent = Client().post(f"{ticket[1]}object/", form | {"form_token": secrets.token_hex(16)})
        assert sent.status_code == 303
    assert Client().post("/find/", {"q": "0A" * 8}).status_code == 404


def test_the_form_never_names_anybody(ticket: tuple[Town, str]) -> None:
    for page in ("object/", "not-mine/"):
        html = Client().get(f"{ticket[1]}{page}").content.decode()
        assert not re.search(f"αρκάκη|{ELENI}|ΙΝΑ-1234", html)
