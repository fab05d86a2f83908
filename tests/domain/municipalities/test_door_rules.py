"""Colours of a municipality, measured against ours; and that «ours» are those of the stylesheet."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launch import places
from obolos.base.contrast import contrast
from obolos.domain.municipalities import door_rules
from obolos.domain.municipalities.door_rules import DARK, HEAD_TEXT, LIGHT, OUR_ACCENT, OUR_HEAD, shortfalls

CSS = (places.ROOT / "obolos/interfaces/static/obolos/obolos.css").read_text()
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def tokens(text: str) -> dict[str, str]:
    return dict(re.findall(r"--ob-([a-z0-9-]+):(#[0-9a-f]{6})", text))


def test_the_measured_grounds_are_those_of_the_stylesheet() -> None:
    light, dark = (tokens(part) for part in CSS.split("@media (prefers-color-scheme:dark)", 1))
    dark = tokens(CSS.split("@media (prefers-color-scheme:dark)", 1)[1].split("}}", 1)[0])
    assert {name: light[name] for name in LIGHT} == LIGHT
    assert {name: dark[name] for name in DARK} == DARK
    assert (light["primary"], light["primary-2"], light["head-text"]) == (OUR_HEAD, OUR_ACCENT, HEAD_TEXT)
    opacity = re.search(r"\.ob-brand small\{[^}]*opacity:([0-9.]+)", CSS)
    assert opacity
    assert pytest.approx(1 - float(opacity.group(1))) == door_rules.HEAD_SMALL_SHARE


@pytest.mark.parametrize(
    ("head", "accent", "wrong"),
    [
        ("", "", []),
        ("#7a1f2b", "#2a79c4", []),
        ("#ffcc00", "", [("HEAD", "TEXT")]),
        ("", "#003375", [("ACCENT", "DARK")]),
        ("", "#ffffff", [("ACCENT", "TEXT")]),
        ("#ffffff", "#14171c", [("HEAD", "TEXT"), ("ACCENT", "DARK")]),
    ],
)
def test_what_cannot_be_read_or_seen(head: str, accent: str, wrong: list[tuple[str, str]]) -> None:
    assert [(one.field, one.where) for one in shortfalls(head, accent)] == wrong


def test_the_measured_ratio_is_told() -> None:
    (yellow,) = shortfalls("#ffcc00", "")
    assert yellow.ratio == pytest.approx(1.46, abs=0.01)
    assert (yellow.needed, yellow.colour) == (4.5, "#ffcc00")


@given(COLOURS, COLOURS)
def test_every_suggestion_would_do(head: str, accent: str) -> None:
    for one in shortfalls(head, accent):
        again = shortfalls(one.suggestion, "") if one.field == "HEAD" else shortfalls("", one.suggestion)
        assert again == ()


@given(COLOURS)
def test_what_passes_can_be_read_everywhere(accent: str) -> None:
    if not shortfalls("", accent):
        assert contrast(accent, "#ffffff") >= 4.5
        assert all(contrast(accent, ground) >= 3 for ground in (*LIGHT.values(), *DARK.values()))
