"""Reading one value of a row, fast: what was read once is remembered, since files repeat dates, names and amounts.

Each reader gives None for a wrong value; `reasons` then says why. Memory is bounded.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from obolos.base.references import BadReference, afm_valid, rf_check
from obolos.base.text import fold
from obolos.domain.debts.debts_file.layout import FIRST_YEAR, LAST_YEAR

_REMEMBERED = 50_000

#: What names hold besides letters, marks and digits. No < > = \ | { }: markup and formulas are no names.
_IN_NAMES = frozenset(" .,-–—_'’‘ʹ΄´`\"“”«»()[]&/+:;·*#@%°ºª!?")


class _Memory(dict[str, str | None]):
    """A bounded memory of good values. Subclasses say how one is read; wrong ones are read anew each time."""

    def __missing__(self, text: str) -> str | None:
        value = self.read(text)
        if value is not None:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = value
        return value

    def read(self, text: str) -> str | None:
        """The value of a text, None when it is wrong."""
        raise NotImplementedError


class Dates(_Memory):
    """Dates of one style as ISO text."""

    def __init__(self, *, slashed: bool) -> None:
        super().__init__()
        self.shape = re.compile(r"(\d\d)/(\d\d)/(\d{4})" if slashed else r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
        self.slashed = slashed

    def read(self, text: str) -> str | None:
        """The date as yyyy-mm-dd; None unless it exists, in this style, within 1950–2100."""
        on = self.parse(text)
        return on.isoformat() if on and FIRST_YEAR <= on.year <= LAST_YEAR else None

    def parse(self, text: str) -> date | None:
        """The date of a text in this style, whichever year; None when there is no such date."""
        found = self.shape.fullmatch(text)
        if found is None:
            return None
        year, month, day = (found[3], found[2], found[1]) if self.slashed else found.groups()
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            return None


class Amounts(dict[str, int | None]):
    """Amounts with one decimal mark, in cents: two decimals, 0.00 to 999,999,999.99, nothing else."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self.mark = mark
        self.shape = re.compile(r"(?:0|[1-9][0-9]{0,8})" + re.escape(mark) + "[0-9]{2}", re.ASCII)

    def __missing__(self, text: str) -> int | None:
        if self.shape.fullmatch(text) is None:
            return None
        cents = int(text[:-3] + text[-2:])
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = cents
        return cents


class Versions(_Memory):
    """Versions: whole numbers of up to 18 digits."""

    def read(self, text: str) -> str | None:
        """The number without leading zeros."""
        return str(int(text)) if 0 < len(text) <= 18 and text.isascii() and text.isdigit() else None


class Names(_Memory):
    """Names with their folded form, as `name TAB folded`, both within the columns that hold them."""

    def read(self, text: str) -> str | None:
        """Name and folded name; None when it is no name."""
        folded = fold(text)
        if not name_like(text) or len(text) > 200 or not 0 < len(folded) <= 200:
            return None
        return f"{escaped(text)}\t{escaped(folded)}"


class Afms(_Memory):
    """Tax numbers whose check digit is right."""

    def read(self, text: str) -> str | None:
        """The number itself."""
        return text if afm_valid(text) else None


class RfCodes(_Memory):
    """RF codes that the municipality printed, in their one compact spelling."""

    def read(self, text: str) -> str | None:
        """The code without blanks; None when its check digits are wrong."""
        try:
            return rf_check(text).code
        except BadReference:
            return None


class Folded(_Memory):
    """Plates or ticket numbers with their folded form, as `text TAB folded`."""

    def __init__(self, fold_one: Callable[[str], str], longest: int) -> None:
        super().__init__()
        self.fold_one = fold_one
        self.longest = longest

    def read(self, text: str) -> str | None:
        """Text and folded text; None when nothing is left to compare by."""
        folded = self.fold_one(text)
        if len(text) > self.longest or not 0 < len(folded) <= self.longest:
            return None
        return f"{escaped(text)}\t{folded}"


def name_like(text: str) -> bool:
    """Whether a text could be somebody's name: it has a letter, and nothing that no name has."""
    lettered = False
    for char in text:
        if char.isalpha():
            lettered = True
        elif char not in _IN_NAMES and unicodedata.category(char) not in {"Mn", "Mc", "Nd"}:
            return False
    return lettered


def escaped(text: str) -> str:
    """For COPY's text format. Controls were refused before; only the backslash is left to escape."""
    return text.replace("\\", "\\\\") if "\\" in text else text
