"""Lines become fields. Clean lines are split; a line with quotes, blanks at the edges or odd characters is looked at.

A field never spans lines: a quote that is not closed is a defect of its line, not the end of the file.
"""

import re
import unicodedata

from obolos.domain.debts.debts_file.defects import Findings, Reason
from obolos.domain.debts.debts_file.layout import MAX_LINE_BYTES

#: What a wrong one-byte decoding makes of Greek, and what nobody writes: ¤ ¶ ΅ ͺ ₯ and the replacement character.
SUSPECT = "¤¶\u0385\u037a₯\ufffd"
_EDGE_BLANKS = re.compile(r"(?:^|;)[ \u00a0]|[ \u00a0](?:;|$)", re.MULTILINE)
#: A field: quoted with "" for a quote inside, or plain without any quote.
_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^";]*))(;|$)')


def is_clean(text: str) -> bool:
    """Whether every line of a block can simply be split at its semicolons."""
    return (
        '"' not in text
        and not _EDGE_BLANKS.search(text)
        and (text.isascii() or (unicodedata.is_normalized("NFC", text) and not any(map(text.__contains__, SUSPECT))))
        and text.replace("\n", "").isprintable()
    )


def fields_of(line: str, number: int, found: Findings) -> list[str] | None:
    """The fields of one line that may be unclean: composed (NFC), trimmed, unquoted. None, with a defect, when bad."""
    if not line.strip():
        found.add(number, "", "", Reason.LINE_EMPTY)
        return None
    if len(line) > MAX_LINE_BYTES:
        found.add(number, "", line, Reason.LINE_TOO_LONG)
        return None
    line = unicodedata.normalize("NFC", line.replace("\u00a0", " "))
    for bad, reason in ((not line.isprintable(), Reason.CONTROL_CHARACTER), (_suspect(line), Reason.SUSPECT_CHARACTER)):
        if bad:
            found.add(number, "", _around(line, reason), reason)
            return None
    fields = line.split(";") if '"' not in line else _unquoted(line)
    if fields is None:
        found.add(number, "", line, Reason.QUOTES)
        return None
    return [field.strip() for field in fields]


def first_field(line: str) -> str:
    """The id that a bad line seems to begin with."""
    return line.partition(";")[0].strip(' "\u00a0')[:100]


def _unquoted(line: str) -> list[str] | None:
    fields, at = [], 0
    while True:
        found = _FIELD.match(line, at)
        if found is None:
            return None
        quoted, plain, end = found.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        if not end:
            return fields


def _suspect(line: str) -> bool:
    return any(char in line for char in SUSPECT)


def _around(line: str, reason: Reason) -> str:
    """The neighbourhood of the first bad character."""
    for at, char in enumerate(line):
        if (char in SUSPECT) if reason is Reason.SUSPECT_CHARACTER else not char.isprintable():
            return line[max(0, at - 10) : at + 10]
    return ""
