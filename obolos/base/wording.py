"""Amounts and dates as people read them in Greek and English, for what is made outside a request: documents, messages.

Adapters have no gettext; the two languages sit here side by side. Must not know what a text is about.
"""

from datetime import date, datetime

from obolos.base.dates import ATHENS
from obolos.base.money import euro_el, euro_en

LANGUAGES = ("el", "en")

#: How soon we hear of a payment by RF code. The only place that says it: pages and letters take it from here.
RF_KNOWN = {
    "el": "Οι περισσότερες τράπεζες μας ενημερώνουν αμέσως, οι άλλες έως την επόμενη εργάσιμη.",
    "en": "Most banks tell us at once, the others by the next working day.",
}
#: The same beside a choice of means.
RF_KNOWN_SHORT = {"el": "Το μαθαίνουμε έως την επόμενη εργάσιμη", "en": "Known by the next working day"}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MONTHS = {
    "el": _words(
        "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου "
        "Δεκεμβρίου"
    ),
    "en": _words("January February March April May June July August September October November December"),
}

WEEKDAYS = {
    "el": _words("Δευτέρα Τρίτη Τετάρτη Πέμπτη Παρασκευή Σάββατο Κυριακή"),
    "en": _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
}

# Gender matters in Greek: euro, million and cent are neuter, thousand (χιλιάδες) is feminine.
_UNITS_EL = _words(
    "μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα δέκα έντεκα δώδεκα δεκατρία δεκατέσσερα δεκαπέντε δεκαέξι "
    "δεκαεπτά δεκαοκτώ δεκαεννέα"
)
_UNITS_FEMININE = {1: "μία", 3: "τρεις", 4: "τέσσερις", 13: "δεκατρείς", 14: "δεκατέσσερις"}
_TENS_EL = _words("_ _ είκοσι τριάντα σαράντα πενήντα εξήντα εβδομήντα ογδόντα ενενήντα")
_HUNDREDS_EL = _words("_ _ διακόσι τριακόσι τετρακόσι πεντακόσι εξακόσι επτακόσι οκτακόσι εννιακόσι")
_UNITS_EN = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS_EN = _words("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
_BEYOND_WORDS_CENTS = 10**14


def euro(cents: int, language: str) -> str:
    """`cents` in the notation of the language: "1.234,56 €" (el) or "€1,234.56" (en)."""
    return euro_en(cents) if language == "en" else euro_el(cents)


def long_date(on: date, language: str) -> str:
    """A date for a sentence: "23 Νοεμβρίου 2026" or "23 November 2026"."""
    return f"{on.day} {MONTHS[language][on.month - 1]} {on.year}"


def short_date(on: date) -> str:
    """A date for a table, the same in both languages: "23/11/2026"."""
    return f"{on:%d/%m/%Y}"


def day_and_time(at: datetime, language: str) -> str:
    """When something is, with its day of the week: "Σάββατο 5 Δεκεμβρίου 2026, 20:30"."""
    local = at.astimezone(ATHENS)
    return f"{WEEKDAYS[language][local.weekday()]} {long_date(local.date(), language)}, {local:%H:%M}"


def athens_moment(at: datetime, language: str) -> str:
    """The instant as Athens wall time, "23 Νοεμβρίου 2026, 19:06". Refuses a naive datetime (ValueError)."""
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone")
    local = at.astimezone(ATHENS)
    return f"{long_date(local.date(), language)}, {local:%H:%M}"


def amount_in_words(cents: int, language: str) -> str:
    """The amount spelled out, as receipts do. ValueError below zero or from a million million euro on."""
    return amount_in_words_en(cents) if language == "en" else amount_in_words_el(cents)


def amount_in_words_el(cents: int) -> str:
    """34518 → "τριακόσια σαράντα πέντε ευρώ και δεκαοκτώ λεπτά"; 1 → "ένα λεπτό"; 0 → "μηδέν ευρώ"."""
    whole, rest = _euro_and_cents(cents)
    parts = []
    if whole or not rest:
        parts.append(f"{_number_el(whole)} ευρώ")
    if rest:
        parts.append(f"{_number_el(rest)} {'λεπτό' if rest == 1 else 'λεπτά'}")
    return " και ".join(parts)


def amount_in_words_en(cents: int) -> str:
    """34518 → "three hundred and forty-five euros and eighteen cents"; 1 → "one cent"; 0 → "zero euros"."""
    whole, rest = _euro_and_cents(cents)
    parts = []
    if whole or not rest:
        parts.append(f"{_number_en(whole)} {'euro' if whole == 1 else 'euros'}")
    if rest:
        parts.append(f"{_number_en(rest)} {'cent' if rest == 1 else 'cents'}")
    return " and ".join(parts)


def _euro_and_cents(cents: int) -> tuple[int, int]:
    if not 0 <= cents < _BEYOND_WORDS_CENTS:
        raise ValueError(f"cannot write {cents} cents in words")
    return divmod(cents, 100)


def _number_el(number: int) -> str:
    if number == 0:
        return _UNITS_EL[0]
    words = []
    for scale, one, many in ((10**9, "δισεκατομμύριο", "δισεκατομμύρια"), (10**6, "εκατομμύριο", "εκατομμύρια")):
        count, number = divmod(number, scale)
        if count:
            words.append(f"{_below_thousand_el(count)} {one if count == 1 else many}")
    thousands, number = divmod(number, 1000)
    if thousands == 1:
        words.append("χίλια")
    elif thousands:
        words.append(f"{_below_thousand_el(thousands, feminine=True)} χιλιάδες")
    if number:
        words.append(_below_thousand_el(number))
    return " ".join(words)


def _below_thousand_el(number: int, *, feminine: bool = False) -> str:
    words = []
    hundreds, rest = divmod(number, 100)
    if hundreds == 1:
        words.append("εκατόν" if rest else "εκατό")
    elif hundreds:
        words.append(_HUNDREDS_EL[hundreds] + ("ες" if feminine else "α"))
    if rest >= 20:
        words.append(_TENS_EL[rest // 10])
        rest %= 10
    if rest:
        words.append(_UNITS_FEMININE.get(rest, _UNITS_EL[rest]) if feminine else _UNITS_EL[rest])
    return " ".join(words)


def _number_en(number: int) -> str:
    if number == 0:
        return _UNITS_EN[0]
    words = []
    for scale, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        count, number = divmod(number, scale)
        if count:
            words.append(f"{_below_thousand_en(count)} {name}")
    if number:
        joint = "and " if words and number < 100 else ""
        words.append(joint + _below_thousand_en(number))
    return " ".join(words)


def _below_thousand_en(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{_UNITS_EN[hundreds]} hundred"] if hundreds else []
    if rest:
        tens, unit = divmod(rest, 10)
        small = _UNITS_EN[rest] if rest < 20 else _TENS_EN[tens] + (f"-{_UNITS_EN[unit]}" if unit else "")
        words.append(f"and {small}" if hundreds else small)
    return " ".join(words)
