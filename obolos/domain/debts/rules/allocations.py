"""What a payment covers: parts of one instalment (R12, R13), money over several debts, late money (R21).

Pure. Money that has arrived is never refused here: what fits nowhere is returned as unapplied.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from obolos.base.dates import Calendar
from obolos.base.money import round_half_up
from obolos.domain.debts.rules.kinds import AllocationPolicy, Component, InstalmentSnapshot, KindRules
from obolos.domain.debts.rules.quotes import GIVEN, Quote, QuoteLine, quote_instalment

_ORDERS = {
    AllocationPolicy.COSTS_INTEREST_PRINCIPAL: (
        Component.COSTS,
        Component.SURCHARGE,
        Component.FINE,
        Component.ADDED,
        Component.PRINCIPAL,
    ),
    AllocationPolicy.PRINCIPAL_FIRST: (
        Component.PRINCIPAL,
        Component.ADDED,
        Component.FINE,
        Component.SURCHARGE,
        Component.COSTS,
    ),
}
#: Who takes the cents that rounding left over under PRORATA, in this order.
_LEFTOVER_ORDER = (Component.PRINCIPAL, Component.ADDED, Component.FINE, Component.COSTS, Component.SURCHARGE)


@dataclass(frozen=True, slots=True)
class Part:
    """Money for one line of a quote. 0 ≤ `cents` ≤ the line; `left_cents`: what stays open of it on that date."""

    component: Component
    code: str
    target_code: str
    cents: int
    left_cents: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """How `paid_cents` fall on an instalment. Σ parts + `unapplied_cents` = `paid_cents`, always.

    `discount_cents`: principal that falls away because the smaller amount was paid in full in its window.
    `principal_left_cents`: open principal afterwards, with its original due date. `surcharged_months`,
    `surcharge_carried_cents`: what the instalment must remember of charged lateness (R13).
    """

    quote: Quote
    policy: AllocationPolicy
    paid_cents: int
    parts: tuple[Part, ...]
    unapplied_cents: int
    discount_cents: int
    principal_left_cents: int
    surcharged_months: int
    surcharge_carried_cents: int

    def cents(self, component: Component) -> int:
        """Money for one component."""
        return sum(part.cents for part in self.parts if part.component is component)

    def left_cents(self, component: Component) -> int:
        """What stays open of one component, on the date of the quote."""
        return sum(part.left_cents for part in self.parts if part.component is component)

    @property
    def settled(self) -> bool:
        """Nothing of the quote stays open."""
        return all(part.left_cents == 0 for part in self.parts)


def allocate(quote: Quote, paid_cents: int, policy: AllocationPolicy | None = None) -> Allocation:
    """What a payment on the quote's date covers, by the kind's policy unless another is given.

    PRORATA (R12): 100.00 on 12/8/2025 for 300.00 due 30/5/2025 (surcharge 6.57) → principal 97.86, surcharge 2.14.
    COSTS_INTEREST_PRINCIPAL (R13): with costs 10.00 as well → 10.00 + 6.57 + 83.43, and 3 months are charged.
    A lump-sum discount counts only when the whole of the smaller total is paid.
    """
    if paid_cents < 0:
        raise ValueError("a payment is not negative")
    policy = policy or quote.rules.allocation
    lines = [line for line in quote.lines if line.component is not Component.DISCOUNT]
    amounts = [line.amount_cents for line in lines]
    discount = 0
    if paid_cents >= quote.total_cents:
        discount = -quote.cents(Component.DISCOUNT)
        money = _less_discount(lines, amounts, discount)
    elif policy is AllocationPolicy.PRORATA:
        money = _prorata(lines, amounts, paid_cents)
    else:
        money = _ordered(lines, amounts, paid_cents, _ORDERS[policy])
    parts = tuple(
        Part(line.component, line.code, line.target_code, cents, amount - cents - _forgiven(line, discount))
        for line, amount, cents in zip(lines, amounts, money, strict=True)
    )
    months, carried = _charged(quote, parts, policy)
    return Allocation(
        quote=quote,
        policy=policy,
        paid_cents=paid_cents,
        parts=parts,
        unapplied_cents=paid_cents - sum(money),
        discount_cents=discount,
        principal_left_cents=sum(part.left_cents for part in parts if part.component is Component.PRINCIPAL),
        surcharged_months=months,
        surcharge_carried_cents=carried,
    )


def settle(
    snapshot: InstalmentSnapshot, rules: KindRules, calendar: Calendar, *, paid_on: date, paid_cents: int
) -> Allocation:
    """R21: money is counted at the amounts of its own date of payment, whatever an order once said.

    507.30 asked until 30/11/2025 and paid 1/12/2025: needed 510.95 → principal 496.43, surcharge 10.87, open 3.57.
    """
    return allocate(quote_instalment(snapshot, rules, calendar, paid_on), paid_cents)


def after(allocation: Allocation) -> InstalmentSnapshot:
    """The instalment once an allocation is booked: what the next quote starts from."""
    before = allocation.quote.snapshot
    added = before.added_cents
    if added is not None or (allocation.quote.rules.added_lines and allocation.policy is not AllocationPolicy.PRORATA):
        added = allocation.left_cents(Component.ADDED)
    surcharge = before.surcharge_cents
    if surcharge is not None and _surcharge_rule(allocation.quote) == GIVEN:
        surcharge = allocation.left_cents(Component.SURCHARGE)
    return replace(
        before,
        open_principal_cents=allocation.principal_left_cents,
        added_cents=added,
        surcharge_cents=surcharge,
        costs_cents=allocation.left_cents(Component.COSTS),
        fine_cents=allocation.left_cents(Component.FINE),
        surcharged_months=allocation.surcharged_months,
        surcharge_carried_cents=allocation.surcharge_carried_cents,
        settled=replace(
            before.settled,
            collected_cents=before.settled.collected_cents + allocation.cents(Component.PRINCIPAL),
            discounted_cents=before.settled.discounted_cents + allocation.discount_cents,
        ),
    )


class PartialRefused(ValueError):
    """A payer may not choose that amount. `reason`: KIND, DISCOUNT, TOO_SMALL or TOO_LARGE."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_chosen_amount(quote: Quote, cents: int) -> None:
    """Whether a payer may choose to pay `cents` of a quote; the whole total always may. Raises PartialRefused."""
    if cents == quote.total_cents:
        return
    if cents > quote.total_cents:
        raise PartialRefused("TOO_LARGE")
    if not quote.rules.partial_ok:
        raise PartialRefused("KIND")
    if not quote.partial_ok:
        raise PartialRefused("DISCOUNT")
    if cents < quote.rules.min_partial_cents:
        raise PartialRefused("TOO_SMALL")


@dataclass(frozen=True, slots=True)
class Share:
    """The money that reaches one quote out of a payment for several."""

    quote: Quote
    cents: int


def spread(
    quotes: Iterable[Quote], paid_cents: int, *, chosen: Sequence[int] | None = None, keep_whole: bool = False
) -> tuple[tuple[Share, ...], int]:
    """Money over several debts: (shares that got something, unapplied cents).

    Oldest effective due date first, then the lowest id. `chosen` (instalment ids in the payer's order) wins: these in
    that order, and no others. `keep_whole`: skip a debt that may not be paid in part and does not fit; without it
    money that has arrived is used up to the last cent.
    """
    if paid_cents < 0:
        raise ValueError("a payment is not negative")
    by_id = {quote.snapshot.id: quote for quote in quotes}
    if chosen is None:
        ordered = sorted(by_id.values(), key=lambda quote: (quote.effective_due_on, quote.snapshot.id))
    else:
        ordered = [by_id[one] for one in dict.fromkeys(chosen)]
    left = paid_cents
    shares = []
    for quote in ordered:
        cents = min(left, quote.total_cents)
        if not cents or (keep_whole and cents < quote.total_cents and not quote.partial_ok):
            continue
        shares.append(Share(quote, cents))
        left -= cents
    return tuple(shares), left


def _less_discount(lines: list[QuoteLine], amounts: list[int], discount: int) -> list[int]:
    return [amount - _forgiven(line, discount) for line, amount in zip(lines, amounts, strict=True)]


def _forgiven(line: QuoteLine, discount: int) -> int:
    return discount if line.component is Component.PRINCIPAL else 0


def _prorata(lines: list[QuoteLine], amounts: list[int], paid: int) -> list[int]:
    """R12: all shrink alike; the surcharge takes the rounding cent, and principal what the surcharge cannot."""
    total = sum(amounts)
    money = [
        0 if line.component is Component.SURCHARGE else round_half_up(amount * paid, total)
        for line, amount in zip(lines, amounts, strict=True)
    ]
    left = paid - sum(money)
    for position, line in enumerate(lines):
        if line.component is Component.SURCHARGE:
            money[position] = max(0, min(left, amounts[position]))
            left -= money[position]
    for component in _LEFTOVER_ORDER:
        for position, line in enumerate(lines):
            if left and line.component is component:
                step = max(-money[position], min(left, amounts[position] - money[position]))
                money[position] += step
                left -= step
    return money


def _ordered(lines: list[QuoteLine], amounts: list[int], paid: int, order: tuple[Component, ...]) -> list[int]:
    """R13: fill in order."""
    money = [0] * len(lines)
    for component in order:
        for position, line in enumerate(lines):
            if line.component is component:
                money[position] = min(paid, amounts[position])
                paid -= money[position]
    return money


def _surcharge_rule(quote: Quote) -> str:
    return next((line.rule for line in quote.lines if line.component is Component.SURCHARGE), "")


def _charged(quote: Quote, parts: tuple[Part, ...], policy: AllocationPolicy) -> tuple[int, int]:
    """R13: units charged so far and what is still unpaid of them. PRORATA remembers nothing unless it began so."""
    before = quote.snapshot
    remembered = before.surcharged_months or before.surcharge_carried_cents
    if policy is AllocationPolicy.PRORATA and not remembered:
        return 0, 0
    if _surcharge_rule(quote) == GIVEN:
        return before.surcharged_months, before.surcharge_carried_cents
    left = sum(part.left_cents for part in parts if part.component is Component.SURCHARGE)
    return max(before.surcharged_months, quote.units_late), left
