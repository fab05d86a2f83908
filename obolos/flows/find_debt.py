"""Somebody finds a debt by what stands on paper: its pay code, an RF code, or a fine's number with the vehicle's plate.

One field takes them all; `typed` tells what it is. Whoever finds something gets an address that holds it; nobody gets
anything else.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.references import pay_code_fold, plate_fold, ticket_fold
from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.queries import Participant, participant_by_id
from obolos.domain.notices.queries import place_of_pay_code
from obolos.domain.notices.slips import LONGEST_PLATE, slip_of_rf
from obolos.domain.payments.genuine_queries import place_of
from obolos.domain.payments.models import RfCode
from obolos.flows.guest import FINE, ORDER, RF, SLIP, grant
from obolos.flows.slips import find_slip


@dataclass(frozen=True, slots=True)
class Hit:
    """A debt that was found: in which municipality, and the address of its page. `slip`: of a slip found by its number,
    its code, which its finder is not told.
    """

    town: Participant
    path: str
    slip: str = ""


def find_by_code(text: str) -> list[Hit]:
    """What a pay code opens."""
    code = pay_code_fold(text)
    place = place_of_pay_code(code)
    return [Hit(participant_by_id(place[0]), f"/k/{code}/")] if place else []


def find_by_rf(text: str, *, now: datetime) -> list[Hit]:
    """What an RF code stands for: a slip, which its code opens too; an order of ours; or debts that a municipality
    printed it on.
    """
    code = ticket_fold(text)
    hits = []
    for municipality_id, rf_id in _look_up("obolos_find_rf", code):
        with tenancy(municipality=municipality_id):
            slip = slip_of_rf(rf_id)
            order_id = RfCode.objects.values_list("order_id", flat=True).get(id=rf_id)
        if slip is not None:
            hits.append(Hit(participant_by_id(municipality_id), f"/k/{slip.code}/"))
        elif order_id is not None:
            hits.append(_hit(municipality_id, order_id, ORDER, now))
    return hits + [_hit(*place, RF, now) for place in _one_each(_look_up("obolos_find_printed_rf", code))]


def is_ticket(text: str) -> bool:
    """Whether a code is that of an event's ticket, which looks like a pay code and opens no debt."""
    return place_of("TICKET", pay_code_fold(text)) is not None


def find_fine(first: str, second: str, *, now: datetime) -> list[Hit]:
    """A fine by its number and its plate, whichever was typed first, in all municipalities."""
    places = _look_up("obolos_find_fine", ticket_fold(first), plate_fold(second))
    places += _look_up("obolos_find_fine", ticket_fold(second), plate_fold(first))
    return [_hit(*place, FINE, now) for place in _one_each(places)] or _find_slips(first, second, now)


def _find_slips(first: str, second: str, now: datetime) -> list[Hit]:
    """A slip printed beforehand whose fine nobody has typed in yet: whoever holds it may name any plate.

    Its numbers can be worked out from one another, so it is held like a fine found this way, never by its code.
    """
    for number, plate in ((first, second), (second, first)):
        named = plate_fold(plate)[:LONGEST_PLATE]
        slip = find_slip(ticket_fold(number), named, now=now)
        if slip:
            held = grant(slip.municipality_id, slip.debt_id, SLIP, plate=named, now=now)
            return [Hit(participant_by_id(slip.municipality_id), f"/find/{held}/", slip.code)]
    return []


def _hit(municipality_id: int, thing_id: int, how: str, now: datetime) -> Hit:
    return Hit(participant_by_id(municipality_id), f"/find/{grant(municipality_id, thing_id, how, now=now)}/")


def _one_each(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The latest of each municipality: a number given twice there was given anew."""
    return sorted(dict(sorted(places)).items())


_LOOK_UPS = {
    "obolos_find_rf": "SELECT municipality_id, id FROM obolos_find_rf(%s)",
    "obolos_find_printed_rf": "SELECT municipality_id, id FROM obolos_find_printed_rf(%s)",
    "obolos_find_fine": "SELECT municipality_id, id FROM obolos_find_fine(%s, %s)",
}


def _look_up(function: str, *values: str) -> list[tuple[int, int]]:
    """(municipality id, id) of everything a look-up function finds, in whatever context."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_UPS[function], list(values))
        return [(row[0], row[1]) for row in cursor.fetchall()]
