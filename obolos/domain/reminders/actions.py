"""Writes of reminder rules and of reminders. Inside `tenancy(municipality=…)`."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.reminders.models import Arm, ReminderPolicy, ReminderRule
from obolos.domain.reminders.rules import EARLIEST, FURTHEST_DAYS, LATEST

MOST_HELD_OUT = 50
MOST_RULES = 12


class BadRules(ValueError):
    """Rules that cannot be: HOURS, HELD_OUT, DAYS (too far), TWICE (two rules of one day), TOO_MANY."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RulesChanged(Exception):
    """Somebody else saved the rules after the page was shown. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Rule:
    """So many days before (negative) or after the due date, by EMAIL or SMS."""

    days: int
    channel: str
    on: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of a municipality. `version` 0: nobody saved them yet."""

    on: bool
    held_out_percent: int
    send_from: time
    send_until: time
    rules: tuple[Rule, ...]
    version: int = 0
    salt: str = ""


@dataclass(frozen=True, slots=True)
class NewReminder:
    """A reminder about to be written, with the instalments it is about."""

    person_id: int
    due_on: date
    days: int
    channel: str
    arm: Arm
    instalment_ids: Sequence[int]
    reason: str = ""
    amount_cents: int = 0
    rf: str = ""
    valid_until: date | None = None


def check(policy: Policy) -> None:
    """Raise BadRules when they cannot be."""
    if not EARLIEST <= policy.send_from < policy.send_until <= LATEST:
        raise BadRules("HOURS")
    if not 0 <= policy.held_out_percent <= MOST_HELD_OUT:
        raise BadRules("HELD_OUT")
    days = [rule.days for rule in policy.rules]
    if any(abs(one) > FURTHEST_DAYS for one in days):
        raise BadRules("DAYS")
    if len(days) != len(set(days)):
        raise BadRules("TWICE")
    if len(days) > MOST_RULES:
        raise BadRules("TOO_MANY")


def save_policy(policy: Policy) -> None:
    """Write all rules. `policy.version` is the one the page showed. Raises BadRules, RulesChanged."""
    check(policy)
    fields = {
        "on": policy.on,
        "held_out_percent": policy.held_out_percent,
        "send_from": policy.send_from,
        "send_until": policy.send_until,
    }
    if policy.version == 0:
        made = ReminderPolicy(municipality_id=current_municipality(), salt=secrets.token_hex(16), **fields)
        ReminderPolicy.objects.bulk_create([made], ignore_conflicts=True)
        if not ReminderPolicy.objects.filter(salt=made.salt).exists():
            raise RulesChanged
    elif not ReminderPolicy.objects.filter(version=policy.version).update(version=policy.version + 1, **fields):
        raise RulesChanged
    rows = [
        ReminderRule(municipality_id=current_municipality(), days=rule.days, channel=rule.channel, on=rule.on)
        for rule in policy.rules
    ]
    ReminderRule.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["municipality", "days"], update_fields=["channel", "on"]
    )


_REMIND = """
WITH r AS (
    INSERT INTO reminder (municipality_id, person_id, due_on, days, channel, arm, reason, made_at, amount_cents, rf,
        valid_until)
    VALUES (%(m)s, %(person)s, %(due_on)s, %(days)s, %(channel)s, %(arm)s, %(reason)s, %(now)s, %(amount)s, %(rf)s,
        %(until)s)
    ON CONFLICT (municipality_id, person_id, due_on, days) DO NOTHING
    RETURNING id
), l AS (
    INSERT INTO reminder_line (municipality_id, reminder_id, instalment_id)
    SELECT %(m)s::bigint, r.id, x.id FROM r, unnest(%(instalments)s::bigint[]) AS x (id)
), d AS (
    INSERT INTO delivery (municipality_id, target, subject, event, version, detail, state, created_at, due_at, tries,
        answer)
    SELECT %(m)s::bigint, %(target)s::text, 'reminder:' || r.id, 'REMINDER', 1, '{}', 'PENDING', %(now)s::timestamptz,
        %(now)s::timestamptz, 0, '{}'
    FROM r WHERE %(arm)s = 'TOLD'
)
SELECT id FROM r"""


def add_reminder(reminder: NewReminder, *, now: datetime) -> int | None:
    """Write a reminder with its lines, and the message to be sent when it is TOLD; None when another worker was first."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REMIND,
            {
                "m": current_municipality(),
                "person": reminder.person_id,
                "due_on": reminder.due_on,
                "days": reminder.days,
                "channel": str(reminder.channel),
                "arm": str(reminder.arm),
                "reason": reminder.reason[:30],
                "now": now,
                "amount": reminder.amount_cents,
                "rf": reminder.rf,
                "until": reminder.valid_until,
                "instalments": sorted(reminder.instalment_ids),
                "target": f"PAYER_{reminder.channel}",
            },
        )
        row = cursor.fetchone()
        return int(row[0]) if row else None
