"""What a quote is made from: the dated rules of one revenue kind, and one instalment as it stands.

Shapes only. The database layer fills them; nothing here knows where the rows are kept.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from obolos.base.dates import Calendar
from obolos.domain.debts.rules.rates import SurchargeScheme, micro_percent


class Component(StrEnum):
    """What a euro of a payment is for; the words of the ERP contract, and DISCOUNT, which is never money."""

    PRINCIPAL = "PRINCIPAL"
    ADDED = "ADDED"
    SURCHARGE = "SURCHARGE"
    FINE = "FINE"
    COSTS = "COSTS"
    EXTRA_FEE = "EXTRA_FEE"
    DISCOUNT = "DISCOUNT"


class DebtKind(StrEnum):
    """βεβαιωμένη, διακανονισμένη, αβεβαίωτη: which decides surcharges and the order of instalments."""

    CERTIFIED = "CERTIFIED"
    ARRANGED = "ARRANGED"
    UNCERTIFIED = "UNCERTIFIED"


class WindowEvent(StrEnum):
    """What a discount window is counted from."""

    VIOLATION = "VIOLATION"
    CERTIFICATION = "CERTIFICATION"
    ISSUE = "ISSUE"


class AllocationPolicy(StrEnum):
    """Which part of a debt a smaller payment covers (R12, R13)."""

    PRORATA = "PRORATA"
    COSTS_INTEREST_PRINCIPAL = "COSTS_INTEREST_PRINCIPAL"
    PRINCIPAL_FIRST = "PRINCIPAL_FIRST"


class SurchargeSource(StrEnum):
    """Who says the surcharge: the municipality's system, these rules, or that system when it has said one."""

    FMS = "FMS"
    PLATFORM = "PLATFORM"
    FMS_IF_PRESENT = "FMS_IF_PRESENT"


class PaidOn(StrEnum):
    """Which date counts as the date of payment; see `evidence.payment_date`."""

    BY_MEANS = "BY_MEANS"
    VALUE_DATE = "VALUE_DATE"


@dataclass(frozen=True, slots=True)
class DiscountWindow:
    """A smaller amount when paid within `days` of an event (R8).

    The last day is event + `days` (one less when not `inclusive`), moved to a working day when `shift_nonworking`.
    `factor_bp`: the share of the principal still to be paid, in basis points (5000 = half).
    The window exists for events between `applies_from` and `applies_to`, both included; None = unbounded.
    """

    event: WindowEvent
    days: int
    inclusive: bool
    shift_nonworking: bool
    factor_bp: int
    applies_from: date | None
    applies_to: date | None
    legal_basis: str

    def __post_init__(self) -> None:
        if self.days < 0 or not 0 <= self.factor_bp <= 10_000:
            raise ValueError("a discount window has days ≥ 0 and a factor of 0…10000")

    def last_on(self, event_on: date, calendar: Calendar) -> date | None:
        """Last day at the smaller amount, or None when the window does not exist for that event date."""
        if (self.applies_from and event_on < self.applies_from) or (self.applies_to and event_on > self.applies_to):
            return None
        last = event_on + timedelta(days=self.days if self.inclusive else self.days - 1)
        return calendar.next_working_day(last) if self.shift_nonworking else last


#: `AddedLine.of` when the line is a percentage of the principal itself.
OF_PRINCIPAL = "PRINCIPAL"


@dataclass(frozen=True, slots=True)
class AddedLine:
    """A percentage that goes to somebody else: paid on top (κράτηση, VAT, stamp) or `retained` from our own share.

    `of`: PRINCIPAL, or the `code` of an earlier line, whose rounded amount is then the base (R10).
    `target_code`: the revenue code it is posted to. In force from `from_on` to `to_on`, both included.
    """

    code: str
    name_el: str
    name_en: str
    rate_percent: Decimal
    of: str
    target_code: str
    from_on: date
    to_on: date | None
    retained: bool
    legal_basis: str
    rate_micro: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate_micro", micro_percent(self.rate_percent))

    def in_force(self, on: date) -> bool:
        """Whether the line exists on that day."""
        return self.from_on <= on and (self.to_on is None or on <= self.to_on)


@dataclass(frozen=True, slots=True)
class KindRules:
    """Everything of a revenue kind (είδος εσόδου) that a quote needs, as it stands in approved rows.

    `code`: revenue code the principal is posted to; `surcharge_code`, `fine_code`, `costs_code`: theirs.
    `arranged_scheme`: lateness of a plan's instalment (R17); None = the ordinary scheme.
    `min_partial_cents`: smallest amount a payer may choose when `partial_ok`.
    `surcharge_uncertified`: whether lateness costs anything before certification (by default it does not).
    `versions`: names of the rows behind these rules, copied into every quote.
    """

    code: str
    name_el: str = ""
    name_en: str = ""
    scheme: SurchargeScheme | None = None
    arranged_scheme: SurchargeScheme | None = None
    windows: tuple[DiscountWindow, ...] = ()
    added_lines: tuple[AddedLine, ...] = ()
    allocation: AllocationPolicy = AllocationPolicy.PRORATA
    partial_ok: bool = False
    min_partial_cents: int = 100
    surcharge_source: SurchargeSource = SurchargeSource.FMS_IF_PRESENT
    surcharge_uncertified: bool = False
    paid_on: PaidOn = PaidOn.BY_MEANS
    surcharge_code: str = ""
    fine_code: str = ""
    costs_code: str = ""
    legal_basis: str = ""
    versions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = {OF_PRINCIPAL}
        for line in self.added_lines:
            if line.of not in known:
                raise ValueError(f"{self.code}: added line {line.code} is of {line.of}, which does not come before it")
            known.add(line.code)


@dataclass(frozen=True, slots=True)
class Settled:
    """What of an instalment's principal is gone already, in cents: paid through us, paid elsewhere or written off as
    the municipality's system says, and forgiven by a discount."""

    collected_cents: int = 0
    elsewhere_cents: int = 0
    written_off_cents: int = 0
    discounted_cents: int = 0

    @property
    def cents(self) -> int:
        """All of it."""
        return self.collected_cents + self.elsewhere_cents + self.written_off_cents + self.discounted_cents


@dataclass(frozen=True, slots=True)
class InstalmentSnapshot:
    """One instalment (δόση) as it stands, with what is still open of it. Every debt has at least one.

    `id`: ours, breaks ties between debts. `due_on`: as certified, not moved to a working day.
    `open_principal_cents`: principal − written off − paid. `added_cents`, `surcharge_cents`: what is still open of the
    amounts the municipality's system gave, None = not given; `surcharge_as_of`: their date.
    `costs_cents`, `fine_cents`: open collection costs and late-return fine.
    `surcharged_months`: units (months; days under a DAYS scheme) already charged by an ordered payment, and
    `surcharge_carried_cents`: what is still unpaid of those (R13). Both stay 0 under PRORATA.
    `plan_until`: last day an offered plan amount holds, when there is one.
    `settled`: what made the original principal into what is open; it explains and decides no amount.
    """

    id: int
    number: int
    of: int
    due_on: date
    open_principal_cents: int
    kind: DebtKind = DebtKind.CERTIFIED
    added_cents: int | None = None
    surcharge_cents: int | None = None
    surcharge_as_of: date | None = None
    costs_cents: int = 0
    fine_cents: int = 0
    surcharged_months: int = 0
    surcharge_carried_cents: int = 0
    violation_on: date | None = None
    certified_on: date | None = None
    issued_on: date | None = None
    plan_until: date | None = None
    settled: Settled = Settled()

    @property
    def arose_on(self) -> date:
        """The day that decides which added lines exist: certification, else violation, else the due date."""
        return self.certified_on or self.violation_on or self.due_on
