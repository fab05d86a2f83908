"""Places that nobody paid for go back on sale; what was paid for is settled. A tick, and what a failed start does at once.

A purchase is let go in one unit of work: the debt's instalment is locked first, as booking does, so money and release
never pass one another unseen. Its RF codes end with it. Late money finds a closed debt: `take_late` opens it again while
the places are free, else the money waits for a person.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import connection

from obolos.base.tenancy import current_municipality, tenancy
from obolos.domain.debts.queries import OpenInstalment, locked_instalments
from obolos.domain.debts.sale_actions import restore_sale_debt, withdraw_sale_debt
from obolos.domain.municipalities.models import Municipality
from obolos.domain.offerings.actions import release_purchase, retake_purchase, settle_purchase, tell_buyer
from obolos.domain.offerings.purchase_queries import PurchaseRow, has_order, purchase_by_id, purchases_to_settle
from obolos.domain.offerings.queries import event_by_id
from obolos.domain.reconciliation.sale_actions import ask_about_sale

log = structlog.get_logger(__name__)
AT_ONCE = 200


def return_places(*, now: datetime) -> int:
    """Settle what was paid and give back what was not in time, municipality by municipality; how many were looked at."""
    looked = 0
    for municipality_id in Municipality.objects.order_by("id").values_list("id", flat=True):
        with tenancy(municipality=municipality_id):
            due = purchases_to_settle(now, limit=AT_ONCE)
        for one in due:
            with tenancy(municipality=municipality_id):
                word = _decide(one.id, now)
            log.info("purchase", municipality=municipality_id, id=one.id, became=word)
            looked += 1
    return looked


def give_up(purchase_id: int, *, municipality_id: int, now: datetime) -> None:
    """Give places back at once, because the payment did not even start. Nothing when an order can pay for them."""
    with tenancy(municipality=municipality_id):
        if not has_order(purchase_id):
            _decide(purchase_id, now)


def _decide(purchase_id: int, now: datetime) -> str:
    """SOLD, PARTLY (some money came: a person decides) or RELEASED, whatever it was a moment ago."""
    purchase = purchase_by_id(purchase_id)
    assert purchase is not None
    assert purchase.debt_id is not None
    instalment_id, collected = _lock(purchase.debt_id)
    one = locked_instalments([instalment_id])[0]
    if not one.snapshot.open_principal_cents and collected:
        if settle_purchase(purchase_id, now=now):
            _after_sale(purchase, now)
        return "SOLD"
    if collected:
        settle_purchase(purchase_id, now=now)
        ask_about_sale(
            "SALE", f"purchase:{purchase_id}", reason="PAID_IN_PART", amount_cents=collected,
            detail={"reference": purchase.reference}, now=now,
        )  # fmt: skip
        return "PARTLY"
    if release_purchase(purchase_id, now=now):
        withdraw_sale_debt(purchase.debt_id, at=now)
        _end_codes(instalment_id, now)
    return "RELEASED"


def _after_sale(purchase: PurchaseRow, now: datetime) -> None:
    """What a sale asks of the office: a certificate to make out; money to give back when the event is off by now."""
    if purchase.certificate_id is not None:
        to_be_issued(purchase.id, purchase.reference, now=now)
    event = event_by_id(purchase.event_id) if purchase.event_id is not None else None
    if event and event.cancelled_at:
        to_be_given_back(purchase, now=now)


def to_be_issued(purchase_id: int, reference: str, *, now: datetime) -> None:
    """Ask the office for a certificate."""
    detail = {"reference": reference}
    ask_about_sale("CERTIFICATE", f"purchase:{purchase_id}", reason="TO_BE_ISSUED", detail=detail, now=now)


def to_be_given_back(purchase: PurchaseRow, *, now: datetime) -> None:
    """The event is off: tell the buyer, and ask the office to give back what was paid."""
    tell_buyer(purchase.id, "CANCELLED", now=now)
    if purchase.amount_cents:
        ask_about_sale(
            "REFUND", f"purchase:{purchase.id}", reason="EVENT_CANCELLED", amount_cents=purchase.amount_cents,
            detail={"reference": purchase.reference}, now=now,
        )  # fmt: skip


def take_late(found: Sequence[OpenInstalment], *, now: datetime) -> bool:
    """Money came for debts that are closed: open those again whose places are free. True when one was opened.

    Called while booking, with the instalments locked. A debt that was paid or is no sale's stays as it is.
    """
    opened = False
    for one in found:
        if not one.snapshot.open_principal_cents and retake_purchase(one.debt_id, now=now):
            restore_sale_debt(one.debt_id)
            opened = True
    return opened


def _lock(debt_id: int) -> tuple[int, int]:
    """(instalment, cents of principal that came) of a sale's debt, locked until the unit of work ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, collected_cents FROM instalment WHERE municipality_id = %s AND debt_id = %s FOR NO KEY UPDATE",
            [current_municipality(), debt_id],
        )
        row = cursor.fetchone()
    return row[0], row[1]


def _end_codes(instalment_id: int, now: datetime) -> None:
    """Nobody can pay these orders any more: open ones expire, and DIAS is told no from now on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rf_code r SET voided_at = %s FROM order_line l WHERE l.instalment_id = %s AND r.order_id = l.order_id "
            "AND r.voided_at IS NULL",
            [now, instalment_id],
        )
        cursor.execute(
            "UPDATE payment_order o SET state = 'EXPIRED' FROM order_line l WHERE l.instalment_id = %s "
            "AND o.id = l.order_id AND o.state = 'OPEN' AND o.means = 'RF'",
            [instalment_id],
        )
