"""The same payment without JavaScript, by keyboard only, and in English."""

from collections.abc import Callable

import pytest

from tests.journeys.people import Crowd
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey


def test_a_card_payment_without_javascript(visitors: Callable[..., Visitor], crowd: Crowd) -> None:
    visitor = visitors(java_script_enabled=False)
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.page.click("button[name=total]")
    total = visitor.page.locator("#t").inner_text()
    assert visitor.page.locator("input[name=d]:checked").count() == 1
    visitor.to_the_method()
    assert total in visitor.page.locator(".ob-lead").inner_text()
    visitor.page.check("#card")
    visitor.go_on()
    visitor.page.click("#to-bank button")
    visitor.await_bank()
    visitor.page.click("button[name=outcome][value=approve]")
    visitor.page.click("#back button")
    visitor.at_the_order()
    assert visitor.phase == "PAID"


def test_a_card_payment_by_keyboard_only(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    page = visitor.page

    def walk_to(selector: str) -> None:
        """Tab until that one has the focus, as a person without a mouse does."""
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"no way to {selector} by keyboard")

    page.evaluate("scrollTo(0, 0)")
    walk_to("button[name=pick][value=none]")
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('t').textContent.startsWith('0,00')")
    walk_to("input[name=d]")
    page.keyboard.press("Space")
    walk_to("#go")
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=means]")
    walk_to("input[name=means]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.locator("#card").is_checked()
    walk_to("#go")
    page.keyboard.press("Enter")
    visitor.await_bank()
    walk_to("button[name=outcome][value=approve]")
    page.keyboard.press("Enter")
    visitor.at_the_order()
    assert visitor.phase == "PAID"


def test_a_payment_in_english_down_to_the_banks_page(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.page.click("form[action='/language/'] button")
    assert visitor.heading() == "What I owe"
    assert visitor.page.locator("html").get_attribute("lang") == "en"
    visitor.choose_first()
    visitor.to_the_bank()
    assert visitor.page.locator("html").get_attribute("lang") == "en"
    visitor.let("approve")
    assert visitor.heading() == "Payment complete"
