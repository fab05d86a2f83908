"""Months, quarters and years, and what came before them."""

from datetime import date

import pytest

from obolos.base.periods import month_of, period_of, quarter_of, year_of


@pytest.mark.parametrize(
    ("code", "first", "last", "before"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30), "2026-10"),
        ("2026-01", date(2026, 1, 1), date(2026, 1, 31), "2025-12"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-01"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2025-Q4"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "2026-Q3"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2025"),
    ],
)
def test_periods(code: str, first: date, last: date, before: str) -> None:
    period = period_of(code)
    assert period is not None
    assert (period.code, period.first, period.last, period.before.code) == (code, first, last, before)


def test_the_period_of_a_day() -> None:
    on = date(2026, 11, 22)
    assert (month_of(on).code, quarter_of(on).code, year_of(on).code) == ("2026-11", "2026-Q4", "2026")
    assert (quarter_of(on).quarter, month_of(on).quarter) == (4, 4)


@pytest.mark.parametrize(
    "code", ["", "2026-13", "2026-00", "2026-Q0", "2026-Q5", "1999", "26-11", "2026-11-01", " 2026", "２０２６"]
)
def test_no_periods(code: str) -> None:
    assert period_of(code) is None
