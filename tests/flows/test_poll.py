"""When nobody told us: the schedule of questions, closed tabs, silence, contradictions, giving up."""

from datetime import datetime, timedelta

import pytest

from obolos.adapters.banks import contract as words
from obolos.adapters.banks.contract import BankAnswer, BankUnavailable, Verdict
from obolos.adapters.banks.piraeus import Piraeus
from obolos.domain.payments.rules import next_query_at
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import order_view
from obolos.flows.poll import poll_banks
from tests.support.world import (
    ELENI,
    NOW,
    bank_says_ready,
    broken_proofs,
    certified,
    make_town,
    one,
    order_by_card,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")


class Answering:
    """A bank whose answer to FOLLOW_UP the test sets, counting the questions."""

    def __init__(self) -> None:
        self.verdict: Verdict | None = None
        self.reason = ""
        self.amount: int | None = None
        self.asked = 0

    def __call__(self, adapter: object, account: object, reference: str) -> BankAnswer:
        self.asked += 1
        if self.verdict is None:
            raise BankUnavailable("no answer")
        return BankAnswer(
            verdict=self.verdict, reference=reference, message_key=f"k{self.verdict}{self.reason}{self.amount}",
            amount_cents=self.amount, bank_txn="T77", approval="A1", reason=self.reason, raw="<x/>",
            confirmed_not_charged=self.verdict is Verdict.DECLINED,
        )  # fmt: skip


@pytest.fixture
def bank(monkeypatch):
    bank_says_ready(monkeypatch)
    answering = Answering()
    monkeypatch.setattr(Piraeus, "query", lambda *asked: answering(*asked))  # noqa: PLW0108 - a method needs a function
    return answering


@pytest.fixture
def town():
    return make_town([certified(5_000)])


def test_a_closed_tab_is_found_within_two_minutes(town, bank):
    order = order_by_card(town.people[ELENI])
    bank.verdict = Verdict.PAID
    assert poll_banks(now=NOW + timedelta(seconds=60)) == 0
    assert poll_banks(now=NOW + timedelta(seconds=90)) == 1
    view = order_view(order, now=NOW)
    assert (view.phase, view.bank_txn) == ("PAID", "T77")
    assert one(town, "SELECT confirmed_at IS NOT NULL FROM payment")
    assert poll_banks(now=NOW + timedelta(days=3)) == 0
    assert broken_proofs() == []


def test_a_signed_return_is_confirmed_by_a_question_and_booked_once(town, bank):
    order = order_by_card(town.people[ELENI])
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=NOW + timedelta(seconds=30))
    bank.verdict = Verdict.PAID
    poll_banks(now=NOW + timedelta(seconds=95))
    assert rows(town, "SELECT disposition FROM bank_result ORDER BY id") == [("APPLIED",), ("CONFIRMED",)]
    assert one(town, "SELECT count(*) FROM payment") == 1
    assert one(town, "SELECT next_query_at FROM payment_attempt") is None
    assert broken_proofs() == []


def test_an_amount_that_is_not_ours_is_not_booked_and_asks_a_person(town, bank):
    order = order_by_card(town.people[ELENI])
    bank.verdict, bank.amount = Verdict.PAID, 4_999
    poll_banks(now=NOW + timedelta(seconds=90))
    assert order_view(order, now=NOW).phase == "WAITING"
    assert rows(town, "SELECT kind, reason FROM worklist_item") == [("BANK_CONTRADICTS", "AMOUNT_DIFFERS")]
    assert one(town, "SELECT count(*) FROM payment") == 0


def test_a_bank_that_denies_what_it_signed_raises_a_question_and_the_money_stays(town, bank):
    order = order_by_card(town.people[ELENI])
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=NOW + timedelta(seconds=30))
    bank.verdict, bank.reason = Verdict.DECLINED, "DECLINED"
    poll_banks(now=NOW + timedelta(seconds=95))
    assert order_view(order, now=NOW).phase == "PAID"
    assert rows(town, "SELECT kind FROM worklist_item") == [("BANK_CONTRADICTS",)]
    assert broken_proofs() == []


def test_silence_and_unknown_answers_are_asked_again_and_never_end_an_attempt(town, bank):
    order = order_by_card(town.people[ELENI])
    now = NOW
    for _ in range(20):
        now += timedelta(seconds=95)
        poll_banks(now=now)
    assert bank.asked == 20
    assert order_view(order, now=now).phase == "WAITING"
    assert one(town, "SELECT next_query_at FROM payment_attempt") is not None


def test_no_such_sale_ends_an_attempt_only_after_its_window_and_when_said_twice(town, bank):
    order = order_by_card(town.people[ELENI])
    bank.verdict, bank.reason = Verdict.DECLINED, words.NOT_FOUND
    poll_banks(now=NOW + timedelta(seconds=90))
    assert order_view(order, now=NOW).phase == "WAITING"
    first = NOW + timedelta(minutes=31)
    poll_banks(now=first)
    assert one(town, "SELECT state FROM payment_attempt") == "REDIRECTED"
    for minutes in (41, 56, 57, 117):
        poll_banks(now=NOW + timedelta(minutes=minutes))
    assert one(town, "SELECT state FROM payment_attempt") == "ABANDONED"
    view = order_view(order, now=NOW)
    assert (view.phase, view.not_charged) == ("FAILED", True)
    # Money that comes after all is booked all the same.
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=NOW + timedelta(hours=3))
    assert order_view(order, now=NOW).phase == "PAID"
    assert broken_proofs() == []


def test_the_schedule_is_the_promised_one():
    expires = NOW + timedelta(minutes=30)

    def after(minutes: float) -> timedelta:
        now = NOW + timedelta(minutes=minutes)
        at = next_query_at(created_at=NOW, ticket_expires_at=expires, now=now)
        assert isinstance(at, datetime)
        return at - now

    assert after(0) == timedelta(seconds=90)
    assert after(39) == timedelta(minutes=1)
    assert after(40) == timedelta(minutes=15)
    assert after(55) == timedelta(hours=1)
    assert after(40 + 75) == timedelta(hours=1)
    assert after(40 + 47 * 60) == timedelta(hours=1)
    assert after(40 + 49 * 60) == timedelta(days=1)
    assert next_query_at(created_at=NOW, ticket_expires_at=expires, now=NOW + timedelta(days=31)) is None


def test_the_same_pending_answer_is_asked_for_less_and_less_and_ends_without_a_claim(town, bank):
    order = order_by_card(town.people[ELENI])
    bank.verdict, bank.reason = Verdict.PENDING, words.NO_FINAL_ANSWER
    now = NOW
    for _ in range(400):
        due = one(town, "SELECT next_query_at FROM payment_attempt")
        if due is None:
            break
        now = due
        poll_banks(now=now)
    assert 100 < bank.asked < 160
    assert now - NOW > timedelta(days=29)
    view = order_view(order, now=now)
    assert (view.phase, view.not_charged) == ("FAILED", False)
    assert one(town, "SELECT count(*) FROM bank_message") == 1
    assert broken_proofs() == []


def test_a_bank_that_stays_silent_for_thirty_days_ends_the_attempt_without_a_claim(town, bank):
    order = order_by_card(town.people[ELENI])
    now = NOW
    for _ in range(400):
        due = one(town, "SELECT next_query_at FROM payment_attempt")
        if due is None:
            break
        now = due
        poll_banks(now=now)
    view = order_view(order, now=now)
    assert (view.phase, view.not_charged, view.attempt_state) == ("FAILED", False, "ABANDONED")
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=now + timedelta(days=1))
    assert order_view(order, now=now).phase == "PAID"


@pytest.mark.parametrize(
    ("verdict", "reason", "amount"),
    [
        (Verdict.PENDING, "NO_FINAL_ANSWER", None),
        (Verdict.DECLINED, "DECLINED", None),
        (Verdict.PAID, "", 4_999),
        (Verdict.UNVERIFIED, "UNKNOWN_ANSWER", None),
    ],
    ids=["not yet", "no", "another amount", "nonsense"],
)
def test_what_was_paid_is_asked_about_less_and_less_and_then_no_more(town, bank, verdict, reason, amount):
    order = order_by_card(town.people[ELENI])
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=NOW + timedelta(seconds=30))
    bank.verdict, bank.reason, bank.amount = verdict, reason, amount
    now = NOW + timedelta(seconds=95)
    while now < NOW + timedelta(days=32):
        poll_banks(now=now)
        now = max(one(town, "SELECT next_query_at FROM payment_attempt") or now, now) + timedelta(hours=1)
    assert 30 < bank.asked < 150
    assert one(town, "SELECT next_query_at FROM payment_attempt") is None
    assert order_view(order, now=now).phase == "PAID"
    assert broken_proofs() == []


def test_a_refusal_that_the_bank_repeats_is_looked_at_once_more_and_then_let_be(town, bank):
    order = order_by_card(town.people[ELENI])
    bank.verdict, bank.reason = Verdict.DECLINED, "DECLINED"
    now = NOW + timedelta(seconds=95)
    for _ in range(20):
        poll_banks(now=now)
        now += timedelta(hours=1)
    assert bank.asked == 2
    assert one(town, "SELECT next_query_at FROM payment_attempt") is None
    assert order_view(order, now=now).phase == "FAILED"
