"""Whatever code of ours somebody holds: what it is, how it stands, nobody's details; and nothing for anything else."""

import re
from datetime import date, timedelta
from random import Random

import pytest
from django.test import Client

from obolos.base.references import rf_code, slip_format
from obolos.base.tenancy import tenancy
from obolos.domain.clearances.actions import NewClearance, issue_clearance
from obolos.domain.clearances.rules import shown_code
from obolos.domain.messages.actions import NewInquiry, open_inquiry
from obolos.domain.messages.models import InquiryKind
from obolos.domain.notices.actions import pay_codes_for
from obolos.flows.genuine import Genuine, TooMany, holder_matches, look_up
from obolos.flows.hear_bank import hear_return
from obolos.flows.notice_batches import Choice, plan_of, start_notices
from obolos.flows.notices import make_notice
from obolos.flows.order_status import order_view
from obolos.flows.return_places import return_places
from obolos.flows.slips import make_pad, slip_kinds
from tests.support.sales import buy, make_event
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    bank_says_ready,
    certified,
    everything,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
HOME = "192.0.2.1"
PRINTED = "RF64900120120000000004711"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """Ioannina: Eleni owes two fees, one of them overdue."""
    bank_says_ready(monkeypatch)
    return make_town([certified(18_000), certified(5_000, date(2026, 9, 30))])


def ask(text: str, *, days: int = 0, address: str = HOME) -> Genuine | None:
    return look_up(text, address=address, now=NOW + timedelta(days=days))


def rf_order(town: Town) -> str:
    return order_by_rf(town.people[ELENI], everything(town.people[ELENI])[:1])


def test_an_rf_code_of_ours_until_its_last_day_and_after(town: Town) -> None:
    view = order_view(rf_order(town), now=NOW)
    found = ask(f" {view.rf[:4].lower()} {view.rf[4:]}")
    assert found
    assert (found.sort, found.state, found.town.slug) == ("RF", "OPEN", "ioannina")
    assert (found.amount_cents, found.issued_on, found.until) == (view.amount_cents, NOW.date(), view.valid_until)
    assert found.kind_names("en") == "Cleaning and lighting fees"
    days = (view.valid_until - NOW.date()).days
    assert [ask(view.rf, days=days + more).state for more in (0, 1)] == ["OPEN", "EXPIRED"]  # type: ignore[union-attr]


def test_an_rf_code_whose_debt_is_closed_otherwise_is_not_to_be_paid(town: Town) -> None:
    view = order_view(rf_order(town), now=NOW)
    rows(town, "UPDATE instalment SET elsewhere_cents = principal_cents RETURNING id")
    found = ask(view.rf)
    assert found
    assert found.state == "CLOSED"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "PAID"),
        ({"StatusFlag": "Failure", "ResponseCode": "12", "ApprovalCode": ""}, "FAILED"),
        (None, "WAITING"),
    ],
)
def test_a_payment_by_its_reference(town: Town, changes: dict[str, str] | None, state: str) -> None:
    public_id = order_by_card(town.people[ELENI], everything(town.people[ELENI])[:1])
    if changes is not None:
        hear_return("PIRAEUS", signed_return(reference_of(town, public_id), **changes), now=NOW)
    reference = order_view(public_id, now=NOW).reference
    for spelt in (reference, reference.lower().replace("-", " "), reference.replace("OB", "ΟΒ")):
        found = ask(spelt)
        assert found
        assert (found.sort, found.state, found.until) == ("ORDER", state, None)
        assert found.paid_on == (NOW.date() if state == "PAID" else None)
        assert found.amount_cents == order_view(public_id, now=NOW).amount_cents


def test_a_code_that_the_municipality_printed_itself(town: Town) -> None:
    instalment = rows(
        town, "UPDATE instalment SET rf = %s WHERE due_on = '2026-09-30' RETURNING id", PRINTED
    )  # fmt: skip
    assert len(instalment) == 1
    found = ask(PRINTED)
    assert found
    assert (found.sort, found.state, found.issued_on) == ("PRINTED_RF", "OPEN", date(2026, 1, 10))
    assert found.amount_cents
    assert found.amount_cents > 5_000
    rows(town, "UPDATE instalment SET elsewhere_cents = principal_cents WHERE rf <> '' RETURNING id")
    closed = ask(PRINTED)
    assert closed
    assert (closed.state, closed.amount_cents) == ("CLOSED", 5_000)


def test_a_pay_code_of_a_notice(town: Town) -> None:
    debt = one(town, "SELECT min(id) FROM debt")
    with tenancy(municipality=town.id):
        code = pay_codes_for([debt], now=NOW)[debt]
    found = ask("-".join(code[at : at + 4] for at in range(0, 16, 4)).lower())
    assert found
    assert (found.sort, found.state, found.issued_on) == ("PAY_CODE", "OPEN", NOW.date())


def issued(town: Town) -> str:
    with tenancy(municipality=town.id):
        new = NewClearance(
            person_id=town.people[ELENI], form_token="c" * 32, holder="ΜΑΡΚΑΚΗ ΕΛΕΝΗ", afm=ELENI,
            valid_until=date(2026, 12, 22), debts_as_of=NOW, named=(), unapplied_cents=0, undecided=0,
        )  # fmt: skip
        return shown_code(issue_clearance(new, now=NOW).code)


def test_a_certificate_and_whose_it_is(town: Town) -> None:
    code = issued(town)
    found = ask(code)
    assert found
    assert (found.sort, found.state, found.until, found.as_of) == ("CLEARANCE", "VALID", date(2026, 12, 22), NOW)
    assert [ask(code, days=days).state for days in (30, 31)] == ["VALID", "EXPIRED"]  # type: ignore[union-attr]
    assert ask(code.replace("BE-", "ΒΕ ")) == found
    assert holder_matches(code, f" EL{ELENI} ", address=HOME, now=NOW)
    for other in ("123456783", "038836850", "", "x"):
        assert not holder_matches(code, other, address=HOME, now=NOW)
    assert not holder_matches("BE-0000-0000-0000-0000", ELENI, address="192.0.2.5", now=NOW)


def test_an_address_of_this_site_answers_for_the_code_in_it(town: Town, settings) -> None:
    settings.OBOLOS_PORTAL_URL = "https://pay.example.gr"
    debt = one(town, "SELECT min(id) FROM debt")
    with tenancy(municipality=town.id):
        code = pay_codes_for([debt], now=NOW)[debt]
    clearance = issued(town)
    for link in (
        f"https://pay.example.gr/k/{code}", f"pay.example.gr/k/{code}/?told=x#a", f"HTTPS://Pay.Example.GR/k/{code}/",
        f"http://pay.example.gr/slip/{code}/", f"https://pay.example.gr/genuine/?c={code}",
    ):  # fmt: skip
        found = ask(link)
        assert found, link
        assert found.sort == "PAY_CODE"
    assert ask(f"https://pay.example.gr/genuine/?c={clearance}").sort == "CLEARANCE"  # type: ignore[union-attr]
    assert holder_matches(f"https://pay.example.gr/genuine/?c={clearance}", ELENI, address=HOME, now=NOW)
    for turn, link in enumerate((
        f"https://pay.example.gr@evil.example/k/{code}", f"https://evil.example\\@pay.example.gr/k/{code}",
        f"https://pay.example.gr.evil.example/k/{code}", f"https://evil.example/pay.example.gr/k/{code}",
        f"https://pay.example.gr:81/k/{code}", f"https://pay.example.gr/x/{code}", "https://pay.example.gr/k/",
        "https://pay.example.gr/genuine/?c=", f"javascript:pay.example.gr/k/{code}",
    )):  # fmt: skip
        assert ask(link, address=f"203.0.113.{turn}") is None, link


def test_a_notice_by_its_number_alone_or_of_a_batch(town: Town) -> None:
    debtor = one(town, "SELECT id FROM debtor")
    notice = make_notice(debtor, municipality_id=town.id, language="el", by_user=1, now=NOW)
    rows(town, "UPDATE notice SET reference = 'EI-7K2M-94QX' WHERE id = %s RETURNING id", notice)
    plan = plan_of(Choice(), municipality_id=town.id)
    start_notices(plan.choice, expected=plan.reach, municipality_id=town.id, language="el", by_user=1, now=NOW)
    batch = one(town, "SELECT reference FROM notice WHERE batch_id IS NOT NULL")
    for text in ("EI-7K2M-94QX", "ει 7k2m 94qx", batch):
        found = ask(text)
        assert found, text
        assert (found.sort, found.state, found.town.slug) == ("NOTICE", "ISSUED", "ioannina")
        assert (found.issued_on, found.kinds, found.amount_cents) == (NOW.date(), (), None)
    assert [ask(text).about for text in ("EI-7K2M-94QX", batch)] == ["", "BATCH"]  # type: ignore[union-attr]


def test_a_slip_by_the_number_printed_on_it(town: Town) -> None:
    kind = next(one.id for one in slip_kinds(municipality_id=town.id) if one.code == "00.1512.0001")
    make_pad(
        municipality_id=town.id, kind_id=kind, label="", count=1, fixed_cents=4_000, amounts=(), by_user=1, now=NOW
    )
    number = one(town, "SELECT number FROM preissued_slip")
    for text in (number, slip_format(number)):
        found = ask(text)
        assert found, text
        assert (found.sort, found.state, found.issued_on) == ("SLIP", "ISSUED", NOW.date())
    assert ask(number[:-1] + str((int(number[-1]) + 1) % 10)) is None


def test_what_was_sold_and_its_tickets(town: Town) -> None:
    sold = buy(town, make_event(town), 1)
    hear_return("PIRAEUS", signed_return(reference_of(town, sold.order)), now=NOW)  # type: ignore[arg-type]
    codes = {"PURCHASE": "SELECT reference FROM purchase", "TICKET": "SELECT code FROM ticket"}
    for (sort, sql), state in zip(codes.items(), ("PAID", "VALID"), strict=True):
        found = ask(one(town, sql))
        assert found, sort
        assert (found.sort, found.state, found.issued_on) == (sort, state, NOW.date())
        assert "citizens.example" not in repr(found)
    assert ask(one(town, "SELECT reference FROM purchase")).about == "EVENT"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("SELECT 1", "HELD"),
        ("UPDATE purchase SET released_at = now() RETURNING 1", "UNPAID"),
        ("UPDATE event SET cancelled_at = now() RETURNING 1", "CANCELLED"),
    ],
)
def test_the_number_of_a_purchase_that_is_not_paid_never_looks_like_a_ticket(
    town: Town, change: str, state: str
) -> None:
    buy(town, make_event(town), 1)
    rows(town, change)
    found = ask(one(town, "SELECT reference FROM purchase"))
    assert found
    assert (found.sort, found.state, found.paid_on, found.amount_cents) == ("PURCHASE", state, None, None)
    page = shown(one(town, "SELECT reference FROM purchase"))
    words = {"HELD": "It is not paid yet.", "UNPAID": "It was not paid, and it does not hold.",
             "CANCELLED": "The event was cancelled, and its tickets let nobody in."}  # fmt: skip
    assert words[state] in page
    assert "This number is no ticket" in page
    assert "issued this" not in page
    assert "Issued by" not in page
    assert "ob-panel-ok" not in page


def shown(text: str) -> str:
    """The page's answer to a code, in English, as it is now."""
    client = Client()
    client.cookies["obolos_language"] = "en"
    return re.sub(r"\s+", " ", client.post("/genuine/", {"c": text}).content.decode())


def test_money_that_counted_for_nothing_has_the_reason_of_the_orders_own_page(town: Town) -> None:
    person = town.people[ELENI]
    first, second = (order_by_card(person, everything(person)[:1]) for _ in range(2))
    for order, number in ((first, "1"), (second, "2")):
        reply = signed_return(reference_of(town, order), SupportReferenceID=number, TransactionId=number)
        hear_return("PIRAEUS", reply, now=NOW)
    view = order_view(second, now=NOW)
    found = ask(view.reference)
    assert found
    assert (found.state, found.cause) == ("PART", "MONEY_WITHOUT_DEBT") == (view.state, view.ending)
    page = shown(view.reference)
    assert "The debt had been paid or changed meanwhile, so the money fits nothing." in page
    assert "not the one asked" not in page
    assert ask(order_view(first, now=NOW).reference).state == "PAID"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "cause", "words"),
    [
        ("UPDATE event SET cancelled_at = now() RETURNING 1", "SALE_CANCELLED", "The event was cancelled"),
        ("SELECT 1", "SALE_GONE", "It came after the places had gone back on sale"),
    ],
)
def test_money_for_tickets_that_are_none_says_why(town: Town, change: str, cause: str, words: str) -> None:
    event = make_event(town, capacity=1)
    sold = buy(town, event, 1)
    later = NOW + timedelta(days=2)
    return_places(now=later)
    buy(town, event, 1, now=later)
    rows(town, change)
    hear_return("PIRAEUS", signed_return(reference_of(town, sold.order)), now=later)  # type: ignore[arg-type]
    reference = order_view(sold.order, now=later).reference  # type: ignore[arg-type]
    found = ask(reference, days=2)
    assert found
    assert (found.state, found.cause) == ("PART", cause)
    assert words in shown(reference)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("UPDATE ticket SET checked_at = now() RETURNING 1", "USED"),
        ("UPDATE event SET cancelled_at = now() RETURNING 1", "CANCELLED"),
        ("UPDATE event SET starts_at = starts_at - interval '90 days', doors_at = NULL, sales_from = sales_from - "
         "interval '120 days', sales_until = sales_until - interval '120 days' RETURNING 1", "EXPIRED"),
    ],
)  # fmt: skip
def test_whoever_holds_a_ticket_hears_whether_it_is_still_good(town: Town, settings, change: str, state: str) -> None:
    settings.OBOLOS_PORTAL_URL = "https://pay.example.gr"
    sold = buy(town, make_event(town), 1)
    code = one(town, "SELECT code FROM ticket")
    assert ask(code).state == "UNPAID"  # type: ignore[union-attr]
    hear_return("PIRAEUS", signed_return(reference_of(town, sold.order)), now=NOW)  # type: ignore[arg-type]
    assert ask(f"https://pay.example.gr/office/door/{code}/").state == "VALID"  # type: ignore[union-attr]
    rows(town, change)
    assert ask(code).state == state  # type: ignore[union-attr]


def slips(town: Town, *, fixed: int | None = None, amounts: tuple[int, ...] = ()) -> tuple[str, str, str]:
    """(number, pay code, RF code) of the only slip of a new pad."""
    kind = next(one.id for one in slip_kinds(municipality_id=town.id) if one.code == "00.1512.0001")
    make_pad(
        municipality_id=town.id, kind_id=kind, label="", count=1, fixed_cents=fixed, amounts=amounts, by_user=1, now=NOW
    )
    return rows(
        town,
        "SELECT s.number, k.code, r.code FROM preissued_slip s JOIN pay_code k ON k.debt_id = s.debt_id "
        "JOIN rf_code r ON r.id = s.rf_code_id ORDER BY s.id DESC LIMIT 1",
    )[0]


def test_the_codes_on_an_unused_slip_say_what_is_to_be_paid(town: Town) -> None:
    _, code, rf = slips(town, amounts=(2_000, 4_000))
    for text in (code, rf):
        found = ask(text)
        assert found, text
        assert (found.about, found.state, found.amount_cents or None) == ("SLIP", "OPEN", None)
        assert found.amount_written
        assert found.amounts == (2_000, 4_000)
        assert found.kinds
    _, code, rf = slips(town, fixed=4_000)
    for text in (code, rf):
        found = ask(text)
        assert found, text
        assert (found.about, found.state, found.amount_cents, found.amount_written) == ("SLIP", "OPEN", 4_000, False)


def test_the_codes_on_a_slip_whose_fine_is_there_say_the_fine_s_amount(town: Town) -> None:
    number, code, rf = slips(town, amounts=(2_000, 4_000))
    rows(
        town,
        "WITH d AS (INSERT INTO debt (municipality_id, revenue_kind_id, origin, ext_id, version, kind, rev_code, orig_code, "
        "description, ticket_no, ticket_folded) SELECT municipality_id, revenue_kind_id, 'ERP', 'F1', 1, kind, rev_code, "
        "orig_code, description, %s, %s FROM debt WHERE origin = 'SLIP' RETURNING municipality_id, id) "
        "INSERT INTO instalment (municipality_id, debt_id, number, of, due_on, principal_cents, rf) "
        "SELECT municipality_id, id, 1, 1, '2027-01-20', 4000, '' FROM d RETURNING 1",
        slip_format(number), number,
    )  # fmt: skip
    for text, about in ((code, "FINE"), (rf, "SLIP")):
        found = ask(text)
        assert found, text
        assert (found.about, found.state, found.amount_cents) == (about, "OPEN", 4_000)


def test_a_message_about_a_debt_by_its_number(town: Town) -> None:
    debt = one(town, "SELECT min(id) FROM debt")
    with tenancy(municipality=town.id):
        new = NewInquiry(
            kind=InquiryKind.NOT_MINE, debt_id=debt, person_id=None, text="", email="", language="el",
            form_token="f" * 32,
        )  # fmt: skip
        reference = open_inquiry(new, now=NOW)
    found = ask(reference)
    assert found
    assert (found.sort, found.state, found.issued_on) == ("INQUIRY", "ISSUED", NOW.date())
    assert ELENI not in repr(found)
    page = shown(reference)
    assert "Somebody wrote to the Municipality of Ioannina" in page
    assert "It is no demand for money: nothing is paid with it." in page
    assert "issued this" not in page
    assert "Issued by" not in page


def test_nothing_that_is_no_code_of_ours_is_known(town: Town) -> None:
    code = issued(town)
    view = order_view(rf_order(town), now=NOW)
    wrong = [
        "", "RF", view.rf[:-1], view.rf[:-1] + str((int(view.rf[-1]) + 1) % 10), "OB-0000-0000", code[3:], "BE-" + "0" * 16,
        view.public_id, f"https://evil.example/k/{code[3:]}", f"evil.example/{view.rf}", "0" * 16, "'; DROP TABLE debt; --",
        "%", "\x00", ELENI, "٣" * 16, "A" * 5000,
    ]  # fmt: skip
    for turn, text in enumerate(wrong):
        assert ask(text.replace("\x00", ""), address=f"198.51.100.{turn}") is None, text


def test_no_answer_holds_anything_about_a_person(town: Town) -> None:
    texts = [issued(town), order_view(rf_order(town), now=NOW).rf]
    told = " ".join(repr(ask(text)) for text in texts)
    for secret in (ELENI, "Μαρκάκη", "ΜΑΡΚΑΚΗ", "δοκιμή"):
        assert secret not in told


def test_two_thousand_guesses_find_nothing_and_are_slowed(town: Town) -> None:
    issued(town)
    rf_order(town)
    guess = Random(7)
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    refused = 0
    for turn in range(2_000):
        body = "".join(guess.choice(letters) for _ in range(16))
        text = [
            rf_code("99084", 18_000, f"{guess.randrange(10**15):015d}"), f"OB-{body[:4]}-{body[4:8]}", body, f"BE-{body}"
        ][turn % 4]  # fmt: skip
        try:
            assert look_up(text, address=f"203.0.113.{turn % 10}", now=NOW) is None
        except TooMany:
            refused += 1
    assert refused == 1_950


def test_what_is_known_does_not_use_up_tries_and_what_is_not_does(town: Town) -> None:
    code = issued(town)
    for _ in range(12):
        assert ask(code)
    for turn in range(5):
        assert ask(f"OB-0000-000{turn}") is None
    with pytest.raises(TooMany):
        ask(code)
    assert ask(code, address="192.0.2.77")
