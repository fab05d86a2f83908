"""When the demo's debts fell or fall due, relative to the day the demo is made."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from obolos.base.dates import add_months, last_of_month

MONTHS = (
    "Ιανουαρίου", "Φεβρουαρίου", "Μαρτίου", "Απριλίου", "Μαΐου", "Ιουνίου", "Ιουλίου", "Αυγούστου", "Σεπτεμβρίου",
    "Οκτωβρίου", "Νοεμβρίου", "Δεκεμβρίου",
)  # fmt: skip

#: No older due date in the demo: 0.73 % and 1 % a month both show, and every month has a known rate.
OLDEST_DAYS = 5_000


@dataclass(frozen=True, slots=True)
class Moment:
    """A due date, and the certification that precedes it by about a month."""

    due_on: date
    certified_on: date


def some_moment(random: Random, on: date) -> Moment:
    """Of ten debts about five are overdue, three due within a month, two later. A few of the overdue are old."""
    draw = random.random()
    if draw < 0.45:
        due_on = on - timedelta(days=random.randint(1, 800))
    elif draw < 0.5:
        due_on = on - timedelta(days=random.randint(800, OLDEST_DAYS))
    elif draw < 0.8:
        due_on = on + timedelta(days=random.randint(0, 30))
    else:
        due_on = on + timedelta(days=random.randint(31, 150))
    if random.random() < 0.5:
        due_on = last_of_month(due_on)
    return moment_of(random, due_on, on)


def moment_of(random: Random, due_on: date, on: date) -> Moment:
    """The due date with a certification 25 to 60 days before it, never after today."""
    return Moment(due_on, min(on, due_on - timedelta(days=random.randint(25, 60))))


def monthly(first_on: date, count: int) -> list[date]:
    """`count` due dates a month apart; month ends stay month ends."""
    if first_on == last_of_month(first_on):
        return [last_of_month(add_months(first_on.replace(day=1), k)) for k in range(count)]
    return [add_months(first_on, k) for k in range(count)]


def month_name(on: date) -> str:
    """«Μαΐου 2026»."""
    return f"{MONTHS[on.month - 1]} {on.year}"


def quarter_name(on: date) -> str:
    """«3ο τρίμηνο 2026»."""
    return f"{(on.month + 2) // 3}ο τρίμηνο {on.year}"


def two_months_name(on: date) -> str:
    """«4ο δίμηνο 2026»."""
    return f"{(on.month + 1) // 2}ο δίμηνο {on.year}"
