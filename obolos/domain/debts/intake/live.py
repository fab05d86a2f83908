"""Rows that the financial system told when asked, made ready for the same import as a debts file's.

They are checked and staged by the very code that reads a file (`debts_file.rows`), so the same value means the same
here and there, and the same content of a version has the same digest.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.debts_file import STAGED_DEBT, Batch, Findings
from obolos.domain.debts.debts_file.context import Context
from obolos.domain.debts.debts_file.rows import DebtRows
from obolos.domain.debts.intake.staging import LOCK_CLASS

_NAMES = [column.split()[0] for column in STAGED_DEBT]
_EXT_ID, _VERSION, _CONTENT = (_NAMES.index(name) for name in ("ext_id", "version", "content"))


@dataclass(frozen=True, slots=True)
class Told:
    """One debt as told: its staged lines, and what tells whether it is news."""

    ext_id: str
    version: int
    content: int
    debt: str
    parts: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """Debts told, by what they are to us: news, or the same version with other content, an older one, known already."""

    news: tuple[Told, ...]
    other_content: tuple[str, ...]
    older: tuple[str, ...]
    same: int


def stage(rows: Iterable[Sequence[str]], context: Context, found: Findings) -> list[Told]:
    """Check rows (texts in the order of a file's columns) and stage them; what is wrong stands in `found`.

    A line's number in `found` is the row's place, from 1. Rows of one debt need not stand together.
    """
    staged = DebtRows(context, found)
    for line, fields in enumerate(sorted(rows, key=lambda fields: fields[0]), 1):
        staged.take(fields, line)
    staged.close()
    if found.count:
        return []
    parts: dict[str, list[str]] = {}
    for part in staged.parts:
        parts.setdefault(part.partition("\t")[0], []).append(part)
    told = []
    for debt in staged.debts:
        cells = debt.split("\t")
        ext_id = cells[_EXT_ID].replace("\\\\", "\\")
        told.append(Told(ext_id, int(cells[_VERSION]), int(cells[_CONTENT]), debt, "\n".join(parts[cells[0]])))
    return told


def sort_out(told: Sequence[Told]) -> Sorted:
    """What of it is news. Asked before anything is staged in the database: mostly nothing is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ext_id, version, content FROM debt WHERE municipality_id = %s AND ext_id = ANY (%s::text[])",
            [current_municipality(), [one.ext_id for one in told]],
        )
        known = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
    news, other, older, same = [], [], [], 0
    for one in told:
        version, content = known.get(one.ext_id, (-1, None))
        if one.version > version:
            news.append(one)
        elif one.version < version:
            older.append(one.ext_id)
        elif content is not None and content != one.content:
            other.append(one.ext_id)
        else:
            same += 1
    return Sorted(tuple(news), tuple(other), tuple(older), same)


def batch_of(told: Sequence[Told], without: Collection[str] = ()) -> Batch:
    """Staged lines of these debts, except some."""
    kept = [one for one in told if one.ext_id not in without]
    return Batch("".join(f"{one.debt}\n" for one in kept), "".join(f"{one.parts}\n" for one in kept), 0)


def begin_live() -> None:
    """As `staging.begin`, for somebody who waits: neither a running import nor a row lock is waited for longer than 1 s."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '1s', true), set_config('enable_nestloop', 'off', true)")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, current_municipality()])
