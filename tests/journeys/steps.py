"""Counts what a visitor has to do: pages he meets at the portal, presses, fields he types into. Told beside each journey.

A press is one click or Enter on a button or link; the bank's own page and its press are not counted, as everywhere.
"""

from typing import Any

from tests.journeys.visitor import Visitor


class Steps:
    """One visitor's counters. `screens`: documents of the portal that he stops at, the outcome included.

    With `keyboard` he has no mouse: he tabs to what he presses and types into.
    """

    def __init__(self, visitor: Visitor, *, keyboard: bool = False) -> None:
        self.visitor, self.keyboard = visitor, keyboard
        self.begin()
        visitor.page.on("framenavigated", self._went)

    def begin(self) -> None:
        """Count from here."""
        self.clicks = self.typed = self._pressed_at_bank_page = 0
        self._stops: list[str] = []

    def _went(self, frame: Any) -> None:
        portal = self.visitor.portal
        if frame == self.visitor.page.main_frame and frame.url.startswith(portal):
            self._stops.append(frame.url.removeprefix(portal))

    @property
    def screens(self) -> int:
        """Pages he stopped at: the one that sends him on to the bank by itself is none, unless he had to press there."""
        return len([path for path in self._stops if not path.endswith("/bank/")]) + self._pressed_at_bank_page

    def press(self, selector: str) -> None:
        """Press something once."""
        self.clicks += 1
        if self.visitor.page.url.endswith("/bank/"):
            self._pressed_at_bank_page += 1
        if not self.keyboard:
            self.visitor.page.locator(selector).first.click()
        elif self._is_radio(selector):
            self._choose(selector)
        else:
            walk_to(self.visitor, selector)
            self.visitor.page.keyboard.press("Enter")

    def _is_radio(self, selector: str) -> bool:
        return self.visitor.page.locator(selector).first.get_attribute("type") == "radio"

    def _choose(self, selector: str) -> None:
        """Into the group, then by arrow: a group of radio buttons is one stop."""
        name = self.visitor.page.locator(selector).get_attribute("name")
        walk_to(self.visitor, f"input[name={name}]")
        for _ in range(self.visitor.page.locator(f"input[name={name}]").count()):
            if self.visitor.page.locator(selector).is_checked():
                return
            self.visitor.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{selector} cannot be chosen by keyboard")

    def type(self, selector: str, text: str) -> None:
        """Fill a field."""
        self.typed += 1
        if self.keyboard:
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
