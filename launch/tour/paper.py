"""Paper meets web: a fine slip paid before anybody has typed its fine in, and a reminder whose one button pays."""

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from launch.tour.everyone import ELENI, Guest, owes
from launch.tour.people import ATHENS, SOON_SECONDS, Citizen, Clerk, Tour, check, euro, manage, say

SLIP_CENTS = 4_000
REMINDED_CENTS = 5_590
_SUNDAY = 6
_TRIES = 4
_LETTER_SECONDS = 6


def slip_before_its_fine(tour: Tour) -> None:
    """A pad is printed, a slip is paid by its QR, and days later its fine comes: the money finds it."""
    clerk = Clerk(tour, "clerk")
    page = clerk.http.get("/office/slips/").text
    kind = re.search(r'<select[^>]*name="kind".*?<option value="(\d+)"', page, re.DOTALL)
    check(kind is not None, "there is a kind of fine that pads can be made for")
    made = clerk.fill(
        "/office/slips/", kind=kind.group(1) if kind else "", count="1", label="Περιήγηση", how="fixed",
        amounts=f"{SLIP_CENTS // 100}",
    )  # fmt: skip
    check(made.status_code == 302, f"a pad is made ({made.status_code})")
    sheets = re.findall(r"/office/slips/pads/(\d+)\.csv", clerk.http.get("/office/slips/").text)
    newest = max(sheets, key=int)
    [slip] = csv.DictReader(io.StringIO(clerk.http.get(f"/office/slips/pads/{newest}.csv").content.decode("utf-8-sig")),
                            delimiter=";")  # fmt: skip
    printed = clerk.http.get(f"/office/slips/pads/{newest}.pdf")
    check(printed.content[:5] == b"%PDF-", "its labels can be printed")
    guest = Guest(tour)
    path = "/k/" + slip["link"].rpartition("/k/")[2] + "/"
    reply = guest.send(path, {"means": "card"})
    check(reply.status_code == 303, f"the slip's QR opens it, one press goes to the bank ({reply.status_code})")
    order = guest.pays(str(reply.headers["Location"]))
    check("Payment complete" in guest.look(order), "the slip is paid before its fine is known")
    say(f"slip {slip['slip']}: {euro(SLIP_CENTS)} paid by its QR; nobody has typed the fine in yet")
    on = datetime.now(ATHENS).date().isoformat()
    fine = owes(
        tour, "9084", SLIP_CENTS, kind="UNCERTIFIED", rev_code="00.1512.0001", certified_on=None, violation_on=on,
        ticket_no=slip["slip"], plate="ΙΝΚ-2020", description="Στάθμευση",
    )  # fmt: skip
    Citizen(tour, *ELENI)  # asking about her brings the fine in at once

    def told() -> bool:
        return fine in json.dumps(tour.control("GET", "erp/payments"))

    tour.wait_for(SOON_SECONDS * 3, "the slip's money to find its fine, and the financial system to hear of it", told)
    page = Citizen(tour, *ELENI).http.get("/debts/").text
    check(slip["slip"] not in page, "the fine is not asked for a second time")
    say(f"slip {slip['slip']}: its fine came, the money found it, the financial system was told of the fine")


def reminder_with_a_link(tour: Tour) -> None:
    """The administrator lets people be reminded; a week before the due date she gets a letter, and pays from it."""
    admin = Clerk(tour, "admin")
    page = admin.http.get("/office/reminders/").text
    version = re.search(r'name="version" value="(\d+)"', page)
    rules = {"version": version.group(1) if version else "0", "on": "1", "held_out": "0"}
    rules |= {"send_from": "09:00", "send_until": "20:30", "on-7": "1", "channel-7": "email", "new_channel": "email"}
    rules |= {} if 'name="on-7"' in page else {"new_days": "7", "new_side": "before"}
    saved = admin.fill("/office/reminders/", None, **rules)
    check(saved.status_code == 302, f"the rules are saved ({saved.status_code})")
    code = next(filter(None, (_reminded_on(tour, day) for day in _days_to_write(tour))), "")
    check(bool(code), "the reminder comes by e-mail, with a button that opens her debt")
    guest = Guest(tour)
    page = guest.look(f"/k/{code}/")
    check(ELENI[1] not in page, "the page that it opens names nobody")
    reply = guest.send(f"/k/{code}/", {"means": "card"}, page=page)
    order = guest.pays(str(reply.headers["Location"]))
    check("Payment complete" in guest.look(order), "she paid from the letter, with nothing typed")
    say(f"reminder: a letter a week before the due date; its button opened the debt, paid with two presses ({order})")


def _letters(tour: Tour) -> list[dict[str, Any]]:
    """Reminders that she got, oldest first."""
    return [
        one
        for one in tour.control("GET", "mail")
        if "eleni@citizens.example" in one["to"] and "List-Unsubscribe" in one["headers"]
    ]


def _days_to_write(tour: Tour) -> Iterator[date]:
    """The next days, none on which she was reminded before; nobody is written to on a Sunday, nor on a holiday."""
    day, found = datetime.now(ATHENS).date() + timedelta(days=1 + len(_letters(tour))), 0
    while found < _TRIES:
        if day.weekday() != _SUNDAY:
            found += 1
            yield day
        day += timedelta(days=1)


def _reminded_on(tour: Tour, day: date) -> str:
    """Something that is due a week after that day, and the reminder of that day; the pay code in its letter."""
    owes(
        tour, "9084", REMINDED_CENTS, kind="UNCERTIFIED", rev_code="00.1512.0001", certified_on=None, plate="ΙΝΚ-3030",
        ticket_no=f"ΥΠ-{time.time_ns() % 10**9:09d}", violation_on=datetime.now(ATHENS).date().isoformat(),
        due_on=(day + timedelta(days=7)).isoformat(), description="Στάθμευση",
    )  # fmt: skip
    Citizen(tour, *ELENI)
    before = len(_letters(tour))
    done = manage("remind", "--at", f"{day.isoformat()}T10:00")
    check(done.returncode == 0, f"the reminders of {day:%d/%m} are made: {done.stderr[-300:]}")
    end = time.monotonic() + _LETTER_SECONDS
    while len(_letters(tour)) == before and time.monotonic() < end:
        time.sleep(0.3)
    texts = [one["text"] for one in _letters(tour)[before:]]
    return next((found.group(1) for text in texts if (found := re.search(r"/k/(\w{16})", text))), "")
