"""Contrast of two colours as WCAG 2.2 measures it, and the nearest colour that has enough. Pure functions over #rrggbb."""

import re
from collections.abc import Callable

_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})", re.ASCII)
_STEPS = 100


def colour(text: str) -> str:
    """A colour as people write it («1A2B3C», «#abc») → «#1a2b3c». ValueError when it is none."""
    found = _HEX.fullmatch(text.strip())
    if not found:
        raise ValueError("not a colour")
    digits = found.group(1).lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance of sRGB): black on white is 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`one` with that share (0 to 1) of `other` over it: what the eye sees of a half transparent text."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def nearest(wanted: str, passes: Callable[[str], bool]) -> str | None:
    """The colour closest to `wanted` on its way to black or to white that passes; None when none does."""
    for step in range(_STEPS + 1):
        for end in ("#000000", "#ffffff"):
            found = mixed(wanted, end, step / _STEPS)
            if passes(found):
                return found
    return None


def _channels(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _luminance(text: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(text))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
