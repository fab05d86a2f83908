"""Whoever paid a fine slip before its fine came: how his money stands, and the letters when that changes. Sends nothing
itself.

Until the fine is typed in, nobody can say that nothing is left. Once the money has moved, or a clerk has left it where it
is, each payer who gave an address is written to once; the pages say the same to everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection

from obolos.adapters.messaging.payer_messages import Payee
from obolos.adapters.messaging.slip_messages import SlipLetter, slip_email, void_email, with_slip
from obolos.adapters.messaging.views import EmailView
from obolos.base.masking import masked_plate
from obolos.base.references import slip_format
from obolos.base.tenancy import current_municipality, tenancy
from obolos.domain.municipalities.queries import Participant, participant_by_id
from obolos.domain.notices import slip_said
from obolos.domain.notices import slips as rows
from obolos.domain.notices.models import SlipEnd
from obolos.domain.notices.slip_mentions import PaidBySlip, mentions, moves_of, paid_by_slips
from obolos.domain.notices.slips import Slip
from obolos.domain.payments.story_queries import order_facts
from obolos.domain.reconciliation.slip_questions import slip_question
from obolos.flows.order_status import OrderView, place_of_order, read_order_view
from obolos.flows.show_debts import DebtRow, read_held

#: Events of the letters.
MATCHED, LEFT, VOIDED = "SLIP_MATCHED", "SLIP_LEFT", "SLIP_VOIDED"
LETTERS = frozenset({MATCHED, LEFT, VOIDED})


@dataclass(frozen=True, slots=True)
class SlipStanding:
    """How a slip stands for its payer.

    `state`: SAID (not paid yet: what its payer says stands on it, `said_on` and `plate`, masked), WAITS (for its fine),
    ASKED (the fine came different and a person looks at it), LEFT (the money stays on the slip) or MATCHED (`fine` of
    `fine_cents`: `paid` by slips with their references, `left_cents` open today). `declared`: the payer said the amount.
    `written`: somebody who paid gave an address, so he hears of it. `path`: where its payer goes on, if anywhere.
    `paid_cents`: what came for it while it waits; `fixed`: its amount stands printed on it.
    """

    state: str
    path: str = ""
    declared: bool = False
    written: bool = False
    fine: str = ""
    fine_cents: int = 0
    left_cents: int = 0
    paid: tuple[PaidBySlip, ...] = ()
    said_on: date | None = None
    plate: str = ""
    paid_cents: int = 0
    fixed: bool = False


def standing_of_debt(debt_id: int, *, municipality_id: int, now: datetime) -> SlipStanding | None:
    """How a slip stands, or the slips behind a fine; None when nobody said or paid anything for one."""
    with tenancy(municipality=municipality_id):
        slip = rows.slip_of_debt(debt_id)
        if slip is not None:
            return _standing(slip, now) if slip.paid_at else _said(slip)
        paid = tuple(paid_by_slips(debt_id))
        return _matched(debt_id, paid, "", now) if paid else None


def standing_of_order(order: OrderView, *, now: datetime) -> SlipStanding | None:
    """How the slip stands that a guest's order paid; None when it paid none."""
    if order.person_id is not None or not order.applied_cents:
        return None
    municipality_id, order_id = place_of_order(order.public_id)
    with tenancy(municipality=municipality_id):
        found = mentions(order_ids=[order_id])
        slip = rows.slip_by_id(found[0].slip_id) if found else None
        return _standing(slip, now) if slip and slip.paid_at else None


def _said(slip: Slip) -> SlipStanding | None:
    if slip.ended or slip.fixed_cents is not None or not slip.principal_cents:
        return None
    plate = masked_plate(slip_said.plate_said_last(slip.id))
    return SlipStanding("SAID", f"/slip/{slip.code}/", declared=True, said_on=slip.violation_on, plate=plate)


def _standing(slip: Slip, now: datetime) -> SlipStanding:
    fixed = slip.fixed_cents is not None
    path, declared = _way_on(slip), not fixed and slip_said.was_declared(slip)
    if slip.ended == SlipEnd.MATCHED and slip.fine_id is not None:
        return _matched(slip.fine_id, tuple(paid_by_slips(slip.fine_id)), path, now)
    written = any(payer.email for payer in _payers(slip))
    if slip.ended:
        return SlipStanding("LEFT", path, declared, written)
    asked = bool(slip_question(slip.id) and rows.fines_of(slip.number))
    state = "ASKED" if asked else "WAITS"
    return SlipStanding(state, path, declared, written, paid_cents=slip.collected_cents, fixed=fixed)


def _way_on(slip: Slip) -> str:
    """Where a slip's payer goes on. To have paid for a slip is no plate: only with the fine's own does its code open it."""
    fine = rows.fine_by_id(slip.fine_id) if slip.fine_id is not None else None
    known = fine is None or (bool(fine.plate_folded) and fine.plate_folded == slip_said.plate_of_payer(slip))
    return f"/k/{slip.code}/" if known else f"/find/?q={slip_format(slip.number)}"


def _matched(fine_id: int, paid: tuple[PaidBySlip, ...], path: str, now: datetime) -> SlipStanding:
    number, cents = _fine(fine_id)
    left = sum(row.amount_cents for row in _open(fine_id, now))
    return SlipStanding("MATCHED", path, fine=number, fine_cents=cents, left_cents=left, paid=paid)


def _fine(fine_id: int) -> tuple[str, int]:
    """(number as typed in, whole principal) of a fine."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.ticket_no, coalesce(sum(i.principal_cents), 0)::bigint FROM debt d JOIN instalment i "
            "ON i.debt_id = d.id WHERE d.municipality_id = %s AND d.id = %s GROUP BY d.id",
            [current_municipality(), fine_id],
        )
        number, cents = cursor.fetchone()
    return number, cents


def _open(fine_id: int, now: datetime) -> list[DebtRow]:
    view = read_held([fine_id], municipality_id=current_municipality(), now=now, progress=False)
    return [row for group in view.groups for row in group.rows]


@dataclass(frozen=True, slots=True)
class _SlipPayer:
    """One payment of a slip, with whom to write to."""

    payment_id: int
    email: str
    language: str
    reference: str
    cents: int


def _payers(slip: Slip) -> list[_SlipPayer]:
    """Payments that were counted for a slip's own debt, in order."""
    payments = [one.payment_id for one in rows.payments_for(slip) if one.counted_cents]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, coalesce(o.email, ''), coalesce(o.language, 'el'), coalesce(o.reference, ''), p.amount_cents "
            "FROM payment p LEFT JOIN payment_order o ON o.id = p.order_id WHERE p.municipality_id = %s "
            "AND p.id = ANY (%s::bigint[]) ORDER BY p.id",
            [current_municipality(), payments],
        )
        return [_SlipPayer(*row) for row in cursor.fetchall()]


def tell_payers(slip: Slip, event: str, *, now: datetime) -> None:
    """Write the letters about a slip that has just ended; inside the unit of work that ended it, once per payment."""
    _write([f"payment:{one.payment_id}" for one in _payers(slip) if one.email], event, now)


def tell_holders(slip_ids: Sequence[int], *, now: datetime) -> None:
    """Write to whoever holds an RF code of his own for slips that have just become void; inside that unit of work."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT 'order:' || o.id FROM preissued_slip s JOIN instalment i ON i.municipality_id = "
            "s.municipality_id AND i.debt_id = s.debt_id JOIN order_line l ON l.municipality_id = i.municipality_id "
            "AND l.instalment_id = i.id JOIN payment_order o ON o.id = l.order_id WHERE s.municipality_id = %s "
            "AND s.id = ANY (%s::bigint[]) AND s.ended = %s AND o.means = 'RF' AND o.state = 'OPEN' AND o.email <> ''",
            [current_municipality(), list(slip_ids), SlipEnd.VOIDED],
        )
        told = [subject for (subject,) in cursor.fetchall()]
    _write(told, VOIDED, now)


def _write(told: Sequence[str], event: str, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery (municipality_id, target, subject, event, version, detail, state, created_at, due_at, "
            "tries, answer) SELECT %s, 'PAYER_EMAIL', subject, %s, 1, '{}', 'PENDING', %s, %s, 0, '{}' "
            "FROM unnest(%s::text[]) AS subject "
            "ON CONFLICT (municipality_id, target, subject, event, version) DO NOTHING",
            [current_municipality(), event, now, now, list(told)],
        )


def slip_letter(
    payment_id: int, event: str, *, municipality_id: int, message_id: str, now: datetime
) -> EmailView | None:
    """The letter about one payment of a slip; None when there is nothing to tell any more."""
    town = participant_by_id(municipality_id)
    with tenancy(municipality=municipality_id):
        slip = _slip_of_payment(payment_id)
        payer = next((one for one in _payers(slip) if one.payment_id == payment_id), None) if slip else None
        if slip is None or payer is None or not payer.email:
            return None
        letter = SlipLetter(
            to=payer.email, language=payer.language, number=slip_format(slip.number), reference=payer.reference,
            paid_cents=payer.cents, url=f"{settings.OBOLOS_PORTAL_URL}{_way_on(slip)}", message_id=message_id,
        )  # fmt: skip
        if event == MATCHED and slip.fine_id is not None:
            letter = _with_fine(letter, slip.fine_id, payment_id, now)
    return slip_email(_payee(town), letter)


def _payee(town: Participant) -> Payee:
    domain = settings.OBOLOS_PORTAL_URL.partition("//")[2]
    name_en = town.name_en.removeprefix("Municipality of ")
    return Payee(town.name_el.removeprefix("Δήμος "), name_en, town.phone, domain)


def void_letter(order_id: int, *, municipality_id: int, message_id: str, now: datetime) -> EmailView | None:
    """The letter that an RF code died with its slip; None once money has come, or when the code had died before."""
    town = participant_by_id(municipality_id)
    with tenancy(municipality=municipality_id):
        facts = order_facts(order_id)
        if facts is None or not facts.email:
            return None
        order = read_order_view(facts.public_id, municipality_id, order_id, now=now)
        named = mentions(order_ids=[order_id])
    if order.paid_cents or order.phase != "CLOSED" or not named:
        return None
    letter = SlipLetter(
        to=facts.email, language=order.language, number=slip_format(named[0].number), reference=order.reference,
        paid_cents=order.amount_cents, url=f"{settings.OBOLOS_PORTAL_URL}/pay/{order.public_id}/", message_id=message_id,
    )  # fmt: skip
    return void_email(_payee(town), letter, order.rf)


def _with_fine(letter: SlipLetter, fine_id: int, payment_id: int, now: datetime) -> SlipLetter:
    number, cents = _fine(fine_id)
    left: Sequence[DebtRow] = _open(fine_id, now)
    due: date | None = max((row.effective_due_on for row in left), default=None)
    return SlipLetter(
        letter.to, letter.language, letter.number, letter.reference, letter.paid_cents, letter.url, letter.message_id,
        fine=number, fine_cents=cents, counted_cents=sum(one.cents for one in moves_of([payment_id])),
        left_cents=sum(row.amount_cents for row in left), due_on=due,
    )  # fmt: skip


def _slip_of_payment(payment_id: int) -> Slip | None:
    """The slip for whose own debt a payment was counted first."""
    found = rows.slips(
        "s.paid_at IS NOT NULL AND s.debt_id IN (SELECT x.debt_id FROM collection c JOIN instalment x "
        "ON x.id = c.instalment_id WHERE c.payment_id = %s)",
        payment_id,
    )
    return found[0] if found else None


def with_what_waits(view: EmailView, order: OrderView, *, now: datetime) -> EmailView:
    """The letter about a payment, with what comes next when it paid a slip before its fine was there."""
    standing = standing_of_order(order, now=now)
    if standing is None or order.unapplied_cents:
        return view
    waits = standing.state in {"WAITS", "ASKED"}
    return with_slip(view, waits=waits, declared=standing.declared, left=bool(order.left_cents))
