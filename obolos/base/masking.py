"""Addresses shown so that their owner recognises them and nobody else learns them. Pure functions over text."""

import re

from obolos.base.text import fold

_HIDDEN = "•••"
_WORD = re.compile(r"\w+")


def masked_email(address: str) -> str:
    """«eleni@example.gr» → «e•••@example.gr»; empty stays empty."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}{_HIDDEN}@{domain}" if at else _HIDDEN if address else ""


def masked_mobile(number: str) -> str:
    """«+306900000123» → «•••123»; empty stays empty."""
    digits = "".join(char for char in number if char.isdigit())
    return f"{_HIDDEN}{digits[-3:]}" if len(digits) >= 6 else _HIDDEN if number else ""


def masked(address: str) -> str:
    """An e-mail address or a mobile number, masked."""
    return masked_email(address) if "@" in address else masked_mobile(address)


def masked_plate(plate: str) -> str:
    """A plate whose owner recognises it: «ΙΝΑ-1234» → «ΙΝΑ-1••4»; a short one keeps its beginning only."""
    shown = next((place for place, char in enumerate(plate) if char.isdigit()), 0) + 1
    last = len(plate) - 1 if len(plate) - shown > 2 else len(plate)
    return plate[:shown] + "".join("•" if char.isalnum() else char for char in plate[shown:last]) + plate[last:]


def without_words(text: str, hidden: str) -> str:
    """`text` with every word of `hidden` (a name, a number) made unreadable, whatever its accents and capitals."""
    words = {word for word in _WORD.findall(fold(hidden)) if len(word) >= 3}
    return _WORD.sub(lambda found: _HIDDEN if fold(found[0]) in words else found[0], text)
