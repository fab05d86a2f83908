"""What every screen has to stand: axe at two widths in light and dark, small phones, large text spacing, the keyboard."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from launch import places

PHONE, SMALL, DESK = 390, 320, 1280
_HEIGHTS = {PHONE: 844, SMALL: 640, DESK: 860}
_EVERYTHING = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: What darkness can change about a page; everything else was looked at in light.
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
#: WCAG 2.2 SC 1.4.12, all four at once.
_SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
    " p { margin-bottom: 2em !important; }"
)
_TOO_WIDE = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  return [...document.querySelectorAll('body *')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width && box.right > most + 1 && !one.closest('.ob-vh, .ob-skip');
  }).slice(0, 5).map(one => one.outerHTML.slice(0, 120));
}"""
#: As if the page had just been opened: a stop that is there for a moment makes the next one the first.
_BEGIN = """() => {
  const start = document.createElement('span');
  start.tabIndex = 0; document.body.prepend(start); start.focus(); start.remove(); scrollTo(0, 0);
}"""
_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const target = (one.closest('label') || one).getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const seen = box.bottom > 0 && box.top < innerHeight && top && (one.contains(top) || top.contains(one)
    || (one.labels && [...one.labels].some(label => label.contains(top))));
  return {html: one.outerHTML.slice(0, 120), seen: !!seen, ring: parseFloat(style.outlineWidth) || 0,
    wide: target.width, high: target.height, inline: style.display === 'inline'};
}"""


def set_width(page: Page, width: int, scheme: str = "light") -> None:
    """Show the page as that screen would, without loading it again."""
    page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})
    # Without motion, or axe would measure a colour half-way to the next.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]


def everything(page: Page, *, keyboard: bool = True) -> list[str]:
    """All findings of one screen in the language it stands in."""
    return axe_findings(page) + overflows(page) + (keyboard_findings(page) if keyboard else [])


def axe_findings(page: Page) -> list[str]:
    """Violations at 390 and 1280 px, light and dark, and what sticks out there, as lines for a person."""
    lines = []
    page.evaluate(AXE_SCRIPT)
    for width in (PHONE, DESK):
        for scheme in ("light", "dark"):
            set_width(page, width, scheme)
            found = page.evaluate(
                "rules => axe.run({runOnly: rules, resultTypes: ['violations']}).then(told => told.violations)",
                _EVERYTHING if scheme == "light" else _COLOURS,
            )
            lines += [f"{width} px {scheme}: {_told(one)}" for one in found]
        lines += [f"{width} px: {one}" for one in page.evaluate(_TOO_WIDE)]
    set_width(page, DESK)
    return lines


def _told(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']}: {violation['help']}: {nodes}"


def overflows(page: Page) -> list[str]:
    """What sticks out at 320 px, as it is and with the text spacing that a reader may set."""
    set_width(page, SMALL)
    lines = [f"320 px: {one}" for one in page.evaluate(_TOO_WIDE)]
    # A constructed sheet, because the page's own policy lets no style in.
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }",
        _SPACING,
    )
    lines += [f"320 px, text spacing: {one}" for one in page.evaluate(_TOO_WIDE)]
    page.evaluate("() => { document.adoptedStyleSheets = []; }")
    set_width(page, DESK)
    return lines


def keyboard_findings(page: Page, *, width: int = PHONE, most: int = 80) -> list[str]:
    """Tab through the whole page: every stop is seen, has a ring of 3 px and is large enough; the first one skips to the
    content."""
    set_width(page, width)
    page.evaluate(_BEGIN)
    lines: list[str] = []
    first = ""
    for stop in range(most):
        page.keyboard.press("Tab")
        told = page.evaluate(_FOCUSED)
        if told is None or (stop and told["html"] == first):
            break
        first = first or told["html"]
        if not told["seen"]:
            lines.append(f"hidden at its stop: {told['html']}")
        if told["ring"] < 3:
            lines.append(f"no visible ring: {told['html']}")
        if not told["inline"] and min(told["wide"], told["high"]) < 24:
            lines.append(f"smaller than 24 px: {told['html']}")
    if "ob-skip" not in first:
        lines.append(f"the first stop does not skip to the content: {first}")
    set_width(page, DESK)
    return lines


def shoot(page: Page, name: str, *, widths: Sequence[int] = (PHONE, DESK), schemes: Sequence[str] = ("light",)) -> None:
    """With `PICTURES=1`: keep pictures of the whole page below `var/journeys`, for people to look at."""
    if not os.environ.get("PICTURES"):
        return
    for width in widths:
        for scheme in schemes:
            set_width(page, width, scheme)
            page.screenshot(path=folder() / f"{name}-{width}{'-dark' if scheme == 'dark' else ''}.png", full_page=True)
    set_width(page, DESK)


def folder() -> Path:
    """Where the pictures lie; not part of the product."""
    found = places.var() / "journeys"
    found.mkdir(parents=True, exist_ok=True)
    return found
