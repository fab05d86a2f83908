"""Euro amounts as integer cents: exact rounding, what people read, what people type.

Must not know floats, currencies other than the euro, or the language setting of a request: the caller
picks the notation.
"""

import re

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
#: 100 billion euro: far above any municipal debt, far inside a bigint.
MAX_CENTS = 10_000_000_000_000

_PLAIN = re.compile(r"([0-9]{1,15})(?:[.,]([0-9]+))?")
_GROUPED = re.compile(r"([1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\2[0-9]{3})*)(?:([.,])([0-9]+))?")


class BadAmount(ValueError):
    """A text is not one certain amount. `reason` is a machine word, see `parse_euro`."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"{reason}: {text[:40]!r}")
        self.reason = reason


def round_half_up(numerator: int, denominator: int) -> int:
    """Exact quotient rounded to the nearest integer; a half goes away from zero (as a cash desk rounds).

    Both are integers, `denominator` > 0. 365/2 → 183, −365/2 → −183.
    """
    if denominator <= 0:
        raise ValueError("denominator must be positive")
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((2 * -numerator + denominator) // (2 * denominator))


def euro_el(cents: int) -> str:
    """`1.234,56 €` with a no-break space, as Greek people read it; negative with a true minus sign."""
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", ".")
    return f"{MINUS if cents < 0 else ''}{grouped},{rest:02d}{NO_BREAK_SPACE}€"


def euro_en(cents: int) -> str:
    """`€1,234.56`; negative with a true minus sign before the currency."""
    euros, rest = divmod(abs(cents), 100)
    return f"{MINUS if cents < 0 else ''}€{euros:,}.{rest:02d}"


def euro_plain(cents: int) -> str:
    """`1234.56`: for files and protocols, never for people; negative with an ASCII hyphen."""
    euros, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{euros}.{rest:02d}"


def parse_euro(text: str, *, allow_negative: bool = False, two_decimals: bool = False) -> int:
    """Cents of an amount typed by a person or found in a file, in Greek or English notation.

    Accepts `1.234,56`, `1,234.56`, `1234,56`, `1234.56`, `1234`, `12,5` (= 12,50), one euro sign before or
    after, spaces (also no-break) around. With `two_decimals` exactly two decimals are demanded, as in files.
    Raises BadAmount with reason EMPTY, SHAPE (letters, NaN, exponents, non-ASCII digits, inner spaces,
    broken groups), AMBIGUOUS (`1.234` may be thousands or three decimals), DECIMALS (more than two),
    NEGATIVE (unless `allow_negative`) or TOO_LARGE. Never guesses.
    """
    body = text.strip()
    if not body:
        raise BadAmount("EMPTY", text)
    negative = body[0] in "-" + MINUS
    if negative:
        body = body[1:]
    if body.startswith("€"):
        body = body[1:].lstrip()
    elif body.endswith("€"):
        body = body[:-1].rstrip()
    euros, decimals = _split(body, text)
    if len(decimals) > 2 or (two_decimals and len(decimals) != 2):
        raise BadAmount("DECIMALS", text)
    if negative and not allow_negative:
        raise BadAmount("NEGATIVE", text)
    cents = int(euros) * 100 + int(decimals.ljust(2, "0"))
    if cents > MAX_CENTS:
        raise BadAmount("TOO_LARGE", text)
    return -cents if negative else cents


def _split(body: str, text: str) -> tuple[str, str]:
    """Digits before and after the decimal mark."""
    if grouped := _GROUPED.fullmatch(body):
        whole, separator, mark, decimals = grouped.groups()
        if mark is None and whole.count(separator) == 1:
            raise BadAmount("AMBIGUOUS", text)
        if mark == separator:
            raise BadAmount("SHAPE", text)
        return whole.replace(separator, ""), decimals or ""
    if plain := _PLAIN.fullmatch(body):
        return plain[1], plain[2] or ""
    raise BadAmount("SHAPE", text)
