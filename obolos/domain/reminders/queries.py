"""Reads of reminder rules, of whom to remind, and of what reminders did. Inside `tenancy(municipality=…)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.reminders.actions import Policy, Rule
from obolos.domain.reminders.models import ReminderPolicy, ReminderRule
from obolos.domain.reminders.rules import EARLIEST, LATEST

#: What a municipality finds on its page before it saves anything; nothing is sent until then.
PROPOSED = (Rule(-7, "EMAIL", True), Rule(-1, "SMS", True), Rule(3, "EMAIL", True))
PROPOSED_HELD_OUT = 10
#: So long after a reminder a payment is counted as its effect.
EFFECT_DAYS = 7
_CONTACT = {"EMAIL": "p.email", "SMS": "p.mobile"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person with a confirmed contact, and the open instalments of his that are due on a day."""

    person_id: int
    due_on: date
    instalment_ids: tuple[int, ...]
    language: str
    #: The RF code that the municipality printed, when there is just one instalment and it has one.
    printed_rf: str = ""


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """A reminder as its message needs it. Contacts are what the person confirmed, as of now."""

    id: int
    person_id: int
    due_on: date
    days: int
    channel: str
    made_at: datetime
    amount_cents: int
    rf: str
    valid_until: date | None
    instalment_ids: tuple[int, ...]
    name: str
    email: str
    mobile: str
    language: str
    opted_out: bool


@dataclass(frozen=True, slots=True)
class ArmRow:
    """People reminded (or held out), and how many paid within EFFECT_DAYS; `waiting`: whose days are not over yet."""

    arm: str
    people: int
    paid: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SentRow:
    """So many reminders by arm and, of those TOLD, by what became of the message: its state and why it was withheld."""

    arm: str
    state: str
    reason: str
    count: int


def sent_since(since: datetime) -> list[SentRow]:
    """What became of reminders made since a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.arm, coalesce(d.state, ''), CASE WHEN d.state = 'REFUSED' THEN coalesce(d.answer ->> 'reason', '') "
            "ELSE r.reason END, count(*) FROM reminder r LEFT JOIN delivery d ON d.municipality_id = r.municipality_id "
            "AND d.target = 'PAYER_' || r.channel AND d.subject = 'reminder:' || r.id AND d.event = 'REMINDER' "
            "AND d.version = 1 WHERE r.municipality_id = %s AND r.made_at >= %s GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3",
            [current_municipality(), since],
        )
        return [SentRow(*row) for row in cursor.fetchall()]


def policy_of() -> Policy:
    """The municipality's rules; what we propose, switched off, when it has none."""
    row = ReminderPolicy.objects.first()
    if row is None:
        return Policy(False, PROPOSED_HELD_OUT, EARLIEST, LATEST, PROPOSED)
    rules = ReminderRule.objects.order_by("days").values_list("days", "channel", "on")
    return Policy(
        on=row.on,
        held_out_percent=row.held_out_percent,
        send_from=row.send_from,
        send_until=row.send_until,
        rules=tuple(Rule(*one) for one in rules),
        version=row.version,
        salt=row.salt,
    )


#: By the index of open instalments by due date. A live attempt says «do not pay again»: no reminder meanwhile. Nor of a
#: fine that a paid slip may be for; the rest of what is due that day is reminded of without it.
_DUE = """
SELECT i.person_id, i.due_on, array_agg(i.id ORDER BY i.id), p.language,
    CASE WHEN count(*) = 1 THEN min(i.rf) ELSE '' END
FROM instalment i
JOIN debt d ON d.id = i.debt_id AND d.withdrawn_at IS NULL
JOIN revenue_kind k ON k.id = d.revenue_kind_id AND k.online AND (k.card OR k.rf)
JOIN person p ON p.id = i.person_id AND {contact} <> '' AND p.reminders_off_at IS NULL
WHERE i.municipality_id = %(m)s AND i.due_on = ANY (%(due)s::date[]) AND i.open_cents > 0
    AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.municipality_id = %(m)s AND r.person_id = i.person_id
        AND r.due_on = i.due_on AND r.days = %(days)s)
    AND NOT EXISTS (SELECT 1 FROM order_line l JOIN payment_attempt a ON a.order_id = l.order_id
        WHERE l.instalment_id = i.id AND a.state IN ('REDIRECTED', 'UNKNOWN'))
    AND NOT (d.ticket_folded ~ '^[0-9]{{9}}$' AND EXISTS (SELECT 1 FROM obolos_find_paid_slip(d.ticket_folded) s
        WHERE s.municipality_id = %(m)s))
GROUP BY i.person_id, i.due_on, p.language
ORDER BY i.due_on, i.person_id
LIMIT %(most)s"""


def due_now(*, days: int, channel: str, due: Sequence[date], most: int) -> list[Candidate]:
    """Who is to be reminded by a rule of what is due on these days, at most so many, and was not yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE.format(contact=_CONTACT[channel]),
            {"m": current_municipality(), "due": list(due), "days": days, "most": most},
        )
        return [
            Candidate(person, due_on, tuple(instalments), language, rf)
            for person, due_on, instalments, language, rf in cursor.fetchall()
        ]


#: Where the instalments stand in a row of `reminder_by_id`.
_LINES = 9


def reminder_by_id(reminder_id: int) -> ReminderRow:
    """One reminder with its person's contacts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id, r.person_id, r.due_on, r.days, r.channel, r.made_at, r.amount_cents, r.rf, r.valid_until, "
            "(SELECT array_agg(l.instalment_id ORDER BY l.instalment_id) FROM reminder_line l WHERE l.reminder_id = r.id), "
            "coalesce(nullif(p.name, ''), d.name), p.email, p.mobile, p.language, p.reminders_off_at IS NOT NULL "
            "FROM reminder r JOIN person p ON p.id = r.person_id "
            "JOIN debtor d ON d.municipality_id = r.municipality_id AND d.person_id = r.person_id WHERE r.id = %s",
            [reminder_id],
        )
        row: list[Any] = list(cursor.fetchone())
        row[_LINES] = tuple(row[_LINES] or ())
        return ReminderRow(*row)


#: Each person once: the first reminder of the span about a due date of which he had not been reminded before. Later
#: rules reach only those who did not pay after the earlier ones, so they would compare unlike people.
_EFFECT = """
WITH firsts AS (
    SELECT DISTINCT ON (r.person_id) r.id, r.person_id, r.arm, r.made_at FROM reminder r
    WHERE r.municipality_id = %(m)s AND r.made_at >= %(first)s AND r.made_at < %(last)s AND r.arm <> 'SKIPPED'
        AND NOT EXISTS (SELECT 1 FROM reminder e WHERE e.municipality_id = %(m)s AND e.person_id = r.person_id
            AND e.due_on = r.due_on AND e.arm <> 'SKIPPED' AND (e.made_at, e.id) < (r.made_at, r.id))
    ORDER BY r.person_id, r.made_at, r.id
), outcomes AS (
    SELECT f.arm, f.made_at <= %(now)s - %(within)s::interval AS over, EXISTS (
        SELECT 1 FROM reminder_line l JOIN collection c ON c.instalment_id = l.instalment_id
        JOIN payment p ON p.id = c.payment_id
        WHERE l.reminder_id = f.id AND p.paid_at >= f.made_at AND p.paid_at < f.made_at + %(within)s::interval) AS paid
    FROM firsts f
)
SELECT arm, count(*) FILTER (WHERE over), count(*) FILTER (WHERE over AND paid), count(*) FILTER (WHERE NOT over)
FROM outcomes GROUP BY arm ORDER BY arm DESC"""


def effect_of(*, first: datetime, last: datetime, now: datetime) -> list[ArmRow]:
    """What those reminded in a span did, beside those held out; TOLD first."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "m": current_municipality(),
            "first": first,
            "last": last,
            "now": now,
            "within": timedelta(days=EFFECT_DAYS),
        }
        cursor.execute(_EFFECT, values)
        return [ArmRow(*row) for row in cursor.fetchall()]
