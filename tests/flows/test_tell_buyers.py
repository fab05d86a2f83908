"""What buyers are written: tickets with the proof, tickets free of charge, and the truth when the places were gone."""

from datetime import timedelta

import pytest

from obolos.adapters.messaging.views import EmailView
from obolos.flows.deliver import deliver_due
from obolos.flows.hear_bank import hear_return
from obolos.flows.return_places import return_places
from tests.support.sales import EMAIL, ask_for, buy, buyer, letters_of_sales, make_certificate, make_event
from tests.support.world import NOW, Town, make_town, one, reference_of, rows, signed_return

pytestmark = pytest.mark.usefixtures("db_clean")
SOON = NOW + timedelta(minutes=2)
LATE = NOW + timedelta(minutes=16)


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[EmailView]:
    """The letters that go out; bank and ERP are well."""
    return letters_of_sales(monkeypatch)


@pytest.fixture
def town(letters: list[EmailView]) -> Town:
    """A town that sells."""
    return make_town([])


def pay(town: Town, order: str, number: str = "1") -> None:
    hear_return("PIRAEUS", signed_return(reference_of(town, order), SupportReferenceID=number), now=LATE)


def test_the_proof_goes_with_the_tickets_and_the_event_for_a_calendar(town: Town, letters: list[EmailView]) -> None:
    pay(town, buy(town, make_event(town), 2, 1).order)
    deliver_due(now=LATE)
    (letter,) = letters
    assert letter.to == EMAIL
    assert [one.media_type for one in letter.attachments] == ["application/pdf", "application/pdf", "text/calendar"]
    assert letter.attachments[1].filename.endswith("-tickets.pdf")
    assert "Δείξτε το QR στην είσοδο" in letter.paragraphs[0]
    assert one(town, "SELECT count(*) FROM delivery WHERE state <> 'SENT'") == 0


def test_tickets_free_of_charge_are_sent_without_a_payment(town: Town, letters: list[EmailView]) -> None:
    buy(town, make_event(town, classes=(("Δωρεάν", 0, None),)), 2, who=buyer(language="en"))
    deliver_due(now=SOON)
    (letter,) = letters
    assert letter.subject == "Your tickets: Concert by the lake"
    assert "2 places" in letter.lead
    assert [one.media_type for one in letter.attachments] == ["application/pdf", "text/calendar"]


def test_money_for_places_that_were_gone_is_told_as_it_is(town: Town, letters: list[EmailView]) -> None:
    event = make_event(town, capacity=2)
    late = buy(town, event, 2)
    return_places(now=LATE)
    buy(town, event, 2, now=LATE, who=buyer(email="other@citizens.example"))
    pay(town, late.order)
    deliver_due(now=LATE)
    (letter,) = letters
    assert letter.paragraphs[0].startswith("Δεν έχετε εισιτήρια: η πληρωμή σας ήρθε αφού οι θέσεις")
    reference = one(town, "SELECT o.reference FROM payment_order o JOIN payment p ON p.order_id = o.id")
    assert "επιστρέφει 24,00\xa0€" in letter.paragraphs[1]
    assert f"δώστε τον αριθμό {reference}" in letter.paragraphs[1]
    # It is decided: nothing in the letter leaves it open.
    assert not [line for line in letter.paragraphs if "αποφασίζει" in line]
    assert [one.media_type for one in letter.attachments] == ["application/pdf"]


def test_money_that_came_late_for_places_still_free_is_told_as_it_is(town: Town, letters: list[EmailView]) -> None:
    late = buy(town, make_event(town, capacity=2), 2)
    return_places(now=LATE)
    pay(town, late.order)
    deliver_due(now=LATE)
    (letter,) = letters
    assert "Ήταν ακόμη ελεύθερες: είναι δικές σας" in letter.paragraphs[0]
    assert "QR στην είσοδο" in letter.paragraphs[1]
    assert len(letter.attachments) == 3


def test_a_paid_certificate_says_when_it_comes(town: Town, letters: list[EmailView]) -> None:
    pay(town, ask_for(town, make_certificate(town)).order)
    deliver_due(now=LATE)
    (letter,) = letters
    assert "3 εργάσιμες ημέρες" in letter.paragraphs[0]
    assert rows(town, "SELECT kind FROM message") == [("PAID",)]
