"""Amounts and dates in words."""

from datetime import UTC, date, datetime

import pytest

from obolos.base.wording import (
    amount_in_words,
    amount_in_words_el,
    amount_in_words_en,
    athens_moment,
    euro,
    long_date,
    short_date,
)


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "μηδέν ευρώ"),
        (1, "ένα λεπτό"),
        (2, "δύο λεπτά"),
        (21, "είκοσι ένα λεπτά"),
        (100, "ένα ευρώ"),
        (101, "ένα ευρώ και ένα λεπτό"),
        (399, "τρία ευρώ και ενενήντα εννέα λεπτά"),
        (1_300, "δεκατρία ευρώ"),
        (2_000, "είκοσι ευρώ"),
        (10_000, "εκατό ευρώ"),
        (10_100, "εκατόν ένα ευρώ"),
        (20_000, "διακόσια ευρώ"),
        (34_518, "τριακόσια σαράντα πέντε ευρώ και δεκαοκτώ λεπτά"),
        (100_000, "χίλια ευρώ"),
        (100_104, "χίλια ένα ευρώ και τέσσερα λεπτά"),
        (200_000, "δύο χιλιάδες ευρώ"),
        (300_300, "τρεις χιλιάδες τρία ευρώ"),
        (1_300_000, "δεκατρείς χιλιάδες ευρώ"),
        (1_400_000, "δεκατέσσερις χιλιάδες ευρώ"),
        (2_100_000, "είκοσι μία χιλιάδες ευρώ"),
        (2_401_400, "είκοσι τέσσερις χιλιάδες δεκατέσσερα ευρώ"),
        (20_000_000, "διακόσιες χιλιάδες ευρώ"),
        (10_100_000, "εκατόν μία χιλιάδες ευρώ"),
        (99_999_999, "εννιακόσιες ενενήντα εννέα χιλιάδες εννιακόσια ενενήντα εννέα ευρώ και ενενήντα εννέα λεπτά"),
        (100_000_000, "ένα εκατομμύριο ευρώ"),
        (300_100_000, "τρία εκατομμύρια χίλια ευρώ"),
        (20_000_000_000, "διακόσια εκατομμύρια ευρώ"),
        (100_000_000_000, "ένα δισεκατομμύριο ευρώ"),
    ],
)
def test_greek_words_agree_in_gender_and_number(cents, words):
    assert amount_in_words_el(cents) == words


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "zero euros"),
        (1, "one cent"),
        (100, "one euro"),
        (199, "one euro and ninety-nine cents"),
        (2_000, "twenty euros"),
        (34_518, "three hundred and forty-five euros and eighteen cents"),
        (100_000, "one thousand euros"),
        (100_500, "one thousand and five euros"),
        (123_456_700, "one million two hundred and thirty-four thousand five hundred and sixty-seven euros"),
        (100_000_000_000, "one billion euros"),
    ],
)
def test_english_words(cents, words):
    assert amount_in_words_en(cents) == words


# What each Greek word counts for, written down apart from the code under test.
_VALUES = {
    "μηδέν": 0, "ένα": 1, "μία": 1, "δύο": 2, "τρία": 3, "τρεις": 3, "τέσσερα": 4, "τέσσερις": 4, "πέντε": 5, "έξι": 6,
    "επτά": 7, "οκτώ": 8, "εννέα": 9, "δέκα": 10, "έντεκα": 11, "δώδεκα": 12, "δεκατρία": 13, "δεκατρείς": 13,
    "δεκατέσσερα": 14, "δεκατέσσερις": 14, "δεκαπέντε": 15, "δεκαέξι": 16, "δεκαεπτά": 17, "δεκαοκτώ": 18,
    "δεκαεννέα": 19, "είκοσι": 20, "τριάντα": 30, "σαράντα": 40, "πενήντα": 50, "εξήντα": 60, "εβδομήντα": 70,
    "ογδόντα": 80, "ενενήντα": 90, "εκατό": 100, "εκατόν": 100,
}  # fmt: skip
_HUNDREDS = ("διακόσι", "τριακόσι", "τετρακόσι", "πεντακόσι", "εξακόσι", "επτακόσι", "οκτακόσι", "εννιακόσι")
for _value, _stem in enumerate(_HUNDREDS, start=2):
    _VALUES[_stem + "α"] = _VALUES[_stem + "ες"] = _value * 100


def _read_greek(words: str) -> int:
    total = group = 0
    for word in words.removesuffix(" ευρώ").split():
        if word == "χίλια":
            total += 1000
        elif word == "χιλιάδες":
            total, group = total + group * 1000, 0
        elif word.startswith("εκατομμύρι"):
            total, group = total + group * 1_000_000, 0
        else:
            group += _VALUES[word]
    return total + group


def test_every_amount_to_twenty_thousand_and_a_spread_beyond_reads_back_as_itself():
    for euros in [*range(20_001), *range(20_001, 30_000_000, 99_991)]:
        assert _read_greek(amount_in_words_el(euros * 100)) == euros


@pytest.mark.parametrize("cents", [-1, 10**14])
def test_amounts_that_no_receipt_carries_are_refused(cents):
    with pytest.raises(ValueError, match="in words"):
        amount_in_words(cents, "el")


def test_language_chooses_the_notation():
    assert (euro(123_456, "el"), euro(123_456, "en")) == ("1.234,56\u00a0€", "€1,234.56")
    assert (amount_in_words(100, "el"), amount_in_words(100, "en")) == ("ένα ευρώ", "one euro")


def test_dates_for_sentences_and_tables():
    on = date(2026, 5, 3)
    assert long_date(on, "el") == "3 Μαΐου 2026"
    assert long_date(on, "en") == "3 May 2026"
    assert short_date(on) == "03/05/2026"


def test_an_instant_is_told_as_athens_wall_time():
    assert athens_moment(datetime(2026, 12, 31, 22, 30, tzinfo=UTC), "el") == "1 Ιανουαρίου 2027, 00:30"
    assert athens_moment(datetime(2026, 7, 1, 9, 5, tzinfo=UTC), "en") == "1 July 2026, 12:05"
    with pytest.raises(ValueError, match="time zone"):
        athens_moment(datetime(2026, 1, 1), "el")  # noqa: DTZ001
