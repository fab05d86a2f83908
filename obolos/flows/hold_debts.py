"""While somebody pays, the municipality's financial system keeps the debts for the order, where it can.

Asked for after the payer agreed to an amount and before a bank or an RF code takes over; outside of any transaction. When
it says that the debts are others by now, what they are is taken in and shown. When it does not answer, the order is made
without a hold: our own books let nobody pay twice here. The worker lifts what nobody needs any more.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from obolos.adapters.erp.client import ErpUnavailable
from obolos.adapters.erp.debts import (
    ASK_SECONDS,
    ErpContradicts,
    ErpDebts,
    ErpHoldRefused,
    HoldLine,
    lift_hold,
    place_hold,
)
from obolos.base.outside import ERP, place_outside
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.municipalities.models import Municipality
from obolos.domain.payments import holds
from obolos.flows.ask_erp import ErpAccess, access_of, askers
from obolos.flows.show_debts import Leg
from obolos.flows.take_answer import AnswerWrong, Busy, Subject, note_silence, take_answer

log = structlog.get_logger(__name__)
#: A card payment has ended by then, one way or the other.
CARD_HELD = timedelta(minutes=45)


class DebtsMoved(Exception):
    """The system says that what is about to be paid is not what it was; what it is now has been taken in."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A leg about to be ordered under a reference, to be kept until a moment."""

    leg: Leg
    reference: str
    expires_at: datetime


def hold_for_orders(wishes: Sequence[Wish], *, now: datetime) -> dict[str, str]:
    """Keep the debts of orders about to be made, all municipalities at once; the holds' ids by reference.

    What cannot be kept is missing. Raises DebtsMoved; holds placed meanwhile are lifted by the worker.
    """
    asked = [(wish, access, lines) for wish in wishes for access, lines in _written_down(wish, now)]
    if not asked:
        return {}
    refuse_inside_transaction("a hold")
    with place_outside(ERP) as free:
        if not free:
            for wish, _, _ in asked:
                _end(wish.leg.municipality.id, wish.reference, now)
            return {}
        running = [
            (wish, askers().submit(place_hold, access.client, wish.reference, lines, expires_at=wish.expires_at))
            for wish, access, lines in asked
        ]
        wait([future for _, future in running], timeout=ASK_SECONDS + 0.1)
    held, moved = {}, False
    for wish, future in running:
        hold_id, changed = _heard(wish, future, now)
        moved = moved or changed
        if hold_id:
            held[wish.reference] = hold_id
    if moved:
        raise DebtsMoved
    return held


def _written_down(wish: Wish, now: datetime) -> Iterator[tuple[ErpAccess, list[HoldLine]]]:
    """The question, once it stands in our books; nothing where the system keeps no holds or does not answer."""
    town, news = wish.leg.municipality, wish.leg.news
    access = access_of(town.id, town.law_version)
    if access is None or not access.holds or news.open_until is not None:
        return
    with tenancy(municipality=town.id):
        cents = {line.row.instalment_id: line.amount_cents for line in wish.leg.lines}
        lines = holds.ask_for_hold(wish.reference, cents, expires_at=wish.expires_at, now=now)
    if lines:
        yield access, [HoldLine(one.ext_id, one.version, one.amount) for one in lines]


def _heard(wish: Wish, future: Future[str], now: datetime) -> tuple[str, bool]:
    """(the hold's id or "", whether the debts turned out to be others)."""
    town = wish.leg.municipality.id
    if future.cancel():
        _end(town, wish.reference, now)
        return "", False
    try:
        return future.result(timeout=0), False
    except ErpHoldRefused as refused:
        _end(town, wish.reference, now)
        return "", _moved(town, refused.answer, now)
    except (ErpUnavailable, ErpContradicts, TimeoutError) as error:
        # It may keep them all the same: the worker asks for the hold's id once the order has ended.
        _silent(town, str(error) or "no answer in time", now, wrong=isinstance(error, ErpContradicts))
        return "", False


def _moved(town: int, answer: ErpDebts, now: datetime) -> bool:
    """Take in what a refusal says the debts are now; whether they are others by that."""
    try:
        taken = take_answer(town, answer, about="holds", subject=Subject(), asked_at=now, now=now)
    except Busy:
        return False
    except AnswerWrong as error:
        _silent(town, str(error), now, wrong=True)
        return False
    if not taken.written and not taken.waiting:
        _silent(town, "it refused a hold and told no newer version", now, wrong=True)
    return bool(taken.written)


def lift_holds(*, now: datetime) -> int:
    """Lift what nobody needs any more, municipality by municipality; how many. For the worker."""
    lifted = 0
    for municipality_id, version in Municipality.objects.order_by("id").values_list("id", "law_version"):
        with tenancy(municipality=municipality_id):
            old = holds.claim_unneeded(now=now)
        access = access_of(municipality_id, version) if old else None
        for one in old:
            try:
                lifted += _lift(municipality_id, access, one, now)
            except Exception:
                # One hold's fault must not keep the others; it comes back in its turn.
                log.exception("a hold could not be lifted", municipality=municipality_id, reference=one.reference)
    return lifted


def _lift(municipality_id: int, access: ErpAccess | None, old: holds.OldHold, now: datetime) -> int:
    refuse_inside_transaction("a hold")
    if access is not None and now < old.expires_at + holds.LET_GO:
        try:
            hold_id = old.hold_id or place_hold(
                access.client,
                old.reference,
                [HoldLine(one.ext_id, one.version, one.amount) for one in old.lines],
                expires_at=old.expires_at,
            )
            lift_hold(access.client, hold_id)
        except ErpHoldRefused:
            pass  # it does not keep what is another debt by now
        except (ErpUnavailable, ErpContradicts) as error:
            log.warning("a hold is not lifted yet", municipality=municipality_id, says=str(error))
            with tenancy(municipality=municipality_id):
                holds.put_off([old.id], now=now)
            return 0
    _end(municipality_id, old.reference, now)
    return 1


def _end(town: int, reference: str, now: datetime) -> None:
    with tenancy(municipality=town):
        holds.end_hold(reference, now=now)


def _silent(town: int, says: str, now: datetime, *, wrong: bool) -> None:
    log.warning("no hold", municipality=town, says=says, wrong=wrong)
    note_silence(town, about="holds", subject=Subject(), says=says, wrong=wrong, now=now)
