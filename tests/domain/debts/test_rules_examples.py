"""The worked examples of the law, one row each with its rule and exact cents. `docs/law.md` points here by id."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from obolos.base.dates import ATHENS, Calendar, athens_date, greek_holidays
from obolos.domain.debts.law_defaults import (
    ADDED_LINES,
    KEDE,
    KEDE_DAILY,
    KOK_HALF,
    LATE_RETURN,
    TARIFFS,
)
from obolos.domain.debts.rules import (
    AddedLine,
    Allocation,
    AllocationPolicy,
    Component,
    Counting,
    DebtKind,
    Effect,
    InstalmentSnapshot,
    KindRules,
    Means,
    PaidOn,
    Quote,
    RateMissing,
    ReturnFineBase,
    SurchargeScheme,
    SurchargeSource,
    after,
    allocate,
    due_after_certification,
    due_after_period,
    effect_of,
    find_tariff,
    late_return_fine,
    months_late,
    payment_date,
    price,
    quote_instalment,
    retained_lines,
    return_fine_base,
    settle,
    spread,
)

NATIONAL = frozenset(day for year in range(2004, 2028) for day in greek_holidays(year))
CALENDAR = Calendar.of(NATIONAL)
LOCAL = Calendar.of(NATIONAL, {date(2025, 1, 17): False})
ORDINARY = KindRules("00.0311.0001", scheme=KEDE, surcharge_source=SurchargeSource.PLATFORM, partial_ok=True)
ANNIVERSARY = replace(KEDE, counting=Counting.ANNIVERSARY)
CAPPED = replace(KEDE, cap_percent=Decimal(100))
LINES: dict[str, AddedLine] = {default.key: default.row for default in ADDED_LINES}
PRICES = [default.row for default in TARIFFS]


def snapshot(principal: int, due_on: date, **known: Any) -> InstalmentSnapshot:
    return InstalmentSnapshot(
        id=known.pop("id", 1), number=1, of=1, due_on=due_on, open_principal_cents=principal, **known
    )


def quote(principal: int, due_on: date, on: date, rules: KindRules = ORDINARY, **known: Any) -> Quote:
    return quote_instalment(snapshot(principal, due_on, **known), rules, CALENDAR, on)


# --- lateness and surcharge -----------------------------------------------------------------------------------------

LATENESS: list[tuple[str, str, int, date, date, SurchargeScheme, Calendar, int, int]] = [
    # id, rule, principal, due, paid, scheme, calendar, units late, surcharge
    (
        "X01", "R2", 25000, date(2025, 10, 31),
        athens_date(datetime(2025, 10, 31, 23, 59, 59, tzinfo=ATHENS)), KEDE, CALENDAR, 0, 0,
    ),
    (
        "X02", "R2 R5", 25000, date(2025, 10, 31),
        athens_date(datetime(2025, 10, 31, 22, 30, tzinfo=UTC)), KEDE, CALENDAR, 1, 183,
    ),
    ("X03-monday", "R1", 12000, date(2025, 11, 15), date(2025, 11, 17), KEDE, CALENDAR, 0, 0),
    ("X03-tuesday", "R3", 12000, date(2025, 11, 15), date(2025, 11, 18), KEDE, CALENDAR, 1, 88),
    ("X04-14th", "R1", 31000, date(2026, 4, 10), date(2026, 4, 14), KEDE, CALENDAR, 0, 0),
    ("X04-15th", "R1", 31000, date(2026, 4, 10), date(2026, 4, 15), KEDE, CALENDAR, 1, 226),
    ("X05-local", "R1", 9000, date(2025, 1, 17), date(2025, 1, 20), KEDE, LOCAL, 0, 0),
    ("X05-other", "R1", 9000, date(2025, 1, 17), date(2025, 1, 20), KEDE, CALENDAR, 1, 66),
    ("X06", "R3 R4 R5", 100000, date(2025, 6, 30), date(2025, 9, 5), KEDE, CALENDAR, 3, 2190),
    ("X07-30-8", "R3", 100000, date(2025, 8, 29), date(2025, 8, 30), KEDE, CALENDAR, 1, 730),
    ("X07-30-9", "R3", 100000, date(2025, 8, 29), date(2025, 9, 30), KEDE, CALENDAR, 1, 730),
    ("X08-calendar", "R3", 20000, date(2025, 3, 13), date(2025, 4, 20), KEDE, CALENDAR, 1, 146),
    ("X08-anniversary", "R3b", 20000, date(2025, 3, 13), date(2025, 4, 20), ANNIVERSARY, CALENDAR, 2, 292),
    ("X09", "R4", 100000, date(2013, 10, 31), date(2014, 3, 10), KEDE, CALENDAR, 5, 4190),
    ("X10", "R4 R5", 35050, date(2010, 12, 31), date(2026, 2, 20), KEDE, CALENDAR, 182, 49974),
    ("X10-capped", "R5", 35050, date(2010, 12, 31), date(2026, 2, 20), CAPPED, CALENDAR, 182, 35050),
    ("X12", "R6", 100000, date(2025, 6, 30), date(2025, 9, 5), KEDE_DAILY, CALENDAR, 67, 1608),
    ("X41", "R5", 50000, date(2025, 9, 30), date(2025, 11, 20), KEDE, CALENDAR, 2, 730),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "principal", "due_on", "paid_on", "scheme", "calendar", "units", "surcharge"),
    [row[1:] for row in LATENESS],
    ids=[row[0] for row in LATENESS],
)
def test_lateness(
    rule: str, principal: int, due_on: date, paid_on: date, scheme: SurchargeScheme, calendar: Calendar, units: int,
    surcharge: int,
) -> None:  # fmt: skip
    found = quote_instalment(snapshot(principal, due_on), replace(ORDINARY, scheme=scheme), calendar, paid_on)
    assert rule
    assert (found.late, found.units_late) == (units > 0, units)
    assert found.cents(Component.SURCHARGE) == surcharge
    assert found.total_cents == principal + surcharge


def test_x11_a_month_without_a_rate_is_an_error() -> None:
    """R4."""
    with pytest.raises(RateMissing) as missing:
        quote(10000, date(2004, 12, 31), date(2005, 4, 10))
    assert missing.value.on == date(2005, 1, 1)
    assert "RATE_MISSING 2005-01-01" in str(missing.value)


def test_x13_due_after_certification() -> None:
    """R24 D1: 30/11/2025 is a Sunday."""
    assert due_after_certification(date(2025, 10, 3), CALENDAR) == date(2025, 11, 28)


# --- late returns (R7) ----------------------------------------------------------------------------------------------


def test_x14_a_late_return_of_the_half_percent() -> None:
    """R7, R9, R24 D2."""
    fee = price(find_tariff(PRICES, "GROSS_RECEIPTS", period_on=date(2025, 10, 31)), 4523080).fee_cents
    due_on = due_after_period(date(2025, 10, 31), CALENDAR)
    months = months_late(LATE_RETURN, due_on, date(2026, 1, 15))
    fine = late_return_fine(LATE_RETURN, fee, months)
    assert (fee, due_on, months, fine.amount_cents) == (22615, date(2025, 11, 28), 2, 905)
    assert fee + fine.amount_cents == 23520


def test_x15_the_fine_is_capped_at_the_fee() -> None:
    """R7."""
    fine = late_return_fine(LATE_RETURN, 8000, 55)
    assert (fine.amount_cents, fine.capped) == (8000, True)


def test_x16_a_wrong_return_is_fined_on_the_difference() -> None:
    """R7 on the difference."""
    tariff = find_tariff(PRICES, "GROSS_RECEIPTS", period_on=date(2025, 1, 31))
    declared, true = price(tariff, 2000000).fee_cents, price(tariff, 3250000).fee_cents
    base = return_fine_base(ReturnFineBase.DIFFERENCE, true, declared)
    assert (base, late_return_fine(LATE_RETURN, base, 7).amount_cents) == (6250, 875)
    assert return_fine_base(ReturnFineBase.FEE, true, declared) == 16250


# --- windows and price lists (R8, R9) -------------------------------------------------------------------------------

TICKET = replace(ORDINARY, code="00.1512.0001", windows=(KOK_HALF,), partial_ok=False)


@pytest.mark.parametrize(
    ("violation_on", "paid_on", "total"),
    [
        pytest.param(date(2017, 5, 5), date(2017, 5, 15), 4000, id="X18-15th"),
        pytest.param(date(2017, 5, 5), date(2017, 5, 16), 8000, id="X18-16th"),
        pytest.param(date(2017, 5, 4), date(2017, 5, 15), 4000, id="X19"),
        pytest.param(date(2018, 3, 31), date(2018, 3, 31), 8000, id="no-window-since-31-3-2018"),
    ],
)
def test_half_a_ticket_in_ten_days(violation_on: date, paid_on: date, total: int) -> None:
    """R8, moved to a working day by R1."""
    due_on = date(violation_on.year, violation_on.month + 2, 5)
    found = quote(8000, due_on, paid_on, TICKET, kind=DebtKind.UNCERTIFIED, violation_on=violation_on)
    assert found.total_cents == total
    assert found.cents(Component.DISCOUNT) == total - 8000


def test_x20_a_law_halves_the_list_price_and_leaves_no_discount() -> None:
    """R9, regime of ν. 4530/2018."""
    violation_on = date(2019, 4, 10)
    fine = price(find_tariff(PRICES, "KOK_80", violation_on=violation_on), 1).fee_cents
    found = quote(fine, date(2019, 6, 10), date(2019, 4, 11), TICKET, violation_on=violation_on)
    assert (fine, found.total_cents, found.cents(Component.DISCOUNT)) == (4000, 4000, 0)


@pytest.mark.parametrize(
    ("violation_on", "fine"),
    [
        pytest.param(date(2025, 9, 12), 1000, id="X21-12-9"),
        pytest.param(date(2025, 9, 13), 3000, id="X21-13-9"),
    ],
)
def test_the_violation_date_chooses_the_price(violation_on: date, fine: int) -> None:
    """R9."""
    assert price(find_tariff(PRICES, "KOK_P69", violation_on=violation_on), 1).total_cents == fine


@pytest.mark.parametrize(
    ("violation_on", "total"),
    [
        pytest.param(date(2024, 9, 1), 34800, id="X22-2024-09"),
        pytest.param(date(2024, 11, 1), 69600, id="X22-2024-11"),
    ],
)
def test_arbitrary_use_pays_the_fee_and_a_multiple(violation_on: date, total: int) -> None:
    """R9: 12 m² for 3 months at 58.00 a year."""
    paid = price(find_tariff(PRICES, "ARBITRARY_USE", violation_on=violation_on), Fraction(12 * 3, 12))
    assert (paid.fee_cents, paid.total_cents) == (17400, total)


def test_x23_free_animals_cost_nothing() -> None:
    """R9."""
    on = date(2025, 6, 1)
    large = price(find_tariff(PRICES, "GRAZING_LARGE", period_on=on), 7).total_cents
    small = price(find_tariff(PRICES, "GRAZING_SMALL", period_on=on), 35).total_cents
    assert (large, small, large + small) == (1500, 2500, 4000)
    assert price(find_tariff(PRICES, "GRAZING_LARGE", period_on=on), 3).total_cents == 0


@pytest.mark.parametrize(
    ("code", "fee"),
    [pytest.param("LODGING", 9320, id="X17-0.5"), pytest.param("LODGING_RAISED", 13980, id="X17-0.75")],
)
def test_lodging(code: str, fee: int) -> None:
    """R9."""
    assert price(find_tariff(PRICES, code, period_on=date(2025, 5, 31)), 1864000).fee_cents == fee


# --- added and retained lines (R10, R11) ----------------------------------------------------------------------------

RENT = replace(ORDINARY, added_lines=(LINES["STAMP_3"], LINES["OGA_20"], LINES["DIGITAL_FEE"]))


@pytest.mark.parametrize(
    ("rules", "principal", "certified_on", "added", "total"),
    [
        pytest.param(RENT, 41210, date(2024, 11, 30), [1236, 247], 42693, id="X24"),
        pytest.param(RENT, 41210, date(2025, 2, 3), [1484], 42694, id="X25"),
        pytest.param(
            replace(ORDINARY, added_lines=(LINES["VAT_13"],)), 4673, date(2025, 2, 3), [607], 5280, id="X26-water"
        ),
        pytest.param(
            replace(ORDINARY, added_lines=(LINES["VAT_24"],)), 2337, date(2025, 2, 3), [561], 2898, id="X26-sewer"
        ),
    ],
)
def test_added_lines(rules: KindRules, principal: int, certified_on: date, added: list[int], total: int) -> None:
    """R10: one by one, a line of another on its rounded amount. X26: 52.80 + 28.98 = 81.78."""
    found = quote(principal, date(2025, 12, 31), date(2025, 6, 2), rules, certified_on=certified_on)
    assert [line.amount_cents for line in found.lines if line.component is Component.ADDED] == added
    assert found.total_cents == total


def test_x27_retained_lines_leave_the_payer_alone() -> None:
    """R11."""
    rules = replace(ORDINARY, added_lines=(LINES["LOANS_FUND"],))
    on = date(2025, 6, 2)
    found = quote(1000000, date(2025, 12, 31), on, rules)
    (kept,) = retained_lines(rules, 1000000, on)
    assert (found.total_cents, len(found.lines), kept.amount_cents) == (1000000, 1, 1500)
    assert found.total_cents - kept.amount_cents == 998500


# --- partial payments (R12, R13, R21) -------------------------------------------------------------------------------


def parts(allocation: Allocation) -> dict[str, int]:
    return {part.component.value: part.cents for part in allocation.parts}


def test_x28_x29_all_parts_shrink_alike() -> None:
    """R12."""
    first = allocate(quote(30000, date(2025, 5, 30), date(2025, 8, 12)), 10000)
    assert first.quote.total_cents == 30657
    assert parts(first) == {"PRINCIPAL": 9786, "SURCHARGE": 214}
    left = after(first)
    assert (left.open_principal_cents, left.surcharged_months, left.due_on) == (20214, 0, date(2025, 5, 30))
    second = quote_instalment(left, ORDINARY, CALENDAR, date(2025, 10, 3))
    assert (second.units_late, second.cents(Component.SURCHARGE), second.total_cents) == (5, 738, 20952)


def test_x30_costs_then_surcharge_then_principal() -> None:
    """R13: months already paid are not charged again."""
    rules = replace(ORDINARY, allocation=AllocationPolicy.COSTS_INTEREST_PRINCIPAL)
    first = allocate(quote(30000, date(2025, 5, 30), date(2025, 8, 12), rules, costs_cents=1000), 10000)
    assert parts(first) == {"PRINCIPAL": 8343, "SURCHARGE": 657, "COSTS": 1000}
    left = after(first)
    assert (left.open_principal_cents, left.surcharged_months, left.surcharge_carried_cents) == (21657, 3, 0)
    second = quote_instalment(left, rules, CALENDAR, date(2025, 10, 3))
    assert (second.cents(Component.SURCHARGE), second.total_cents) == (316, 21973)


def test_x31_oldest_debt_first() -> None:
    """R12 between debts."""
    on = date(2025, 10, 20)
    newer = quote(15000, date(2025, 6, 30), on, id=7)
    older = quote(8000, date(2025, 3, 31), on, id=9)
    shares, unapplied = spread([newer, older], 20000)
    assert [(share.quote.snapshot.id, share.cents) for share in shares] == [(9, 8409), (7, 11591)]
    assert unapplied == 0
    first, second = (allocate(share.quote, share.cents) for share in shares)
    assert (older.units_late, older.cents(Component.SURCHARGE), first.settled) == (7, 409, True)
    assert parts(second) == {"PRINCIPAL": 11262, "SURCHARGE": 329}
    assert second.principal_left_cents == 3738


X41 = snapshot(50000, date(2025, 9, 30))


def test_x41_the_amount_holds_to_the_end_of_the_month() -> None:
    """Quote validity."""
    found = quote_instalment(X41, ORDINARY, CALENDAR, date(2025, 11, 20))
    assert (found.total_cents, found.valid_until) == (50730, date(2025, 11, 30))


def test_x42_money_after_that_is_counted_on_its_own_day() -> None:
    """R21."""
    booked = settle(X41, ORDINARY, CALENDAR, paid_on=date(2025, 12, 1), paid_cents=50730)
    assert booked.quote.total_cents == 51095
    assert parts(booked) == {"PRINCIPAL": 49643, "SURCHARGE": 1087}
    again = quote_instalment(after(booked), ORDINARY, CALENDAR, date(2025, 12, 1))
    assert (again.snapshot.open_principal_cents, again.cents(Component.SURCHARGE)) == (357, 8)


def test_x43_the_payers_bank_says_when_it_was_paid() -> None:
    """Date of payment: the DIAS file of 1 December reports 30 November."""
    paid_on = payment_date(
        PaidOn.BY_MEANS,
        Means.RF,
        paid_at=datetime(2025, 11, 30, 23, 30, tzinfo=ATHENS),
        value_on=date(2025, 12, 1),
    )
    booked = settle(X41, ORDINARY, CALENDAR, paid_on=paid_on, paid_cents=50730)
    assert (paid_on, booked.settled, booked.unapplied_cents) == (date(2025, 11, 30), True, 0)


def test_x44_one_bank_id_has_one_effect() -> None:
    """R22."""
    known: set[str] = set()
    booked = unapplied = 0
    for bank_id in ("B-1", "B-1", "B-2"):
        effect = effect_of(bank_id_known=bank_id in known, order_settled=booked > 0)
        known.add(bank_id)
        booked += 50730 if effect is Effect.APPLY else 0
        unapplied += 50730 if effect is Effect.UNAPPLIED else 0
    assert (booked, unapplied) == (50730, 50730)
