"""Traffic fines of the demo, under the three regimes that the date of violation decides between."""

from datetime import date, timedelta
from random import Random

from obolos.base.dates import add_months, last_of_month
from obolos.domain.debts.law_defaults import TARIFFS
from obolos.domain.debts.rules import TariffMissing, find_tariff, price
from obolos.flows.demo_data.places import Place
from obolos.flows.demo_data.shapes import DemoDebt, Part

FINE = "00.1512.0001"
#: A fine is asked for two months before it goes on the roll.
DUE_DAYS = 60
#: The half-price window ended for violations after this day; older fines of the demo are before it.
FIRST_REGIME_ENDED_ON = date(2018, 3, 30)

_OFFENCES = {
    "KOK_P69": "ελεγχόμενη στάθμευση χωρίς κάρτα",
    "KOK_80": "στάθμευση σε απαγορευμένο χώρο",
    "KOK_PAVEMENT": "στάθμευση σε πεζοδρόμιο",
}


def fine_cents(random: Random, violation_on: date) -> tuple[str, int]:
    """An offence that had a price on that day, and its price in cents."""
    priced = []
    for code, offence in _OFFENCES.items():
        try:
            tariff = find_tariff([default.row for default in TARIFFS], code, violation_on=violation_on)
        except TariffMissing:
            continue
        priced.append((offence, price(tariff, 1).total_cents))
    return random.choice(priced)


def some_fine(random: Random, place: Place, afm: str, on: date) -> DemoDebt:
    """Mostly of the last three months and not yet certified; some certified; a few from before April 2018."""
    draw = random.random()
    if draw < 0.7:
        return recent_fine(random, place, afm, on - timedelta(days=random.randint(0, 95)))
    if draw < 0.95:
        violation_on = on - timedelta(days=random.randint(240, 1_100))
    else:
        violation_on = FIRST_REGIME_ENDED_ON - timedelta(days=random.randint(0, 600))
    certified_on = min(on, violation_on + timedelta(days=random.randint(200, 400)))
    return _fine(random, place, afm, violation_on, certified_on, last_of_month(add_months(certified_on, 1)))


def recent_fine(random: Random, place: Place, afm: str, violation_on: date, plate: str = "") -> DemoDebt:
    """An uncertified fine, due two months after its violation."""
    return _fine(random, place, afm, violation_on, None, violation_on + timedelta(days=DUE_DAYS), plate)


def _fine(
    random: Random, place: Place, afm: str, violation_on: date, certified_on: date | None, due_on: date, plate: str = ""
) -> DemoDebt:
    offence, cents = fine_cents(random, violation_on)
    return DemoDebt(
        code=place.municipality.code,
        afm=afm,
        kind="CERTIFIED" if certified_on else "UNCERTIFIED",
        rev_code=FINE,
        year=(certified_on or violation_on).year,
        detail=f"{offence}, {random.choice(place.streets)}",
        parts=(Part(due_on, cents),),
        certified_on=certified_on,
        violation_on=violation_on,
        ticket_no=f"{violation_on.year}-{random.randrange(1_000_000):06d}",
        plate=plate or f"{random.choice(place.plate_letters)}-{random.randint(1000, 9999)}",
    )
