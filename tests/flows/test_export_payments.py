"""Exports hold every payment of the span once, to the cent, and nothing that a spreadsheet would compute."""

import csv
import io
import zipfile
from datetime import date, timedelta

import pytest

from obolos.base.dates import ATHENS
from obolos.base.references import rf_code
from obolos.flows import export_payments
from obolos.flows.dias import take_day_file
from obolos.flows.export_payments import BadSpan, Form, What, begin_export, csv_of, safe_text, xlsx_of
from obolos.flows.hear_bank import hear_return
from tests.support.dias import day_file
from tests.support.world import (
    ELENI,
    GIORGOS,
    NOW,
    Town,
    bank_says_ready,
    certified,
    fine,
    make_town,
    order_by_card,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
STAFF = 77
DAY = date(2026, 11, 22)
HOSTILE = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def town(monkeypatch) -> Town:
    """Two card payments and one of DIAS that fits nowhere, by somebody with a formula for a name."""
    bank_says_ready(monkeypatch)
    made = make_town([certified(18_000, date(2026, 9, 30)), fine(3_000), certified(4_050, afm=GIORGOS)])
    for afm in (ELENI, GIORGOS):
        order = order_by_card(made.people[afm])
        hear_return("PIRAEUS", signed_return(reference_of(made, order)), now=NOW + timedelta(minutes=1))
    unknown = rf_code("99084", 5_000, "000000000000001")
    take_day_file(*day_file(made.code, [(unknown, 5_000)], payer=HOSTILE.replace('"', "")), now=NOW)
    return made


def exported(town: Town, what: What = What.PAYMENTS, *, first: date = DAY, last: date = DAY, language: str = "en"):
    begun = begin_export(
        first=first,
        last=last,
        what=what,
        form=Form.CSV,
        language=language,
        municipality_id=town.id,
        by_user=STAFF,
        now=NOW,
    )
    content = b"".join(csv_of(begun))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def cents(text: str) -> int:
    return int(text.replace(",", ""))


def test_every_payment_once_with_what_was_applied(town):
    found = exported(town)
    assert [
        (row["Method"], row["Amount (€)"], row["Applied (€)"], row["Unapplied (€)"], row["State"]) for row in found
    ] == [
        ("RF code", "50,00", "0,00", "50,00", "unapplied"),
        ("Card", "212,63", "212,63", "0,00", "applied"),
        ("Card", "40,50", "40,50", "0,00", "applied"),
    ]
    assert found[1]["Payer"] == "Μαρκάκη Ελένη"
    assert found[1]["Tax number (ΑΦΜ)"] == ELENI
    assert found[1]["Paid at"] == f"{(NOW + timedelta(minutes=1)).astimezone(ATHENS):%d/%m/%Y %H:%M:%S}"


def test_collections_sum_to_what_was_applied(town):
    parts = exported(town, What.COLLECTIONS)
    assert sum(cents(row["Amount (€)"]) for row in parts) == 21_263 + 4_050
    assert {row["Component"] for row in parts} == {"Original amount", "Surcharge (extra for lateness)"}
    assert {row["Revenue code"] for row in parts} == {"00.0311.0001", "00.1511.0001", "00.1512.0001"}


@pytest.mark.parametrize("batch", [1, 2])
def test_batches_lose_and_repeat_nothing(town, monkeypatch, batch):
    whole, parts = exported(town), exported(town, What.COLLECTIONS)
    monkeypatch.setattr(export_payments, "BATCH", batch)
    assert exported(town) == whole
    assert exported(town, What.COLLECTIONS) == parts


def test_a_span_holds_its_legal_dates_only(town):
    assert exported(town, first=DAY + timedelta(days=1), last=DAY + timedelta(days=30)) == []
    assert exported(town, first=DAY - timedelta(days=30), last=DAY - timedelta(days=1)) == []
    assert len(exported(town, first=DAY - timedelta(days=30), last=DAY + timedelta(days=30))) == 3


def test_greek_headings_for_greek_readers(town):
    assert "Ποσό (€)" in exported(town, language="el")[0]


def test_nothing_of_another_municipality(town):
    assert exported(make_town([], code="9083")) == []


@pytest.mark.parametrize(
    "hostile",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\ufeff=1", "\u200b=1", "＝1", "＋1", "－1", "＠A1",
     HOSTILE, "-2+3+cmd|' /C calc'!A0"],
)  # fmt: skip
def test_no_text_begins_a_formula(hostile):
    assert safe_text(hostile) == f"'{hostile}"


@pytest.mark.parametrize("harmless", ["", "Μαρκάκη Ελένη", "OB-7K2M-94QX", "a=b", "3-4", "'=1"])
def test_other_texts_stay_as_they_are(harmless):
    assert safe_text(harmless) == harmless


def test_a_hostile_name_is_text_in_both_forms(town):
    names = [row["Payer"] for row in exported(town)]
    assert "'=HYPERLINK(http://evil.example,x)" in names
    begun = begin_export(
        first=DAY,
        last=DAY,
        what=What.PAYMENTS,
        form=Form.XLSX,
        language="en",
        municipality_id=town.id,
        by_user=STAFF,
        now=NOW,
    )
    with xlsx_of(begun) as file, zipfile.ZipFile(file) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        links = [name for name in book.namelist() if "externalLink" in name or name.endswith("sheet1.xml.rels")]
    assert len(sheets) == 2
    assert "'=HYPERLINK(http://evil.example,x)" in sheets[0]
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    assert links == []
    assert "<v>212.63</v>" in sheets[0]


def test_spans_that_make_no_sense_are_refused_and_the_others_are_on_record(town, monkeypatch):
    def begin(first: date, last: date, form: Form = Form.CSV):
        return begin_export(
            first=first,
            last=last,
            what=What.PAYMENTS,
            form=form,
            language="el",
            municipality_id=town.id,
            by_user=STAFF,
            now=NOW,
        )

    with pytest.raises(BadSpan, match="ORDER"):
        begin(DAY, DAY - timedelta(days=1))
    with pytest.raises(BadSpan, match="TOO_LONG"):
        begin(DAY, DAY + timedelta(days=366))
    monkeypatch.setattr(export_payments, "MOST_FOR_XLSX", 2)
    with pytest.raises(BadSpan, match="TOO_MANY"):
        begin(DAY, DAY, Form.XLSX)
    begin(DAY, DAY + timedelta(days=365))
    assert rows(town, "SELECT actor_id, detail ->> 'payments', detail ->> 'form' FROM audit_entry "
                      "WHERE action = 'payments.exported'") == [(STAFF, "3", "csv")]  # fmt: skip
