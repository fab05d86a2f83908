"""Which purchases orders and questions are about, with what was bought: for the staff of one municipality. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.offerings.queries import said


@dataclass(frozen=True, slots=True)
class SaleMention:
    """A purchase, the order that paid it or was to pay it (None without one), and the event or certificate bought."""

    purchase_id: int
    reference: str
    order_id: int | None
    title_el: str
    title_en: str
    starts_at: datetime | None
    cancelled_at: datetime | None

    def title(self, language: str) -> str:
        """What was bought."""
        return said(self.title_el, self.title_en, language)


_MENTIONED = """
WITH about AS (
    SELECT p.id AS purchase_id, l.order_id FROM order_line l JOIN instalment i ON i.id = l.instalment_id
        JOIN purchase p ON p.debt_id = i.debt_id WHERE l.order_id = ANY (%(orders)s::bigint[])
    UNION ALL SELECT p.id, (SELECT o.id FROM instalment i JOIN order_line l ON l.instalment_id = i.id
        JOIN payment_order o ON o.id = l.order_id WHERE i.debt_id = p.debt_id
        ORDER BY (o.state IN ('PAID', 'PART')) DESC, o.id DESC LIMIT 1)
    FROM purchase p WHERE p.id = ANY (%(purchases)s::bigint[])
)
SELECT p.id, p.reference, a.order_id, coalesce(e.title_el, k.title_el), coalesce(e.title_en, k.title_en), e.starts_at,
    e.cancelled_at
FROM about a JOIN purchase p ON p.id = a.purchase_id LEFT JOIN event e ON e.id = p.event_id
LEFT JOIN certificate_kind k ON k.id = p.certificate_id
WHERE p.municipality_id = %(m)s ORDER BY p.id, a.order_id"""


def sales_mentioned(*, order_ids: Sequence[int] = (), purchase_ids: Sequence[int] = ()) -> list[SaleMention]:
    """The purchases of these ids, each with the order that counts, and those that these orders pay, once for each."""
    if not order_ids and not purchase_ids:
        return []
    values: dict[str, Any] = {"m": current_municipality(), "orders": list(order_ids), "purchases": list(purchase_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_MENTIONED, values)
        return [SaleMention(*row) for row in cursor.fetchall()]
