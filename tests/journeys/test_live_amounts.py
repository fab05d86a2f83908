"""Live amounts in a browser: news at sign-in, an amount that changes before the last press, a system that is down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from obolos.base.dates import athens_date
from tests.journeys.inspection import inspect
from tests.journeys.people import Citizen, Crowd
from tests.journeys.visitor import Visitor
from tests.support.stacks import Sandbox

pytestmark = pytest.mark.journey
SOON = athens_date(datetime.now(UTC)) + timedelta(days=9)


def tell(sandbox: Sandbox, citizen: Citizen, cents: int) -> None:
    """The municipality's system has a debt that no file has told yet, or another amount of it."""
    (code,) = citizen.towns
    sandbox.post(
        "erp/debts", code=code, ext_id=f"{code}-LIVE-{citizen.afm}", afm=citizen.afm, name=citizen.person.name,
        principal=cents, due_on=str(SOON), certified_on="2026-01-10", description="Τέλη, ζωντανά",
    )  # fmt: skip


def test_an_amount_that_changes_while_one_chooses_is_shown_and_nothing_is_charged(
    visitor: Visitor, crowd: Crowd, stack_sandbox: Sandbox
) -> None:
    citizen = crowd.of_one_town()
    tell(stack_sandbox, citizen, 12_34)
    visitor.arrive(citizen)
    mine = visitor.page.locator("input[name=d][data-cents='1234']")
    assert mine.count() == 1, "told at sign-in"
    value = mine.get_attribute("value")
    visitor.open(f"/debts/?d={value}")
    visitor.to_the_method()
    tell(stack_sandbox, citizen, 20_00)
    visitor.page.check("#rf")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    said = visitor.page.locator("#errors").inner_text()
    assert "Το ποσό άλλαξε" in said
    assert "12,34" in said
    assert "20,00" in said
    assert "Δεν έγινε χρέωση" in said or "Δεν χρεωθήκατε" in said
    inspect(visitor, "amount-changed")
    visitor.page.check("#rf")
    visitor.go_on()
    visitor.at_the_order()
    assert visitor.phase == "RF"
    assert "20,00" in visitor.page.locator("main").inner_text()


@pytest.mark.parametrize("language", ["el", "en"])
def test_a_municipality_whose_system_is_down_says_so_and_takes_the_last_known_amounts(
    visitors: Callable[..., Visitor], crowd: Crowd, stack_sandbox: Sandbox, language: str
) -> None:
    visitor = visitors(java_script_enabled=language == "el")
    citizen = crowd.of_one_town()
    (code,) = citizen.towns
    stack_sandbox.post("faults", actor="erp", fault="down", times=1_000, match=f"{code} ")
    visitor.arrive(citizen)
    if language == "en":
        visitor.page.click("form[action='/language/'] button")
    group = visitor.page.locator("fieldset.ob-org").inner_text()
    assert {"el": "δεν απαντά", "en": "is not responding"}[language] in group
    assert {"el": "Η προθεσμία σας δεν αλλάζει", "en": "Your deadline does not change"}[language] in group
    if language == "el":
        inspect(visitor, "erp-down")
    visitor.choose_first()
    visitor.to_the_rf_code()
    assert visitor.phase == "RF"
    stack_sandbox.behave()
