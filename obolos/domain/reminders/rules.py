"""Who is reminded of a due date, when, and who is left out to compare with. Pure."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from obolos.base.dates import ATHENS, ONE_DAY, Calendar

#: Nobody is written to outside these hours; a municipality may narrow them.
EARLIEST, LATEST = time(9, 0), time(20, 30)
#: A rule whose day was a Sunday, a holiday, or lost to an outage is made up for so long.
CATCH_UP = timedelta(days=3)
#: A reminder that did not leave so long after it was made is about yesterday's news.
STALE = timedelta(days=2)
FURTHEST_DAYS = 60
_SUNDAY = 6
_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Hours:
    """When messages may go out, Athens wall time: from the one, up to but not including the other."""

    begin: time = EARLIEST
    end: time = LATEST

    def allow(self, now: datetime, calendar: Calendar) -> bool:
        """Whether a message may go out now."""
        local = now.astimezone(ATHENS)
        return self.begin <= local.time() < self.end and _is_sending_day(local.date(), calendar)

    def next_after(self, now: datetime, calendar: Calendar) -> datetime:
        """The first instant from now on at which a message may go out, for messages that wait."""
        if self.allow(now, calendar):
            return now
        local = now.astimezone(ATHENS)
        on = local.date() if local.time() < self.begin else local.date() + ONE_DAY
        while not _is_sending_day(on, calendar):
            on += ONE_DAY
        return datetime.combine(on, self.begin, ATHENS).astimezone(now.tzinfo)


def _is_sending_day(on: date, calendar: Calendar) -> bool:
    """Saturdays count; Sundays and holidays do not. Beyond the calendar's years only Sundays are known."""
    if on in calendar.opened:
        return True
    return on.weekday() != _SUNDAY and on not in calendar.closed


def due_dates(days: int, on: date) -> Iterator[date]:
    """Due dates that a rule is about on a day: its own, then those it missed. `days` < 0 is before the due date.

    −7 on 22 November: 29 November, then 28, 27 and 26. A reminder before the due date is never sent after it.
    """
    due_on = on - timedelta(days=days)
    for back in range(CATCH_UP.days + 1):
        missed = due_on - timedelta(days=back)
        if days > 0 or missed >= on:
            yield missed


def is_held_out(salt: str, person_id: int, percent: int) -> bool:
    """Whether a person belongs to the group that is not reminded: decided by a hash, so for ever and for every debt.

    Raising `percent` adds people to the group and moves none out of it.
    """
    digest = hashlib.sha256(f"{salt}:{person_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % _PARTS < percent * _PARTS // 100
