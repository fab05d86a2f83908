"""How visits went on the way to paying, counted from funnel events. Inside `tenancy(municipality=…)`; nobody is named.

A visit counts in the span in which its first step towards paying fell, with all that it did within FOLLOWED days.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality

#: How long after its beginning a visit's payment still counts: an RF code may be paid days later.
FOLLOWED = timedelta(days=30)
#: No visit stays without a step for so long and goes on under the same name, except by paying its RF code.
_SLACK = timedelta(days=2)

#: Enough to group the visits of a large municipality's year in memory.
_MEMORY = "64MB"

#: One row per visit: which path it came by, how far it went, by which means it tried to pay and paid.
_VISITS = """
WITH told AS (
    SELECT visit, step, channel, at, detail FROM funnel_event
    WHERE municipality_id = %(m)s AND at >= %(from)s AND at < %(until)s AND visit <> ''
), visits AS (
    SELECT visit, min(at) FILTER (WHERE step IN ('found', 'opened', 'chosen', 'started')) AS began_at,
        min(at) FILTER (WHERE step IN ('found', 'opened', 'chosen') AND channel = 'guest') AS guest_at,
        min(at) FILTER (WHERE step IN ('found', 'opened', 'chosen') AND channel <> 'guest') AS portal_at,
        max(detail ->> 'path') FILTER (WHERE step = 'started') AS path,
        bool_or(step = 'chosen') AS chosen,
        bool_or(step = 'started' AND channel = 'card') AS card,
        bool_or(step = 'started' AND channel = 'rf') AS rf,
        bool_or(step = 'returned') AS returned,
        max(detail ->> 'until') FILTER (WHERE step = 'started' AND channel = 'rf') AS rf_until,
        min(at) FILTER (WHERE step = 'paid' AND channel = 'card') AS card_paid_at,
        min(at) FILTER (WHERE step = 'paid' AND channel = 'rf') AS rf_paid_at
    FROM told GROUP BY visit
), counted AS MATERIALIZED (
    SELECT began_at, began_at >= %(middle)s AS now,
        CASE WHEN guest_at < coalesce(portal_at, 'infinity') THEN 'guest'
            WHEN portal_at IS NULL AND path = 'guest' THEN 'guest' ELSE 'portal' END AS path,
        coalesce(chosen, false) OR card OR rf AS chosen, card, rf, returned,
        rf AND rf_until < %(today)s AS rf_expired,
        CASE WHEN card_paid_at < began_at + %(followed)s THEN card_paid_at END AS card_paid_at,
        CASE WHEN rf_paid_at < began_at + %(followed)s THEN rf_paid_at END AS rf_paid_at
    FROM visits WHERE began_at >= %(first)s AND began_at < %(last)s
)"""

#: What happened and how long it took, from one reading of the events.
_VISITS_TOLD = (
    _VISITS
    + """, ways AS (
    SELECT now, path, chosen, card, rf, returned, coalesce(rf_expired, false) AS rf_expired,
        card_paid_at IS NOT NULL AS card_paid, rf_paid_at IS NOT NULL AS rf_paid, count(*) AS count
    FROM counted GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
), times AS (
    SELECT now, path, 'card' AS means, card_paid_at - began_at AS took FROM counted
    WHERE card_paid_at IS NOT NULL AND (rf_paid_at IS NULL OR card_paid_at <= rf_paid_at)
    UNION ALL
    SELECT now, path, 'rf', rf_paid_at - began_at FROM counted
    WHERE rf_paid_at IS NOT NULL AND (card_paid_at IS NULL OR rf_paid_at < card_paid_at)
), medians AS (
    SELECT now, coalesce(path, '') AS path, coalesce(means, '') AS means, count(*) AS count,
        extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY took))::float8 AS seconds
    FROM times GROUP BY GROUPING SETS ((now, path, means), (now, means), (now))
)
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(now, path, chosen, card, rf, returned, rf_expired, card_paid, rf_paid,
        count) ORDER BY now, path, chosen, card, rf, returned, rf_expired, card_paid, rf_paid), '[]') FROM ways),
    (SELECT coalesce(jsonb_agg(jsonb_build_array(now, path, means, count, seconds) ORDER BY now, path, means), '[]')
     FROM medians)"""
)

_REASONS = """
SELECT coalesce(detail ->> 'reason', ''), count(*) FILTER (WHERE at >= %(middle)s), count(*) FILTER (WHERE at < %(middle)s)
FROM funnel_event WHERE municipality_id = %(m)s AND at >= %(first)s AND at < %(last)s AND step = 'left'
GROUP BY 1 ORDER BY 2 DESC, 1"""


@dataclass(frozen=True, slots=True)
class Span:
    """Instants: what is told about lies in [middle, last), what it is compared with in [first, middle)."""

    first: datetime
    middle: datetime
    last: datetime
    #: Today's legal date, as ISO text: an RF code of an earlier last day has expired.
    today: str

    @property
    def values(self) -> dict[str, Any]:
        """Parameters of the statements."""
        return {
            "m": current_municipality(),
            "from": self.first - _SLACK,
            "until": self.last + FOLLOWED,
            "first": self.first,
            "middle": self.middle,
            "last": self.last,
            "followed": FOLLOWED,
            "today": self.today,
        }


@dataclass(frozen=True, slots=True)
class Way:
    """So many visits went exactly this way. `now`: in the span told about, else in the one before."""

    now: bool
    path: str
    chosen: bool
    card: bool
    rf: bool
    returned: bool
    rf_expired: bool
    card_paid: bool
    rf_paid: bool
    count: int

    @property
    def started(self) -> bool:
        """Whether it got as far as the bank's page or an RF code."""
        return self.card or self.rf

    @property
    def paid(self) -> bool:
        """Whether it ended in money."""
        return self.card_paid or self.rf_paid


@dataclass(frozen=True, slots=True)
class Took:
    """Median time from the first step to the payment, of so many visits. Empty path or means: of all."""

    now: bool
    path: str
    means: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Reason:
    """So many attempts at a bank ended without money for this reason, in the span and in the one before."""

    word: str
    count: int
    count_before: int


def visits_told(span: Span) -> tuple[list[Way], list[Took]]:
    """All visits that began in the span or in the one before, by the way they went; and how long paying took."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [_MEMORY])
        cursor.execute(_VISITS_TOLD, span.values)
        ways, times = (json.loads(one) if isinstance(one, str) else one for one in cursor.fetchone())
    return [Way(*row) for row in ways], [Took(*row) for row in times]


def reasons(span: Span) -> list[Reason]:
    """Why attempts at banks ended without money, most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, span.values)
        return [Reason(*row) for row in cursor.fetchall()]
