"""Citizens for journeys: people of the demo by what they owe, each given to one test only.

The demo is the same for the same day, so who owes what is known here as values, without asking the database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from unicodedata import combining, normalize

from obolos.flows.demo_data import demo_world
from obolos.flows.demo_data.inhabitants import Inhabitant
from obolos.flows.demo_data.places import SWITCHES
from obolos.flows.demo_data.shapes import DemoDebt

#: The demo's chosen citizens; journeys leave them alone, pictures show them.
PERSONAS = 3


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person of the demo and all debts that still have something open."""

    person: Inhabitant
    debts: tuple[DemoDebt, ...]

    @property
    def afm(self) -> str:
        """How the simulated TAXISnet knows him."""
        return self.person.afm

    @property
    def names(self) -> tuple[str, str]:
        """(last name or name of the firm, first name or nothing), as TAXISnet writes them: without accents."""
        plainly = "".join(letter for letter in normalize("NFD", self.person.name) if not combining(letter))
        if self.person.is_firm:
            return plainly, ""
        last, _, first = plainly.partition(" ")
        return last, first

    @property
    def towns(self) -> set[str]:
        """Codes of the municipalities he owes to."""
        return {debt.code for debt in self.debts}


Wanted = Callable[[Citizen], bool]


class Crowd:
    """Everybody of the demo who owes something, handed out one by one."""

    def __init__(self, on: date) -> None:
        world = demo_world(on)
        owed: dict[str, list[DemoDebt]] = {}
        for debt in world.debts:
            if any(part.open_cents for part in debt.parts):
                owed.setdefault(debt.afm, []).append(debt)
        self._left = [Citizen(one, tuple(owed.get(one.afm, ()))) for one in world.people[PERSONAS:]]
        self._left = [one for one in self._left if one.debts]
        self._on = on

    def take(self, wanted: Wanted) -> Citizen:
        """Somebody nobody else has, of whom `wanted` is true; firms are left out unless nobody else fits."""
        found = next(one for one in sorted(self._left, key=lambda one: one.person.is_firm) if wanted(one))
        self._left.remove(found)
        return found

    def of_one_town(self, *, debts: range = range(2, 7)) -> Citizen:
        """Somebody with a few plain debts in one municipality, something of it chosen beforehand."""
        return self.take(lambda one: plain(one) and len(one.towns) == 1 and len(one.debts) in debts and self._due(one))

    def of_two_towns(self) -> Citizen:
        """Somebody with plain debts in two municipalities, due soon or overdue in both."""

        def fits(one: Citizen) -> bool:
            due = {debt.code for debt in one.debts if self._soon(debt)}
            return plain(one) and len(due) == len(one.towns) == 2

        return self.take(fits)

    def _due(self, one: Citizen) -> bool:
        return any(self._soon(debt) for debt in one.debts)

    def _soon(self, debt: DemoDebt) -> bool:
        return any(part.open_cents and part.due_on <= self._on + timedelta(days=25) for part in debt.parts)


def plain(one: Citizen) -> bool:
    """Whether everything he owes can be paid online by card and by RF, each debt in one part."""
    return all(debt.rev_code not in SWITCHES and len(debt.parts) == 1 for debt in one.debts)


def kinds(one: Citizen) -> Sequence[str]:
    """CERTIFIED, ARRANGED, UNCERTIFIED: which sorts of debt he has."""
    return sorted({debt.kind for debt in one.debts})


@dataclass(frozen=True)
class Slip:
    """A ticket as its driver holds it."""

    number: str
    plate: str
    path: str


def in_latin(plate: str) -> str:
    """The plate as somebody with an English keyboard writes it."""
    return plate.translate(str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")).replace("-", " ").lower()
