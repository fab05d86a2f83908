"""An order's pages by its unguessable address: who sees what, the way to the bank, proof, reminder, history, retry."""

import html as html_module
import io
import re
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
from django.test import Client

from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.payments.models import PaymentOrder
from obolos.domain.people.models import Person
from obolos.flows.dias import take_day_file
from obolos.flows.hear_bank import hear_return
from tests.interfaces.portal.conftest import SignIn, described, fee, town_with
from tests.reliability.stories import day_file
from tests.support.world import (
    ELENI,
    GIORGOS,
    Town,
    counts,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    signed_return,
)

HOSTILE = "<script>alert(1)</script>\"'><img src=x>"
EMAIL, MOBILE = "eleni.m@citizens.example", "+306900000077"


def now() -> datetime:
    """This instant: views look at the clock themselves."""
    return datetime.now(UTC)


@pytest.fixture
def town() -> Town:
    """Eleni owes one fee of 180.00, and has both contacts on file."""
    made = town_with([fee(), fee(5_000, afm=GIORGOS)])
    with tenancy(person=made.people[ELENI]):
        Person.objects.filter(id=made.people[ELENI]).update(email=EMAIL, mobile=MOBILE, name="ΜΑΡΚΑΚΗ ΕΛΕΝΗ")
    return made


@pytest.fixture
def card(town: Town) -> str:
    """A card order of Eleni's, at the bank."""
    return order_by_card(town.people[ELENI], now=now())


@pytest.fixture
def rf(town: Town) -> str:
    """An RF order of Eleni's."""
    return order_by_rf(town.people[ELENI], now=now())


def pay(town: Town, order: str, **changes: str) -> None:
    """The bank's signed answer arrives."""
    hear_return("PIRAEUS", signed_return(reference_of(town, order), **changes), now=now())


def phase(answer) -> str:
    """The one word the page turns on."""
    return re.search(r'data-phase="(\w+)"', answer.content.decode())[1]


def test_waiting_then_paid_and_looking_changes_nothing(eleni, town, card):
    before = counts(town)
    waiting = eleni.get(f"/pay/{card}/")
    assert phase(waiting) == "WAITING"
    assert "Μην πληρώσετε ξανά" in waiting.content.decode()
    assert counts(town) == before
    pay(town, card)
    paid = eleni.get(f"/pay/{card}/")
    assert phase(paid) == "PAID"
    assert "180,00\xa0€" in paid.content.decode()
    assert paid["Cache-Control"] == "no-store"
    assert paid["X-Robots-Tag"] == "noindex"


def test_not_charged_is_said_only_when_the_bank_confirmed_it(eleni, town, card):
    pay(town, card, StatusFlag="Failure", ResponseCode="05", ResponseDescription="Do not honor", ApprovalCode="")
    html = eleni.get(f"/pay/{card}/").content.decode()
    assert phase(eleni.get(f"/pay/{card}/")) == "FAILED"
    assert "Δεν χρεωθήκατε" in html
    with tenancy(municipality=town.id):
        PaymentOrder.objects.get(public_id=card).attempts.update(not_charged=False, reason="ABANDONED")
    html = eleni.get(f"/pay/{card}/").content.decode()
    assert "Δεν χρεωθήκατε" not in html
    assert "Δεν ξέρουμε ακόμη" in html


def test_money_that_no_longer_fits_is_said_to_be_safe(eleni, town, card):
    second = order_by_card(town.people[ELENI], now=now())
    pay(town, card)
    pay(town, second, TransactionId="77002", SupportReferenceID="0364630")
    html = eleni.get(f"/pay/{second}/").content.decode()
    assert "180,00\xa0€" in html
    assert "26510 00084" in html
    assert phase(eleni.get(f"/pay/{second}/")) in {"PAID", "PART"}


def test_an_expired_code_says_that_money_on_its_way_is_not_lost(eleni, town, rf):
    with tenancy(municipality=town.id):
        PaymentOrder.objects.filter(public_id=rf).update(valid_until=(now() - timedelta(days=2)).date())
    answer = eleni.get(f"/pay/{rf}/")
    assert phase(answer) == "EXPIRED"
    assert "δεν χάνονται" in answer.content.decode()
    assert eleni.get(f"/pay/{rf}/reminder.ics").status_code == 303


def test_a_code_whose_debt_was_paid_another_way_is_not_offered_any_more(eleni, town, rf, client):
    open_page = eleni.get(f"/pay/{rf}/").content.decode()
    assert "ob-qr" in open_page
    card = order_by_card(town.people[ELENI], now=now())
    pay(town, card)
    page = eleni.get(f"/pay/{rf}/")
    shown = page.content.decode()
    assert phase(page) == "CLOSED"
    assert "μην πληρώσετε αυτόν τον κωδικό" in shown
    assert f'href="/pay/{card}/"' in shown
    assert athens_date(now()).strftime("%d/%m/%Y") in shown
    for gone in ("ob-qr", "data-copy", "reminder", "ακριβώς αυτό το ποσό"):
        assert gone not in shown
    assert eleni.get(f"/pay/{rf}/reminder.ics").status_code == 303
    stranger = client.get(f"/pay/{rf}/")
    assert phase(stranger) == "CLOSED"
    assert card not in stranger.content.decode()


def test_whoever_has_the_address_sees_the_outcome_but_no_whole_address_of_the_payer(eleni, town, card, rf):
    for order in (card, rf):
        mine, stranger = eleni.get(f"/pay/{order}/"), Client().get(f"/pay/{order}/")
        assert stranger.status_code == 200
        assert phase(mine) == phase(stranger)
        told = stranger.content.decode()
        assert EMAIL not in told
        assert MOBILE not in told
        assert "ΜΑΡΚΑΚΗ" not in told
        assert ELENI not in told
    assert EMAIL in eleni.get(f"/pay/{rf}/").content.decode()
    assert "e•••@citizens.example" in Client().get(f"/pay/{rf}/").content.decode()


def test_another_citizen_is_a_stranger_too(town, signed_in, rf):
    giorgos = signed_in(town.people[GIORGOS], name="ΖΗΣΗΣ ΓΕΩΡΓΙΟΣ")
    assert EMAIL not in giorgos.get(f"/pay/{rf}/").content.decode()


@pytest.mark.parametrize("unknown", ["a" * 26, "x", "A" * 22, "OB-7K2M-94QX", "1", "-" * 26, "ΑΒΓ", "a" * 200])
@pytest.mark.parametrize("page", ["", "bank/", "proof.pdf", "reminder.ics"])
def test_an_address_that_no_order_has_gives_likely_reasons(town, unknown, page):
    answer = Client().get(f"/pay/{unknown}/{page}")
    assert answer.status_code == 404
    assert "Traceback" not in answer.content.decode()
    assert "<h1" in answer.content.decode()


def test_the_way_to_the_bank_names_that_bank_only(eleni, card):
    answer = eleni.get(f"/pay/{card}/bank/")
    html = answer.content.decode()
    assert 'action="http://127.0.0.1:9/piraeus/redirection/pay.aspx"' in html
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["form-action"] == "http://127.0.0.1:9"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert answer["Cache-Control"] == "no-store"
    assert "4236ece6142b4639925eb6f80217122f" not in html  # the ticket stays with us


def test_the_way_to_the_bank_is_closed_once_the_bank_has_spoken(eleni, town, card, rf):
    pay(town, card)
    for order in (card, rf):
        answer = eleni.get(f"/pay/{order}/bank/")
        assert (answer.status_code, answer["Location"]) == (303, f"/pay/{order}/")


def test_the_proof_is_a_pdf_only_when_money_came(eleni, town, card):
    assert eleni.get(f"/pay/{card}/proof.pdf")["Location"] == f"/pay/{card}/"
    pay(town, card)
    answer = eleni.get(f"/pay/{card}/proof.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert re.fullmatch(r'inline; filename="OB-[0-9A-Z-]+\.pdf"', answer["Content-Disposition"])
    told = text_of(answer.content)
    assert "180,00" in told
    assert ELENI not in text_of(Client().get(f"/pay/{card}/proof.pdf").content)
    english = Client()
    english.cookies["obolos_language"] = "en"
    assert "€180.00" in text_of(english.get(f"/pay/{card}/proof.pdf").content)


def test_hostile_names_stay_text_on_every_page_and_in_the_proof(signed_in):
    town = town_with([described(fee(), HOSTILE)])
    with tenancy(person=town.people[ELENI]):
        Person.objects.filter(id=town.people[ELENI]).update(name=f"ΜΑΡΚΑΚΗ {HOSTILE}")
    client = signed_in(town.people[ELENI], name=f"ΜΑΡΚΑΚΗ {HOSTILE}")
    order = order_by_card(town.people[ELENI], now=now())
    pages = [client.get(f"/pay/{order}/"), client.get(f"/pay/{order}/bank/")]
    pay(town, order)
    pages += [client.get(f"/pay/{order}/"), client.get("/payments/")]
    for answer in pages:
        assert "<script>alert" not in answer.content.decode()
        assert "<img" not in answer.content.decode()
    assert "<script>alert(1)" in text_of(client.get(f"/pay/{order}/proof.pdf").content)


def text_of(pdf: bytes) -> str:
    """All words of a PDF."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"[\s\u200b]+", " ", " ".join(page.extract_text() for page in pages)).replace("\u200b", "")


def test_the_reminder_is_a_calendar_file_with_the_code(eleni, rf):
    answer = eleni.get(f"/pay/{rf}/reminder.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    told = answer.content.decode().replace("\r\n ", "")
    code = re.search(r'data-copy="(RF\d+)"', eleni.get(f"/pay/{rf}/").content.decode())[1]
    assert code in told.replace(" ", "")
    assert "BEGIN:VEVENT" in told


def test_a_failed_payment_may_be_tried_again_by_its_payer_only(eleni, town, signed_in, card):
    pay(town, card, StatusFlag="Failure", ResponseCode="05", ResponseDescription="Do not honor", ApprovalCode="")
    token = {"form_token": "a" * 32}
    before = counts(town)
    stranger = Client().post(f"/pay/{card}/retry/", token)
    assert stranger["Location"].startswith("/sign-in/")
    other = signed_in(town.people[GIORGOS])
    assert other.post(f"/pay/{card}/retry/", token).status_code == 404
    assert counts(town) == before
    again = eleni.post(f"/pay/{card}/retry/", token)
    assert re.fullmatch(r"/pay/[0-9a-z]+/bank/", again["Location"])
    assert card not in again["Location"]


def test_trying_again_with_another_amount_today_shows_it_first(eleni, town, card):
    pay(town, card, StatusFlag="Failure", ResponseCode="05", ResponseDescription="Do not honor", ApprovalCode="")
    with tenancy(municipality=town.id):
        PaymentOrder.objects.filter(public_id=card).update(amount_cents=17_000)
    before = counts(town)
    answer = eleni.post(f"/pay/{card}/retry/", {"form_token": "a" * 32})
    assert answer.status_code == 409
    assert "170,00" in answer.content.decode()
    assert counts(town)["payment_order"] == before["payment_order"]


def test_the_history_is_found_by_words_and_year(eleni, town, signed_in: SignIn, card):
    assert "Δεν έχετε ολοκληρώσει ακόμη πληρωμή" in eleni.get("/payments/").content.decode()
    pay(town, card)
    year = now().year
    for query in ("", "?q=καθαριοτητας", "?q=ΙΩΑΝΝΙΤΩΝ", f"?year={year}", f"?q=OB-&year={year}"):
        assert f"/pay/{card}/proof.pdf" in eleni.get(f"/payments/{query}").content.decode(), query
    for query in ("?q=ύδρευση", f"?year={year - 1}", "?q=%3Cscript%3E", "?q=%25", "?q=_"):
        html = eleni.get(f"/payments/{query}").content.decode()
        assert card not in html, query
        assert "<script>" not in html
    for odd in ("?year=x", "?year=99999", "?year=٢٠٢٦", "?year=-1", "?q=" + "a" * 5000, "?q=%00"):
        assert eleni.get(f"/payments/{odd}").status_code == 200, odd
    giorgos = signed_in(town.people[GIORGOS])
    assert card not in giorgos.get("/payments/").content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("el", "Δεν μέτρησε για οφειλή"), ("en", "Not counted against a debt")]
)
def test_the_history_says_which_payment_counted_for_nothing(eleni, town, rf, card, language, words):
    pay(town, card)
    eleni.cookies["obolos_language"] = language
    assert words not in eleni.get("/payments/").content.decode()
    code = one(town, "SELECT code FROM rf_code")
    file = day_file((code, one(town, "SELECT amount_cents FROM rf_code")))
    take_day_file(file["content"].encode(), file["name"], now=now())
    page = eleni.get("/payments/").content.decode()
    assert page.count(words) == 1
    assert "Μέτρησε εν μέρει" not in page
    assert "Partly counted" not in page


def test_a_payment_of_many_debts_is_named_by_its_first_and_found_by_each(signed_in: SignIn):
    town = town_with([described(fee(1_000 + n, days=3 + n), f"οδός {name}") for n, name in enumerate("ΑΒΓΔΕ")])
    client = signed_in(town.people[ELENI])
    order = order_by_card(town.people[ELENI], now=now())
    pay(town, order)
    page = client.get("/payments/").content.decode()
    heading = re.search(r'<h3 class="ob-h3">(.*?)</h3>', page)[1]
    assert heading.endswith("οδός Α και 4 ακόμη")
    assert f"/pay/{order}/" in client.get("/payments/?q=οδός Δ").content.decode()
    details = client.get(f"/pay/{order}/").content.decode()
    assert all(f"οδός {name}" in details for name in "ΑΒΓΔΕ")


def test_a_second_tab_leads_to_the_payment_on_its_way_and_from_there_another_way_is_a_decision(eleni, town):
    def form(address: str) -> dict[str, object]:
        page = eleni.get(address).content.decode()
        names = ("d", "expected_cents", "form_token", "told")
        return {name: re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page) for name in names}

    debt = one(town, "SELECT min(id) FROM instalment WHERE person_id = %s", town.people[ELENI])
    address = f"/pay/?d={debt}"
    tabs = [form(address) | {"means": "card"} for _ in range(2)]
    to_bank = eleni.post("/pay/", tabs[0])["Location"]
    order = to_bank.split("/")[2]
    second = eleni.post("/pay/", tabs[1])
    assert (second.status_code, second["Location"]) == (303, f"/pay/{order}/?begun")
    page = eleni.get(second["Location"]).content.decode()
    assert 'id="begun"' in page
    assert f'href="{to_bank}"' in page
    assert one(town, "SELECT count(*) FROM payment_attempt") == 1
    another = html_module.unescape(re.search(r'href="(/pay/\?d=[^"]+)"', page)[1])  # type: ignore[index]
    knowing = form(another) | {"means": "card"}
    assert knowing["told"] == [order]
    assert eleni.post("/pay/", knowing)["Location"].endswith("/bank/")
    assert 'id="begun"' not in eleni.get(f"/pay/{order}/").content.decode()
