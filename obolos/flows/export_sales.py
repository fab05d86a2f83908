"""The sales of an event as a file to take along: one row per ticket, no cell that computes, no ticket's code."""

import io
from collections.abc import Sequence

from obolos.base.dates import ATHENS
from obolos.base.money import euro_el
from obolos.base.sheets import BOM, csv_lines, safe_text
from obolos.domain.offerings.sales_queries import SaleRow

_HEADINGS = {
    "el": ("Αγορά", "Ημερομηνία αγοράς", "E-mail", "Κατηγορία", "Τιμή", "Κατάσταση", "Πληρώθηκε", "Χρησιμοποιήθηκε"),
    "en": ("Purchase", "Bought", "E-mail", "Class", "Price", "State", "Paid", "Used"),
}
_STATES = {
    "el": {"PAID": "πληρωμένο", "RELEASED": "επέστρεψε στην πώληση", "HELD": "κρατημένο"},
    "en": {"PAID": "paid", "RELEASED": "back on sale", "HELD": "held"},
}


def _state(row: SaleRow) -> str:
    return "PAID" if row.paid else "RELEASED" if row.released else "HELD"


def _cells(row: SaleRow, language: str) -> tuple[str, ...]:
    """One ticket as finished texts; the price with a decimal comma, as Greek spreadsheets read it."""
    return (
        row.reference,
        f"{row.created_at.astimezone(ATHENS):%d/%m/%Y %H:%M}",
        safe_text(row.email),
        safe_text(row.class_el if language == "el" else row.class_en),
        euro_el(row.price_cents).replace("\u00a0€", "").replace(".", ""),
        _STATES[language][_state(row)],
        f"{row.paid_on:%d/%m/%Y}" if row.paid_on else "",
        f"{row.checked_at.astimezone(ATHENS):%d/%m/%Y %H:%M}" if row.checked_at else "",
    )


def sales_csv(rows: Sequence[SaleRow], language: str) -> bytes:
    """UTF-8 with BOM and «;»."""
    return BOM + csv_lines([_HEADINGS[language], *(_cells(row, language) for row in rows)])


def sales_xlsx(rows: Sequence[SaleRow], language: str) -> bytes:
    """A workbook; the price is a number."""
    file = io.BytesIO()
    from xlsxwriter import Workbook  # noqa: PLC0415 - 13 MiB that a worker without exports does without

    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Πωλήσεις" if language == "el" else "Sales")
        bold, money = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, _HEADINGS[language], bold)
        for number, row in enumerate(rows, start=1):
            for column, text in enumerate(_cells(row, language)):
                if column == 4:
                    sheet.write_number(number, column, row.price_cents / 100, money)
                else:
                    sheet.write_string(number, column, text)
        sheet.set_column(0, 7, 18)
    return file.getvalue()
