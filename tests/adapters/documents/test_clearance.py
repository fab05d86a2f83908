"""The certificate of no debt: what it says, what it is as a file, and what must not be one."""

import dataclasses
import io
import re
from datetime import UTC, date, datetime

import pypdf
import pytest

from obolos.adapters.documents.clearance import ClearanceLine, ClearanceView, page_values, render_clearance
from obolos.base.pictures import clean_png
from tests.support.pictures import png

PLAN = ClearanceLine("Ρύθμιση οφειλών: δόση 5 από 12", "2026/67/2083", date(2026, 11, 30), 7_848)
VIEW = ClearanceView(
    language="el",
    municipality="Δήμος Ιωαννιτών",
    phone="26510 00084",
    code="BE-7K2M-94QX-3FDR-8ZTW",
    holder="ΜΑΡΚΑΚΗ ΕΛΕΝΗ",
    afm="038836853",
    issued_at=datetime(2026, 11, 22, 10, 5, tzinfo=UTC),
    debts_as_of=datetime(2026, 11, 22, 4, 0, tzinfo=UTC),
    valid_until=date(2026, 12, 22),
    domain="pay.example.gr",
    verify_url="https://pay.example.gr/genuine/?c=BE-7K2M-94QX-3FDR-8ZTW",
)


def changed(**fields: object) -> ClearanceView:
    return dataclasses.replace(VIEW, **fields)  # type: ignore[arg-type]


def text_of(view: ClearanceView) -> str:
    pages = pypdf.PdfReader(io.BytesIO(render_clearance(view)), strict=True).pages
    return re.sub(r"[\s\u00a0]+", " ", "\n".join(page.extract_text() for page in pages).replace("\u200b", ""))


def test_it_says_what_until_when_as_of_when_and_how_to_check_in_order() -> None:
    text = text_of(VIEW)
    expected = [
        "Δήμος Ιωαννιτών", "Βεβαίωση μη οφειλής", "Δεν υπάρχει καμία ανοιχτή οφειλή προς τον δήμο με τον ΑΦΜ 038836853.",
        "22 Δεκεμβρίου 2026", "BE-7K2M-94QX-3FDR-8ZTW", "Χορηγείται σε ΜΑΡΚΑΚΗ ΕΛΕΝΗ", "Εκδόθηκε 22 Νοεμβρίου 2026, 12:05",
        "Οι οφειλές είναι γνωστές έως 22 Νοεμβρίου 2026, 06:00", "Έλεγχος γνησιότητας", "γράψτε pay.example.gr", "Σελίδα 1 από 1",
    ]  # fmt: skip
    places = [text.find(part) for part in expected]
    assert -1 not in places, [part for part, at in zip(expected, places, strict=True) if at < 0]
    assert places == sorted(places)
    assert "Τι εκκρεμεί" not in text
    assert "δεν έχουν λήξει" not in text


def test_what_is_open_but_not_due_is_named_and_the_statement_says_no_more_than_is_true() -> None:
    text = text_of(changed(named=(PLAN,)))
    assert "καμία ανοιχτή" not in text
    assert "Δεν υπάρχει ληξιπρόθεσμη ή αβεβαίωτη οφειλή" in text
    assert "Ρύθμιση οφειλών: δόση 5 από 12 2026/67/2083 30/11/2026 78,48 €" in text


def test_loose_money_and_undecided_payments_are_said() -> None:
    text = text_of(changed(unapplied_cents=5_000, undecided=1, language="en"))
    assert "€50.00 was paid and is not yet counted against a debt." in text
    assert "The bank has not answered yet about 1 payment." in text
    assert "about 2 payments" in text_of(changed(undecided=2, language="en"))


def test_the_english_one_is_english() -> None:
    text = text_of(changed(language="en", municipality="Municipality of Ioannina", holder="MARKAKI ELENI"))
    assert "No open debt at all to the municipality stands under tax number (ΑΦΜ) 038836853." in text
    assert "Valid until" in text
    assert set(re.findall(r"[Α-Ωα-ωΆ-ώ]{2,}", text)) == {"ΑΦΜ"}


def test_the_same_view_gives_the_same_bytes_as_an_archivable_tagged_file() -> None:
    pdf = render_clearance(VIEW)
    assert pdf == render_clearance(VIEW)
    reader = pypdf.PdfReader(io.BytesIO(pdf), strict=True)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    meta = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in meta
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in meta
    assert "pdfuaid:part" in meta


def test_the_qr_leads_to_the_page_that_checks_it() -> None:
    other = page_values(changed(verify_url="https://elsewhere.example/"))
    assert page_values(VIEW)["qr"] != other["qr"]


def test_an_emblem_stands_on_it_and_a_broken_one_costs_nobody_the_certificate() -> None:
    assert render_clearance(changed(logo=clean_png(png(96, 96)).content)) != render_clearance(VIEW)
    assert render_clearance(changed(logo=b"\x89PNG\r\n\x1a\nbroken")) == render_clearance(VIEW)


def test_much_is_named_on_several_pages() -> None:
    many = tuple(dataclasses.replace(PLAN, description=f"Δόση {number}") for number in range(60))
    reader = pypdf.PdfReader(io.BytesIO(render_clearance(changed(named=many))), strict=True)
    assert len(reader.pages) > 1
    assert all("BE-7K2M-94QX-3FDR-8ZTW" in page.extract_text() for page in reader.pages)


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "de"},
        {"code": " "},
        {"afm": ""},
        {"debts_as_of": datetime(2026, 11, 22, 4, 0)},  # noqa: DTZ001 - what is refused
    ],
)
def test_what_must_not_be_a_certificate_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="certificate|time zone"):
        render_clearance(changed(**wrong))


@pytest.mark.parametrize(
    "hostile", ["#panic()", '"]; #read("/etc/passwd")', "$x$ *b* _i_ @a <l>", "\x00\u202eΕΛΕΝΗ 😀"]
)
def test_nothing_in_a_name_is_read_as_markup(hostile: str) -> None:
    assert render_clearance(changed(holder=hostile, named=(dataclasses.replace(PLAN, description=hostile),)))
