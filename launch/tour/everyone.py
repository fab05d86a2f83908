"""Everyone can pay: a choice over two municipalities, live amounts, a guest with a fine, tickets that are nearly sold out,
and a certificate of no debt.

What is owed here is told to the simulated financial systems first, so that the tour may be run again and again.
"""

import html
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx

from launch.tour.people import ATHENS, PAID, Citizen, Tour, check, deliver, euro, say

ELENI = ("038836853", "ΜΑΡΚΑΚΗ", "ΕΛΕΝΗ")
#: Somebody whom no financial system knows, so who owes nothing.
NOBODY = ("100000003", "ΚΑΝΕΝΑΣ", "ΧΡΗΣΤΟΣ")
RACERS = 12
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*name="(\w+)"[^>]*value="([^"]*)"')


class Guest:
    """Somebody who does not sign in: a browser that fills in forms."""

    def __init__(self, tour: Tour) -> None:
        self.tour = tour
        self.http = httpx.Client(base_url=tour.portal, timeout=30, headers={"Accept-Language": "en"})

    def look(self, path: str) -> str:
        """A page that must be there."""
        page = self.http.get(path)
        check(page.status_code == 200, f"{path} shows ({page.status_code})")
        return html.unescape(page.text)

    def send(self, path: str, fields: Mapping[str, Any], *, page: str = "") -> httpx.Response:
        """The page's form with these fields filled in."""
        hidden: dict[str, Any] = dict(_HIDDEN.findall(page or self.look(path)))
        return self.http.post(path, data=hidden | dict(fields), headers={"Referer": self.tour.portal})

    def pays(self, location: str, outcome: str = "approve") -> str:
        """From an order's way to the bank until the bank's answer is heard; the order's address."""
        order = location.removesuffix("bank/")
        form = dict(_HIDDEN.findall(self.look(f"{order}bank/")))
        httpx.post(f"{self.tour.sandbox}/piraeus/redirection/pay.aspx", data=form, timeout=20)
        post = self.tour.control("POST", "bank/pay", reference=form["MerchantReference"], outcome=outcome)
        deliver(self.tour, post)
        return order


def owes(tour: Tour, code: str, cents: int, **more: Any) -> str:
    """Let a municipality's financial system say that Eleni owes it something new; its number there."""
    ext_id = f"TOUR-{time.time_ns()}"
    today = datetime.now(ATHENS).date()
    columns = {
        "ext_id": ext_id, "afm": ELENI[0], "name": f"{ELENI[1]} {ELENI[2]}", "description": "Τέλος περιήγησης",
        "due_on": (today + timedelta(days=9)).isoformat(), "certified_on": today.isoformat(), "principal": cents,
        "rev_code": "00.0311.0001",
    }  # fmt: skip
    tour.control("POST", "erp/debts", **(columns | {"code": code} | more))
    return ext_id


def two_municipalities(tour: Tour) -> None:
    """Two debts that the systems told a moment ago: two banks one after the other, one account of both."""
    before = {one for one, _ in Citizen(tour, *ELENI).debts()}
    owes(tour, "9083", 1_150)
    owes(tour, "9084", 2_260)
    eleni = Citizen(tour, *ELENI)
    new = [(one, cents) for one, cents in eleni.debts() if one not in before]
    check(sorted(cents for _, cents in new) == [1_150, 2_260], f"both amounts came live at sign-in: {new}")
    say("live: two debts told by the financial systems a moment ago stand on her page")
    guest = Guest(tour)
    guest.http.cookies = eleni.http.cookies
    first = eleni.order([one for one, _ in new], "card")
    guest.pays(first)
    page = guest.look(first)
    check(
        "Payment 1 of 2" in page and "Continue to payment 2 of 2" in page, "payment 1 of 2 is done, 2 of 2 is offered"
    )
    reply = guest.send("/pay/", {}, page=page)
    check(reply.status_code == 303, f"one press leads to the second bank ({reply.status_code})")
    second = guest.pays(str(reply.headers["Location"]), "over_limit")
    tour.wait_for(25, "the bank's word about the second card", lambda: "above the card's limit" in guest.look(second))
    page = guest.look(second)
    check("Payment 1 of 2" in page and "is complete" in page, "a second payment that fails leaves the first alone")
    say(
        "two municipalities: the first is paid; the second card is over its limit, and only that is said to have failed"
    )
    page = guest.look(first)
    second = guest.pays(str(guest.send("/pay/", {}, page=page).headers["Location"]))
    check(eleni.heading(second) == PAID, "the second is paid from the first one's page")
    tour.paid += [(first, 1_150), (second, 2_260)]
    say(f"two municipalities: {euro(1_150)} and {euro(2_260)}, two banks, one choice")


def system_down_and_back(tour: Tour) -> None:
    """The financial system is down: the last amounts with their time. It comes back with another amount: shown, not charged."""
    ext_id = owes(tour, "9086", 3_370)
    eleni = Citizen(tour, *ELENI)
    [(debt, cents)] = [one for one in eleni.debts() if one[1] == 3_370][:1]
    tour.control("POST", "faults", actor="erp", fault="down", times=1000, match="9086")
    began = time.monotonic()
    again = Citizen(tour, *ELENI)
    took = time.monotonic() - began
    page = again.http.get("/debts/", headers={"Accept-Language": "en"}).text
    check("not responding" in page or "does not answer" in page, "her page says that Metsovo's system does not answer")
    check((debt, cents) in again.debts(), "the last amount known is still there")
    check(took < 10, f"she did not wait for it: {took:.1f} s")
    say("system down: the page says so, with the last amounts and their time")
    tour.control("DELETE", "faults")
    owes(tour, "9086", 3_480, ext_id=ext_id, version=2)
    back = tour.wait_for(60, "Metsovo's system to be asked again", lambda: _shows(tour, debt, 3_480))
    check(back, "the new amount is shown")
    say(f"system back: {euro(3_370)} is {euro(3_480)} by now, shown and not charged")


def _shows(tour: Tour, debt: str, cents: int) -> bool:
    return (debt, cents) in Citizen(tour, *ELENI).debts()


def guest_with_a_fine(tour: Tour) -> None:
    """A fine by its number and its plate, in the other alphabet; no sign-in, no name on the page."""
    number = f"{time.time_ns() % 10**9:09d}"
    on = datetime.now(ATHENS).date() - timedelta(days=2)
    owes(
        tour, "9084", 4_000, kind="UNCERTIFIED", rev_code="00.1512.0001", certified_on=None, ticket_no=f"ΚΛ-{number}",
        plate="ΙΝΒ-4711", violation_on=on.isoformat(), description="Στάθμευση",
    )  # fmt: skip
    Citizen(tour, *ELENI)  # asking about her brings the fine in at once; else it comes within five minutes
    guest = Guest(tour)
    asked = guest.send("/find/", {"q": f"κλ {number}"})
    check(
        asked.status_code == 200 and 'name="second"' in asked.text, "its number alone opens nothing: the plate is asked"
    )
    found = guest.send("/find/", {"q": f"κλ {number}", "second": "inb4711"}, page=asked.text)
    check(found.status_code == 303, f"the fine is found in both alphabets ({found.status_code})")
    path = str(found.headers["Location"])
    page = guest.look(path)
    check(ELENI[1] not in page and ELENI[0] not in page, "the page shows neither name nor tax number")
    reply = guest.send(path, {"means": "card", "email": "guest@citizens.example"}, page=page)
    check(reply.status_code == 303, f"the guest goes to the bank ({reply.status_code})")
    cents = int(dict(_HIDDEN.findall(page))["expected_cents"])
    order = guest.pays(str(reply.headers["Location"]))
    check("Payment complete" in guest.look(order), "the guest has paid")
    tour.paid.append((order, cents))
    say(f"guest: fine ΚΛ-{number} found as «κλ {number}» + «inb4711», {euro(cents)} paid, nobody's name shown")


def tickets_nearly_gone(tour: Tour) -> None:
    """Many want the last places of an event at once: each place is sold once, and nobody is charged for none."""
    guest = Guest(tour)
    page = guest.look("/d/ioannina/events/")
    events = dict.fromkeys(re.findall(r'href="(/d/ioannina/events/\d+/)"', page))
    check(bool(events), "the municipality has events")
    path = min(events, key=lambda one: _places(guest.look(one)))
    places = _places(guest.look(path))
    if places == 0:
        say("tickets: every place was sold in an earlier tour")
        return
    number = re.search(r'name="(n\d+)"', guest.look(path))
    check(number is not None, "the event's page offers places")

    def wants(turn: int) -> str:
        one = Guest(tour)
        page = one.look(path)
        if not _places(page):
            return ""  # held by others before the page was opened
        given = {number.group(1): "1", "email": f"buyer{turn}@citizens.example", "means": "card"} if number else {}
        reply = one.send(path, given, page=page)
        check(reply.status_code in {303, 409}, f"a buyer is answered ({reply.status_code})")
        return one.pays(str(reply.headers["Location"])) if reply.status_code == 303 else ""

    with ThreadPoolExecutor(RACERS) as crowd:
        orders = [order for order in crowd.map(wants, range(RACERS)) if order]
    check(len(orders) == min(places, RACERS), f"{places} places were left, {len(orders)} were sold")
    paid = [order for order in orders if "Payment complete" in guest.look(order)]
    check(len(paid) == len(orders), "whoever got a place has paid it")
    shown = guest.look(paid[0])
    link = re.search(r'href="(/d/ioannina/bought/\w+/tickets\.pdf)"', shown)
    check(link is not None, "the page leads to the tickets")
    pdf = guest.http.get(link.group(1) if link else "")
    check(pdf.content[:5] == b"%PDF-", "the tickets are there at once")
    say(
        f"tickets: {RACERS} people at once for {places} places, {len(orders)} sold, tickets of {len(pdf.content) // 1024} kB"
    )


def _places(page: str) -> int:
    """How many places the page still offers of its first price class."""
    select = re.search(r'<select[^>]*name="n\d+".*?</select>', page, re.DOTALL)
    return max(map(int, re.findall(r"<option[^>]*>(\d+)", select.group(0)))) if select else 0


def certificate_of_no_debt(tour: Tour) -> None:
    """Somebody who owes nothing has a certificate at once, and anybody can check it."""
    citizen = Citizen(tour, *NOBODY)
    guest = Guest(tour)
    guest.http.cookies = citizen.http.cookies
    reply = guest.send("/clearances/", {"at": "ioannina"})
    check(reply.status_code == 303, f"the certificate is issued at once ({reply.status_code})")
    page = guest.look(str(reply.headers["Location"]))
    code = re.search(r"BE-[0-9A-Z-]+", page)
    check(code is not None, "the certificate has a code")
    told = Guest(tour).send("/genuine/", {"c": code.group(0) if code else ""})
    check(told.status_code == 200 and NOBODY[1] not in told.text, "anybody can check it, and learns no name")
    check("Ioannina" in told.text, "the check says who issued it")
    say(f"certificate of no debt: {code.group(0) if code else ''}, checked by its code")
