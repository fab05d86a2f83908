"""Nobody told us: ask the banks about attempts whose turn has come.

A payer who closes the tab has paid all the same. Each tick claims due attempts by moving their turn ahead in a
transaction of its own, then asks outside of it; a tick that dies in between costs one turn and loses nothing.
"""

from datetime import datetime, timedelta

import structlog
from django.db import connection

from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.models import Municipality
from obolos.flows.hear_bank import ask_about

log = structlog.get_logger(__name__)
#: A claimed attempt comes back by itself after this, should its asker die.
LEASE = timedelta(minutes=2)
AT_ONCE = 50


def poll_banks(*, now: datetime) -> int:
    """Ask about every attempt that is due, municipality by municipality; returns how many were asked about."""
    asked = 0
    for municipality_id in Municipality.objects.order_by("id").values_list("id", flat=True):
        for attempt_id in _claim(municipality_id, now):
            try:
                word = ask_about(municipality_id, attempt_id, now=now)
            except Exception:
                # One attempt's fault must not keep the others waiting; its lease brings it back.
                log.exception("bank query failed", municipality=municipality_id, attempt=attempt_id)
                word = "FAILED"
            log.info("bank asked", municipality=municipality_id, attempt=attempt_id, answer=word)
            asked += 1
    return asked


def _claim(municipality_id: int, now: datetime) -> list[int]:
    with tenancy(municipality=municipality_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payment_attempt SET next_query_at = %s WHERE id IN (SELECT id FROM payment_attempt "
            "WHERE municipality_id = %s AND next_query_at <= %s ORDER BY next_query_at LIMIT %s FOR UPDATE SKIP LOCKED) "
            "RETURNING id",
            [now + LEASE, municipality_id, now, AT_ONCE],
        )
        return [row[0] for row in cursor.fetchall()]
