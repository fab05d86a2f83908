"""Rows as CSV that Greek spreadsheets open with a double click, and in which nothing is computed. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

#: What a spreadsheet reads as the beginning of a formula, also in its wide forms.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNSEEN = " \u00a0\u200b\u200e\u200f\ufeff"
#: Says «UTF-8» to a spreadsheet; goes before the first row.
BOM = b"\xef\xbb\xbf"


def safe_text(text: str) -> str:
    """A text that no spreadsheet computes: an apostrophe goes before what could begin a formula."""
    return f"'{text}" if text.lstrip(_UNSEEN).startswith(_FORMULA) else text


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows of finished texts, parted by «;»."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
