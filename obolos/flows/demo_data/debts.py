"""12,000 debts of every kind over the demo's people, made from one seed and the present day."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from obolos.base.dates import add_months, last_of_month, month_index
from obolos.base.money import round_half_up
from obolos.flows.demo_data.fines import some_fine
from obolos.flows.demo_data.inhabitants import Inhabitant
from obolos.flows.demo_data.moments import Moment, month_name, monthly, quarter_name, some_moment, two_months_name
from obolos.flows.demo_data.places import Place
from obolos.flows.demo_data.shapes import DemoDebt, Part

#: A plan of the demo has so many instalments.
PLAN_INSTALMENTS = 24
#: Surcharge that the demo's ERP says, in hundredths of a percent a month. It is only ever shown as the ERP's word.
_ERP_BP_MONTH = 73

Maker = Callable[[Random, Place, Inhabitant, date], DemoDebt]


def make_debts(
    random: Random, people: Sequence[Inhabitant], places: Sequence[Place], on: date, count: int
) -> list[DemoDebt]:
    """Everybody gets a debt in each of his municipalities, the rest falls at random."""
    by_code = {place.municipality.code: place for place in places}
    pairs = [(person, code) for person in people for code in person.codes][:count]
    while len(pairs) < count:
        person = random.choice(people)
        pairs.append((person, random.choice((person.codes[0], *person.codes))))
    debts = []
    for person, code in pairs:
        makers, weights = _FOR_FIRMS if person.is_firm else _FOR_PEOPLE
        debt = random.choices(makers, weights)[0](random, by_code[code], person, on)
        debts.append(_with_erp_words(random, debt, on))
    return debts


def plan_of(code: str, afm: str, *, decision: str, first_on: date, instalment_cents: int, paid: int) -> DemoDebt:
    """An arrangement of 24 monthly instalments, the first `paid` of them paid at the cash desk."""
    parts = tuple(
        Part(due_on, instalment_cents, elsewhere_cents=instalment_cents if position < paid else 0)
        for position, due_on in enumerate(monthly(first_on, PLAN_INSTALMENTS))
    )
    return DemoDebt(
        code=code,
        afm=afm,
        kind="ARRANGED",
        rev_code="00.3221.0311",
        year=first_on.year,
        detail=f"απόφαση {decision}",
        parts=parts,
        certified_on=first_on - timedelta(days=30),
    )


def certified(place: Place, afm: str, rev_code: str, moment: Moment, parts: Sequence[Part], detail: str) -> DemoDebt:
    """A debt on the municipality's roll."""
    return DemoDebt(
        code=place.municipality.code,
        afm=afm,
        kind="CERTIFIED",
        rev_code=rev_code,
        year=moment.certified_on.year,
        detail=detail,
        parts=tuple(parts),
        certified_on=moment.certified_on,
    )


def _cleaning(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    cents = random.randint(1_800, 14_000) * (5 if person.is_firm else 1)
    about = f"{_address(random, place)}, {quarter_name(moment.certified_on)}"
    return certified(place, person.afm, "00.0311.0001", moment, _parts(random, moment, cents, (1, 1, 1, 2, 4)), about)


def _water(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    cents = random.randint(900, 9_000) * (4 if person.is_firm else 1)
    about = f"παροχή {random.randint(10, 69)}-{random.randint(1000, 9999)}, {two_months_name(moment.certified_on)}"
    parts = _parts(random, moment, cents, (1,))
    if random.random() < 0.3:
        parts = [replace(part, added_cents=round_half_up(part.principal_cents * 13, 100)) for part in parts]
    return certified(place, person.afm, "00.0321.0001", moment, parts, about)


def _property_levy(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    about = f"ακίνητο {_address(random, place)}, έτος {moment.certified_on.year}"
    parts = _parts(random, moment, random.randint(2_500, 30_000), (1, 3, 3))
    return certified(place, person.afm, "00.0441.0001", moment, parts, about)


def _cemetery(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    about = f"τάφος {random.choice('ΑΒΓΔ')}-{random.randint(1, 240)}, έτος {moment.certified_on.year}"
    parts = _parts(random, moment, random.randint(3_000, 22_000), (1,))
    return certified(place, person.afm, "00.0413.0001", moment, parts, about)


def _grazing(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    heads = random.randint(11, 180)
    parts = _parts(random, moment, (heads - 10) * 100, (1,))
    about = f"{heads} μικρά ζώα, περίοδος {moment.certified_on.year}"
    return certified(place, person.afm, "00.0112.0001", moment, parts, about)


def _rent(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    premises = random.choice(("κατάστημα", "αποθήκη", "αναψυκτήριο", "γραφείο"))
    about = f"{premises} {_address(random, place)}, {month_name(moment.due_on)}"
    parts = _parts(random, moment, random.randint(9_000, 90_000), (1,))
    return certified(place, person.afm, "00.0111.0001", moment, parts, about)


def _market(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    parts = _parts(random, moment, random.randint(4_000, 26_000), (1,))
    about = f"θέση {random.randint(1, 80)}, {month_name(moment.due_on)}"
    return certified(place, person.afm, "00.0114.0001", moment, parts, about)


def _advertising(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    parts = _parts(random, moment, random.randint(3_000, 40_000), (1,))
    about = f"πινακίδα {random.randint(1, 12)} τ.μ., {_address(random, place)}, έτος {moment.certified_on.year}"
    return certified(place, person.afm, "00.0115.0001", moment, parts, about)


def _lodging(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    parts = _parts(random, moment, random.randint(1_500, 45_000), (1,))
    return certified(place, person.afm, "00.0451.0001", moment, parts, f"διαμονές {month_name(moment.certified_on)}")


def _public_space(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    moment = some_moment(random, on)
    metres = random.randint(4, 60)
    about = f"τραπεζοκαθίσματα {metres} τ.μ., {_address(random, place)}, έτος {moment.certified_on.year}"
    return certified(
        place, person.afm, "00.0461.0001", moment, _parts(random, moment, metres * 5_800, (1, 3, 4, 6)), about
    )


def _gross_receipts(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    period = add_months(on.replace(day=1), -random.randint(1, 14))
    return DemoDebt(
        code=place.municipality.code,
        afm=person.afm,
        kind="UNCERTIFIED",
        rev_code="00.0452.0001",
        year=period.year,
        detail=f"δήλωση {month_name(period)}",
        parts=(Part(last_of_month(add_months(period, 1)), random.randint(2_000, 60_000)),),
    )


def _plan(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    paid = random.randint(0, PLAN_INSTALMENTS - 1)
    missed = random.choice((0, 0, 0, 1, 2))
    first_on = last_of_month(add_months(on, -min(24, paid + missed)))
    decision = f"{random.randint(20, 400)}/{first_on.year}"
    cents = random.randint(2_000, 15_000) * (3 if person.is_firm else 1)
    return plan_of(
        place.municipality.code, person.afm, decision=decision, first_on=first_on, instalment_cents=cents, paid=paid
    )


def _fine(random: Random, place: Place, person: Inhabitant, on: date) -> DemoDebt:
    return some_fine(random, place, person.afm, on)


#: Makers with how often each is taken.
_FOR_PEOPLE: tuple[tuple[Maker, ...], tuple[int, ...]] = (
    (_cleaning, _water, _property_levy, _cemetery, _grazing, _fine, _plan, _rent),
    (26, 28, 11, 8, 4, 17, 2, 4),
)
_FOR_FIRMS: tuple[tuple[Maker, ...], tuple[int, ...]] = (
    (
        _cleaning, _water, _property_levy, _rent, _market, _advertising, _lodging, _public_space, _gross_receipts,
        _fine, _plan,
    ),
    (18, 10, 6, 12, 5, 6, 12, 13, 14, 4, 3),
)  # fmt: skip


def _address(random: Random, place: Place) -> str:
    return f"{random.choice(place.streets)} {random.randint(1, 120)}"


def _parts(random: Random, moment: Moment, cents: int, counts: Sequence[int]) -> list[Part]:
    """The amount in one of `counts` instalments, a month apart; the first cents are in the first instalment."""
    count = random.choice(counts)
    each, rest = divmod(cents, count)
    return [Part(due_on, each + (rest if k == 0 else 0)) for k, due_on in enumerate(monthly(moment.due_on, count))]


def _with_erp_words(random: Random, debt: DemoDebt, on: date) -> DemoDebt:
    """What the ERP adds to some: collected elsewhere in part or whole, written off, or a surcharge of its own."""
    draw = random.random()
    if debt.kind == "ARRANGED" or draw < 0.66:
        return debt
    if draw < 0.74:
        first, *others = debt.parts
        return replace(debt, parts=(replace(first, elsewhere_cents=first.principal_cents // 2), *others))
    if draw < 0.8:
        first, *others = debt.parts
        return replace(debt, parts=(replace(first, elsewhere_cents=first.principal_cents), *others))
    if draw < 0.81:
        first, *others = debt.parts
        return replace(debt, parts=(replace(first, written_off_cents=first.principal_cents // 3), *others))
    if debt.kind == "UNCERTIFIED":
        return debt
    said_on = on - timedelta(days=random.randint(0, 6))
    return replace(debt, parts=tuple(_with_surcharge(part, said_on) for part in debt.parts))


def _with_surcharge(part: Part, said_on: date) -> Part:
    months = month_index(said_on) - month_index(part.due_on)
    if months < 1 or not part.open_cents:
        return part
    cents = round_half_up(part.open_cents * _ERP_BP_MONTH * months, 10_000)
    return replace(part, surcharge_cents=cents, surcharge_as_of=said_on)
