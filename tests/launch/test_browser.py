"""The browser that journeys drive: it opens pages, speaks Greek, and reports errors of a page's scripts."""

import pytest

from tests.support import browsers


def test_a_page_opens(page: browsers.Page) -> None:
    page.set_content("<title>Οφειλές</title><h1>Σύνολο</h1>")
    assert page.title() == "Οφειλές"
    assert page.evaluate("navigator.language") == "el-GR"


def test_errors_of_scripts_are_not_overlooked(browser: browsers.Browser) -> None:
    def break_a_page() -> None:
        with browsers.fresh_context(browser) as context:
            context.new_page().set_content("<script>nothing.here()</script>")

    with pytest.raises(AssertionError, match="nothing is not defined"):
        break_a_page()
