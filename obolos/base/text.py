"""Text for searching and for short messages. Pure functions, no language of their own, no business noun."""

import re
import unicodedata


def plain(text: str, longest: int | None = None) -> str:
    """What somebody typed, without blanks around it and without NUL, which PostgreSQL has no character for."""
    return text.replace("\x00", "").strip()[:longest]


def one_line(text: str, longest: int | None = None) -> str:
    """As `plain`, with every run of blanks and line ends as one blank."""
    return " ".join(text.replace("\x00", " ").split())[:longest]


# GSM 03.38: what one septet can say, and what takes an escape and thus two.
_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("\f^{}\\[~]|€")

# Greek capitals that GSM 03.38 lacks travel as the Latin letters of the same shape.
_LATIN_TWINS = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
_SPELT = _LATIN_TWINS | {
    "€": "EUR",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "`": "'",
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "…": "...",
    "·": ".",
    "\u037e": ";",
    "\u0387": ".",
    "•": "-",
    "\t": " ",
    "№": "NO",
}


#: What a firm's name ends in or holds; such a name stays as it is registered.
_FIRM = re.compile(
    r"(?<!\w)(Α\.?Ε|Ο\.?Ε|Ε\.?Ε|Ε\.?Π\.?Ε|Ι\.?Κ\.?Ε|Α\.?Β\.?Ε\.?Ε|ΑΦΟΙ|ΥΙΟΙ|ΣΙΑ|ΕΤΑΙΡ\w+|ΣΥΝΕΤΑΙΡΙΣΜ\w+|ΔΗΜΟΣ|ΔΕΥΑ\w*|LTD|SA|PC)\.?(?!\w)"
    r"|[&\d«»\"]"
)


def as_people_write(name: str) -> str:
    """A person's name out of a register's capitals: «ΜΑΡΚΑΚΗ ΕΛΕΝΗ» → «Μαρκακη Ελενη». Accents cannot be guessed.

    A firm's name stays as it is registered, and so does one that has small letters already.
    """
    if not name.isupper() or _FIRM.search(name):
        return name
    return re.sub(r"\w+", lambda word: word[0][0] + word[0].lower()[1:], name)


def fold(text: str) -> str:
    """Text for searching: upper case, no accents, one sigma, single blanks. Idempotent; alphabets are not mixed.

    Words of people and places, e.g. «Παπαδοπούλου  Ελένη» → «ΠΑΠΑΔΟΠΟΥΛΟΥ ΕΛΕΝΗ».
    """
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return " ".join(bare.upper().split())


def sms_fold(text: str) -> str:
    """Text as one plain SMS alphabet holds it: capitals, no accents, Greek letters by their Latin twins, EUR for €.

    Idempotent. Every result fits GSM 03.38, so a message never costs the double for one odd letter; a character that
    has no counterpart becomes `?`. Latin capitals and digits stay as they are, and thus RF codes and references do.
    """
    return "".join(_sms_spelling(char) for char in unicodedata.normalize("NFC", text))


def sms_parts(text: str) -> int:
    """How many messages `text` is sent and paid as: 160 septets (153 per part), else 70 UTF-16 units (67 per part).

    `^ { } [ ] ~ | \\ €` cost two septets. An escape or a surrogate pair is never cut. Empty text is 0 parts.
    """
    if all(char in _GSM_BASIC or char in _GSM_EXTENDED for char in text):
        return _parts([2 if char in _GSM_EXTENDED else 1 for char in text], 160, 153)
    return _parts([2 if ord(char) > 0xFFFF else 1 for char in text], 70, 67)


def _parts(costs: list[int], single: int, several: int) -> int:
    if sum(costs) <= single:
        return 1 if costs else 0
    parts, room = 1, several
    for cost in costs:
        if cost > room:
            parts, room = parts + 1, several
        room -= cost
    return parts


def _sms_spelling(char: str) -> str:
    upper = char.upper()
    if len(upper) > 1 and char not in _GSM_BASIC:
        return "".join(_sms_spelling(part) for part in unicodedata.normalize("NFD", upper))
    char = upper if len(upper) == 1 else char
    if char in _SPELT:
        return _SPELT[char]
    if char in _GSM_BASIC or (char in _GSM_EXTENDED and char != "\f"):
        return char
    parts = [part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)]
    if parts and parts != [char]:
        return "".join(_sms_spelling(part) for part in parts)
    return "" if unicodedata.category(char)[0] in "MC" else " " if char.isspace() else "?"
