"""Folding for search and for SMS, and counting what a message costs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.base.references import random_reference, rf_code
from obolos.base.text import as_people_write, fold, one_line, plain, sms_fold, sms_parts

ASSIGNED = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cs", "Cn", "Co")]

# Written out a second time, from the standard's table, as an oracle for the fold.
GSM = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿")
GSM |= set("abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Παπαδόπουλος  Γιώργος", "ΠΑΠΑΔΟΠΟΥΛΟΣ ΓΙΩΡΓΟΣ"),
        ("ΠΑΠΑΔΟΠΟΥΛΟΣ ΓΙΩΡΓΟΣ", "ΠΑΠΑΔΟΠΟΥΛΟΣ ΓΙΩΡΓΟΣ"),
        ("παπαδοπουλος γιωργος", "ΠΑΠΑΔΟΠΟΥΛΟΣ ΓΙΩΡΓΟΣ"),
        ("Μαΐου, Ταΰγετος", "ΜΑΙΟΥ, ΤΑΥΓΕΤΟΣ"),
        ("ΐ ΰ", "Ι Υ"),
        ("Müller Straße", "MULLER STRASSE"),
        ("  \t\u00a0 ", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_fold_does_not_mix_alphabets() -> None:
    assert fold("ΑΒΕ") != fold("ABE")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert sms_fold(sms_fold(text)) == sms_fold(text)


def test_every_character_folds_for_good_and_fits_one_septet_alphabet() -> None:
    for char in ASSIGNED:
        assert fold(fold(char)) == fold(char), hex(ord(char))
        once = sms_fold(char)
        assert set(once) <= GSM, hex(ord(char))
        assert sms_fold(once) == once, hex(ord(char))


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Δήμος Ζίτσας: κωδικός", "ΔHMOΣ ZITΣAΣ: KΩΔIKOΣ"),
        ("ποσό 20,00\u00a0€ έως 23/11", "ΠOΣO 20,00 EUR EΩΣ 23/11"),
        ("«Άγιος» – Ελένη’ς…", '"AΓIOΣ" - EΛENH\'Σ...'),
        ("ΐ", "I"),
        ("日本", "??"),
        ("Ωραία; Ναι·", "ΩPAIA; NAI."),
    ],
)
def test_sms_fold(text: str, sent: str) -> None:
    assert sms_fold(text) == sent


def test_the_whole_greek_alphabet_as_sent() -> None:
    for alphabet in (
        "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
        "αβγδεζηθικλμνξοπρστυφχψω",
        "ΆΒΓΔΈΖΉΘΪΚΛΜΝΞΌΠΡΣΤΫΦΧΨΏ",
        "άβγδέζήθϊκλμνξόπρςτϋφχψώ",
    ):
        assert sms_fold(alphabet) == "ABΓΔEZHΘIKΛMNΞOΠPΣTYΦXΨΩ"


def test_codes_are_never_folded() -> None:
    code, reference = rf_code("90012", 2000, "026004512000200"), random_reference("OB")
    assert sms_fold(f"κωδικός {code}, απόδειξη {reference}") == f"KΩΔIKOΣ {code}, AΠOΔEIΞH {reference}"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("A", 1),
        ("A" * 160, 1),
        ("A" * 161, 2),
        ("A" * 306, 2),
        ("A" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("A" * 159 + "€", 2),
        ("A" * 152 + "€" + "A" * 152, 3),  # the escape would be cut at 153, so it moves on and costs a septet
        ("ή" * 70, 1),
        ("ή" * 71, 2),
        ("ή" * 134, 2),
        ("ή" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 67, 3),  # 66 units per part, since a pair is not cut
        ("Γ" * 160, 1),
        ("Α" * 71, 2),  # Greek alpha is not in the septet alphabet, its Latin twin is
        ("A\f", 1),
    ],
)
def test_sms_parts(text: str, parts: int) -> None:
    assert sms_parts(text) == parts


@given(st.text(max_size=500))
def test_parts_grow_with_the_text(text: str) -> None:
    assert sms_parts(text) <= sms_parts(text + "A")
    assert sms_parts(sms_fold(text)) <= max(1, -(-2 * len(sms_fold(text)) // 152))


def test_the_longest_rf_message_is_one_part() -> None:
    text = sms_fold(
        "Δήμος Αρχαίας Ολυμπίας-Ανδρίτσαινας: κωδικός RF54900012026004512000200, ποσό 123.456,78 EUR, έως 23/11. "
        "Web banking, ΑΤΜ ή γκισέ. obolos.gr"
    )
    assert sms_parts(text) == 1


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("ΜΑΡΚΑΚΗ ΕΛΕΝΗ", "Μαρκακη Ελενη"),
        ("ΖΗΣΗΣ ΓΕΩΡΓΙΟΣ", "Ζησης Γεωργιος"),
        ("ΠΑΠΑ-ΝΙΚΟΥ ΜΑΡΙΑ", "Παπα-Νικου Μαρια"),
        ("SMITH JOHN", "Smith John"),
        ("Μαρκάκη Ελένη", "Μαρκάκη Ελένη"),
        ("ΚΑΦΕ ΑΝΑΤΟΛΗ Ο.Ε.", "ΚΑΦΕ ΑΝΑΤΟΛΗ Ο.Ε."),
        ("ΑΦΟΙ ΔΗΜΟΥ ΑΕ", "ΑΦΟΙ ΔΗΜΟΥ ΑΕ"),
        ("ΖΗΣΗΣ & ΣΙΑ", "ΖΗΣΗΣ & ΣΙΑ"),
        ("", ""),
    ],
)
def test_names_as_people_write_them(name: str, written: str) -> None:
    assert as_people_write(name) == written


def test_what_was_typed_is_plain():
    assert plain(" a\x00b \n") == "ab"
    assert plain("  abc", 2) == "ab"
    assert one_line(" a\x00 b\n\nc ") == "a b c"
    assert one_line("a\tb c", 3) == "a b"
