"""How long an RF code may be paid, and how long what it buys is kept for it."""

from datetime import date, datetime, timedelta

import pytest

from obolos.base.dates import ATHENS, Calendar
from obolos.domain.offerings.rules import rf_term

DAY = timedelta(days=1)
#: 28 October is a holiday; Saturdays and Sundays never work.
CALENDAR = Calendar.of([date(2026, 10, 28)], first_year=2026, last_year=2026)


def at(day: int, hour: int = 12, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, 0, tzinfo=ATHENS)


@pytest.mark.parametrize(
    ("now", "longest", "last_day", "held_until"),
    [
        (at(22), DAY, date(2026, 11, 23), at(24)),  # Sunday: paid on Monday, reported on Tuesday
        (at(19), DAY, date(2026, 11, 20), at(23)),  # Thursday: paid on Friday, reported on Monday
        (at(20), DAY, date(2026, 11, 21), at(23)),  # Friday: paid on Saturday, reported on Monday
        (at(26, month=10), DAY, date(2026, 10, 27), at(29, month=10)),  # a holiday between
        (at(22, 23), timedelta(hours=2), date(2026, 11, 23), at(24)),  # past midnight
        (at(23), timedelta(minutes=5), date(2026, 11, 23), at(24)),  # a short setting still gives the day
    ],
)
def test_held_until_the_end_of_the_working_day_after_the_last_day(
    now: datetime, longest: timedelta, last_day: date, held_until: datetime
) -> None:
    term = rf_term(now, longest, CALENDAR)
    assert term
    assert term.last_day == last_day
    assert term.pay_by == datetime.combine(last_day, datetime.min.time(), ATHENS).replace(hour=23, minute=59)
    assert term.hold_until == held_until.replace(hour=23, minute=59)


@pytest.mark.parametrize(
    ("now", "sales_until", "last_day"),
    [
        (at(23), at(26), date(2026, 11, 24)),
        (at(23), at(25, 20), date(2026, 11, 23)),  # a day less
        (at(23, 21), at(25, 20), None),  # three hours are no time to pay
        (at(23), at(24, 20), None),
        (at(20), at(23, 20), None),  # Friday, sales end on Monday at eight: nobody would know
    ],
)
def test_never_longer_than_sales_and_not_at_all_when_that_is_too_short(
    now: datetime, sales_until: datetime, last_day: date | None
) -> None:
    term = rf_term(now, DAY, CALENDAR, before=sales_until)
    assert (term.last_day if term else None) == last_day
    assert term is None or term.hold_until <= sales_until


def test_a_year_without_a_calendar_yet_has_its_weekends() -> None:
    term = rf_term(at(31, month=12), DAY, CALENDAR)
    assert term
    assert term.hold_until.date() == date(2027, 1, 4)
