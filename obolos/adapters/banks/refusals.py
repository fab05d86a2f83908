"""Why a bank declined a card, in machine words that a payer can be told something about.

Response codes are those of ISO 8583 as card schemes use them. Which of them a given acquirer passes on is its contract
with the merchant, so the table is a default: a merchant account may bring its own (`causes` of its public settings).
A code that no table knows stays DECLINED.
"""

from collections.abc import Mapping
from types import MappingProxyType

DECLINED = "DECLINED"
FUNDS = "DECLINED_FUNDS"
LIMIT = "DECLINED_LIMIT"
EXPIRED_CARD = "DECLINED_EXPIRED_CARD"
CARD_DETAILS = "DECLINED_CARD_DETAILS"
SECURITY_CODE = "DECLINED_SECURITY_CODE"
BLOCKED = "DECLINED_BLOCKED"
NOT_PERMITTED = "DECLINED_NOT_PERMITTED"
SUSPECTED = "DECLINED_SUSPECTED"
TRIES = "DECLINED_TRIES"
ISSUER_DOWN = "DECLINED_ISSUER_DOWN"
NOT_AUTHENTICATED = "DECLINED_NOT_AUTHENTICATED"
INVALID = "DECLINED_INVALID"

BY_CODE: Mapping[str, str] = MappingProxyType({
    "51": FUNDS,
    "61": LIMIT, "65": LIMIT,
    "33": EXPIRED_CARD, "54": EXPIRED_CARD,
    "14": CARD_DETAILS, "15": CARD_DETAILS,
    "82": SECURITY_CODE, "N7": SECURITY_CODE,
    "04": BLOCKED, "07": BLOCKED, "36": BLOCKED, "41": BLOCKED, "43": BLOCKED, "62": BLOCKED,
    "57": NOT_PERMITTED, "58": NOT_PERMITTED,
    "34": SUSPECTED, "59": SUSPECTED, "63": SUSPECTED,
    "38": TRIES, "75": TRIES,
    "91": ISSUER_DOWN, "92": ISSUER_DOWN, "96": ISSUER_DOWN,
    "12": INVALID, "13": INVALID,
})  # fmt: skip


def cause_of_refusal(code: str, causes: Mapping[str, str], *, authenticated: bool = True) -> str:
    """The reason of a proven refusal. Not authenticated counts only where the code itself says nothing more."""
    found = causes.get(code, DECLINED)
    return NOT_AUTHENTICATED if found == DECLINED and not authenticated else found
