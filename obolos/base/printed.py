"""The references that we print, and what a typed text may be of them: OB-7K2M-94QX, EI-12-00001, 48213-007-9, BE-….

Pure functions over text; forgiving about blanks, dashes, small letters and look-alikes. Whether such a reference exists,
and in which municipality, is nobody's business here. RF codes and ΑΦΜ have check digits of their own: see `references`.
"""

from enum import StrEnum

from obolos.base.references import BadReference, pay_code_fold, reference_fold, slip_number_valid, ticket_fold


class Printed(StrEnum):
    """What carries such a reference."""

    ORDER = "ORDER"
    NOTICE = "NOTICE"
    PURCHASE = "PURCHASE"
    INQUIRY = "INQUIRY"
    CLEARANCE = "CLEARANCE"
    SLIP = "SLIP"
    #: A pay code or a ticket's code: sixteen characters look the same.
    CODE = "CODE"


#: The two letters in front of eight readable characters.
PREFIXES = {
    "OB": Printed.ORDER, "EI": Printed.NOTICE, "EV": Printed.PURCHASE, "PI": Printed.PURCHASE, "IN": Printed.INQUIRY,
}  # fmt: skip
#: In front of the sixteen characters of a certificate of no debt.
CLEARANCE_PREFIX = "BE"
_SHORT, _LONG = 8, 16
#: «EI-<batch>-<place>»: five digits of place, a batch of up to ten.
_PLACE, _LONGEST_BATCH = 5, 15


def printed_as(text: str) -> list[tuple[Printed, str]]:
    """Everything that a text may be, each as it was printed (a code without its dashes); likeliest first."""
    folded = reference_fold(text)
    prefix, rest = folded[:2], folded[2:]
    found = []
    if prefix in PREFIXES and len(rest) == _SHORT:
        found.append((PREFIXES[prefix], f"{prefix}-{rest[:4]}-{rest[4:]}"))
    if prefix == "EI" and rest.isascii() and rest.isdigit() and _PLACE < len(rest) <= _LONGEST_BATCH:
        found.append((Printed.NOTICE, f"EI-{rest[:-_PLACE]}-{rest[-_PLACE:]}"))
    if prefix == CLEARANCE_PREFIX and len(rest) == _LONG and (code := _code(rest)):
        found.append((Printed.CLEARANCE, code))
    if slip_number_valid(number := ticket_fold(text)):
        found.append((Printed.SLIP, number))
    if code := _code(text):
        found.append((Printed.CODE, code))
    return found


def _code(text: str) -> str:
    try:
        return pay_code_fold(text)
    except BadReference:
        return ""
