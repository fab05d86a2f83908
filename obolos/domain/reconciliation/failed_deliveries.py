"""Questions about deliveries that a fault of ours keeps from leaving: asked at the first try, closed when they left."""

import json
from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality

#: What a delivery's answer says when the fault is ours.
OUR_FAULT = "internal"

_ASK = """
INSERT INTO worklist_item (municipality_id, kind, subject, amount_cents, reason, detail, opened_at)
VALUES (%s, 'NOT_DELIVERED', %s, 0, 'INTERNAL_ERROR', %s::jsonb, %s)
ON CONFLICT (municipality_id, kind, subject) WHERE closed_at IS NULL DO NOTHING"""
_CLOSE = """
UPDATE worklist_item w SET closed_at = %s WHERE w.municipality_id = %s AND w.kind = 'NOT_DELIVERED' AND w.subject = %s
AND w.closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.municipality_id = w.municipality_id
    AND d.target = ANY (ARRAY['ERP', 'PAYER_EMAIL', 'PAYER_SMS']) AND d.subject = w.subject
    AND d.state IN ('PENDING', 'PARKED') AND d.answer ->> 'error' = %s)"""


def ask_about_delivery(*, subject: str, target: str, event: str, now: datetime) -> None:
    """Ask a person why something cannot be told; once per subject while the question is open."""
    detail = json.dumps({"target": target, "event": event})
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [current_municipality(), subject, detail, now])


def note_delivered(*, subject: str, now: datetime) -> None:
    """Close the question about a subject when nothing about it is held back by a fault of ours any more."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [now, current_municipality(), subject, OUR_FAULT])
