"""A clerk at work, in a browser against the running stack: files, a payer, a payment's story, sending again."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from launch.codes import totp
from launch.stack import Stack
from tests.journeys import looks
from tests.journeys.people import Crowd
from tests.journeys.visitor import Visitor

SAMPLE = Path(__file__).parents[1] / "data" / "debts" / "9083_DEBTS_20261120_1.csv"
TOWN = "9083"


def sign_in(page: Page, stack: Stack, account: str) -> None:
    """With password and one-time code, as `demo.json` tells them."""
    told = json.loads((Path(stack.variables["OBOLOS_VAR"]) / "demo.json").read_text())["staff"]
    staff = next(one for one in told if one["account"] == account)
    page.goto(f"{stack.addresses.portal}/office/")
    page.fill("#id_login", account)
    page.fill("#id_password", staff["password"])
    page.click("main button.ob-btn")
    page.fill("#id_code", totp(staff["totp_secret"], time.time()))
    page.click("main button.ob-btn")
    page.wait_for_url(f"{stack.addresses.portal}/office/")


def fine_looking(page: Page, name: str) -> None:
    """No finding of axe, nothing sticking out, and a picture to look at."""
    assert looks.axe_findings(page) == []
    assert looks.overflows(page) == []
    looks.shoot(page, f"office-{name}", schemes=("light", "dark"))


def test_a_clerk_s_day(stack: Stack, visitors: Callable[..., Visitor], crowd: Crowd) -> None:
    citizen = crowd.take(lambda one: one.towns == {TOWN} and not one.person.is_firm and len(one.debts) <= 6)
    payer = visitors()
    payer.arrive(citizen)
    payer.choose_first()
    order_page = payer.to_the_rf_code()

    clerk = visitors(reduced_motion="reduce")
    page = clerk.page
    sign_in(page, stack, f"clerk-{TOWN}")
    fine_looking(page, "home")

    page.click("nav a[href='/office/import/']")
    page.set_input_files("#file", SAMPLE)
    page.click("main button.ob-btn")
    page.wait_for_selector(".ob-tag--ok", timeout=40_000)
    assert SAMPLE.name in clerk.heading()
    assert "22.018,70" in page.locator("main").inner_text()
    fine_looking(page, "file")

    clerk.open("/office/")
    page.fill("#q", citizen.afm)
    page.press("#q", "Enter")
    page.wait_for_url(re.compile(r"/office/payers/\d+/$"))
    assert citizen.afm in page.locator("main").inner_text()
    assert citizen.afm not in page.url
    fine_looking(page, "payer")

    page.click("a[href^='/office/orders/']")
    page.wait_for_url(re.compile(r"/office/orders/\d+/$"))
    payer.open(order_page)
    code = "".join(re.findall(r"RF\d{2}[\d ]+", payer.page.locator("main").inner_text())[0].split())
    assert code in "".join(page.locator("main").inner_text().split())
    fine_looking(page, "story")

    buttons = page.locator(".ob-resend button")
    assert buttons.count() == 2
    if buttons.nth(0).is_enabled():
        buttons.nth(0).click()
        page.wait_for_selector("[role=status]")
        fine_looking(page, "story-sent")
