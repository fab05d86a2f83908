"""The plate that a visitor typed for a slip, kept sealed and for this visit only, so that he sees it again as he wrote it."""

from django.http import HttpRequest

from obolos.base.crypto import CannotOpen, open_sealed, seal
from obolos.base.references import slip_number_valid, ticket_fold
from obolos.flows.bank_accounts import keys

LONGEST = 20
_FIELD = "slip.plate"
#: So many slips of one visit are remembered.
_MOST = 5


def carry_plate(request: HttpRequest, code: str, *typed: str) -> None:
    """Remember the plate that somebody named for the slip of that code; `typed` may hold the slip's number too."""
    plate = next((one for one in typed if not slip_number_valid(ticket_fold(one))), "")
    said = {**request.session.get("plates", {}), code: seal(keys(), plate[:LONGEST], municipality=0, field=_FIELD)}
    request.session["plates"] = dict(list(said.items())[-_MOST:])


def carried_plate(request: HttpRequest, code: str) -> str:
    """The plate that was named for this slip in this visit; empty when none was."""
    sealed = request.session.get("plates", {}).get(code, "")
    try:
        return open_sealed(keys(), sealed, municipality=0, field=_FIELD) if sealed else ""
    except CannotOpen:
        return ""
