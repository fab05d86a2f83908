"""Identifiers: RF codes against a second implementation, tax numbers, plates, random references."""

import random
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import iso11649
from stdnum.gr import vat

from obolos.base.references import (
    BadReference,
    afm_clean,
    afm_valid,
    amount_digit,
    plate_fold,
    random_free15,
    random_id,
    random_reference,
    reference_fold,
    rf_check,
    rf_code,
    rf_format,
    ticket_fold,
)

ORG = st.from_regex(r"[0-9]{5}", fullmatch=True)
FREE = st.from_regex(r"[0-9]{15}", fullmatch=True)
CENTS = st.one_of(st.none(), st.integers(0, 10**11))


# --- RF codes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("org", "cents", "free", "code"),
    [  # synthetic codes, valid by two public implementations
        ("90012", 1234, "120000000004711", "RF64900120120000000004711"),
        ("90012", 1000, "120000000004711", "RF13900121120000000004711"),
        ("91156", 10000, "120020260000123", None),
    ],
)
def test_published_codes(org: str, cents: int, free: str, code: str | None) -> None:
    assert code is None or rf_code(org, cents, free) == code


def test_published_code_is_taken_apart() -> None:
    parts = rf_check("RF88911567120020260000123")
    assert (parts.organisation, parts.amount_digit, parts.free) == ("91156", "7", "120020260000123")
    assert parts.admits(10000)
    assert not parts.admits(10001)


@pytest.mark.parametrize(
    ("cents", "digit"),
    [(1234, "0"), (1000, "1"), (10000, "7"), (100, "3"), (3000, "3"), (1, "1"), (0, "8"), (None, "8")],
)
def test_amount_digit(cents: int | None, digit: str) -> None:
    assert amount_digit(cents) == digit


def test_amount_digit_refuses_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        amount_digit(-1)


@given(st.integers(1, 10**12))
def test_amount_digit_never_eight_or_nine_for_money(cents: int) -> None:
    assert amount_digit(cents) in "01234567"


@given(st.integers(1, 10**9), st.data())
def test_amount_digit_misses_a_changed_digit_only_when_it_changes_by_eight(cents: int, data: st.DataObject) -> None:
    digits = list(str(cents))
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    difference = abs(int(other) - int(digits[place]))
    digits[place] = other
    changed = int("".join(digits))
    if changed and difference != 8:
        assert amount_digit(changed) != amount_digit(cents)


@given(ORG, CENTS, FREE)
def test_made_codes_are_valid_for_another_implementation(org: str, cents: int | None, free: str) -> None:
    code = rf_code(org, cents, free)
    assert iso11649.is_valid(code)
    parts = rf_check(code)
    assert (parts.code, parts.organisation, parts.free) == (code, org, free)
    assert cents is None or parts.admits(cents)


@pytest.mark.parametrize("seed", range(20))
def test_every_single_digit_error_and_every_swap_of_neighbours_is_caught(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        code = rf_code(f"{chance.randrange(10**5):05d}", chance.randrange(1, 10**7), f"{chance.randrange(10**15):015d}")
        wrong = [code[:i] + d + code[i + 1 :] for i in range(2, 25) for d in "0123456789" if d != code[i]]
        wrong += [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(2, 24) if code[i] != code[i + 1]]
        for typed in wrong:
            with pytest.raises(BadReference, match="CHECK_DIGITS"):
                rf_check(typed)


@given(ORG, CENTS, FREE)
def test_only_the_canonical_check_digits_are_accepted(org: str, cents: int | None, free: str) -> None:
    body = rf_code(org, cents, free)[4:]
    accepted = []
    for check in range(100):
        try:
            accepted.append(rf_check(f"RF{check:02d}{body}").code)
        except BadReference:
            continue
    assert accepted == [rf_code(org, cents, free)]


@given(ORG, CENTS, FREE)
def test_printed_grouping_is_read_back(org: str, cents: int | None, free: str) -> None:
    code = rf_code(org, cents, free)
    shown = rf_format(code)
    assert [len(group) for group in shown.split(" ")] == [4, 4, 4, 4, 4, 4, 1]
    assert rf_check(shown.lower()).code == code
    assert rf_check(shown.replace(" ", "\u00a0")).code == code


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "SHAPE"),
        ("RF", "LENGTH"),
        ("RF6490012012000000000471", "LENGTH"),
        ("RF649001201200000000047111", "LENGTH"),
        ("XX64900120120000000004711", "SHAPE"),
        ("RF649001201200000000O4711", "SHAPE"),
        ("RF6490012012000000000471١", "SHAPE"),
        ("RF64900120120000000004711\n", "SHAPE"),
        ("RF64-9001-2012-0000-0000-4711", "SHAPE"),
        ("RF65900120120000000004711", "CHECK_DIGITS"),
    ],
)
def test_rf_refusals(typed: str, reason: str) -> None:
    with pytest.raises(BadReference) as refusal:
        rf_check(typed)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("org", "free"), [("9001", "1" * 15), ("90012", "1" * 14), ("9001٢", "1" * 15), ("9001a", "1" * 15)]
)
def test_rf_code_refuses_bad_parts(org: str, free: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        rf_code(org, 100, free)


@given(st.text(max_size=40))
def test_rf_check_never_fails_otherwise(typed: str) -> None:
    with pytest.raises(BadReference, match=r"SHAPE|LENGTH|CHECK_DIGITS"):
        rf_check(typed)


def test_free_part_is_random_digits() -> None:
    made = {random_free15() for _ in range(2000)}
    assert len(made) == 2000
    assert all(len(free) == 15 and free.isdigit() for free in made)


# --- tax numbers ------------------------------------------------------------------------------------------------------


@given(st.one_of(st.from_regex(r"[0-9]{9}", fullmatch=True), st.text(max_size=10)))
@example("000000000")
@example("038836853")
@example("123456783")
@example("094014201")
@example("١٢٣٤٥٦٧٨٣")
def test_afm_agrees_with_another_implementation(text: str) -> None:
    exact = len(text) == 9 and text.isascii() and text.isdigit() and text != "000000000"
    assert afm_valid(text) is (exact and vat.is_valid(text))


@pytest.mark.parametrize(
    "typed", ["094014201", " 094014201 ", "EL094014201", "gr 094 014 201", "94014201", "094.014.201"]
)
def test_afm_as_people_write_it(typed: str) -> None:
    assert afm_clean(typed) == "094014201"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "SHAPE"),
        ("123", "SHAPE"),
        ("ABCDEFGHI", "SHAPE"),
        ("094014202", "CHECK_DIGITS"),
        ("000000000", "CHECK_DIGITS"),
    ],
)
def test_afm_refusals(typed: str, reason: str) -> None:
    with pytest.raises(BadReference, match=reason):
        afm_clean(typed)


# --- plates, fines, references ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["ΙΑΒ-1234", "ιαβ 1234", "IAB1234", "iab.1234", "ＩＡＢ１２３４", "Ιαβ/1234", "ΪΆβ 1234"]
)
def test_one_plate_however_typed(typed: str) -> None:
    assert plate_fold(typed) == "IAB1234"


def test_all_letters_of_greek_plates_fold_to_latin() -> None:
    assert plate_fold("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ") == "ABEZHIKMNOPTYX"
    assert plate_fold("СА 1234 КТ") == "CA1234KT"  # a Bulgarian plate typed in Cyrillic
    assert ticket_fold("Α-2026/004512") == "A2026004512"


@given(st.text(max_size=30))
def test_folding_plates_twice_changes_nothing(text: str) -> None:
    assert plate_fold(plate_fold(text)) == plate_fold(text)


def test_folding_is_stable_for_every_character() -> None:
    for point in range(0x110000):
        char = chr(point)
        if unicodedata.category(char) not in ("Cs", "Cn", "Co"):
            once = plate_fold(char)
            assert plate_fold(once) == once, hex(point)


def test_references_are_readable_and_random() -> None:
    made = {random_reference("OB") for _ in range(5000)}
    assert len(made) == 5000
    for reference in made:
        prefix, one, two = reference.split("-")
        assert (prefix, len(one), len(two)) == ("OB", 4, 4)
        assert not set(one + two) & set("ILOU")
    assert len({char for reference in made for char in reference[3:]}) == 32 + 1  # 32 letters and the dash: 40 bits


def test_a_typed_reference_is_recognised() -> None:
    assert reference_fold("ob 7k2m 94qx") == reference_fold("OB-7K2M-94QX")
    assert reference_fold("OB-OK2M-9IQX") == reference_fold("OB-0K2M-91QX")
    assert reference_fold("ΟΒ-7Κ2Μ-94QΧ") == reference_fold("OB-7K2M-94QX")


def test_random_ids_are_long_and_safe_everywhere() -> None:
    made = {random_id() for _ in range(5000)}
    assert len(made) == 5000
    assert all(len(one) == 26 and one.isascii() and one.isalnum() and one == one.lower() for one in made)
    assert len({char for one in made for char in one}) == 32  # 26 letters of 5 bits: 130 bits
