"""Choosing what to pay: a part of a debt, two municipalities one after the other, instalments in their order."""

import re

import pytest

from tests.journeys.inspection import inspect
from tests.journeys.people import Citizen, Crowd, plain
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey


def in_parts(one: Citizen) -> bool:
    """Whether he owes a certified debt with at least two open instalments."""
    return any(
        debt.kind == "CERTIFIED" and len([part for part in debt.parts if part.open_cents]) > 1 for debt in one.debts
    )


def partly_payable(one: Citizen) -> bool:
    """Whether he owes a certified debt of more than ten euro."""
    return plain(one) and any(debt.kind == "CERTIFIED" and debt.parts[0].open_cents > 2000 for debt in one.debts)


def test_a_smaller_amount_says_what_it_covers_and_leaves_the_rest_open(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.take(partly_payable))
    field = visitor.page.locator("input[inputmode=decimal]").first
    row = field.locator("xpath=ancestor::li")
    number = row.locator("input[name=d]").get_attribute("value")
    visitor.page.click("button[name=pick][value=none]")
    row.locator(".ob-debt__part summary").click()
    field.fill("10,00")
    assert row.locator("input[name=d]").is_checked()
    assert visitor.page.locator("#t").inner_text() == "10,00\xa0€"
    visitor.to_the_method()
    summary = visitor.page.locator("section[aria-labelledby=sm]").inner_text()
    assert re.search(r"Με 10,00\s€ πληρώνετε", summary)
    visitor.page.check("#card")
    visitor.go_on()
    visitor.await_bank()
    visitor.let("approve")
    assert visitor.phase == "PAID"
    assert "10,00" in visitor.page.locator(".ob-panel-ok").inner_text()
    visitor.open("/debts/")
    assert visitor.page.locator(f"#d{number}").count() == 1


def test_a_wrong_amount_keeps_the_choice_and_says_so_at_its_field(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.take(partly_payable))
    field = visitor.page.locator("input[inputmode=decimal]").first
    row = field.locator("xpath=ancestor::li")
    row.locator(".ob-debt__part summary").click()
    field.fill("δέκα")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    assert visitor.page.title().startswith("Σφάλμα:")
    assert visitor.page.evaluate("document.activeElement.id") == "errors"
    again = visitor.page.locator("input[inputmode=decimal][aria-invalid=true]")
    assert again.input_value() == "δέκα"
    assert again.is_visible()


def test_a_failed_second_payment_is_no_failure_of_the_first(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_two_towns())
    visitor.to_the_bank()
    first = visitor.let("approve")
    visitor.go_on()
    visitor.await_bank()
    visitor.let("decline_signed")
    assert visitor.phase == "FAILED"
    told = visitor.page.locator("main").inner_text()
    assert re.search(r"Η πληρωμή 1 από 2, .* ολοκληρώθηκε", told)
    visitor.open(first)
    assert visitor.phase == "PAID"
    assert visitor.page.locator("form[action='/pay/'] #go").count() == 1
    # Resumed from the payments, days later or at once: straight to today's amount, with what became of the last try.
    visitor.open("/payments/")
    begun = visitor.page.locator("section[aria-labelledby=pending] li")
    assert begun.count() == 1
    assert "Η τελευταία προσπάθεια πληρωμής δεν πέτυχε." in begun.inner_text()
    inspect(visitor, "payments-resume")
    begun.locator("a").click()
    visitor.page.wait_for_selector("input[name=means]")
    assert "Η τελευταία προσπάθεια πληρωμής δεν πέτυχε." in visitor.page.locator("main").inner_text()
    inspect(visitor, "method-again")
    visitor.go_on()
    visitor.await_bank()
    visitor.let("approve")
    assert visitor.phase == "PAID"
    assert visitor.page.locator(".ob-chain .ob-tag--ok").count() == 2


def test_a_later_instalment_alone_is_explained_and_leads_to_its_row(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.take(in_parts))
    visitor.page.click("button[name=pick][value=none]")
    later = visitor.page.locator(".ob-debt:has-text('Πρώτα πληρώνεται') input[name=d]:not([disabled])").first
    number = later.get_attribute("value")
    later.check()
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    visitor.page.click("#errors a")
    assert visitor.page.evaluate("document.activeElement.id") == f"d{number}"
    assert visitor.page.locator(f"#d{number}").is_checked()


def test_the_quick_choices_and_the_total_follow_each_other(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.page.click("button[name=pick][value=none]")
    assert visitor.page.locator("#t").inner_text() == "0,00\xa0€"
    visitor.page.click("button[name=pick][value=all]")
    everything = visitor.page.locator("#t").inner_text()
    assert everything in visitor.page.locator(".ob-lead").first.inner_text()
    assert visitor.page.locator("#live").inner_text() != ""
