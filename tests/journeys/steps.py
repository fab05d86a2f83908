"""How many screens, presses and typed fields a visitor needs at the portal; the bank's and the identity provider's pages
count for nothing. What is counted is what the browser saw a person do, by mouse or keyboard, not what a test says."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Frame, Page

_LISTEN = """
document.addEventListener('click', event => {
  const one = event.target.closest('a, button, summary, input[type=submit]');
  if (event.isTrusted && one) pressed((one.textContent || one.value || '').trim());
}, true);
document.addEventListener('input', event => {
  const one = event.target;
  if (event.isTrusted && one.matches('input:not([type=radio]):not([type=checkbox]), textarea')) typed(one.id || one.name);
}, true);
"""


@dataclass
class Steps:
    """A count that began at some moment. `screens` are the portal's pages in order, without those that pass by."""

    page: Page
    portal: str
    #: Without JavaScript nothing is sent by itself.
    by_hand: bool = False
    screens: list[str] = field(default_factory=list)
    presses: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.expose_binding("pressed", lambda source, words: self._pressed(source["frame"], words))
        self.page.expose_binding("typed", lambda source, name: self._typed(source["frame"], name))
        self.page.add_init_script(_LISTEN)
        if self._here(self.page.main_frame):
            self.page.evaluate(_LISTEN)
        self.page.on("framenavigated", self._navigated)

    def begin(self) -> None:
        """Count from this page on, which is the first screen."""
        self.screens, self.presses, self.fields = [urlsplit(self.page.url).path], [], []

    @property
    def counts(self) -> tuple[int, int, int]:
        """Screens, presses, typed fields."""
        return len(self.screens), len(self.presses), len(set(self.fields))

    def told(self, what: str) -> str:
        """A line for whoever runs the journeys."""
        screens, presses, fields = self.counts
        return f"{what}: {screens} screens, {presses} presses ({'; '.join(self.presses)}), {fields} typed"

    def _here(self, frame: Frame) -> bool:
        return frame.url.startswith(f"{self.portal}/")

    def _pressed(self, frame: Frame, words: str) -> None:
        if self._here(frame):
            self.presses.append(words)

    def _typed(self, frame: Frame, name: str) -> None:
        if self._here(frame):
            self.fields.append(name)

    def _navigated(self, frame: Frame) -> None:
        path = urlsplit(frame.url).path
        if frame == self.page.main_frame and self._here(frame) and not self._passes_by(path):
            self.screens.append(path)

    def _passes_by(self, path: str) -> bool:
        """The page that sends the payer on to the bank is none to look at, unless he has to press there himself."""
        return path.endswith("/bank/") and not self.by_hand
