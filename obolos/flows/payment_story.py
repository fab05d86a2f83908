"""Staff see a payment's whole story, the open questions, and the day's sums."""

from datetime import date, datetime
from typing import Any

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.reconciliation import queries
from obolos.domain.reconciliation.queries import Story


def payment_story(
    municipality_id: int, user_id: int, *, order_id: int | None = None, payment_id: int | None = None, now: datetime
) -> Story | None:
    """From the order to the last delivery, by order or by payment; None when it is not this municipality's."""
    with tenancy(municipality=municipality_id):
        story = queries.read_story(municipality_id, order_id=order_id, payment_id=payment_id)
        if story:
            subject = f"order:{order_id}" if order_id is not None else f"payment:{payment_id}"
            person = story.order["person_id"] if story.order else None
            add_audit_entry(
                actor=Actor.STAFF, actor_id=user_id, action="payment.seen", subject=subject,
                detail={"person": person}, now=now,
            )  # fmt: skip
        return story


def open_questions(municipality_id: int) -> list[dict[str, Any]]:
    """The worklist."""
    with tenancy(municipality=municipality_id):
        return queries.open_questions(municipality_id)


def day_sums(municipality_id: int, on: date) -> list[dict[str, Any]]:
    """What came in on a legal date, by channel."""
    with tenancy(municipality=municipality_id):
        return queries.day_sums(municipality_id, on)
