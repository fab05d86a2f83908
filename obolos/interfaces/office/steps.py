"""How far a payment is, as the strip above its story: ordered, at the bank, booked, told to the ERP and to the payer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from obolos.base.dates import ATHENS
from obolos.domain.deliveries.models import DeliveryState, Target
from obolos.domain.deliveries.queries import DeliveryRow
from obolos.flows.payment_story import Story
from obolos.interfaces.office import words

DONE, WAITS = "is-done", ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, when it happened or why not yet, and how the strip shows it."""

    title: str
    note: str
    css: str


def steps_of(story: Story) -> tuple[Step, ...]:
    """The five steps of a story, those that apply."""
    steps = []
    if story.order:
        steps.append(Step(_("Ordered"), _moment(story.order.created_at), DONE))
        steps.append(_at_the_bank(story))
    steps.append(_booked(story))
    steps.append(_told(_("Financial system"), [d for d in story.deliveries if d.target == Target.ERP]))
    steps.append(_told(_("Payer"), [d for d in story.deliveries if d.target != Target.ERP]))
    return tuple(steps)


def _at_the_bank(story: Story) -> Step:
    title = _("At the bank")
    if story.payments:
        return Step(title, words.plain("PAID"), DONE)
    if story.attempts:
        return Step(title, words.plain(story.attempts[-1].state), WAITS)
    return Step(title, words.plain("PENDING"), WAITS)


def _booked(story: Story) -> Step:
    if not story.payments:
        return Step(_("Booked"), "–", WAITS)
    last = story.payments[-1]
    return Step(_("Booked"), f"{_moment(last.paid_at)}, {words.plain(last.disposition)}", DONE)


def _told(title: str, deliveries: Sequence[DeliveryRow]) -> Step:
    if not deliveries:
        return Step(title, "–", WAITS)
    last = deliveries[-1]
    note = words.plain(last.state)
    if last.done_at:
        note = f"{note}, {_moment(last.done_at)}"
    return Step(title, note, DONE if last.state == DeliveryState.SENT else WAITS)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ATHENS):%d/%m/%Y %H:%M}"
