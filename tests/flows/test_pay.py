"""From a choice to a bank: what may be chosen, what an order freezes, and that a refusal writes nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from obolos.adapters.banks.contract import BankRefused, BankUnavailable, Charge, Started
from obolos.adapters.banks.piraeus import Piraeus
from obolos.base.references import rf_check
from obolos.base.tenancy import current, tenancy
from obolos.domain.debts.models import RevenueKind
from obolos.domain.municipalities.models import Municipality
from obolos.domain.people.models import Person
from obolos.flows.bank_ticket import BankDown
from obolos.flows.demo_data.shapes import Part
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import OrderUnknown, order_view
from obolos.flows.pay import (
    AmountsChanged,
    MeansNotAllowed,
    NothingToPay,
    bank_form,
    chosen_of,
    pay_by_card,
    pay_by_rf,
    retry_by_card,
    rf_legs,
)
from obolos.flows.show_debts import Chosen, DebtRow, NotPayable, Payer, basket_of, debts_of
from tests.support.world import (
    ELENI,
    GIORGOS,
    NOW,
    TICKET,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    counts,
    fine,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
Begin = Callable[..., str]


@pytest.fixture(autouse=True)
def _bank(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_says_ready(monkeypatch)


def owed(town: Town, afm: str = ELENI) -> list[DebtRow]:
    """A person's open instalments as shown, of all municipalities."""
    return [row for group in debts_of(town.people[afm], now=NOW).groups for row in group.rows]


def pay(begin: Begin, town: Town, *chosen: Chosen, cents: int | None = None, token: str = "f" * 20, **more: Any) -> str:
    """Order a choice for what it costs now, or for what the payer believes."""
    person = town.people[ELENI]
    if cents is None:
        basket = basket_of(debts_of(person, now=NOW), chosen, now=NOW)
        legs = basket.legs[:1] if begin is pay_by_card else rf_legs(basket)
        cents = sum(leg.amount_cents for leg in legs)
    return begin(
        payer=Payer(person_id=person), chosen=chosen, expected_cents=cents, form_token=token, language="el", visit="v",
        **({"now": NOW} | more),
    )  # fmt: skip


def refused(begin: Begin, town: Town, *chosen: Chosen, cents: int = 1) -> NotPayable:
    """How a choice is refused; nothing may be written."""
    before = counts(town)
    with pytest.raises(NotPayable) as refusal:
        pay(begin, town, *chosen, cents=cents)
    assert counts(town) == before
    return refusal.value


def switch(town: Town, rev_code: str = "00.0311.0001", **switches: Any) -> None:
    """Set a revenue kind's switches, as the administrator does."""
    with tenancy(municipality=town.id):
        RevenueKind.objects.filter(municipality_id=town.id, code=rev_code).update(**switches)
        Municipality.objects.filter(id=town.id).update(law_version=Municipality.objects.get(id=town.id).law_version + 1)


def test_an_order_freezes_amounts_and_reasons_and_its_attempt_is_there_before_the_payer_leaves() -> None:
    town = make_town([certified(18_000, date(2026, 9, 30)), fine(3_000)])
    order = pay(pay_by_card, town, *[Chosen(row.instalment_id) for row in owed(town)])
    view = order_view(order, now=NOW)
    assert (view.amount_cents, view.state, view.phase, view.means) == (21_263, "OPEN", "WAITING", "CARD")
    assert view.valid_until == date(2026, 11, 30)
    assert [(line.amount_cents, [part[0] for part in line.parts]) for line in view.lines] == [
        (18_263, ["PRINCIPAL", "SURCHARGE"]), (3_000, ["PRINCIPAL"]),
    ]  # fmt: skip
    assert all(line.sentences["el"] and line.sentences["en"] for line in view.lines)
    attempt = rows(
        town, "SELECT state, amount_cents, ticket_expires_at, next_query_at, sealed_ticket FROM payment_attempt"
    )
    ((state, cents, expires, asked, sealed),) = attempt
    assert (state, cents) == ("REDIRECTED", 21_263)
    assert (expires, asked) == (NOW + timedelta(minutes=30), NOW + timedelta(seconds=90))
    assert TICKET not in sealed
    assert one(town, "SELECT count(*) FROM posting p JOIN entry e ON e.id = p.entry_id WHERE e.kind = 'PAYMENT'") == 0
    assert rows(town, "SELECT step, channel, detail::text FROM funnel_event") == [("started", "card", '{"debts": 2}')]
    assert rows(town, "SELECT actor, action FROM audit_entry WHERE action LIKE 'order%%'") == [
        ("CITIZEN", "order.made")
    ]
    assert broken_proofs() == []


def test_the_bank_is_asked_outside_of_any_transaction_and_told_the_frozen_amount(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = make_town([certified(5_000)])
    asked: list[Charge] = []

    def start(self: Piraeus, account: object, charge: Charge) -> Started:
        assert current() is None
        assert not connection.in_atomic_block
        asked.append(charge)
        return Started(TICKET, 1800)

    monkeypatch.setattr(Piraeus, "start", start)
    order = pay(pay_by_card, town, Chosen(owed(town)[0].instalment_id))
    assert [(charge.reference, charge.amount_cents, charge.language) for charge in asked] == [
        (reference_of(town, order), 5_000, "el")
    ]


@pytest.mark.parametrize("down", [BankUnavailable("timeout"), BankRefused("1045", "no such merchant")])
def test_when_the_bank_does_not_start_nothing_is_written_and_rf_still_works(
    monkeypatch: pytest.MonkeyPatch, down: Exception
) -> None:
    town = make_town([certified(5_000)])

    def start(self: Piraeus, account: object, charge: Charge) -> Started:
        raise down

    monkeypatch.setattr(Piraeus, "start", start)
    before = counts(town)
    chosen = Chosen(owed(town)[0].instalment_id)
    with pytest.raises(BankDown):
        pay(pay_by_card, town, chosen)
    assert counts(town) == before
    assert order_view(pay(pay_by_rf, town, chosen), now=NOW).phase == "RF"


def test_an_rf_order_has_a_checked_code_of_its_amount_valid_as_long_as_the_amount_is() -> None:
    town = make_town([certified(50_000, date(2026, 9, 30))])
    view = order_view(pay(pay_by_rf, town, Chosen(owed(town)[0].instalment_id)), now=NOW)
    parts = rf_check(view.rf)
    assert (parts.organisation, view.amount_cents, view.valid_until) == ("99084", 50_730, date(2026, 11, 30))
    assert view.phase == "RF"
    assert one(town, "SELECT count(*) FROM payment_attempt") == 0
    assert rows(town, "SELECT amount_cents, valid_until FROM rf_code") == [(50_730, date(2026, 11, 30))]
    # Before it is late, an amount holds until the day it would be.
    other = make_town([certified(5_000, date(2026, 12, 31), code="9083")], code="9083")
    mine = next(row for row in owed(other) if row.amount_cents == 5_000)
    assert order_view(pay(pay_by_rf, other, Chosen(mine.instalment_id)), now=NOW).valid_until == date(2026, 12, 31)


def test_rf_codes_differ_and_are_sent_to_the_contacts_on_file() -> None:
    town = make_town([certified(5_000)])
    person = town.people[ELENI]
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email="e@citizens.example", mobile="+306900000001")
    codes = {order_view(pay(pay_by_rf, town, Chosen(owed(town)[0].instalment_id), token=f"{n:020d}"), now=NOW).rf
             for n in range(5)}  # fmt: skip
    assert len(codes) == 5
    sent = rows(town, "SELECT target, event, count(*)::int FROM delivery GROUP BY 1, 2 ORDER BY 1")
    assert sent == [("PAYER_EMAIL", "RF_ISSUED", 5), ("PAYER_SMS", "RF_ISSUED", 5)]


def test_a_total_that_changed_is_shown_again_and_nothing_is_written() -> None:
    town = make_town([certified(5_000), certified(7_000)])
    chosen = [Chosen(row.instalment_id) for row in owed(town)]
    before = counts(town)
    for begin in (pay_by_card, pay_by_rf):
        for cents in (11_999, 12_001, 0, 1):
            with pytest.raises(AmountsChanged) as change:
                pay(begin, town, *chosen, cents=cents)
            assert change.value.basket.amount_cents == 12_000
    assert counts(town) == before


def test_a_month_that_begins_between_looking_and_paying_changes_the_amount() -> None:
    town = make_town([certified(50_000, date(2026, 9, 30))])
    row = owed(town)[0]
    seen = row.amount_cents
    before = counts(town)
    december = NOW + timedelta(days=9)
    with pytest.raises(AmountsChanged) as change:
        pay(pay_by_card, town, Chosen(row.instalment_id), cents=seen, now=december)
    assert (seen, change.value.basket.amount_cents) == (50_730, 51_095)
    assert counts(town) == before


@pytest.mark.parametrize("begin", [pay_by_card, pay_by_rf])
def test_only_the_payers_own_open_debts_can_be_chosen(begin: Begin) -> None:
    town = make_town([certified(5_000), certified(6_000, afm=GIORGOS)])
    foreign = owed(town, GIORGOS)[0].instalment_id
    assert refused(begin, town).reason == "EMPTY"
    for unknown in (foreign, foreign + 10_000, 0):
        refusal = refused(begin, town, Chosen(unknown), cents=6_000)
        assert (refusal.reason, refusal.instalment_id) == ("UNKNOWN", unknown)
    mine = owed(town)[0].instalment_id
    assert refused(begin, town, Chosen(mine), Chosen(foreign), cents=11_000).reason == "UNKNOWN"
    hear_return("PIRAEUS", signed_return(reference_of(town, order_by_card(town.people[ELENI]))), now=NOW)
    assert refused(begin, town, Chosen(mine), cents=5_000).reason == "UNKNOWN"


def test_a_choice_named_twice_is_one_choice() -> None:
    town = make_town([certified(5_000)])
    mine = Chosen(owed(town)[0].instalment_id)
    assert order_view(pay(pay_by_rf, town, mine, mine), now=NOW).amount_cents == 5_000


def test_instalments_are_paid_in_order_alone_or_together() -> None:
    parts = (Part(date(2026, 12, 15), 1_000), Part(date(2027, 1, 15), 2_000), Part(date(2027, 2, 15), 3_000))
    town = make_town([certified(0, parts=parts)])
    first, second, third = (Chosen(row.instalment_id) for row in sorted(owed(town), key=lambda row: row.number))
    refusal = refused(pay_by_card, town, second, cents=2_000)
    assert (refusal.reason, refusal.instalment_id) == ("PREVIOUS_INSTALMENT", second.instalment_id)
    assert refused(pay_by_card, town, first, third, cents=4_000).reason == "PREVIOUS_INSTALMENT"
    assert order_view(pay(pay_by_card, town, second, first), now=NOW).amount_cents == 3_000
    assert order_view(pay(pay_by_card, town, third, first, second, token="g" * 20), now=NOW).amount_cents == 6_000
    order = order_by_rf(town.people[ELENI], [first])
    assert order_view(order, now=NOW).amount_cents == 1_000


def test_an_earlier_instalment_paid_in_part_does_not_open_the_next() -> None:
    parts = (Part(date(2026, 12, 15), 10_000), Part(date(2027, 1, 15), 20_000))
    town = make_town([certified(0, parts=parts)])
    switch(town, partial=True, min_partial_cents=100)
    first, second = sorted(owed(town), key=lambda row: row.number)
    assert refused(
        pay_by_card, town, Chosen(first.instalment_id, 4_000), Chosen(second.instalment_id), cents=24_000
    ).reason == "PREVIOUS_INSTALMENT"  # fmt: skip


def test_a_smaller_amount_is_taken_where_the_kind_allows_it_and_within_its_bounds() -> None:
    town = make_town([certified(30_000, date(2026, 6, 30))])
    row = owed(town)[0]
    switch(town, partial=True, min_partial_cents=500)
    # 300.00 due 30/6, paid 22/11: five months begun, 3.65 % → 10.95.
    assert row.amount_cents == 31_095
    for cents, reason in ((499, "PARTIAL_TOO_SMALL"), (31_096, "PARTIAL_TOO_LARGE"), (0, "PARTIAL_TOO_SMALL")):
        assert refused(pay_by_card, town, Chosen(row.instalment_id, cents), cents=cents).reason == reason
    view = order_view(pay(pay_by_card, town, Chosen(row.instalment_id, 10_000)), now=NOW)
    (line,) = view.lines
    assert line.amount_cents == sum(cents for *_, cents in line.parts) == 10_000
    assert {component: cents for component, _, _, cents in line.parts} == {"PRINCIPAL": 9_648, "SURCHARGE": 352}
    switch(town, partial=False)
    assert refused(pay_by_card, town, Chosen(row.instalment_id, 10_000), cents=10_000).reason == "PARTIAL_NOT_ALLOWED"
    # All of it, typed, is no smaller amount.
    whole = pay(pay_by_card, town, Chosen(row.instalment_id, 31_095), token="h" * 20, told=[view.public_id])
    assert order_view(whole, now=NOW).amount_cents == 31_095


def test_what_the_municipality_does_not_take_online_or_by_a_means_is_refused() -> None:
    town = make_town([certified(5_000)])
    mine = Chosen(owed(town)[0].instalment_id)
    switch(town, card=False)
    before = counts(town)
    with pytest.raises(MeansNotAllowed):
        pay(pay_by_card, town, mine)
    assert counts(town) == before
    assert order_view(pay(pay_by_rf, town, mine), now=NOW).phase == "RF"
    switch(town, card=True, rf=False)
    with pytest.raises(MeansNotAllowed):
        pay(pay_by_rf, town, mine)
    assert order_view(pay(pay_by_card, town, mine, token="i" * 20), now=NOW).phase == "WAITING"
    switch(town, online=False)
    for begin in (pay_by_card, pay_by_rf):
        assert refused(begin, town, mine, cents=5_000).reason == "NOT_ONLINE"


def test_one_kind_without_the_means_stops_the_whole_basket() -> None:
    town = make_town([certified(5_000), fine(3_000)])
    switch(town, "00.1512.0001", card=False)
    both = [Chosen(row.instalment_id) for row in owed(town)]
    with pytest.raises(MeansNotAllowed):
        pay(pay_by_card, town, *both)
    assert order_view(pay(pay_by_rf, town, *both), now=NOW).amount_cents == 8_000


def test_a_debt_whose_rate_is_missing_is_never_zero_and_cannot_be_paid() -> None:
    # No rate is known before 2005: an amount that cannot be reckoned is refused, not guessed.
    town = make_town([certified(5_000, date(2003, 3, 31))])
    (row,) = owed(town)
    assert (row.blocked, row.quote) == ("RATE_MISSING", None)
    assert refused(pay_by_card, town, Chosen(row.instalment_id), cents=5_000).reason == "RATE_MISSING"


def test_one_municipality_is_paid_at_a_time_and_the_others_stay_chosen() -> None:
    here = make_town([certified(5_000)], code="9084")
    there = make_town([certified(7_000, code="9083"), certified(8_000, code="9083")], code="9083")
    chosen = [Chosen(row.instalment_id) for row in owed(here)]
    assert len(chosen) == 3
    basket = basket_of(debts_of(here.people[ELENI], now=NOW), chosen, now=NOW)
    assert [(leg.municipality.code, leg.amount_cents) for leg in basket.legs] == [("9083", 15_000), ("9084", 5_000)]
    first = pay(pay_by_card, there, *chosen)
    view = order_view(first, now=NOW)
    assert (view.municipality.code, view.amount_cents) == ("9083", 15_000)
    hear_return("PIRAEUS", signed_return(reference_of(there, first), "9083"), now=NOW)
    # What is left is offered after the outcome, and paying it is the second leg.
    rest = [chosen_of(text) for text in order_view(first, now=NOW).rest]
    second = order_view(pay(pay_by_card, here, *rest, token="j" * 20), now=NOW)
    assert (second.municipality.code, second.amount_cents, second.rest) == ("9084", 5_000, ())
    hear_return("PIRAEUS", signed_return(reference_of(here, second.public_id)), now=NOW)
    assert debts_of(here.people[ELENI], now=NOW).count == 0
    assert broken_proofs() == []


def test_smaller_amounts_stay_chosen_too() -> None:
    here = make_town([certified(5_000)], code="9084")
    there = make_town([certified(7_000, code="9083")], code="9083")
    switch(here, partial=True, min_partial_cents=100)
    by_code = {
        group.municipality.code: group.rows[0].instalment_id for group in debts_of(here.people[ELENI], now=NOW).groups
    }
    order = pay(pay_by_card, there, Chosen(by_code["9084"], 2_500), Chosen(by_code["9083"]))
    assert order_view(order, now=NOW).rest == (f"{by_code['9084']}:2500",)


def test_the_form_to_the_bank_carries_our_reference_and_no_secret() -> None:
    town = make_town([certified(5_000)])
    order = pay(pay_by_card, town, Chosen(owed(town)[0].instalment_id))
    form = bank_form(order, now=NOW)
    fields = dict(form.form.fields)
    assert reference_of(town, order) in fields.values()
    assert not [value for value in fields.values() if TICKET in value or "demo-piraeus" in value]
    assert form.form.action.startswith("http://127.0.0.1:9/piraeus/")


def test_there_is_no_way_to_the_bank_when_there_is_nothing_to_pay() -> None:
    town = make_town([certified(5_000), certified(6_000)])
    first, second = (Chosen(row.instalment_id) for row in owed(town))
    order = pay(pay_by_card, town, first)
    with pytest.raises(NothingToPay):
        bank_form(order, now=NOW + timedelta(minutes=31))
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=NOW)
    with pytest.raises(NothingToPay):
        bank_form(order, now=NOW)
    with pytest.raises(NothingToPay):
        bank_form(pay(pay_by_rf, town, second, token="k" * 20), now=NOW)
    with pytest.raises(OrderUnknown):
        bank_form("a" * 26, now=NOW)


def test_a_failed_order_is_tried_again_with_the_same_debts_by_its_payer_only() -> None:
    town = make_town([certified(5_000), certified(6_000)])
    order = pay(pay_by_card, town, *[Chosen(row.instalment_id) for row in owed(town)])
    refusal = signed_return(reference_of(town, order), StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    hear_return("PIRAEUS", refusal, now=NOW)
    with pytest.raises(OrderUnknown):
        retry_by_card(order, person_id=town.people[GIORGOS], form_token="l" * 20, now=NOW)
    again = retry_by_card(order, person_id=town.people[ELENI], form_token="l" * 20, now=NOW)
    assert again != order
    assert order_view(again, now=NOW).amount_cents == 11_000
    assert reference_of(town, again) != reference_of(town, order)
    assert retry_by_card(order, person_id=town.people[ELENI], form_token="l" * 20, now=NOW) == again
    # In December the same debts would cost the same here; one paid meanwhile is no longer payable.
    hear_return("PIRAEUS", signed_return(reference_of(town, again)), now=NOW)
    with pytest.raises(NotPayable):
        retry_by_card(order, person_id=town.people[ELENI], form_token="m" * 20, now=NOW)


def test_what_is_being_paid_is_marked_for_a_quarter_of_an_hour() -> None:
    town = make_town([certified(5_000)])
    order = pay(pay_by_card, town, Chosen(owed(town)[0].instalment_id))
    look = partial(debts_of, town.people[ELENI])
    assert [row.in_progress for group in look(now=NOW + timedelta(minutes=14)).groups for row in group.rows] == [order]
    assert [row.in_progress for group in look(now=NOW + timedelta(minutes=16)).groups for row in group.rows] == [""]


@pytest.mark.parametrize(
    "text", ["", "x", "1:", "1:x", "1:2:3", "-1", "1.5", "٣", "1:-5", "9" * 16, "1:" + "9" * 12, "1 2"]
)
def test_an_address_that_is_no_choice_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an"):
        chosen_of(text)


def test_a_choice_survives_its_way_through_an_address() -> None:
    for chosen in (Chosen(17), Chosen(17, 2_500)):
        assert chosen_of(str(chosen)) == chosen
