"""What somebody typed or pasted into the one field: told by its shape alone, so that the answer tells nothing about what
exists. Looks nothing up.

People paste the whole address of a link, the plate together with the fine's number, or the number of a payment.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from obolos.base.printed import PREFIXES, Printed, printed_as
from obolos.base.references import BadReference, pay_code_fold, rf_fits, slip_number_valid, ticket_fold
from obolos.flows.links import code_at


class Sort(StrEnum):
    """What something typed is, by its shape."""

    CODE = "CODE"
    RF = "RF"
    PLATE = "PLATE"
    NUMBER = "NUMBER"
    #: A fine's number and its plate together.
    BOTH = "BOTH"
    #: The number of a paper or payment of ours, which opens no debt.
    PAPER = "PAPER"


@dataclass(frozen=True, slots=True)
class Typed:
    """`text`: what to look up; `second`: the plate, when it was typed together with a fine's number; `paper`: what the
    number of a paper is the number of."""

    sort: Sort
    text: str
    second: str = ""
    paper: Printed | None = None

    @property
    def is_slip(self) -> bool:
        """Whether it may be the number of a slip that we printed: nine digits whose last one fits."""
        return slip_number_valid(ticket_fold(self.text))


#: Letters of Greek plates look the same in both alphabets; diplomats, armed forces and old series have other shapes.
_PLATE = re.compile(r"[ABEZHIKMNOPTYX]{2,3}[0-9]{1,5}", re.ASCII)
#: ISO 11649: RF, two check digits, at most 21 characters; ours and those of DIAS are long.
_RF = re.compile(r"RF[0-9]{13,23}", re.ASCII)
#: What stands between a plate and a number. A dash stands inside either.
_BETWEEN = re.compile(r"\s*[,;|]\s*|\s+[/–—-]\s+|\s*/\s*|\s+")
_ADDRESS = re.compile(r"^(?:https?://)?[^\s/]+(?:/[^\s]*)?$", re.IGNORECASE)
#: Some digits and few letters, folded: longer numbers are codes, and those have shapes of their own.
_FINE_MOST, _FINE_LETTERS, _FINE_DIGITS = 15, 4, 3
#: Papers whose numbers open nothing here.
_PAPERS = frozenset({Printed.ORDER, Printed.NOTICE, Printed.PURCHASE, Printed.INQUIRY, Printed.CLEARANCE})


def read(text: str) -> Typed:
    """What somebody typed, out of a pasted address where it stands in one."""
    text = _out_of_address(text)
    both = _plate_and_number(text)
    papers = [sort for sort, _ in printed_as(text) if sort in _PAPERS]
    alone = sort_of(text)
    # A code of ours may begin like a plate («ΙΝ 7222 9444»). Then only a sign between the two tells them apart.
    if both and (not (papers or alone in {Sort.CODE, Sort.RF}) or re.search(r"[,;|/]", text)):
        return Typed(Sort.BOTH, *both)
    if papers:
        return Typed(Sort.PAPER, text, paper=papers[0])
    return Typed(alone, text)


def looks_like_fine(text: str) -> bool:
    """Whether a fine may bear that number, and nothing of ours does: whether one does, nobody is told here."""
    found, folded = read(text), ticket_fold(text)
    letters = sum(not char.isdigit() for char in folded)
    return (
        found.sort is Sort.NUMBER
        and not found.is_slip
        and len(folded) <= _FINE_MOST
        and letters <= _FINE_LETTERS
        and len(folded) - letters >= _FINE_DIGITS
        and folded.isascii()
        and folded[:2] not in {*PREFIXES, "RF"}
    )


def is_mistyped_rf(text: str) -> bool:
    """Whether it is an RF code whose check digits do not fit the rest: some digit is wrong, whoever made the code."""
    folded = ticket_fold(read(text).text)
    return bool(_RF.fullmatch(folded)) and not rf_fits(folded)


def sort_of(text: str) -> Sort:
    """What a single code or number is. Letters of both alphabets, small ones, blanks and dashes are all the same."""
    folded = ticket_fold(text)
    if _RF.fullmatch(folded):
        return Sort.RF
    try:
        if not pay_code_fold(text).isdigit():
            return Sort.CODE
    except BadReference:
        pass
    return Sort.PLATE if _PLATE.fullmatch(folded) else Sort.NUMBER


def _out_of_address(text: str) -> str:
    """The code that a pasted address carries, whoever's: a debt's page, a slip, the field's filled page, a door with a
    number. What is no such address stays as it is."""
    typed = text.strip()
    if not _ADDRESS.match(typed) or "/" not in typed:
        return typed
    try:
        found = urlsplit(typed if "://" in typed else f"https://{typed}")
    except ValueError:
        return typed
    if "." not in found.netloc and "localhost" not in found.netloc:
        return typed  # «ΙΝΑ1234/123», not the name of a site
    return code_at(found.path, found.query) or typed


def _plate_and_number(text: str) -> tuple[str, str] | None:
    """(number, plate) when exactly one way of cutting the text in two gives a plate beside something with a digit."""
    found = set()
    for cut in _BETWEEN.finditer(text):
        first, second = text[: cut.start()].strip(), text[cut.end() :].strip()
        for plate, number in ((first, second), (second, first)):
            if _PLATE.fullmatch(ticket_fold(plate)) and _is_number(number):
                found.add((number, plate))
    # «ΙΝΑ 1234 / 12»: the same plate and number, cut at other blanks of the same text, count once.
    alike = {(ticket_fold(number), ticket_fold(plate)): (number, plate) for number, plate in found}
    return next(iter(alike.values())) if len(alike) == 1 else None


def _is_number(text: str) -> bool:
    """Whether a fine may bear it: some digit, and no plate itself."""
    folded = ticket_fold(text)
    return any(char.isdigit() for char in folded) and not _PLATE.fullmatch(folded)
