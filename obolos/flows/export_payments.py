"""Staff take payments along as CSV or XLSX. No cell can become a formula, whoever wrote the name in it."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from xlsxwriter import Workbook

from obolos.base.dates import ATHENS
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.reconciliation.queries import payments_between

HEADINGS = (
    "Αριθμός", "Πληρωμή (ώρα Αθήνας)", "Ημερομηνία", "Τρόπος", "Ποσό (€)", "Εφαρμογή", "Κωδικός", "Πληρωτής",
    "Αρ. τράπεζας", "RF",
)  # fmt: skip
#: What a spreadsheet reads as the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """A text that no spreadsheet computes: an apostrophe in front where it could."""
    return f"'{text}" if text.lstrip(" \ufeff").startswith(_FORMULA) else text


def export_payments(municipality_id: int, user_id: int, *, first: date, last: date, form: str, now: datetime) -> bytes:
    """Payments of a span of legal dates, both included. `form` is «csv» (UTF-8 with BOM, «;», decimal comma) or «xlsx»."""
    with tenancy(municipality=municipality_id):
        found = list(payments_between(municipality_id, first, last))
        add_audit_entry(
            actor=Actor.STAFF, actor_id=user_id, action="payments.exported", subject="payments:export",
            detail={"first": str(first), "last": str(last), "form": form, "rows": len(found)}, now=now,
        )  # fmt: skip
    return _xlsx(found) if form == "xlsx" else _csv(found)


def _csv(found: Iterable[tuple[Any, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for row in found:
        number, paid_at, paid_on, channel, cents, *texts = row
        moment = paid_at.astimezone(ATHENS).strftime("%d/%m/%Y %H:%M:%S")
        euro = f"{cents // 100},{cents % 100:02d}"
        writer.writerow([number, moment, paid_on.strftime("%d/%m/%Y"), channel, euro, *(safe_cell(t) for t in texts)])
    return ("\ufeff" + out.getvalue()).encode()


def _xlsx(found: Iterable[tuple[Any, ...]]) -> bytes:
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Πληρωμές")
    bold = book.add_format({"bold": True})
    money, moment = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, HEADINGS, bold)
    for line, (number, paid_at, paid_on, channel, cents, *texts) in enumerate(found, 1):
        sheet.write_number(line, 0, number)
        sheet.write_datetime(line, 1, paid_at.astimezone(ATHENS).replace(tzinfo=None), moment)
        sheet.write_datetime(line, 2, datetime(paid_on.year, paid_on.month, paid_on.day), day)  # noqa: DTZ001
        sheet.write_string(line, 3, channel)
        sheet.write_number(line, 4, cents / 100, money)
        for column, text in enumerate(texts, 5):
            sheet.write_string(line, column, safe_cell(text))
    sheet.autofit()
    book.close()
    return out.getvalue()
