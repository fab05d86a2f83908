"""The whole tour, in its order. May be run again and again: it pays debts of whoever still owes something.

Stops with a non-zero exit at the first thing that is not as promised. Runs two commands of the product: the reminders
of a day, and the proof.
"""

import html
import json
import os
import re
import sys
from datetime import datetime, timedelta

import httpx

from launch.tour import everyone, paper, payments
from launch.tour.people import (
    ATHENS,
    CLOSED_TAB_SECONDS,
    PAID,
    ROOT,
    SOON_SECONDS,
    Clerk,
    Tour,
    WrongTurn,
    check,
    euro,
    manage,
    payers,
    say,
)


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
    left = payments.closed_tab_begins(tour, *next(some))
    first = payments.card(tour, *next(some))
    debt = next(some)
    payments.declined(tour, *debt)
    payments.duplicate_and_tampered(tour, first, *debt)
    payments.by_rf(tour, *next(some))
    print("3. Everyone can pay", flush=True)
    everyone.two_municipalities(tour)
    everyone.system_down_and_back(tour)
    everyone.guest_with_a_fine(tour)
    everyone.tickets_nearly_gone(tour)
    everyone.certificate_of_no_debt(tour)
    paper.slip_before_its_fine(tour)
    paper.reminder_with_a_link(tour)
    print("4. What nobody told us, the poller finds out", flush=True)
    order, cents, citizen = left
    began = datetime.now(ATHENS)
    tour.wait_for(CLOSED_TAB_SECONDS, "the poller to finish the closed tab", lambda: citizen.heading(order) == PAID)
    say(
        f"closed tab: {euro(cents)} found by asking the bank after {(datetime.now(ATHENS) - began) // timedelta(seconds=1)} s"
    )
    tour.paid.append((order, cents))
    print("5. The municipality's system knows", flush=True)
    told_the_erp(tour)
    print("6. The books", flush=True)
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
