"""The file of a day's payments by RF code: read whole and strictly, or not at all.

DIAS does not publish its record layouts, so a mapping says what the columns are called, how amounts and times are
written and in which encoding; `OBOLOS_CSV` is our own plain layout. A file is news about money that has moved: this
reader refuses only what is not the file it claims to be (totals, hash, unreadable cells), never an unknown RF code,
and it drops no line, not even one equal to another.
"""

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from hmac import compare_digest
from zoneinfo import ZoneInfo

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_CENTS = 99_999_999
MAX_ERRORS = 100
_ATHENS = ZoneInfo("Europe/Athens")
_LONGEST = {"rid": 64, "transaction_id": 64, "rf": 40, "bank_bic": 35, "payer": 200, "remittance": 500}
_FREE_TEXT = ("payer", "remittance")
FIELDS = ("rid", "transaction_id", "rf", "amount", "paid_at", "bank_bic", "payer", "remittance")


@dataclass(frozen=True)
class Layout:
    """How one sender writes its file. `columns` are our field names in its order; "" skips a column of its.

    `instants` is "iso" (with offset) or a strptime format of Athens local time; `days` likewise for the header's date.
    """

    columns: tuple[str, ...] = FIELDS
    required: frozenset[str] = frozenset({"transaction_id", "rf", "amount", "paid_at"})
    separator: str = ";"
    decimal_sign: str = "."
    instants: str = "iso"
    days: str = "iso"
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        named = [name for name in self.columns if name]
        if len(set(named)) < len(named) or not set(named) <= set(FIELDS) or not self.required <= set(named):
            raise ValueError("columns must be known, unique and hold every required one")
        if not {"rf", "amount", "paid_at"} <= self.required or self.decimal_sign not in ".,":
            raise ValueError("rf, amount and paid_at are always required; the decimal sign is . or ,")


OBOLOS_CSV = Layout()


@dataclass(frozen=True)
class LineError:
    """What is wrong and where: line from 1, column by its name ("" = the whole line), the cell's first characters."""

    line: int
    column: str
    value: str
    reason: str


class BadDayFile(ValueError):
    """Nothing of the file may be used. `errors` holds at most MAX_ERRORS."""

    def __init__(self, errors: Sequence[LineError]) -> None:
        first = errors[0]
        super().__init__(f"line {first.line} {first.column}: {first.reason} ({len(errors)} in all)")
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One payment as the file tells it. `amount_cents` > 0, `paid_at` UTC; `rf` upper case without blanks."""

    line: int
    rid: str
    transaction_id: str
    rf: str
    amount_cents: int
    paid_at: datetime
    bank_bic: str
    payer: str
    remittance: str


@dataclass(frozen=True)
class DayFile:
    """A whole, proven file. `digest` is the SHA-256 of all its bytes: the same file again has the same."""

    organisation: str
    day: date
    sequence: int
    rows: tuple[FileRow, ...]
    total_cents: int
    digest: str


def read_day_file(content: bytes, layout: Layout = OBOLOS_CSV, *, name: str = "") -> DayFile:
    """Read and prove a file. Raises BadDayFile. `name`, when given, must agree with the header.

    Header `H;1;organisation;day;sequence`, then rows, then `T;rows;sum;SHA-256 of all bytes before the trailer line`.
    """
    head, body, trailer = _split(content)
    try:
        lines = body.decode(layout.encoding).removesuffix("\n").split("\n") if body else []
        header_cells = _cells(head.decode(layout.encoding), layout)
        trailer_cells = _cells(trailer.decode(layout.encoding), layout)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadDayFile([LineError(1, "", "", f"not {layout.encoding} text: {type(error).__name__}")]) from None
    organisation, day, sequence = _header(header_cells, layout)
    if name and not re.fullmatch(rf"DIAS_{organisation}_{day:%Y%m%d}_0*{sequence}\.csv", name, re.ASCII):
        raise BadDayFile([LineError(1, "", name[:60], "the file's name does not agree with its header")])
    rows, errors = _rows(lines, layout)
    total = sum(row.amount_cents for row in rows)
    last = len(lines) + 2
    if not errors:
        errors = _trailer_errors(trailer_cells, last, len(rows), total, content[: len(content) - len(trailer)], layout)
    if errors:
        raise BadDayFile(errors[:MAX_ERRORS])
    return DayFile(organisation, day, sequence, tuple(rows), total, hashlib.sha256(content).hexdigest())


def _split(content: bytes) -> tuple[bytes, bytes, bytes]:
    """First line, what is between, last line (with its own line end, so that what stands before it can be hashed)."""
    if len(content) > MAX_FILE_BYTES:
        raise BadDayFile([LineError(1, "", "", "the file is too large")])
    if b"\0" in content:
        raise BadDayFile([LineError(content[: content.index(b"\0")].count(b"\n") + 1, "", "", "holds a zero byte")])
    start = content.rstrip(b"\r\n").rfind(b"\n") + 1
    if start == 0:
        raise BadDayFile([LineError(1, "", "", "needs a header and a trailer")])
    end = content.index(b"\n") + 1
    return content[:end].removeprefix(b"\xef\xbb\xbf"), content[end:start], content[start:]


def _cells(line: str, layout: Layout) -> list[str]:
    rows = list(csv.reader([line.rstrip("\r\n")], delimiter=layout.separator, strict=True))
    return rows[0] if rows else []


def _header(cells: list[str], layout: Layout) -> tuple[str, date, int]:
    if len(cells) != 5 or cells[:2] != ["H", "1"]:
        raise BadDayFile([LineError(1, "", "", "not a header of version 1")])
    _, _, organisation, day, sequence = cells
    if not re.fullmatch(r"[0-9]{5}", organisation, re.ASCII):
        raise BadDayFile([LineError(1, "organisation", organisation[:40], "must be 5 digits")])
    if not re.fullmatch(r"[0-9]{1,9}", sequence, re.ASCII):
        raise BadDayFile([LineError(1, "sequence", sequence[:40], "must be a number")])
    try:
        on = date.fromisoformat(day) if layout.days == "iso" else _local(day, layout.days).date()
    except ValueError:
        raise BadDayFile([LineError(1, "day", day[:40], "not a date as agreed")]) from None
    return organisation, on, int(sequence)


def _rows(lines: list[str], layout: Layout) -> tuple[list[FileRow], list[LineError]]:
    rows: list[FileRow] = []
    errors: list[LineError] = []
    for number, line in enumerate(lines, start=2):
        if len(errors) >= MAX_ERRORS:
            break
        try:
            cells = _cells(line, layout)
        except csv.Error:
            errors.append(LineError(number, "", line[:40], "a quote is not closed or stands in the wrong place"))
            continue
        if len(cells) != len(layout.columns):
            errors.append(LineError(number, "", line[:40], f"has {len(cells)} columns, not {len(layout.columns)}"))
            continue
        found = _row(number, dict(zip(layout.columns, cells, strict=True)), layout, errors)
        if found:
            rows.append(found)
    return rows, errors


def _row(number: int, cells: dict[str, str], layout: Layout, errors: list[LineError]) -> FileRow | None:
    """One line as a row, or None with its errors appended. Every cell is looked at, not only the first bad one."""
    before = len(errors)
    texts = {name: cells.get(name, "").strip() for name in FIELDS}
    for name in _FREE_TEXT:
        texts[name] = "".join(char if char.isprintable() else " " for char in texts[name])

    def refuse(column: str, reason: str) -> None:
        errors.append(LineError(number, column, texts[column][:40], reason))

    for column, text in texts.items():
        if not text and column in layout.required:
            refuse(column, "is empty")
        elif len(text) > _LONGEST.get(column, 40):
            refuse(column, f"longer than {_LONGEST.get(column, 40)} characters")
        elif not text.isprintable():
            refuse(column, "holds a control character")
    if len(errors) > before:
        return None
    try:
        cents = _cents(texts["amount"], layout.decimal_sign)
    except ValueError as error:
        refuse("amount", str(error))
    try:
        paid_at = _instant(texts["paid_at"], layout.instants)
    except (ValueError, OverflowError):
        refuse("paid_at", "not a time as agreed")
    if len(errors) > before:
        return None
    return FileRow(
        line=number,
        rid=texts["rid"],
        transaction_id=texts["transaction_id"],
        rf=re.sub(r"\s", "", texts["rf"]).upper(),
        amount_cents=cents,
        paid_at=paid_at,
        bank_bic=texts["bank_bic"],
        payer=texts["payer"],
        remittance=texts["remittance"],
    )


def _cents(text: str, decimal_sign: str) -> int:
    """Exact cents of `12.34` (two decimals, no signs, no grouping). Raises ValueError with the reason."""
    if not re.fullmatch(rf"[0-9]{{1,15}}{re.escape(decimal_sign)}[0-9]{{2}}", text, re.ASCII):
        raise ValueError(f"must be euro with two decimals after {decimal_sign!r}")
    cents = int(text.replace(decimal_sign, ""))
    if not 1 <= cents <= MAX_CENTS:
        raise ValueError("out of range")
    return cents


def _instant(text: str, shape: str) -> datetime:
    if shape != "iso":
        return _local(text, shape).astimezone(UTC)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no offset")
    return instant.astimezone(UTC)


def _local(text: str, shape: str) -> datetime:
    return datetime.strptime(text, shape).replace(tzinfo=_ATHENS)


def _trailer_errors(
    cells: list[str], line: int, rows: int, total: int, before: bytes, layout: Layout
) -> list[LineError]:
    if len(cells) != 4 or cells[0] != "T":
        return [LineError(line, "", "", "not a trailer: the file is cut off or has lines after it")]
    _, told_rows, told_total, told_hash = cells
    errors = []
    if told_rows != str(rows):
        errors.append(LineError(line, "rows", told_rows[:40], f"the file has {rows} rows"))
    try:
        agrees = Decimal(told_total.replace(layout.decimal_sign, ".")) * 100 == total and len(told_total) <= 20
    except InvalidOperation:
        agrees = False
    if not agrees:
        errors.append(LineError(line, "sum", told_total[:40], f"the rows sum to {total} cents"))
    if not compare_digest(told_hash.lower().encode(), hashlib.sha256(before).hexdigest().encode()):
        errors.append(LineError(line, "hash", told_hash[:40], "the bytes before the trailer have another hash"))
    return errors
