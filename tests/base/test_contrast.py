"""Contrast as WCAG measures it, held to published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.base.contrast import colour, contrast, mixed, nearest

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#ffffff", 4.0),
        ("#123456", "#123456", 1.0),
    ],
)
def test_known_ratios(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize(("typed", "meant"), [("#abc", "#aabbcc"), (" 7A1F2B ", "#7a1f2b"), ("#7a1f2b", "#7a1f2b")])
def test_colours_as_people_write_them(typed: str, meant: str) -> None:
    assert colour(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "red", "#12", "#12345", "#1234567", "#12345g", "#１23456", "#fff;}", "rgb(1,2,3)"]
)
def test_what_is_no_colour(typed: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        colour(typed)


def test_half_of_white_on_black_is_grey() -> None:
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"


@given(COLOURS)
def test_a_colour_that_passes_is_its_own_nearest(one: str) -> None:
    assert nearest(one, lambda _: True) == one
    assert nearest(one, lambda _: False) is None
    found = nearest(one, lambda tried: contrast(tried, "#ffffff") >= 4.5)
    assert found
    assert contrast(found, "#ffffff") >= 4.5
