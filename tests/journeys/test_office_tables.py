"""No table of the office hides a column: not on a small phone, not on a telephone, not on a desk."""

from collections.abc import Callable

import pytest

from launch.stack import Stack
from tests.journeys.looks import DESK, PHONE, SMALL, set_width
from tests.journeys.test_office import sign_in
from tests.journeys.visitor import Visitor

PATHS = (
    "", "worklist/", "inquiries/", "import/", "notices/", "slips/", "uptake/", "reminders/", "kinds/", "events/",
    "events/1/", "events/1/edit/", "events/new/", "certificates/", "payers/1/",
)  # fmt: skip
#: Regions of the page that hold more than they show from left to right.
_CUT = """() => [...document.querySelectorAll('main .ob-scroll')].filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => `${one.getAttribute('aria-labelledby') || one.getAttribute('aria-label')}: `
    + `${one.scrollWidth} px in ${one.clientWidth}`)"""


@pytest.mark.parametrize("language", ["el", "en"])
def test_no_column_is_hidden(stack: Stack, visitors: Callable[..., Visitor], language: str) -> None:
    admin = visitors()
    page = admin.page
    sign_in(page, stack, "admin")
    if page.evaluate("document.documentElement.lang") != language:
        page.click(f"header button[lang={language}]")
    found = []
    for path in PATHS:
        admin.open(f"/office/{path}")
        assert admin.status == 200, path
        for width in (SMALL, PHONE, DESK):
            set_width(page, width)
            found += [f"{path} at {width} px: {one}" for one in page.evaluate(_CUT)]
    assert found == []
