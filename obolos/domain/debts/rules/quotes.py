"""What one instalment costs on a date, line by line: snapshot + dated rules + calendar + date → quote.

Pure: the same arguments give the same answer for ever. Must not ask for the present day, and must not decide
what a payment covers (see `allocations`).
"""

from dataclasses import dataclass
from datetime import date

from obolos.base.dates import ONE_DAY, Calendar, first_of_month, month_index
from obolos.base.money import round_half_up
from obolos.domain.debts.rules.kinds import (
    OF_PRINCIPAL,
    Component,
    DebtKind,
    DiscountWindow,
    InstalmentSnapshot,
    KindRules,
    SurchargeSource,
    WindowEvent,
)
from obolos.domain.debts.rules.rates import (
    MICRO_DENOMINATOR,
    Counting,
    Segment,
    SurchargeBase,
    SurchargeScheme,
    last_day_at_same_amount,
)

#: `QuoteLine.rule` of an amount somebody else decided: certification, the municipality's system, a clerk.
GIVEN = "GIVEN"


@dataclass(frozen=True, slots=True)
class PrincipalInputs:
    """Which instalment the principal is of, what it was at first, and what became of the rest of it, in cents.

    All 0 in what was frozen before these were kept, or when nothing is gone of it.
    """

    number: int
    of: int
    due_on: date
    original_cents: int = 0
    collected_cents: int = 0
    elsewhere_cents: int = 0
    written_off_cents: int = 0
    discounted_cents: int = 0


@dataclass(frozen=True, slots=True)
class GivenInputs:
    """An amount said by the municipality's system, and the date it was said for."""

    as_of: date | None


@dataclass(frozen=True, slots=True)
class AddedInputs:
    """R10: `base_cents` × `rate_micro` percent/10⁶, rounded; `of` names the base."""

    name_el: str
    name_en: str
    of: str
    base_cents: int
    rate_micro: int


@dataclass(frozen=True, slots=True)
class SurchargeInputs:
    """R3–R6, R13: `base_cents` × `rate_sum_micro` (÷ `day_basis` when counting days), plus `carried_cents`.

    `units`: months begun or days late in all; `charged_before`: of these, already charged by an earlier payment.
    `capped`: the cap cut the sum of the rates.
    """

    base_cents: int
    due_on: date
    effective_due_on: date
    on: date
    counting: Counting
    units: int
    charged_before: int
    segments: tuple[Segment, ...]
    rate_sum_micro: int
    capped: bool
    day_basis: int
    carried_cents: int


@dataclass(frozen=True, slots=True)
class DiscountInputs:
    """R8: `base_cents` × (1 − `factor_bp`/10000) less, when paid in full by `last_on`."""

    base_cents: int
    factor_bp: int
    event: WindowEvent
    event_on: date
    last_on: date


LineInputs = PrincipalInputs | GivenInputs | AddedInputs | SurchargeInputs | DiscountInputs


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One amount of a quote with what is needed to explain and to recompute it.

    `code`: which added line it is, else the component's name. `target_code`: revenue code it is posted to.
    `amount_cents`: negative for a discount only. `rule`: R5, R6, R8, R10, R17, or GIVEN. `article`: legal basis.
    """

    component: Component
    code: str
    target_code: str
    amount_cents: int
    rule: str
    article: str
    inputs: LineInputs


@dataclass(frozen=True, slots=True)
class Quote:
    """The amounts of an instalment as of `on`. `total_cents` is the sum of the rounded lines.

    `effective_due_on`: due date moved to a working day (R1); `late`: `on` is after it (R2).
    `units_late`: months or days counted by the scheme, 0 when none runs.
    `valid_until`: last day this total holds (§ quote validity); None when no rule changes it.
    """

    snapshot: InstalmentSnapshot
    rules: KindRules
    on: date
    effective_due_on: date
    late: bool
    units_late: int
    lines: tuple[QuoteLine, ...]
    total_cents: int
    valid_until: date | None

    def cents(self, component: Component) -> int:
        """Sum of the lines of one component; 0 when there is none."""
        return sum(line.amount_cents for line in self.lines if line.component is component)

    @property
    def partial_ok(self) -> bool:
        """Whether a payer may choose a smaller amount: the kind allows it and no lump-sum discount is open."""
        return self.rules.partial_ok and not any(line.component is Component.DISCOUNT for line in self.lines)


def effective_due(due_on: date, calendar: Calendar) -> date:
    """R1: a due date on a non-working day moves to the next working day. Sat 15/11/2025 → Mon 17/11/2025."""
    return calendar.next_working_day(due_on)


def is_late(effective_due_on: date, paid_on: date) -> bool:
    """R2: late when the Athens date of payment is after the effective due date; 23:59 on the day is in time."""
    return paid_on > effective_due_on


def quote_instalment(snapshot: InstalmentSnapshot, rules: KindRules, calendar: Calendar, on: date) -> Quote:
    """The instalment's lines, total and validity on a date.

    Worked (R5): 250.00 due Fri 31/10/2025, on 1/11/2025: one month begun, 0.73 % → 1.83 more.
    Raises RateMissing when lateness has no rate, CalendarMissing when the calendar does not reach the due date.
    """
    effective_due_on = effective_due(snapshot.due_on, calendar)
    late = is_late(effective_due_on, on)
    principal = snapshot.open_principal_cents
    lines = []
    if principal:
        inputs = _principal(snapshot)
        lines.append(
            QuoteLine(Component.PRINCIPAL, "PRINCIPAL", rules.code, principal, GIVEN, rules.legal_basis, inputs)
        )
    added_cents = _added(lines, snapshot, rules)
    valid_until = snapshot.plan_until if snapshot.plan_until and snapshot.plan_until >= on else None
    units = 0
    if late or snapshot.surcharge_cents is not None or snapshot.surcharge_carried_cents:
        units, same_until = _surcharge(lines, snapshot, rules, added_cents, effective_due_on, on)
        valid_until = _earliest(valid_until, same_until)
    if not late:
        valid_until = _earliest(valid_until, effective_due_on)
    if rules.windows and principal:
        valid_until = _earliest(valid_until, _discount(lines, snapshot, rules, calendar, on))
    if snapshot.fine_cents:
        code = rules.fine_code or rules.code
        lines.append(QuoteLine(Component.FINE, "FINE", code, snapshot.fine_cents, GIVEN, "", GivenInputs(None)))
    if snapshot.costs_cents:
        code = rules.costs_code or rules.code
        lines.append(QuoteLine(Component.COSTS, "COSTS", code, snapshot.costs_cents, GIVEN, "", GivenInputs(None)))
    total = sum([line.amount_cents for line in lines])
    return Quote(snapshot, rules, on, effective_due_on, late, units, tuple(lines), total, valid_until)


def _principal(snapshot: InstalmentSnapshot) -> PrincipalInputs:
    gone = snapshot.settled
    if not gone.cents:
        return PrincipalInputs(snapshot.number, snapshot.of, snapshot.due_on)
    return PrincipalInputs(
        snapshot.number, snapshot.of, snapshot.due_on, snapshot.open_principal_cents + gone.cents,
        gone.collected_cents, gone.elsewhere_cents, gone.written_off_cents, gone.discounted_cents,
    )  # fmt: skip


def scheme_for(rules: KindRules, kind: DebtKind) -> SurchargeScheme | None:
    """The scheme that runs on a debt: a plan's own for instalments of a plan, none before certification."""
    if kind is DebtKind.UNCERTIFIED and not rules.surcharge_uncertified:
        return None
    if kind is DebtKind.ARRANGED and rules.arranged_scheme is not None:
        return rules.arranged_scheme
    return rules.scheme


def retained_lines(rules: KindRules, principal_cents: int, on: date) -> tuple[QuoteLine, ...]:
    """R11: what the municipality passes on out of its own share; never on a payer's page, never in a total.

    10,000.00 collected, 1.5 ‰ retained → 15.00.
    """
    found: list[QuoteLine] = []
    _percentages(found, rules, principal_cents, on, retained=True)
    return tuple(found)


def _earliest(one: date | None, other: date | None) -> date | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _added(lines: list[QuoteLine], snapshot: InstalmentSnapshot, rules: KindRules) -> int:
    """Appends the added lines; as given by the municipality's system when it gave them, else by R10."""
    given = snapshot.added_cents
    if given is None:
        if not rules.added_lines:
            return 0
        return _percentages(lines, rules, snapshot.open_principal_cents, snapshot.arose_on, retained=False)
    if given:
        live = [line for line in rules.added_lines if not line.retained and line.in_force(snapshot.arose_on)]
        target = live[0].target_code if len(live) == 1 else rules.code
        inputs = GivenInputs(snapshot.surcharge_as_of)
        lines.append(QuoteLine(Component.ADDED, "ADDED", target, given, GIVEN, "", inputs))
    return given


def _percentages(lines: list[QuoteLine], rules: KindRules, principal: int, on: date, *, retained: bool) -> int:
    """R10: each line rounded on its own; a line of another line is of its rounded amount."""
    bases = {OF_PRINCIPAL: principal}
    total = 0
    for law in rules.added_lines:
        base = bases.get(law.of)
        if law.retained is not retained or base is None or not law.in_force(on):
            continue
        cents = bases[law.code] = round_half_up(base * law.rate_micro, MICRO_DENOMINATOR)
        if not cents:
            continue
        total += cents
        inputs = AddedInputs(law.name_el, law.name_en, law.of, base, law.rate_micro)
        rule = "R11" if retained else "R10"
        lines.append(QuoteLine(Component.ADDED, law.code, law.target_code, cents, rule, law.legal_basis, inputs))
    return total


def _surcharge(
    lines: list[QuoteLine],
    snapshot: InstalmentSnapshot,
    rules: KindRules,
    added_cents: int,
    effective_due_on: date,
    on: date,
) -> tuple[int, date | None]:
    """Appends the surcharge line. Returns the units late and the last day at this surcharge."""
    target = rules.surcharge_code or rules.code
    given = snapshot.surcharge_cents
    if rules.surcharge_source is not SurchargeSource.PLATFORM and given is not None:
        if given:
            inputs = GivenInputs(snapshot.surcharge_as_of)
            lines.append(QuoteLine(Component.SURCHARGE, "SURCHARGE", target, given, GIVEN, "", inputs))
        return 0, first_of_month(month_index(on) + 1) - ONE_DAY if on > effective_due_on else None
    scheme = None if rules.surcharge_source is SurchargeSource.FMS else scheme_for(rules, snapshot.kind)
    if scheme is None:
        return 0, None
    base = snapshot.open_principal_cents
    if scheme.base is SurchargeBase.PRINCIPAL_PLUS_ADDED:
        base += added_cents
    units = scheme.units_late(effective_due_on, on)
    before = snapshot.surcharged_months
    carried = snapshot.surcharge_carried_cents
    segments: tuple[Segment, ...] = ()
    rate_sum = 0
    capped = False
    if base and units > before:
        segments = scheme.segments(effective_due_on, on, before)
        plain = scheme.rate_sum(segments)
        rate_sum = scheme.capped_after(plain, effective_due_on, before) if scheme.cap_percent is not None else plain
        capped = rate_sum < plain
    cents = scheme.amount(base, rate_sum) + carried
    if cents:
        article = segments[0].legal_basis if segments else ""
        if len(segments) > 1:
            article = "; ".join(dict.fromkeys(segment.legal_basis for segment in segments))
        inputs_of = SurchargeInputs(
            base, snapshot.due_on, effective_due_on, on, scheme.counting, units, before,
            segments, rate_sum, capped, scheme.day_basis, carried,
        )  # fmt: skip
        rule = "R6" if scheme.counting is Counting.DAYS else "R5"
        if scheme is rules.arranged_scheme and snapshot.kind is DebtKind.ARRANGED:
            rule = "R17"
        lines.append(QuoteLine(Component.SURCHARGE, "SURCHARGE", target, cents, rule, article, inputs_of))
    return units, last_day_at_same_amount(scheme, effective_due_on, on) if units else None


def _discount(
    lines: list[QuoteLine], snapshot: InstalmentSnapshot, rules: KindRules, calendar: Calendar, on: date
) -> date | None:
    """R8: appends the best discount open on the date and returns its last day."""
    best: tuple[int, date, DiscountWindow, date] | None = None
    for window in rules.windows:
        event_on = event_date(snapshot, window.event)
        last_on = window.last_on(event_on, calendar) if event_on else None
        if event_on and last_on and event_on <= on <= last_on and (best is None or window.factor_bp < best[0]):
            best = (window.factor_bp, last_on, window, event_on)
    if best is None:
        return None
    factor_bp, last_on, window, event_on = best
    principal = snapshot.open_principal_cents
    cents = round_half_up(principal * factor_bp, 10_000) - principal
    if cents:
        inputs = DiscountInputs(principal, factor_bp, window.event, event_on, last_on)
        lines.append(QuoteLine(Component.DISCOUNT, "DISCOUNT", rules.code, cents, "R8", window.legal_basis, inputs))
    return last_on


def event_date(snapshot: InstalmentSnapshot, event: WindowEvent) -> date | None:
    """The day a discount window is counted from; None when the snapshot does not know it."""
    if event is WindowEvent.VIOLATION:
        return snapshot.violation_on
    return snapshot.certified_on if event is WindowEvent.CERTIFICATION else snapshot.issued_on
