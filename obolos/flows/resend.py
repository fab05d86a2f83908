"""Staff send a code or proof again, to the contact on file and nowhere else, in a click."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.deliveries.actions import deliver_again
from obolos.domain.deliveries.models import Target
from obolos.domain.reconciliation.queries import contact_of_order

PER_DAY = 5


class CannotResend(Exception):
    """Why nothing was sent: NO_ORDER, NO_CONTACT, TOO_OFTEN, NOTHING (neither code nor proof to send)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Resent:
    """What is on its way, and where to, masked."""

    what: str
    to: str


def resend(municipality_id: int, user_id: int, order_id: int, *, now: datetime) -> Resent:
    """Send the RF code of an unpaid order, or the proof of a paid one, again. Raises CannotResend."""
    with tenancy(municipality=municipality_id):
        contact = contact_of_order(municipality_id, order_id, since=now - timedelta(days=1))
        if contact is None:
            raise CannotResend("NO_ORDER")
        paid = contact.payment_id is not None
        if not paid and contact.phase != "OPEN":
            raise CannotResend("NOTHING")
        if not (contact.email or contact.mobile):
            raise CannotResend("NO_CONTACT")
        if contact.sent_again >= PER_DAY:
            raise CannotResend("TOO_OFTEN")
        subject, event = (f"payment:{contact.payment_id}", "PAID") if paid else (f"order:{order_id}", "RF_ISSUED")
        target = Target.PAYER_EMAIL if contact.email else Target.PAYER_SMS
        deliver_again(
            target=target, subject=subject, event=event, now=now,
            detail={"email": contact.email, "mobile": contact.mobile},
        )  # fmt: skip
        masked = masked_contact(contact.email or contact.mobile)
        add_audit_entry(
            actor=Actor.STAFF, actor_id=user_id, action="message.resent", subject=f"order:{order_id}",
            detail={"event": event, "target": str(target)}, now=now,
        )  # fmt: skip
        return Resent("proof" if paid else "code", masked)


def masked_contact(address: str) -> str:
    """«el…@citizens.example», «+3069…002»: enough to recognise, too little to use."""
    if "@" in address:
        local, _, host = address.partition("@")
        return f"{local[:2]}…@{host}"
    return f"{address[:5]}…{address[-3:]}" if len(address) > 8 else "…"
