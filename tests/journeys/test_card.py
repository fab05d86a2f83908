"""Paying by card at the simulated bank: accepted, declined and tried again, not answered yet, and known only by asking."""

import pytest

from tests.journeys.people import Crowd
from tests.journeys.visitor import Visitor
from tests.support import browsers

pytestmark = pytest.mark.journey


def test_a_card_payment_ends_with_a_proof_a_letter_and_the_financial_system_told(
    visitor: Visitor, crowd: Crowd
) -> None:
    citizen = crowd.of_one_town()
    visitor.arrive(citizen)
    owed_before = visitor.rows.count()
    visitor.choose_first()
    amount = visitor.page.locator("#t").inner_text()
    visitor.to_the_bank()
    path = visitor.let("approve")

    assert visitor.phase == "PAID"
    assert visitor.heading() == "Η πληρωμή ολοκληρώθηκε"
    assert amount in visitor.page.locator(".ob-panel-ok").inner_text()
    proof = visitor.page.request.get(f"{visitor.portal}{path}proof.pdf")
    assert proof.ok
    assert proof.body().startswith(b"%PDF-")
    reference = visitor.page.locator(".ob-panel-ok .ob-num").last.inner_text()
    visitor.eventually(lambda: [one for one in visitor.sandbox.get("erp/payments") if reference in str(one)])

    visitor.open("/payments/")
    assert reference in visitor.page.locator(".ob-pay").first.inner_text()
    visitor.open("/debts/")
    assert visitor.page.locator("input[name=d]").count() == owed_before - 1


def test_going_back_after_paying_charges_nobody_twice(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_bank()
    path = visitor.let("approve")
    visitor.open(f"{path}bank/")
    assert visitor.at_the_order() == path
    assert visitor.phase == "PAID"


def test_a_declined_card_is_said_not_to_be_charged_and_may_try_again(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_bank()
    declined = visitor.let("decline_signed")
    assert visitor.phase == "FAILED"
    said = visitor.page.locator("#outcome").inner_text()
    assert "Δεν χρεωθήκατε" in said
    assert "Η τράπεζα δεν ενέκρινε την κάρτα" in said

    visitor.page.click(f"form[action='{declined}retry/'] button.ob-btn")
    visitor.await_bank()
    paid = visitor.let("approve")
    assert visitor.phase == "PAID"
    assert paid != declined


def test_a_refusal_that_nobody_signed_is_believed_only_after_asking_the_bank(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_bank()
    visitor.let("decline")
    assert visitor.phase in {"WAITING", "FAILED"}
    visitor.await_phase("FAILED")
    assert "Δεν χρεωθήκατε" in visitor.page.locator("#outcome").inner_text()


def test_a_waiting_payer_is_told_not_to_pay_again_wherever_he_looks(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_bank()
    path = visitor.let("delay")
    assert visitor.phase == "WAITING"
    assert "Μην πληρώσετε ξανά" in visitor.page.locator("#outcome").inner_text()
    visitor.open("/debts/")
    row = visitor.page.locator(f".ob-debt:has(a[href='{path}'])")
    assert "Σε πληρωμή" in row.inner_text()
    assert not row.locator("input[name=d]").is_checked()


def test_a_return_that_proves_nothing_makes_us_ask_and_the_page_looks_again_by_itself(
    visitor: Visitor, crowd: Crowd
) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_bank()
    visitor.let("only_follow_up")
    visitor.await_phase("PAID", seconds=30)


def test_a_forged_success_is_not_believed(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_bank()
    visitor.let("changed_signed")
    assert visitor.phase in {"WAITING", "FAILED"}
    visitor.await_phase("FAILED", seconds=30)


def test_the_bank_being_down_charges_nobody_and_offers_the_other_way(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_method()
    visitor.sandbox.fault("bank", "ticket_refused")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    assert "Δεν χρεωθήκατε" in visitor.page.locator("#errors").inner_text()
    assert visitor.page.locator("#rf").is_checked()
    visitor.go_on()
    visitor.at_the_order()
    assert visitor.phase == "RF"


def test_the_outcome_needs_no_cookie_and_shows_a_stranger_no_address(
    visitor: Visitor, crowd: Crowd, browser: browsers.Browser
) -> None:
    """The bank's page sends the browser back from another site: the cookie is not there, the outcome is."""
    cookies: list[str] = []
    visitor.page.on(
        "request",
        lambda request: (
            cookies.append(request.all_headers().get("cookie", "")) if "/callbacks/" in request.url else None
        ),
    )
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_bank()
    path = visitor.let("approve")
    assert cookies
    assert "obolos_session" not in "".join(cookies)
    assert visitor.phase == "PAID"

    with browsers.fresh_context(browser) as stranger:
        page = stranger.new_page()
        page.goto(f"{visitor.portal}{path}")
        assert page.locator("#outcome").get_attribute("data-phase") == "PAID"
        assert "@" not in page.locator("main").inner_text()
