"""When the database does not answer, machines hear it and people still read what to do; and steps that leave a trace."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connections
from django.test import Client

from obolos.flows import system_status
from obolos.flows.show_debts import debts_of
from obolos.interfaces.portal import health
from obolos.interfaces.portal.choice import beforehand, busy
from tests.interfaces.portal.conftest import fee, in_days, town_with
from tests.support.world import ELENI, Part, order_by_card, rows

SESSION = "a" * 32


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that asks the database gets an answer."""

    def down(*_given: object, **_named: object) -> None:
        raise OperationalError("connection refused: secret host")

    with monkeypatch.context() as patched:
        patched.setattr(type(connections["default"]), "cursor", down)
        system_status._kept.clear()
        yield
    system_status._kept.clear()


@pytest.mark.parametrize("path", ["/", "/help/", "/accessibility/", "/privacy/"])
def test_what_needs_no_debts_is_read_without_a_database(no_database, path):
    client = Client()
    client.cookies["obolos_session"] = SESSION
    answer = client.get(path)
    assert answer.status_code == 200
    assert "secret host" not in answer.content.decode()


def test_readiness_is_denied_in_one_line_and_life_is_not(no_database):
    client = Client()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "reason": "The database does not answer."})
    assert client.get("/health/live").status_code == 200


def test_the_status_page_says_that_nothing_works_and_deadlines_stay(no_database):
    html = Client().get("/status/").content.decode()
    assert "Το σύστημα δεν λειτουργεί" in html
    assert "secret host" not in html


def test_a_missing_migration_is_no_readiness(town, monkeypatch):
    monkeypatch.setattr(health, "_wanted", lambda: frozenset({("debts", "9999_from_tomorrow")}))
    assert Client().get("/health/ready").status_code == 503


def test_a_page_that_needs_the_database_says_that_it_is_our_fault(no_database):
    client = Client(raise_request_exception=False)
    client.cookies["obolos_session"] = SESSION
    answer = client.get("/debts/")
    html = answer.content.decode()
    assert answer.status_code == 500
    assert "Κάτι πήγε στραβά σε εμάς" in html
    assert "secret host" not in html


def test_choosing_is_noted_once_per_visit_and_says_nothing_about_whom(town, eleni):
    debts = rows(
        town,
        "SELECT i.id FROM instalment i JOIN debt d ON d.id = i.debt_id WHERE d.kind = 'CERTIFIED' AND i.person_id = %s",
        town.people[ELENI],
    )
    for _ in range(2):
        assert eleni.get(f"/pay/?d={debts[0][0]}").status_code == 200
    assert rows(town, "SELECT step, channel, visit, detail::text FROM funnel_event") == [
        ("chosen", "portal", "0" * 32, '{"debts": 1}')
    ]


def test_all_means_all_that_can_be_paid_in_order_now(signed_in):
    town = town_with([fee(9_000, parts=[Part(in_days(day), 3_000) for day in (5, 35, 65)]), fee(2_000)])
    now, person = datetime.now(UTC), town.people[ELENI]

    def seen():
        view = debts_of(person, now=now)
        return view, [row for group in view.groups for row in group.rows]

    view, rows_before = seen()
    assert len(beforehand(view, "all").chosen) == 4
    assert beforehand(view, "none").chosen == beforehand(view, "<b>").chosen == ()
    first = next(row.instalment_id for row in rows_before if row.of == 3)
    order_by_card(person, [one for one in beforehand(view, "all").chosen if one.instalment_id == first], now=now)

    view, rows_after = seen()
    assert [row.instalment_id for row in rows_after if busy(row)] == [first]
    assert len(beforehand(view, "all").chosen) == 1, "neither what is under way nor what comes after it"
    assert signed_in(person).get("/debts/?pick=all").content.decode().count(" checked") == 1
