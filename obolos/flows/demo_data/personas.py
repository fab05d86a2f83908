"""The three citizens that people sign in as: few debts each, chosen so that every sort of row is on their pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from obolos.base.dates import add_months, last_of_month
from obolos.flows.demo_data.debts import certified, plan_of
from obolos.flows.demo_data.fines import recent_fine
from obolos.flows.demo_data.moments import Moment, month_name, monthly, quarter_name, two_months_name
from obolos.flows.demo_data.places import IOANNINA, METSOVO, ZITSA, Place
from obolos.flows.demo_data.shapes import DemoDebt, Part


@dataclass(frozen=True, slots=True)
class Persona:
    """A citizen of the demo. `userid` is his name at the simulated TAXISnet; contacts empty = he is asked for them."""

    userid: str
    afm: str
    name: str
    type: str = "N"
    email: str = ""
    mobile: str = ""


ELENI = Persona("eleni", "038836853", "Μαρκάκη Ελένη", email="eleni@citizens.example", mobile="+306900000001")
GIORGOS = Persona("giorgos", "123456783", "Παππάς Γεώργιος", email="giorgos@citizens.example", mobile="+306900000002")
KAFE = Persona("kafe", "094014201", "Καφέ «η Λίμνη» Ο.Ε.", type="L")

PERSONAS = (ELENI, GIORGOS, KAFE)


def persona_debts(random: Random, on: date) -> list[DemoDebt]:
    """Everything the three owe, in the order in which it gets its numbers."""
    return [*_of_eleni(random, on), *_of_giorgos(random, on), *_of_kafe(random, on)]


def _of_eleni(random: Random, on: date) -> Iterable[DemoDebt]:
    """An overdue fee, water due soon, a levy in three parts, a plan, a fine, one not payable online, one with the
    municipality's own surcharge: nine open instalments in three municipalities."""
    afm = ELENI.afm
    overdue_on = last_of_month(add_months(on, -2))
    yield _one(IOANNINA, afm, "00.0311.0001", overdue_on, 18_000, f"Σμύρνης 14, {quarter_name(overdue_on)}")
    soon = on + timedelta(days=9)
    yield _one(IOANNINA, afm, "00.0321.0001", soon, 4_673, f"παροχή 40-1187, {two_months_name(on)}")
    levy = monthly(last_of_month(add_months(on, -1)), 3)
    parts = (Part(levy[0], 6_250, elsewhere_cents=6_250), Part(levy[1], 6_250), Part(levy[2], 6_250))
    yield _many(IOANNINA, afm, "00.0441.0001", parts, f"ακίνητο Σμύρνης 14, έτος {on.year}")
    begun_on = last_of_month(add_months(on, -22))
    yield plan_of("9084", afm, decision=f"118/{begun_on.year}", first_on=begun_on, instalment_cents=7_500, paid=22)
    yield recent_fine(random, ZITSA, afm, on - timedelta(days=12), "ΙΝΖ-4218")
    sign_on = on + timedelta(days=25)
    yield _one(ZITSA, afm, "00.0115.0001", sign_on, 9_600, f"πινακίδα 2 τ.μ., Λόρδου Βύρωνος 8, έτος {on.year}")
    grave_on = last_of_month(add_months(on, -5))
    grave = Part(grave_on, 6_000, surcharge_cents=219, surcharge_as_of=on - timedelta(days=1))
    yield _many(METSOVO, afm, "00.0413.0001", (grave,), f"τάφος Β-12, έτος {on.year}")


def _of_giorgos(random: Random, on: date) -> Iterable[DemoDebt]:
    """Water half paid at the cash desk, a fine a week old, grazing (RF code only), a rent, an old fee of two rates."""
    afm = GIORGOS.afm
    half = Part(on - timedelta(days=20), 5_240, elsewhere_cents=2_620)
    yield _many(IOANNINA, afm, "00.0321.0001", (half,), f"παροχή 22-3054, {two_months_name(half.due_on)}")
    yield recent_fine(random, IOANNINA, afm, on - timedelta(days=7), "ΙΝΑ-7301")
    old_on = date(2013, 10, 31)
    yield _one(IOANNINA, afm, "00.0311.0001", old_on, 9_000, f"Καπλάνη 3, {quarter_name(old_on)}")
    yield _one(ZITSA, afm, "00.0112.0001", on + timedelta(days=18), 4_000, f"50 μικρά ζώα, περίοδος {on.year}")
    rent_on = last_of_month(on)
    yield _one(METSOVO, afm, "00.0111.0001", rent_on, 12_000, f"αποθήκη Τοσίτσα 21, {month_name(rent_on)}")


def _of_kafe(random: Random, on: date) -> Iterable[DemoDebt]:
    """Tables on the square in four parts, one overdue; a fee in instalments; a return; a rent; lodging in Metsovo."""
    afm = KAFE.afm
    tables = monthly(last_of_month(add_months(on, -1)), 4)
    yield _many(
        IOANNINA, afm, "00.0461.0001", [Part(due_on, 34_800) for due_on in tables],
        f"τραπεζοκαθίσματα 24 τ.μ., Πυρσινέλλα 2, έτος {on.year}",
    )  # fmt: skip
    yield _one(IOANNINA, afm, "00.0311.0001", on + timedelta(days=12), 28_640, f"Πυρσινέλλα 2, {quarter_name(on)}")
    period = add_months(on.replace(day=1), -1)
    yield DemoDebt(
        code="9084",
        afm=afm,
        kind="UNCERTIFIED",
        rev_code="00.0452.0001",
        year=period.year,
        detail=f"δήλωση {month_name(period)}",
        parts=(Part(last_of_month(on), 22_615),),
    )
    rent_on = last_of_month(add_months(on, -3))
    yield _one(IOANNINA, afm, "00.0111.0001", rent_on, 41_210, f"αναψυκτήριο στο Κάστρο, {month_name(rent_on)}")
    yield _one(METSOVO, afm, "00.0451.0001", on + timedelta(days=6), 9_320, f"διαμονές {month_name(period)}")


def _one(place: Place, afm: str, rev_code: str, due_on: date, cents: int, detail: str) -> DemoDebt:
    return _many(place, afm, rev_code, (Part(due_on, cents),), detail)


def _many(place: Place, afm: str, rev_code: str, parts: Iterable[Part], detail: str) -> DemoDebt:
    given = tuple(parts)
    moment = Moment(given[0].due_on, given[0].due_on - timedelta(days=32))
    return certified(place, afm, rev_code, moment, given, detail)
