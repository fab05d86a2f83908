"""What counts as a whole number in a field."""

import re
from pathlib import Path

import pytest

from obolos.base.numbers import MOST, whole


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("17", 17), (" 17\n", 17), ("007", 7), (str(MOST), MOST), ("", None), (" ", None), ("-1", None), ("+1", None),
        ("1.0", None), ("1,000", None), ("1_000", None), ("1 0", None), ("1e3", None), ("²", None), ("١٢", None), ("１７", None),
        ("0x10", None), ("\x001", None), ("9" * 19, None), ("9" * 10_000, None),
    ],
)  # fmt: skip
def test_a_whole_number_or_none(text: str, number: int | None) -> None:
    assert whole(text) == number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("60", 60), ("61", None), ("060", 60)])
def test_within_bounds(text: str, number: int | None) -> None:
    assert whole(text, most=60) == number


def test_fields_are_read_here_and_nowhere_else() -> None:
    """`int` of what somebody typed, guarded by hand, has been wrong before: «²» is a digit and no number."""
    found = [
        str(path)
        for path in Path("obolos/interfaces").rglob("*.py")
        if re.search(r"\.isdigit\(\)|\.isdecimal\(\)", path.read_text())
    ]
    assert found == []
