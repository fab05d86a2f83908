"""Second look at a debts file: its rows, block by block in bounded memory, staged as they come.

`read_rows` yields batches of lines for COPY. Everything it finds wrong stands in `found`; what only all rows together,
or the database, can tell is left to `obolos.domain.debts.intake`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from obolos.domain.debts.debts_file.context import Context
from obolos.domain.debts.debts_file.defects import Findings, Reason
from obolos.domain.debts.debts_file.layout import MAX_LINE_BYTES
from obolos.domain.debts.debts_file.lines import fields_of, first_field, is_clean
from obolos.domain.debts.debts_file.rows import DebtRows
from obolos.domain.debts.debts_file.surveys import Survey, whole_lines


@dataclass(frozen=True, slots=True)
class Batch:
    """Staged rows as text for COPY, and how many lines of the file were read by then."""

    debts: str
    parts: str
    lines_read: int


@dataclass(slots=True)
class Reading:
    """What reading told, complete after the last batch."""

    rows: int = 0
    debts: int = 0
    principal_cents: int = 0


def read_rows(seen: Survey, context: Context, found: Findings, told: Reading) -> Iterator[Batch]:
    """Check and stage all rows of a file that was surveyed; fills `found` and `told` on the way.

    Header and trailer are line 1 and the last line. Raises nothing for bad content.
    """
    assert seen.encoding is not None
    rows = DebtRows(context, found)
    digest = hashlib.sha256()
    with seen.path.open("rb") as file:
        digest.update(file.read(seen.rows_start))
        for block, before in whole_lines(file, seen.rows_start, seen.rows_end):
            digest.update(block)
            _take_block(block.decode(seen.encoding), before + 2, rows)
            yield _batch(rows, before + block.count(b"\n") + 1)
    rows.close()
    told.rows, told.debts, told.principal_cents = rows.rows, rows.debt_count, rows.principal_cents
    if digest.hexdigest() != seen.sha256:
        found.add(0, "", "", Reason.FILE_CHANGED)
    _check_trailer(seen, rows, found)
    yield _batch(rows, seen.lines + 2)


def _take_block(text: str, first: int, rows: DebtRows) -> None:
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    lines = text.removesuffix("\n").split("\n")
    if is_clean(text) and all(lines) and max(map(len, lines)) <= MAX_LINE_BYTES:
        for number, line in enumerate(lines, first):
            rows.take(line.split(";"), number)
        return
    for number, line in enumerate(lines, first):
        fields = fields_of(line, number, rows.found)
        if fields is None:
            rows.lose(first_field(line), number)
        else:
            rows.take(fields, number)


def _batch(rows: DebtRows, lines_read: int) -> Batch:
    debts, parts = "\n".join(rows.debts), "\n".join(rows.parts)
    rows.debts.clear()
    rows.parts.clear()
    return Batch(debts and debts + "\n", parts and parts + "\n", lines_read)


def _check_trailer(seen: Survey, rows: DebtRows, found: Findings) -> None:
    trailer, line = seen.trailer, seen.lines + 2
    if trailer is None:
        return
    if trailer.rows != seen.lines:
        found.add(line, "rows", f"{trailer.rows} / {seen.lines}", Reason.ROWS_DIFFER)
    if rows.sum_known and trailer.principal_cents != rows.principal_cents:
        said, counted = trailer.principal_cents, rows.principal_cents
        told = f"{said // 100}.{said % 100:02d} / {counted // 100}.{counted % 100:02d}"
        found.add(line, "sum of principal", told, Reason.SUM_DIFFERS)
