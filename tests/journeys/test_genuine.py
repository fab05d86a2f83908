"""Somebody doubts a code; a citizen gets a certificate and somebody else checks it."""

import re
from collections.abc import Callable

import pytest

from obolos.flows.demo_data.inhabitants import Inhabitant, with_check_digit
from tests.journeys.inspection import inspect, show
from tests.journeys.people import Citizen, Crowd
from tests.journeys.test_rf import code_and_amount
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey


def check(visitor: Visitor, code: str) -> str:
    """Type a code and read the answer."""
    visitor.open("/genuine/")
    visitor.page.fill("#c", code)
    visitor.page.click("form:has(#c) button")
    visitor.page.wait_for_selector("[role=status], [role=alert]")
    return visitor.page.locator("main").inner_text()


def test_a_code_before_and_after_it_is_paid(visitors: Callable[..., Visitor], crowd: Crowd) -> None:
    payer = visitors()
    payer.arrive(crowd.of_one_town())
    payer.choose_first()
    payer.to_the_rf_code()
    code, amount = code_and_amount(payer)
    doubter = visitors()
    doubter.open("/genuine/")
    inspect(doubter, "genuine")
    assert "πληρώνεται ακόμη" in check(doubter, code)
    inspect(doubter, "genuine-open")
    assert "Μην πληρώσετε." in check(doubter, "OB-0000-0000")
    inspect(doubter, "genuine-unknown")
    assert "Αυτός ο σύνδεσμος δεν είναι δικός μας." in check(doubter, "https://pay-ioannina.com/k/7K2M94QX7K2M94QX")
    inspect(doubter, "genuine-link")
    assert "Αυτή η διεύθυνση είναι δική μας" in check(doubter, f"{doubter.portal}/status/")
    inspect(doubter, "genuine-ours")
    assert "Ίσως είναι αριθμός κλήσης" in check(doubter, "2026-999999")
    inspect(doubter, "genuine-number")
    assert "Κάποιο ψηφίο του κωδικού RF είναι λάθος" in check(doubter, code[:-1] + str((int(code[-1]) + 1) % 10))
    inspect(doubter, "genuine-rf-wrong")
    doubter.page.fill("#c", "")
    doubter.page.click("form:has(#c) button")
    doubter.page.wait_for_selector("#errors")
    inspect(doubter, "genuine-empty")
    payer.sandbox.post("dias/pay", rf=code, amount=amount)
    assert "Μην πληρώσετε ξανά" in check(doubter, code)
    doubter.page.context.add_cookies([{"name": "obolos_language", "value": "en", "url": doubter.portal}])
    assert "Do not pay it again" in check(doubter, code)
    inspect(doubter, "genuine-paid")


def test_a_certificate_and_its_check(visitors: Callable[..., Visitor]) -> None:
    """Two clicks from signing in to the certificate; the check needs only what stands on it."""
    free = Inhabitant(with_check_digit("17000001"), "Ελεύθερος Νίκος", "N", ())
    citizen = visitors()
    citizen.sign_in(Citizen(free, ()), path="/clearances/")
    inspect(citizen, "clearances")
    citizen.page.select_option("#at", "ioannina")
    citizen.page.click("form:has(#at) button")
    citizen.page.wait_for_url("**/clearances/?issued=*")
    inspect(citizen, "clearance-issued")
    shown = re.findall(r"BE(?:-[0-9A-Z]{4}){4}", citizen.page.locator("main").inner_text())[0]
    path = citizen.page.locator("a.ob-btn[href$='.pdf']").get_attribute("href")
    pdf = citizen.page.context.request.get(f"{citizen.portal}{path}")
    assert pdf.body().startswith(b"%PDF")

    doubter = visitors()
    doubter.open(f"/genuine/?c={shown}")
    assert "Ισχύει έως" in doubter.page.locator("main").inner_text()
    inspect(doubter, "genuine-certificate")
    doubter.page.fill("#afm", free.afm)
    doubter.page.click("form:has(#afm) button")
    doubter.page.wait_for_selector(".ob-note--ok")
    assert free.afm not in doubter.page.url
    inspect(doubter, "genuine-certificate-yes")


def test_what_is_in_the_way_of_a_certificate(visitor: Visitor, crowd: Crowd) -> None:
    fined = crowd.take(lambda one: any(debt.kind == "UNCERTIFIED" for debt in one.debts) and len(one.debts) <= 6)
    slug = {"9084": "ioannina", "9083": "zitsa", "9086": "metsovo"}
    place = next(debt.code for debt in fined.debts if debt.kind == "UNCERTIFIED")
    visitor.arrive(fined)
    visitor.open(f"/clearances/?at={slug[place]}")
    visitor.page.click("form:has(#at) button")
    visitor.page.wait_for_selector("#errors")
    assert "όχι ακόμη βεβαιωμένη" in visitor.page.locator("#errors").inner_text()
    inspect(visitor, "clearance-refused")


def test_too_many_doubts_wait(visitor: Visitor) -> None:
    """From an address of its own, so that nobody else of these journeys waits."""
    show(visitor, "portal/genuine.html", {"too_many": True, "domain": "localhost", "typed": "OB-0000-0000"})
    inspect(visitor, "genuine-wait")
