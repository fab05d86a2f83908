"""Euro amounts: exact rounding, what people read, what people type."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.base.money import MAX_CENTS, BadAmount, euro_el, euro_en, euro_plain, parse_euro, round_half_up

CENTS = st.integers(min_value=-MAX_CENTS, max_value=MAX_CENTS)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 3), (-5, 2, -3), (3, 2, 2), (1825, 1000, 2), (1_825, 10, 183), (4, 3, 1), (-4, 3, -1), (0, 7, 0)],
)
def test_a_half_goes_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9))
def test_rounding_agrees_with_decimal(numerator: int, denominator: int) -> None:
    exact = Decimal(2 * numerator) / 2  # no loss: 18 digits fit the default context
    quotient, rest = divmod(abs(numerator), denominator)
    expected = quotient + (Decimal(rest) / denominator).quantize(Decimal(1), ROUND_HALF_UP)
    assert round_half_up(numerator, denominator) == (expected if exact >= 0 else -expected)


@pytest.mark.parametrize("denominator", [0, -1])
def test_rounding_refuses_a_denominator_that_is_not_positive(denominator: int) -> None:
    with pytest.raises(ValueError, match="denominator"):
        round_half_up(1, denominator)


@pytest.mark.parametrize(
    ("cents", "greek", "english", "plain"),
    [
        (123456, "1.234,56\u00a0€", "€1,234.56", "1234.56"),
        (0, "0,00\u00a0€", "€0.00", "0.00"),
        (5, "0,05\u00a0€", "€0.05", "0.05"),
        (-2000, "\u221220,00\u00a0€", "\u2212€20.00", "-20.00"),
        (100000000, "1.000.000,00\u00a0€", "€1,000,000.00", "1000000.00"),
    ],
)
def test_amounts_read_as_people_write_them(cents: int, greek: str, english: str, plain: str) -> None:
    assert (euro_el(cents), euro_en(cents), euro_plain(cents)) == (greek, english, plain)


@given(CENTS)
def test_what_is_written_is_read_back(cents: int) -> None:
    for text in (euro_el(cents), euro_en(cents), euro_plain(cents)):
        assert parse_euro(text, allow_negative=True) == cents


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.234,56", 123456),
        ("1,234.56", 123456),
        ("1234.56", 123456),
        ("1234,56", 123456),
        ("1234", 123400),
        ("12,5", 1250),
        ("0,05", 5),
        ("007,50", 750),
        ("1.234.567", 123456700),
        ("1,234,567.8", 123456780),
        ("  20,00 € ", 2000),
        ("€20.00", 2000),
        ("20,00\u00a0€", 2000),
    ],
)
def test_both_notations_are_read(text: str, cents: int) -> None:
    assert parse_euro(text) == cents


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "EMPTY"),
        ("   ", "EMPTY"),
        ("1.234", "AMBIGUOUS"),
        ("1,234", "AMBIGUOUS"),
        ("123.456", "AMBIGUOUS"),
        ("1234.567", "DECIMALS"),
        ("0.123", "DECIMALS"),
        ("1.234,567", "DECIMALS"),
        ("NaN", "SHAPE"),
        ("inf", "SHAPE"),
        ("1e3", "SHAPE"),
        ("1E3", "SHAPE"),
        ("0x10", "SHAPE"),
        ("1_000", "SHAPE"),
        ("+5", "SHAPE"),
        ("١٢٣,٤٥", "SHAPE"),
        ("１２", "SHAPE"),
        ("12,", "SHAPE"),
        (",50", "SHAPE"),
        ("1 234,56", "SHAPE"),
        ("12.34.56", "SHAPE"),
        ("1.234.56", "SHAPE"),
        ("1,234,56", "SHAPE"),
        ("0.234,56", "SHAPE"),
        ("€20€", "SHAPE"),
        ("€", "SHAPE"),
        ("20 EUR", "SHAPE"),
        ("--5", "SHAPE"),
        ("-", "SHAPE"),
        ("12\n,5", "SHAPE"),
        ("-5,00", "NEGATIVE"),
        ("\u22125,00", "NEGATIVE"),
        ("100000000000,01", "TOO_LARGE"),
        ("9" * 16, "SHAPE"),
    ],
)
def test_what_is_not_one_certain_amount_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadAmount) as refused:
        parse_euro(text)
    assert refused.value.reason == reason


@pytest.mark.parametrize("text", ["12", "12,5", "1.234.567"])
def test_files_give_exactly_two_decimals(text: str) -> None:
    assert parse_euro("12,50", two_decimals=True) == 1250
    with pytest.raises(BadAmount, match="DECIMALS"):
        parse_euro(text, two_decimals=True)


@given(st.text(max_size=12))
def test_any_text_gives_cents_or_a_reason(text: str) -> None:
    try:
        cents = parse_euro(text)
    except BadAmount:
        return
    assert 0 <= cents <= MAX_CENTS
