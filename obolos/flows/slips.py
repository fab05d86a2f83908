"""Fine slips printed beforehand: a pad is made, a slip is found, its payer says what stands on it, money comes for it.

A slip can be paid before anybody has typed the fine in: by its QR or its number, or by its RF code at any bank. The
money waits on the slip's suspense debt; `match_slips` moves it when the fine arrives.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection

from obolos.adapters.dias.online import Rejection
from obolos.base.dates import athens_date
from obolos.base.references import (
    random_free15,
    random_id,
    random_pad_number,
    random_reference,
    rf_code,
    slip_number_valid,
)
from obolos.base.tenancy import current_municipality, tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts import rules
from obolos.domain.debts.kind_queries import KindRow, fine_kinds, kind_rows
from obolos.domain.debts.law import law_of
from obolos.domain.debts.queries import OpenInstalment, locked_instalments, municipality_rows, open_instalments_of_debts
from obolos.domain.municipalities.models import Municipality
from obolos.domain.notices import pads, slip_said
from obolos.domain.notices import slips as rows
from obolos.domain.notices.actions import pay_codes_for
from obolos.domain.notices.models import SlipEnd
from obolos.domain.notices.slips import Slip
from obolos.domain.payments.actions import NewOrder, make_order
from obolos.flows.freeze import frozen_line

#: A pad holds at most so many slips, and is good for so long.
MOST_SLIPS = 500
GOOD_FOR = timedelta(days=3 * 365)


class BadPad(Exception):
    """A pad that cannot be made. `reason`: KIND, SLIPS or AMOUNTS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadStatement(Exception):
    """What somebody says stands on a slip cannot: `reason` AMOUNT, LEAST (too small for any fine), DAY, or PAID when money
    has come already.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SlipFound:
    """A slip as its holder may know it. `code` is its pay code: the address `/k/<code>/` pays it.

    `asks_amount`: its payer says amount and day first (`state_slip`), of `amounts` when there are any.
    """

    municipality_id: int
    slip_id: int
    debt_id: int
    number: str
    code: str
    asks_amount: bool
    amounts: tuple[int, ...]
    paid: bool
    fixed_cents: int | None
    made_on: date
    #: Declared void with its pad: nobody may pay it.
    void: bool
    #: What its payer has said so far: 0 and None when nothing.
    said_cents: int
    said_on: date | None
    #: The day when money came for it though it is void; it counts for nothing.
    came_on: date | None = None


def slip_kinds(*, municipality_id: int) -> tuple[KindRow, ...]:
    """Revenue kinds that a pad can be made for: fines, payable online by whoever holds the slip."""
    with tenancy(municipality=municipality_id):
        fines = fine_kinds()
        found = [one for one in kind_rows() if one.id in fines]
    return tuple(one for one in found if one.switches.online and one.switches.guest and one.switches.rf)


def make_pad(
    *, municipality_id: int, kind_id: int, label: str, count: int, fixed_cents: int | None, amounts: Sequence[int],
    by_user: int, now: datetime,
) -> int:  # fmt: skip
    """Make a pad of slips with their codes; its id. Raises BadPad, then nothing was written."""
    kind = next((one for one in slip_kinds(municipality_id=municipality_id) if one.id == kind_id), None)
    if kind is None:
        raise BadPad("KIND")
    if not 0 < count <= MOST_SLIPS:
        raise BadPad("SLIPS")
    said = [*amounts, *([] if fixed_cents is None else [fixed_cents])]
    if any(not 0 < cents <= rows.MOST_CENTS for cents in said) or (fixed_cents is not None and amounts):
        raise BadPad("AMOUNTS")
    pad = pads.NewPad(
        revenue_kind_id=kind.id, rev_code=kind.code, description=kind.name_el, label=label.strip()[:60],
        number=random_pad_number(), slips=count, fixed_cents=fixed_cents, amounts=tuple(sorted(set(amounts))),
        valid_until=athens_date(now) + GOOD_FOR,
    )  # fmt: skip
    with tenancy(municipality=municipality_id):
        organisation = Municipality.objects.values_list("dias_code", flat=True).get(id=municipality_id)
        codes = [rf_code(organisation, fixed_cents, random_free15()) for _ in range(count)]
        pad_id, debts = pads.make_pad(pad, codes, by_user=by_user, now=now)
        pay_codes_for(debts, now=now)
        add_audit_entry(
            actor=Actor.STAFF, actor_id=by_user, action="slips.made", subject=f"slip_pad:{pad_id}",
            detail={"slips": count, "fixed_cents": fixed_cents, "amounts": list(pad.amounts)}, now=now,
        )  # fmt: skip
    return pad_id


def find_slip(number_folded: str, plate_folded: str, *, now: datetime) -> SlipFound | None:
    """The slip of that number, in whichever municipality, for somebody who names a vehicle's plate with it.

    None when there is none, when its fine is there already (then the fine is found by the same number and its own plate),
    when it was paid under another plate, or when nothing was named. Remembers the plate, for the fine that will come,
    where nothing else will be asked; else it is kept with what its holder declares.
    """
    if not slip_number_valid(number_folded) or not plate_folded:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id, id FROM obolos_find_slip(%s)", [number_folded])
        place = cursor.fetchone()
    if place is None:
        return None
    with tenancy(municipality=place[0]):
        slip = rows.slip_by_id(place[1])
        if slip is None or slip.fine_id is not None or (not slip.paid_at and rows.fines_of(slip.number)):
            return None
        if slip.paid_at and slip_said.plate_of_payer(slip) != plate_folded:
            return None
        if slip.fixed_cents is not None and not slip.paid_at and slip_said.plate_said_last(slip.id) != plate_folded:
            rows.state(slip, plate=plate_folded, cents=None, violation_on=None, now=now)
    return _found(place[0], slip)


def slip_held(debt_id: int, *, municipality_id: int) -> SlipFound | None:
    """The slip behind a debt that somebody holds the code of; None when the debt is no slip's."""
    with tenancy(municipality=municipality_id):
        slip = rows.slip_of_debt(debt_id)
        void = slip is not None and slip.ended == SlipEnd.VOIDED
        came = rows.payments_for(slip) if slip and void else []
    found = _found(municipality_id, slip) if slip else None
    return replace(found, came_on=athens_date(came[-1].paid_at)) if found and came else found


def _found(municipality_id: int, slip: Slip) -> SlipFound:
    return SlipFound(
        municipality_id, slip.id, slip.debt_id, slip.number, slip.code, slip.asks_amount, slip.amounts, slip.paid_at is not None,
        slip.fixed_cents, athens_date(slip.made_at), slip.ended == SlipEnd.VOIDED,
        slip.principal_cents if slip.fixed_cents is None else 0, slip.violation_on,
    )  # fmt: skip


def state_slip(
    slip_id: int, *, municipality_id: int, cents: int | None, violation_on: date | None, plate: str, now: datetime
) -> None:
    """Keep what the holder of a slip says stands on it; from then on its debt asks for that. Raises BadStatement."""
    with tenancy(municipality=municipality_id):
        slip = rows.slip_by_id(slip_id)
        assert slip is not None
        locked_instalments([slip.instalment_id])
        slip = rows.slip_by_id(slip_id, lock=True)
        assert slip is not None
        if slip.paid_at is not None or slip.ended:
            raise BadStatement("PAID")
        if slip.fixed_cents is None and (cents is None or not slip.admits(cents)):
            raise BadStatement("AMOUNT")
        if cents is not None and _too_small(slip, cents):
            raise BadStatement("LEAST")
        if violation_on and not athens_date(slip.made_at) <= violation_on <= athens_date(now):
            raise BadStatement("DAY")
        rows.state(slip, plate=plate, cents=cents, violation_on=violation_on, now=now)


def _too_small(slip: Slip, cents: int) -> bool:
    """Whether that is less than any fine, so a slip of the typing hand; a pad's own amounts are what they are."""
    return slip.fixed_cents is None and not slip.amounts and cents < settings.OBOLOS_SLIP_LEAST_CENTS


# What the one door for money asks. All of this inside the municipality's open unit of work.


def fit_slips(found: Sequence[OpenInstalment], lines: Sequence[tuple[int, int]]) -> bool:
    """Money is about to be counted for an order: what its slips ask for is what was ordered. True when one changed.

    Two holders of one slip may say two amounts; the one who pays is right. `lines`: (instalment, principal closed).
    """
    ours = {one.snapshot.id for one in found if one.ext_id.startswith(pads.PREFIX)}
    return bool(ours) and rows.fit_to_lines({one: cents for one, cents in lines if one in ours})


def note_slips_paid(found: Sequence[OpenInstalment], payment_id: int, *, now: datetime) -> None:
    """A payment was booked. The financial system is not told of money for a fine that it does not know yet."""
    ours = [one.snapshot.id for one in found if one.ext_id.startswith(pads.PREFIX)]
    if ours and rows.note_paid(ours, payment_id, now=now):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE delivery SET due_at = %s WHERE municipality_id = %s AND target = 'ERP' AND subject = %s "
                "AND event = 'PAID' AND version = 1",
                [now + HELD, current_municipality(), f"payment:{payment_id}"],
            )


#: Longer than anybody waits: a delivery that is not due before its fine arrives.
HELD = timedelta(days=36_500)


def objection_to_slip(rf_code_id: int, cents: int, paid_on: date) -> Rejection | None:
    """Why a payer's bank should not move money against the code on a slip; None when it should.

    Before the fine is there: what is fixed, or an amount that may stand on a slip, whole or with its discount. From
    then on: the fine's amount of the day.
    """
    slip = rows.slip_of_rf(rf_code_id)
    if slip is None:
        return Rejection.UNKNOWN_CODE
    if slip.ended or slip.paid_at:
        return Rejection.DUPLICATE
    target = _target(slip)
    if not target:
        return Rejection.DUPLICATE
    if _asked(target, paid_on) == cents:
        return None
    typed_in = target[0].debt_id != slip.debt_id
    return None if not typed_in and _may_be_paid(slip, target[0], cents, paid_on) else Rejection.WRONG_AMOUNT


def order_for_slip(rf_code_id: int, cents: int, paid_on: date, *, now: datetime) -> int | None:
    """The order that money against a slip's code is for, made when the money comes; None when nothing of it is open.

    Its instalments are locked by this. For the fine when it is there, else for the slip's suspense debt.
    """
    slip = rows.slip_of_rf(rf_code_id)
    if slip is None:
        return None
    locked_instalments(sorted({slip.instalment_id, *(one.snapshot.id for one in _target(slip))}))
    slip = rows.slip_by_id(slip.id, lock=True)
    if slip is None or slip.paid_at or slip.ended:
        return None
    target = _target(slip)
    if target and target[0].debt_id == slip.debt_id and _asked(target, paid_on) != cents and slip.fixed_cents is None:
        # Nobody said it, or somebody said another amount: what is paid is what stands on it.
        rows.set_amount(slip, cents, None)
        target = open_instalments_of_debts([slip.debt_id])
    quotes = _quotes(target, paid_on)
    if not quotes:
        return None
    total = sum(quote.total_cents for quote in quotes)
    order = NewOrder(
        public_id=random_id(), reference=random_reference("OB"), person_id=target[0].person_id, means="RF",
        amount_cents=total, valid_until=paid_on, form_token=f"slip:{slip.id}", language="el",
        lines=[frozen_line(quote.snapshot.id, rules.allocate(quote, quote.total_cents), on=paid_on) for quote in quotes],
        rest=[], visit="", unasked=True,
    )  # fmt: skip
    public_id = make_order(order, municipality_id=current_municipality(), now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rf_code r SET order_id = o.id, person_id = o.person_id FROM payment_order o "
            "WHERE o.public_id = %s AND r.id = %s AND r.order_id IS NULL RETURNING o.id",
            [public_id, rf_code_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _target(slip: Slip) -> list[OpenInstalment]:
    """What money against a slip's code counts for: the fine when exactly one is there, else the slip's own debt.

    A suspense debt whose amount nobody said stands here too, with nothing open; a debt that is closed does not.
    """
    fines = rows.fines_of(slip.number)
    if len(fines) == 1:
        return open_instalments_of_debts([fines[0].debt_id])
    if slip.principal_cents:
        return open_instalments_of_debts([slip.debt_id])
    return locked_instalments([slip.instalment_id])


def _quotes(target: Sequence[OpenInstalment], on: date) -> list[rules.Quote]:
    municipality = municipality_rows([current_municipality()])[current_municipality()]
    law = law_of(municipality.id, municipality.law_version)
    return [
        rules.quote_instalment(one.snapshot, law.kinds[one.revenue_kind_id].rules, law.calendar, on)
        for one in target
        if one.snapshot.open_principal_cents
    ]


def _asked(target: Sequence[OpenInstalment], on: date) -> int:
    return sum(quote.total_cents for quote in _quotes(target, on))


def _may_be_paid(slip: Slip, one: OpenInstalment, cents: int, on: date) -> bool:
    """Whether an amount is one that may stand on the slip, whole or as the law lets it be paid within its window."""
    if slip.fixed_cents is not None or not slip.amounts:
        return slip.admits(cents) and not _too_small(slip, cents)
    municipality = municipality_rows([current_municipality()])[current_municipality()]
    law = law_of(municipality.id, municipality.law_version)
    factors = {10_000, *(window.factor_bp for window in law.kinds[one.revenue_kind_id].rules.windows)}
    return any(amount * factor == cents * 10_000 for amount in slip.amounts for factor in factors)
