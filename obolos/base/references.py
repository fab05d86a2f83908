"""Identifiers people read, type and pay against: RF codes, tax numbers, plates, random references.

Pure functions over text. Nothing here knows what an identifier is bound to, or whether it exists.
"""

import re
import secrets
import unicodedata
from base64 import b32encode
from dataclasses import dataclass

UNKNOWN_AMOUNT_DIGIT = "8"
"""Stands in an RF code that is not bound to an amount (and for the amount zero)."""

_RF_SHAPE = re.compile(r"RF[0-9]{23}", re.ASCII)
_AMOUNT_WEIGHTS = (1, 7, 3)

# Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U (no words appear by chance).
_READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAY_CODE_LENGTH = 16
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})

# Letters that look the same on a plate, folded to Latin: Greek capitals, then the Cyrillic ones of foreign plates.
_LOOK_ALIKES = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "АВЕКМНОРСТУХ", "ABEZHIKMNOPTYX" + "ABEKMHOPCTYX")


class BadReference(ValueError):
    """The text is not the identifier it claims to be. `reason` is a machine word: SHAPE, LENGTH or CHECK_DIGITS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class RfParts:
    """An RF code taken apart. `amount_digit` 0–7 binds the code to an amount, 8 and 9 do not."""

    code: str
    organisation: str
    amount_digit: str
    free: str

    def admits(self, cents: int) -> bool:
        """Whether the amount digit allows `cents`. One wrong amount in eight passes: compare the real amount too."""
        return self.amount_digit in "89" or self.amount_digit == amount_digit(cents)


def amount_digit(cents: int | None) -> str:
    """The digit of an RF code that stands for an amount in euro cents.

    Digits from the right times 1, 7, 3, 1, 7, 3…, summed modulo 8: 12,34 € → 4·1 + 3·7 + 2·3 + 1·1 = 32 → 0.
    None and zero give 8 ("amount not bound"); 9 is never made.
    """
    if cents is None or cents == 0:
        return UNKNOWN_AMOUNT_DIGIT
    if cents < 0:
        raise ValueError("an amount cannot be negative")
    return str(sum(int(digit) * _AMOUNT_WEIGHTS[i % 3] for i, digit in enumerate(reversed(str(cents)))) % 8)


def rf_code(org5: str, amount_cents: int | None, free15: str) -> str:
    """The DIAS payment code (ISO 11649) of an organisation: RF, 2 check digits, organisation, amount digit, 15 free.

    Raises ValueError unless `org5` is 5 and `free15` 15 ASCII digits.
    """
    if not (_is_digits(org5, 5) and _is_digits(free15, 15)):
        raise ValueError("organisation needs 5 digits, the free part 15")
    body = org5 + amount_digit(amount_cents) + free15
    return f"RF{_rf_check_digits(body)}{body}"


def rf_check(code: str) -> RfParts:
    """Take a typed or scanned RF code apart; blanks and lower case are forgiven, anything else is not.

    Raises BadReference: LENGTH (a shorter or longer code), SHAPE (other characters) or CHECK_DIGITS (a typing error).
    Only the one canonical pair of check digits is accepted, so that one code has one spelling.
    """
    compact = re.sub(r"[ \u00a0\t]", "", code).upper()
    if not _RF_SHAPE.fullmatch(compact):
        looks_right = re.fullmatch(r"RF[0-9A-Z]*", compact, re.ASCII) and len(compact) != 25
        raise BadReference("LENGTH" if looks_right else "SHAPE")
    body = compact[4:]
    if compact[2:4] != _rf_check_digits(body):
        raise BadReference("CHECK_DIGITS")
    return RfParts(code=compact, organisation=body[:5], amount_digit=body[5], free=body[6:])


def rf_fits(folded: str) -> bool:
    """Whether the check digits of any RF code (ISO 11649), whoever made it, fit the rest: «RF» and digits, no blanks.

    They find every single wrong digit and nearly every swapped pair.
    """
    return int(f"{folded[4:]}2715{folded[2:4]}") % 97 == 1


def rf_format(code: str) -> str:
    """The code in groups of four, as printed and shown."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def random_free15() -> str:
    """15 random digits for the free part of an RF code (about 49 bits); the caller's unique key settles collisions."""
    return f"{secrets.randbelow(10**15):015d}"


def afm_valid(text: str) -> bool:
    """Whether `text` is exactly a Greek tax number: 9 ASCII digits, Σ dᵢ·2⁹⁻ⁱ mod 11 mod 10 = d₉, not all zeros."""
    if not _is_digits(text, 9) or text == "000000000":
        return False
    total = 0
    for digit in text[:8]:
        total = total * 2 + int(digit)
    return total * 2 % 11 % 10 == int(text[8])


def afm_clean(text: str) -> str:
    """A tax number as people write it (blanks, EL or GR in front, old 8-digit form) → its 9 digits.

    Raises BadReference: SHAPE or CHECK_DIGITS.
    """
    compact = re.sub(r"[\s.\-]", "", text).upper()
    compact = compact[2:] if compact[:2] in ("EL", "GR") else compact
    compact = "0" + compact if _is_digits(compact, 8) else compact
    if not _is_digits(compact, 9):
        raise BadReference("SHAPE")
    if not afm_valid(compact):
        raise BadReference("CHECK_DIGITS")
    return compact


def plate_fold(text: str) -> str:
    """A vehicle plate in one alphabet: upper case Latin for look-alikes, letters and digits only. Idempotent."""
    return _letters_and_digits(text)


def ticket_fold(text: str) -> str:
    """A fine's number for comparing: like a plate, since people mix alphabets, dashes, slashes and blanks in both."""
    return _letters_and_digits(text)


def reference_fold(text: str) -> str:
    """A typed display reference → the letters and digits of the one we printed (O read as 0, I and L as 1)."""
    folded = _letters_and_digits(text)
    return folded[:2] + folded[2:].translate(_READ_AS)


def random_reference(prefix: str) -> str:
    """A reference for people to read out, e.g. `OB-7K2M-94QX`: 40 random bits, no letters that are mistaken."""
    body = "".join(secrets.choice(_READABLE) for _ in range(8))
    return f"{prefix}-{body[:4]}-{body[4:]}"


def random_pay_code() -> str:
    """A code for paper and links that opens one debt by itself: 16 readable characters, 80 random bits."""
    return "".join(secrets.choice(_READABLE) for _ in range(PAY_CODE_LENGTH))


def pay_code_fold(text: str) -> str:
    """A typed pay code → the one we printed (blanks and dashes out, O read as 0, I and L as 1). Raises BadReference."""
    folded = _letters_and_digits(text).translate(_READ_AS)
    if len(folded) != PAY_CODE_LENGTH:
        raise BadReference("LENGTH")
    if not set(folded) <= set(_READABLE):
        raise BadReference("SHAPE")
    return folded


def slip_number(pad: str, serial: int) -> str:
    """The number of a fine slip: five digits of its pad, three of its place there, a check digit.

    ISO 7064 MOD 11,10 finds every wrong digit and nearly every swapped pair. Pad 48213, slip 7 → 482130079.
    """
    if not (_is_digits(pad, 5) and 0 < serial < 1000):
        raise ValueError("a pad has 5 digits and slips 1 to 999")
    body = f"{pad}{serial:03d}"
    return body + _check_digit(body)


def slip_number_valid(folded: str) -> bool:
    """Whether nine digits are a slip's number, by its check digit."""
    return _is_digits(folded, 9) and folded[5:8] != "000" and folded[8] == _check_digit(folded[:8])


def slip_format(number: str) -> str:
    """As printed: 48213-007-9."""
    return f"{number[:5]}-{number[5:8]}-{number[8:]}"


def random_pad_number() -> str:
    """Five random digits."""
    return f"{secrets.randbelow(10**5):05d}"


def _check_digit(body: str) -> str:
    """ISO 7064 MOD 11,10 over digits."""
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def random_id() -> str:
    """An unguessable identifier for addresses and for banks: 26 lower-case letters and digits, 130 random bits."""
    return b32encode(secrets.token_bytes(20))[:26].decode().lower()


def _rf_check_digits(body: str) -> str:
    """ISO 11649 over a body of digits: 98 − (body, then R=27, F=15, 00) mod 97, two places."""
    return f"{98 - int(body + '271500') % 97:02d}"


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _letters_and_digits(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper()).upper()
    return "".join(char for char in plain.translate(_LOOK_ALIKES) if char.isalnum())
