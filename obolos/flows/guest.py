"""Somebody without an account holds a debt: by the code on its paper, or by what he found it with. Reads only.

Whoever holds it may see what it is and pay it. He is never told whose it is, and never meets a database id: a found
debt travels in the address as a grant, sealed and good for two hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from obolos.base import crypto
from obolos.base.masking import masked_plate
from obolos.base.references import BadReference, pay_code_fold
from obolos.base.tenancy import tenancy
from obolos.domain.debts.law import Kind, law_of
from obolos.domain.municipalities.queries import BrandingView, dressed_by_id
from obolos.domain.notices.queries import place_of_pay_code
from obolos.domain.payments.guest_queries import HeldFacts, OpenCode, facts_of, lines_of_order, open_code_of
from obolos.flows.bank_accounts import keys
from obolos.flows.guest_words import object_of
from obolos.flows.order_status import OrderView, place_of_order
from obolos.flows.show_debts import Chosen, DebtRow, DebtsView, Leg, NotPayable, Payer, basket_of, read_held
from obolos.flows.show_door import Door

#: So long a debt that was found may be looked at and paid without finding it again.
GRANT_HOLDS = timedelta(hours=2)
#: How a debt came to be held: its own code, fine number and plate, an RF code, an order made before, or a slip's number
#: with whatever plate its finder named (`hold_slip` says what he is shown).
CODE, FINE, RF, ORDER, SLIP = "CODE", "FINE", "RF", "ORDER", "SLIP"
#: Who knows no more than one of these has not shown that the paper is his: he is told the debt's kind and no more.
_KIND_ONLY = frozenset({RF, ORDER})
_FIELD = "guest grant"


class NotHeld(Exception):
    """Nothing is held by that: it was never given, it is damaged, or it is not ours."""


class GrantOver(Exception):
    """The debt was found too long ago. It has to be found again."""


@dataclass(frozen=True, slots=True)
class Held:
    """Some debts of one municipality that somebody may see and pay.

    `through`: of a debt named here, instalments up to that number only. `order_id`: the order it was found by, if any.
    `plate`: of a slip, the plate that its finder named, folded.
    """

    municipality_id: int
    debt_ids: tuple[int, ...]
    how: str
    through: Mapping[int, int] = field(default_factory=dict)
    order_id: int = 0
    plate: str = ""

    def payer(self, email: str = "") -> Payer:
        """A guest who holds this and pays it."""
        return Payer(municipality_id=self.municipality_id, debt_ids=self.debt_ids, email=email)


@dataclass(frozen=True, slots=True)
class HeldDebt:
    """One debt as its holder sees it: what, whose plate (masked), when, and what of it is open."""

    title_el: str
    title_en: str
    plate: str
    about: str
    violation_on: date | None
    ticket: bool
    open_cents: int

    def title(self, language: str) -> str:
        """What it is, in «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


@dataclass(frozen=True, slots=True)
class Through:
    """A choice of instalments, which are paid in order: the first `count` open ones, `cents` together."""

    count: int
    first: int
    last: int
    cents: int


@dataclass(frozen=True, slots=True)
class HeldView:
    """What is held, as of now. `standing` is the word that the page turns on.

    PAYABLE; PAID (through us: `paid_on`, `reference`); SETTLED (elsewhere); WITHDRAWN; NOT_ONLINE; NO_GUEST (its debtor
    must sign in); RATE_MISSING. `leg`: what is chosen of it, with `ways` of choosing otherwise where there are any.
    """

    door: Door
    standing: str
    debts: tuple[HeldDebt, ...]
    payable: tuple[DebtRow, ...]
    on: date
    leg: Leg | None = None
    ways: tuple[Through, ...] = ()
    paid_on: date | None = None
    reference: str = ""
    #: Whether an RF code of it, on paper or asked for signed in, is a way to pay what its holder may not pay here.
    by_rf: bool = False
    #: The RF code that it was found by, while it can be paid.
    code: OpenCode | None = None

    @property
    def rf_until(self) -> date | None:
        """The last day of an RF code that somebody took for what is chosen and can still pay; None when nobody did."""
        days = [line.row.rf_until for line in self.leg.lines if line.row.rf_until] if self.leg else []
        return max(days, default=self.code.valid_until if self.code else None)

    @property
    def objected(self) -> bool:
        """Whether somebody objected to it and the municipality has not answered."""
        return any(row.objected for row in self.payable)

    @property
    def by_slip(self) -> bool:
        """Whether a payment by slip is being looked at that may be for what is chosen."""
        return any(line.row.by_slip for line in self.leg.lines) if self.leg else False

    @property
    def partial(self) -> DebtRow | None:
        """The instalment of which a smaller amount may be paid: the last chosen one, where its kind allows it."""
        last = self.leg.lines[-1].row if self.leg and len(self.debts) == 1 else None
        return last if last is not None and last.partial_ok and last.amount_cents > last.min_partial_cents else None

    @property
    def in_progress(self) -> str:
        """The order whose payment of this is still being checked with a bank; empty when none is."""
        lines = self.leg.lines if self.leg else ()
        return next((line.row.in_progress for line in lines if line.row.in_progress), "")


def held_by_code(text: str) -> Held:
    """What a pay code opens, however it is spelt. Raises NotHeld."""
    try:
        place = place_of_pay_code(pay_code_fold(text))
    except BadReference as error:
        raise NotHeld("code") from error
    if place is None:
        raise NotHeld("code")
    return Held(place[0], (place[1],), CODE)


def grant(municipality_id: int, thing_id: int, how: str, *, plate: str = "", now: datetime) -> str:
    """The address part that holds a debt (`how` FINE, RF, or SLIP with its `plate`) or an order's debts (ORDER) for a
    while.
    """
    until = int((now + GRANT_HOLDS).timestamp())
    return crypto.seal(keys(), f"{how}:{municipality_id}:{thing_id}:{until}:{plate}", municipality=0, field=_FIELD)


def held_by_grant(text: str, *, now: datetime) -> Held:
    """What a grant holds. Raises NotHeld, GrantOver."""
    try:
        how, municipality, thing, until, *plate = crypto.open_sealed(keys(), text, municipality=0, field=_FIELD).split(
            ":"
        )
    except crypto.CannotOpen as error:
        raise NotHeld("grant") from error
    if now.timestamp() > int(until):
        raise GrantOver("grant")
    if how != ORDER:
        return Held(int(municipality), (int(thing),), how, plate="".join(plate))
    with tenancy(municipality=int(municipality)):
        lines = lines_of_order(int(thing))
    through = dict(lines)  # by number, so the last of each debt stays
    return Held(int(municipality), tuple(through), how, through, int(thing))


def debt_path(order: OrderView, *, now: datetime) -> str:
    """The way back from a guest's order that is not paid to the debt itself; empty where there is none to go.

    Whoever holds the order's unguessable address could pay it again anyway, and is shown no more than it shows.
    """
    if order.person_id is not None or order.phase not in {"FAILED", "EXPIRED", "WAITING"}:
        return ""
    municipality_id, order_id = place_of_order(order.public_id)
    return f"/find/{grant(municipality_id, order_id, ORDER, now=now)}/"


def held_view(held: Held, *, count: int = 0, part_cents: int | None = None, now: datetime) -> HeldView:
    """What is held, with the first `count` open instalments chosen (0: as at first), of the last one `part_cents`.

    Raises NotPayable when just that cannot be paid.
    """
    with tenancy(municipality=held.municipality_id):
        facts = facts_of(held.debt_ids)
        town, branding, version = dressed_by_id(held.municipality_id)
        kinds = law_of(held.municipality_id, version).kinds
        open_debts = [one.debt_id for one in facts if one.open_cents]
        view = read_held(open_debts, municipality_id=held.municipality_id, now=now)
        code = open_code_of(held.order_id, on=view.on) if held.order_id else None
    door = Door(town, branding or BrandingView(phone=town.phone), ())
    debts = tuple(_shown(one, kinds[one.revenue_kind_id], held.how) for one in facts)
    rows = _rows(view, held)
    stopped = {row.debt_id for row in rows if row.blocked not in {"", "PREVIOUS_INSTALMENT"}}
    payable = tuple(row for row in rows if row.debt_id not in stopped)
    if not payable:
        last = max(facts, key=lambda one: one.paid_on or date.min)
        return HeldView(
            door, _standing(rows, facts), debts, (), view.on, None, (), last.paid_on, last.reference,
            any(row.kind.rf for row in rows), code,
        )  # fmt: skip
    chosen = choice(held, payable, count=count, part_cents=part_cents)
    leg = basket_of(view, chosen, now=now).legs[0]
    ways = _ways(payable) if len(debts) == 1 else ()
    return HeldView(door, "PAYABLE", debts, payable, view.on, leg, ways, code=code)


def choice(held: Held, rows: Sequence[DebtRow], *, count: int, part_cents: int | None) -> list[Chosen]:
    """The instalments that are paid: of one debt the first `count` open ones, of an order's debts all that it named."""
    several = held.how == ORDER
    picked = rows[: count or (len(rows) if several else 1)]
    chosen = [Chosen(row.instalment_id) for row in picked]
    if part_cents is not None:
        chosen[-1] = Chosen(picked[-1].instalment_id, part_cents)
    return chosen


def _rows(view: DebtsView, held: Held) -> tuple[DebtRow, ...]:
    rows = [row for group in view.groups for row in group.rows]
    return tuple(row for row in rows if row.number <= held.through.get(row.debt_id, row.number))


def _ways(rows: Sequence[DebtRow]) -> tuple[Through, ...]:
    if len(rows) < 2:
        return ()
    sums = [sum(row.amount_cents for row in rows[:count]) for count in range(1, len(rows) + 1)]
    return tuple(Through(n, rows[0].number, rows[n - 1].number, cents) for n, cents in enumerate(sums, 1))


def _standing(rows: Sequence[DebtRow], facts: Sequence[HeldFacts]) -> str:
    if rows:
        return next(row.blocked for row in rows if row.blocked not in {"", "PREVIOUS_INSTALMENT"})
    if any(one.paid_on for one in facts):
        return "PAID"
    return "WITHDRAWN" if any(one.withdrawn_at for one in facts) else "SETTLED"


def _shown(one: HeldFacts, kind: Kind, how: str) -> HeldDebt:
    return HeldDebt(
        title_el=f"Κλήση {one.ticket_no}" if one.ticket_no else kind.name_el,
        title_en=f"Ticket {one.ticket_no}" if one.ticket_no else kind.name_en,
        plate=masked_plate(one.plate),
        about=""
        if how in _KIND_ONLY and one.person_id is not None
        else object_of(one.description, kind.name_el, name=one.debtor, afm=one.debtor_afm),
        violation_on=one.violation_on,
        ticket=bool(one.ticket_no),
        open_cents=one.open_cents,
    )


def paid_rows(held: Held, *, count: int, part_cents: int | None, now: datetime) -> list[Chosen]:
    """What a form of the page pays. Raises NotPayable when nothing of it can be paid any more."""
    view = held_view(held, now=now)
    if view.leg is None:
        raise NotPayable(view.standing)
    return choice(held, view.payable, count=count, part_cents=part_cents)
