"""A driver with a ticket and no account: by the link on the slip, by number and plate; on every screen, in every way.

What it takes is counted and printed: three pages and two presses by link, nothing typed. The second press by link is
the bank's own, which is not counted here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launch.stack import Stack
from obolos.flows.demo_data.shapes import DemoDebt
from tests.journeys import looks
from tests.journeys.people import Citizen, Crowd
from tests.journeys.steps import Steps, walk_to
from tests.journeys.test_office import fine_looking, sign_in
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
MOST_BYTES = 60_000
WAYS = {
    "a phone": {"viewport": {"width": 390, "height": 844}},
    "a small phone": {"viewport": {"width": 320, "height": 640}},
    "English": {},
}


@dataclass(frozen=True)
class Slip:
    """A ticket as its driver holds it."""

    number: str
    plate: str
    path: str


@pytest.fixture
def slips(stack: Stack, crowd: Crowd) -> Callable[[], Slip]:
    """Tickets of the demo, each given to one test only."""
    codes = json.loads((Path(stack.variables["OBOLOS_VAR"]) / "demo.json").read_text())["pay_codes"]

    def ticket_of(citizen: Citizen) -> DemoDebt | None:
        found = [one for one in citizen.debts if one.ticket_no in codes and one.kind == "UNCERTIFIED"]
        return found[0] if found else None

    def give() -> Slip:
        debt = ticket_of(crowd.take(lambda one: ticket_of(one) is not None))
        assert debt is not None
        return Slip(debt.ticket_no, debt.plate, f"/k/{codes[debt.ticket_no]}")

    return give


def in_latin(plate: str) -> str:
    """The plate as somebody with an English keyboard writes it."""
    return plate.translate(str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")).replace("-", " ").lower()


def inspect(visitor: Visitor, name: str) -> None:
    """Axe, small phones and the keyboard, with pictures in light and in dark."""
    found = looks.axe_findings(visitor.page) + looks.overflows(visitor.page) + looks.keyboard_findings(visitor.page)
    looks.shoot(visitor.page, name, schemes=("light", "dark"))
    assert found == [], name


@pytest.mark.parametrize("way", WAYS)
def test_by_the_link_in_three_pages_and_two_presses(
    visitors: Callable[..., Visitor], slips: Callable[[], Slip], way: str
) -> None:
    visitor = visitors(**WAYS[way])
    if way == "English":
        visitor.page.context.add_cookies([{"name": "obolos_language", "value": "en", "url": visitor.portal}])
    slip, steps = slips(), Steps(visitor)
    visitor.open(slip.path)
    assert slip.number in visitor.heading()
    amount = visitor.page.locator(".ob-big").inner_text()
    assert visitor.page.locator("#go").inner_text() == (f"Pay {amount}" if way == "English" else f"Πληρωμή {amount}")
    steps.press("#go")
    visitor.await_bank()
    visitor.let("approve")
    assert visitor.phase == "PAID"
    screens, clicks, typed = steps.told(f"a guest by link, {way}")
    # The page of the debt, the bank's, the outcome: the bank's page and its press belong to the three and the two.
    assert (screens + 1, clicks + 1, typed) == (3, 2, 0)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    visitor.open(slip.path)
    assert visitor.page.locator("#held").get_attribute("data-standing") == "PAID"


def test_by_the_link_with_the_keyboard_only(visitor: Visitor, slips: Callable[[], Slip]) -> None:
    steps = Steps(visitor)
    visitor.open(slips().path)
    steps.press("#go", keyboard=True)
    visitor.await_bank()
    walk_to(visitor, "button[name=outcome][value=approve]")
    visitor.page.keyboard.press("Enter")
    visitor.at_the_order()
    assert visitor.phase == "PAID"
    screens, clicks, typed = steps.told("a guest by link, keyboard only")
    assert (screens + 1, clicks + 1, typed) == (3, 2, 0)


def test_by_the_link_without_javascript_one_page_and_one_press_more(
    visitors: Callable[..., Visitor], slips: Callable[[], Slip]
) -> None:
    visitor = visitors(java_script_enabled=False)
    steps = Steps(visitor)
    visitor.open(slips().path)
    steps.press("#go")
    steps.press("#to-bank button")
    visitor.await_bank()
    visitor.page.click("button[name=outcome][value=approve]")
    visitor.page.click("#back button")  # the bank's own
    visitor.at_the_order()
    assert visitor.phase == "PAID"
    screens, clicks, typed = steps.told("a guest by link, without JavaScript")
    assert (screens + 1, clicks + 1, typed) == (4, 3, 0)


@pytest.mark.parametrize("keyboard", [False, True])
def test_by_number_and_plate_in_four_pages_and_two_fields(
    visitors: Callable[..., Visitor], slips: Callable[[], Slip], keyboard: bool
) -> None:
    visitor = visitors(viewport={"width": 320, "height": 640})
    slip, steps = slips(), Steps(visitor)
    visitor.open("/find/")
    steps.type("#q", slip.number, keyboard=keyboard)
    steps.press("#go", keyboard=keyboard)
    visitor.page.wait_for_selector("#second")
    steps.type("#second", in_latin(slip.plate), keyboard=keyboard)
    steps.press("#go", keyboard=keyboard)
    visitor.page.wait_for_selector("#held")
    assert slip.number in visitor.heading()
    assert slip.plate not in visitor.page.content()
    steps.press("#go", keyboard=keyboard)
    visitor.await_bank()
    visitor.let("approve")
    assert visitor.phase == "PAID"
    screens, clicks, typed = steps.told(f"a guest by number and plate{', keyboard only' if keyboard else ''}")
    assert screens <= 4
    assert (clicks, typed) == (3, 2)


def test_a_declined_card_leads_back_to_the_debt_and_an_rf_code(visitor: Visitor, slips: Callable[[], Slip]) -> None:
    visitor.open(slips().path)
    visitor.page.fill("#email", "driver@citizens.example")
    visitor.go_on()
    visitor.await_bank()
    visitor.let("decline_signed")
    inspect(visitor, "guest-failed")
    visitor.page.click("a[href^='/find/']")
    assert visitor.page.locator("#held").get_attribute("data-standing") == "PAYABLE"
    visitor.page.check("#rf")
    assert visitor.page.locator("#go").inner_text() == "Λήψη κωδικού RF"
    visitor.page.fill("#email", "driver@citizens.example")
    visitor.go_on()
    visitor.at_the_order()
    assert visitor.phase == "RF"
    inspect(visitor, "guest-rf")
    rf = visitor.page.locator("#rf").inner_text().replace(" ", "")
    visitor.mail_of("driver@citizens.example", lambda letter: rf in str(letter).replace(" ", "").replace("\u00a0", ""))
    visitor.page.context.clear_cookies()
    visitor.open("/find/")
    visitor.page.fill("#q", rf)
    visitor.go_on()
    visitor.page.wait_for_selector("#held")
    visitor.go_on()
    visitor.await_bank()
    visitor.let("approve")
    assert visitor.phase == "PAID"


def test_back_from_the_bank_still_holds_the_debt(visitor: Visitor, slips: Callable[[], Slip]) -> None:
    slip = slips()
    visitor.open("/find/")
    visitor.page.fill("#q", slip.plate)
    visitor.go_on()
    visitor.page.fill("#second", slip.number)
    visitor.go_on()
    visitor.page.wait_for_selector("#held")
    found = visitor.page.url
    visitor.go_on()
    visitor.await_bank()
    visitor.page.goto(found)
    assert visitor.page.locator("#held").get_attribute("data-standing") == "PAYABLE"
    assert visitor.page.locator(".ob-note--warn a[href^='/pay/']").count() == 1
    inspect(visitor, "guest-in-progress")


@pytest.mark.parametrize("language", ["el", "en"])
def test_the_pages_of_guests_stand_inspection(visitor: Visitor, slips: Callable[[], Slip], language: str) -> None:
    visitor.page.context.add_cookies([{"name": "obolos_language", "value": language, "url": visitor.portal}])
    slip, end = slips(), "" if language == "el" else "-en"
    visitor.open("/")
    inspect(visitor, f"guest-home{end}")
    visitor.open(slip.path)
    assert visitor.page.locator("html").get_attribute("lang") == language
    inspect(visitor, f"guest{end}")
    visitor.page.fill("#email", "nobody")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    inspect(visitor, f"guest-error{end}")
    visitor.open(f"{slip.path}/not-mine/")
    inspect(visitor, f"guest-not-mine{end}")
    visitor.open("/find/?q=2026-1&at=zitsa")
    inspect(visitor, f"find{end}")
    visitor.go_on()
    visitor.page.wait_for_selector("#second")
    inspect(visitor, f"find-second{end}")
    visitor.page.fill("#second", "nothing")
    visitor.go_on()
    visitor.page.wait_for_selector("main a[href^='tel:']")
    inspect(visitor, f"find-nothing{end}")


def test_an_objection_is_read_and_answered(
    visitors: Callable[..., Visitor], slips: Callable[[], Slip], stack: Stack
) -> None:
    driver = visitors()
    driver.open(slips().path)
    driver.page.click("a[href$='/object/']")
    driver.go_on()
    driver.page.wait_for_selector("#errors")
    inspect(driver, "guest-object")
    driver.page.fill("#text", "Το σήμα είχε πέσει.")
    driver.page.fill("#email", "objector@citizens.example")
    driver.go_on()
    driver.page.wait_for_selector("[role=status]")
    reference = driver.page.locator("[role=status] strong").inner_text().split(", ")[1].rstrip(".")
    assert driver.page.locator(".ob-tag--info").count() == 1
    inspect(driver, "guest-objected")
    driver.mail_of("objector@citizens.example", lambda letter: reference in str(letter))

    clerk = visitors(reduced_motion="reduce")
    for account in ("clerk", "clerk-9083", "clerk-9086"):
        clerk.page.context.clear_cookies()
        sign_in(clerk.page, stack, account)
        clerk.open("/office/inquiries/")
        if clerk.page.locator(f"text={reference}").count():
            break
    fine_looking(clerk.page, "inquiries")
    clerk.page.click(f"text={reference}")
    fine_looking(clerk.page, "inquiry")
    clerk.page.fill("#answer", "Έχετε δίκιο, η κλήση ακυρώνεται.")
    clerk.page.click("form:has(#answer) button.ob-btn")
    driver.mail_of("objector@citizens.example", lambda letter: "ακυρώνεται" in str(letter))
    driver.page.reload()
    assert driver.page.locator(".ob-tag--info").count() == 0


def test_pages_weigh_little_and_ask_nobody_else(visitors: Callable[..., Visitor], slips: Callable[[], Slip]) -> None:
    """What travels for each page with an empty cache, all of it from the portal itself."""
    slip = slips()
    told: dict[str, int] = {}
    foreign: list[str] = []

    def weigh(name: str, look: Callable[[Visitor], None], **session: Any) -> None:
        visitor = visitors(**session)
        client = visitor.page.context.new_cdp_session(visitor.page)
        client.send("Network.enable")
        client.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sums = {"bytes": 0}

        def went(request: Any) -> None:
            if not request.url.startswith(visitor.portal):
                foreign.append(f"{name}: {request.url}")

        look(visitor)
        sums["bytes"] = 0
        client.on(
            "Network.loadingFinished", lambda event: sums.update(bytes=sums["bytes"] + event["encodedDataLength"])
        )
        visitor.page.on("request", went)
        visitor.page.reload()
        visitor.page.wait_for_load_state("networkidle")
        told[name] = int(sums["bytes"])

    def pay(visitor: Visitor) -> None:
        visitor.open(slip.path)
        visitor.go_on()
        visitor.await_bank()
        visitor.let("approve")

    def debts(visitor: Visitor) -> None:
        visitor.arrive("eleni")

    def method(visitor: Visitor) -> None:
        visitor.arrive("eleni")
        visitor.to_the_method()

    weigh("home", lambda visitor: visitor.open("/"))
    weigh("find", lambda visitor: visitor.open("/find/"))
    weigh("guest", lambda visitor: visitor.open(slip.path))
    weigh("debts", debts)
    weigh("method", method)
    weigh("outcome", pay)
    for name, size in told.items():
        print(f"weight of {name}: {size} bytes")
    assert foreign == []
    assert max(told.values()) <= MOST_BYTES, told
