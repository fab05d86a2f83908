"""Legal dates: which day it is in Athens, which days a municipality works."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.base.dates import (
    ATHENS,
    Calendar,
    CalendarMissing,
    add_months,
    athens_date,
    athens_day_bounds,
    athens_now,
    first_of_month,
    greek_holidays,
    last_of_month,
    month_index,
)

NATIONAL = frozenset(day for year in range(2005, 2028) for day in greek_holidays(year))
DAYS = st.dates(date(2006, 1, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2025, 10, 31, 21, 59, 59, tzinfo=UTC), date(2025, 10, 31)),  # winter, two hours ahead
        (datetime(2025, 10, 31, 22, 0, tzinfo=UTC), date(2025, 11, 1)),
        (datetime(2025, 6, 30, 20, 59, 59, tzinfo=UTC), date(2025, 6, 30)),  # summer, three hours ahead
        (datetime(2025, 6, 30, 21, 0, tzinfo=UTC), date(2025, 7, 1)),
        (datetime(2025, 3, 29, 22, 0, tzinfo=UTC), date(2025, 3, 30)),  # the night the clocks go forward
        (datetime(2025, 3, 30, 20, 59, tzinfo=UTC), date(2025, 3, 30)),
        (datetime(2025, 3, 30, 21, 0, tzinfo=UTC), date(2025, 3, 31)),
        (datetime(2025, 10, 25, 21, 0, tzinfo=UTC), date(2025, 10, 26)),  # the night they go back
        (datetime(2025, 10, 26, 21, 59, tzinfo=UTC), date(2025, 10, 26)),
        (datetime(2025, 10, 31, 23, 59, tzinfo=ATHENS), date(2025, 10, 31)),
    ],
)
def test_athens_decides_the_date(instant: datetime, day: date) -> None:
    assert athens_date(instant) == day


def test_a_naive_instant_has_no_date() -> None:
    with pytest.raises(ValueError, match="naive"):
        athens_date(datetime(2025, 1, 1))  # noqa: DTZ001


def test_the_present_is_aware_and_in_athens() -> None:
    assert athens_now().tzinfo is ATHENS


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2025, 11, 1), 24)])
def test_days_have_23_24_or_25_hours(day: date, hours: int) -> None:
    start, end = athens_day_bounds(day)
    assert end - start == timedelta(hours=hours)
    assert (athens_date(start), athens_date(end - timedelta(microseconds=1))) == (day, day)
    assert athens_date(end) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2025, 3, 13), 0, date(2025, 3, 13)),
        (date(2025, 12, 5), 1, date(2026, 1, 5)),
    ],
)
def test_months_clamp_to_their_end(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@given(DAYS)
def test_months_by_number(day: date) -> None:
    assert first_of_month(month_index(day)) == day.replace(day=1)
    assert last_of_month(day) == first_of_month(month_index(day) + 1) - timedelta(days=1)


def test_holidays_of_a_year_have_two_names() -> None:
    days = greek_holidays(2026)
    assert list(days) == sorted(days)
    assert days[date(2026, 4, 10)] == ("Μεγάλη Παρασκευή", "Good Friday")
    assert days[date(2026, 3, 25)][0] == "25η Μαρτίου"
    assert len(days) == 12
    assert date(2026, 12, 24) not in days


@pytest.mark.parametrize(
    ("year", "kept", "moved"),
    [
        (2013, date(2013, 5, 1), date(2013, 5, 7)),
        (2016, date(2016, 5, 1), date(2016, 5, 3)),
        (2024, date(2024, 5, 1), date(2024, 5, 7)),
    ],
)
def test_may_day_moves_by_decision(year: int, kept: date, moved: date) -> None:
    days = greek_holidays(year)
    assert moved in days
    assert kept not in days


def test_weekends_holidays_and_local_days_do_not_work() -> None:
    calendar = Calendar.of(NATIONAL, {date(2025, 1, 17): False, date(2025, 1, 18): True})
    assert not calendar.is_working(date(2025, 1, 17))  # local holiday, a Friday
    assert calendar.is_working(date(2025, 1, 18))  # opened by decision, a Saturday
    assert not calendar.is_working(date(2025, 1, 19))
    assert not calendar.is_working(date(2025, 4, 18))  # Orthodox Good Friday
    assert Calendar.of(NATIONAL).is_working(date(2025, 1, 17))


def test_an_override_opens_a_holiday() -> None:
    assert Calendar.of(NATIONAL, {date(2025, 10, 28): True}).is_working(date(2025, 10, 28))


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2025, 11, 15), date(2025, 11, 17)),
        (date(2026, 4, 10), date(2026, 4, 14)),
        (date(2025, 12, 24), date(2025, 12, 24)),
    ],
)
def test_next_working_day(day: date, moved: date) -> None:
    assert Calendar.of(NATIONAL).next_working_day(day) == moved


def test_last_working_day_of_month() -> None:
    calendar = Calendar.of(NATIONAL, {date(2025, 10, 31): False})
    assert calendar.last_working_day_of_month(2025, 11) == date(2025, 11, 28)
    assert calendar.last_working_day_of_month(2025, 10) == date(2025, 10, 30)
    assert calendar.last_working_day_of_month(2025, 12) == date(2025, 12, 31)


def test_working_days_skip_easter() -> None:
    calendar = Calendar.of(NATIONAL)
    assert calendar.add_working_days(date(2025, 4, 16), 3) == date(2025, 4, 23)
    assert calendar.add_working_days(date(2025, 3, 12), 3) == date(2025, 3, 17)
    with pytest.raises(ValueError, match="at least 1"):
        calendar.add_working_days(date(2025, 3, 12), 0)


def test_outside_its_years_a_calendar_says_so() -> None:
    calendar = Calendar.of(NATIONAL, first_year=2005, last_year=2027)
    with pytest.raises(CalendarMissing) as missing:
        calendar.next_working_day(date(2027, 12, 31) + timedelta(days=1))
    assert missing.value.on == date(2028, 1, 1)


@given(DAYS, st.integers(1, 30))
def test_working_days_are_working(day: date, count: int) -> None:
    calendar = Calendar.of(NATIONAL)
    moved = calendar.next_working_day(day)
    assert calendar.is_working(moved)
    assert not any(calendar.is_working(day + timedelta(days=n)) for n in range((moved - day).days))
    reached = calendar.add_working_days(day, count)
    between = [day + timedelta(days=n) for n in range(1, (reached - day).days + 1)]
    assert sum(calendar.is_working(one) for one in between) == count
