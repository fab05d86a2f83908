"""The well-known words of a debt's own description in English: «παροχή 40-1187, 6ο δίμηνο 2026».

The description is the municipality's, in Greek, a few facts with commas between them. What is certain is said in English;
everything else (streets, names, what nobody foresaw) stays as it is written. Pure; a closed list, nothing is guessed.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from obolos.base.text import fold

_MONTHS = {
    fold(word): english
    for english, words in {
        "January": "Ιανουάριος Ιανουαρίου", "February": "Φεβρουάριος Φεβρουαρίου", "March": "Μάρτιος Μαρτίου",
        "April": "Απρίλιος Απριλίου", "May": "Μάιος Μαΐου", "June": "Ιούνιος Ιουνίου", "July": "Ιούλιος Ιουλίου",
        "August": "Αύγουστος Αυγούστου", "September": "Σεπτέμβριος Σεπτεμβρίου", "October": "Οκτώβριος Οκτωβρίου",
        "November": "Νοέμβριος Νοεμβρίου", "December": "Δεκέμβριος Δεκεμβρίου",
    }.items()
    for word in words.split()
}  # fmt: skip
_YEAR, _NUMBER, _CODE = r"(\d{4})", r"(\d{1,3})", r"([^\s,]*\d[^\s,]*)"


def _month(found: re.Match[str]) -> str:
    month = _MONTHS.get(fold(found[2]))
    return f"{'return of ' if found[1] else ''}{month} {found[3]}" if month else found[0]


#: A whole fact → its English; `\1` is what the first bracket holds. The first that fits wins.
_FACTS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), english)
    for pattern, english in (
        (rf"παροχή (?:αρ\. )?{_CODE}", r"supply no. \1"),
        (rf"{_NUMBER}ο δίμηνο {_YEAR}", r"two-month period \1 of \2"),
        (rf"{_NUMBER}ο τρίμηνο {_YEAR}", r"quarter \1 of \2"),
        (rf"{_NUMBER}ο εξάμηνο {_YEAR}", r"half-year \1 of \2"),
        (rf"έτος {_YEAR}", r"year \1"),
        (rf"δόση {_NUMBER}(?: από |/){_NUMBER}", r"instalment \1 of \2"),
        (rf"δόση {_NUMBER}", r"instalment \1"),
        (r"πινακίδα (\d+(?:,\d+)?) τ\.μ\.", r"sign of \1 m²"),
        (r"πινακίδα ([Α-ΩA-Z]{2,3}[- ]?\d{1,4})", r"plate \1"),
        (r"ακίνητο (.+)", r"property \1"),
        (rf"τάφος {_CODE}", r"grave \1"),
        (rf"θέση {_CODE}", r"place \1"),
        (r"απόφαση (\d+/\d{4})", r"decision \1"),
        (rf"(δήλωση )?([α-ωΑ-Ωά-ώΆ-Ώϊΐ]+) {_YEAR}", _month),
    )
)


@lru_cache(4096)
def in_english(detail: str) -> str:
    """What a description says beyond its kind's name: «ακίνητο Σμύρνης 14, έτος 2026» → «property Σμύρνης 14, year 2026»."""
    return ", ".join(_fact(one) for one in detail.split(", "))


def _fact(fact: str) -> str:
    for pattern, english in _FACTS:
        found = pattern.fullmatch(fact.strip())
        if found:
            return english(found) if callable(english) else found.expand(english)
    return fact
