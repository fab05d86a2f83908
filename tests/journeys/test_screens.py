"""Every screen a citizen can meet, held to `looks`: axe at 390 and 1280 px in light and dark, 320 px, the keyboard.

Screens that the clock or a broken machine would have to make (expired, our own mistake) are rendered here from made-up
values and put before the same browser, with the running portal's own styles and scripts.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from obolos.flows.demo_data.inhabitants import Inhabitant, with_check_digit
from obolos.flows.order_status import OrderLineView, OrderView, PaidOtherwise
from obolos.flows.show_debts import MunicipalityView
from obolos.interfaces.portal.outcomes import CATALOGUE, outcome_of
from tests.journeys import looks
from tests.journeys.inspection import inspect, put, show
from tests.journeys.people import Citizen, Crowd
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey

IOANNINA = MunicipalityView(
    1, "9084", "ioannina", "Δήμος Ιωαννιτών", "Municipality of Ioannina", "Ιωαννιτών", "26510 00084"
)
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PAID = OrderView(
    public_id="a" * 26, reference="OB-7K2M-94QX",
    municipality=IOANNINA, person_id=1, payer_name="ΜΑΡΚΑΚΗ ΕΛΕΝΗ", means="RF",
    state="PAID", phase="PAID", amount_cents=18_000, paid_cents=18_000, applied_cents=18_000, unapplied_cents=0,
    lines=(OrderLineView(title_el="Τέλη καθαριότητας και φωτισμού, Σμύρνης 14", title_en="Cleaning fees, Σμύρνης 14",
                         about="2026/67/2083", amount_cents=18_000, parts=(), sentences={}),),
    created_at=AT, paid_at=AT, valid_until=date(2026, 11, 30), rf="RF95990833104353532408748", bank_txn="77001",
    approval="389700", not_charged=False, reason="", told="", rest=(), chosen=("17",),
    email="eleni@citizens.example", mobile="", language="el", attempt_state="", chain="", leg=1, legs=1,
)  # fmt: skip
UNPAID = replace(PAID, paid_cents=0, applied_cents=0, paid_at=None, approval="", bank_txn="")
MADE_UP = {
    "expired-rf": replace(UNPAID, state="EXPIRED", phase="EXPIRED"),
    "expired-card": replace(UNPAID, state="EXPIRED", phase="EXPIRED", means="CARD", rf=""),
    "failed-not-known": replace(UNPAID, state="FAILED", phase="FAILED", means="CARD", rf="", reason="ABANDONED"),
    "partly-counted": replace(PAID, applied_cents=10_000, unapplied_cents=8_000),
    "other-amount": replace(PAID, state="PART", phase="PART", paid_cents=5_000, applied_cents=5_000, left_cents=13_000),
    "closed": replace(UNPAID, state="EXPIRED", phase="CLOSED", paid_otherwise=PaidOtherwise(True, "b" * 26, AT.date())),
    "changed": replace(UNPAID, state="EXPIRED", phase="CLOSED", paid_otherwise=PaidOtherwise(False, "", None)),
    "waiting-long": replace(UNPAID, state="OPEN", phase="WAITING", means="CARD", rf="", attempt_state="REDIRECTED"),
}


def test_pages_around_paying(visitor: Visitor) -> None:
    pages = {"home": "/", "help": "/help/", "accessibility": "/accessibility/", "privacy": "/privacy/", "status": "/status/",
             "404": "/nowhere/", "no-such-payment": f"/pay/{'a' * 26}/", "sign-in-failed": "/sign-in/return/?state=x",
             "signed-out": "/signed-out/"}  # fmt: skip
    for name, path in pages.items():
        visitor.open(path)
        inspect(visitor, name)


def test_where_messages_go(visitor: Visitor, crowd: Crowd) -> None:
    citizen = crowd.of_one_town()
    visitor.sign_in(citizen)
    inspect(visitor, "debts-asked")
    visitor.page.click("section[aria-labelledby=ask] a")
    inspect(visitor, "contact-first")
    visitor.page.fill("#email", "καλημέρα")
    visitor.page.click("form:has(#email) button.ob-btn")
    visitor.page.wait_for_selector("#errors")
    inspect(visitor, "contact-error")
    visitor.page.fill("#email", f"a.rather.long.address.{citizen.afm[-5:]}@citizens.example")
    visitor.page.click("form:has(#email) button.ob-btn")
    visitor.page.wait_for_selector("#email_code")
    inspect(visitor, "contact-waiting")
    visitor.page.fill("#email_code", "1")
    visitor.page.click("form:has(#email_code) button.ob-btn")
    visitor.page.wait_for_selector("#errors")
    inspect(visitor, "contact-code-error")


def test_debts_in_every_state(visitor: Visitor) -> None:
    visitor.arrive("eleni")
    inspect(visitor, "debts")
    for summary in visitor.page.locator(".ob-debt summary").all():
        summary.click()
    inspect(visitor, "debts-breakdown")
    visitor.page.locator("input[inputmode=decimal]").first.fill("δέκα")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    inspect(visitor, "debts-error")


def test_somebody_without_debts(visitor: Visitor) -> None:
    carefree = Inhabitant(with_check_digit("17000000"), "Ανέμελος Πάνος", "N", ())
    visitor.arrive(Citizen(carefree, ()))
    assert visitor.page.locator("#choice").count() == 0
    inspect(visitor, "debts-none")
    visitor.open("/payments/")
    inspect(visitor, "payments-none")


def test_the_way_from_the_method_to_the_outcome(visitor: Visitor, crowd: Crowd) -> None:
    """Two municipalities: method, changed amount, bank, paid with the rest, waiting, debts in progress, history."""
    stop_scripts(visitor, "bank.js", "wait.js")
    visitor.arrive(crowd.of_two_towns())
    visitor.to_the_method()
    inspect(visitor, "method")
    visitor.page.evaluate("document.querySelector('[name=expected_cents]').value = '999'")
    visitor.go_on()
    visitor.page.wait_for_selector("#errors")
    inspect(visitor, "method-amount-changed")
    visitor.page.check("#card")
    visitor.go_on()
    visitor.page.wait_for_selector("#to-bank")
    inspect(visitor, "bank")
    visitor.page.click("#to-bank button")
    visitor.await_bank()
    visitor.let("approve")
    inspect(visitor, "paid-with-rest")
    visitor.go_on()
    visitor.page.click("#to-bank button")
    visitor.await_bank()
    visitor.let("delay")
    inspect(visitor, "waiting")
    visitor.open("/debts/")
    assert visitor.page.locator(".ob-debt a[href^='/pay/']").count()
    inspect(visitor, "debts-in-progress")
    visitor.open("/payments/")
    inspect(visitor, "payments")


def test_codes_of_two_municipalities(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_two_towns())
    visitor.to_the_method()
    visitor.page.check("#rf")
    inspect(visitor, "method-codes")
    visitor.go_on()
    visitor.at_the_order()
    assert visitor.page.locator(".ob-rf").count() == 2
    inspect(visitor, "rf-two")
    visitor.open("/debts/")
    inspect(visitor, "debts-coded")


def test_paid_failed_and_rf(visitor: Visitor, crowd: Crowd) -> None:
    visitor.arrive(crowd.of_one_town(debts=range(3, 7)))
    visitor.choose_first()
    visitor.to_the_bank()
    failed = visitor.let("decline_signed")
    inspect(visitor, "failed")
    visitor.page.click(f"form[action='{failed}retry/'] button.ob-btn")
    visitor.await_bank()
    visitor.let("approve")
    inspect(visitor, "paid")
    visitor.open("/debts/")
    visitor.choose_first()
    visitor.to_the_rf_code()
    inspect(visitor, "rf")


def test_a_smaller_amount(visitor: Visitor, crowd: Crowd) -> None:
    from tests.journeys.test_basket import partly_payable

    visitor.arrive(crowd.take(partly_payable))
    visitor.page.click("button[name=pick][value=none]")
    visitor.page.locator(".ob-debt__part summary").first.click()
    visitor.page.locator("input[inputmode=decimal]").first.fill("10")
    visitor.to_the_method()
    inspect(visitor, "method-part")


@pytest.mark.parametrize("name", MADE_UP)
def test_outcomes_that_only_time_brings(visitor: Visitor, name: str) -> None:
    order = MADE_UP[name]
    values = {
        "order": order, "mine": True, "email": order.email, "again_query": "d=17", "form_token": "a" * 32,
        "outcome": outcome_of(order, now=AT + timedelta(minutes=11)), "is_citizen": True, "session_seconds": 1200,
        "is_trial": True, "citizen_name": order.payer_name,
    }  # fmt: skip
    stop_scripts(visitor, "wait.js")
    show(visitor, "portal/order.html", values)
    assert visitor.phase == order.phase
    inspect(visitor, name)


#: The part of the page that tells an outcome, by what the catalogue says of the charge.
PHASES = {"yes": "PAID", "no": "FAILED", "unknown": "WAITING"}


@pytest.mark.parametrize("charged", PHASES)
def test_the_words_of_every_outcome_fit_a_small_phone(visitor: Visitor, charged: str) -> None:
    """The screens differ in nothing else, and were inspected above."""
    found = []
    stop_scripts(visitor, "wait.js")
    for cause, outcome in CATALOGUE.items():
        if outcome.charged == charged:
            order = replace(UNPAID, state="OPEN", phase=PHASES[charged], means="CARD", rf="", paid_cents=100)
            found += told_in_both_languages(visitor, cause, {"order": order, "outcome": outcome, "mine": True})
    assert found == []


def told_in_both_languages(visitor: Visitor, cause: str, values: dict[str, Any]) -> list[str]:
    """What sticks out of its page."""
    lines = []
    for language in ("el", "en"):
        show(visitor, "portal/order.html", values, language=language)
        lines += [f"{cause} in «{language}»: {one}" for one in looks.overflows(visitor.page)]
    return lines


def test_our_own_mistakes(visitor: Visitor) -> None:
    for status, kind in ((403, "form"), (500, "")):
        show(visitor, "portal/error.html", {"status": status, "kind": kind, "is_trial": True})
        inspect(visitor, f"error-{status}")


def test_what_is_wrong_in_the_other_language_alone_is_noticed(visitor: Visitor) -> None:
    """The inspection sees what only a reader of English would meet: a picture without words, too wide; another state."""
    visitor.open("/help/")
    good = {"el": visitor.page.content(), "en": visitor.page.content().replace('lang="el"', 'lang="en"', 1)}
    wide = '<img src="/static/obolos/obolos.svg" width="2000"></main>'
    for fault in (wide, '<p role="status">Saved.</p></main>'):
        texts = good | {"en": good["en"].replace("</main>", fault)}
        put(visitor, "/made-up/", lambda language, texts=texts: (200, texts[language]))
        with pytest.raises(AssertionError) as told:
            inspect(visitor, "planted")
        assert ("in «en»: 320 px" in str(told.value)) == (fault is wide)
        assert ("in «en»: is another page" in str(told.value)) == (fault is not wide)


def stop_scripts(visitor: Visitor, *names: str) -> None:
    """Let a page stand still that would otherwise go on by itself."""
    for name in names:
        visitor.page.context.route(
            f"**/portal/{name}", lambda route: route.fulfill(body="", content_type="text/javascript")
        )


def test_what_the_policy_refuses_is_noticed(visitor: Visitor) -> None:
    """The check behind every journey sees a foreign picture and a style in the page, so its silence means something."""
    visitor.open("/help/")
    assert visitor.complaints == []
    visitor.page.evaluate(
        "address => document.body.insertAdjacentHTML('beforeend', `<p style='color:red'>x</p><img src='${address}/x.png'>`)",
        visitor.sandbox.address,
    )
    visitor.page.wait_for_timeout(500)
    told = " ".join(visitor.complaints)
    visitor.complaints.clear()
    assert "style-src" in told
    assert "img-src" in told
