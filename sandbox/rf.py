"""The RF code as DIAS checks it: RF, two check digits (ISO 11649), organisation, amount digit, fifteen free digits."""

import re

_SHAPE = re.compile(r"RF[0-9]{23}", re.ASCII)
UNCHECKED = "89"  # amount digits that bind the code to no amount


class BadRf(ValueError):
    """Not a code DIAS passes on."""


def clean(code: str) -> str:
    """Upper case, without blanks."""
    return re.sub(r"\s", "", code).upper()


def organisation_of(code: str) -> str:
    """Whose code it is. Raises BadRf when the code is not one at all."""
    code = clean(code)
    if not _SHAPE.fullmatch(code):
        raise BadRf("an RF code is RF and 23 digits")
    if int(code[4:] + "2715" + code[2:4]) % 97 != 1:
        raise BadRf("the check digits are wrong")
    return code[4:9]


def check_amount(code: str, cents: int) -> None:
    """Whether this amount may be paid with this code. Raises BadRf."""
    told = clean(code)[9]
    if told not in UNCHECKED and told != amount_digit(cents):
        raise BadRf("the code was issued for another amount")


def amount_digit(cents: int) -> str:
    """Weights 1, 7, 3 from the right over the digits of the cents, modulo 8; no amount gives 8."""
    if cents == 0:
        return "8"
    weights = (1, 7, 3)
    return str(sum(int(digit) * weights[place % 3] for place, digit in enumerate(reversed(str(cents)))) % 8)
