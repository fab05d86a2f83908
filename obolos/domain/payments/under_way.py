"""A payer's own card payment that is on its way already: nobody goes to a bank twice for the same debts unawares.

A payer is a person, or a guest in one browser, by his visit. Reads only; the lock ends with the unit of work.
"""

from collections.abc import Sequence

from django.db import connection

from obolos.base.tenancy import current_municipality

#: Class of the advisory locks that keep two card payments of one payer apart.
_LOCK_CLASS = 0x6F_62


class UnderWay(Exception):
    """The payer has begun to pay exactly this by card, and was not told so. Nothing was written and nothing charged."""

    def __init__(self, public_id: str) -> None:
        super().__init__(public_id)
        self.public_id = public_id


_FIND = """
SELECT o.public_id FROM payment_order o JOIN payment_attempt a ON a.order_id = o.id
WHERE o.municipality_id = %(m)s AND o.id IN (SELECT l.order_id FROM order_line l WHERE l.instalment_id = %(first)s)
  AND o.state = 'OPEN' AND a.state IN ('REDIRECTED', 'UNKNOWN') AND o.form_token <> %(form_token)s
  AND CASE WHEN %(person)s::bigint IS NULL THEN o.person_id IS NULL AND o.visit = %(visit)s AND o.visit <> ''
      ELSE o.person_id = %(person)s::bigint END
  AND o.id > coalesce((SELECT max(t.id) FROM payment_order t WHERE t.public_id = ANY (%(told)s::text[])), 0)
  AND (SELECT array_agg(l.instalment_id ORDER BY l.instalment_id) FROM order_line l WHERE l.order_id = o.id)
      = %(instalments)s::bigint[]
ORDER BY o.id DESC LIMIT 1"""


def refuse_second(
    instalment_ids: Sequence[int],
    *,
    person_id: int | None,
    visit: str,
    form_token: str,
    told: Sequence[str],
    lock: bool = False,
) -> None:
    """Raise UnderWay when the payer has an undecided card payment of exactly these instalments, made by another form.

    `told`: orders that the page he pressed on spoke of; what was begun before those he knows of, too. `lock`: let no other
    payment of his begin until this unit of work ends.
    """
    payer = f"person:{person_id}" if person_id is not None else f"visit:{visit}" if visit else ""
    if not payer:
        return
    with connection.cursor() as cursor:
        if lock:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_CLASS, payer])
        cursor.execute(
            _FIND,
            {
                "m": current_municipality(),
                "first": min(instalment_ids),
                "form_token": form_token,
                "person": person_id,
                "visit": visit,
                "told": list(told),
                "instalments": sorted(instalment_ids),
            },
        )
        row = cursor.fetchone()
    if row:
        raise UnderWay(row[0])
