"""Pages of events and certificates: what they say before, while and after buying, and what is refused."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from obolos.adapters.banks.contract import BankRefused, BankUnavailable
from obolos.adapters.banks.piraeus import Piraeus
from obolos.base.dates import end_of_day
from obolos.base.wording import athens_moment
from obolos.flows.deliver import deliver_due
from obolos.flows.hear_bank import hear_return
from obolos.flows.return_places import return_places
from obolos.flows.run_events import call_off
from tests.interfaces.portal.conftest import town_with
from tests.support.sales import EMAIL, buy, buyer, classes_of, make_certificate, make_event
from tests.support.world import Town, counts, one, reference_of, signed_return


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def town() -> Town:
    """A town that sells."""
    return town_with([])


@pytest.fixture
def guest() -> Client:
    """Somebody who is not signed in."""
    return Client(headers={"accept-language": "en"})


def form(town: Town, event: Any, *numbers: int, **changes: str) -> dict[str, str]:
    fields = {"email": EMAIL, "means": "card", "form_token": "f" * 32}
    for row, number in zip(classes_of(town, event), numbers, strict=True):
        fields |= {f"n{row.id}": str(number), f"p{row.id}": str(row.price_cents)}
    return fields | changes


def test_two_tickets_by_card_from_the_page_to_the_pdf(town: Town, guest: Client) -> None:
    event = make_event(town, now=now())
    page = guest.get(f"/d/ioannina/events/{event.id}/").content.decode()
    assert "€12.00" in page
    bank = guest.post(f"/d/ioannina/events/{event.id}/", form(town, event, 2, 0))
    assert bank.status_code == 303
    order = re.fullmatch(r"/pay/(\w+)/bank/", bank["Location"])
    assert order
    waiting = guest.get(f"/pay/{order[1]}/").content.decode()
    assert "2 places are held for you until" in waiting
    path = re.search(r"/d/ioannina/bought/\w+/", guest.get(f"/pay/{order[1]}/").content.decode())
    assert path is None, "no tickets before the money"
    purchase = one(town, "SELECT public_id FROM purchase")
    assert guest.get(f"/d/ioannina/bought/{purchase}/tickets.pdf").status_code == 404
    hear_return("PIRAEUS", signed_return(reference_of(town, order[1])), now=now())
    paid = guest.get(f"/pay/{order[1]}/").content.decode()
    assert "Open the 2 tickets (PDF)" in paid
    pdf = guest.get(f"/d/ioannina/bought/{purchase}/tickets.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    calendar = guest.get(f"/d/ioannina/bought/{purchase}/event.ics").content.decode()
    assert "SUMMARY:Concert by the lake" in calendar
    assert EMAIL not in paid


def test_by_rf_code_day_and_hour_are_said_everywhere(town: Town, guest: Client) -> None:
    event = make_event(town, now=now())
    address = f"/d/ioannina/events/{event.id}/"
    before = guest.get(address).content.decode()
    made = guest.post(address, form(town, event, 1, 1, means="rf"))
    assert re.fullmatch(r"/pay/\w+/", made["Location"])
    page = guest.get(made["Location"]).content.decode()
    assert "Your RF code" in page
    pay_by = athens_moment(end_of_day(one(town, "SELECT valid_until FROM rf_code")), "en")
    held = athens_moment(one(town, "SELECT hold_until FROM purchase"), "en")
    assert f"Pay with the code at any bank by {pay_by}. Your places are held until {held};" in before
    assert f"by {pay_by}, exactly this amount" in page
    assert f"2 places are held for you until {held}; after that they are free again." in page
    calendar = guest.get(f"{made['Location']}reminder.ics").content.decode()
    assert re.search(r"DTSTART:\d{8}T\d{4}00Z", calendar)
    deliver_due(now=now())
    letter = mail.outbox[0].body
    assert f"Pay by: {pay_by}" in letter
    assert f"We hold your 2 places until {held}" in letter
    assert "After that the places are free again." in letter


def test_when_sales_end_too_soon_the_page_offers_the_card_and_says_why(town: Town, guest: Client) -> None:
    event = make_event(town, now=now(), sales_until=now() + timedelta(hours=3))
    address = f"/d/ioannina/events/{event.id}/"
    page = guest.get(address).content.decode()
    assert 'value="card"' in page
    assert 'value="rf"' not in page
    assert "sales end before every bank would have told us" in page
    refused = guest.post(address, form(town, event, 1, 0, means="rf"))
    assert refused.status_code == 409
    assert "Nothing was charged: pay by card." in html.unescape(refused.content.decode())


def test_a_certificate_by_card(town: Town, guest: Client) -> None:
    kind = make_certificate(town)
    assert "Certificate of residence" in guest.get("/d/ioannina/certificates/").content.decode()
    address = f"/d/ioannina/certificates/{kind.id}/"
    fields = {"email": EMAIL, "means": "card", "form_token": "f" * 32, "price": "800", "request": "Μαρία, Αβέρωφ 3"}
    refused = guest.post(address, fields | {"request": " "})
    assert refused.status_code == 422
    assert "Write what the office must know" in refused.content.decode()
    order = guest.post(address, fields)["Location"].split("/")[2]
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=now())
    assert "The office makes it out within 3 working days" in guest.get(f"/pay/{order}/").content.decode()


def test_what_is_free_of_charge_needs_no_bank(town: Town, guest: Client) -> None:
    event = make_event(town, now=now(), classes=(("Δωρεάν", 0, None),))
    page = guest.get(f"/d/ioannina/events/{event.id}/").content.decode()
    assert "How do you want to pay?" not in page
    made = guest.post(f"/d/ioannina/events/{event.id}/", form(town, event, 2))
    assert made["Location"].startswith("/d/ioannina/bought/")
    assert "Open the 2 tickets (PDF)" in guest.get(made["Location"]).content.decode()


@pytest.mark.parametrize("free", [True, False])
def test_late_money_reads_what_became_of_it(town: Town, guest: Client, free: bool) -> None:
    event = make_event(town, now=now(), capacity=2, classes=(("Κανονικό", 1_200, None),))
    order = guest.post(f"/d/ioannina/events/{event.id}/", form(town, event, 2))["Location"].split("/")[2]
    late = now() + timedelta(minutes=16)
    return_places(now=late)
    undecided = guest.get(f"/pay/{order}/").content.decode()
    assert "No payment has reached us for them. If one still comes" in undecided
    if not free:
        buy(town, event, 1, now=late, who=buyer(email="other@citizens.example"))
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=late + timedelta(minutes=1))
    page = guest.get(f"/pay/{order}/").content.decode()
    reference = one(town, "SELECT reference FROM payment_order WHERE public_id = %s", order)
    assert "If one still comes" not in page
    assert ('data-late="TAKEN_AGAIN"' in page) == free
    assert ("Open the 2 tickets (PDF)" in page) == free
    assert ("You have no tickets: your payment of €24.00" in page) != free
    assert (f"and give the number {reference}" in page) != free
    assert "a person decides" not in page
    paid = one(town, "SELECT public_id FROM purchase ORDER BY id LIMIT 1")
    bought = guest.get(f"/d/ioannina/bought/{paid}/").content.decode()
    assert ("You have no tickets" in bought) != free


def test_a_page_fetched_back_with_another_choice_never_pays_for_the_old_one(town: Town, guest: Client) -> None:
    event = make_event(town, now=now(), classes=(("Κανονικό", 1_200, None),))
    address = f"/d/ioannina/events/{event.id}/"
    first = guest.post(address, form(town, event, 2))
    assert guest.post(address, form(town, event, 2))["Location"] == first["Location"]
    before = counts(town)
    for changed in (form(town, event, 3), form(town, event, 2, means="rf"), form(town, event, 2, email="a@b.gr")):
        answer = guest.post(address, changed)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "you have begun to buy 2 tickets (EV-" in text
        assert "Nothing new was charged." in text
        assert counts(town) == before
    token = re.search(r'name="form_token" value="(\w+)"', text)
    assert token
    assert token[1] != "f" * 32
    held = re.findall(r'name="held" value="(\w+)"', text)
    assert len(held) == 1
    again = guest.post(address, form(town, event, 3, form_token=token[1], held=held[0]))
    assert again.status_code == 303
    assert again["Location"] != first["Location"]


def test_a_certificate_asked_for_anew_on_the_same_page_is_not_the_old_one(town: Town, guest: Client) -> None:
    kind = make_certificate(town)
    address = f"/d/ioannina/certificates/{kind.id}/"
    fields = {"email": EMAIL, "means": "card", "form_token": "f" * 32, "price": "800", "request": "Μαρία, Αβέρωφ 3"}
    assert guest.post(address, fields).status_code == 303
    assert guest.post(address, fields).status_code == 303
    other = guest.post(address, fields | {"request": "Νίκος, Αβέρωφ 5"})
    assert other.status_code == 409
    assert "you have begun another request (PI-" in other.content.decode()


@pytest.mark.parametrize(("refused", "cause"), [(True, "BANK_REFUSED"), (False, "BANK_DOWN")])
def test_a_bank_that_refuses_is_told_from_one_that_is_silent(
    town: Town, guest: Client, monkeypatch: pytest.MonkeyPatch, refused: bool, cause: str
) -> None:
    def says_no(self: Any, account: Any, charge: Any) -> None:
        raise BankRefused("9998") if refused else BankUnavailable("silent")

    monkeypatch.setattr(Piraeus, "start", says_no)
    event = make_event(town, now=now(), classes=(("Κανονικό", 1_200, None),))
    kind = make_certificate(town)
    fields = {"email": EMAIL, "means": "card", "form_token": "e" * 32, "price": "800", "request": "Μαρία, Αβέρωφ 3"}
    for address, sent in (
        (f"/d/ioannina/events/{event.id}/", form(town, event, 1)),
        (f"/d/ioannina/certificates/{kind.id}/", fields),
    ):
        answer = guest.post(address, sent)
        assert answer.status_code == 503
        assert f'data-cause="{cause}"' in answer.content.decode()
        assert "You were not charged." in answer.content.decode()
        assert ("trying again will not help" in answer.content.decode()) == refused


def test_free_places_have_a_limit_for_each_address_and_nobody_is_told_to_pay(town: Town, guest: Client) -> None:
    event = make_event(town, now=now(), capacity=20, classes=(("Δωρεάν", 0, None),))
    address = f"/d/ioannina/events/{event.id}/"
    assert guest.post(address, form(town, event, 10)).status_code == 303
    for email in (EMAIL, EMAIL.upper(), EMAIL.replace("@", "+2@")):
        again = guest.post(address, form(town, event, 1, form_token="d" * 32, email=email))
        assert again.status_code == 409
        assert "This e-mail address has free places already: up to 10 for each address." in again.content.decode()
    other = form(town, event, 10, form_token="c" * 32, email="nikos@citizens.example")
    bought = guest.get(guest.post(address, other)["Location"]).content.decode()
    assert re.search(r"\bpa(id|y|yment)\b", re.sub(r"<[^>]*>|<footer.*", " ", bought, flags=re.DOTALL)) is None


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"email": "maria"}, 422, "Write an e-mail address"),
        ({"form_token": ""}, 422, "The form was not complete"),
        ({"n": "0"}, 422, "Choose how many tickets you want"),
        ({"n": "4"}, 409, "So many places are not free any more. 3 are left"),
        ({"p": "1"}, 409, "A price has changed"),
        ({"means": "gold", "n": "-2"}, 422, "Choose how many tickets you want"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    town: Town, guest: Client, changes: dict[str, str], status: int, said: str
) -> None:
    event = make_event(town, now=now(), capacity=3, classes=(("Κανονικό", 1_200, None),))
    (row,) = classes_of(town, event)
    before = counts(town)
    named = {f"{key}{row.id}" if key in {"n", "p"} else key: value for key, value in changes.items()}
    answer = guest.post(f"/d/ioannina/events/{event.id}/", form(town, event, 1) | named)
    assert answer.status_code == status
    text = answer.content.decode()
    assert said in text
    assert changes.get("email", EMAIL) in text
    assert one(town, "SELECT count(*) FROM purchase") == 0
    assert counts(town) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"capacity": 0}, "All tickets are sold or held just now."),
        ({"sales_until": now() - timedelta(hours=1)}, "Online sales have ended."),
        ({"starts_at": now() - timedelta(hours=1)}, "The event has begun"),
    ],
)
def test_what_is_not_on_sale_says_so(town: Town, guest: Client, options: dict[str, Any], said: str) -> None:
    event = make_event(town, now=now(), **options)
    page = guest.get(f"/d/ioannina/events/{event.id}/").content.decode()
    assert said in page
    assert '<form action="/d/' not in page
    answer = guest.post(f"/d/ioannina/events/{event.id}/", form(town, event, 1, 0))
    assert answer.status_code == 409


def test_nothing_of_the_kind_is_not_found(town: Town, guest: Client) -> None:
    event = make_event(town, now=now())
    for address in (
        "/d/nowhere/events/", "/d/ioannina/events/99999999999999999999999/", "/d/zitsa/events/1/", "/d/ioannina/certificates/9/",
        f"/d/ioannina/bought/{'a' * 26}/", "/d/ioannina/bought/x/", f"/d/ioannina/bought/{'a' * 26}/tickets.pdf",
        f"/d/zitsa/events/{event.id}/",
    ):  # fmt: skip
        assert guest.get(address).status_code == 404, address


def test_the_page_of_an_order_for_a_cancelled_event_says_only_that(town: Town, guest: Client) -> None:
    event = make_event(town, now=now())
    orders = {
        means: buy(town, event, 1, now=now(), who=buyer(email=f"{means}@citizens.example", means=means)).order
        for means in ("rf", "card")
    }
    call_off(event.id, municipality_id=town.id, by_user=1, now=now())
    for released in (False, True):
        if released:
            return_places(now=now())
        for order in orders.values():
            page = guest.get(f"/pay/{order}/").content.decode()
            assert 'data-cause="EVENT_CANCELLED" data-charged="unknown"' in page
            assert "The event was cancelled" in page
            assert "No payment has reached us for them." in page
            for gone in (
                "Its amount is no longer",
                "today&#x27;s amount",
                "expired",
                "ob-qr",
                "exactly this amount",
                "retry",
            ):
                assert gone not in page, (gone, released)
    hear_return(
        "PIRAEUS",
        signed_return(reference_of(town, orders["card"]), StatusFlag="Failure", ResponseCode="12", ApprovalCode=""),
        now=now(),
    )
    failed = guest.get(f"/pay/{orders['card']}/").content.decode()
    assert 'data-cause="EVENT_CANCELLED" data-charged="no"' in failed
    assert "You were not charged." in failed
    assert "/retry/" not in failed


def test_a_buyer_who_comes_back_is_told_what_he_holds_and_led_on(town: Town, guest: Client) -> None:
    event = make_event(town, now=now(), capacity=3, classes=(("Κανονικό", 1_200, None),))
    address = f"/d/ioannina/events/{event.id}/"
    to_bank = guest.post(address, form(town, event, 3))["Location"]
    until = athens_moment(one(town, "SELECT hold_until FROM purchase"), "en")
    page = guest.get(address).content.decode()
    assert "All tickets are sold or held just now." in page
    assert f"You hold 3 places until {until}." in page
    assert f'href="{to_bank}"' in page
    assert guest.get(to_bank).status_code == 200
    assert "data-held" not in Client(headers={"accept-language": "en"}).get(address).content.decode()
    other = make_event(town, now=now())
    assert "data-held" not in guest.get(f"/d/ioannina/events/{other.id}/").content.decode()
    return_places(now=now() + timedelta(minutes=16))
    assert "data-held" not in guest.get(address).content.decode()


@pytest.mark.parametrize("means", ["card", "rf"])
def test_a_second_hold_is_never_made_unnoticed(town: Town, guest: Client, means: str) -> None:
    event = make_event(town, now=now(), capacity=20, classes=(("Κανονικό", 1_200, None),))
    address = f"/d/ioannina/events/{event.id}/"
    order = guest.post(address, form(town, event, 3, means=means))["Location"].split("/")[2]
    before = counts(town)
    other_tab = form(town, event, 2, form_token="e" * 32)
    refused = guest.post(address, other_tab)
    text = refused.content.decode()
    assert refused.status_code == 409
    assert "You hold 3 places already, until" in text
    assert f'href="/pay/{order}/{"bank/" if means == "card" else ""}"' in text
    assert counts(town) == before
    held = re.findall(r'name="held" value="(\w+)"', text)
    assert guest.post(address, other_tab | {"held": held[0]}).status_code == 303
    page = guest.get(address).content.decode()
    assert re.findall(r'data-held="(\d)"', page) == ["3", "2"]
    if means == "card":
        hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=now())
        assert re.findall(r'data-held="(\d)"', guest.get(address).content.decode()) == ["2"]
