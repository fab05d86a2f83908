"""What lateness costs: dated rates and the schemes that count months or days with them.

Pure arithmetic over rows given by the caller. Percentages are kept as integers of a millionth of one percent
("micro"), so that sums are exact and quick. A date without a rate is an error, never zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from obolos.base.dates import ONE_DAY, add_months, first_of_month, month_index
from obolos.base.money import round_half_up

MICRO = 1_000_000
#: base cents × summed micro-percent ÷ this = cents
MICRO_DENOMINATOR = 100 * MICRO


class RateMissing(LookupError):
    """No rate is in force on `on`: the amount cannot be said. Never treated as zero."""

    def __init__(self, on: date, scheme: str = "") -> None:
        super().__init__(f"RATE_MISSING {on.isoformat()}{' in ' + scheme if scheme else ''}")
        self.on = on
        self.scheme = scheme


class RateUnit(StrEnum):
    """What a rate is of: percent per month begun, or percent per year counted by days."""

    PCT_MONTH = "PCT_MONTH"
    PCT_YEAR_DAILY = "PCT_YEAR_DAILY"


class Counting(StrEnum):
    """How lateness is counted: calendar months begun, months from the due day, or days."""

    CALENDAR = "CALENDAR"
    ANNIVERSARY = "ANNIVERSARY"
    DAYS = "DAYS"


class SurchargeBase(StrEnum):
    """What a surcharge is reckoned on: the open principal, or that with its added lines."""

    PRINCIPAL = "PRINCIPAL"
    PRINCIPAL_PLUS_ADDED = "PRINCIPAL_PLUS_ADDED"


def micro_percent(percent: Decimal) -> int:
    """0.73 percent → 730000. ValueError when negative, not finite, or finer than a millionth of a percent."""
    if not percent.is_finite() or percent < 0:
        raise ValueError(f"not a rate: {percent}")
    scaled = percent * MICRO
    if scaled != int(scaled):
        raise ValueError(f"a rate has at most six decimals: {percent}")
    return int(scaled)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in force from `from_on` to `to_on`, both included; `to_on` None = until further notice.

    `value`: percent per month or per year, by the unit of its scheme.
    """

    from_on: date
    to_on: date | None
    value: Decimal
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of lateness that ran under one rate. `units`: months or days; `rate_micro`: percent × 10⁶ per unit
    (per year for days). `from_on`: first day of the stretch."""

    from_on: date
    units: int
    rate_micro: int
    legal_basis: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A rate prepared for counting: days as ordinals, months as the range of months whose first day it covers."""

    first_day: int
    last_day: int
    first_month: int
    last_month: int
    rate_micro: int
    legal_basis: str


@dataclass(frozen=True, slots=True)
class SurchargeScheme:
    """How a late payment grows (προσαύξηση). Simple, never compound; a begun month counts whole (R3–R6).

    `cap_percent` bounds the sum of the rates over the whole lateness. `min_cents`: a surcharge below it is not asked.
    `day_basis`: days of a year for DAYS. Monthly rates count CALENDAR or ANNIVERSARY months, yearly ones DAYS.
    ValueError when rates overlap or the unit does not fit the counting.
    """

    code: str
    rates: tuple[Rate, ...]
    unit: RateUnit = RateUnit.PCT_MONTH
    counting: Counting = Counting.CALENDAR
    base: SurchargeBase = SurchargeBase.PRINCIPAL
    cap_percent: Decimal | None = None
    min_cents: int = 0
    day_basis: int = 365
    _rows: tuple[_Row, ...] = field(init=False, repr=False, compare=False, default=())
    _cap_micro: int | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if (self.unit is RateUnit.PCT_YEAR_DAILY) != (self.counting is Counting.DAYS):
            raise ValueError(f"{self.code}: {self.unit} does not go with {self.counting}")
        if self.day_basis <= 0 or self.min_cents < 0:
            raise ValueError(f"{self.code}: day_basis and min_cents must not be negative")
        object.__setattr__(self, "_rows", tuple(_prepare(self.code, self.rates)))
        if self.cap_percent is not None:
            object.__setattr__(self, "_cap_micro", micro_percent(self.cap_percent))

    def units_late(self, effective_due_on: date, on: date) -> int:
        """Months begun (R3, R3b) or days (R6) of lateness at `on`; 0 when not late."""
        if on <= effective_due_on:
            return 0
        if self.counting is Counting.DAYS:
            return on.toordinal() - effective_due_on.toordinal()
        months = month_index(on) - month_index(effective_due_on)
        if self.counting is Counting.CALENDAR:
            return max(1, months)
        return months if months and on <= add_months(effective_due_on, months) else months + 1

    def segments(self, effective_due_on: date, on: date, skip: int = 0) -> tuple[Segment, ...]:
        """The lateness cut at rate changes, without its first `skip` units. RateMissing when a unit has no rate.

        Calendar month k takes the rate of its first day; a payment late inside the due month takes that of the day
        after the due date (R4). Anniversary month k takes the rate of the day it begins. Each day takes its own.
        """
        units = self.units_late(effective_due_on, on)
        if units <= skip:
            return ()
        if self.counting is Counting.DAYS:
            return self._days(effective_due_on.toordinal() + 1 + skip, on.toordinal())
        due_month = month_index(effective_due_on)
        if self.counting is Counting.ANNIVERSARY:
            starts = (add_months(effective_due_on, k) + ONE_DAY for k in range(skip, units))
            return _merged(self._at(start) for start in starts)
        if month_index(on) == due_month:
            return (self._at(effective_due_on + ONE_DAY),)
        return self._months(due_month + 1 + skip, due_month + units)

    def first_segments(self, effective_due_on: date, units: int) -> tuple[Segment, ...]:
        """The first `units` of lateness, as `segments` would cut them."""
        if self.counting is Counting.DAYS:
            return self._days(effective_due_on.toordinal() + 1, effective_due_on.toordinal() + units)
        if self.counting is Counting.ANNIVERSARY:
            return _merged(self._at(add_months(effective_due_on, k) + ONE_DAY) for k in range(units))
        due_month = month_index(effective_due_on)
        return self._months(due_month + 1, due_month + units)

    def rate_sum(self, segments: tuple[Segment, ...]) -> int:
        """Σ units × rate in micro-percent, before the cap; for DAYS still to be divided by `day_basis`."""
        return sum(segment.units * segment.rate_micro for segment in segments)

    def capped(self, rate_sum: int) -> int:
        """The sum of rates after the cap (R5)."""
        if self._cap_micro is None:
            return rate_sum
        cap = self._cap_micro * (self.day_basis if self.counting is Counting.DAYS else 1)
        return min(rate_sum, cap)

    def capped_after(self, rate_sum: int, effective_due_on: date, before: int) -> int:
        """As `capped` for units that follow `before` already charged ones: the cap holds for both together."""
        if not before:
            return self.capped(rate_sum)
        earlier = self.rate_sum(self.first_segments(effective_due_on, before))
        return self.capped(earlier + rate_sum) - self.capped(earlier)

    def amount(self, base_cents: int, rate_sum: int) -> int:
        """Cents of surcharge for a capped sum of rates, one half-up rounding (R5, R6), 0 below `min_cents`."""
        denominator = MICRO_DENOMINATOR * (self.day_basis if self.counting is Counting.DAYS else 1)
        cents = round_half_up(base_cents * rate_sum, denominator)
        return cents if cents >= self.min_cents else 0

    def _at(self, on: date) -> Segment:
        """One unit under the rate in force on a day."""
        day = on.toordinal()
        for row in self._rows:
            if row.first_day <= day <= row.last_day:
                return Segment(on, 1, row.rate_micro, row.legal_basis)
        raise RateMissing(on, self.code)

    def _months(self, first: int, last: int) -> tuple[Segment, ...]:
        found = []
        for row in self._rows:
            if row.last_month < first:
                continue
            if row.first_month > first:
                break
            end = min(last, row.last_month)
            found.append(Segment(first_of_month(first), end - first + 1, row.rate_micro, row.legal_basis))
            first = end + 1
            if first > last:
                return tuple(found)
        raise RateMissing(first_of_month(first), self.code)

    def _days(self, first: int, last: int) -> tuple[Segment, ...]:
        found = []
        for row in self._rows:
            if row.last_day < first:
                continue
            if row.first_day > first:
                break
            end = min(last, row.last_day)
            found.append(Segment(date.fromordinal(first), end - first + 1, row.rate_micro, row.legal_basis))
            first = end + 1
            if first > last:
                return tuple(found)
        raise RateMissing(date.fromordinal(first), self.code)


def _prepare(code: str, rates: Iterable[Rate]) -> Iterable[_Row]:
    previous_last = 0
    for rate in sorted(rates, key=lambda rate: rate.from_on):
        last_on = rate.to_on or date.max
        if last_on < rate.from_on or rate.from_on.toordinal() <= previous_last:
            raise ValueError(f"{code}: rates overlap or end before they begin at {rate.from_on.isoformat()}")
        previous_last = last_on.toordinal()
        first_month = month_index(rate.from_on) + (rate.from_on.day > 1)
        yield _Row(
            rate.from_on.toordinal(),
            previous_last,
            first_month,
            month_index(last_on),
            micro_percent(rate.value),
            rate.legal_basis,
        )


def _merged(units: Iterable[Segment]) -> tuple[Segment, ...]:
    """Neighbours under the same rate become one stretch."""
    found: list[Segment] = []
    for unit in units:
        last = found[-1] if found else None
        if last and (last.rate_micro, last.legal_basis) == (unit.rate_micro, unit.legal_basis):
            found[-1] = Segment(last.from_on, last.units + 1, last.rate_micro, last.legal_basis)
        else:
            found.append(unit)
    return tuple(found)


def last_day_at_same_amount(scheme: SurchargeScheme, effective_due_on: date, on: date) -> date:
    """Until when a surcharge that runs at `on` (late) stays as it is: month end, anniversary, or the day itself."""
    if scheme.counting is Counting.DAYS:
        return on
    if scheme.counting is Counting.ANNIVERSARY:
        return add_months(effective_due_on, scheme.units_late(effective_due_on, on))
    return first_of_month(month_index(on) + 1) - ONE_DAY
