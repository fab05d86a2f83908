"""A bank is asked to begin a card payment: the one question outside that a payer cannot do without.

While a bank hangs, half of the threads wait for it at most; whoever comes then is told at once what he would be told
after those seconds, and other people's pages stay quick.
"""

import structlog

from obolos.adapters.banks.contract import BankRefused, BankUnavailable, Charge, Started
from obolos.base.outside import place_outside
from obolos.base.tenancy import refuse_inside_transaction
from obolos.flows.bank_accounts import OpenAccount

log = structlog.get_logger(__name__)


class BankDown(Exception):
    """The bank did not start the payment. Nothing was charged; try again or pay by RF. `refused`: it answered, with no."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


def ticket_for(account: OpenAccount, charge: Charge) -> Started:
    """The bank's ticket for a sale. Raises BankDown, also unasked when those before us wait in vain."""
    refuse_inside_transaction("a bank ticket")
    with place_outside(account.bank, wait=True) as free:
        if not free:
            log.warning("no place outside: no ticket asked for", bank=account.bank)
            raise BankDown("others wait for this bank in vain")
        try:
            return account.adapter.start(account.credentials, charge)
        except (BankUnavailable, BankRefused) as error:
            raise BankDown(str(error), refused=isinstance(error, BankRefused)) from error
