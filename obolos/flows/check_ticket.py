"""The entrance: is this ticket good now, and let somebody in with it, once. Only for tickets of the same municipality."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from obolos.base.dates import athens_date
from obolos.base.references import BadReference, pay_code_fold
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.offerings.actions import use_ticket
from obolos.domain.offerings.purchase_queries import PurchaseRow, TicketRow, ticket_called
from obolos.domain.offerings.queries import EventRow, event_by_id, events_from

#: An evening may end after midnight.
AFTER_MIDNIGHT = timedelta(hours=6)
#: Events that began so long ago are still offered to choose from at the entrance.
BEGUN = timedelta(hours=12)


class Verdict(StrEnum):
    """What the entrance is told. VALID: may come in. ENTERED: has just been let in by this press."""

    VALID = "VALID"
    ENTERED = "ENTERED"
    USED = "USED"
    UNPAID = "UNPAID"
    RELEASED = "RELEASED"
    CANCELLED = "CANCELLED"
    OTHER_EVENT = "OTHER_EVENT"
    OTHER_DAY = "OTHER_DAY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict, with the ticket when there is one."""

    verdict: Verdict
    ticket: TicketRow | None = None
    event: EventRow | None = None

    @property
    def good(self) -> bool:
        """Green."""
        return self.verdict in {Verdict.VALID, Verdict.ENTERED}


def code_of(text: str) -> str:
    """A typed or scanned code, or a whole address of ours, as a ticket's code; empty when it cannot be one."""
    try:
        return pay_code_fold(text.strip().rstrip("/").rpartition("/")[2])
    except BadReference:
        return ""


def check_ticket(code: str, *, municipality_id: int, event_id: int | None, now: datetime) -> Checked:
    """Look only. `event_id`: the event at whose entrance one stands, when that was said."""
    with tenancy(municipality=municipality_id):
        return _look(code, event_id, now)


def let_in(code: str, *, municipality_id: int, event_id: int | None, by_user: int, now: datetime) -> Checked:
    """Let somebody in: ENTERED for the one press that did it, else why not. Nothing is changed then."""
    with tenancy(municipality=municipality_id):
        found = _look(code, event_id, now)
        if found.verdict is not Verdict.VALID:
            return found
        assert found.ticket is not None
        if not use_ticket(code, by_user=by_user, now=now):
            return _look(code, event_id, now)  # somebody was quicker
        add_audit_entry(
            actor=Actor.STAFF,
            actor_id=by_user,
            action="ticket.used",
            subject=f"ticket:{found.ticket.id}",
            now=now,
        )
        return Checked(Verdict.ENTERED, found.ticket, found.event)


def entrances(*, municipality_id: int, now: datetime) -> tuple[EventRow, ...]:
    """Events whose entrance one may stand at, the next first."""
    with tenancy(municipality=municipality_id):
        return tuple(one for one in events_from(now - BEGUN) if not one.cancelled_at)


def entrance(event_id: int, *, municipality_id: int) -> EventRow | None:
    """The event whose entrance was chosen."""
    with tenancy(municipality=municipality_id):
        return event_by_id(event_id)


def _look(code: str, event_id: int | None, now: datetime) -> Checked:
    found = ticket_called(code) if code else None
    if found is None:
        return Checked(Verdict.UNKNOWN)
    ticket, purchase, event = found
    return Checked(_verdict(ticket, purchase, event, event_id, now), ticket, event)


def _verdict(ticket: TicketRow, purchase: PurchaseRow, event: EventRow, event_id: int | None, now: datetime) -> Verdict:
    if event.cancelled_at:
        return Verdict.CANCELLED
    if not purchase.paid:
        return Verdict.RELEASED if purchase.released_at else Verdict.UNPAID
    if ticket.checked_at:
        return Verdict.USED
    if event_id is not None and event.id != event_id:
        return Verdict.OTHER_EVENT
    if athens_date(event.starts_at) not in {athens_date(now), athens_date(now - AFTER_MIDNIGHT)}:
        return Verdict.OTHER_DAY
    return Verdict.VALID
