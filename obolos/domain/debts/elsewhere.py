"""What the municipality collected without Obolos, by day and revenue kind: noted as its system tells us.

An instalment's `elsewhere_cents` says how much stands there now; here stands when it grew, so that uptake can be told
for a period. The day is the one for which the system said it: nobody tells us the day of each payment at the counter.
Takes away nothing: what the system takes back is a row with negative numbers. Debts files are noted by
`obolos.domain.debts.intake.elsewhere`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from obolos.base.tenancy import current_municipality


@dataclass(frozen=True, slots=True)
class ElsewhereRow:
    """A revenue kind's collections without Obolos: in a span of days, and in the one before it. Principal, in cents."""

    revenue_kind_id: int
    count: int
    cents: int
    count_before: int
    cents_before: int


def note_change(*, revenue_kind_id: int, count: int, cents: int, on: date, source: str, now: datetime) -> None:
    """Note what another message of the municipality's system changed on known instalments. `source`: «kind:id».

    `count`: instalments that grew less those that shrank; `cents`: by how much in all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO collected_elsewhere (municipality_id, revenue_kind_id, "on", count, cents, source, noted_at) '
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [current_municipality(), revenue_kind_id, on, count, cents, source, now],
        )


def collected_elsewhere(*, first: date, middle: date, last: date) -> list[ElsewhereRow]:
    """By revenue kind, from `middle` to `last`, and from `first` to the day before `middle`."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT revenue_kind_id, coalesce(sum(count) FILTER (WHERE "on" >= %(middle)s), 0)::bigint, '
            'coalesce(sum(cents) FILTER (WHERE "on" >= %(middle)s), 0)::bigint, '
            'coalesce(sum(count) FILTER (WHERE "on" < %(middle)s), 0)::bigint, '
            'coalesce(sum(cents) FILTER (WHERE "on" < %(middle)s), 0)::bigint FROM collected_elsewhere '
            'WHERE municipality_id = %(m)s AND "on" BETWEEN %(first)s AND %(last)s GROUP BY 1 ORDER BY 1',
            {"m": current_municipality(), "first": first, "middle": middle, "last": last},
        )
        return [ElsewhereRow(*row) for row in cursor.fetchall()]


def told_since() -> date | None:
    """The first day for which anything was noted; None when nothing was."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT min("on") FROM collected_elsewhere WHERE municipality_id = %s', [current_municipality()])
        found: date | None = cursor.fetchone()[0]
        return found
