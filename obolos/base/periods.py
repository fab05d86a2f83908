"""Spans that people report on: a month, a quarter, a year, and the one of the same length before it. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from obolos.base.dates import add_months

_SPELT = re.compile(r"(20[0-9]{2})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A month («2026-11»), a quarter («2026-Q4») or a year («2026») of legal dates, both ends included."""

    code: str
    first: date
    months: int

    @property
    def last(self) -> date:
        """Its last day."""
        return add_months(self.first, self.months) - timedelta(days=1)

    @property
    def before(self) -> "Period":
        """The period of the same length that ends where this one begins."""
        return _beginning(add_months(self.first, -self.months), self.months)

    @property
    def quarter(self) -> int:
        """1 to 4; of a year or a month, the quarter it begins in."""
        return (self.first.month + 2) // 3


def month_of(on: date) -> Period:
    """The month of a day."""
    return _beginning(on.replace(day=1), 1)


def quarter_of(on: date) -> Period:
    """The quarter of a day."""
    return _beginning(date(on.year, (on.month - 1) // 3 * 3 + 1, 1), 3)


def year_of(on: date) -> Period:
    """The year of a day."""
    return _beginning(date(on.year, 1, 1), 12)


def period_of(code: str) -> Period | None:
    """The period that a code names; None when it names none."""
    found = _SPELT.fullmatch(code)
    if found is None:
        return None
    year, month, quarter = found.groups()
    if month:
        return _beginning(date(int(year), int(month), 1), 1)
    if quarter:
        return _beginning(date(int(year), 3 * int(quarter) - 2, 1), 3)
    return _beginning(date(int(year), 1, 1), 12)


def _beginning(first: date, months: int) -> Period:
    within = {1: f"-{first.month:02d}", 3: f"-Q{(first.month + 2) // 3}", 12: ""}
    return Period(f"{first.year}{within[months]}", first, months)
