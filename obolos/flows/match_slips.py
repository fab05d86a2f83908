"""A fine arrives whose slip was paid before: the money moves from the slip's suspense debt to the fine.

As if it had been paid there on the day it was paid (R21): at the fine's amounts of that day, its discount window counted
from the violation. Alone when everything agrees; else a person is asked, who may match by hand or leave it. A tick does
this, whenever it runs and however often: the slip's row is locked, it ends once, and the ledger's keys allow each
payment to move once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from obolos.base.dates import CalendarMissing, athens_date
from obolos.base.references import slip_format
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.queries import locked_instalments, open_instalments_of_debts
from obolos.domain.debts.rules import RateMissing
from obolos.domain.deliveries.actions import let_go
from obolos.domain.municipalities.models import Municipality
from obolos.domain.notices import slip_said
from obolos.domain.notices import slips as rows
from obolos.domain.notices.models import SlipEnd
from obolos.domain.notices.slips import Slip, TypedFine
from obolos.domain.payments.moving import Counted, NothingMoved, Source, counted_on, move
from obolos.domain.reconciliation.slip_questions import ask_about_slip, close_slip_question
from obolos.flows.collect import effects_as_of
from obolos.flows.tell_slip_payers import LEFT, MATCHED, tell_payers

log = structlog.get_logger(__name__)
AT_ONCE = 200
#: A fine that is not there so long after its slip was paid will not come by itself.
MISSING_AFTER = timedelta(days=30)


class CannotMatch(Exception):
    """The slip's money cannot move to that fine. `reason`: ENDED, NO_FINE, FINE_CLOSED or RATE_MISSING."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What matching one slip came to: MATCHED, WAITS, or why a person must look."""

    word: str
    cents: int = 0
    payments: tuple[int, ...] = ()


def match_slips(*, now: datetime) -> int:
    """Match every paid slip whose fine has arrived, in all municipalities; how many were matched. For the worker."""
    matched = 0
    for municipality_id in Municipality.objects.order_by("id").values_list("id", flat=True):
        with tenancy(municipality=municipality_id):
            waiting = [slip.id for slip in rows.waiting_slips(AT_ONCE)]
        for slip_id in waiting:
            try:
                matched += _match(municipality_id, slip_id, now)
            except NothingMoved:
                continue  # somebody paid the fine at this moment: the next tick sees it closed
            except Exception:
                # A fault of ours in one slip must not hold up the others; it is tried again and stands in the log.
                log.exception("slip", id=slip_id)
    return matched


def _match(municipality_id: int, slip_id: int, now: datetime) -> bool:
    with tenancy(municipality=municipality_id):
        slip = _locked(slip_id, None)
        if slip is None:
            return False
        why, fine = _choose(slip, now)
        if why == "WAITS":
            return False
        if fine is not None and not why:
            outcome = _move(slip, fine, now, exactly=True)
            if outcome.word == "MATCHED":
                _end(slip, fine.debt_id, outcome, None, now)
                return True
            why = outcome.word
        _ask(slip, why, fine, now)
    return False


def match_by_hand(slip_id: int, fine_id: int, *, municipality_id: int, by_user: int, now: datetime) -> int:
    """A clerk says which fine a slip paid: as much as it takes moves, the rest stays and is asked about. Cents moved.

    Any fine of the municipality's own, also under another number: officers mistype. Raises CannotMatch; then nothing
    was written.
    """
    with tenancy(municipality=municipality_id):
        slip = _locked(slip_id, fine_id)
        if slip is None:
            raise CannotMatch("ENDED")
        fine = rows.fine_by_id(fine_id)
        if fine is None:
            raise CannotMatch("NO_FINE")
        try:
            outcome = _move(slip, fine, now, exactly=False)
        except NothingMoved as error:
            raise CannotMatch("FINE_CLOSED") from error
        if outcome.word != "MATCHED":
            raise CannotMatch(outcome.word)
        _end(slip, fine.debt_id, outcome, by_user, now)
        return outcome.cents


def leave_slip(slip_id: int, *, municipality_id: int, by_user: int, now: datetime) -> bool:
    """A clerk decides that a slip's money stays where it is. False when the slip had ended."""
    with tenancy(municipality=municipality_id):
        slip = _locked(slip_id, None)
        if slip is None:
            return close_slip_question(slip_id, by_user=by_user, now=now)
        rows.end_slip(slip.id, ended=SlipEnd.LEFT, fine_id=None, now=now)
        close_slip_question(slip.id, by_user=by_user, now=now)
        tell_payers(slip, LEFT, now=now)
        _audit("slip.left", slip, {"cents": slip.collected_cents}, by_user, now)
    return True


def _locked(slip_id: int, fine_id: int | None) -> Slip | None:
    """A paid slip that has not ended: its own instalment and its fines' locked, ascending, then the slip itself."""
    slip = rows.slip_by_id(slip_id)
    if slip is None:
        return None
    fines = [one.debt_id for one in rows.fines_of(slip.number)]
    parts = [one.snapshot.id for one in open_instalments_of_debts([*fines, *([fine_id] if fine_id else [])])]
    locked_instalments(sorted({slip.instalment_id, *parts}))
    slip = rows.slip_by_id(slip_id, lock=True)
    return slip if slip and slip.paid_at and not slip.ended else None


def _choose(slip: Slip, now: datetime) -> tuple[str, TypedFine | None]:
    """(why a person must look or WAITS, the fine). Neither when it is plain which one it is."""
    fines = rows.fines_of(slip.number)
    if not fines:
        late = slip.paid_at is not None and now - slip.paid_at > MISSING_AFTER
        return ("FINE_MISSING" if late else "WAITS"), None
    if len(fines) > 1:
        return "TWO_FINES", None
    fine = fines[0]
    said = slip_said.plates_said(slip.id)
    if said and fine.plate_folded not in said:
        return "PLATE_DIFFERS", fine
    return ("" if fine.open_cents else "FINE_CLOSED"), fine


def _move(slip: Slip, fine: TypedFine, now: datetime, *, exactly: bool) -> _Outcome:
    """Move the money of each payment in the order in which they were paid.

    `exactly`: only when each payment is exactly what the fine cost on its day, and nothing of the fine stays open.
    """
    source = Source(slip.instalment_id, slip.rev_code)
    moved, payments = 0, []
    counted = counted_on(slip.instalment_id)
    for payment in counted:
        found = open_instalments_of_debts([fine.debt_id])
        try:
            effects = effects_as_of(found, payment.cents, payment.paid_on)
        except (RateMissing, CalendarMissing):
            return _Outcome("RATE_MISSING")
        takes = sum(effect.cash_cents for effect in effects)
        if exactly and not _fits(
            payment, takes, sum(e.principal_cents + e.discount_cents for e in effects), fine, counted
        ):
            return _Outcome("AMOUNT_DIFFERS")
        if not takes:
            break
        moved += move(payment, source, effects, word=f"slip-{slip.id}", on=athens_date(now), now=now)
        payments.append(payment.payment_id)
    return _Outcome("MATCHED", moved, tuple(payments)) if moved else _Outcome("FINE_CLOSED")


def _fits(payment: Counted, takes: int, closes: int, fine: TypedFine, counted: list[Counted]) -> bool:
    """One payment that is taken whole and closes the whole fine. Several need a person."""
    return len(counted) == 1 and takes == payment.cents and closes == fine.open_cents


def _end(slip: Slip, fine_id: int, outcome: _Outcome, by_user: int | None, now: datetime) -> None:
    """The slip has found its fine: the financial system is told of its payments, and the question is closed."""
    rows.end_slip(slip.id, ended=SlipEnd.MATCHED, fine_id=fine_id, now=now)
    for payment_id in outcome.payments:
        let_go(target="ERP", subject=f"payment:{payment_id}", event="PAID", now=now)
    close_slip_question(slip.id, by_user=by_user, now=now)
    left = slip.collected_cents - outcome.cents
    if left > 0:
        ask_about_slip(slip.id, "LEFT_OVER", cents=left, detail=_about(slip, fine_id), now=now)
    tell_payers(slip, MATCHED, now=now)
    _audit("slip.matched", slip, {"fine": fine_id, "cents": outcome.cents, "left_cents": left}, by_user, now)


def _ask(slip: Slip, why: str, fine: TypedFine | None, now: datetime) -> None:
    detail = _about(slip, fine.debt_id if fine else None)
    ask_about_slip(slip.id, why, cents=slip.collected_cents, detail=detail, now=now)


def _about(slip: Slip, fine_id: int | None) -> dict[str, Any]:
    return {"number": slip_format(slip.number), "fine": fine_id}


def _audit(action: str, slip: Slip, detail: dict[str, Any], by_user: int | None, now: datetime) -> None:
    actor = Actor.SYSTEM if by_user is None else Actor.STAFF
    add_audit_entry(actor=actor, actor_id=by_user, action=action, subject=f"slip:{slip.id}", detail=detail, now=now)
