"""What is wrong with a debts file: reasons as machine words, defects with line and column, a bounded list of them.

A defect refuses the whole file. A note is worth knowing and refuses nothing. Words for people are in `wording`.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Defects kept word by word; all are counted.
KEPT = 1_000
#: A value is repeated in a report no longer than this.
VALUE_SHOWN = 80


class Reason(StrEnum):
    """Why a file, a line or a value is refused."""

    # the file
    FILE_NAME = "FILE_NAME"
    FILE_NAME_DIFFERS = "FILE_NAME_DIFFERS"
    FILE_EMPTY = "FILE_EMPTY"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_CHANGED = "FILE_CHANGED"
    NOT_TEXT = "NOT_TEXT"
    ENCODING_UNKNOWN = "ENCODING_UNKNOWN"
    ENCODING_UNCLEAR = "ENCODING_UNCLEAR"
    ENCODING_MIXED = "ENCODING_MIXED"
    ENCODING_WRONG = "ENCODING_WRONG"
    # header and trailer
    HEADER_MISSING = "HEADER_MISSING"
    HEADER_VALUE = "HEADER_VALUE"
    MUNICIPALITY_OTHER = "MUNICIPALITY_OTHER"
    SEQUENCE_GAP = "SEQUENCE_GAP"
    SEQUENCE_TAKEN = "SEQUENCE_TAKEN"
    TRAILER_MISSING = "TRAILER_MISSING"
    TRAILER_VALUE = "TRAILER_VALUE"
    ROWS_DIFFER = "ROWS_DIFFER"
    SUM_DIFFERS = "SUM_DIFFERS"
    HASH_DIFFERS = "HASH_DIFFERS"
    # lines
    LINE_TOO_LONG = "LINE_TOO_LONG"
    LINE_EMPTY = "LINE_EMPTY"
    QUOTES = "QUOTES"
    COLUMN_COUNT = "COLUMN_COUNT"
    CONTROL_CHARACTER = "CONTROL_CHARACTER"
    SUSPECT_CHARACTER = "SUSPECT_CHARACTER"
    # values
    MISSING = "MISSING"
    TOO_LONG = "TOO_LONG"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NOT_ONE_OF = "NOT_ONE_OF"
    AFM_SHAPE = "AFM_SHAPE"
    AFM_CHECK_DIGIT = "AFM_CHECK_DIGIT"
    NAME = "NAME"
    CODE_UNKNOWN = "CODE_UNKNOWN"
    CODE_OUTSIDE_SCOPE = "CODE_OUTSIDE_SCOPE"
    YEAR = "YEAR"
    DATE_SHAPE = "DATE_SHAPE"
    DATE_IMPOSSIBLE = "DATE_IMPOSSIBLE"
    DATE_STYLE = "DATE_STYLE"
    DATE_RANGE = "DATE_RANGE"
    DATE_IN_FUTURE = "DATE_IN_FUTURE"
    AMOUNT_SHAPE = "AMOUNT_SHAPE"
    AMOUNT_DECIMALS = "AMOUNT_DECIMALS"
    AMOUNT_STYLE = "AMOUNT_STYLE"
    AMOUNT_NEGATIVE = "AMOUNT_NEGATIVE"
    AMOUNT_TOO_LARGE = "AMOUNT_TOO_LARGE"
    RF_SHAPE = "RF_SHAPE"
    RF_LENGTH = "RF_LENGTH"
    RF_CHECK_DIGITS = "RF_CHECK_DIGITS"
    NO_LETTER_OR_DIGIT = "NO_LETTER_OR_DIGIT"
    # values that do not fit together
    UNCERTIFIED_WITH_DATE = "UNCERTIFIED_WITH_DATE"
    PAID_OVER_PRINCIPAL = "PAID_OVER_PRINCIPAL"
    WRITTEN_OFF_OVER_PRINCIPAL = "WRITTEN_OFF_OVER_PRINCIPAL"
    SURCHARGE_WITHOUT_DATE = "SURCHARGE_WITHOUT_DATE"
    DATE_WITHOUT_SURCHARGE = "DATE_WITHOUT_SURCHARGE"
    INSTALMENT_RANGE = "INSTALMENT_RANGE"
    INSTALMENT_TWICE = "INSTALMENT_TWICE"
    INSTALMENT_MISSING = "INSTALMENT_MISSING"
    DIFFERS_IN_DEBT = "DIFFERS_IN_DEBT"
    DEBT_TWICE = "DEBT_TWICE"
    RF_TWICE = "RF_TWICE"
    RF_TAKEN = "RF_TAKEN"
    DEBT_TAKEN = "DEBT_TAKEN"
    # our side
    INTERNAL = "INTERNAL"


class Note(StrEnum):
    """What was done otherwise than the file may have meant."""

    VERSION_OLDER = "VERSION_OLDER"
    VERSION_SAME_OTHER_CONTENT = "VERSION_SAME_OTHER_CONTENT"
    MADE_AHEAD = "MADE_AHEAD"
    MADE_BEFORE_LAST = "MADE_BEFORE_LAST"
    PERSON_RENAMED = "PERSON_RENAMED"


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong, or worth a note. `line` 0 is the file as a whole; `column` is "" where none is meant."""

    line: int
    column: str
    value: str
    reason: str

    def as_plain(self) -> dict[str, Any]:
        """For a stored report; see `wording.with_words` for people."""
        return {"line": self.line, "column": self.column, "value": self.value, "reason": str(self.reason)}


@dataclass(slots=True)
class Findings:
    """Defects in the order found: the first `KEPT` word by word, all of them counted by reason."""

    kept: list[Defect] = field(default_factory=list)
    by_reason: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """All of them, kept or not."""
        return self.by_reason.total()

    def add(self, line: int, column: str, value: str, reason: str, times: int = 1) -> None:
        """Count one finding (or `times`, of which this one is shown) and keep it while there is room."""
        self.by_reason[str(reason)] += times
        if len(self.kept) < KEPT:
            self.kept.append(Defect(line, column, shown(value), reason))

    def extend(self, found: "Findings") -> None:
        """Take in everything of another list."""
        self.by_reason.update(found.by_reason)
        self.kept.extend(found.kept[: KEPT - len(self.kept)])

    def as_plain(self) -> list[dict[str, Any]]:
        """The kept ones by line, for a stored report."""
        return [one.as_plain() for one in sorted(self.kept, key=lambda one: (one.line or 10**12, one.column))]


def shown(value: str) -> str:
    """A value fit for a report: short, and nothing in it that a terminal or a page would act on."""
    short = value if len(value) <= VALUE_SHOWN else value[: VALUE_SHOWN - 1] + "…"
    if short.isprintable():
        return short
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in short)
