"""Notices and slips as files: text layer, tags, language, sums, what breaks a page and what does not."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pypdf
import pytest

from obolos.adapters.documents.notice import AT_MOST, page_values, render_notices
from obolos.adapters.documents.notice_views import NoticeDebt, NoticeInstalment, NoticeView, Sender
from obolos.adapters.documents.slip_sheet import SlipView, render_slips, sheet_values
from obolos.base.references import rf_format, slip_number

SENDER = Sender("el", "Δήμος Ιωαννιτών", "26510 00084", "obolos.example", "https://obolos.example")
PART = NoticeInstalment(
    2, 4, date(2026, 10, 30), True, 18_000, 131, 0, 50, 18_181, date(2026, 11, 30), 18_312,
    "RF64900120120000000004711", 18_181, date(2026, 11, 30),
)  # fmt: skip
LATER = replace(
    PART, number=3, due_on=date(2027, 1, 30), overdue=False, surcharge_cents=0, other_cents=0, today_cents=18_000, rf=""
)
DEBT = NoticeDebt("Τέλη καθαριότητας", "2026/149/1207", "7K2M94QX3F5TWMQX", 36_181, (PART, LATER))
NAMED_ONLY = NoticeDebt("Κλήση 494-10-001-3", "ΙΝΑ-1234", "", 0, (), remark="BY_SLIP")
VIEW = NoticeView("EI-1-00001", "Μαρκάκη Ελένη", "038836853", datetime(2026, 11, 22, 10, tzinfo=UTC), 36_181, (DEBT,))


def read(pdf: bytes) -> pypdf.PdfReader:
    """The file."""
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def text_of(pdf: bytes) -> str:
    """All words of a file, in reading order."""
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def test_everything_can_be_read_out() -> None:
    text = text_of(render_notices(SENDER, [VIEW]))
    for words in (
        "Δήμος Ιωαννιτών", "Προς", "Μαρκάκη Ελένη", "•••••6853", "361,81", "2/4", "30/10/2026 (έληξε)", "1,31", "0,50",
        "181,81", "01/12/2026: 183,12", rf_format(PART.rf), "ισχύει έως 30/11/2026", "7K2M 94QX 3F5T WMQX",
        "obolos.example/genuine", "Σελίδα 1 από 1",
    ):  # fmt: skip
        assert words in text, words
    assert "038836853" not in text


def test_what_is_overdue_next_and_later_stands_before_the_debts_with_how_to_pay() -> None:
    soon = replace(LATER, number=4, due_on=date(2026, 12, 15))
    debt = replace(DEBT, instalments=(PART, soon, LATER), today_cents=54_181)
    text = text_of(render_notices(SENDER, [replace(VIEW, debts=(debt,), today_cents=54_181)]))
    places = [text.index(words) for words in (
        "Έχει λήξει 181,81", "Λήγει έως 15/12/2026 180,00", "Αργότερα, έως 30/01/2027 180,00", "Σύνολο σήμερα 541,81",
        "Πώς πληρώνετε", "Τέλη καθαριότητας", "Είναι γνήσιο;",
    )]  # fmt: skip
    assert places == sorted(places)
    only = replace(DEBT, instalments=(LATER,), today_cents=18_000)
    text = text_of(render_notices(replace(SENDER, language="en"), [replace(VIEW, debts=(only,), today_cents=18_000)]))
    assert "Due by 30/01/2027 €180.00 In all today €180.00" in text
    assert "Overdue" not in text
    assert "Later" not in text


def test_all_debts_stand_in_one_grid_and_vat_is_called_so() -> None:
    alone = replace(PART, number=1, of=1, surcharge_cents=0, other_cents=0, vat_cents=607, today_cents=18_607, rf="")
    taxed = replace(DEBT, instalments=(alone,), today_cents=18_607)
    values = page_values(SENDER, [replace(VIEW, debts=(DEBT, taxed), today_cents=54_788)])
    (notice,) = values["notices"]
    assert notice["columns"] == [
        "Δόση", "Λήξη", values["texts"]["principal"], "Προσαύξηση", "ΦΠΑ", "Λοιπά", "Ποσό σήμερα", "Ποσό από",
    ]  # fmt: skip
    assert len(notice["widths"]) == 8
    assert {len(row["cells"]) for debt in notice["debts"] for row in debt["rows"]} == {8}
    cells = notice["debts"][1]["rows"][0]["cells"]
    assert (cells[0], cells[4].replace("\u00a0", " "), cells[5]) == ("", "6,07 €", "")


def test_nothing_is_promised_that_its_debts_do_not_allow() -> None:
    signed = replace(DEBT, title="Ύδρευση", guest=False)
    both = replace(VIEW, debts=(DEBT, signed), today_cents=2 * DEBT.today_cents)
    only = replace(VIEW, debts=(replace(signed, instalments=(replace(PART, rf=""), LATER)),))
    assert "χωρίς εγγραφή" in text_of(render_notices(SENDER, [VIEW]))
    said = text_of(render_notices(SENDER, [both]))
    assert "χωρίς εγγραφή" not in said
    assert "Για «Ύδρευση» χρειάζεται σύνδεση" in said
    assert "δώστε τον κωδικό RF" in said
    said = text_of(render_notices(SENDER, [only]))
    assert "και συνδεθείτε με κωδικούς Taxisnet" in said
    assert "δώστε τον κωδικό RF" not in said
    said = text_of(render_notices(replace(SENDER, language="en"), [only]))
    assert "and sign in with Taxisnet" in said


def test_it_is_an_accessible_archive_file_in_its_language() -> None:
    for sender, title in (
        (SENDER, "Ειδοποιητήριο οφειλών EI-1-00001"),
        (replace(SENDER, language="en"), "Notice of debts EI-1-00001"),
    ):
        pdf = render_notices(sender, [VIEW])
        file = read(pdf)
        assert file.trailer["/Root"]["/Lang"] == sender.language
        assert file.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert file.metadata.title == title
        metadata = file.trailer["/Root"]["/Metadata"].get_data().decode()
        assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>A<", metadata, re.DOTALL)
        assert "pdfuaid:part>1<" in metadata
        assert all("/Annots" not in page for page in file.pages)


def test_each_of_many_begins_on_a_page_of_its_own_and_counts_its_own_pages() -> None:
    long = replace(
        VIEW, reference="EI-1-00002", name="Ζήσης Γεώργιος", debts=tuple(replace(DEBT, code=f"{n:016d}") for n in range(9)),
        today_cents=9 * DEBT.today_cents,
    )  # fmt: skip
    pages = [" ".join(page.extract_text().split()) for page in read(render_notices(SENDER, [long, VIEW])).pages]
    assert len(pages) > 2
    assert [("Ζήσης" in page, "Μαρκάκη" in page) for page in (pages[0], pages[-1])] == [(True, False), (False, True)]
    assert "Σελίδα 1 από 1" in pages[-1]
    assert all(f"Σελίδα {n} από {len(pages) - 1}" in page for n, page in enumerate(pages[:-1], 1))


def test_what_is_not_asked_for_has_words_and_no_code_and_changes_no_sum() -> None:
    signed = replace(DEBT, guest=False, remark="OBJECTED")
    values = page_values(SENDER, [replace(VIEW, debts=(signed, NAMED_ONLY))])
    asked, named = values["notices"][0]["debts"]
    assert (named["qr"], named["code"], named["rows"], named["amount"]) == (None, "", [], "")
    assert "και συνδεθείτε" in values["notices"][0]["pay"][0], "all that is asked for needs signing in"
    text = text_of(render_notices(SENDER, [replace(VIEW, debts=(signed, NAMED_ONLY))]))
    for words in ("Σύνολο σήμερα 361,81", "Σε ένσταση.", "Κλήση 494-10-001-3", "μην πληρώσετε ξανά"):
        assert words in text, words
    assert asked["remark"] in text


def test_the_same_values_give_the_same_bytes_here_and_in_a_process_of_its_own() -> None:
    assert render_notices(SENDER, [VIEW]) == render_notices(SENDER, [VIEW], apart=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"today_cents": 1},
        {"debts": ()},
        {"debts": (replace(DEBT, today_cents=1),)},
        {"debts": (replace(DEBT, instalments=(replace(PART, surcharge_cents=0), LATER)),)},
        {"debts": (NAMED_ONLY,), "today_cents": 0},
        {"debts": (DEBT, replace(NAMED_ONLY, remark=""))},
    ],
)
def test_what_does_not_add_up_is_never_printed(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"add up|nothing"):
        page_values(SENDER, [replace(VIEW, **wrong)])


def test_no_notice_too_many_and_an_unknown_language_are_refused() -> None:
    for views in ([], [VIEW] * (AT_MOST + 1)):
        with pytest.raises(ValueError, match="do not make a file"):
            page_values(SENDER, views)
    with pytest.raises(ValueError, match="language"):
        page_values(replace(SENDER, language="de"), [VIEW])


@pytest.mark.parametrize("name", ["#eval(1) $x$ *b* @a <b>", "\u202eκακό\x00\x07", "Ω" * 200, "漢字 𝒜", "= τίτλος"])
def test_whatever_a_name_holds_is_text_and_breaks_nothing(name: str) -> None:
    hostile = replace(VIEW, name=name, debts=(replace(DEBT, title=name, about=name),))
    assert len(read(render_notices(SENDER, [hostile])).pages) == 1


def test_a_broken_emblem_costs_nobody_the_notice() -> None:
    assert "Μαρκάκη" in text_of(render_notices(replace(SENDER, logo=b"\x89PNG broken"), [VIEW]))


def test_a_sheet_of_slips_says_each_number_code_and_rf() -> None:
    slips = [SlipView(slip_number("48213", n), f"{n:016d}", PART.rf, 2_000 if n == 1 else None) for n in range(1, 13)]
    pdf = render_slips(SENDER, "48213", VIEW.made_at, slips)
    text = text_of(pdf)
    assert len(read(pdf).pages) == 2
    assert "48213-001-1" in text
    assert text.count("Κωδικός οφειλής") == 12
    assert text.count(rf_format(PART.rf)) == 12
    assert text.count("20,00") == 1
    assert read(pdf).trailer["/Root"]["/Lang"] == "el"
    with pytest.raises(ValueError, match="no slips"):
        render_slips(SENDER, "48213", VIEW.made_at, [])


@pytest.mark.parametrize(
    ("amounts", "boxes"),
    [((2_000, 4_050), 2), ((2_000, 4_000, 8_000, 15_000, 20_000, 35_000), 6), (tuple(range(101, 110)), 0)],
)
def test_a_slip_of_several_amounts_has_a_box_for_each_and_keeps_its_height(
    amounts: tuple[int, ...], boxes: int
) -> None:
    slips = [SlipView(slip_number("48213", n), f"{n:016d}", PART.rf, None, amounts) for n in range(1, 11)]
    assert len(sheet_values(SENDER, "48213", VIEW.made_at, slips)["slips"][0]["amounts"]) == boxes
    pdf = render_slips(SENDER, "48213", VIEW.made_at, slips)
    text = text_of(pdf)
    assert len(read(pdf).pages) == 1
    assert text.count("Fine: to pay by card, scan the code.") == 10
    assert (len(re.findall(r"20\s€", text)) == 10) == bool(boxes)
