"""QR codes as inline SVG: readable by any camera, named for people who do not see them, no style or script inside."""

from html import escape

import segno

# Trying all eight masks costs three times as long and gains nothing a phone would notice.
_MASK = 3
QUIET_ZONE = 4


def qr_svg(content: str, *, title: str, css_class: str = "") -> str:
    """`content` as one `<svg role="img">` element to place inside a page, with `title` as its accessible name.

    Error correction M, quiet zone of four modules on every side (ISO/IEC 18004), black on white whatever the page's
    colours are, because scanners expect dark on light. ValueError when `content` is empty or `title` is.
    """
    if not content or not title.strip():
        raise ValueError("a QR code needs content and a title")
    path, side = _path(content)
    named = escape(title, quote=True)
    style = f' class="{escape(css_class, quote=True)}"' if css_class else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{style} viewBox="0 0 {side} {side}" role="img" aria-label="{named}" '
        f'shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def qr_image(content: str) -> str:
    """`content` as a bare SVG file without quiet zone, to place on white paper with space around it."""
    path, side = _path(content, border=0)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>'


def _path(content: str, border: int = QUIET_ZONE) -> tuple[str, int]:
    """SVG path of one rectangle per run of dark modules, and the side of the whole drawing in modules."""
    # ASCII lets segno choose digits or capitals (shorter codes); anything else is UTF-8, never the Greek code page.
    encoding = None if content.isascii() else "utf-8"
    matrix = segno.make(content, error="m", mask=_MASK, micro=False, boost_error=False, encoding=encoding).matrix
    runs = []
    for y, row in enumerate(matrix, start=border):
        x, width = 0, len(row)
        while x < width:
            if row[x]:
                start = x
                while x < width and row[x]:
                    x += 1
                runs.append(f"M{start + border} {y}h{x - start}v1h-{x - start}z")
            else:
                x += 1
    return "".join(runs), len(matrix) + 2 * border
