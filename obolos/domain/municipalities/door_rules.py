"""Which colours a municipality may give to its pages: measured against our own text and grounds, in light and in dark.

Pure. The grounds are the tokens of `obolos.css`; a test holds the two together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from obolos.base.contrast import contrast, mixed, nearest

#: WCAG 2.2 SC 1.4.3 (text) and 1.4.11 (lines that mean something).
TEXT, LINE = 4.5, 3.0
HEAD_TEXT = "#ffffff"
#: How much of the ground shows through the small line below the name in the header.
HEAD_SMALL_SHARE = 0.08
LIGHT = {"page": "#fefefe", "card": "#ffffff", "panel": "#f3f4f7"}
DARK = {"page": "#14171c", "card": "#1a1d23", "panel": "#1d2128"}
#: What our own pages wear: the header and, in light and in dark, the accent.
OUR_HEAD, OUR_ACCENT = "#003375", "#0065b3"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A colour that cannot be read or seen: `field` HEAD or ACCENT, `where` TEXT, LIGHT or DARK, its ratio there, the ratio
    needed, and the nearest colour that would do everywhere."""

    field: str
    where: str
    colour: str
    ratio: float
    needed: float
    suggestion: str


def shortfalls(head: str, accent: str) -> tuple[Shortfall, ...]:
    """What is wrong with two colours («#rrggbb»; an empty one stays ours and is never wrong), the worst of each first."""
    found = []
    for field, chosen in (("HEAD", head), ("ACCENT", accent)):
        if not chosen:
            continue
        measure = head_ratios if field == "HEAD" else accent_ratios
        failing = [one for one in measure(chosen) if one[1] < one[2]]
        if failing:
            where, ratio, needed = min(failing, key=lambda one: one[1] / one[2])
            found.append(Shortfall(field, where, chosen, ratio, needed, _suggested(chosen, field)))
    return tuple(found)


def head_ratios(head: str) -> Iterator[tuple[str, float, float]]:
    """(where, ratio, needed) of the header's white text, its small line included; the same in light and in dark."""
    yield "TEXT", contrast(mixed(HEAD_TEXT, head, HEAD_SMALL_SHARE), head), TEXT


def accent_ratios(accent: str) -> Iterator[tuple[str, float, float]]:
    """(where, ratio, needed) of the accent: white text on it, and lines of it on every ground of both palettes."""
    yield "TEXT", contrast(HEAD_TEXT, accent), TEXT
    for where, grounds in (("LIGHT", LIGHT), ("DARK", DARK)):
        yield where, min(contrast(accent, ground) for ground in grounds.values()), LINE


def _suggested(chosen: str, field: str) -> str:
    measure = head_ratios if field == "HEAD" else accent_ratios
    return nearest(chosen, lambda one: all(ratio >= needed for _, ratio, needed in measure(one))) or OUR_HEAD
