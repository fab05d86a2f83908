"""Paying by RF code: shown, kept, sent, paid at a bank through DIAS, and what happens when the amount is another."""

import re
from urllib.parse import urlsplit

import pytest

from tests.journeys.people import Crowd
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey


def code_and_amount(visitor: Visitor) -> tuple[str, str]:
    """The RF code as one would copy it, and the amount as one types it at a bank."""
    code = visitor.page.locator("#rf").inner_text().replace(" ", "").replace("\xa0", "")
    said = visitor.page.locator(".ob-lead .ob-num").inner_text()
    return code, re.sub(r"[^0-9,]", "", said)


def test_an_rf_code_is_paid_at_a_bank_and_the_page_knows_at_once(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    path = visitor.to_the_rf_code()
    assert visitor.phase == "RF"
    code, amount = code_and_amount(visitor)
    assert re.fullmatch(r"RF\d{2}9\d{20}", code)
    assert visitor.page.locator("svg.ob-qr").is_visible()

    reminder = visitor.page.request.get(f"{visitor.portal}{path}reminder.ics")
    assert reminder.ok
    assert code in reminder.text().replace("\r\n ", "").replace(" ", "")

    told = visitor.sandbox.post("dias/pay", rf=code, amount=amount)
    assert (told["status"], told["moved"]) == ("ACCEPTED", True)
    visitor.open(path)
    assert visitor.phase == "PAID"


def test_the_sandbox_page_pays_a_code_as_a_persons_bank_would(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    path = visitor.to_the_rf_code()
    code, amount = code_and_amount(visitor)
    visitor.page.goto(f"{visitor.sandbox.address}/dias/")
    visitor.page.fill("#rf", code)
    visitor.page.fill("#amount", amount)
    visitor.page.click("form:has(#rf) button.main")
    assert "ACCEPTED" in visitor.page.locator("[role=status]").first.inner_text()
    visitor.open(path)
    assert visitor.phase == "PAID"


def test_another_amount_is_refused_before_money_moves(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    path = visitor.to_the_rf_code()
    code, amount = code_and_amount(visitor)
    visitor.sandbox.fault("dias", "wrong_amount")
    told = visitor.sandbox.post("dias/pay", rf=code, amount=amount)
    assert (told["status"], told["rejection"], told["moved"]) == ("REJECTED", "AM06", False)
    visitor.open(path)
    assert visitor.phase == "RF"


def test_the_code_is_copied_without_blanks(visitor: Visitor, crowd: Crowd) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.arrive(crowd.of_one_town())
    visitor.choose_first()
    visitor.to_the_rf_code()
    code, _ = code_and_amount(visitor)
    visitor.page.click("[data-copy]")
    visitor.page.wait_for_function("document.getElementById('copied').textContent")
    assert visitor.page.evaluate("navigator.clipboard.readText()") == code


def test_the_code_goes_to_the_confirmed_addresses_and_no_sms_holds_a_link(visitor: Visitor) -> None:
    """Eleni has both on file. Nothing she owes is paid here."""
    visitor.arrive("eleni")
    visitor.choose_first()
    visitor.to_the_rf_code()
    code, _ = code_and_amount(visitor)
    letter = visitor.mail_of("eleni@citizens.example", lambda one: code in one["text"].replace(" ", ""))
    assert f"{urlsplit(visitor.portal).netloc}/pay/" in letter["text"]
    sms = visitor.eventually(
        lambda: next((one for one in visitor.sandbox.get("sms", to="+306900000001") if code in one["text"]), None)
    )
    assert "://" not in sms["text"]
    words = sms["text"].replace(urlsplit(visitor.portal).netloc, "")
    assert words == words.upper()
