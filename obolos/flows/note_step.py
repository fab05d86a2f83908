"""How far a visit came on the way to paying: found (by a guest), opened, chosen.

Paying itself notes «started» and «paid» where it happens; hearing a bank notes «returned» (the payer came back) and
«left» (an attempt ended without money, with the bank's reason).

A baseline of what people do cannot be filled in later, so it is kept from the first day; nothing in it says who.
Where somebody gave up is not written: it is the last step of a visit that went no further.
"""

from collections.abc import Iterable
from datetime import datetime

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_funnel_event

FOUND, OPENED, CHOSEN = "found", "opened", "chosen"


def note_step(
    step: str, *, municipality_ids: Iterable[int], visit: str, channel: str = "portal", debts: int = 0, now: datetime
) -> None:
    """Write one event for each municipality concerned, each in its own unit of work. `debts`: how many, if known."""
    for municipality_id in municipality_ids:
        with tenancy(municipality=municipality_id):
            detail = {"debts": debts} if debts else {}
            add_funnel_event(step=step, channel=channel, visit=visit, detail=detail, now=now)
