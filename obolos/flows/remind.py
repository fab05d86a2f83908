"""Remind people of due dates before and after them, by the municipality's rules; leave some out, to see what it does.

A tick looks for what is due by each rule and makes one reminder per person, due date and rule: the unique key decides
between workers. What is due at once is one reminder with one amount and one RF code. The letter itself is a delivery
like any other; `obolos.flows.tell_reminder` writes it when it goes out, and looks again whether it should.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from obolos.base.dates import Calendar, athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts.law import law_of
from obolos.domain.municipalities.models import Municipality
from obolos.domain.payments.queries import asked_code
from obolos.domain.reminders import rules
from obolos.domain.reminders.actions import NewReminder, Policy, Rule, add_reminder
from obolos.domain.reminders.models import Arm
from obolos.domain.reminders.queries import Candidate, due_now, policy_of
from obolos.flows.pay import code_unasked
from obolos.flows.show_debts import Chosen, DebtRow, Leg, NotPayable, basket_of, debts_of

#: Reminders made in one tick and municipality; the rest has its turn a minute later.
AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class _Place:
    """A municipality that reminds, and its calendar."""

    id: int
    policy: Policy
    calendar: Calendar

    @property
    def hours(self) -> rules.Hours:
        """When it writes to people."""
        return rules.Hours(self.policy.send_from, self.policy.send_until)


def remind_due(*, now: datetime) -> int:
    """Make the reminders whose time has come, in all municipalities; how many people they are about."""
    return sum(_remind_in(place, now) for place in _places() if place.hours.allow(now, place.calendar))


def _places() -> list[_Place]:
    found = []
    for municipality_id, version in Municipality.objects.order_by("id").values_list("id", "law_version"):
        with tenancy(municipality=municipality_id):
            policy = policy_of()
            if policy.on:
                found.append(_Place(municipality_id, policy, law_of(municipality_id, version).calendar))
    return found


def _remind_in(place: _Place, now: datetime) -> int:
    made = 0
    for rule in place.policy.rules:
        if not rule.on or made >= AT_ONCE:
            continue
        due = list(rules.due_dates(rule.days, athens_date(now)))
        with tenancy(municipality=place.id):
            found = due_now(days=rule.days, channel=rule.channel, due=due, most=AT_ONCE - made)
        made += sum(_remind(place, rule, candidate, now) for candidate in found)
    return made


def _remind(place: _Place, rule: Rule, candidate: Candidate, now: datetime) -> bool:
    """Make one reminder, hold it back, or note that what is due cannot be paid online. False: not now."""
    try:
        leg = leg_of(candidate.person_id, candidate.instalment_ids, municipality_id=place.id, now=now)
    except NotPayable as refusal:
        if refusal.reason in {"UNKNOWN", "BUSY"}:
            return False  # paid meanwhile, or being paid at this moment
        return _write(place, rule, candidate, Arm.SKIPPED, now, reason=refusal.reason)
    if rules.is_held_out(place.policy.salt, candidate.person_id, place.policy.held_out_percent):
        return _write(place, rule, candidate, Arm.HELD_OUT, now, leg=leg)
    return _write(place, rule, candidate, Arm.TOLD, now, leg=leg)


def leg_of(person_id: int, instalment_ids: Sequence[int], *, municipality_id: int, now: datetime) -> Leg:
    """What a person would pay for these instalments now, with the earlier ones of the same debts that come first.

    Raises NotPayable: UNKNOWN when one of them is no longer open, BUSY when one is being paid, or why it cannot be.
    """
    view = debts_of(person_id, now=now)
    rows = [row for group in view.groups if group.municipality.id == municipality_id for row in group.rows]
    wanted = {row.instalment_id: row for row in rows if row.instalment_id in set(instalment_ids)}
    if len(wanted) < len(set(instalment_ids)):
        raise NotPayable("UNKNOWN")
    chosen = [row for row in rows if row.instalment_id in wanted or _comes_first(row, wanted.values())]
    if any(row.under_way for row in chosen):
        raise NotPayable("BUSY")
    leg = basket_of(view, [Chosen(row.instalment_id) for row in chosen], now=now).legs[0]
    if not (leg.card or leg.rf):
        raise NotPayable("NO_MEANS")
    return leg


def taken_code(leg: Leg) -> tuple[str, date | None] | None:
    """The RF code that a payer took and that holds for something of this; None when nobody took one.

    An empty code when it asks for more or less than this, or is somebody else's.
    """
    rows = [line.row for line in leg.lines]
    if not any(row.rf_until for row in rows):
        return None
    orders = {row.rf_order for row in rows}
    order = orders.pop() if len(orders) == 1 else ""
    if not order:
        return "", None
    with tenancy(municipality=leg.municipality.id):
        found = asked_code(order, instalment_ids=[row.instalment_id for row in rows], cents=leg.amount_cents)
    return (found, rows[0].rf_until) if found else ("", None)


def _comes_first(row: DebtRow, wanted: Iterable[DebtRow]) -> bool:
    """Whether an open instalment must be paid before, or with, one of these."""
    return any(row.debt_id == one.debt_id and row.number < one.number for one in wanted)


def _write(
    place: _Place,
    rule: Rule,
    candidate: Candidate,
    arm: Arm,
    now: datetime,
    *,
    leg: Leg | None = None,
    reason: str = "",
) -> bool:
    rf, until = _code(candidate, leg, now) if leg and arm is Arm.TOLD else ("", None)
    reminder = NewReminder(
        person_id=candidate.person_id,
        due_on=candidate.due_on,
        days=rule.days,
        channel=rule.channel,
        arm=arm,
        instalment_ids=[line.row.instalment_id for line in leg.lines] if leg else candidate.instalment_ids,
        reason=reason,
        amount_cents=leg.amount_cents if leg else 0,
        rf=rf,
        valid_until=until,
    )
    with tenancy(municipality=place.id):
        return add_reminder(reminder, now=now) is not None


def _code(candidate: Candidate, leg: Leg, now: datetime) -> tuple[str, date | None]:
    """The RF code that a reminder carries and its last day: the printed one before the due date, else one of ours.

    While a payer's own code holds, no other is given: that one, where it is for just this; else none.
    """
    if (taken := taken_code(leg)) is not None:
        return taken
    on = athens_date(now)
    due_on = min(line.row.effective_due_on for line in leg.lines)
    if candidate.printed_rf and len(leg.lines) == 1 and on <= due_on:
        return candidate.printed_rf, None
    if not leg.rf:
        return "", None
    until = min(leg.valid_until, due_on) if on <= due_on else leg.valid_until
    spelt = ",".join(str(line.row.instalment_id) for line in leg.lines)
    digest = hashlib.sha256(f"{spelt}:{until}:{leg.amount_cents}".encode()).hexdigest()[:40]
    code = code_unasked(
        leg=leg,
        person_id=candidate.person_id,
        on=on,
        until=until,
        form_token=f"reminder:{digest}",
        language=candidate.language,
        now=now,
    )
    return code, until if code else None
