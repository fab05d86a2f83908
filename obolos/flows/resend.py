"""Staff send a code or a proof again, in one click, to the contact on file and nowhere else.

A new version of the delivery is written; the worker tells it like any other. Few times a day, never twice a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from obolos.base.dates import athens_date
from obolos.base.masking import masked
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.deliveries.actions import deliver_again, sent_again_since
from obolos.domain.deliveries.models import Target
from obolos.domain.payments import story_queries
from obolos.domain.payments.story_queries import OrderFacts, PaymentFacts, RfFacts
from obolos.domain.people.debtor_queries import debtor_of_person

PER_DAY = 5
DAY = timedelta(days=1)
BETWEEN = timedelta(minutes=1)


class Refusal(StrEnum):
    """Why nothing was sent."""

    NO_CONTACT = "NO_CONTACT"
    NOTHING_TO_SEND = "NOTHING_TO_SEND"
    JUST_SENT = "JUST_SENT"
    OFTEN_ENOUGH = "OFTEN_ENOUGH"


class NoSuchOrder(Exception):
    """This municipality has no order of that id."""


class CannotResend(Exception):
    """Nothing was sent, and nothing written."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Resent:
    """What is on its way («CODE» or «PROOF»), by which channel, and where to, masked."""

    what: str
    target: str
    to: str


def sendable(order: OrderFacts | None, payments: Sequence[PaymentFacts], codes: Sequence[RfFacts], *, on: date) -> str:
    """What of an order could be sent now: «PROOF» once money came, «CODE» while its RF code holds, else nothing."""
    if order is None:
        return ""
    if payments:
        return "PROOF"
    valid = any(code.voided_at is None and code.valid_until >= on for code in codes)
    return "CODE" if valid and order.state == "OPEN" else ""


def resend(order_id: int, *, target: Target, municipality_id: int, by_user: int, now: datetime) -> Resent:
    """Send again by e-mail or SMS. Raises NoSuchOrder, CannotResend; then nothing was written.

    The order is locked, so that two clicks at once are counted one after the other.
    """
    with tenancy(municipality=municipality_id):
        order = story_queries.order_facts(order_id, lock=True)
        if order is None:
            raise NoSuchOrder(order_id)
        payments = story_queries.payments_of_order(order_id)
        what = sendable(order, payments, story_queries.rf_codes_of_order(order_id), on=athens_date(now))
        if not what:
            raise CannotResend(Refusal.NOTHING_TO_SEND)
        address = _address(order, target)
        if not address:
            raise CannotResend(Refusal.NO_CONTACT)
        subject, event = (
            (f"payment:{payments[-1].id}", "PAID") if what == "PROOF" else (f"order:{order_id}", "RF_ISSUED")
        )
        _refuse_too_often(subject, now)
        field = "email" if target is Target.PAYER_EMAIL else "mobile"
        version = deliver_again(target=target, subject=subject, event=event, detail={field: address}, now=now)
        add_audit_entry(
            actor=Actor.STAFF,
            actor_id=by_user,
            action="message.resent",
            subject=f"order:{order_id}",
            detail={"event": event, "target": str(target), "version": version, "to": masked(address)},
            now=now,
        )
    return Resent(what, str(target), masked(address))


def _address(order: OrderFacts, target: Target) -> str:
    """What the payer has confirmed by now, else what the order was made with."""
    payer = debtor_of_person(order.person_id)
    if target is Target.PAYER_EMAIL:
        return (payer.email if payer else "") or order.email
    return (payer.mobile if payer else "") or order.mobile


def _refuse_too_often(subject: str, now: datetime) -> None:
    again = sent_again_since(subject=subject, since=now - DAY)
    if again.count >= PER_DAY:
        raise CannotResend(Refusal.OFTEN_ENOUGH)
    if again.last_at is not None and now - again.last_at < BETWEEN:
        raise CannotResend(Refusal.JUST_SENT)
