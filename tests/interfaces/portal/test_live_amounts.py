"""What a citizen sees of live amounts: a system that is silent, an amount that changed between the page and the press."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from obolos.adapters.erp.client import ErpClient, ErpUnavailable
from obolos.adapters.erp.debts import ErpDebts
from obolos.base.tenancy import tenancy
from obolos.domain.debts import live
from obolos.domain.municipalities.actions import note_debts_as_of
from obolos.flows import refresh_debts
from tests.flows.test_live_amounts import tell
from tests.interfaces.portal.conftest import SignIn, fee, in_days, town_with
from tests.interfaces.portal.test_debts_page import MOST_ROUND_TRIPS, ten_debts
from tests.interfaces.portal.test_pay import form_of, hidden, ids_of
from tests.support.stacks import Sandbox
from tests.support.world import ELENI, Town, certified, counts, make_town


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No financial system of Ioannina answers."""

    def down(client: ErpClient, **_asked: object) -> ErpDebts:
        if client.base_url.endswith("9084"):
            raise ErpUnavailable("down")
        return ErpDebts((), datetime.now(UTC))

    monkeypatch.setattr(refresh_debts, "debts_of_afm", down)


def ask(*towns: Town) -> None:
    """What sign-in does."""
    with tenancy(person=towns[0].people[ELENI]):
        links = live.links_of([town.id for town in towns])
    refresh_debts.refresh_person(person_id=towns[0].people[ELENI], afm=ELENI, links=links, now=datetime.now(UTC))


@pytest.mark.parametrize("language", ["el", "en"])
def test_a_silent_systems_group_says_so_with_the_time_and_stays_payable(
    signed_in: SignIn, silent: None, language: str
) -> None:
    other = town_with([certified(3_000, in_days(5), code="9083")], code="9083")
    town = town_with([fee()])
    with tenancy(municipality=town.id):
        note_debts_as_of(moment=datetime.now(UTC))
    ask(other, town)
    client = signed_in(town.people[ELENI])
    client.cookies["obolos_language"] = language
    html = client.get("/debts/").content.decode()
    said = {
        "el": "Το σύστημα του Δήμου Ιωαννιτών δεν απαντά.",
        "en": "The system of the Municipality of Ioannina is not responding.",
    }
    assert html.count(said[language]) == 1, "that municipality's group alone"
    assert {"el": "Η προθεσμία σας δεν αλλάζει.", "en": "Your deadline does not change."}[language] in html
    assert {"el": "τα τελευταία ποσά που μας έδωσε, σήμερα ", "en": "the last amounts it told us, today "}[
        language
    ] in html
    debt = max(ids_of(town))
    assert said[language] in client.get(f"/pay/?d={debt}").content.decode()
    answer = client.post("/pay/", form_of(client, f"/pay/?d={debt}", "rf"))
    assert answer.status_code == 303


def test_an_answer_takes_the_note_away(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, silent: None) -> None:
    town = town_with([fee()])
    ask(town)
    client = signed_in(town.people[ELENI])
    assert "δεν απαντά" in client.get("/debts/").content.decode()
    monkeypatch.setattr(refresh_debts, "debts_of_afm", lambda client, **_: ErpDebts((), datetime.now(UTC)))
    ask(town)
    assert "δεν απαντά" not in client.get("/debts/").content.decode()


def test_changes_read_since_take_it_away_too(signed_in: SignIn, silent: None) -> None:
    town = town_with([fee()])
    ask(town)
    with tenancy(municipality=town.id):
        live.note_changes(cursor="9", heard_at=datetime.now(UTC) + timedelta(seconds=1))
    assert "δεν απαντά" not in signed_in(town.people[ELENI]).get("/debts/").content.decode()


def test_an_amount_that_changed_after_the_page_is_shown_and_nothing_is_charged(
    signed_in: SignIn, sandbox: Sandbox
) -> None:
    town = make_town([fee(5_000)], now=datetime.now(UTC), sandbox_url=sandbox.address)
    client = signed_in(town.people[ELENI])
    form = form_of(client, f"/pay/?d={ids_of(town)[0]}")
    tell(sandbox, principal=6_000, due_on=str(in_days(10)))
    before = counts(town)
    answer = client.post("/pay/", form)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Το ποσό άλλαξε" in html
    assert "50,00\xa0€" in html
    assert hidden(html, "expected_cents") == ["6000"]
    assert {name: counts(town)[name] - before[name] for name in ("payment_order", "payment_attempt")} == {
        "payment_order": 0, "payment_attempt": 0,
    }  # fmt: skip
    again = form | {"expected_cents": "6000", "form_token": hidden(html, "form_token")[0]}
    assert client.post("/pay/", again).status_code == 303


def test_the_page_costs_no_more_round_trips_for_it(signed_in: SignIn, silent: None) -> None:
    town = town_with(ten_debts())
    ask(town)
    client: Client = signed_in(town.people[ELENI])
    client.get("/debts/")
    with CaptureQueriesContext(connection) as asked:
        html = client.get("/debts/").content.decode()
    assert "δεν απαντά" in html
    assert len(asked.captured_queries) <= MOST_ROUND_TRIPS - 1


def test_nobody_says_nothing_is_owed_for_a_system_that_does_not_answer(signed_in: SignIn, silent: None) -> None:
    town = town_with([fee(100)])
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute("UPDATE instalment SET elsewhere_cents = principal_cents")
    client = signed_in(town.people[ELENI])
    assert "δεν απαντά" not in client.get("/debts/").content.decode()
    ask(town)
    html = client.get("/debts/").content.decode()
    assert "Δεν χρωστάτε τίποτα" in html
    assert "Το σύστημα του Δήμου Ιωαννιτών δεν απαντά." in html
    with CaptureQueriesContext(connection) as asked:
        client.get("/debts/")
    assert len(asked.captured_queries) <= MOST_ROUND_TRIPS
