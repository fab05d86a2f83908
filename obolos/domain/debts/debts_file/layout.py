"""The columns of a debts file, its limits and its header, trailer and name (contract: README of the data exchange).

Pure: text in, values out. Nothing here knows what is already stored.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from obolos.base.dates import ATHENS
from obolos.domain.debts.debts_file.defects import Findings, Reason

COLUMNS = (
    "ext_id", "version", "afm", "name", "person_type", "kind", "rev_code", "orig_code", "year", "catalogue", "line",
    "atb", "description", "certified_on", "due_on", "instalment", "instalments", "principal", "added", "surcharge",
    "surcharge_as_of", "paid", "written_off", "rf", "ticket_no", "plate", "violation_on",
)  # fmt: skip
COLUMN_COUNT = len(COLUMNS)

#: 2 GiB: some ten million rows, several times the largest municipality.
MAX_FILE_BYTES = 2 * 1024**3
#: A full row of the longest values is below 1,000 characters.
MAX_LINE_BYTES = 8 * 1024
MAX_CENTS = 99_999_999_999
MAX_INSTALMENTS = 1_200
FIRST_YEAR, LAST_YEAR = 1950, 2100

_NAME = re.compile(r"([0-9]{4})_DEBTS_([0-9]{8})_([0-9]{1,9})\.csv", re.ASCII)
_MADE_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_SUM = re.compile(r"(?:0|[1-9][0-9]{0,15})([.,])([0-9]{2})", re.ASCII)
_HEX64 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
HEADER_FIELDS = ("H", "format", "municipality", "mode", "scope", "sequence", "made_at")


@dataclass(frozen=True, slots=True)
class FileName:
    """`{code}_DEBTS_{yyyymmdd}_{seq}.csv`, taken apart."""

    code: str
    day: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `scope`: revenue codes, or None for `*`. `made_at` aware; `made_on` the date written in it."""

    code: str
    mode: str
    scope: frozenset[str] | None
    scope_text: str
    sequence: int
    made_at: datetime
    made_on: date


@dataclass(frozen=True, slots=True)
class Trailer:
    """The last line: what the municipality's system counted."""

    rows: int
    principal_cents: int
    sha256: str


def read_name(name: str, found: Findings) -> FileName | None:
    """The file's name taken apart, or a defect."""
    match = _NAME.fullmatch(name)
    if match is None:
        found.add(0, "file name", name, Reason.FILE_NAME)
        return None
    return FileName(match[1], match[2], int(match[3]))


def read_header(line: str, found: Findings) -> Header | None:
    """The header taken apart; every wrong value is a defect of line 1."""
    fields = line.split(";")
    if fields[0] != "H" or len(fields) != len(HEADER_FIELDS):
        found.add(1, "", line, Reason.HEADER_MISSING)
        return None
    before = found.count
    _, form, code, mode, scope, sequence, made = fields
    if form != "1":
        found.add(1, "format", form, Reason.HEADER_VALUE)
    if not re.fullmatch(r"[0-9]{4}", code, re.ASCII):
        found.add(1, "municipality", code, Reason.HEADER_VALUE)
    if mode not in {"FULL", "DELTA"}:
        found.add(1, "mode", mode, Reason.HEADER_VALUE)
    codes = scope.split(" ")
    if scope != "*" and not all(0 < len(one) <= 20 and one != "*" for one in codes):
        found.add(1, "scope", scope, Reason.HEADER_VALUE)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", sequence, re.ASCII):
        found.add(1, "sequence", sequence, Reason.HEADER_VALUE)
    made_at = _read_moment(made)
    if made_at is None:
        found.add(1, "made_at", made, Reason.HEADER_VALUE)
    if made_at is None or found.count > before:
        return None
    wanted = None if scope == "*" else frozenset(codes)
    return Header(code, mode, wanted, scope, int(sequence), made_at.astimezone(UTC), made_at.date())


def read_trailer(line: str, number: int, found: Findings) -> Trailer | None:
    """The trailer taken apart; every wrong value is a defect of its line."""
    fields = line.split(";")
    if fields[0] != "T" or len(fields) != 4:
        found.add(number, "", line, Reason.TRAILER_MISSING)
        return None
    _, rows, principal, sha256 = fields
    before = found.count
    if not re.fullmatch(r"[0-9]{1,10}", rows, re.ASCII):
        found.add(number, "rows", rows, Reason.TRAILER_VALUE)
    amount = _SUM.fullmatch(principal)
    if amount is None:
        found.add(number, "sum of principal", principal, Reason.TRAILER_VALUE)
    if not _HEX64.fullmatch(sha256):
        found.add(number, "sha256", sha256, Reason.TRAILER_VALUE)
    if amount is None or found.count > before:
        return None
    return Trailer(int(rows), int(principal.replace(amount[1], "")), sha256.lower())


def check_name(name: FileName, header: Header, found: Findings) -> None:
    """The name says what the header says: municipality, day, sequence."""
    days = {f"{header.made_on:%Y%m%d}", f"{header.made_at.astimezone(ATHENS):%Y%m%d}"}
    if name.code != header.code:
        found.add(0, "municipality", f"{name.code} / {header.code}", Reason.FILE_NAME_DIFFERS)
    if name.day not in days:
        found.add(0, "made_at", f"{name.day} / {header.made_on:%Y%m%d}", Reason.FILE_NAME_DIFFERS)
    if name.sequence != header.sequence:
        found.add(0, "sequence", f"{name.sequence} / {header.sequence}", Reason.FILE_NAME_DIFFERS)


def _read_moment(text: str) -> datetime | None:
    if not _MADE_AT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None
