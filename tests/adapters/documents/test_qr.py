"""QR codes: the drawing is the code, framed and named."""

import re
from html import unescape

import pytest
import segno

from obolos.adapters.documents.qr import QUIET_ZONE, qr_image, qr_svg

RF = "RF64900120120000000004711"


def modules(svg: str, side: int) -> list[list[int]]:
    """Paints the path's rectangles on a grid."""
    grid = [[0] * side for _ in range(side)]
    path = re.findall(r' d="([^"]+)"', svg)[-1]
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        for column in range(int(x), int(x) + int(width)):
            grid[int(y)][column] = 1
    assert re.sub(r"M\d+ \d+h(\d+)v1h-\1z", "", path) == ""
    return grid


def test_drawing_equals_the_code_inside_four_light_modules():
    svg = qr_svg(RF, title="Κωδικός QR")
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    code = segno.make(RF, error="m", mask=3, boost_error=False, micro=False)
    assert (code.mode, code.error, side) == ("alphanumeric", "M", 25 + 2 * QUIET_ZONE)
    grid = modules(svg, side)
    inner = [row[QUIET_ZONE:-QUIET_ZONE] for row in grid[QUIET_ZONE:-QUIET_ZONE]]
    assert inner == [list(row) for row in code.matrix]
    assert sum(map(sum, grid)) == sum(map(sum, code.matrix))


def test_bare_image_has_no_frame():
    svg = qr_image("OB-7K2M-94QX")
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    assert modules(svg, side) == [
        list(row) for row in segno.make("OB-7K2M-94QX", error="m", mask=3, boost_error=False, micro=False).matrix
    ]


def test_greek_is_written_as_utf_8():
    svg = qr_svg("Δήμος", title="x")
    side = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    expected = segno.make("Δήμος", error="m", mask=3, boost_error=False, micro=False, encoding="utf-8").matrix
    assert [row[4:-4] for row in modules(svg, side)[4:-4]] == [list(row) for row in expected]


def test_name_is_read_and_cannot_break_out():
    svg = qr_svg(RF, title='"><script>x</script>', css_class='a" onload="x')
    assert "<script" not in svg
    assert ' onload="x"' not in svg
    assert unescape(re.search(r"<title>(.*?)</title>", svg)[1]) == '"><script>x</script>'
    assert 'role="img"' in svg
    assert unescape(re.search(r'aria-label="([^"]*)"', svg)[1]) == '"><script>x</script>'


@pytest.mark.parametrize(("content", "title"), [("", "x"), ("x", " ")])
def test_nothing_to_say_is_refused(content, title):
    with pytest.raises(ValueError, match="content and a title"):
        qr_svg(content, title=title)
