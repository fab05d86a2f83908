"""`make tour`: drive a running demo over HTTP as people, banks and DIAS do, tell the story, and prove the books.

Speaks only HTTP to the portal and to the simulated outside, and runs two commands of the product: the import and the
proof. Stops with a non-zero exit at the first thing that is not as promised. It may be run again and again: it pays
debts of whoever still owes something.
"""

import hashlib
import html
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from launch import codes, places

ROOT = Path(__file__).resolve().parents[1]
ATHENS = ZoneInfo("Europe/Athens")
#: The worker asks the bank 90 s after the payer left; one question may be slow.
CLOSED_TAB_SECONDS = 130
SOON_SECONDS = 25
_FIELD = re.compile(r'name="(\w+)" value="([^"]*)"')


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
        fields = {name: html.unescape(value) for name, value in _FIELD.findall(page.text)}
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
        fields = dict(_FIELD.findall(page.text))
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
        self._post("/office/account/login/", login=account, password=password)
        tried = ""
        for _ in range(90):
            code = codes.of_account(account)
            if code == tried:
                time.sleep(0.5)  # a code counts once: wait for the next
                continue
            tried = code
            if self._post("/office/account/2fa/authenticate/", code=code).status_code == 302:
                return
        raise WrongTurn(f"{account} cannot sign in at the office")

    def _post(self, path: str, file: Path | None = None, **fields: str) -> httpx.Response:
        page = self.http.get(path)
        check(page.status_code == 200, f"{path} shows ({page.status_code})")
        token = dict(_FIELD.findall(page.text))["csrfmiddlewaretoken"]
        given = {"file": (file.name, file.read_bytes(), "text/csv")} if file else None
        return self.http.post(
            path,
            data=fields | {"csrfmiddlewaretoken": token},
            files=given,
            headers={"Referer": str(self.http.base_url)},
        )

    def upload(self, tour: Tour, path: Path) -> str:
        """Bring a debts file; returns the page with its report."""
        reply = self._post("/office/import/", file=path)
        check(reply.status_code == 302, f"{path.name} is taken ({reply.status_code})")
        where = str(reply.headers["Location"])

        def settled() -> str:
            page = self.http.get(where).text
            return "" if "looks again by itself" in page else page

        return str(tour.wait_for(SOON_SECONDS * 2, f"the report of {path.name}", settled))


def import_samples(tour: Tour) -> None:
    """The municipality's files come in by the clerk's page: whole, with the sums their trailers state."""
    # 9086 is a FULL file: it would close demo debts, and rightly asks a person first.
    for account, municipality in (("clerk", "9084"), ("clerk-9083", "9083")):
        (path,) = (ROOT / "tests/data/debts").glob(f"{municipality}_DEBTS_*.csv")
        report = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", Clerk(tour, account).upload(tour, path))).split())
        if "came in before" in report:
            say(f"{path.name}: came in before, nothing changed")
            continue
        rows, total = path.read_bytes().splitlines()[-1].decode("ascii").split(";")[1:3]
        amount = f"€{float(total.replace(',', '.')):,.2f}"
        told = report.partition("Rows")[2][:200]
        check(rows in told and amount in told, f"{path.name}: {rows} rows and {amount}, as its trailer states; {told}")
        say(f"{path.name}: {rows} rows, {amount} principal, as its trailer states")


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


def card(tour: Tour, citizen: Citizen, instalment: str, cents: int) -> dict[str, Any]:
    """Paid by card: ticket, bank, signed return, proof, message, ERP."""
    order = citizen.order([instalment], "card")
    reference = citizen.at_the_bank(order)
    post = tour.control("POST", "bank/pay", reference=reference, outcome="approve")
    reply = deliver(tour, post)
    check(reply.status_code == 303 and order in reply.headers["Location"], "the return leads to the order's page")
    check(citizen.heading(order) == PAID, f"the page says paid: {citizen.heading(order)}")
    proof = httpx.get(f"{tour.portal}{order}proof.pdf", timeout=30)
    check(proof.content[:5] == b"%PDF-", "the proof of payment is there at once")
    say(f"card: {euro(cents)} paid, proof of {len(proof.content) // 1024} kB at {order}")
    tour.paid.append((order, cents))
    return {"order": order, "post": post}


def declined(tour: Tour, citizen: Citizen, instalment: str, cents: int) -> None:
    """A declined card: nothing is charged and the debt stays."""
    order = citizen.order([instalment], "card")
    reference = citizen.at_the_bank(order)
    post = tour.control("POST", "bank/pay", reference=reference, outcome="decline", signed=True)
    deliver(tour, post)
    check(citizen.heading(order) == FAILED, f"the page says not made: {citizen.heading(order)}")
    page = httpx.get(f"{tour.portal}{order}", timeout=20, headers={"Accept-Language": "en"}).text
    check("You were not charged." in page, "the bank confirmed it, so the page says «not charged»")
    say(f"declined card: {euro(cents)} not charged, the debt stays")


def duplicate_and_tampered(tour: Tour, first: dict[str, Any], citizen: Citizen, instalment: str, cents: int) -> None:
    """The same return twice, and a forged one: neither changes anything."""
    deliver(tour, first["post"])
    say("duplicate return: taken, nothing changed")
    order = citizen.order([instalment], "card")
    reference = citizen.at_the_bank(order)
    forged = json.loads(json.dumps(first["post"]))
    forged["fields"]["MerchantReference"] = reference
    deliver(tour, forged)
    check(citizen.heading(order) == WAITING, "a return signed for another attempt proves nothing")
    stranger = forged | {"fields": forged["fields"] | {"MerchantReference": "a" * 26}}
    check(deliver(tour, stranger).status_code == 404, "a return for no attempt of ours is refused")
    say("tampered return: proves nothing, the bank is asked instead")
    post = tour.control("POST", "bank/pay", reference=reference, outcome="approve")
    deliver(tour, post)
    check(citizen.heading(order) == PAID, "the genuine return still counts")
    tour.paid.append((order, cents))


def by_rf(tour: Tour, citizen: Citizen, instalment: str, cents: int) -> None:
    """An RF code: wrong amount refused, right one accepted, the day file confirms."""
    order = citizen.order([instalment], "rf")
    page = httpx.get(f"{tour.portal}{order}", timeout=20).text
    found = re.search(r'data-copy="(RF\d+)"', page)
    check(found is not None, "the RF code is shown")
    code = found.group(1) if found else ""
    now = datetime.now(ATHENS).isoformat(timespec="seconds")
    wrong = tour.control(
        "POST", "dias/pay", rf=code, amount=f"{(cents + 100) / 100:.2f}", paid_at=now, by="online", force=True,
        rid=f"W{hashlib.sha256(code.encode()).hexdigest()[:12]}",
    )  # fmt: skip
    check("AM06" in json.dumps(wrong), f"a wrong amount is refused with AM06: {wrong}")
    say(f"RF {code}: {euro(cents + 100)} refused (AM06), no money moved")
    right = tour.control("POST", "dias/pay", rf=code, amount=f"{cents / 100:.2f}", paid_at=now, by="online",
                         rid=f"R{hashlib.sha256(code.encode()).hexdigest()[:12]}")  # fmt: skip
    check("ACCEPTED" in json.dumps(right), f"the right amount is accepted: {right}")
    check(citizen.heading(order) == PAID, f"the page says paid: {citizen.heading(order)}")
    say(f"RF {code}: {euro(cents)} accepted and booked")
    told = tour.control("POST", "dias/day-file")
    say(f"DIAS' day file: {json.dumps(told, ensure_ascii=False)[:160]}")
    tour.paid.append((order, cents))


def closed_tab_begins(tour: Tour, citizen: Citizen, instalment: str, cents: int) -> tuple[str, int, Citizen]:
    """Paid, and the tab closed before coming back."""
    order = citizen.order([instalment], "card")
    reference = citizen.at_the_bank(order)
    tour.control("POST", "bank/pay", reference=reference, outcome="paid_closed_tab")
    check(citizen.heading(order) == WAITING, "nobody told us yet: the page says wait")
    say(f"closed tab: {euro(cents)} paid at the bank, the payer never came back")
    return order, cents, citizen


def told_the_erp(tour: Tour) -> None:
    """Each payment reached the municipality's ERP once in effect."""

    def all_told() -> bool:
        told = json.dumps(tour.control("GET", "erp/payments"), ensure_ascii=False)
        return all(reference in told for reference in references)

    references = []
    for order, _ in tour.paid:
        page = httpx.get(f"{tour.portal}{order}", timeout=20).text
        found = re.search(r"OB-[0-9A-Z]{4}-[0-9A-Z]{4}", page)
        check(found is not None, "the order shows its payment code")
        references.append(found.group(0) if found else "")
    tour.wait_for(SOON_SECONDS, "the ERP's confirmations", all_told)
    say(f"ERP: told of {len(references)} payments ({', '.join(references)}), each acknowledged")


def run(tour: Tour) -> None:
    """The whole tour."""
    print("1. Debts come in", flush=True)
    import_samples(tour)
    print("2. People sign in, see and pay", flush=True)
    some = payers(tour)
    left = closed_tab_begins(tour, *next(some))
    first = card(tour, *next(some))
    debt = next(some)
    declined(tour, *debt)
    duplicate_and_tampered(tour, first, *debt)
    by_rf(tour, *next(some))
    print("3. What nobody told us, the poller finds out", flush=True)
    order, cents, citizen = left
    began = datetime.now(ATHENS)
    tour.wait_for(CLOSED_TAB_SECONDS, "the poller to finish the closed tab", lambda: citizen.heading(order) == PAID)
    say(
        f"closed tab: {euro(cents)} found by asking the bank after {(datetime.now(ATHENS) - began) // timedelta(seconds=1)} s"
    )
    tour.paid.append((order, cents))
    print("4. The municipality's system knows", flush=True)
    told_the_erp(tour)
    print("5. The books", flush=True)
    proof = manage("prove")
    print("\n".join(f"   {line}" for line in proof.stdout.splitlines()), flush=True)
    check(proof.returncode == 0, f"the books prove: {proof.stderr[-400:]}")
    print(
        f"\nThe tour is over: {len(tour.paid)} payments, {euro(sum(cents for _, cents in tour.paid))}, every cent explained."
    )


def main() -> int:
    """Run the tour against the demo of this machine."""
    tour = Tour(os.environ["OBOLOS_PORTAL_URL"], os.environ["OBOLOS_SANDBOX_URL"])
    try:
        run(tour)
    except httpx.ConnectError:
        print(f"No demo answers at {tour.portal}: run `make demo` in another window first.", file=sys.stderr)
        return 1
    except (WrongTurn, httpx.HTTPError, KeyError, StopIteration) as error:
        print(f"\nThe tour stopped: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
