"""First look at a debts file: how large, which encoding, what its first and last lines say, what its bytes hash to.

Reads the file once in bounded memory and understands no row. What it finds wrong stands in `found`.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from obolos.domain.debts.debts_file.defects import Findings, Reason
from obolos.domain.debts.debts_file.encodings import BYTE_ORDER_MARK, LABELS, UTF8, EncodingEvidence
from obolos.domain.debts.debts_file.layout import (
    COLUMN_COUNT,
    COLUMNS,
    MAX_FILE_BYTES,
    MAX_LINE_BYTES,
    FileName,
    Header,
    Trailer,
    check_name,
    read_header,
    read_name,
    read_trailer,
)

BLOCK_BYTES = 256 * 1024
_DUE_ON, _PRINCIPAL = COLUMNS.index("due_on"), COLUMNS.index("principal")
#: Rows that decide how a file writes dates and amounts.
_LOOKED_AT = 2_000
_SLASHED = re.compile(rb"[0-9]{2}/[0-9]{2}/[0-9]{4}")


class EndlessLine(Exception):
    """No line end for a whole block: not a file of lines. `line` is its number."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} does not end")
        self.line = line


@dataclass(slots=True)
class Survey:
    """What a first look tells. Rows stand between the offsets `rows_start` and `rows_end`; `lines` counts them."""

    path: Path
    name: str
    size: int = 0
    found: Findings = field(default_factory=Findings)
    file_name: FileName | None = None
    header: Header | None = None
    trailer: Trailer | None = None
    encoding: str | None = None
    encoding_label: str = ""
    rows_start: int = 0
    rows_end: int = 0
    lines: int = 0
    last_line: str = ""
    sha256: str = ""
    slashed_dates: bool = False
    decimal_mark: str = "."

    @property
    def readable(self) -> bool:
        """Whether the rows can be read at all."""
        return self.encoding is not None and self.header is not None


def survey(path: Path, name: str) -> Survey:
    """Look over the file at `path`, which its sender called `name`. OSError when it cannot be read."""
    seen = Survey(path=path, name=name)
    seen.file_name = read_name(name, seen.found)
    with path.open("rb") as file:
        seen.size = file.seek(0, 2)
        if seen.size == 0:
            seen.found.add(0, "", "", Reason.FILE_EMPTY)
        elif seen.size > MAX_FILE_BYTES:
            seen.found.add(0, "", f"{seen.size:,} bytes", Reason.FILE_TOO_LARGE)
        elif _find_ends(file, seen):
            _weigh_bytes(file, seen)
    if seen.header and seen.file_name:
        check_name(seen.file_name, seen.header, seen.found)
    return seen


def whole_lines(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Blocks of whole lines between two offsets, each with the number of lines before it. Raises EndlessLine."""
    file.seek(start)
    carried, before, left = b"", 0, end - start
    while left > 0 and (chunk := file.read(min(BLOCK_BYTES, left))):
        left -= len(chunk)
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            carried += chunk
            if len(carried) > BLOCK_BYTES:
                raise EndlessLine(before + 1)
            continue
        block, carried = carried + chunk[:cut], chunk[cut:]
        yield block, before
        before += block.count(b"\n")
    if carried:
        yield carried, before


def _find_ends(file: BinaryIO, seen: Survey) -> bool:
    """Read header and trailer and set the offsets between them. False when there is no telling lines apart."""
    file.seek(0)
    start = file.read(MAX_LINE_BYTES)
    first, newline, _ = start.partition(b"\n")
    if b"\0" in first or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        seen.found.add(1, "", "", Reason.NOT_TEXT)
        return False
    marked = first.startswith(BYTE_ORDER_MARK)
    text = first.removeprefix(BYTE_ORDER_MARK).removesuffix(b"\r").decode("latin-1")
    if not newline or not text.isascii():
        seen.found.add(1, "", text[:200], Reason.HEADER_MISSING)
        if not newline:
            return False
    else:
        seen.header = read_header(text, seen.found)
    seen.encoding_label = f"{LABELS[UTF8]} BOM" if marked else ""
    seen.rows_start = len(first) + 1
    _find_trailer(file, seen)
    return True


def _find_trailer(file: BinaryIO, seen: Survey) -> None:
    """The last line, when it is a trailer; otherwise the rows go to the end of the file."""
    seen.rows_end = seen.size
    tail_start = max(seen.rows_start, seen.size - MAX_LINE_BYTES)
    file.seek(tail_start)
    tail = file.read(seen.size - tail_start).rstrip(b"\r\n")
    line_start = tail.rfind(b"\n") + 1
    last = tail[line_start:]
    whole = line_start > 0 or tail_start == seen.rows_start
    if not (whole and last.startswith(b"T;")):
        seen.found.add(0, "", last[:80].decode("ascii", "replace") if whole else "", Reason.TRAILER_MISSING)
        return
    seen.rows_end = tail_start + line_start
    seen.last_line = last.decode("ascii", "replace")


def _weigh_bytes(file: BinaryIO, seen: Survey) -> None:
    """Hash everything before the trailer, count the rows, and let the bytes decide the encoding."""
    digest = hashlib.sha256()
    file.seek(0)
    digest.update(file.read(seen.rows_start))
    evidence = EncodingEvidence(marked=bool(seen.encoding_label))
    try:
        for block, before in whole_lines(file, seen.rows_start, seen.rows_end):
            if b"\0" in block:
                line = before + 2 + block.count(b"\n", 0, block.index(b"\0"))
                seen.found.add(line, "", "", Reason.NOT_TEXT)
                return
            digest.update(block)
            evidence.feed(block, before + 2)
            if before == 0:
                _find_styles(block, seen)
            seen.lines = before + block.count(b"\n") + (not block.endswith(b"\n"))
    except EndlessLine as endless:
        seen.found.add(endless.line + 1, "", "", Reason.LINE_TOO_LONG)
        return
    seen.sha256 = digest.hexdigest()
    if seen.last_line:
        seen.trailer = read_trailer(seen.last_line, seen.lines + 2, seen.found)
    if seen.trailer and seen.trailer.sha256 != seen.sha256:
        seen.found.add(seen.lines + 2, "sha256", seen.sha256, Reason.HASH_DIFFERS)
    seen.encoding = evidence.decide(seen.found)
    if seen.encoding and not seen.encoding_label:
        both = " = ".join((LABELS["cp1253"], LABELS["iso8859-7"]))
        seen.encoding_label = both if evidence.indifferent else LABELS[seen.encoding]


def _find_styles(block: bytes, seen: Survey) -> None:
    """How the first rows write dates and amounts: as most of them do, so that one odd row is the odd one."""
    slashed = comma = 0
    for line in block.split(b"\n", _LOOKED_AT)[:_LOOKED_AT]:
        fields = line.split(b";")
        if len(fields) == COLUMN_COUNT:
            slashed += 1 if _SLASHED.fullmatch(fields[_DUE_ON]) else -1
            comma += 1 if b"," in fields[_PRINCIPAL] else -1
    seen.slashed_dates = slashed > 0
    if comma:
        seen.decimal_mark = "," if comma > 0 else "."
