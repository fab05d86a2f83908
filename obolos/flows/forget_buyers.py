"""E-mail addresses (and mobiles) that guests and buyers of tickets left are forgotten after a time that is a setting.

They served to send a proof, a ticket or an answer. What the accounts need stays: orders, payments, proofs, tickets, and what was
written, without the address it went to. Somebody who signs in keeps or removes his own address himself; what he left as a
guest goes like any guest's. A tick; what is open, or an event to come, is left alone.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.models import Municipality

log = structlog.get_logger(__name__)
#: Purchases and orders in one unit of work.
AT_ONCE = 500

_ORDERS = """
UPDATE payment_order SET email = '', mobile = '' WHERE id IN (
    SELECT o.id FROM payment_order o WHERE o.municipality_id = %(m)s AND o.email <> '' AND o.person_id IS NULL
        AND (o.state <> 'OPEN' OR (o.means = 'RF' AND o.valid_until < %(on)s)) AND o.created_at < %(before)s
        AND NOT EXISTS (SELECT 1 FROM order_line l JOIN instalment i ON i.id = l.instalment_id
            JOIN purchase p ON p.debt_id = i.debt_id LEFT JOIN event e ON e.id = p.event_id
            WHERE l.order_id = o.id AND p.released_at IS NULL AND coalesce(e.starts_at, p.created_at) >= %(before)s)
    LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id"""

_PURCHASES = """
UPDATE purchase SET email = '' WHERE id IN (
    SELECT p.id FROM purchase p LEFT JOIN event e ON e.id = p.event_id
    WHERE p.municipality_id = %(m)s AND p.email <> '' AND p.created_at < %(before)s
        AND (p.settled_at IS NOT NULL OR p.released_at IS NOT NULL)
        AND (p.released_at IS NOT NULL OR coalesce(e.starts_at, p.created_at) < %(before)s)
        AND (p.certificate_id IS NULL OR p.released_at IS NOT NULL
            OR EXISTS (SELECT 1 FROM issued_certificate s WHERE s.purchase_id = p.id))
    LIMIT %(most)s FOR UPDATE OF p SKIP LOCKED)
RETURNING id"""

_INQUIRIES = """
UPDATE inquiry SET email = '' WHERE id IN (
    SELECT q.id FROM inquiry q WHERE q.municipality_id = %(m)s AND q.email <> '' AND q.state = 'CLOSED'
        AND q.closed_at < %(before)s LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id"""

_SUBJECTS = """
SELECT 'order:' || id FROM unnest(%(orders)s::bigint[]) id
UNION ALL SELECT 'purchase:' || id FROM unnest(%(purchases)s::bigint[]) id
UNION ALL SELECT 'inquiry:' || id FROM unnest(%(inquiries)s::bigint[]) id
UNION ALL SELECT 'payment:' || y.id FROM payment y WHERE y.order_id = ANY (%(orders)s::bigint[])"""


def forget_buyers(*, now: datetime) -> int:
    """Forget what is old enough, municipality by municipality; how many orders, purchases and messages to a municipality
    lost their address.
    """
    days = settings.OBOLOS_FORGET_BUYERS_DAYS
    if days <= 0:
        return 0
    forgotten = 0
    for municipality_id in Municipality.objects.order_by("id").values_list("id", flat=True):
        here = 0
        while found := _forget(municipality_id, now - timedelta(days=days)):
            here += found
        if here:
            log.info("buyers forgotten", municipality=municipality_id, count=here)
        forgotten += here
    return forgotten


def _forget(municipality_id: int, before: datetime) -> int:
    """One unit of work: the addresses go together from the order or purchase, its deliveries and its messages."""
    values: dict[str, Any] = {"m": municipality_id, "before": before, "on": athens_date(before), "most": AT_ONCE}
    with tenancy(municipality=municipality_id), connection.cursor() as cursor:
        cursor.execute(_ORDERS, values)
        orders = [row[0] for row in cursor.fetchall()]
        cursor.execute(_PURCHASES, values)
        purchases = [row[0] for row in cursor.fetchall()]
        cursor.execute(_INQUIRIES, values)
        inquiries = [row[0] for row in cursor.fetchall()]
        if not (orders or purchases or inquiries):
            return 0
        cursor.execute(_SUBJECTS, {"orders": orders, "purchases": purchases, "inquiries": inquiries})
        subjects = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            # Where it went, and where a member of staff sent it again.
            "UPDATE delivery SET answer = answer - 'to', detail = detail - 'email' - 'mobile' WHERE municipality_id = %s "
            "AND subject = ANY (%s::text[]) AND target IN ('PAYER_EMAIL', 'PAYER_SMS')",
            [municipality_id, subjects],
        )
        cursor.execute(
            "UPDATE message SET address = '' WHERE municipality_id = %s AND subject = ANY (%s::text[]) AND address <> ''",
            [municipality_id, subjects],
        )
    return len(orders) + len(purchases) + len(inquiries)
