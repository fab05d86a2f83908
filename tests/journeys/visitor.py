"""A citizen in front of a browser: what he does, step by step, over HTTP only. Says nothing about what must come of it."""

import re
from collections.abc import Callable, Iterable
from time import monotonic, sleep
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Request, Response

from launch.environment import Addresses
from tests.journeys.people import Citizen
from tests.support.stacks import Sandbox

#: The order's own page, not the ones below it.
ORDER_PAGE = re.compile(r"/pay/[0-9A-Za-z]{20,32}/(\?\w+=1)?$")

#: Gives a page in a language: status and text.
Made = Callable[[str], tuple[int, str]]


class Visitor:
    """One browser tab and the addresses of the running stack."""

    def __init__(self, page: Page, addresses: Addresses) -> None:
        self.page = page
        self.portal = addresses.portal
        self.sandbox = Sandbox(addresses.sandbox)
        self.complaints: list[str] = []
        #: What the page before him answers, with which status; and by address what was put before him by a test.
        self.asked: Request | None = None
        self.status = 0
        self.made: dict[str, Made] = {}
        page.on("response", self._answered)
        watch(page.context, self.complaints)

    def _answered(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request() and request.frame == self.page.main_frame and response.status // 100 != 3:
            self.asked, self.status = request, response.status

    def open(self, path: str) -> None:
        """Go to a page of the portal."""
        self.page.goto(f"{self.portal}{path}")

    def sign_in(self, citizen: Citizen | str, *, path: str = "/sign-in/") -> None:
        """By way of the simulated TAXISnet: a citizen of the demo, or one of its three buttons by name."""
        self.open(path)
        if isinstance(citizen, str):
            self.page.click(f"button[name=person][value={citizen}]")
        else:
            last, first = citizen.names
            self.page.fill("#taxid", citizen.afm)
            self.page.fill("#lastname", last)
            self.page.fill("#firstname", first)
            self.page.click("button.main")
        self.page.wait_for_url(f"{self.portal}/**")

    def arrive(self, citizen: Citizen | str) -> None:
        """Sign in and stand before the debts: nothing is asked on the way."""
        self.sign_in(citizen)
        assert self.page.url == f"{self.portal}/debts/"

    @property
    def rows(self) -> Locator:
        """The debts that can be chosen."""
        return self.page.locator("input[name=d]:not([disabled])")

    def choose_only(self, wanted: Iterable[int]) -> None:
        """Tick these rows by their place in the list, and no other."""
        places = set(wanted)
        for place in range(self.rows.count()):
            self.rows.nth(place).set_checked(place in places)

    def choose_first(self, *, count: int = 1) -> None:
        """Tick the first rows of the list, and no other."""
        self.choose_only(range(count))

    def go_on(self) -> None:
        """Press the one green button."""
        self.page.click("#go")

    def to_the_method(self) -> None:
        """From the debts to «How do you want to pay?»."""
        self.go_on()
        self.page.wait_for_selector("input[name=means]")

    def to_the_bank(self) -> None:
        """From the debts by card to the bank's page."""
        self.to_the_method()
        self.page.check("#card")
        self.go_on()
        self.await_bank()

    def await_bank(self) -> None:
        """Until the bank's page is there."""
        self.page.wait_for_selector("button[name=outcome][value=approve]")

    def let(self, outcome: str) -> str:
        """At the bank: let this happen. Gives the order's path once the browser is back at the portal."""
        self.page.click(f"button[name=outcome][value={outcome}]")
        return self.at_the_order()

    def to_the_rf_code(self) -> str:
        """From the debts to the RF code's page; gives the order's path."""
        self.to_the_method()
        self.page.check("#rf")
        self.go_on()
        return self.at_the_order()

    def at_the_order(self) -> str:
        """Wait for an order's page; gives its path."""
        self.page.wait_for_url(ORDER_PAGE)
        return self.page.url.removeprefix(self.portal).partition("?")[0]

    @property
    def phase(self) -> str:
        """What the order's page says became of it: WAITING, PAID, PART, FAILED, RF, EXPIRED."""
        return self.page.locator("#outcome").get_attribute("data-phase") or ""

    def await_phase(self, phase: str, *, seconds: float = 20) -> None:
        """Until the order's page, which looks again by itself, says so."""
        self.page.wait_for_selector(f"#outcome[data-phase={phase}]", timeout=seconds * 1000)

    def await_phase_at(self, path: str, phase: str, *, seconds: float = 20) -> None:
        """Open the order's page again and again until it says so: for pages that stand still."""

        def looked() -> bool:
            self.open(path)
            return self.phase == phase

        self.eventually(looked, seconds=seconds)

    def heading(self) -> str:
        """The page's one h1."""
        return self.page.locator("h1").inner_text()

    def mail_of(self, address: str, wanted: Callable[[Any], bool], *, seconds: float = 40) -> Any:
        """A letter the sandbox caught for this address."""
        return self.eventually(
            lambda: next((one for one in self.sandbox.get("mail", to=address) if wanted(one)), None), seconds=seconds
        )

    @staticmethod
    def eventually(look: Callable[[], Any], *, seconds: float = 40) -> Any:
        """What `look` finds, asked again and again for a bounded time."""
        until = monotonic() + seconds
        while not (found := look()):
            assert monotonic() < until, f"not within {seconds} s"
            sleep(0.4)
        return found


def watch(context: BrowserContext, complaints: list[str]) -> None:
    """Note what the browser refuses because of a page's own policy, and answers of status 500 and above."""

    def heard(message: Any) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

    def answered(response: Any) -> None:
        if response.status >= 500 and response.status != 503:
            complaints.append(f"{response.url}: {response.status}")

    context.on("console", heard)
    context.on("response", answered)
