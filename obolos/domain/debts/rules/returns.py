"""The fine for a return (δήλωση) filed late, not at all or with too little (R7).

Pure. This is a fine on the declaration, not the surcharge on a late payment.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from obolos.base.money import round_half_up
from obolos.domain.debts.rules.rates import MICRO_DENOMINATOR, Counting, SurchargeScheme, micro_percent


class ReturnFineBase(StrEnum):
    """The whole fee, or what a wrong return left out of it."""

    FEE = "FEE"
    DIFFERENCE = "DIFFERENCE"


@dataclass(frozen=True, slots=True)
class LateReturnScheme:
    """So many percent of the fee for each month begun, up to a cap. ν. 1080/1980-type fines: 2 %, cap 100 %."""

    code: str
    percent_per_month: Decimal
    cap_percent: Decimal
    legal_basis: str
    counting: Counting = Counting.CALENDAR

    def __post_init__(self) -> None:
        if self.counting is Counting.DAYS:
            raise ValueError(f"{self.code}: a late return is counted in months")


@dataclass(frozen=True, slots=True)
class ReturnFine:
    """R7 with its inputs: `base_cents` × min(`months` × rate, cap)."""

    base_cents: int
    months: int
    percent_micro: int
    capped: bool
    amount_cents: int
    legal_basis: str


def months_late(scheme: LateReturnScheme, effective_due_on: date, filed_on: date) -> int:
    """Months begun between the due date of a return and its filing (or its discovery); 0 when in time."""
    return SurchargeScheme(scheme.code, (), counting=scheme.counting).units_late(effective_due_on, filed_on)


def late_return_fine(scheme: LateReturnScheme, base_cents: int, months: int) -> ReturnFine:
    """R7: 226.15 filed 2 months late → 4 % = 9.05; 80.00 after 55 months → 110 %, capped to 100 % = 80.00."""
    plain = micro_percent(scheme.percent_per_month) * months
    percent = min(plain, micro_percent(scheme.cap_percent))
    cents = round_half_up(base_cents * percent, MICRO_DENOMINATOR)
    return ReturnFine(base_cents, months, percent, percent < plain, cents, scheme.legal_basis)


def return_fine_base(kind: ReturnFineBase, true_fee_cents: int, declared_fee_cents: int) -> int:
    """What the fine is a percentage of: the whole fee, or the part a wrong return left out (never below 0)."""
    if kind is ReturnFineBase.FEE:
        return true_fee_cents
    return max(0, true_fee_cents - declared_fee_cents)
