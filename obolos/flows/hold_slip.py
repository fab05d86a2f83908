"""What of a slip is shown to whoever found it by its number, which stands beside others on a pad and can be worked out.

Number and plate of a slip give no more than number and plate of a fine: never the code on the paper, and nothing that
somebody else said or paid for it. Reads only.
"""

from enum import Enum

from obolos.base.tenancy import tenancy
from obolos.domain.notices import slip_said
from obolos.domain.notices import slips as rows
from obolos.domain.notices.slips import Slip
from obolos.flows.guest import ORDER, SLIP, Held


class SlipShown(Enum):
    """ALL that stands there; the FORM only, since what was declared is somebody else's; NOTHING any more."""

    ALL = "ALL"
    FORM = "FORM"
    NOTHING = "NOTHING"


def shown_of_slip(held: Held) -> SlipShown:
    """What the holder of that is shown. ALL of everything that is no slip, or is held by the code on its paper."""
    if held.how not in {SLIP, ORDER}:
        return SlipShown.ALL
    with tenancy(municipality=held.municipality_id):
        slip = rows.slip_of_debt(held.debt_ids[0]) if held.debt_ids else None
        if slip is None:
            return SlipShown.ALL
        if slip.fine_id is not None or (not slip.paid_at and rows.fines_of(slip.number)):
            return SlipShown.NOTHING  # The fine has a plate of its own: it is found by that.
        return _shown(slip, held)


def _shown(slip: Slip, held: Held) -> SlipShown:
    if held.how == ORDER:
        return SlipShown.ALL if slip_said.order_is_last_word(slip, held.order_id) else SlipShown.NOTHING
    if slip.paid_at:
        return SlipShown.ALL if slip_said.plate_of_payer(slip) == held.plate else SlipShown.NOTHING
    if slip.ended or slip.fixed_cents is not None:
        return SlipShown.ALL
    last = slip_said.said_last(slip, amount=True)
    mine = last is not None and last.plate == held.plate and last.cents == slip.principal_cents
    return SlipShown.ALL if mine else SlipShown.FORM
