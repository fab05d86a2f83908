"""The counted journeys, each in every way people walk it: pages met, presses, fields typed, printed beside each.

Counted as the portal's own: of a bank, one page and one press are added where the promise includes them. Without
JavaScript every bank leg may cost one page and one press more, and nothing else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.journeys.people import Crowd, Slip, in_latin
from tests.journeys.steps import Steps, walk_to
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
RF = re.compile(r"RF\d{2}(?: \d{4}){5} \d")


@dataclass(frozen=True)
class Way:
    """How somebody walks: his browser, his language, with or without a mouse."""

    browser: dict[str, Any] = field(default_factory=dict)
    language: str = "el"
    keyboard: bool = False

    @property
    def scripts(self) -> bool:
        """Whether JavaScript runs."""
        return bool(self.browser.get("java_script_enabled", True))

    def more(self, legs: int) -> int:
        """Pages and presses that may come on top."""
        return 0 if self.scripts else legs


WAYS = {
    "a desk": Way(),
    "320 px": Way({"viewport": {"width": 320, "height": 640}}),
    "the keyboard": Way(keyboard=True),
    "English": Way(language="en"),
    "no JavaScript": Way({"java_script_enabled": False}),
}


class Walker:
    """A visitor who walks one way and is counted."""

    def __init__(self, visitor: Visitor, way: Way, name: str) -> None:
        self.visitor, self.way, self.name = visitor, way, name
        address = {"name": "obolos_language", "value": way.language, "url": visitor.portal}
        visitor.page.context.add_cookies([address])  # type: ignore[list-item]
        self.steps = Steps(visitor, keyboard=way.keyboard)

    def press(self, selector: str) -> None:
        """One press that counts."""
        self.steps.press(selector)

    def pay_at_the_bank(self) -> str:
        """To the bank's page, let the payment happen there, and back at the order. Gives the order's path."""
        if not self.way.scripts:
            self.press("#to-bank button")
        self.visitor.await_bank()
        approve = "button[name=outcome][value=approve]"
        if self.way.keyboard:
            walk_to(self.visitor, approve)
            self.visitor.page.keyboard.press("Enter")
        else:
            self.visitor.page.click(approve)
        if not self.way.scripts:
            self.visitor.page.click("#back button")  # the bank's own
        path = self.visitor.at_the_order()
        assert self.visitor.phase == "PAID"
        assert self.visitor.page.locator("html").get_attribute("lang") == self.way.language
        return path

    def told(self, what: str) -> tuple[int, int, int]:
        """The counts, printed."""
        return self.steps.told(f"{what}, {self.name}")


@pytest.fixture(params=WAYS)
def walker(request: pytest.FixtureRequest, visitors: Callable[..., Visitor]) -> Walker:
    """Somebody for each way."""
    way = WAYS[request.param]
    return Walker(visitors(**way.browser), way, request.param)


def test_a_guest_by_link(walker: Walker, slips: Callable[[], Slip]) -> None:
    """Three pages and two presses with the bank's, nothing typed."""
    slip, page = slips(), walker.visitor.page
    walker.visitor.open(slip.path)
    assert slip.number in walker.visitor.heading()
    amount = page.locator(".ob-big").inner_text()
    assert page.locator("#go").inner_text() == (f"Pay {amount}" if walker.way.language == "en" else f"Πληρωμή {amount}")
    walker.press("#go")
    walker.pay_at_the_bank()
    screens, clicks, typed = walker.told("a guest by link")
    more = walker.way.more(1)
    assert (screens + 1, clicks + 1, typed) == (3 + more, 2 + more, 0)


def test_a_guest_by_number_and_plate(walker: Walker, slips: Callable[[], Slip]) -> None:
    """At most four pages, two fields typed; the plate is nowhere on the page that it opened."""
    slip, page = slips(), walker.visitor.page
    walker.visitor.open("/find/")
    walker.steps.type("#q", slip.number)
    walker.press("#go")
    page.wait_for_selector("#second")
    walker.steps.type("#second", in_latin(slip.plate))
    walker.press("#go")
    page.wait_for_selector("#held")
    assert slip.number in walker.visitor.heading()
    assert slip.plate not in page.content()
    walker.press("#go")
    walker.pay_at_the_bank()
    screens, clicks, typed = walker.told("a guest by number and plate")
    more = walker.way.more(1)
    assert screens <= 4 + more
    assert (clicks, typed) == (3 + more, 2)


def test_two_municipalities_by_card(walker: Walker, crowd: Crowd) -> None:
    """Sign-in and banks aside three presses: continue, to the first bank, on to the second bank. Nothing is typed."""
    page = walker.visitor.page
    walker.visitor.arrive(crowd.of_two_towns())
    towns = page.locator("#lines dt").all_inner_texts()
    assert len(towns) == 2
    walker.steps.begin()
    walker.press("#go")
    page.wait_for_selector("input[name=means]")
    walker.press("#go")
    first = walker.pay_at_the_bank()
    # In Greek its name stands in the accusative there.
    assert towns[1].removeprefix("Δήμος ") in page.locator(".ob-note").inner_text()
    walker.press("#go")
    second = walker.pay_at_the_bank()
    more = walker.way.more(2)
    assert walker.told("two municipalities by card") == (3 + more, 3 + more, 0)
    assert second != first
    # The second page says of both that they are paid, and the first offers nothing more.
    assert page.locator(".ob-chain .ob-tag--ok").count() == 2
    walker.visitor.open(first)
    assert page.locator("#go").count() == 0
    walker.visitor.open("/payments/")
    told = page.locator("main").inner_text()
    assert all(town in told for town in towns)


def test_two_municipalities_by_rf(walker: Walker, crowd: Crowd) -> None:
    """Three presses, the choice of RF among them; no bank, so nothing more without JavaScript."""
    page = walker.visitor.page
    walker.visitor.arrive(crowd.of_two_towns())
    walker.steps.begin()
    walker.press("#go")
    page.wait_for_selector("input[name=means]")
    walker.press("#rf")
    walker.press("#go")
    walker.visitor.at_the_order()
    assert walker.told("two municipalities by RF") == (2, 3, 0)
    assert len(set(RF.findall(page.locator("main").inner_text()))) == 2
    assert page.locator(".ob-rf svg.ob-qr").count() == 2


def test_the_proof_of_an_earlier_payment(walker: Walker, crowd: Crowd) -> None:
    """Two presses from the home page; the history shows every year until somebody chooses one."""
    page = walker.visitor.page
    walker.visitor.arrive(crowd.of_one_town())
    walker.visitor.choose_first()
    walker.visitor.go_on()
    page.wait_for_selector("input[name=means]")
    page.check("#card")
    walker.visitor.go_on()
    walker.pay_at_the_bank()
    walker.visitor.open("/")
    walker.steps.begin()
    walker.press(".ob-nav a[href='/payments/']")
    page.wait_for_selector("a[href$='proof.pdf']")
    assert page.locator("#year").input_value() == ""
    with page.context.expect_event("response", lambda answer: answer.url.endswith("proof.pdf")) as told:
        walker.press("a[href$='proof.pdf']")
    assert told.value.status == 200
    assert told.value.headers["content-type"] == "application/pdf"
    assert walker.told("an earlier payment's proof")[1:] == (2, 0)
