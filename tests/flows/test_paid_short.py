"""Less came than was asked, or too late: page, e-mail, proof and «Is it genuine?» all say what is still open."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from obolos.flows import deliver
from obolos.flows.deliver import deliver_due
from obolos.flows.dias import take_day_file
from obolos.flows.genuine import look_up
from obolos.flows.order_status import order_view
from obolos.flows.payment_proof import proof_of
from obolos.flows.show_debts import Chosen
from obolos.interfaces.portal.outcomes import outcome_of
from tests.flows.test_deliver import contacts
from tests.flows.test_payment_proof import text_of
from tests.support.dias import AT, day_file
from tests.support.world import ELENI, NOW, Town, certified, make_town, one, order_by_rf, rows

pytestmark = pytest.mark.usefixtures("db_clean")
LATER = NOW + timedelta(hours=3)
OTHER_HOME = "192.0.2.9"


def brought(town: Town, rf: str, cents: int, *, at: datetime = AT, sequence: int = 1) -> None:
    """A day file brings an amount for a code."""
    content, name = day_file(town.code, [(rf, cents)], sequence=sequence, at=at, day=at.date())
    take_day_file(content, name, now=at + timedelta(hours=3))


def page_of(order: str, language: str, now: datetime, monkeypatch: pytest.MonkeyPatch) -> str:
    """The words of an order's page."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    client = Client()
    client.cookies["obolos_language"] = language
    return re.sub(r"<[^>]+>|\s+", " ", client.get(f"/pay/{order}/").content.decode().replace("\u00a0", " "))


def letters(monkeypatch: pytest.MonkeyPatch, now: datetime) -> list[str]:
    """Heading and paragraphs of every letter that is due."""
    sent: list[str] = []
    monkeypatch.setattr(
        deliver, "send_email", lambda view, _sender: sent.append(" ".join((view.heading, *view.paragraphs)))
    )
    deliver_due(now=now)
    return [letter.replace("\u00a0", " ") for letter in sent]


def test_a_code_paid_one_euro_short_says_so_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    town = make_town([certified(4_000)])
    contacts(town, email="eleni@citizens.example")
    order = order_by_rf(town.people[ELENI])
    rf = order_view(order, now=NOW).rf
    brought(town, rf, 3_900)
    view = order_view(order, now=LATER)
    assert (view.ending, view.left_cents, view.paid_cents, view.amount_cents) == ("PAID_LESS", 100, 3_900, 4_000)
    page = page_of(order, "el", LATER, monkeypatch)
    assert "1,00 € είναι ακόμη ανοιχτά" in page
    assert "με νέο κωδικό" in page
    assert re.search(r"ζητήθηκε\s+40,00 €\s+Ποσό που πληρώθηκε\s+39,00 €\s+Μένουν ανοιχτά\s+1,00 €", page)
    letter = next(one for one in letters(monkeypatch, LATER) if "Λάβαμε" in one)
    assert "Πληρώσατε 39,00 € από τα 40,00 € που ζητήθηκαν. Μένουν ανοιχτά 1,00 €" in letter
    assert "Δεν χρειάζεται άλλη ενέργεια" not in letter
    assert "ολοκληρώθηκε" not in letter
    for language, less, nothing in (
        ("el", "Πληρώσατε 39,00 € από τα 40,00 € που ζητήθηκαν", "Δεν χρειάζεται άλλη ενέργεια"),
        ("en", "You paid €39.00 of the €40.00 asked. €1.00 stayed open", "nothing else you need to do"),
    ):
        proof = text_of(proof_of(order, now=LATER, language=language))
        assert less in proof
        assert nothing not in proof
        assert "Original amount" not in proof
        assert "Κύρια οφειλή" not in proof
    for text in (rf, view.reference):
        found = look_up(text, address=OTHER_HOME, now=LATER)
        assert found is not None
        assert (found.state, found.cause, found.amount_cents, found.asked_cents, found.left_cents) == (
            "LESS", "PAID_LESS", 3_900, 4_000, 100,
        )  # fmt: skip
        client = Client()
        client.cookies["obolos_language"] = "en"
        shown = re.sub(r"\s+", " ", client.post("/genuine/", {"c": text}).content.decode())
        assert "€39.00 of €40.00 was paid; €1.00 is still open." in shown


def test_when_the_rest_was_paid_since_nobody_is_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    town = make_town([certified(4_000)])
    order = order_by_rf(town.people[ELENI])
    rf = order_view(order, now=NOW).rf
    brought(town, rf, 3_900)
    second = order_by_rf(town.people[ELENI], now=LATER)
    proof = proof_of(order, now=LATER)
    brought(town, order_view(second, now=LATER).rf, 100, at=AT + timedelta(hours=5), sequence=2)
    after = LATER + timedelta(hours=9)
    view = order_view(order, now=after)
    assert view.left_cents == 0
    assert "ανοιχτό" in str(outcome_of(view, now=after).next_step) or "open any more" in str(
        outcome_of(view, now=after).next_step
    )
    assert "μένει ανοιχτό: " not in page_of(order, "el", after, monkeypatch)
    assert look_up(rf, address=OTHER_HOME, now=after).state == "PAID"  # type: ignore[union-attr]
    assert proof_of(order, now=after) == proof, "a proof reads the same for ever"


def test_of_a_debt_chosen_in_part_only_what_is_missing_of_the_part_is_open() -> None:
    town = make_town([certified(10_000)])
    instalment = one(town, "SELECT id FROM instalment")
    rows(town, "UPDATE revenue_kind SET min_partial_cents = 100 RETURNING id")
    order = order_by_rf(town.people[ELENI], [Chosen(instalment, 4_000)])
    brought(town, order_view(order, now=NOW).rf, 3_900)
    assert order_view(order, now=LATER).left_cents == 100


def test_the_asked_amount_after_its_day_leaves_what_was_added_open(monkeypatch: pytest.MonkeyPatch) -> None:
    town = make_town([certified(50_000, date(2026, 9, 30))])
    contacts(town, email="eleni@citizens.example")
    order = order_by_rf(town.people[ELENI])
    asked = order_view(order, now=NOW)
    late = AT + timedelta(days=90)
    brought(town, asked.rf, asked.amount_cents, at=late)
    after = late + timedelta(hours=4)
    view = order_view(order, now=after)
    assert view.ending == "PAID_LATE"
    assert view.left_cents > 0
    assert outcome_of(view, now=after).cause == "PAID_LATE"
    page = page_of(order, "el", after, monkeypatch)
    assert "είναι ακόμη ανοιχτά" in page
    assert "Δεν χρειάζεται να κάνετε" not in page
    assert "μετά την τελευταία ημέρα του κωδικού. Τα χρήματα μετρούν" in letters(monkeypatch, after)[-1]
    assert "Δεν χρειάζεται άλλη ενέργεια" not in text_of(proof_of(order, now=after))
    assert look_up(asked.rf, address=OTHER_HOME, now=after).state == "LESS"  # type: ignore[union-attr]
