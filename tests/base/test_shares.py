"""Differences of shares: the example that the method's author published, its mirror, and equal groups."""

import pytest

from obolos.base.shares import difference, share


def test_a_share_of_nothing_is_none() -> None:
    assert share(0, 0) is None
    assert share(1, 4) == 0.25


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((56, 70, 48, 80), (0.2, 0.0524, 0.3339)),
        ((48, 80, 56, 70), (-0.2, -0.3339, -0.0524)),
        ((50, 100, 50, 100), (0.0, -0.136, 0.136)),
    ],
)
def test_newcombes_intervals(groups: tuple[int, int, int, int], expected: tuple[float, float, float]) -> None:
    found = difference(*groups)
    assert found is not None
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == expected
    assert found.certain == (expected[1] > 0 or expected[2] < 0)


@pytest.mark.parametrize(
    "groups", [(0, 0, 0, 0), (15, 29, 15, 30), (4, 100, 50, 100), (50, 100, 97, 100), (30, 30, 15, 30)]
)
def test_too_few_to_tell(groups: tuple[int, int, int, int]) -> None:
    assert difference(*groups) is None
