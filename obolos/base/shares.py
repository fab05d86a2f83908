"""Shares, and whether two of them differ: what can be said of counts without saying too much. Pure, no rounding."""

import math
from dataclasses import dataclass

#: Two-sided 95 %.
_Z = 1.959963984540054
#: Fewer people in a group, or fewer of either sort in it, tell nothing.
FEWEST = 30
FEWEST_OF_A_SORT = 5


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, from 0 to 1; None of nothing."""
    return part / whole if whole > 0 else None


@dataclass(frozen=True, slots=True)
class Difference:
    """Share of one group less share of another, with its 95 % interval, all in parts of 1."""

    value: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves «no difference» out."""
        return self.low > 0 or self.high < 0


def difference(part: int, whole: int, other_part: int, other_whole: int) -> Difference | None:
    """The difference of two independent shares; None when the groups are too small to tell.

    Interval: R. G. Newcombe, Statistics in Medicine 17 (1998) 873–890, method 10, from the two Wilson intervals. It
    stays within what is possible and holds for small groups and rare events, where the usual formula does not.
    56 of 70 and 48 of 80: 0.2000, from 0.0524 to 0.3339.
    """
    groups = ((part, whole), (other_part, other_whole))
    if any(size < FEWEST or min(some, size - some) < FEWEST_OF_A_SORT for some, size in groups):
        return None
    (one, one_low, one_high), (two, two_low, two_high) = (_wilson(some, size) for some, size in groups)
    return Difference(
        one - two,
        one - two - math.hypot(one - one_low, two_high - two),
        one - two + math.hypot(one_high - one, two - two_low),
    )


def _wilson(part: int, whole: int) -> tuple[float, float, float]:
    found = part / whole
    spread = _Z * math.sqrt(found * (1 - found) / whole + _Z**2 / (4 * whole**2))
    middle, width = found + _Z**2 / (2 * whole), 1 + _Z**2 / whole
    return found, (middle - spread) / width, (middle + spread) / width
