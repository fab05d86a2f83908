"""From the administrator's rules to a letter, its code, and the press that ends it; the figures of uptake beside it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from launch.stack import Stack
from obolos.base.dates import athens_date, greek_holidays
from tests.journeys.inspection import inspect
from tests.journeys.people import Citizen, Crowd, plain
from tests.journeys.test_contact import code_in
from tests.journeys.test_office import sign_in
from tests.journeys.visitor import Visitor
from tests.support import databases

pytestmark = pytest.mark.journey
TOWN = "9084"
TODAY = athens_date(datetime.now(UTC))


def a_day_to_send(on: date) -> bool:
    """Whether messages go out on that day; the demo's own feasts are left alone."""
    return on.weekday() != 6 and on not in greek_holidays(on.year) and TODAY < on < TODAY + timedelta(days=60)


def due_of(citizen: Citizen) -> list[date]:
    """Due dates of which a week before is a day to send."""
    days = {part.due_on for debt in citizen.debts for part in debt.parts if part.open_cents}
    return sorted(day for day in days if a_day_to_send(day - timedelta(days=7)))


def test_from_the_rules_to_the_letter_and_its_end(stack: Stack, visitors: Callable[..., Visitor], crowd: Crowd) -> None:
    citizen = crowd.take(lambda one: plain(one) and one.towns == {TOWN} and bool(due_of(one)))
    address = f"p{citizen.afm[-4:]}.reminded@citizens.example"
    reader = visitors()
    confirm(reader, citizen, address)

    admin = visitors(reduced_motion="reduce")
    page = admin.page
    sign_in(page, stack, "admin")
    page.click("nav a[href='/office/reminders/']")
    page.check("input[name=on]")
    page.fill("#held_out", "0")
    page.click("main button.ob-btn")
    page.wait_for_selector(".ob-note--ok")
    page.reload()  # said once
    inspect(admin, "office-reminders")

    moment = due_of(citizen)[0] - timedelta(days=7)
    told = databases.manage(["remind", "--at", f"{moment}T10:00"], stack.variables)
    assert "as of" in told
    letter = reader.mail_of(address, lambda one: one["subject"].startswith("Λήγει σε 7 ημέρες"))
    assert letter["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.search(r"RF\d\d( \d{4}){5} \d", letter["text"])
    assert any(one["type"].startswith("text/calendar") for one in letter["attachments"])

    stranger = visitors()
    stranger.open("/" + stop_link(letter).split("/", 3)[3])
    inspect(stranger, "stop-reminders")
    stranger.page.click("main button.ob-btn")
    stranger.page.wait_for_selector("button[name=again]")
    inspect(stranger, "no-reminders")
    reader.open("/contact/")
    assert reader.page.locator("button[name=reminders][value=on]").count() == 1

    page.click("nav a[href='/office/uptake/']")
    assert page.locator("section.ob-card").count() == 9
    inspect(admin, "office-uptake")
    page.select_option("#period", f"{TODAY.year}")
    page.click("main form button")
    page.wait_for_url(re.compile(rf"period={TODAY.year}$"))
    with page.expect_download() as download:
        page.click("a[href$='csv=funnel']")
    assert download.value.suggested_filename == f"uptake-{TODAY.year}-funnel.csv"


def confirm(reader: Visitor, citizen: Citizen, address: str) -> None:
    """Sign in for the first time and confirm an address."""
    reader.sign_in(citizen, path="/sign-in/?next=/contact/")
    reader.page.fill("#email", address)
    reader.page.click("form:has(#email) button.ob-btn")
    reader.page.wait_for_selector("#email_code")
    reader.page.fill("#email_code", code_in(reader.mail_of(address, lambda _one: True)["text"]))
    reader.page.click("form:has(#email_code) button.ob-btn")
    reader.page.wait_for_selector(".ob-note--ok")
    assert reader.page.locator("button[name=reminders][value=off]").count() == 1


def stop_link(letter: Any) -> str:
    """Where a letter says that reminders can be stopped: in its head and in its plain text, the same."""
    link = letter["headers"]["List-Unsubscribe"].strip("<>")
    assert link in letter["text"]
    return str(link)
