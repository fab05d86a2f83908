"""How long an amount really holds, what it is afterwards, and how long a code for exactly it may be good.

A quote knows the next day on which its total may change; whether it does change is found here, by asking the same rules
for the day after. Screens, paper and codes all ask this one place, so that none says another day or amount.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from obolos.base.dates import ONE_DAY, Calendar, CalendarMissing
from obolos.domain.debts.rules.kinds import DebtKind, SurchargeSource
from obolos.domain.debts.rules.quotes import Quote, quote_instalment, scheme_for
from obolos.domain.debts.rules.rates import RateMissing

#: So many possible changes ahead are looked at: a due date that brings no surcharge is no change.
LOOK_AHEAD = 6
#: A code for an amount that stays as it is, but would bear a surcharge once certified: certification is not foretold.
UNCERTIFIED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Holding:
    """`until`: last day at the amount; None when no rule changes it. `later_cents`: what is owed from the day after.

    `later_cents` is None when nothing changes, and when nobody can say it yet: a rate is missing, or the municipality's
    system works the surcharge out.
    """

    until: date | None
    later_cents: int | None = None


def holding(quote: Quote, calendar: Calendar) -> Holding:
    """How long the total of a quote holds.

    A fine of 150.00 before certification, due 24/11/2026: no surcharge runs, so nothing changes. The same in its discount
    window: 75.00 until the window's last day, 150.00 after it.
    """
    until = quote.valid_until
    for _ in range(LOOK_AHEAD):
        if until is None:
            return Holding(None)
        try:
            after = quote_instalment(quote.snapshot, quote.rules, calendar, until + ONE_DAY)
        except (RateMissing, CalendarMissing):
            return Holding(until)
        if after.total_cents != quote.total_cents:
            return Holding(until, after.total_cents)
        if _said_elsewhere(quote):
            return Holding(until)
        until = after.valid_until
    return Holding(until)


def last_day_of_code(quote: Quote, held: Holding, *, unchanging_days: int) -> date:
    """The last day of a code that pays exactly the quote's total: never a day on which the total may be another.

    An amount that no rule changes: the due date while that is ahead, then `unchanging_days` from the day of the quote.
    """
    if held.until is not None:
        return held.until
    if not quote.late:
        return quote.effective_due_on
    bears_later = (
        quote.snapshot.kind is DebtKind.UNCERTIFIED and scheme_for(quote.rules, DebtKind.CERTIFIED) is not None
    )
    return quote.on + timedelta(days=min(unchanging_days, UNCERTIFIED_DAYS) if bears_later else unchanging_days)


def _said_elsewhere(quote: Quote) -> bool:
    """Whether the surcharge is another system's word: then what it says next is not known here."""
    source = quote.rules.surcharge_source
    if source is SurchargeSource.PLATFORM or quote.snapshot.kind is DebtKind.UNCERTIFIED:
        return False
    return source is SurchargeSource.FMS or quote.snapshot.surcharge_cents is not None
