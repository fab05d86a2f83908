"""About 2,000 invented people with valid ΑΦΜ, each owing to one or more of the demo's municipalities."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from obolos.flows.demo_data.names import EPITHETS, FORMS, MEN, SURNAMES, TRADES, WOMEN

#: One in eight is a firm; one in seven owes to a second municipality, one in thirty to all of them.
FIRM_EVERY, SECOND_EVERY, ALL_EVERY = 8, 7, 30


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """A person (`type` N natural, L legal) and the codes of the municipalities he owes to, the main one first."""

    afm: str
    name: str
    type: str
    codes: tuple[str, ...]

    @property
    def is_firm(self) -> bool:
        """Whether it is a legal person."""
        return self.type == "L"


def make_inhabitants(
    random: Random, count: int, shares: Sequence[tuple[str, int]], taken: Sequence[str]
) -> list[Inhabitant]:
    """`count` people over municipalities by their `shares`. ΑΦΜ in `taken` are not given to anybody."""
    codes = [code for code, _ in shares]
    weights = [share for _, share in shares]
    used = set(taken)
    people = []
    for position in range(count):
        is_firm = position % FIRM_EVERY == FIRM_EVERY - 1
        home = random.choices(codes, weights)[0]
        others = [code for code in codes if code != home]
        if position % ALL_EVERY == 0:
            owes = (home, *others)
        elif position % SECOND_EVERY == 0:
            owes = (home, random.choice(others))
        else:
            owes = (home,)
        name = _firm(random) if is_firm else _person(random)
        people.append(Inhabitant(_afm(random, "89" if is_firm else "01", used), name, "L" if is_firm else "N", owes))
    return people


def with_check_digit(eight: str) -> str:
    """Eight digits → the ΑΦΜ that begins with them."""
    total = sum(int(digit) << (8 - place) for place, digit in enumerate(eight))
    return f"{eight}{total % 11 % 10}"


def _afm(random: Random, first_digits: str, used: set[str]) -> str:
    while True:
        afm = with_check_digit(f"{random.choice(first_digits)}{random.randrange(1, 10_000_000):07d}")
        if afm not in used:
            used.add(afm)
            return afm


def _person(random: Random) -> str:
    man, woman = random.choice(SURNAMES)
    if random.random() < 0.5:
        return f"{man} {random.choice(MEN)}"
    return f"{woman} {random.choice(WOMEN)}"


def _firm(random: Random) -> str:
    if random.random() < 0.6:
        return f"{random.choice(TRADES)} «{random.choice(EPITHETS)}» {random.choice(FORMS)}"
    man, _ = random.choice(SURNAMES)
    return f"{random.choice(TRADES)} {man} {random.choice(FORMS)}"
