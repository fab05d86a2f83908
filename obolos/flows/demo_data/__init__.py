"""Load the demo: three municipalities, 2,000 invented people, 12,000 debts, staff. From one seed, relative to today.

Everything is invented except the names and codes of the municipalities. Uses up no sequence number of a debts file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts.law_actions import Signatures
from obolos.domain.debts.models import Debt
from obolos.domain.municipalities.actions import note_debts_as_of
from obolos.domain.municipalities.models import Municipality
from obolos.domain.notices.actions import pay_codes_for
from obolos.domain.people.models import Person
from obolos.flows.demo_data.debts import make_debts
from obolos.flows.demo_data.inhabitants import Inhabitant, make_inhabitants
from obolos.flows.demo_data.personas import PERSONAS, Persona, persona_debts
from obolos.flows.demo_data.places import DOORS, PLACES, SWITCHES, accounts_of
from obolos.flows.demo_data.rows import write_debts
from obolos.flows.demo_data.sales import offer
from obolos.flows.demo_data.shapes import DemoDebt
from obolos.flows.demo_data.sign_ins import admit_demo_staff, keep_sign_ins
from obolos.flows.dress_door import dress, publish
from obolos.flows.enrol import enrol

SEED = 9084
PEOPLE, DEBTS = 2_000, 12_000
SIGNED = Signatures(proposed_by="Μαρία Στάμου (επίδειξη)", approved_by="Νίκος Δόβας (επίδειξη)")


class NotEmpty(Exception):
    """The database has municipalities already."""


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """All people and debts of the demo as values; the same for the same day."""

    people: tuple[Inhabitant, ...]
    debts: tuple[DemoDebt, ...]


def demo_world(on: date, *, people: int = PEOPLE, debts: int = DEBTS) -> DemoWorld:
    """Invent the demo's people and debts for a day. The three citizens to sign in as are among them."""
    random = Random(SEED)  # noqa: S311 - the same demo every time, no secrets
    chosen = persona_debts(random, on)
    known = [_as_inhabitant(persona, chosen) for persona in PERSONAS]
    shares = [(place.municipality.code, place.share) for place in PLACES]
    others = make_inhabitants(random, people - len(known), shares, [persona.afm for persona in PERSONAS])
    made = make_debts(random, others, PLACES, on, debts - len(chosen))
    return DemoWorld((*known, *others), (*chosen, *made))


def load_demo(
    *, sandbox_url: str, keep_in: Path, now: datetime, people: int = PEOPLE, debts: int = DEBTS
) -> Mapping[str, Any]:
    """Load the whole demo and return its sign-ins, which are also written to `keep_in`/demo.json as the last step.

    Raises NotEmpty when there are municipalities already, and then wrote nothing.
    """
    if Municipality.objects.exists():
        raise NotEmpty("the database has municipalities already")
    on = athens_date(now)
    world = demo_world(on, people=people, debts=debts)
    ids_by_code = {}
    for place in PLACES:
        code = place.municipality.code
        ids_by_code[code] = enrol(
            place.municipality, accounts=accounts_of(code, sandbox_url), signed=SIGNED, switches=SWITCHES, now=now
        )
        inhabitants = [person for person in world.people if code in person.codes]
        debts_here = [debt for debt in world.debts if debt.code == code]
        with tenancy(municipality=ids_by_code[code]):
            rolls = Random(f"{SEED}:{code}")  # noqa: S311 - the same demo every time, no secrets
            write_debts(rolls, inhabitants, debts_here, on=on, now=now)
            note_debts_as_of(moment=now)
            offer(code, on=on, now=now)
    _confirm_contacts(ids_by_code)
    _dress_doors(ids_by_code, now)
    codes = _on_paper(ids_by_code, now)
    sign_ins = admit_demo_staff(ids_by_code, now=now) | {"pay_codes": codes, "fine": _one_fine(world.debts, codes)}
    keep_sign_ins(keep_in / "demo.json", sign_ins)
    return sign_ins


def _on_paper(ids_by_code: Mapping[str, int], now: datetime) -> dict[str, str]:
    """Pay codes of the fines that are not certified yet, as their slips would carry them: fine number → code."""
    found: dict[str, str] = {}
    for municipality_id in ids_by_code.values():
        with tenancy(municipality=municipality_id):
            fines = dict(Debt.objects.filter(kind="UNCERTIFIED").exclude(ticket_no="").values_list("id", "ticket_no"))
            codes = pay_codes_for(list(fines), now=now)
        found |= {fines[debt]: code for debt, code in codes.items()}
    return found


def _one_fine(debts: Sequence[DemoDebt], codes: Mapping[str, str]) -> dict[str, str]:
    """A fine to try without signing in, the one that is open longest: its number, plate and code."""
    own = {persona.afm for persona in PERSONAS}
    fines = [one for one in debts if one.ticket_no in codes and one.plate and one.afm not in own]
    chosen = max(fines, key=lambda one: (one.parts[0].due_on, one.ticket_no))
    return {"number": chosen.ticket_no, "plate": chosen.plate, "code": codes[chosen.ticket_no]}


def _as_inhabitant(persona: Persona, debts: list[DemoDebt]) -> Inhabitant:
    codes = dict.fromkeys(debt.code for debt in debts if debt.afm == persona.afm)
    return Inhabitant(persona.afm, persona.name, persona.type, tuple(codes))


def _dress_doors(ids_by_code: Mapping[str, int], now: datetime) -> None:
    """Two of the three show themselves in colours of their own and say when they answer the telephone."""
    for code, look in DOORS.items():
        dress(look, emblem=None, municipality_id=ids_by_code[code], by_user=None, now=now)
        publish(seen_at=now, municipality_id=ids_by_code[code], by_user=None, now=now)


def _confirm_contacts(ids_by_code: Mapping[str, int]) -> None:
    """Personas with an e-mail address and a mobile have confirmed them; the others are asked at their first sign-in."""
    with tenancy(municipality=ids_by_code["9084"]):
        ids = dict(Person.objects.filter(afm__in=[one.afm for one in PERSONAS]).values_list("afm", "id"))
    for persona in PERSONAS:
        if persona.email:
            with tenancy(person=ids[persona.afm]):
                Person.objects.filter(id=ids[persona.afm]).update(email=persona.email, mobile=persona.mobile)
