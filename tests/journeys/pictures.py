"""The pictures of the README, taken anew from a stack of their own: `python -m tests.journeys.pictures`.

Run it where a Chromium is; it starts and stops everything it needs and writes docs/images. It holds no test.
"""

from pathlib import Path

from launch import places
from tests.support import browsers, databases, stacks

databases.load_settings()

from tests.journeys.visitor import Visitor  # noqa: E402 - people of the demo need the settings

FOLDER = places.ROOT / "docs" / "images"
MOST_BYTES = 150_000
DESK, PHONE = {"width": 1000, "height": 750}, {"width": 390, "height": 844}


def main() -> None:
    """All five."""
    with (
        databases.server_up(),
        stacks.stack_running() as stack,
        browsers.chromium_running() as browser,
        browsers.fresh_context(browser, reduced_motion="reduce") as context,
    ):
        visitor = Visitor(context.new_page(), stack.addresses)
        _take(visitor)


def _take(visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    visitor.open("/")
    _shoot(visitor, "home")
    visitor.arrive("kafe")
    # An overdue debt with its reason stands first there, which is what the first picture of all should show.
    page.locator(".ob-debt--late details summary").first.click()
    page.locator("h1").click()
    _shoot(visitor, "debts")
    visitor.page.context.clear_cookies()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    visitor.arrive("eleni")
    visitor.to_the_method()
    _shoot(visitor, "method")
    page.check("#rf")
    visitor.go_on()
    visitor.at_the_order()
    _shoot(visitor, "rf")
    visitor.open("/debts/")
    visitor.choose_first()
    visitor.to_the_bank()
    visitor.let("approve")
    _shoot(visitor, "paid")


def _shoot(visitor: Visitor, name: str) -> None:
    """What one sees on opening the page; a picture too heavy for a README is refused."""
    visitor.page.evaluate("scrollTo(0, 0)")
    path = Path(FOLDER / f"{name}.png")
    visitor.page.screenshot(path=path)
    weight = path.stat().st_size
    assert weight <= MOST_BYTES, f"{path.name} weighs {weight} bytes"
    print(f"{path.relative_to(places.ROOT)}: {weight // 1000} kB")


if __name__ == "__main__":
    try:
        main()
    finally:
        databases.remove_folder()
