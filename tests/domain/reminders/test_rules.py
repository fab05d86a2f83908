"""When reminders go out, about which due dates, and who is held out: tables, and the two changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from obolos.base.dates import ATHENS, Calendar
from obolos.domain.reminders.rules import Hours, due_dates, is_held_out

CALENDAR = Calendar.of([date(2026, 10, 28), date(2026, 12, 25), date(2026, 12, 26)], first_year=2026, last_year=2027)


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ATHENS).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        (local(2026, 11, 23, 8, 59), False),
        (local(2026, 11, 23, 9), True),
        (local(2026, 11, 23, 20, 29), True),
        (local(2026, 11, 23, 20, 30), False),
        (local(2026, 11, 23, 3), False),
        (local(2026, 11, 21, 12), True),  # a Saturday
        (local(2026, 11, 22, 12), False),  # a Sunday
        (local(2026, 10, 28, 12), False),  # Ohi Day, a Wednesday
        # Summer time ends on Sunday 25 October 2026 at 04:00, begins on Sunday 28 March 2027 at 03:00.
        (datetime(2026, 10, 24, 6, 0, tzinfo=UTC), True),  # 09:00, UTC+3
        (datetime(2026, 10, 24, 5, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 26, 6, 59, tzinfo=UTC), False),  # 08:59, UTC+2
        (datetime(2026, 10, 26, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 10, 24, 17, 30, tzinfo=UTC), False),  # 20:30, UTC+3
        (datetime(2026, 10, 26, 18, 29, tzinfo=UTC), True),  # 20:29, UTC+2
        (datetime(2027, 3, 27, 6, 59, tzinfo=UTC), False),  # 08:59, UTC+2
        (datetime(2027, 3, 29, 6, 0, tzinfo=UTC), True),  # 09:00, UTC+3
        (datetime(2027, 3, 29, 17, 30, tzinfo=UTC), False),  # 20:30, UTC+3
        (local(2030, 6, 3, 12), True),  # beyond the calendar only Sundays are known
        (local(2030, 6, 2, 12), False),
    ],
)  # fmt: skip
def test_nobody_is_written_to_at_night_on_sundays_and_holidays(now: datetime, allowed: bool) -> None:
    assert Hours().allow(now, CALENDAR) is allowed
    after = Hours().next_after(now, CALENDAR)
    assert after >= now
    assert Hours().allow(after, CALENDAR)
    assert (after == now) is allowed
    assert after.astimezone(ATHENS).time() == time(9) or allowed


def test_what_waits_goes_out_at_nine_whatever_the_clock_did_that_night() -> None:
    saturday_evening = local(2026, 10, 24, 21)
    assert Hours().next_after(saturday_evening, CALENDAR) == datetime(2026, 10, 26, 7, 0, tzinfo=UTC)
    assert Hours().next_after(local(2027, 3, 27, 22), CALENDAR) == datetime(2027, 3, 29, 6, 0, tzinfo=UTC)
    assert Hours().next_after(local(2026, 12, 24, 21), CALENDAR) == local(2026, 12, 28, 9)  # 25 to 27 December


def test_a_municipality_may_narrow_the_hours() -> None:
    hours = Hours(time(10), time(14))
    assert not hours.allow(local(2026, 11, 23, 9, 30), CALENDAR)
    assert hours.allow(local(2026, 11, 23, 10), CALENDAR)
    assert not hours.allow(local(2026, 11, 23, 14), CALENDAR)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-7, [(11, 29), (11, 28), (11, 27), (11, 26)]),
        (-1, [(11, 23), (11, 22)]),
        (0, [(11, 22)]),
        (3, [(11, 19), (11, 18), (11, 17), (11, 16)]),
    ],
)
def test_a_rule_is_about_its_day_and_what_it_missed_but_never_early_or_after_the_fact(
    days: int, expected: list[tuple[int, int]]
) -> None:
    assert list(due_dates(days, date(2026, 11, 22))) == [date(2026, *one) for one in expected]


def test_the_group_held_out_is_as_large_as_it_was_set_and_stays() -> None:
    people = range(1, 10_001)
    held = {person for person in people if is_held_out("a" * 32, person, 10)}
    assert 900 <= len(held) <= 1_100  # 10 % ± 3.3 standard deviations
    assert held == {person for person in people if is_held_out("a" * 32, person, 10)}
    assert held < {person for person in people if is_held_out("a" * 32, person, 20)}
    assert {person for person in people if is_held_out("a" * 32, person, 0)} == set()
    other = {person for person in people if is_held_out("b" * 32, person, 10)}
    assert 50 <= len(held & other) <= 160  # another municipality leaves out other people
    halves = [sum(is_held_out("a" * 32, person, 50) for person in people if person % 2 == odd) for odd in (0, 1)]
    assert all(2_300 <= half <= 2_700 for half in halves)


def test_hours_are_of_the_wall_not_of_the_world() -> None:
    """Through a whole year, every tenth minute: 09:00 to 20:30 on the wall, and only then."""
    moment, wrong = datetime(2026, 1, 1, tzinfo=UTC), []
    while moment.year == 2026:
        wall = moment.astimezone(ATHENS)
        day = wall.weekday() != 6 and wall.date() not in CALENDAR.closed
        if Hours().allow(moment, CALENDAR) != (day and time(9) <= wall.time() < time(20, 30)):
            wrong.append(moment)
        moment += timedelta(minutes=10)
    assert wrong == []
