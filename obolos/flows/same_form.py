"""The same form came twice: by an impatient press, or from a page that was fetched back.

Only the copy that wrote the purchase asks the bank and, when that fails, gives the places back. The others wait for what
it gets: if each asked for itself, one that fails would take away the places that another is paying for.
"""

import time
from datetime import datetime

from obolos.base.outside import place_outside
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.offerings.purchase_queries import PurchaseRow, purchase_of_form
from obolos.domain.payments.queries import order_of_form

#: Longer than any order takes to begin, its bank asked (docs/decisions/0032).
LONGEST_SECONDS = 16.0
_LOOK_EVERY_SECONDS = 0.2
_COPIES = "COPIES"


class FirstEnded(Exception):
    """The first copy did not begin a payment: its places went back, nothing was charged."""


class FirstSilent(Exception):
    """The first copy has not come to an end in time. What it holds ends by itself; nothing was charged here."""


def order_of_first(purchase: PurchaseRow, form_token: str, *, municipality_id: int, now: datetime) -> tuple[str, str]:
    """(public id, means) of the order that the first copy made, waited for while it may still be asking the bank.

    Raises FirstEnded, FirstSilent. Waiting copies hold half of a process's threads at most.
    """
    refuse_inside_transaction("another copy's bank")
    left = LONGEST_SECONDS - (now - purchase.created_at).total_seconds()
    until = time.monotonic() + left
    with place_outside(_COPIES, wait=True) as free:
        while True:
            with tenancy(municipality=municipality_id):
                order = order_of_form(form_token)
                ended = (again := purchase_of_form(form_token)) is None or again.released_at is not None
            if order:
                return order
            if ended:
                raise FirstEnded(purchase.reference)
            if not free or time.monotonic() > until:
                raise FirstSilent(purchase.reference)
            time.sleep(_LOOK_EVERY_SECONDS)
