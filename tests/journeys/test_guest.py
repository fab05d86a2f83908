"""A driver with a ticket and no account: what else can happen beside the counted ways of `test_counts`."""

from collections.abc import Callable
from typing import Any

import pytest

from launch.stack import Stack
from tests.journeys.inspection import inspect
from tests.journeys.people import Slip
from tests.journeys.test_office import sign_in
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
MOST_BYTES = 60_000


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
    # It may have been paid by its code already: told, and nothing is chosen for him.
    visitor.page.wait_for_selector("#coded")
    assert rf in visitor.page.locator("#coded").inner_text().replace(" ", "").replace("\u00a0", "")
    assert visitor.page.locator("input[name=means]:checked").count() == 0
    inspect(visitor, "guest-coded")
    visitor.page.check("#card")
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


def test_the_pages_of_guests_stand_inspection(visitor: Visitor, slips: Callable[[], Slip]) -> None:
    slip = slips()
    visitor.open(slip.path)
    inspect(visitor, "guest")
    visitor.page.fill("#email", "nobody")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    inspect(visitor, "guest-error")
    visitor.open(f"{slip.path}/not-mine/")
    inspect(visitor, "guest-not-mine")
    visitor.open("/find/?q=2026-1&at=zitsa")
    inspect(visitor, "find")
    visitor.go_on()
    visitor.page.wait_for_selector("#second")
    inspect(visitor, "find-second")
    visitor.page.fill("#second", "nothing")
    visitor.go_on()
    visitor.page.wait_for_selector("main a[href^='tel:']")
    inspect(visitor, "find-nothing")


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
    inspect(clerk, "office-inquiries")
    clerk.page.click(f"text={reference}")
    inspect(clerk, "office-inquiry")
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
