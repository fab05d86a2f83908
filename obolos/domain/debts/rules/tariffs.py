"""What a thing costs by a dated price list: fines, fees per square metre or head, shares of receipts (R9).

Pure. The date that chooses the row is named by the row itself (violation, period or issue).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from obolos.base.money import round_half_up


class TariffDate(StrEnum):
    """Which date chooses the row of a price list."""

    VIOLATION = "VIOLATION"
    PERIOD = "PERIOD"
    ISSUE = "ISSUE"


class TariffMissing(LookupError):
    """No single row of the price list holds for the dates given."""

    def __init__(self, code: str, found: int) -> None:
        super().__init__(f"{found} tariff rows for {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Tariff:
    """One row of a price list, in force from `from_on` to `to_on`, both included.

    Exactly one of `unit_cents` (price of one `unit`: fine, head, m²·year) and `percent` (share of an amount).
    `multiplier`: factor the law puts on the list price (0.5 when it halves it). `fine_multiplier`: a fine of so many
    times the fee, on top (arbitrary use of public space: 1, later 3). `free_units` cost nothing.
    """

    code: str
    unit: str
    from_on: date
    to_on: date | None
    by: TariffDate
    legal_basis: str
    unit_cents: int | None = None
    percent: Decimal | None = None
    multiplier: Decimal = Decimal(1)
    fine_multiplier: Decimal = Decimal(0)
    free_units: int = 0

    def __post_init__(self) -> None:
        if (self.unit_cents is None) == (self.percent is None):
            raise ValueError(f"{self.code}: a tariff has a unit price or a percentage")

    def holds_on(self, on: date) -> bool:
        """Whether the row is in force on that day."""
        return self.from_on <= on and (self.to_on is None or on <= self.to_on)


@dataclass(frozen=True, slots=True)
class Price:
    """Cents of fee and of the fine that goes with it, and the row they come from."""

    tariff: Tariff
    fee_cents: int
    fine_cents: int

    @property
    def total_cents(self) -> int:
        return self.fee_cents + self.fine_cents


def find_tariff(
    tariffs: Iterable[Tariff],
    code: str,
    *,
    violation_on: date | None = None,
    period_on: date | None = None,
    issue_on: date | None = None,
) -> Tariff:
    """R9: the row of `code` in force on the date its `by` names. P-69 on 12/9/2025 → 10.00, a day later → 30.00.

    TariffMissing unless exactly one row holds.
    """
    dates = {TariffDate.VIOLATION: violation_on, TariffDate.PERIOD: period_on, TariffDate.ISSUE: issue_on}
    found = []
    for tariff in tariffs:
        on = dates[tariff.by]
        if tariff.code == code and on is not None and tariff.holds_on(on):
            found.append(tariff)
    if len(found) != 1:
        raise TariffMissing(code, len(found))
    return found[0]


def price(tariff: Tariff, quantity: Fraction | int) -> Price:
    """Fee and fine for a quantity: units (12 m² for 3 months at a yearly price = Fraction(12·3, 12)), or cents of the
    amount a percentage is of. The fee is rounded once; the fine is a multiple of the rounded fee."""
    charged = max(Fraction(0), Fraction(quantity) - tariff.free_units)
    rate = Fraction(tariff.percent) / 100 if tariff.percent is not None else Fraction(tariff.unit_cents or 0)
    exact = charged * rate * Fraction(tariff.multiplier)
    fee = round_half_up(exact.numerator, exact.denominator)
    fine = fee * Fraction(tariff.fine_multiplier)
    return Price(tariff, fee, round_half_up(fine.numerator, fine.denominator))
