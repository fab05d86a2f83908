"""Counts what a visitor has to do: pages he meets at the portal, presses, fields he types into. Told beside each journey.

A press is one click or Enter on a button or link; the bank's own page and its press are not counted, as everywhere.
"""

from typing import Any

from tests.journeys.visitor import Visitor


class Steps:
    """One visitor's counters. `screens`: documents of the portal that he stops at, the outcome included."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.clicks = self.typed = 0
        self._stops: list[str] = []
        visitor.page.on("framenavigated", self._went)

    def _went(self, frame: Any) -> None:
        portal = self.visitor.portal
        if frame == self.visitor.page.main_frame and frame.url.startswith(portal):
            self._stops.append(frame.url.removeprefix(portal))

    @property
    def screens(self) -> int:
        """Pages he stopped at: the one that sends him on to the bank by itself is none, unless he had to press there."""
        return len([path for path in self._stops if not path.endswith("/bank/")]) + self._pressed_at_bank_page

    _pressed_at_bank_page = 0

    def press(self, selector: str, *, keyboard: bool = False) -> None:
        """Press something once."""
        self.clicks += 1
        if self.visitor.page.url.endswith("/bank/"):
            self._pressed_at_bank_page += 1
        if keyboard:
            walk_to(self.visitor, selector)
            self.visitor.page.keyboard.press("Enter")
        else:
            self.visitor.page.click(selector)

    def type(self, selector: str, text: str, *, keyboard: bool = False) -> None:
        """Fill a field."""
        self.typed += 1
        if keyboard:
            walk_to(self.visitor, selector)
            self.visitor.page.keyboard.type(text)
        else:
            self.visitor.page.fill(selector, text)

    def told(self, what: str) -> tuple[int, int, int]:
        """(screens, clicks, typed), printed for whoever reads along."""
        found = (self.screens, self.clicks, self.typed)
        print(f"steps of {what}: {found[0]} screens, {found[1]} clicks, {found[2]} typed")
        return found


def walk_to(visitor: Visitor, selector: str) -> None:
    """Tab until that one has the focus, as a person without a mouse does."""
    for _ in range(120):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"no way to {selector} by keyboard")
