"""What holds for any debt, date and payment: sums are exact, parts stay inside their line, time never makes it cheaper.

The surcharge is also computed a second time here, slowly and in another way (month by month, in Decimal).
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from obolos.base.dates import Calendar, greek_holidays
from obolos.domain.debts.law_defaults import ADDED_LINES, KEDE, KEDE_DAILY, KOK_HALF
from obolos.domain.debts.rules import (
    Allocation,
    AllocationPolicy,
    Component,
    Counting,
    InstalmentSnapshot,
    KindRules,
    Quote,
    SurchargeBase,
    SurchargeScheme,
    SurchargeSource,
    after,
    allocate,
    quote_instalment,
    spread,
)
from obolos.domain.debts.rules.records import line_from_plain, line_to_plain

CALENDAR = Calendar.of({day for year in range(2004, 2028) for day in greek_holidays(year)})
LINES = {default.key: default.row for default in ADDED_LINES}
ANNIVERSARY = replace(KEDE, counting=Counting.ANNIVERSARY)

schemes = st.builds(
    replace,
    st.sampled_from([KEDE, ANNIVERSARY, KEDE_DAILY]),
    base=st.sampled_from(SurchargeBase),
    cap_percent=st.sampled_from([None, Decimal(3), Decimal(100)]),
)
kinds = st.builds(
    KindRules,
    code=st.just("00.0311.0001"),
    scheme=schemes,
    added_lines=st.sampled_from([(), (LINES["VAT_13"],), (LINES["STAMP_3"], LINES["OGA_20"], LINES["DIGITAL_FEE"])]),
    allocation=st.sampled_from(AllocationPolicy),
    surcharge_source=st.just(SurchargeSource.PLATFORM),
    partial_ok=st.just(True),
)
days = st.dates(date(2014, 2, 1), date(2026, 12, 31))
snapshots = st.builds(
    InstalmentSnapshot,
    id=st.integers(1, 10**9),
    number=st.just(1),
    of=st.just(1),
    due_on=days,
    open_principal_cents=st.integers(1, 10_000_000) | st.integers(1, 300),
    added_cents=st.none() | st.integers(0, 100_000) | st.integers(0, 3),
    costs_cents=st.sampled_from([0, 0, 1000, 1]),
    fine_cents=st.sampled_from([0, 0, 777, 2]),
)


def check(allocation: Allocation) -> None:
    lines = [line for line in allocation.quote.lines if line.component is not Component.DISCOUNT]
    assert sum(part.cents for part in allocation.parts) + allocation.unapplied_cents == allocation.paid_cents
    for line, part in zip(lines, allocation.parts, strict=True):
        assert 0 <= part.cents <= line.amount_cents
        assert 0 <= part.left_cents <= line.amount_cents
    left = sum(part.left_cents for part in allocation.parts)
    money = allocation.paid_cents - allocation.unapplied_cents
    assert money + left + allocation.discount_cents == sum(line.amount_cents for line in lines)
    assert allocation.settled == (left == 0)


@given(snapshots, kinds, days, st.data())
def test_allocation_is_exact(one: InstalmentSnapshot, rules: KindRules, on: date, data: st.DataObject) -> None:
    quote = quote_instalment(one, rules, CALENDAR, on)
    paid = data.draw(st.integers(0, quote.total_cents + 500) | st.integers(0, 5))
    allocation = allocate(quote, paid)
    check(allocation)
    assert allocation.unapplied_cents == max(0, paid - quote.total_cents)
    assert (paid >= quote.total_cents) == allocation.settled
    left = after(allocation)
    assert 0 <= left.open_principal_cents <= one.open_principal_cents


@given(snapshots, st.integers(0, 20), st.integers(0, 200), st.integers(0, 90_000))
def test_a_discount_counts_only_when_paid_whole(one: InstalmentSnapshot, later: int, short: int, paid: int) -> None:
    rules = KindRules("00.1512.0001", windows=(KOK_HALF,), scheme=KEDE)
    violation_on = date(2017, 5, 5)
    fine = replace(one, violation_on=violation_on, due_on=date(2017, 7, 5))
    quote = quote_instalment(fine, rules, CALENDAR, violation_on + timedelta(days=later))
    for cents in {paid, max(0, quote.total_cents - short), quote.total_cents}:
        allocation = allocate(quote, cents)
        check(allocation)
        whole = cents >= quote.total_cents
        assert allocation.discount_cents == (-quote.cents(Component.DISCOUNT) if whole else 0)


@given(snapshots, kinds, days, days)
def test_time_never_makes_a_debt_cheaper(one: InstalmentSnapshot, rules: KindRules, a: date, b: date) -> None:
    earlier, later = sorted((a, b))
    first = quote_instalment(one, rules, CALENDAR, earlier)
    second = quote_instalment(one, rules, CALENDAR, later)
    assert first.total_cents <= second.total_cents


@given(snapshots, kinds, days)
def test_a_quote_holds_to_its_last_day_and_is_the_same_for_ever(
    one: InstalmentSnapshot, rules: KindRules, on: date
) -> None:
    quote = quote_instalment(one, rules, CALENDAR, on)
    assert quote == quote_instalment(one, rules, CALENDAR, on)
    assert quote.total_cents == sum(line.amount_cents for line in quote.lines)
    assert quote.valid_until is not None
    assert quote.valid_until >= on
    assert quote_instalment(one, rules, CALENDAR, quote.valid_until).total_cents == quote.total_cents
    assert [line_from_plain(line_to_plain(line)) for line in quote.lines] == list(quote.lines)


@settings(max_examples=60)
@given(
    st.integers(1_000, 3_000_000),
    days,
    days,
    st.lists(st.integers(1, 200_000), min_size=1, max_size=40),
)
def test_many_small_prorata_payments_never_collect_more_than_one(
    principal: int, due_on: date, on: date, payments: list[int]
) -> None:
    """Each payment may round half a cent of principal the wrong way, and the surcharge of that half cent."""
    rules = KindRules("00.0311.0001", scheme=KEDE, surcharge_source=SurchargeSource.PLATFORM, partial_ok=True)
    one = InstalmentSnapshot(1, 1, 1, due_on, principal)
    whole = quote_instalment(one, rules, CALENDAR, on).total_cents
    collected = count = 0
    for cents in [*payments, 10**12]:
        quote = quote_instalment(one, rules, CALENDAR, on)
        allocation = allocate(quote, min(cents, quote.total_cents))
        check(allocation)
        collected += allocation.paid_cents
        count += 1
        one = after(allocation)
        assert one.open_principal_cents >= 0
    assert one.open_principal_cents == 0
    rounding = count * Decimal(whole) / principal  # half a cent of principal with its share, and half a cent of line
    assert abs(collected - whole) <= rounding


@given(snapshots, days, st.data())
def test_ordered_payments_charge_each_month_once(one: InstalmentSnapshot, on: date, data: st.DataObject) -> None:
    """Paying the surcharge alone, then the rest on the same day, costs what paying all at once costs."""
    policy = AllocationPolicy.COSTS_INTEREST_PRINCIPAL
    scheme = replace(KEDE, cap_percent=data.draw(st.sampled_from([None, Decimal(5)])))
    rules = KindRules("00.0111.0001", scheme=scheme, surcharge_source=SurchargeSource.PLATFORM, allocation=policy)
    quote = quote_instalment(one, rules, CALENDAR, on)
    first_cents = quote.cents(Component.COSTS) + quote.cents(Component.SURCHARGE)
    paid = data.draw(st.integers(0, first_cents))
    left = after(allocate(quote, paid))
    rest = quote_instalment(left, rules, CALENDAR, on)
    assert paid + rest.total_cents == quote.total_cents
    later = data.draw(days)
    assume(later >= on)
    at_once = quote_instalment(one, rules, CALENDAR, later).total_cents
    in_two = paid + quote_instalment(left, rules, CALENDAR, later).total_cents
    assert abs(at_once - in_two) <= 1  # two half-up roundings instead of one


@given(st.lists(snapshots, max_size=6, unique_by=lambda one: one.id), days, st.integers(0, 20_000_000))
def test_spreading_is_exact_and_in_order(ones: list[InstalmentSnapshot], on: date, paid: int) -> None:
    rules = KindRules("00.0311.0001", scheme=KEDE, surcharge_source=SurchargeSource.PLATFORM, partial_ok=True)
    quotes = [quote_instalment(one, rules, CALENDAR, on) for one in ones]
    shares, unapplied = spread(quotes, paid)
    assert sum(share.cents for share in shares) + unapplied == paid
    assert unapplied == max(0, paid - sum(quote.total_cents for quote in quotes))
    keys = [(share.quote.effective_due_on, share.quote.snapshot.id) for share in shares]
    assert keys == sorted(keys)
    assert all(share.cents == share.quote.total_cents for share in shares[:-1])


def slow_surcharge(quote: Quote, scheme: SurchargeScheme, base: int) -> int:
    """R3–R6 again, unit by unit in Decimal."""
    due, on = quote.effective_due_on, quote.on
    if on <= due:
        return 0
    starts: list[date] = []
    if scheme.counting is Counting.DAYS:
        starts = [due + timedelta(days=n) for n in range(1, (on - due).days + 1)]
    elif scheme.counting is Counting.CALENDAR:
        year, month = due.year, due.month
        while True:
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
            if date(year, month, 1) > on:
                break
            starts.append(date(year, month, 1))
        starts = starts or [due + timedelta(days=1)]
    else:
        limit, months = due, 0
        while limit < on:
            starts.append(limit + timedelta(days=1))
            months += 1
            limit = clamped(due, months)
    total = Decimal(0)
    for start in starts:
        total += next(r.value for r in scheme.rates if r.from_on <= start <= (r.to_on or date.max))
    if scheme.counting is Counting.DAYS:
        total /= scheme.day_basis
    if scheme.cap_percent is not None:
        total = min(total, scheme.cap_percent)
    return int((base * total / 100).quantize(Decimal(1), ROUND_HALF_UP))


def clamped(due: date, months: int) -> date:
    year, month = due.year, due.month + months
    while month > 12:
        year, month = year + 1, month - 12
    for day in range(due.day, 0, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    raise AssertionError


@settings(max_examples=300)
@given(
    st.integers(1, 10_000_000),
    st.dates(date(2005, 3, 1), date(2026, 12, 31)),
    st.integers(0, 5000),
    schemes.filter(lambda scheme: scheme.counting is not Counting.DAYS),
)
def test_the_surcharge_agrees_with_a_slow_count(principal: int, due: date, late: int, scheme: SurchargeScheme) -> None:
    compare_with_slow(principal, due, late, scheme)


@given(
    st.integers(1, 10_000_000),
    days,
    st.integers(0, 2000),
    schemes.filter(lambda scheme: scheme.counting is Counting.DAYS),
)
def test_the_daily_surcharge_agrees_with_a_slow_count(
    principal: int, due: date, late: int, scheme: SurchargeScheme
) -> None:
    compare_with_slow(principal, due, late, scheme)


def compare_with_slow(principal: int, due: date, late: int, scheme: SurchargeScheme) -> None:
    rules = KindRules("00.0311.0001", scheme=scheme, surcharge_source=SurchargeSource.PLATFORM)
    one = InstalmentSnapshot(1, 1, 1, due, principal, added_cents=1234)
    quote = quote_instalment(one, rules, CALENDAR, due + timedelta(days=late))
    base = principal + (1234 if scheme.base is SurchargeBase.PRINCIPAL_PLUS_ADDED else 0)
    assert quote.cents(Component.SURCHARGE) == slow_surcharge(quote, scheme, base)
