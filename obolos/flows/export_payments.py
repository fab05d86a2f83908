"""Staff take payments along as CSV or XLSX. No cell can become a formula, whoever wrote the name in it.

Rows are read in batches, each in a short unit of work of its own, and written as they come: a year of a large
municipality needs no more memory than a day. Every export is an audit entry.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import IO, TYPE_CHECKING

from obolos.base.dates import ATHENS
from obolos.base.sheets import BOM, csv_lines, safe_text
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.rules import Component
from obolos.domain.debts.wording import component_label
from obolos.domain.payments.export_queries import (
    ExportedCollection,
    ExportedPayment,
    Key,
    Span,
    collections_after,
    payments_after,
    span_of,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook

LONGEST_DAYS = 366
BATCH = 2_000
#: A sheet holds 1,048,576 rows, and a payment seldom more than a few collections.
MOST_FOR_XLSX = 200_000


class What(StrEnum):
    """One row per payment, or one per part that counted for a debt."""

    PAYMENTS = "payments"
    COLLECTIONS = "collections"


class Form(StrEnum):
    """UTF-8 with BOM, «;» and decimal comma as Greek spreadsheets open it; or a workbook with both lists."""

    CSV = "csv"
    XLSX = "xlsx"


class BadSpan(ValueError):
    """The dates cannot be exported: ORDER (it ends before it begins), TOO_LONG, TOO_MANY (for a workbook)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Export:
    """An export that may begin: what, of which municipality, how many payments, headings in which language."""

    municipality_id: int
    span: Span
    what: What
    form: Form
    language: str
    count: int

    @property
    def name(self) -> str:
        """Of the file."""
        what = self.what if self.form is Form.CSV else What.PAYMENTS
        return f"{what}-{self.span.first:%Y%m%d}-{self.span.last:%Y%m%d}.{self.form}"


#: Cents, a date, an instant, or text.
Cell = int | str | date | datetime | None


@dataclass(frozen=True, slots=True)
class _Money:
    cents: int


def begin_export(
    *, first: date, last: date, what: What, form: Form, language: str, municipality_id: int, by_user: int, now: datetime
) -> Export:
    """Payments of legal dates, both included. Raises BadSpan; else the export is on record before its first byte."""
    if last < first:
        raise BadSpan("ORDER")
    if (last - first).days >= LONGEST_DAYS:
        raise BadSpan("TOO_LONG")
    with tenancy(municipality=municipality_id):
        span, count = span_of(first, last)
        if form is Form.XLSX and count > MOST_FOR_XLSX:
            raise BadSpan("TOO_MANY")
        add_audit_entry(
            actor=Actor.STAFF,
            actor_id=by_user,
            action="payments.exported",
            subject="payments:export",
            detail={"first": str(first), "last": str(last), "what": what, "form": form, "payments": count},
            now=now,
        )
    return Export(municipality_id, span, what, form, language, count)


def csv_of(export: Export) -> Iterator[bytes]:
    """The file in pieces: one per batch, so that it can be sent while it is read."""
    headings, rows = _sheet(export, export.what)
    yield BOM + csv_lines([headings])
    batch: list[Sequence[str]] = []
    for row in rows:
        batch.append([_as_text(cell) for cell in row])
        if len(batch) >= BATCH:
            yield csv_lines(batch)
            batch = []
    yield csv_lines(batch)


def xlsx_of(export: Export) -> IO[bytes]:
    """The workbook as an open temporary file, at its beginning. The caller closes it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller sends and closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    from xlsxwriter import Workbook  # noqa: PLC0415 - 13 MiB that a worker without exports does without

    with Workbook(file, options) as book:
        _write_sheet(book, export, What.PAYMENTS)
        _write_sheet(book, export, What.COLLECTIONS)
    file.seek(0)
    return file


def _write_sheet(book: "Workbook", export: Export, what: What) -> None:
    headings, rows = _sheet(export, what)
    sheet = book.add_worksheet(_SHEETS[what][0 if export.language == "el" else 1])
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    money = book.add_format({"num_format": "#,##0.00"})
    day, moment = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, max(11, min(28, len(heading) + 2)))
        sheet.write_string(0, column, heading, bold)
    for line, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, _Money):
                sheet.write_number(line, column, cell.cents / 100, money)
            elif isinstance(cell, datetime):
                sheet.write_datetime(line, column, cell.astimezone(ATHENS).replace(tzinfo=None), moment)
            elif isinstance(cell, date):
                sheet.write_datetime(line, column, cell, day)
            elif isinstance(cell, int):
                sheet.write_number(line, column, cell)
            elif cell:
                sheet.write_string(line, column, safe_text(cell))


def _as_text(cell: "Cell | _Money") -> str:
    if isinstance(cell, _Money):
        return f"{cell.cents // 100},{cell.cents % 100:02d}"
    if isinstance(cell, datetime):
        return f"{cell.astimezone(ATHENS):%d/%m/%Y %H:%M:%S}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return str(cell) if isinstance(cell, int) else safe_text(cell or "")


def _sheet(export: Export, what: What) -> tuple[list[str], "Iterator[Sequence[Cell | _Money]]"]:
    column = 0 if export.language == "el" else 1
    if what is What.PAYMENTS:
        return [names[column] for names in _PAYMENT_COLUMNS], (_payment(one, column) for one in _payments(export))
    return [names[column] for names in _COLLECTION_COLUMNS], (
        _collection(one, export.language) for one in _collections(export)
    )


def _payments(export: Export) -> Iterator[ExportedPayment]:
    after: Key | None = None
    while True:
        with tenancy(municipality=export.municipality_id):
            batch = payments_after(export.span, after, BATCH)
        yield from batch
        if len(batch) < BATCH:
            return
        after = (batch[-1].paid_at, batch[-1].id)


def _collections(export: Export) -> Iterator[ExportedCollection]:
    after: Key | None = None
    while True:
        with tenancy(municipality=export.municipality_id):
            batch, after = collections_after(export.span, after, BATCH)
        yield from batch
        if after is None:
            return


_SHEETS = {What.PAYMENTS: ("Πληρωμές", "Payments"), What.COLLECTIONS: ("Εισπράξεις", "Collections")}
_PAYMENT_COLUMNS = (
    ("Α/Α", "Number"), ("Ημερομηνία", "Date"), ("Χρόνος πληρωμής", "Paid at"), ("Χρόνος εγγραφής", "Booked at"),
    ("Εντολή", "Order"), ("Τρόπος", "Method"), ("Φορέας", "Provider"), ("Αριθμός τράπεζας", "Bank's number"),
    ("Έγκριση", "Approval"), ("Κωδικός RF", "RF code"), ("Πληρωτής", "Payer"), ("ΑΦΜ", "Tax number (ΑΦΜ)"),
    ("Ποσό (€)", "Amount (€)"), ("Σε οφειλές (€)", "Applied (€)"), ("Αδιάθετο (€)", "Unapplied (€)"),
    ("Κατάσταση", "State"), ("Επιβεβαίωση", "Confirmed at"), ("Ενημέρωση ERP", "ERP told at"),
    ("Παραστατικό ERP", "ERP receipt"),
)  # fmt: skip
_COLLECTION_COLUMNS = (
    ("Α/Α πληρωμής", "Payment"), ("Ημερομηνία", "Date"), ("Εντολή", "Order"), ("ΑΦΜ", "Tax number (ΑΦΜ)"),
    ("Οφειλέτης", "Debtor"), ("Κωδικός οφειλής", "Debt id"), ("Περιγραφή", "Description"), ("Έτος", "Year"),
    ("Κατάλογος", "Roll"), ("Γραμμή", "Line"), ("Δόση", "Instalment"), ("Δόσεις", "Instalments"),
    ("Μέρος", "Component"), ("Κ.Α.Ε.", "Revenue code"), ("Ποσό (€)", "Amount (€)"),
)  # fmt: skip
_CHANNELS = {"CARD": ("Κάρτα", "Card"), "RF": ("Κωδικός RF", "RF code")}
_DISPOSITIONS = {
    "APPLIED": ("σε οφειλές", "applied"), "PARTLY": ("εν μέρει σε οφειλές", "partly applied"),
    "UNAPPLIED": ("αδιάθετη", "unapplied"),
}  # fmt: skip


def _payment(one: ExportedPayment, column: int) -> Sequence[Cell | _Money]:
    return (
        one.id, one.paid_on, one.paid_at, one.booked_at, one.reference,
        _CHANNELS.get(one.channel, (one.channel, one.channel))[column], one.provider, one.bank_txn, one.approval, one.rf,
        one.payer, one.afm, _Money(one.amount_cents), _Money(one.applied_cents),
        _Money(one.amount_cents - one.applied_cents),
        _DISPOSITIONS.get(one.disposition, (one.disposition, one.disposition))[column], one.confirmed_at,
        one.erp_acked_at, one.erp_receipt,
    )  # fmt: skip


def _collection(one: ExportedCollection, language: str) -> Sequence[Cell | _Money]:
    name = component_label(Component(one.component), "el" if language == "el" else "en")
    return (
        one.payment_id, one.paid_on, one.reference, one.afm, one.debtor, one.ext_id, one.description, one.year,
        one.catalogue, one.line, one.number, one.of, name, one.code, _Money(one.amount_cents),
    )  # fmt: skip
