"""Somebody without an account buys two tickets, or asks for a certificate; the office prepares and checks.

Counted: from the list of events three pages, two presses beside choosing the number, one field typed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from launch.stack import Stack
from obolos.base.dates import ATHENS
from tests.journeys.inspection import inspect
from tests.journeys.steps import Steps
from tests.journeys.test_office import sign_in
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
EVENTS = "/d/ioannina/events/"
BIG, SMALL = "li:has-text('Συναυλία στη λίμνη') a", "li:has-text('Καραγκιόζης') a"
WAYS: dict[str, dict[str, Any]] = {
    "a desk": {},
    "a phone": {"viewport": {"width": 390, "height": 844}},
    "a small phone": {"viewport": {"width": 320, "height": 640}},
}


def two_tickets(visitor: Visitor, email: str) -> Steps:
    """From the list to the bank's page."""
    steps = Steps(visitor)
    visitor.open(EVENTS)
    steps.press(BIG)
    visitor.page.locator("select[data-cents]").first.select_option("2")
    steps.type("#email", email)
    steps.press("#go")
    return steps


@pytest.mark.parametrize("way", WAYS)
def test_two_tickets_by_card(visitors: Callable[..., Visitor], way: str) -> None:
    visitor = visitors(**WAYS[way])
    email = f"two.{way.replace(' ', '.')}@citizens.example"
    steps = two_tickets(visitor, email)
    visitor.await_bank()
    visitor.let("approve")
    assert visitor.phase == "PAID"
    assert steps.told(f"two tickets on {way}") == (3, 2, 1)
    assert "Άνοιγμα των 2 εισιτηρίων" in visitor.page.locator("#bought").inner_text()
    link = visitor.page.locator("#bought a.ob-btn").get_attribute("href")
    pdf = visitor.page.request.get(f"{visitor.portal}{link}")
    assert pdf.body().startswith(b"%PDF")
    letter = visitor.mail_of(email, lambda one: True)
    assert "-tickets.pdf" in str(letter)
    if way == "a desk":
        inspect(visitor, "tickets-paid")


def test_the_button_says_the_total_and_works_by_keyboard_alone(visitor: Visitor) -> None:
    visitor.open(EVENTS)
    visitor.page.click(BIG)
    assert visitor.page.locator("#go").inner_text() == "Συνέχεια στην τράπεζα"
    visitor.page.locator("select[data-cents]").first.focus()
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("ArrowDown")
    assert visitor.page.locator("#go").inner_text() == "Πληρωμή 24,00\u00a0€"
    assert visitor.page.locator("#total").inner_text() == "24,00\u00a0€"
    visitor.page.check("#rf")
    assert visitor.page.locator("#go").inner_text() == "Κωδικός RF για 24,00\u00a0€"
    visitor.page.focus("#email")
    visitor.page.keyboard.type("keys@citizens.example")
    visitor.page.keyboard.press("Enter")
    visitor.at_the_order()
    assert visitor.phase == "RF"
    assert "Κρατάμε 2 θέσεις" in visitor.page.locator("#bought").inner_text()


def test_two_tickets_without_javascript_in_english(visitors: Callable[..., Visitor]) -> None:
    visitor = visitors(java_script_enabled=False, locale="en-GB")
    visitor.page.context.add_cookies([{"name": "obolos_language", "value": "en", "url": visitor.portal}])
    steps = Steps(visitor)
    visitor.open(EVENTS)
    steps.press("li:has-text('Concert by the lake') a")
    visitor.page.locator("select[data-cents]").first.select_option("2")
    steps.type("#email", "plain@citizens.example")
    steps.press("#go")
    steps.press("#to-bank button")
    visitor.await_bank()
    visitor.page.click("button[name=outcome][value=approve]")
    visitor.page.click("#back button")  # the bank's own
    visitor.at_the_order()
    assert visitor.phase == "PAID"
    assert steps.told("two tickets without JavaScript") == (4, 3, 1)
    assert "Open the 2 tickets (PDF)" in visitor.page.locator("#bought").inner_text()


def test_the_last_places_are_gone_while_somebody_pays_and_come_back_when_he_does_not(
    visitors: Callable[..., Visitor],
) -> None:
    first, second = visitors(), visitors()
    first.open(EVENTS)
    first.page.click(SMALL)
    inspect(first, "event-few-left")
    first.page.locator("select[data-cents]").first.select_option("4")
    first.page.fill("#email", "first@citizens.example")
    first.go_on()
    first.await_bank()
    second.open(EVENTS)
    second.page.click(SMALL)
    assert "έχουν πουληθεί ή κρατηθεί" in second.page.locator("#closed").inner_text()
    inspect(second, "event-sold-out")


def test_every_screen_of_buying(visitor: Visitor) -> None:
    visitor.open(EVENTS)
    inspect(visitor, "events")
    visitor.page.locator(".ob-offers a").nth(1).click()
    inspect(visitor, "event")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    assert visitor.page.title().startswith("Σφάλμα:")
    inspect(visitor, "event-error")
    visitor.open("/d/ioannina/certificates/")
    inspect(visitor, "certificates")
    visitor.page.locator(".ob-offers a").first.click()
    inspect(visitor, "certificate")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    inspect(visitor, "certificate-error")


def test_the_office_prepares_an_event_sells_a_free_place_and_stands_at_the_entrance(
    stack: Stack, visitors: Callable[..., Visitor]
) -> None:
    clerk = visitors(reduced_motion="reduce")
    page = clerk.page
    sign_in(page, stack, "clerk-9083")
    page.click("nav a[href='/office/events/']")
    inspect(clerk, "office-events")
    page.click("a[href='/office/events/new/']")
    page.click("main form button.ob-btn")
    page.wait_for_selector("#errors")
    inspect(clerk, "office-event-form")
    begins = datetime.now(ATHENS) + timedelta(hours=1)
    for name, text in {"title_el": "Ομιλία", "title_en": "Talk", "place": "Δημαρχείο", "capacity": "30"}.items():
        page.fill(f"#{name}", text)
    moments = {"starts_at": begins, "sales_from": begins - timedelta(days=1), "sales_until": begins}
    for name, at in moments.items():
        page.fill(f"#{name}", f"{at:%Y-%m-%dT%H:%M}")
    for name, text in {"el": "Είσοδος", "en": "Entry", "price": "0"}.items():
        page.fill(f"[name=c0_{name}]", text)
    page.click("main form button.ob-btn")
    page.wait_for_selector("[role=status]")
    assert clerk.heading() == "Ομιλία"

    guest = visitors()
    guest.open("/d/zitsa/events/")
    guest.page.click("li:has-text('Ομιλία') a")
    guest.page.locator("select[data-cents]").first.select_option("1")
    guest.page.fill("#email", "talk@citizens.example")
    guest.go_on()
    guest.page.wait_for_selector("#bought[data-state=PAID]")
    inspect(guest, "tickets-free")

    page.reload()
    assert "talk@citizens.example" in page.locator("main").inner_text()
    inspect(clerk, "office-event")
    page.click("nav a[href='/office/entrance/']")
    inspect(clerk, "office-entrance")
    page.fill("#code", "7K2M 94QX 8ABC DEFG")
    page.click("main button.ob-btn")
    page.wait_for_selector("#verdict[data-verdict=UNKNOWN]")
    inspect(clerk, "office-ticket-unknown")
    clerk.open("/office/certificates/")
    inspect(clerk, "office-certificates")
    clerk.open("/office/certificates/new/")
    inspect(clerk, "office-certificate-form")
