"""Staff look for a payer or a payment with whatever they have at hand: one box, what it holds is told by its shape.

Every look at a person is an audit entry. What was typed is kept nowhere: not in an address, a log or the entry.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from obolos.base.printed import Printed, printed_as
from obolos.base.references import BadReference, afm_clean, plate_fold, rf_check
from obolos.base.tenancy import tenancy
from obolos.base.text import fold
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.debtor_queries import (
    DebtMatch,
    debts_by_number,
    debts_by_printed_rf,
    debts_in_roll,
    owed_by,
)
from obolos.domain.payments.story_queries import (
    FoundOrder,
    order_by_bank_reference,
    order_by_rf,
    orders_by_approval,
    orders_by_email,
    orders_by_id,
)
from obolos.domain.people.debtor_queries import (
    AT_MOST,
    DebtorRow,
    debtors_by_afm,
    debtors_by_id,
    debtors_by_name,
)
from obolos.flows.links import code_of_link
from obolos.flows.search_papers import Lead, follow, rf_on_slip

LONGEST = 100
SHORTEST_NAME = 2
MOST_WORDS = 5
_NOTED = 50


class Kind(StrEnum):
    """What a text can be."""

    AFM = "AFM"
    RF = "RF"
    #: A reference that we printed; `Reading.printed` says which.
    PRINTED = "PRINTED"
    EMAIL = "EMAIL"
    BANK = "BANK"
    #: A place in a roll, as it stands under a debt: year, catalogue, line; or the last two.
    ROLL = "ROLL"
    NUMBER = "NUMBER"
    NAME = "NAME"


class Problem(StrEnum):
    """Why nothing was found, as far as it can be told without guessing."""

    EMPTY = "EMPTY"
    TOO_SHORT = "TOO_SHORT"
    AFM_DIGITS = "AFM_DIGITS"
    RF_LENGTH = "RF_LENGTH"
    RF_DIGITS = "RF_DIGITS"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was typed: what it may be, and its searchable forms."""

    kind: Kind
    values: tuple[str, ...]
    printed: Printed | None = None


@dataclass(frozen=True, slots=True)
class FoundPayer:
    """A debtor that a search found, what he owes, and the debts that led to him."""

    debtor_id: int
    afm: str
    name: str
    open_count: int
    open_cents: int
    matches: tuple[DebtMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What came of a search: an order, payers, or a problem. `kind` is how the text was understood.

    `about`: something else that a printed reference stands for, as in `Lead`; it goes before the others.
    """

    kind: Kind | None
    payers: tuple[FoundPayer, ...] = ()
    order_id: int | None = None
    more: bool = False
    #: Several orders that an e-mail address or a bank's approval led to; a guest has no record to be found by.
    orders: tuple[FoundOrder, ...] = ()
    problem: Problem | None = None
    about: str = ""

    @property
    def found(self) -> bool:
        """Whether anything was."""
        return bool(self.payers or self.orders or self.about or self.order_id is not None)


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ROLL = re.compile(r"(\d{4})[/.-](\w{1,20})[/.-](\w{1,20})|()(\w{1,20})/(\w{1,20})")
_BANK_REFERENCE = re.compile(r"[a-z2-7]{26}", re.ASCII)


def readings_of(text: str) -> tuple[list[Reading], Problem | None]:
    """Every way to read a text, likeliest first, and what is wrong with it when it is almost something.

    «038836853» is an ΑΦΜ and may be a fine's number; «ΙΝΑ 1234» is a plate; «μαρκ ελ» begins a name, in either order.
    """
    typed = "".join(char for char in text if char.isprintable() or char.isspace()).strip()[:LONGEST]
    plain = "".join(typed.split())
    if not plain:
        return [], Problem.EMPTY
    found, problem = [], None
    if plate_fold(plain[:2]) == "RF" and plain[2:4].isdigit():
        try:
            return [Reading(Kind.RF, (rf_check("RF" + plain[2:]).code,))], None
        except BadReference as error:
            return [], Problem.RF_DIGITS if error.reason == "CHECK_DIGITS" else Problem.RF_LENGTH
    if _EMAIL.fullmatch(plain):
        return [Reading(Kind.EMAIL, (plain,))], None
    if _BANK_REFERENCE.fullmatch(plain.lower()):
        found.append(Reading(Kind.BANK, (plain.lower(),)))
    try:
        found.append(Reading(Kind.AFM, (afm_clean(plain),)))
    except BadReference as error:
        problem = Problem.AFM_DIGITS if error.reason == "CHECK_DIGITS" else None
    found += [Reading(Kind.PRINTED, (code,), sort) for sort, code in printed_as(code_of_link(plain))]
    place = _ROLL.fullmatch(plain)
    if place:
        found.append(Reading(Kind.ROLL, tuple(part for part in place.groups() if part is not None)))
    folded = plate_fold(typed)
    if folded and any(char.isdigit() for char in folded):
        found.append(Reading(Kind.NUMBER, (folded, typed)))
    words = fold(typed).split()
    if sum(char.isalpha() for char in "".join(words)) >= SHORTEST_NAME:
        found.append(Reading(Kind.NAME, tuple(words[:MOST_WORDS])))
    return found, problem if found else problem or Problem.TOO_SHORT


def search_payers(text: str, *, municipality_id: int, by_user: int, now: datetime) -> Search:
    """Find by ΑΦΜ, RF code (ours or a printed one), printed reference, e-mail, place in a roll, fine, plate, ERP id, the
    bank's approval, or name."""
    readings, problem = readings_of(text)
    result = Search(None, problem=problem or Problem.NOTHING)
    with tenancy(municipality=municipality_id):
        for reading in readings:
            found = _look(reading)
            if found.found:
                result = found
                break
        else:
            if readings:
                result = Search(readings[0].kind, problem=problem or Problem.NOTHING)
        add_audit_entry(
            actor=Actor.STAFF,
            actor_id=by_user,
            action="payer.searched",
            subject=f"search:{(result.kind or 'NOTHING').lower()}",
            detail={"debtors": [one.debtor_id for one in result.payers[:_NOTED]], "order": result.order_id}
            | ({"about": result.about.partition(":")[0]} if result.about else {}),
            now=now,
        )
    return result


def payers_found(debtor_ids: Sequence[int], *, municipality_id: int) -> tuple[FoundPayer, ...]:
    """The payers of a search that was made and noted a moment ago, shown again."""
    with tenancy(municipality=municipality_id):
        return _payers(debtors_by_id(debtor_ids))


def orders_found(order_ids: Sequence[int], *, municipality_id: int) -> tuple[FoundOrder, ...]:
    """The orders of a search that was made and noted a moment ago, shown again."""
    with tenancy(municipality=municipality_id):
        return tuple(orders_by_id(order_ids))


def _look(reading: Reading) -> Search:
    match reading.kind:
        case Kind.AFM:
            return Search(reading.kind, _payers(debtors_by_afm(*reading.values)))
        case Kind.RF:
            order_id = order_by_rf(*reading.values)
            matches = [] if order_id is not None else debts_by_printed_rf(*reading.values)
            if order_id is None and not matches:
                return _led(rf_on_slip(*reading.values), reading.kind)
            return Search(reading.kind, _owners(matches), order_id)
        case Kind.PRINTED:
            assert reading.printed is not None
            return _led(follow(reading.printed, *reading.values), reading.kind)
        case Kind.BANK:
            return Search(reading.kind, order_id=order_by_bank_reference(*reading.values))
        case Kind.EMAIL:
            return _orders(reading.kind, orders_by_email(reading.values[0], AT_MOST))
        case Kind.ROLL:
            year, catalogue, line = reading.values
            return Search(reading.kind, _owners(debts_in_roll(catalogue, line, int(year) if year else None)))
        case Kind.NUMBER:
            folded, typed = reading.values
            owners = _owners(debts_by_number(folded=folded, ext_id=typed))
            return _orders(reading.kind, orders_by_approval("".join(typed.split()), AT_MOST), owners)
    found = debtors_by_name(reading.values)
    return Search(reading.kind, _payers(found[:AT_MOST]), more=len(found) > AT_MOST)


def _orders(kind: Kind, orders: Sequence[FoundOrder], payers: tuple[FoundPayer, ...] = ()) -> Search:
    """One order alone is gone to; with others, or with payers, it is listed."""
    if len(orders) == 1 and not payers:
        return Search(kind, order_id=orders[0].id)
    return Search(kind, payers, orders=tuple(orders), more=len(orders) == AT_MOST)


def _led(lead: Lead, kind: Kind) -> Search:
    payers = _payers(debtors_by_id([lead.debtor_id])) if lead.debtor_id else ()
    return Search(kind, payers, lead.order_id, about=lead.about)


def _owners(matches: Sequence[DebtMatch]) -> tuple[FoundPayer, ...]:
    by_debtor: dict[int, list[DebtMatch]] = {}
    for match in matches:
        by_debtor.setdefault(match.debtor_id, []).append(match)
    return _payers(debtors_by_id(list(by_debtor)), by_debtor) if by_debtor else ()


def _payers(debtors: Sequence[DebtorRow], matches: dict[int, list[DebtMatch]] | None = None) -> tuple[FoundPayer, ...]:
    owed = owed_by([one.person_id for one in debtors]) if debtors else {}
    return tuple(
        FoundPayer(
            debtor_id=one.id,
            afm=one.afm,
            name=one.name,
            open_count=owed[one.person_id].count if one.person_id in owed else 0,
            open_cents=owed[one.person_id].cents if one.person_id in owed else 0,
            matches=tuple((matches or {}).get(one.id, ())),
        )
        for one in debtors
    )
