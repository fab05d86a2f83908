"""What holders of a slip said of it: which plate, which amount, and whether the one who paid is the one who said so.

Inside `tenancy(municipality=…)`. Reads only; `slips.state` keeps it.
"""

from dataclasses import dataclass

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.notices.models import SlipStatement
from obolos.domain.notices.slips import Slip


def plates_said(slip_id: int) -> frozenset[str]:
    """Every plate that somebody said for a slip, folded."""
    found = SlipStatement.objects.filter(municipality_id=current_municipality(), slip_id=slip_id).exclude(
        plate_folded=""
    )
    return frozenset(found.values_list("plate_folded", flat=True))


@dataclass(frozen=True, slots=True)
class Declared:
    """What somebody said last: plate (folded, empty when none) and amount (None when only a plate was named)."""

    plate: str
    cents: int | None


def said_last(slip: Slip, *, amount: bool) -> Declared | None:
    """The last thing said for a slip, until it was paid where it is; `amount`: of those that say an amount."""
    found = SlipStatement.objects.filter(municipality_id=current_municipality(), slip_id=slip.id)
    if amount:
        found = found.filter(amount_cents__isnull=False)
    if slip.paid_at:
        found = found.filter(said_at__lte=slip.paid_at)
    row = found.order_by("-id").values_list("plate_folded", "amount_cents").first()
    return Declared(*row) if row else None


def plate_of_payer(slip: Slip) -> str:
    """The plate named by whoever paid a slip, as far as that is known; empty when he named none.

    It is the last one said before, and of a free amount only if just that amount was said and paid.
    """
    last = said_last(slip, amount=slip.fixed_cents is None)
    known = last is not None and slip.paid_at is not None and last.cents in {None, slip.principal_cents}
    return last.plate if last and known else ""


def was_declared(slip: Slip) -> bool:
    """Whether somebody said the amount that a slip asks for, or was paid as."""
    return SlipStatement.objects.filter(
        municipality_id=current_municipality(), slip_id=slip.id, amount_cents=slip.principal_cents
    ).exists()


def order_is_last_word(slip: Slip, order_id: int) -> bool:
    """Whether what a slip asks for or was paid as is that order's doing: it paid it, or nobody declared since it was made."""
    question = (
        "SELECT EXISTS (SELECT 1 FROM payment p JOIN collection c ON c.payment_id = p.id WHERE p.municipality_id = %s "
        "AND p.order_id = %s AND c.instalment_id = %s)"
        if slip.paid_at
        else "SELECT NOT EXISTS (SELECT 1 FROM slip_statement t, payment_order o WHERE t.municipality_id = %s "
        "AND o.id = %s AND t.slip_id = %s AND t.amount_cents IS NOT NULL AND t.said_at > o.created_at)"
    )
    with connection.cursor() as cursor:
        cursor.execute(question, [current_municipality(), order_id, slip.instalment_id if slip.paid_at else slip.id])
        return bool(cursor.fetchone()[0])


def plate_said_last(slip_id: int) -> str:
    """The plate that was said last for a slip, folded; empty when none was."""
    found = SlipStatement.objects.filter(municipality_id=current_municipality(), slip_id=slip_id).exclude(
        plate_folded=""
    )
    return found.order_by("-id").values_list("plate_folded", flat=True).first() or ""
