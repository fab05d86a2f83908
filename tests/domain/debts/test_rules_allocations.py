"""What a payment covers at its edges: amounts a payer may choose, ordered policies, money over several debts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from obolos.base.dates import Calendar, greek_holidays
from obolos.domain.debts.law_defaults import ADDED_LINES, KEDE, KOK_HALF, TARIFFS
from obolos.domain.debts.rules import (
    AllocationPolicy,
    Component,
    InstalmentSnapshot,
    KindRules,
    Means,
    PaidOn,
    PartialRefused,
    PaymentDateMissing,
    Quote,
    SurchargeSource,
    Tariff,
    TariffDate,
    TariffMissing,
    after,
    allocate,
    check_chosen_amount,
    find_tariff,
    payment_date,
    price,
    quote_instalment,
    spread,
)

CALENDAR = Calendar.of({day for year in range(2010, 2028) for day in greek_holidays(year)})
RULES = KindRules("00.0311.0001", scheme=KEDE, partial_ok=True)
PRICES = [default.row for default in TARIFFS]
LINES = {default.key: default.row for default in ADDED_LINES}


def quote(
    on: date, rules: KindRules = RULES, due_on: date = date(2025, 6, 30), cents: int = 10000, **known: Any
) -> Quote:
    one = InstalmentSnapshot(known.pop("id", 5), 1, 1, due_on, cents, **known)
    return quote_instalment(one, rules, CALENDAR, on)


@pytest.mark.parametrize(
    ("rules", "cents", "reason"),
    [
        (RULES, 10220, "TOO_LARGE"),
        (RULES, 99, "TOO_SMALL"),
        (replace(RULES, min_partial_cents=2000), 1999, "TOO_SMALL"),
        (replace(RULES, partial_ok=False), 5000, "KIND"),
    ],
)
def test_an_amount_a_payer_may_not_choose(rules: KindRules, cents: int, reason: str) -> None:
    with pytest.raises(PartialRefused) as refused:
        check_chosen_amount(quote(date(2025, 9, 5), rules), cents)
    assert refused.value.reason == reason


def test_the_whole_may_always_be_paid() -> None:
    check_chosen_amount(quote(date(2025, 9, 5), replace(RULES, partial_ok=False)), 10219)
    check_chosen_amount(quote(date(2025, 9, 5)), 100)
    check_chosen_amount(quote(date(2025, 6, 5), replace(RULES, min_partial_cents=20000)), 10000)


def test_a_lump_sum_discount_is_not_paid_in_part() -> None:
    rules = replace(RULES, windows=(KOK_HALF,))
    found = quote(date(2017, 5, 10), rules, date(2017, 7, 5), 8000, violation_on=date(2017, 5, 5))
    assert not found.partial_ok
    with pytest.raises(PartialRefused, match="DISCOUNT"):
        check_chosen_amount(found, 1000)
    short = allocate(found, 3999)  # arrived all the same: no discount, and nothing is lost
    assert (short.discount_cents, short.principal_left_cents, short.unapplied_cents) == (0, 4001, 0)
    whole = allocate(found, 4000)
    assert (whole.discount_cents, whole.principal_left_cents, whole.settled) == (4000, 0, True)
    assert after(whole).open_principal_cents == 0


def test_too_much_money_is_kept_apart() -> None:
    booked = allocate(quote(date(2025, 9, 5)), 20000)
    assert (booked.settled, booked.unapplied_cents) == (True, 9781)
    assert allocate(quote(date(2025, 9, 5), cents=0), 700).unapplied_cents == 700


def test_money_is_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate(quote(date(2025, 9, 5)), -1)
    with pytest.raises(ValueError, match="negative"):
        spread([], -1)


def test_principal_first_keeps_the_surcharge_open() -> None:
    rules = replace(RULES, allocation=AllocationPolicy.PRINCIPAL_FIRST)
    booked = allocate(quote(date(2025, 9, 5), rules), 10000)
    left = after(booked)
    assert (booked.cents(Component.PRINCIPAL), left.open_principal_cents) == (10000, 0)
    assert (left.surcharged_months, left.surcharge_carried_cents) == (3, 219)
    later = quote_instalment(left, rules, CALENDAR, date(2026, 3, 5))
    assert (later.total_cents, later.lines[0].component) == (219, Component.SURCHARGE)


def test_a_part_of_the_surcharge_is_remembered() -> None:
    rules = replace(RULES, allocation=AllocationPolicy.COSTS_INTEREST_PRINCIPAL)
    left = after(allocate(quote(date(2025, 9, 5), rules), 119))
    assert (left.open_principal_cents, left.surcharged_months, left.surcharge_carried_cents) == (10000, 3, 100)
    assert quote_instalment(left, rules, CALENDAR, date(2025, 9, 30)).total_cents == 10100
    assert quote_instalment(left, rules, CALENDAR, date(2025, 10, 1)).total_cents == 10173


def test_added_lines_paid_in_order_are_not_asked_again() -> None:
    rules = replace(RULES, allocation=AllocationPolicy.COSTS_INTEREST_PRINCIPAL, added_lines=(LINES["VAT_13"],))
    left = after(allocate(quote(date(2025, 6, 2), rules), 5000))
    assert (left.added_cents, left.open_principal_cents) == (0, 6300)
    assert quote_instalment(left, rules, CALENDAR, date(2025, 6, 2)).total_cents == 6300


def test_added_lines_shrink_with_the_principal_under_prorata() -> None:
    rules = replace(RULES, added_lines=(LINES["VAT_13"],))
    booked = allocate(quote(date(2025, 6, 2), rules), 5650)
    assert (booked.cents(Component.PRINCIPAL), booked.cents(Component.ADDED)) == (5000, 650)
    assert after(booked).added_cents is None
    assert quote_instalment(after(booked), rules, CALENDAR, date(2025, 6, 2)).total_cents == 5650


def test_a_given_surcharge_shrinks_by_what_is_paid_of_it() -> None:
    rules = replace(RULES, surcharge_source=SurchargeSource.FMS)
    booked = allocate(quote(date(2025, 9, 5), rules, surcharge_cents=1000), 5500)
    assert (booked.cents(Component.PRINCIPAL), booked.cents(Component.SURCHARGE)) == (5000, 500)
    left = after(booked)
    assert (left.open_principal_cents, left.surcharge_cents, left.surcharged_months) == (5000, 500, 0)


@pytest.mark.parametrize(
    ("amounts", "paid", "money"),
    [
        # principal, costs, fine, surcharge: without a surcharge the rounding cent is the principal's
        ((100, 100, 100, 0), 100, (34, 33, 33, 0)),
        ((100, 100, 100, 0), 50, (16, 17, 17, 0)),
        ((1, 1, 1, 0), 1, (1, 0, 0, 0)),
        ((1, 1, 1, 0), 2, (0, 1, 1, 0)),
        # with one it is the surcharge's, but never below 0 nor above the surcharge
        ((100, 100, 100, 50), 100, (29, 29, 29, 13)),
        ((100, 100, 100, 1), 2, (0, 1, 1, 0)),
        ((1, 1, 1, 1), 1, (0, 0, 0, 1)),
        ((100, 100, 100, 1), 161, (54, 53, 53, 1)),
        ((40, 40, 40, 1), 4, (1, 1, 1, 1)),
        ((40, 40, 40, 1), 5, (1, 2, 2, 0)),
    ],
)
def test_the_leftover_cent(amounts: tuple[int, ...], paid: int, money: tuple[int, ...]) -> None:
    principal, costs, fine, surcharge = amounts
    found = quote(date(2025, 6, 2), cents=principal, costs_cents=costs, fine_cents=fine, surcharge_cents=surcharge)
    booked = allocate(found, paid)
    components = (Component.PRINCIPAL, Component.COSTS, Component.FINE, Component.SURCHARGE)
    assert tuple(booked.cents(component) for component in components) == money


def test_the_payers_choice_wins() -> None:
    old, new, newest = (quote(date(2025, 6, 2), due_on=date(2025, month, 27), id=month) for month in (6, 8, 10))
    shares, unapplied = spread([old, new, newest], 15000, chosen=[10, 6, 10])
    assert [(share.quote.snapshot.id, share.cents) for share in shares] == [(10, 10000), (6, 5000)]
    assert unapplied == 0
    shares, unapplied = spread([old, new, newest], 15000, chosen=[8])
    assert ([share.quote.snapshot.id for share in shares], unapplied) == ([8], 5000)
    with pytest.raises(KeyError):
        spread([old], 100, chosen=[8])


def test_ties_go_to_the_lowest_id() -> None:
    quotes = [quote(date(2025, 6, 2), id=one) for one in (9, 3, 7)]
    shares, _ = spread(quotes, 20000)
    assert [share.quote.snapshot.id for share in shares] == [3, 7]


def test_a_debt_that_may_not_be_split_is_left_whole_when_one_chooses() -> None:
    whole = quote(date(2025, 6, 2), replace(RULES, partial_ok=False), id=1)
    other = quote(date(2025, 6, 2), id=2, cents=3000)
    chosen, left = spread([whole, other], 5000, keep_whole=True)
    assert ([(share.quote.snapshot.id, share.cents) for share in chosen], left) == ([(2, 3000)], 2000)
    arrived, left = spread([whole, other], 5000)
    assert ([(share.quote.snapshot.id, share.cents) for share in arrived], left) == ([(1, 5000)], 0)


# --- dates of payment and price lists -------------------------------------------------------------------------------

INSTANT = datetime(2025, 11, 30, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "means", "day"),
    [
        (PaidOn.BY_MEANS, Means.CARD, date(2025, 12, 1)),
        (PaidOn.BY_MEANS, Means.RF, date(2025, 12, 1)),
        (PaidOn.BY_MEANS, Means.CASH, date(2025, 12, 1)),
        (PaidOn.BY_MEANS, Means.TRANSFER, date(2025, 12, 3)),
        (PaidOn.VALUE_DATE, Means.CARD, date(2025, 12, 3)),
    ],
)
def test_the_date_of_payment(rule: PaidOn, means: Means, day: date) -> None:
    assert payment_date(rule, means, paid_at=INSTANT, value_on=date(2025, 12, 3)) == day


def test_without_its_date_a_payment_has_none() -> None:
    with pytest.raises(PaymentDateMissing):
        payment_date(PaidOn.BY_MEANS, Means.RF, value_on=date(2025, 12, 3))
    with pytest.raises(PaymentDateMissing):
        payment_date(PaidOn.BY_MEANS, Means.TRANSFER, paid_at=INSTANT)


def test_a_price_list_answers_once_or_not_at_all() -> None:
    with pytest.raises(TariffMissing):
        find_tariff(PRICES, "KOK_P69", issue_on=date(2025, 12, 1))
    with pytest.raises(TariffMissing):
        find_tariff(PRICES, "KOK_P69", violation_on=date(2017, 12, 1))
    with pytest.raises(TariffMissing):
        find_tariff([*PRICES, *PRICES], "KOK_P69", violation_on=date(2025, 12, 1))


def test_a_price_is_a_unit_price_or_a_percentage() -> None:
    with pytest.raises(ValueError, match="unit price or a percentage"):
        Tariff("X", "HEAD", date(2025, 1, 1), None, TariffDate.ISSUE, "x")
    both = Tariff("X", "HEAD", date(2025, 1, 1), None, TariffDate.ISSUE, "x", unit_cents=3)
    assert price(both, Fraction(1, 2)).total_cents == 2  # 1.5 cents, half up
    assert price(replace(both, unit_cents=None, percent=Decimal("0.5")), 100).total_cents == 1
