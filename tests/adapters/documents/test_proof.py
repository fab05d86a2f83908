"""The proof of payment: what it says, what it is as a file, and what cannot break it."""

import dataclasses
import io
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obolos.adapters.documents.proof import ProofComponent, ProofLine, ProofView, masked_afm, render_proof
from obolos.adapters.documents.typesetting import COVERED, REPLACEMENT, printable

CLEANING = ProofLine(
    "Τέλη καθαριότητας και φωτισμού",
    18_620,
    ("2026", "κατάλογος 149, γραμμή 6099", "δόση 2 από 4"),
    (
        ProofComponent("Κύρια οφειλή", 18_000),
        ProofComponent("Προσαύξηση", 620, "Επιπλέον ποσό, επειδή η προθεσμία πέρασε στις 31 Οκτωβρίου 2026."),
    ),
)
WATER = ProofLine("Ύδρευση, 4ο δίμηνο 2026", 6_050, ("9083-0000123",))
VIEW = ProofView(
    language="el",
    municipality="Δήμος Ιωαννιτών",
    phone="26510 00000",
    reference="OB-7K2M-94QX",
    paid_at=datetime(2026, 11, 23, 17, 6, 12, tzinfo=UTC),
    payer="Ελένη Μαρκάκη",
    payer_afm="038836853",
    amount_cents=24_670,
    means="Κάρτα Visa με τελευταία ψηφία 4242",
    bank="Τράπεζα Πειραιώς",
    approval="638144",
    lines=(CLEANING, WATER),
)
DISCOUNTED = ProofLine("Κλήση ΚΟΚ", 2_000, (), (ProofComponent("Πρόστιμο", 4_000), ProofComponent("Έκπτωση", -2_000)))
LOGO_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h2v2H0z"/></svg>'


def changed(**fields):
    return dataclasses.replace(VIEW, **fields)


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def text_of(pdf: bytes) -> str:
    pages = "\n".join(page.extract_text() for page in read(pdf).pages)
    return re.sub(r"\s+", " ", pages.replace("\u200b", ""))


def fonts_of(pdf: bytes) -> set[str]:
    fonts = (font for page in read(pdf).pages for font in page["/Resources"]["/Font"].values())
    return {font.get_object()["/BaseFont"].split("+")[1] for font in fonts}


def test_one_page_says_all_that_a_payer_needs_in_order():
    pdf = render_proof(VIEW)
    assert len(read(pdf).pages) == 1
    text = text_of(pdf)
    expected = [
        "Δήμος Ιωαννιτών",
        "Τηλέφωνο 26510 00000",
        "Απόδειξη πληρωμής",
        "Δεν είναι η επίσημη απόδειξη (τριπλότυπο είσπραξης).",
        "Πληρώσατε 246,70 €",
        "διακόσια σαράντα έξι ευρώ και εβδομήντα λεπτά",
        "Αριθμός πληρωμής OB-7K2M-94QX",
        "23 Νοεμβρίου 2026, 19:06",
        "Πλήρωσε Ελένη Μαρκάκη",
        "ΑΦΜ •••••6853",
        "Τρόπος πληρωμής Κάρτα Visa με τελευταία ψηφία 4242",
        "Έγκριση τράπεζας 638144 · Τράπεζα Πειραιώς",
        "Τέλη καθαριότητας και φωτισμού 2026 · κατάλογος 149, γραμμή 6099 · δόση 2 από 4 186,20 €",
        "Κύρια οφειλή 180,00 €",
        "Προσαύξηση Επιπλέον ποσό, επειδή η προθεσμία πέρασε στις 31 Οκτωβρίου 2026. 6,20 €",
        "Ύδρευση, 4ο δίμηνο 2026 9083-0000123 60,50 €",
        "Σύνολο 246,70 €",
        "Τι γίνεται τώρα Ο δήμος εκδίδει την επίσημη απόδειξη",
        "Έλεγχος γνησιότητας",
        "Σελίδα 1 από 1",
    ]
    positions = [text.find(part) for part in expected]
    assert -1 not in positions, [part for part, at in zip(expected, positions, strict=True) if at < 0]
    assert positions == sorted(positions)


def test_english_proof_is_english_but_for_names():
    view = changed(
        language="en",
        municipality="Municipality of Ioanniton",
        payer="Eleni Markaki",
        means="RF code at a bank",
        bank="",
        approval="",
        rf_code="RF64900120120000000004711",
        official_receipt="A 004512",
        afm_in_full=True,
        lines=(ProofLine("Water, 2026", 24_670),),
    )
    text = text_of(render_proof(view))
    for part in (
        "Proof of payment Unofficial: it shows that we received the money. It is not the official receipt",
        "You paid €246.70 two hundred and forty-six euros and seventy cents",
        "Date and time 23 November 2026, 19:06",
        "Tax number (ΑΦΜ) 038836853",
        "RF code RF64 9001 2012 0000 0000 0471 1",
        "Official receipt A 004512",
        "Page 1 of 1",
    ):
        assert part in text
    assert set(re.findall(r"[Α-Ωα-ωΆ-ώ]+", text)) == {"τριπλότυπο", "είσπραξης", "ΑΦΜ"}


def test_file_is_tagged_archival_and_accessible():
    reader = read(render_proof(VIEW))
    root = reader.trailer["/Root"]
    assert reader.metadata.title == "Απόδειξη πληρωμής OB-7K2M-94QX"
    assert reader.metadata.author == "Δήμος Ιωαννιτών"
    assert reader.metadata.creation_date == reader.metadata.modification_date == VIEW.paid_at
    assert root["/Lang"] == "el"
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 — a PDF object
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>A<", metadata, re.DOTALL)
    assert "pdfuaid:part>1<" in metadata
    assert fonts_of(render_proof(VIEW)) == {"NotoSans-Regular", "NotoSans-Bold"}


def test_structure_has_headings_a_table_and_a_described_picture():
    kinds: list[str] = []
    described: list[str] = []

    def walk(node):
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            kinds.append(node.get("/S"))
            described.extend([node["/Alt"]] if "/Alt" in node else [])
            walk(node.get("/K", []))

    walk(read(render_proof(VIEW)).trailer["/Root"]["/StructTreeRoot"]["/K"])
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") == 2
    assert kinds.count("/Table") == 1
    assert kinds.count("/TH") == 2
    assert described == ["Κωδικός QR με τον αριθμό πληρωμής OB-7K2M-94QX"]


def test_same_view_gives_same_bytes_and_another_view_others():
    first = render_proof(VIEW)
    assert render_proof(changed(payer="Άλλος")) != first
    assert render_proof(VIEW) == first


@pytest.mark.parametrize(
    "name",
    [
        '#read("/etc/passwd")',
        "#sys.inputs",
        "<script>alert(1)</script>",
        "*bold* _slanted_ `code`",
        "$x^2$ @label // comment",
        "= Heading",
        "https://example.org/x",
        "\\u{1F600} ]] #panic()",
        "{{ payer }} %s {0}",
    ],
)
def test_what_looks_like_markup_is_shown_as_typed(name):
    pdf = render_proof(
        changed(
            payer=name, means=name, lines=(ProofLine(name, 24_670, (name,), (ProofComponent(name, 24_670, name),)),)
        )
    )
    assert text_of(pdf).count(name) == 6
    assert all("/Annots" not in page for page in read(pdf).pages)
    assert fonts_of(pdf) == {"NotoSans-Regular", "NotoSans-Bold"}


def test_long_names_stay_on_the_page():
    name = "Καραγιαννοπούλου-Παπαδημητροπούλου " * 20 + "Ω" * 200
    pdf = render_proof(changed(payer=name, lines=(ProofLine(name, 24_670, (name,)),)))
    assert text_of(pdf).replace(" ", "").count("Ω" * 200) == 3
    assert "Ω" * 35 not in read(pdf).pages[0].extract_text(), "broken before it leaves the column"


def test_letters_no_font_has_never_cost_a_payer_the_proof():
    text = text_of(render_proof(changed(payer="Λι 漢字 \U0001f600 \u202eevil\u0000\ud800\n2")))
    assert "Πλήρωσε Λι �� � evil� 2" in text


def test_every_letter_said_to_be_covered_is_drawn_by_the_shipped_font():
    letters = sorted(COVERED - {" ", "\u00a0"})
    words = " ".join("".join(letters[at : at + 20]) for at in range(0, len(letters), 20))
    pdf = render_proof(changed(payer=words, municipality=words))
    assert fonts_of(pdf) == {"NotoSans-Regular", "NotoSans-Bold"}


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_makes_a_proof(payer, description):
    render_proof(changed(payer=payer, lines=(ProofLine(description, 24_670, (payer,)),)))


@given(st.text())
def test_printable_is_one_line_of_covered_letters(text):
    shown = printable(text)
    assert set(shown) <= COVERED | {REPLACEMENT, "\u200b"}
    assert "\n" not in shown
    assert shown == shown.strip(" ")


def test_forty_lines_run_over_pages_and_keep_each_debt_together():
    lines = tuple(
        dataclasses.replace(CLEANING, description=f"Οφειλή {n:02d}.", components=(
            ProofComponent(f"Κύρια οφειλή {n:02d}.", 18_000), ProofComponent(f"Προσαύξηση {n:02d}.", 620, "Καθυστέρηση.")))
        for n in range(1, 41)
    )  # fmt: skip
    pages = [page.extract_text() for page in read(render_proof(changed(lines=lines, amount_cents=40 * 18_620))).pages]
    assert len(pages) >= 2
    for number, page in enumerate(pages, start=1):
        assert f"Σελίδα {number} από {len(pages)}" in page
        assert "OB-7K2M-94QX" in page
        assert ("Κύρια οφειλή" in page) == bool(re.search(r"Οφειλή\s+Ποσό", page)), "the table's head is repeated"
    for n in range(1, 41):
        on = [page for page in pages if f"{n:02d}." in page]
        assert len(on) == 1
        assert on[0].count(f"{n:02d}.") == 3
    total = next(page for page in pages if "Σύνολο" in page)
    assert "40." in total
    assert re.search(r"Σύνολο\s+7\.448,00\u00a0€", total)


def test_negative_parts_carry_a_minus_and_add_up():
    assert "Έκπτωση –20,00 €" in text_of(render_proof(changed(lines=(DISCOUNTED,), amount_cents=2_000)))


def test_own_next_steps_and_check_address_replace_the_standard_ones():
    address = "https://example.gr/genuine/?c=OB-7K2M-94QX"
    text = text_of(render_proof(changed(next_steps=("Πρώτο.", "Δεύτερο."), verify_url=address)))
    assert "Τι γίνεται τώρα Πρώτο. Δεύτερο. Έλεγχος γνησιότητας Σαρώστε τον κωδικό QR" in text
    assert "γράψτε example.gr/genuine στον browser" in text
    assert "Ο δήμος εκδίδει" not in text


def test_empty_facts_leave_no_empty_rows():
    text = text_of(render_proof(changed(payer="", payer_afm="", approval="", bank="", phone="")))
    for label in ("Πλήρωσε", "ΑΦΜ", "Έγκριση", "Τράπεζα", "Τηλέφωνο", "Κωδικός RF"):
        assert label not in text


@pytest.mark.parametrize("logo", [LOGO_SVG, pytest.param("png", id="png")])
def test_a_logo_is_described(logo):
    if logo == "png":
        import segno

        file = io.BytesIO()
        segno.make("x").save(file, kind="png")
        logo = file.getvalue()
    pdf = render_proof(changed(logo=logo))
    assert "Έμβλημα: Δήμος Ιωαννιτών".encode("utf-16-be") in b"".join(
        obj.get_object().get("/Alt", "").encode("utf-16-be")
        for obj in (read(pdf).get_object(n) for n in range(1, len(read(pdf).xref[0]) + 1))
        if isinstance(obj, dict)
    )


@pytest.mark.parametrize("broken", [b"garbage", b"<svg", b"\x89PNG broken"])
def test_a_broken_logo_is_left_out(broken):
    assert render_proof(changed(logo=broken)) == render_proof(VIEW)


def test_a_logo_reaches_no_file_and_no_address():
    logo = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="%s" width="9" height="9"/></svg>'
    for address in (b"/etc/hostname", b"fonts/OFL.txt", b"http://127.0.0.1:9/x.png"):
        assert b"/Subtype/Image" not in render_proof(changed(logo=logo % address)).replace(b" ", b"")


def test_tax_number_is_masked_but_for_its_end():
    assert masked_afm("094014201") == "•••••4201"
    assert masked_afm("") == ""
    assert "038836853" not in text_of(render_proof(VIEW))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"language": "fr"}, "language"),
        ({"paid_at": datetime(2026, 11, 23, 17, 6)}, "time zone"),  # noqa: DTZ001
        ({"reference": " "}, "reference"),
        ({"lines": (), "amount_cents": 0}, "without lines"),
        ({"amount_cents": 24_671}, "do not add up to its amount"),
        ({"lines": (dataclasses.replace(CLEANING, amount_cents=18_621), WATER), "amount_cents": 24_671}, "parts"),
    ],
)
def test_a_proof_that_would_say_something_wrong_is_refused(fields, reason):
    with pytest.raises(ValueError, match=reason):
        render_proof(changed(**fields))


def test_threads_get_each_their_own_proof():
    views = [changed(reference=f"OB-TEST-{n:04d}") for n in range(12)]
    alone = [render_proof(view) for view in views]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(render_proof, views)) == alone


def test_a_forked_child_makes_the_same_proof():
    expected = render_proof(VIEW)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            os.write(writing, b"same" if render_proof(VIEW) == expected else b"other")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    assert (os.waitpid(child, 0)[1], answer) == (0, b"same")
