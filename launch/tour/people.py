"""Who walks through the demo: citizens, clerks, the payers' browsers. Speaks only HTTP, to the portal and the sandbox."""

import html
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from launch import codes, places

ROOT = places.ROOT
ATHENS = ZoneInfo("Europe/Athens")
#: The worker asks the bank 90 s after the payer left; one question may be slow.
CLOSED_TAB_SECONDS = 130
SOON_SECONDS = 25
FIELD = re.compile(r'name="(\w+)" value="([^"]*)"')


class WrongTurn(Exception):
    """Something is not as promised."""


def check(holds: bool, what: str) -> None:
    """Go on only if it holds."""
    if not holds:
        raise WrongTurn(what)


def say(text: str) -> None:
    """One line of the story."""
    print(f"   {text}", flush=True)


def euro(cents: int) -> str:
    """Cents for reading."""
    return f"{cents // 100:,}.{cents % 100:02d} €"


@dataclass
class Tour:
    """Where the demo listens, and what the tour has paid so far."""

    portal: str
    sandbox: str
    paid: list[tuple[str, int]] = field(default_factory=list)

    def control(self, method: str, what: str, **body: Any) -> Any:
        """Call the simulated outside's control API."""
        reply = httpx.request(method, f"{self.sandbox}/control/{what}", json=body or None, timeout=20)
        check(reply.status_code < 400, f"sandbox {what}: {reply.status_code} {reply.text[:200]}")
        return reply.json() if reply.content else None

    def wait_for(self, seconds: float, what: str, look: Callable[[], Any]) -> Any:
        """Look until there is something to see."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            time.sleep(0.3)
        raise WrongTurn(f"waited {seconds:.0f} s in vain for {what}")


class Citizen:
    """A person with a browser of her own."""

    def __init__(self, tour: Tour, afm: str, surname: str, first_name: str = "") -> None:
        self.tour = tour
        self.http = httpx.Client(base_url=tour.portal, timeout=20)
        self._sign_in(afm, surname, first_name)

    def _sign_in(self, afm: str, surname: str, first_name: str) -> None:
        away = self.http.get("/sign-in/")
        check(away.status_code == 302, "sign-in leads to TAXISnet")
        asked = dict(httpx.URL(away.headers["Location"]).params)
        form = asked | {"userid": afm, "taxid": afm, "lastname": surname, "firstname": first_name}
        back = httpx.post(str(away.headers["Location"]).partition("?")[0], data=form, timeout=20)
        check(back.status_code in {302, 303}, f"TAXISnet sends back ({back.status_code})")
        arrived = self.http.get(back.headers["Location"])
        check(arrived.status_code == 302, f"TAXISnet's answer is taken ({arrived.status_code})")

    def debts(self) -> list[tuple[str, int]]:
        """(instalment id, cents) of everything that can be chosen now, not in payment already."""
        page = self.http.get("/debts/")
        check(page.status_code == 200, f"the debts page shows ({page.status_code})")
        found = []
        for row in page.text.split('<li class="ob-debt')[1:]:
            box = re.search(r'<input class="ob-check"[^>]*value="(\d+)"[^>]*data-cents="(\d+)"[^>]*>', row)
            if box and "disabled" not in box.group(0) and 'class="ob-why"' not in row.split("<details>")[0]:
                found.append((box.group(1), int(box.group(2))))
        return found

    def order(self, chosen: list[str], means: str) -> str:
        """Choose, look at the total, go on; returns the order's address."""
        query = "&".join(f"d={one}" for one in chosen)
        page = self.http.get(f"/pay/?{query}")
        check(page.status_code == 200, f"the method page shows ({page.status_code})")
        fields = {name: html.unescape(value) for name, value in FIELD.findall(page.text)}
        form = {name: fields[name] for name in ("csrfmiddlewaretoken", "expected_cents", "form_token")}
        reply = self.http.post(
            "/pay/", data=form | {"d": chosen, "means": means}, headers={"Referer": self.tour.portal}
        )
        check(reply.status_code == 303, f"the order is made ({reply.status_code})")
        return str(reply.headers["Location"]).removesuffix("bank/")

    def at_the_bank(self, order: str) -> str:
        """The bank's form of an order; returns our reference there."""
        page = self.http.get(f"{order}bank/")
        check(page.status_code == 200, f"the way to the bank is open ({page.status_code})")
        fields = dict(FIELD.findall(page.text))
        httpx.post(f"{self.tour.sandbox}/piraeus/redirection/pay.aspx", data=fields, timeout=20)
        return str(fields["MerchantReference"])

    def heading(self, order: str) -> str:
        """What the order's page says, without signing in: whoever holds the address may look."""
        page = httpx.get(f"{self.tour.portal}{order}", timeout=20, headers={"Accept-Language": "en"})
        check(page.status_code == 200, f"the order's page shows ({page.status_code})")
        found = re.search(r"<h1[^>]*>([^<]+)</h1>", page.text)
        return found.group(1) if found else ""


PAID, FAILED, WAITING, RF = (
    "Payment complete",
    "The payment was not made",
    "We are waiting for the bank",
    "Your RF code",
)


def deliver(tour: Tour, post: dict[str, Any]) -> httpx.Response:
    """Bring the bank's answer back as the payer's browser does: no cookie of ours comes along."""
    return httpx.request(post["method"], post["url"], data=post["fields"], timeout=20)


class Clerk:
    """A clerk at the office: password, one-time code, a browser of her own."""

    def __init__(self, tour: Tour, account: str) -> None:
        self.http = httpx.Client(base_url=tour.portal, timeout=20, headers={"Accept-Language": "en"})
        staff = json.loads((places.var() / "demo.json").read_text())["staff"]
        password = next(one["password"] for one in staff if one["account"] == account)
        self.fill("/office/account/login/", login=account, password=password)
        tried = ""
        for _ in range(90):
            code = codes.of_account(account)
            if code == tried:
                time.sleep(0.5)  # a code counts once: wait for the next
                continue
            tried = code
            if self.fill("/office/account/2fa/authenticate/", code=code).status_code == 302:
                return
        raise WrongTurn(f"{account} cannot sign in at the office")

    def fill(self, path: str, file: Path | None = None, **fields: str) -> httpx.Response:
        """A page's form with these fields."""
        page = self.http.get(path)
        check(page.status_code == 200, f"{path} shows ({page.status_code})")
        token = dict(FIELD.findall(page.text))["csrfmiddlewaretoken"]
        given = {"file": (file.name, file.read_bytes(), "text/csv")} if file else None
        return self.http.post(
            path,
            data=fields | {"csrfmiddlewaretoken": token},
            files=given,
            headers={"Referer": str(self.http.base_url)},
        )

    def upload(self, tour: Tour, path: Path) -> str:
        """Bring a debts file; returns the page with its report."""
        reply = self.fill("/office/import/", file=path)
        check(reply.status_code == 302, f"{path.name} is taken ({reply.status_code})")
        where = str(reply.headers["Location"])

        def settled() -> str:
            page = self.http.get(where).text
            return "" if "looks again by itself" in page else page

        return str(tour.wait_for(SOON_SECONDS * 2, f"the report of {path.name}", settled))


def manage(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the product in the demo's environment."""
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=dict(os.environ),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def debtors() -> Iterator[tuple[str, str, str]]:
    """(ΑΦΜ, surname, first name) of people who may owe something: the demo's own first, then those of the files."""
    yield "038836853", "ΜΑΡΚΑΚΗ", "ΕΛΕΝΗ"
    yield "123456783", "ΠΑΠΠΑΣ", "ΓΕΩΡΓΙΟΣ"
    seen = set()
    for name, encoding in (("9084", "utf-8"), ("9083", "windows-1253")):
        for path in sorted((ROOT / "tests/data/debts").glob(f"{name}_DEBTS_*.csv")):
            for line in path.read_bytes().decode(encoding).splitlines()[1:-1]:
                cells = line.split(";")
                if cells[2] not in seen:
                    seen.add(cells[2])
                    surname, _, first = cells[3].partition(" ")
                    yield cells[2], surname.upper(), first.upper()


def payers(tour: Tour) -> Iterator[tuple[Citizen, str, int]]:
    """One debt after the other with somebody who owes it."""
    for afm, surname, first in debtors():
        citizen = Citizen(tour, afm, surname, first)
        while True:
            open_now = citizen.debts()
            if not open_now:
                break
            instalment, cents = open_now[0]
            yield citizen, instalment, cents
