"""A clerk at work, in a browser against the running stack: files, a payer, a payment's story, sending again."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from launch.codes import totp
from launch.stack import Stack
from tests.journeys.inspection import inspect
from tests.journeys.people import Crowd
from tests.journeys.visitor import Visitor

SAMPLE = Path(__file__).parents[1] / "data" / "debts" / "9083_DEBTS_20261120_1.csv"
TOWN = "9083"


#: Cookies of staff who signed in before: a one-time code opens the office once, and the next one comes half a minute later.
_KEPT: dict[tuple[str, str], list[Any]] = {}


def sign_in(page: Page, stack: Stack, account: str) -> None:
    """With password and one-time code, as `demo.json` tells them; whoever did so in an earlier journey is still there."""
    office = f"{stack.addresses.portal}/office/"
    if kept := _KEPT.get((office, account)):
        page.context.add_cookies(kept)
        page.goto(office)
        if page.url == office:
            return
    told = json.loads((Path(stack.variables["OBOLOS_VAR"]) / "demo.json").read_text())["staff"]
    staff = next(one for one in told if one["account"] == account)
    page.goto(office)
    page.fill("#id_login", account)
    page.fill("#id_password", staff["password"])
    page.click("main button.ob-btn")
    page.fill("#id_code", totp(staff["totp_secret"], time.time()))
    page.click("main button.ob-btn")
    page.wait_for_url(office)
    _KEPT[office, account] = list(page.context.cookies(office))


def test_a_clerk_s_day(stack: Stack, visitors: Callable[..., Visitor], crowd: Crowd) -> None:
    citizen = crowd.take(lambda one: one.towns == {TOWN} and not one.person.is_firm and len(one.debts) <= 6)
    payer = visitors()
    payer.arrive(citizen)
    payer.choose_first()
    order_page = payer.to_the_rf_code()

    clerk = visitors(reduced_motion="reduce")
    page = clerk.page
    sign_in(page, stack, f"clerk-{TOWN}")
    inspect(clerk, "office-home")

    page.click("nav a[href='/office/import/']")
    page.set_input_files("#file", SAMPLE)
    page.click("main button.ob-btn")
    page.wait_for_selector(".ob-tag--ok", timeout=40_000)
    assert SAMPLE.name in clerk.heading()
    assert "22.018,70" in page.locator("main").inner_text()
    inspect(clerk, "office-file")

    clerk.open("/office/")
    page.fill("#q", citizen.afm)
    page.press("#q", "Enter")
    page.wait_for_url(re.compile(r"/office/payers/\d+/$"))
    assert citizen.afm in page.locator("main").inner_text()
    assert citizen.afm not in page.url
    inspect(clerk, "office-payer")

    page.click("a[href^='/office/orders/']")
    page.wait_for_url(re.compile(r"/office/orders/\d+/$"))
    payer.open(order_page)
    code = "".join(re.findall(r"RF\d{2}[\d ]+", payer.page.locator("main").inner_text())[0].split())
    assert code in "".join(page.locator("main").inner_text().split())
    inspect(clerk, "office-story")

    assert page.locator(".ob-resend button").count() == 2
