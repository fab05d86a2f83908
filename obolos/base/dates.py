"""Legal dates of Greece: which day it is in Athens, and which days a municipality works.

Must not read the clock except in `athens_now`, and must not know where a calendar is stored.
An instant is an aware datetime; a legal date is a plain `date` (Europe/Athens decides it).
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ATHENS = ZoneInfo("Europe/Athens")
ONE_DAY = timedelta(days=1)
SATURDAY = 5

#: May Day moved by ministerial decision in years where the `holidays` package keeps it on 1 May.
MOVED_MAY_DAY = {2013: date(2013, 5, 7), 2016: date(2016, 5, 3)}

#: Names of the `holidays` package that nobody here uses, and the ones people do.
_USUAL_NAMES = {
    "Εικοστή Πέμπτη Μαρτίου": "25η Μαρτίου",
    "Δευτέρα του Αγίου Πνεύματος": "Αγίου Πνεύματος",
    "Ημέρα του Όχι": "28η Οκτωβρίου",
    "Green Monday": "Clean Monday",
    "Pentecost Monday": "Whit Monday",
    "Glorifying Mother of God": "Second day of Christmas",
    "Σύναξη της Υπεραγίας Θεοτόκου": "Δεύτερη μέρα των Χριστουγέννων",
}


class CalendarMissing(LookupError):
    """The calendar says nothing about that day: guessing "working" could charge somebody wrongly."""

    def __init__(self, on: date) -> None:
        super().__init__(f"no calendar for {on.isoformat()}")
        self.on = on


def athens_now() -> datetime:
    """The present instant, shown in Athens time. Only the edges call it; everything else is given `now`."""
    return datetime.now(UTC).astimezone(ATHENS)


def athens_date(instant: datetime) -> date:
    """The date in Athens at an aware instant: 2025-10-31T22:30Z is 1 November. ValueError if naive."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no date in Athens")
    return instant.astimezone(ATHENS).date()


def athens_day_bounds(on: date) -> tuple[datetime, datetime]:
    """First instant of the day and first instant of the next, in UTC; 23, 24 or 25 hours apart."""
    start = datetime.combine(on, time.min, ATHENS)
    end = datetime.combine(on + ONE_DAY, time.min, ATHENS)
    return start.astimezone(UTC), end.astimezone(UTC)


def end_of_day(on: date) -> datetime:
    """The last minute of a day in Athens, as people read it: 23:59, never 00:00 of the day after."""
    return datetime.combine(on, time(23, 59), ATHENS)


def month_index(on: date) -> int:
    """Months since year 0: differences of it count calendar months."""
    return on.year * 12 + on.month - 1


def first_of_month(index: int) -> date:
    """First day of the month with that `month_index`."""
    return date(index // 12, index % 12 + 1, 1)


def last_of_month(on: date) -> date:
    """Last calendar day of the month of `on`."""
    return date(on.year, on.month, monthrange(on.year, on.month)[1])


def add_months(on: date, months: int) -> date:
    """Same day `months` later, clamped to the end of the month: 31 January + 1 → 28 or 29 February."""
    index = month_index(on) + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(on.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days of one municipality.

    `closed`: holidays, national and local (the patron's day, a closure by decision). `opened`: days that work
    although they are a weekend or a holiday. Saturdays and Sundays do not work (ΠΟΛ.1100/2006).
    Outside `first_year`…`last_year` every question raises CalendarMissing.
    """

    closed: frozenset[date]
    opened: frozenset[date] = frozenset()
    first_year: int = 1
    last_year: int = 9999

    @classmethod
    def of(
        cls,
        holidays: Iterable[date],
        overrides: Mapping[date, bool] | None = None,
        *,
        first_year: int = 1,
        last_year: int = 9999,
    ) -> "Calendar":
        """From the holidays and the municipality's own rows: True makes a day working, False closes it."""
        rows = overrides or {}
        opened = frozenset(day for day, works in rows.items() if works)
        closed = frozenset(holidays).union(day for day, works in rows.items() if not works) - opened
        return cls(closed, opened, first_year, last_year)

    def is_working(self, on: date) -> bool:
        """Whether the municipality works on that day."""
        if not self.first_year <= on.year <= self.last_year:
            raise CalendarMissing(on)
        if on.weekday() >= SATURDAY:
            return on in self.opened
        return on not in self.closed

    def next_working_day(self, on: date) -> date:
        """`on` itself when it works, else the first working day after it (Civil Code art. 242)."""
        while not self.is_working(on):
            on += ONE_DAY
        return on

    def last_working_day_of_month(self, year: int, month: int) -> date:
        """November 2025 ends on a Sunday → Friday 28 November 2025."""
        on = date(year, month, monthrange(year, month)[1])
        while not self.is_working(on):
            on -= ONE_DAY
        return on

    def add_working_days(self, on: date, days: int) -> date:
        """The `days`-th working day after `on`; `on` itself never counts. `days` ≥ 1."""
        if days < 1:
            raise ValueError("days must be at least 1")
        for _ in range(days):
            on = self.next_working_day(on + ONE_DAY)
        return on


def greek_holidays(year: int) -> dict[date, tuple[str, str]]:
    """National non-working days of a year with Greek and English names, to seed an editable calendar table.

    Half days (24 and 31 December) work. Sundays such as Easter are left out by the source; they never work anyway.
    """
    import holidays  # noqa: PLC0415 — slow to import, needed once a year

    greek = holidays.country_holidays("GR", years=year, language="el")
    english = holidays.country_holidays("GR", years=year, language="en_US")
    names = {on: (_usual(greek[on]), _usual(english[on])) for on in sorted(greek)}
    moved = MOVED_MAY_DAY.get(year)
    if moved is not None:
        names[moved] = names.pop(date(year, 5, 1), ("Εργατική Πρωτομαγιά", "Labor Day"))
    return dict(sorted(names.items()))


def _usual(name: str) -> str:
    return _USUAL_NAMES.get(name, name)
