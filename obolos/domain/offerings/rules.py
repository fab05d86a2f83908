"""How long a code may be paid and a place is kept for it. Pure; knows no row and reads no clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from obolos.base.dates import Calendar, CalendarMissing, athens_date, end_of_day

#: Shorter than that and a code is no way to pay.
LEAST_TO_PAY = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class RfTerm:
    """`last_day`: on which the code may still be paid, until its last minute `pay_by`. `hold_until`: so long it is kept."""

    last_day: date
    hold_until: datetime

    @property
    def pay_by(self) -> datetime:
        """The last minute in which the code may be paid."""
        return end_of_day(self.last_day)


def rf_term(now: datetime, longest: timedelta, calendar: Calendar, *, before: datetime | None = None) -> RfTerm | None:
    """Until when an RF code asked for now may be paid, and how long what it buys is kept.

    Some banks report on the working day after the payment, so it is kept until the end of that day. Bought on a Friday
    with a day to pay: payable until Saturday 23:59, kept until Monday 23:59. `before`: nothing is kept longer than that
    (the end of sales); then today is the last day, if that leaves four hours, and otherwise there is no code: None.
    """
    latest = athens_date(now + longest)
    for last_day in (latest, athens_date(now)):
        term = RfTerm(last_day, end_of_day(_next_working_day(calendar, last_day)))
        if (before is None or term.hold_until <= before) and term.pay_by - now >= min(LEAST_TO_PAY, longest):
            return term
    return None


def _next_working_day(calendar: Calendar, on: date) -> date:
    """The working day after `on`. A year without a calendar yet has its weekends: this charges nobody anything."""
    try:
        return calendar.add_working_days(on, 1)
    except CalendarMissing:
        return Calendar.of(()).add_working_days(on, 1)
