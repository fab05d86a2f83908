"""Buying tickets and certificates: places held, paid, returned, taken again for late money; refusals write nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from obolos.adapters.banks.contract import BankUnavailable
from obolos.adapters.banks.piraeus import Piraeus
from obolos.adapters.dias.online import IncomingPayment, OnlineRequest
from obolos.flows.bank_ticket import BankDown
from obolos.flows.dias import answer_online, take_day_file
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import order_view
from obolos.flows.pay import NothingToPay, bank_form
from obolos.flows.return_places import return_places
from obolos.flows.sell import SaleRefused
from tests.support.dias import day_file
from tests.support.sales import ask_for, buy, buyer, make_certificate, make_event
from tests.support.world import (
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    counts,
    make_town,
    one,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
SOON = NOW + timedelta(minutes=2)
LATE = NOW + timedelta(minutes=16)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town whose bank is ready."""
    bank_says_ready(monkeypatch)
    return make_town([])


def pay(town: Town, order: str, *, now: object = SOON, number: str = "0364629") -> None:
    hear_return("PIRAEUS", signed_return(reference_of(town, order), SupportReferenceID=number), now=now)  # type: ignore[arg-type]


def taken(town: Town, event_id: int) -> tuple[int, list[int]]:
    classes = [
        row[0] for row in rows(town, "SELECT taken FROM price_class WHERE event_id = %s ORDER BY position", event_id)
    ]
    return one(town, "SELECT taken FROM event WHERE id = %s", event_id), classes


def test_two_tickets_are_held_then_paid_then_settled(town: Town) -> None:
    event = make_event(town)
    sold = buy(town, event, 2, 1)
    assert taken(town, event.id) == (3, [2, 1])
    assert one(town, "SELECT amount_cents FROM payment_order") == 2_900
    assert rows(town, "SELECT origin, kind, person_id, debtor_id FROM debt") == [("TICKET", "UNCERTIFIED", None, None)]
    pay(town, sold.order)
    assert one(town, "SELECT open_cents FROM instalment") == 0
    assert one(town, "SELECT state FROM payment_order") == "PAID"
    assert rows(town, "SELECT account, amount_cents FROM posting ORDER BY account") == [
        ("11:PIRAEUS", 2_900), ("30:00.0434.0001", -2_900),
    ]  # fmt: skip
    assert return_places(now=SOON) == 1
    assert return_places(now=LATE) == 0
    assert one(town, "SELECT settled_at FROM purchase") == SOON
    assert taken(town, event.id) == (3, [2, 1])
    assert broken_proofs() == []


def test_places_nobody_paid_for_go_back_and_the_debt_is_withdrawn(town: Town) -> None:
    event = make_event(town)
    buy(town, event, 2, 1)
    assert return_places(now=NOW + timedelta(minutes=14)) == 0
    assert return_places(now=LATE) == 1
    assert taken(town, event.id) == (0, [0, 0])
    assert one(town, "SELECT open_cents FROM instalment") == 0
    assert one(town, "SELECT withdrawn_at FROM debt") == LATE
    assert return_places(now=LATE) == 0


def test_late_money_takes_the_places_again_while_they_are_free(town: Town) -> None:
    event = make_event(town, capacity=3)
    sold = buy(town, event, 2, 1)
    return_places(now=LATE)
    pay(town, sold.order, now=LATE + timedelta(minutes=1))
    assert taken(town, event.id) == (3, [2, 1])
    assert one(town, "SELECT disposition FROM payment") == "APPLIED"
    assert rows(town, "SELECT kind FROM worklist_item") == []
    return_places(now=LATE + timedelta(minutes=2))
    assert one(town, "SELECT settled_at IS NOT NULL AND released_at IS NULL FROM purchase")
    assert broken_proofs() == []


def test_late_money_for_places_that_are_gone_waits_for_a_person(town: Town) -> None:
    event = make_event(town, capacity=3)
    sold = buy(town, event, 2)
    return_places(now=LATE)
    other = buy(town, event, 2, now=LATE, who=buyer(email="other@citizens.example"))
    pay(town, other.order, now=LATE, number="2")
    pay(town, sold.order, now=LATE + timedelta(minutes=1))
    assert taken(town, event.id) == (2, [2, 0])
    assert rows(town, "SELECT disposition FROM payment ORDER BY id") == [("APPLIED",), ("UNAPPLIED",)]
    assert rows(town, "SELECT kind, amount_cents, reason FROM worklist_item") == [
        ("UNAPPLIED", 2_400, "DEBT_CLOSED_MEANWHILE")
    ]
    assert broken_proofs() == []


@pytest.mark.parametrize("quota", [2, 3])
def test_late_money_minds_the_quota_of_a_class(town: Town, quota: int) -> None:
    event = make_event(town, capacity=50, classes=(("Παιδικό", 500, quota),))
    sold = buy(town, event, 2)
    return_places(now=LATE)
    buy(town, event, 1, now=LATE, who=buyer(email="other@citizens.example"))
    pay(town, sold.order, now=LATE)
    assert taken(town, event.id) == ((1, [1]) if quota == 2 else (3, [3]))
    assert one(town, "SELECT disposition FROM payment") == ("UNAPPLIED" if quota == 2 else "APPLIED")


def test_a_certificate_is_paid_for_late_all_the_same_and_is_asked_of_the_office_once(town: Town) -> None:
    sold = ask_for(town, make_certificate(town))
    return_places(now=LATE)
    pay(town, sold.order, now=LATE)
    return_places(now=LATE)
    return_places(now=LATE)
    assert one(town, "SELECT disposition FROM payment") == "APPLIED"
    assert rows(town, "SELECT kind, reason FROM worklist_item") == [("CERTIFICATE", "TO_BE_ISSUED")]


def test_what_costs_nothing_is_sold_on_the_spot(town: Town) -> None:
    event = make_event(town, classes=(("Δωρεάν", 0, None),))
    sold = buy(town, event, 2)
    assert sold.order == ""
    assert one(town, "SELECT settled_at IS NOT NULL AND debt_id IS NULL FROM purchase")
    assert rows(town, "SELECT target, event FROM delivery") == [("PAYER_EMAIL", "TICKETS")]
    with pytest.raises(SaleRefused, match="FREE_ALREADY"):
        buy(town, event, 9)


def test_the_same_form_sells_once(town: Town) -> None:
    event = make_event(town)
    who = buyer()
    first = buy(town, event, 2, who=who)
    pay(town, first.order)
    assert buy(town, event, 2, who=who) == first
    assert taken(town, event.id) == (2, [2, 0])
    assert one(town, "SELECT count(*) FROM payment_order") == 1


@pytest.mark.parametrize(
    ("places", "options", "after", "reason"),
    [
        ((0, 0), {}, 0, "NOTHING"),
        ((11, 0), {}, 0, "TOO_MANY"),
        ((3, 0), {"capacity": 2}, 0, "NO_PLACES"),
        ((3, 0), {"classes": (("Παιδικό", 500, 2), ("Άλλο", 500, None))}, 0, "NO_PLACES"),
        ((1, 0), {"sales_until": NOW + timedelta(hours=1)}, 61, "CLOSED"),
        ((1, 0), {}, 60 * 24 * 11, "OVER"),
    ],
)
def test_a_refusal_holds_nothing_and_writes_nothing(
    town: Town, places: tuple[int, ...], options: dict[str, object], after: int, reason: str
) -> None:
    event = make_event(town, **options)  # type: ignore[arg-type]
    before = counts(town)
    with pytest.raises(SaleRefused, match=reason):
        buy(town, event, *places, now=NOW + timedelta(minutes=after))
    assert counts(town) == before
    assert one(town, "SELECT count(*) FROM purchase") + one(town, "SELECT count(*) FROM debt") == 0
    assert taken(town, event.id)[0] == 0


def asked_of_dias(town: Town, rid: str, *, at: datetime) -> str:
    """What DIAS is told when somebody pays the RF code at his bank: nothing, or why not."""
    code, cents = rows(town, "SELECT code, amount_cents FROM rf_code")[0]
    payment = IncomingPayment(
        rid=rid, organisation="99084", bank_txn=rid, rf=code, amount_cents=cents, paid_at=at, booked_on=None, debtor_name="",
        debtor_bank="ETHNGRAA", remittance="", line_of_business="", created_at=None,
    )  # fmt: skip
    (decision,) = answer_online(OnlineRequest("X", (payment,)), user="dias-9084", password="demo-dias-9084", now=at)
    return decision.rejection or ""


#: NOW is a Sunday: the code may be paid until Monday 23:59, and banks report on Tuesday at the latest.
LAST_MINUTE = datetime(2026, 11, 23, 21, 59, tzinfo=UTC)
HELD_UNTIL = datetime(2026, 11, 24, 21, 59, tzinfo=UTC)


def test_an_rf_code_is_paid_until_the_last_minute_of_its_day(town: Town) -> None:
    event = make_event(town)
    buy(town, event, 1, 1, means="rf")
    assert one(town, "SELECT valid_until FROM rf_code") == LAST_MINUTE.date()
    assert return_places(now=LAST_MINUTE) == 0
    assert asked_of_dias(town, "R1", at=LAST_MINUTE) == ""
    return_places(now=LAST_MINUTE)
    assert one(town, "SELECT settled_at IS NOT NULL FROM purchase")
    assert taken(town, event.id) == (2, [1, 1])


def test_what_was_paid_on_the_last_day_and_reported_on_the_next_working_day_finds_its_places(town: Town) -> None:
    event = make_event(town, capacity=2)
    sold = buy(town, event, 1, 1, means="rf")
    assert one(town, "SELECT hold_until FROM purchase") == HELD_UNTIL
    tuesday = HELD_UNTIL - timedelta(hours=2)
    assert asked_of_dias(town, "R1", at=tuesday) == "DT01", "nobody pays it any more"
    assert return_places(now=tuesday) == 0
    with pytest.raises(SaleRefused, match="SOLD_OUT"):
        buy(town, event, 1, now=tuesday, who=buyer(email="other@citizens.example"))
    code, cents = rows(town, "SELECT code, amount_cents FROM rf_code")[0]
    take_day_file(*day_file("9084", [(code, cents)]), now=tuesday)
    return_places(now=tuesday)
    assert one(town, "SELECT settled_at IS NOT NULL AND released_at IS NULL FROM purchase")
    assert order_view(sold.order, now=tuesday).phase == "PAID"
    assert broken_proofs() == []


def test_after_its_hold_dias_is_told_no_and_a_file_still_counts_while_places_are_free(town: Town) -> None:
    event = make_event(town)
    sold = buy(town, event, 1, 1, means="rf")
    after = HELD_UNTIL + timedelta(minutes=1)
    return_places(now=after)
    assert one(town, "SELECT state FROM payment_order") == "EXPIRED"
    assert asked_of_dias(town, "R1", at=after) == "DT01"
    assert taken(town, event.id) == (0, [0, 0])
    code, cents = rows(town, "SELECT code, amount_cents FROM rf_code")[0]
    take_day_file(*day_file("9084", [(code, cents)]), now=after)
    assert taken(town, event.id) == (2, [1, 1])
    assert order_view(sold.order, now=after).phase == "PAID"
    assert broken_proofs() == []


def test_no_rf_code_when_sales_end_before_a_bank_would_have_reported(town: Town) -> None:
    event = make_event(town, sales_until=NOW + timedelta(hours=2))
    before = counts(town)
    with pytest.raises(SaleRefused, match="RF_TOO_LATE"):
        buy(town, event, 1, means="rf")
    assert counts(town) == before
    assert taken(town, event.id)[0] == 0
    assert buy(town, event, 1).order, "by card they are sold all the same"


def test_a_certificate_by_rf_waits_for_the_report_too(town: Town) -> None:
    ask_for(town, make_certificate(town), means="rf")
    assert one(town, "SELECT valid_until FROM rf_code") == (NOW + timedelta(days=7)).date()
    assert one(town, "SELECT hold_until FROM purchase") == datetime(2026, 11, 30, 21, 59, tzinfo=UTC)


def test_whoever_came_back_from_an_undecided_bank_keeps_the_places(town: Town) -> None:
    event = make_event(town)
    buy(town, event, 2)
    rows(town, "UPDATE payment_attempt SET state = 'UNKNOWN' RETURNING id")
    assert return_places(now=LATE) == 0
    assert return_places(now=NOW + timedelta(hours=25)) == 1
    assert taken(town, event.id) == (0, [0, 0])


def test_a_bank_that_does_not_start_holds_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object) -> None:
        raise BankUnavailable("down")

    monkeypatch.setattr(Piraeus, "start", refuse)
    event = make_event(town)
    with pytest.raises(BankDown):
        buy(town, event, 2)
    assert taken(town, event.id) == (0, [0, 0])
    assert one(town, "SELECT count(*) FROM payment_order") == 0
    assert one(town, "SELECT count(*) FROM instalment WHERE open_cents > 0") == 0


def test_nobody_is_sent_to_the_bank_for_places_that_went_back(town: Town) -> None:
    sold = buy(town, make_event(town), 1)
    assert bank_form(sold.order, now=SOON)
    return_places(now=LATE)
    with pytest.raises(NothingToPay):
        bank_form(sold.order, now=LATE)


def test_a_price_paid_in_part_keeps_its_places_and_asks_a_person(town: Town) -> None:
    event = make_event(town)
    buy(town, event, 1, 1, means="rf")
    code, cents = rows(town, "SELECT code, amount_cents FROM rf_code")[0]
    take_day_file(*day_file("9084", [(code, cents - 100)]), now=SOON)
    return_places(now=HELD_UNTIL + timedelta(hours=1))
    return_places(now=HELD_UNTIL + timedelta(hours=2))
    assert taken(town, event.id) == (2, [1, 1])
    assert rows(town, "SELECT kind, reason FROM worklist_item") == [("SALE", "PAID_IN_PART")]
