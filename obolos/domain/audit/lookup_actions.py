"""Counting look-ups: so many in so long by each key, then wait. Works outside of any municipality's context.

One row and one statement per key: two look-ups at once wait for one another on the row, so none of them is missed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import connection

WITHIN = timedelta(minutes=15)
KEPT = timedelta(days=1)
#: So many old rows are swept away with each look-up: more than one makes.
_SWEPT = 20

_TRY = """
INSERT INTO lookup_try (key, tried_at, last_at)
SELECT k, ARRAY[%(now)s::timestamptz], %(now)s FROM unnest(%(keys)s::text[]) k ORDER BY k
ON CONFLICT (key) DO UPDATE SET last_at = %(now)s, tried_at =
    ARRAY(SELECT t FROM unnest(lookup_try.tried_at) t WHERE t > %(since)s) || %(now)s::timestamptz
WHERE (SELECT count(*) FROM unnest(lookup_try.tried_at) t WHERE t > %(since)s) <
    (%(most)s::int[])[array_position(%(keys)s::text[], lookup_try.key::text)]
RETURNING key
"""


def count_try(limits: Mapping[str, int], *, now: datetime) -> bool:
    """Count one try under each key, of which so many are allowed `WITHIN`; whether all of them still had one left.

    Refused tries do not prolong the wait.
    """
    wanted = sorted(limits)
    most = [limits[key] for key in wanted]
    with connection.cursor() as cursor:
        cursor.execute(_TRY, {"keys": wanted, "now": now, "since": now - WITHIN, "most": most})
        counted = len(cursor.fetchall())
        cursor.execute(
            "DELETE FROM lookup_try WHERE key IN (SELECT key FROM lookup_try WHERE last_at < %s "
            "ORDER BY last_at LIMIT %s FOR UPDATE SKIP LOCKED)",
            [now - KEPT, _SWEPT],
        )
    return counted == len(wanted)


def uncount_try(keys: Iterable[str], *, at: datetime) -> None:
    """Take back one try made at that moment under each key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lookup_try SET tried_at = tried_at[:p - 1] || tried_at[p + 1:] "
            "FROM (SELECT key AS k, array_position(tried_at, %(at)s::timestamptz) AS p FROM lookup_try "
            "WHERE key = ANY (%(keys)s::text[])) found WHERE key = found.k AND found.p IS NOT NULL",
            {"at": at, "keys": sorted(set(keys))},
        )


def free_at(limits: Mapping[str, int], *, now: datetime) -> datetime | None:
    """When the last of these keys that has no try left gets one back; None when all have one now."""
    wanted = sorted(limits)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(first) FROM (SELECT min(t) AS first FROM lookup_try, unnest(tried_at) t "
            "WHERE key = ANY (%(keys)s::text[]) AND t > %(since)s GROUP BY key "
            "HAVING count(*) >= (%(most)s::int[])[array_position(%(keys)s::text[], key::text)]) spent",
            {"keys": wanted, "since": now - WITHIN, "most": [limits[key] for key in wanted]},
        )
        first = cursor.fetchone()[0]
    return first + WITHIN if first else None
