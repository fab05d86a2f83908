"""One citizen, one debt: by card, declined, returned twice, forged, by RF code, with the tab closed."""

import hashlib
import json
import re
from datetime import datetime
from typing import Any

import httpx

from launch.tour.people import ATHENS, FAILED, PAID, WAITING, Citizen, Tour, check, deliver, euro, say


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
