"""Where messages go: asked once after the first sign-in, confirmed by a code that arrives there."""

import re

import pytest

from tests.journeys.people import Crowd
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey


def code_in(text: str) -> str:
    """The six digits of a message."""
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return found[0]


def test_an_address_is_confirmed_by_the_code_sent_to_it_and_the_proof_goes_there(
    visitor: Visitor, crowd: Crowd
) -> None:
    citizen = crowd.of_one_town()
    address = f"p{citizen.afm[-4:]}.journey@citizens.example"
    visitor.sign_in(citizen)
    assert visitor.page.url.endswith("/debts/")
    visitor.page.click("section[aria-labelledby=ask] a")
    visitor.page.fill("#email", address)
    visitor.page.click("form:has(#email) button.ob-btn")
    visitor.page.wait_for_selector("#email_code")
    code = code_in(visitor.mail_of(address, lambda _one: True)["text"])

    wrong = "000000" if code != "000000" else "111111"
    visitor.page.fill("#email_code", wrong)
    visitor.page.click("form:has(#email_code) button.ob-btn")
    visitor.page.wait_for_selector("#errors")
    assert visitor.page.evaluate("document.activeElement.id") == "errors"
    visitor.page.click("#errors a")
    assert visitor.page.evaluate("document.activeElement.id") == "email_code"

    visitor.page.fill("#email_code", f" {code[:3]} {code[3:]}")
    visitor.page.click("form:has(#email_code) button.ob-btn")
    visitor.page.wait_for_selector(".ob-note--ok")
    assert address in visitor.page.locator("section[aria-labelledby=h-email]").inner_text()

    visitor.open("/debts/")
    visitor.choose_first()
    visitor.to_the_bank()
    visitor.let("approve")
    assert address in visitor.page.locator("main").inner_text()
    letter = visitor.mail_of(address, lambda one: one["attachments"])
    assert letter["attachments"][0]["type"] == "application/pdf"


def test_a_mobile_is_confirmed_by_the_sms_sent_to_it(visitor: Visitor, crowd: Crowd) -> None:
    citizen = crowd.of_one_town()
    number = f"69{citizen.afm[:8]}"
    visitor.sign_in(citizen)
    visitor.page.click("section[aria-labelledby=ask] a")
    visitor.page.fill("#sms", f"{number[:3]} {number[3:]}")
    visitor.page.click("form:has(#sms) button.ob-btn")
    visitor.page.wait_for_selector("#sms_code")
    message = visitor.eventually(lambda: visitor.sandbox.get("sms", to=f"+30{number}"))[-1]
    visitor.page.fill("#sms_code", code_in(message["text"]))
    visitor.page.click("form:has(#sms_code) button.ob-btn")
    visitor.page.wait_for_selector(".ob-note--ok")


def test_who_does_not_want_to_say_now_is_not_asked_again(visitor: Visitor, crowd: Crowd) -> None:
    visitor.sign_in(crowd.of_one_town())
    chosen = visitor.page.locator("input[name=d]:checked").count()
    assert chosen
    visitor.page.click("button[name=later]")
    visitor.page.wait_for_selector("section[aria-labelledby=ask]", state="detached")
    assert visitor.page.locator("input[name=d]:checked").count() == chosen


def test_signing_in_leads_back_to_where_one_wanted_to_be(visitor: Visitor) -> None:
    visitor.sign_in("eleni", path="/payments/")
    assert visitor.page.url == f"{visitor.portal}/payments/"


def test_whoever_does_not_agree_at_taxisnet_is_not_signed_in(visitor: Visitor) -> None:
    visitor.open("/sign-in/")
    visitor.page.click("button[name=denied]")
    visitor.page.wait_for_url(f"{visitor.portal}/**")
    assert visitor.heading() == "Δεν έχετε συνδεθεί"


def test_signing_out_ends_the_session_here_and_there(visitor: Visitor) -> None:
    visitor.arrive("eleni")
    visitor.page.click("form[action='/sign-out/'] button")
    visitor.page.wait_for_url(f"{visitor.portal}/signed-out/")
    visitor.open("/debts/")
    assert visitor.page.url.startswith(f"{visitor.sandbox.address}/gsis/")


def test_the_end_of_an_idle_visit_is_told_before_it_comes_and_loses_no_choice(visitor: Visitor) -> None:
    page = visitor.page
    page.clock.install()
    visitor.arrive("eleni")
    visitor.choose_first()
    visitor.to_the_method()
    chosen = page.url
    warning = page.locator("#awake")
    assert warning.is_hidden()
    page.clock.fast_forward("15:55")
    warning.wait_for(state="visible")
    page.click("#awake-stay")
    warning.wait_for(state="hidden")
    page.clock.fast_forward("18:00")
    page.click("#awake-again")
    page.wait_for_url(chosen)
    assert visitor.page.locator("input[name=means]").count() == 2
