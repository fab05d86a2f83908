"""How long an amount holds and what it is afterwards; a code for exactly it is never good for another amount's day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from obolos.base.dates import Calendar, greek_holidays
from obolos.domain.debts.law_defaults import KEDE, KOK_HALF
from obolos.domain.debts.rules import (
    DebtKind,
    Holding,
    InstalmentSnapshot,
    KindRules,
    SurchargeSource,
    holding,
    last_day_of_code,
    quote_instalment,
)

CALENDAR = Calendar.of({day for year in range(2010, 2028) for day in greek_holidays(year)})
FEE = KindRules("00.0311.0001", scheme=KEDE)
FINE = KindRules("00.1512.0001", scheme=KEDE, windows=(KOK_HALF,))
#: The same window as a municipality would enter it for fines of today.
HALF_NOW = replace(FINE, windows=(replace(KOK_HALF, applies_to=None),))
FIXED = KindRules("00.0611.0001", scheme=None)
OPEN = {"kind": DebtKind.UNCERTIFIED}
NOV, DAY = date(2026, 11, 22), date

#: what | rules | on | due | known | holds until | later | last day of a code on screen | on paper
TABLE: list[tuple[str, KindRules, date, date, dict[str, Any], date | None, int | None, date, date]] = [
    ("a fine before certification, ahead", FINE, NOV, DAY(2026, 11, 24), OPEN,
     None, None, DAY(2026, 11, 24), DAY(2026, 11, 24)),
    ("on its last day", FINE, DAY(2026, 11, 24), DAY(2026, 11, 24), OPEN,
     None, None, DAY(2026, 11, 24), DAY(2026, 11, 24)),
    ("the day after: the same amount, until nobody knows when", FINE, DAY(2026, 11, 25), DAY(2026, 11, 24), OPEN,
     None, None, DAY(2026, 12, 25), DAY(2026, 12, 25)),
    ("within a discount window", HALF_NOW, NOV, DAY(2027, 1, 14), OPEN | {"violation_on": DAY(2026, 11, 15)},
     DAY(2026, 11, 25), 15_000, DAY(2026, 11, 25), DAY(2026, 11, 25)),
    ("the day after the window", HALF_NOW, DAY(2026, 11, 26), DAY(2027, 1, 14), OPEN | {"violation_on": DAY(2026, 11, 15)},
     None, None, DAY(2027, 1, 14), DAY(2027, 1, 14)),
    ("a fine certified: a surcharge begins", FINE, NOV, DAY(2026, 11, 30), {},
     DAY(2026, 11, 30), 15_110, DAY(2026, 11, 30), DAY(2026, 11, 30)),
    ("a fee overdue: the next month costs more", FEE, NOV, DAY(2026, 10, 30), {},
     DAY(2026, 11, 30), 15_219, DAY(2026, 11, 30), DAY(2026, 11, 30)),
    ("due on a Sunday: Monday counts", FEE, NOV, DAY(2026, 11, 22), {},
     DAY(2026, 11, 23), 15_110, DAY(2026, 11, 23), DAY(2026, 11, 23)),
    ("a price that nothing changes, ahead", FIXED, NOV, DAY(2026, 12, 15), {},
     None, None, DAY(2026, 12, 15), DAY(2026, 12, 15)),
    ("and overdue", FIXED, NOV, DAY(2026, 10, 30), {},
     None, None, DAY(2026, 12, 22), DAY(2027, 11, 22)),
    ("another system says the surcharge: nobody here knows the next", FEE, NOV, DAY(2026, 10, 30), {"surcharge_cents": 320},
     DAY(2026, 11, 30), None, DAY(2026, 11, 30), DAY(2026, 11, 30)),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_one_truth_for_screen_paper_and_code(row: Any) -> None:
    _, rules, on, due_on, known, until, later, on_screen, on_paper = row
    found = quote_instalment(InstalmentSnapshot(1, 1, 1, due_on, 15_000, **known), rules, CALENDAR, on)
    held = holding(found, CALENDAR)
    assert held == Holding(until, later)
    assert last_day_of_code(found, held, unchanging_days=30) == on_screen
    assert last_day_of_code(found, held, unchanging_days=365) == on_paper


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_a_code_is_right_on_every_day_it_is_good(row: Any) -> None:
    _, rules, on, due_on, known, *_, on_paper = row
    snapshot = InstalmentSnapshot(1, 1, 1, due_on, 15_000, **known)
    days = [on + timedelta(days=n) for n in range((on_paper - on).days + 1)]
    assert len({quote_instalment(snapshot, rules, CALENDAR, day).total_cents for day in days}) == 1


def test_a_system_that_says_every_surcharge_leaves_the_day_after_open() -> None:
    rules = replace(FEE, surcharge_source=SurchargeSource.FMS)
    found = quote_instalment(InstalmentSnapshot(1, 1, 1, date(2026, 12, 15), 15_000), rules, CALENDAR, NOV)
    assert holding(found, CALENDAR) == Holding(date(2026, 12, 15))


def test_without_a_rate_nobody_says_what_comes_after() -> None:
    found = quote_instalment(InstalmentSnapshot(1, 1, 1, date(2004, 12, 31), 15_000), FEE, CALENDAR, date(2004, 12, 1))
    assert holding(found, CALENDAR) == Holding(date(2004, 12, 31))
