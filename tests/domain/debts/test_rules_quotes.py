"""Quotes at their edges: who says the surcharge, which scheme runs, how long a total holds, what is refused."""

import ast
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from obolos.base.dates import Calendar, greek_holidays
from obolos.domain.debts.law_defaults import ADDED_LINES, KEDE, KEDE_DAILY, KOK_HALF, PLAN_025
from obolos.domain.debts.rules import (
    GIVEN,
    AddedLine,
    Component,
    Counting,
    DebtKind,
    DiscountWindow,
    InstalmentSnapshot,
    KindRules,
    Quote,
    Rate,
    RateMissing,
    RateUnit,
    SurchargeBase,
    SurchargeInputs,
    SurchargeScheme,
    SurchargeSource,
    WindowEvent,
    due_after_event,
    quote_instalment,
    retained_lines,
)
from obolos.domain.debts.rules.rates import micro_percent

CALENDAR = Calendar.of({day for year in range(2010, 2028) for day in greek_holidays(year)})
RULES = KindRules(
    "00.0311.0001",
    scheme=KEDE,
    surcharge_code="00.1511.0001",
    costs_code="00.1519.0001",
    surcharge_source=SurchargeSource.PLATFORM,
    versions=("cleaning:3",),
)
DUE = date(2025, 6, 30)
LINES = {default.key: default.row for default in ADDED_LINES}


def quote(on: date, rules: KindRules = RULES, due_on: date = DUE, cents: int = 10000, **known: Any) -> Quote:
    return quote_instalment(InstalmentSnapshot(5, 1, 1, due_on, cents, **known), rules, CALENDAR, on)


def surcharge_of(found: Quote) -> SurchargeInputs:
    (line,) = [line for line in found.lines if line.component is Component.SURCHARGE]
    assert isinstance(line.inputs, SurchargeInputs)
    return line.inputs


def test_a_line_says_all_that_recomputes_it() -> None:
    found = quote(date(2025, 9, 5))
    line = found.lines[1]
    inputs = surcharge_of(found)
    assert (line.rule, line.target_code, line.article) == ("R5", "00.1511.0001", KEDE.rates[1].legal_basis)
    assert (inputs.base_cents, inputs.units, inputs.rate_sum_micro) == (10000, 3, 2_190_000)
    assert [(one.from_on, one.units, one.rate_micro) for one in inputs.segments] == [(date(2025, 7, 1), 3, 730_000)]
    assert (found.rules.versions, found.on) == (("cleaning:3",), date(2025, 9, 5))


def test_two_rates_name_both_articles() -> None:
    found = quote(date(2014, 3, 10), due_on=date(2013, 10, 31))
    assert found.lines[1].article == "; ".join(rate.legal_basis for rate in KEDE.rates)
    assert [one.units for one in surcharge_of(found).segments] == [2, 3]


def test_days_are_cut_where_the_rate_changes() -> None:
    daily = replace(
        KEDE_DAILY,
        rates=(
            Rate(date(2014, 1, 1), date(2025, 7, 15), Decimal("8.76"), "a"),
            Rate(date(2025, 7, 16), None, Decimal("3.65"), "b"),
        ),
    )
    found = quote(date(2025, 7, 25), replace(RULES, scheme=daily), cents=1_000_000)
    assert [(one.from_on, one.units) for one in surcharge_of(found).segments] == [
        (date(2025, 7, 1), 15),
        (date(2025, 7, 16), 10),
    ]
    assert found.cents(Component.SURCHARGE) == 3600 + 1000
    assert (found.lines[1].rule, found.valid_until) == ("R6", date(2025, 7, 25))


def test_late_inside_the_due_month_takes_the_rate_of_the_next_day() -> None:
    """R4: 14/2 is due, the rate changes on 17/2 and on 1/3; on 20/2 the month costs the rate of 15/2."""
    rates = (
        Rate(date(2025, 1, 1), date(2025, 2, 16), Decimal(1), "a"),
        Rate(date(2025, 2, 17), date(2025, 2, 28), Decimal(2), "b"),
        Rate(date(2025, 3, 1), None, Decimal(3), "c"),
    )
    rules = replace(RULES, scheme=replace(KEDE, rates=rates))
    due_on = date(2025, 2, 14)
    assert quote(date(2025, 2, 20), rules, due_on).cents(Component.SURCHARGE) == 100
    assert quote(date(2025, 3, 20), rules, due_on).cents(Component.SURCHARGE) == 300
    assert quote(date(2025, 4, 1), rules, due_on).cents(Component.SURCHARGE) == 600


@pytest.mark.parametrize(
    "scheme",
    [
        replace(KEDE, rates=(KEDE.rates[0], replace(KEDE.rates[1], from_on=date(2014, 2, 2)))),
        replace(KEDE, rates=KEDE.rates[:1]),
        replace(KEDE, rates=KEDE.rates[:1], counting=Counting.ANNIVERSARY),
        replace(KEDE_DAILY, rates=(replace(KEDE_DAILY.rates[0], from_on=date(2014, 1, 10)),)),
        replace(KEDE, rates=()),
    ],
)
def test_a_hole_in_the_rates_is_an_error_never_zero(scheme: SurchargeScheme) -> None:
    with pytest.raises(RateMissing):
        quote(date(2014, 3, 10), replace(RULES, scheme=scheme), date(2013, 12, 31))


def test_where_nothing_is_late_no_rate_is_asked() -> None:
    assert quote(DUE, replace(RULES, scheme=replace(KEDE, rates=()))).total_cents == 10000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rates": (*KEDE.rates, Rate(date(2020, 1, 1), None, Decimal(1), "x"))}, "overlap"),
        ({"rates": (Rate(date(2020, 1, 2), date(2020, 1, 1), Decimal(1), "x"),)}, "overlap or end"),
        ({"unit": RateUnit.PCT_YEAR_DAILY}, "does not go with"),
        ({"counting": Counting.DAYS}, "does not go with"),
        ({"day_basis": 0}, "day_basis"),
        ({"cap_percent": Decimal(-1)}, "not a rate"),
    ],
)
def test_a_scheme_that_cannot_be_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        replace(KEDE, **change)


@pytest.mark.parametrize("percent", ["NaN", "Infinity", "-0.1", "0.0000001"])
def test_a_rate_is_a_number_with_six_decimals(percent: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        micro_percent(Decimal(percent))


def test_the_cap_holds_over_both_halves_of_ordered_payments() -> None:
    rules = replace(RULES, scheme=replace(KEDE, cap_percent=Decimal(3)))
    assert quote(date(2026, 6, 1), rules).cents(Component.SURCHARGE) == 300
    assert surcharge_of(quote(date(2026, 6, 1), rules)).capped
    assert quote(date(2025, 12, 1), rules, surcharged_months=3).cents(Component.SURCHARGE) == 81
    assert quote(date(2026, 6, 1), rules, surcharged_months=5).cents(Component.SURCHARGE) == 0


def test_a_surcharge_below_the_minimum_is_not_asked() -> None:
    rules = replace(RULES, scheme=replace(KEDE, min_cents=74))
    assert quote(date(2025, 7, 1), rules).total_cents == 10000
    assert quote(date(2025, 7, 1), rules, cents=10100).total_cents == 10174


def test_the_base_may_include_added_lines() -> None:
    vat = replace(RULES, added_lines=(LINES["VAT_13"],))
    both = replace(vat, scheme=replace(KEDE, base=SurchargeBase.PRINCIPAL_PLUS_ADDED))
    assert quote(date(2025, 7, 1), vat).cents(Component.SURCHARGE) == 73
    assert quote(date(2025, 7, 1), both).cents(Component.SURCHARGE) == 82


# --- who says the amount --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "given", "surcharge", "rule"),
    [
        (SurchargeSource.PLATFORM, 500, 219, "R5"),
        (SurchargeSource.FMS, 500, 500, GIVEN),
        (SurchargeSource.FMS, None, 0, None),
        (SurchargeSource.FMS_IF_PRESENT, 500, 500, GIVEN),
        (SurchargeSource.FMS_IF_PRESENT, None, 219, "R5"),
        (SurchargeSource.FMS_IF_PRESENT, 0, 0, None),
    ],
)
def test_the_source_of_the_surcharge(
    source: SurchargeSource, given: int | None, surcharge: int, rule: str | None
) -> None:
    found = quote(
        date(2025, 9, 5),
        replace(RULES, surcharge_source=source),
        surcharge_cents=given,
        surcharge_as_of=date(2025, 9, 1),
    )
    assert found.cents(Component.SURCHARGE) == surcharge
    assert [line.rule for line in found.lines if line.component is Component.SURCHARGE] == ([rule] if rule else [])


def test_a_given_surcharge_is_asked_even_before_the_due_date() -> None:
    found = quote(date(2025, 6, 1), replace(RULES, surcharge_source=SurchargeSource.FMS), surcharge_cents=500)
    assert (found.late, found.total_cents, found.valid_until) == (False, 10500, DUE)


@pytest.mark.parametrize(("given", "added"), [(None, 1300), (0, 0), (999, 999)])
def test_given_added_lines_replace_ours(given: int | None, added: int) -> None:
    found = quote(date(2025, 6, 1), replace(RULES, added_lines=(LINES["VAT_13"],)), added_cents=given)
    assert found.cents(Component.ADDED) == added
    assert {line.target_code for line in found.lines[1:]} <= {LINES["VAT_13"].target_code}


def test_nothing_runs_before_certification_unless_the_kind_says_so() -> None:
    on = date(2025, 9, 5)
    late = quote(on, kind=DebtKind.UNCERTIFIED)
    assert (late.late, late.total_cents, late.valid_until) == (True, 10000, None)
    assert quote(on, replace(RULES, surcharge_uncertified=True), kind=DebtKind.UNCERTIFIED).total_cents == 10219


def test_an_instalment_of_a_plan_has_its_own_scheme() -> None:
    rules = replace(RULES, arranged_scheme=PLAN_025)
    found = quote(date(2025, 7, 1), rules, cents=10900, kind=DebtKind.ARRANGED)
    assert (found.cents(Component.SURCHARGE), found.lines[1].rule) == (27, "R17")
    assert quote(date(2025, 7, 1), rules, cents=10900).lines[1].rule == "R5"
    assert quote(date(2025, 7, 1), RULES, cents=10900, kind=DebtKind.ARRANGED).cents(Component.SURCHARGE) == 80


def test_costs_and_fines_are_lines_with_their_own_codes() -> None:
    found = quote(date(2025, 6, 1), replace(RULES, fine_code="00.1513.0001"), costs_cents=1000, fine_cents=905)
    assert [(line.component, line.target_code, line.amount_cents) for line in found.lines[1:]] == [
        (Component.FINE, "00.1513.0001", 905),
        (Component.COSTS, "00.1519.0001", 1000),
    ]
    assert found.total_cents == 11905


def test_what_is_paid_costs_nothing() -> None:
    found = quote(date(2025, 9, 5), cents=0)
    assert (found.total_cents, found.lines) == (0, ())


def test_lines_of_lines_must_come_after_them() -> None:
    with pytest.raises(ValueError, match="does not come before"):
        replace(RULES, added_lines=(LINES["OGA_20"], LINES["STAMP_3"]))


def test_a_line_of_a_line_out_of_force_is_out_of_force() -> None:
    stamp, oga = LINES["STAMP_3"], replace(LINES["OGA_20"], to_on=None)
    rules = replace(RULES, added_lines=(stamp, oga))
    assert quote(date(2025, 6, 1), rules, certified_on=date(2025, 1, 1)).cents(Component.ADDED) == 0


def test_retained_lines_have_their_dates_too() -> None:
    line = AddedLine("X", "x", "x", Decimal(1), "PRINCIPAL", "00.1", date(2025, 1, 1), date(2025, 12, 31), True, "y")
    rules = replace(RULES, added_lines=(line,))
    assert [one.amount_cents for one in retained_lines(rules, 10000, date(2025, 5, 1))] == [100]
    assert retained_lines(rules, 10000, date(2026, 1, 1)) == ()
    assert quote(date(2025, 6, 1), rules).lines[1:] == ()


# --- how long it holds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "on", "known", "until"),
    [
        pytest.param(RULES, date(2025, 6, 1), {}, DUE, id="due date"),
        pytest.param(RULES, date(2025, 6, 29), {"due_on": date(2025, 6, 28)}, DUE, id="due date on a Saturday"),
        pytest.param(RULES, date(2025, 7, 1), {}, date(2025, 7, 31), id="month end"),
        pytest.param(RULES, date(2025, 12, 5), {}, date(2025, 12, 31), id="year end"),
        pytest.param(
            replace(RULES, scheme=replace(KEDE, counting=Counting.ANNIVERSARY)),
            date(2025, 8, 5), {"due_on": date(2025, 7, 16)}, date(2025, 8, 16), id="anniversary",
        ),
        pytest.param(RULES, date(2025, 6, 1), {"plan_until": date(2025, 6, 20)}, date(2025, 6, 20), id="plan"),
        pytest.param(RULES, date(2025, 6, 21), {"plan_until": date(2025, 6, 20)}, DUE, id="plan over"),
        pytest.param(
            replace(RULES, surcharge_source=SurchargeSource.FMS), date(2025, 9, 5),
            {"surcharge_cents": 50, "surcharge_as_of": date(2025, 9, 1)}, date(2025, 9, 30), id="given",
        ),
        pytest.param(replace(RULES, scheme=None), date(2025, 9, 5), {}, None, id="nothing changes it"),
    ],
)  # fmt: skip
def test_validity(rules: KindRules, on: date, known: dict[str, Any], until: date | None) -> None:
    assert quote(on, rules, **known).valid_until == until


def test_a_window_ends_a_total() -> None:
    rules = replace(RULES, windows=(KOK_HALF,))
    open_window = quote(date(2017, 5, 8), rules, date(2017, 7, 4), 8000, violation_on=date(2017, 5, 4))
    assert (open_window.total_cents, open_window.valid_until) == (4000, date(2017, 5, 15))
    closed = quote(date(2017, 5, 16), rules, date(2017, 7, 4), 8000, violation_on=date(2017, 5, 4))
    assert (closed.total_cents, closed.valid_until) == (8000, date(2017, 7, 4))


@pytest.mark.parametrize(
    ("change", "on", "total"),
    [
        ({}, date(2026, 3, 12), 5000),
        ({}, date(2026, 3, 13), 10000),
        ({"inclusive": False}, date(2026, 3, 11), 5000),
        ({"inclusive": False}, date(2026, 3, 12), 10000),
        ({"applies_from": date(2026, 3, 3)}, date(2026, 3, 5), 10000),
        ({"applies_to": date(2026, 3, 1)}, date(2026, 3, 5), 10000),
        ({"factor_bp": 3333}, date(2026, 3, 5), 3333),
        ({"event": WindowEvent.CERTIFICATION}, date(2026, 3, 25), 5000),
        ({"event": WindowEvent.ISSUE}, date(2026, 3, 5), 10000),
        ({}, date(2026, 3, 1), 10000),
    ],
)
def test_windows(change: dict[str, Any], on: date, total: int) -> None:
    window = DiscountWindow(WindowEvent.VIOLATION, 10, True, True, 5000, None, None, "x")
    rules = replace(RULES, windows=(replace(window, **change),))
    found = quote(on, rules, date(2026, 5, 29), violation_on=date(2026, 3, 2), certified_on=date(2026, 3, 20))
    assert found.total_cents == total


def test_the_best_of_two_windows_counts() -> None:
    window = DiscountWindow(WindowEvent.VIOLATION, 30, True, False, 8000, None, None, "x")
    rules = replace(RULES, windows=(window, replace(window, days=10, factor_bp=5000)))
    assert quote(date(2026, 3, 5), rules, date(2026, 5, 29), violation_on=date(2026, 3, 2)).total_cents == 5000
    assert quote(date(2026, 3, 20), rules, date(2026, 5, 29), violation_on=date(2026, 3, 2)).total_cents == 8000


@pytest.mark.parametrize("change", [{"days": -1}, {"factor_bp": 10_001}, {"factor_bp": -1}])
def test_a_window_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="discount window"):
        replace(KOK_HALF, **change)


def test_due_after_an_event() -> None:
    """R24 D3."""
    assert due_after_event(date(2025, 11, 13), 10) == date(2025, 11, 23)
    with pytest.raises(ValueError, match="negative"):
        due_after_event(date(2025, 11, 13), -1)


# --- the law stays pure ---------------------------------------------------------------------------------------------

ALLOWED = {
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "re",
    "typing",
    "zoneinfo",
}


def pure_files() -> list[Path]:
    root = Path(__file__).parents[3] / "obolos"
    debts = root / "domain" / "debts"
    single = [debts / "wording.py", debts / "law_defaults.py", root / "base" / "money.py", root / "base" / "dates.py"]
    return [*sorted((debts / "rules").glob("*.py")), *single]


@pytest.mark.parametrize("path", pure_files(), ids=lambda path: path.name)
def test_the_law_imports_no_outside_world_and_no_float(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), ast.unparse(node)
            assert not (isinstance(node, ast.Name) and node.id in {"float", "today"}), ast.unparse(node)
            assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and path.name == "money.py")
            continue
        for name in names:
            ours = name.startswith(("obolos.base.", "obolos.domain.debts.rules"))
            seed = path.name == "dates.py" and name == "holidays"
            assert ours or seed or name.split(".")[0] in ALLOWED, name
