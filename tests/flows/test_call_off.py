"""An event is called off: everybody who bought or is about to pay is written to, and late money says what it was for."""

import pytest

from obolos.adapters.messaging.views import EmailView
from obolos.flows.deliver import deliver_due
from obolos.flows.hear_bank import hear_return
from obolos.flows.payment_story import order_story
from obolos.flows.return_places import return_places
from obolos.flows.run_events import call_off
from obolos.flows.worklist import worklist
from tests.support.sales import buy, buyer, letters_of_sales, make_event
from tests.support.world import (
    NOW,
    Town,
    broken_proofs,
    make_town,
    one,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[EmailView]:
    """The letters that go out; bank and ERP are well."""
    return letters_of_sales(monkeypatch)


@pytest.fixture
def town(letters: list[EmailView]) -> Town:
    """A town that sells."""
    return make_town([])


def pay(town: Town, order: str, number: str) -> None:
    hear_return("PIRAEUS", signed_return(reference_of(town, order), SupportReferenceID=number), now=NOW)


def test_everybody_who_holds_a_place_or_is_about_to_pay_is_written_to(town: Town, letters: list[EmailView]) -> None:
    event, other = make_event(town), make_event(town)
    pay(town, buy(town, event, 1, who=buyer(email="paid@citizens.example")).order, "1")
    buy(town, event, 1, who=buyer(email="rf@citizens.example", means="rf"))
    at_bank = buy(town, event, 1, who=buyer(email="bank@citizens.example", language="en"))
    buy(town, event, 1, who=buyer(email="late@citizens.example"))
    rows(town, "UPDATE purchase SET hold_until = %s WHERE email LIKE 'late%%' RETURNING id", NOW)
    decided = buy(town, event, 1, who=buyer(email="gone@citizens.example"))
    refusal = signed_return(reference_of(town, decided.order), StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    hear_return("PIRAEUS", refusal, now=NOW)
    rows(town, "UPDATE purchase SET hold_until = %s WHERE email LIKE 'gone%%' RETURNING id", NOW)
    buy(town, other, 1, who=buyer(email="other@citizens.example"))
    return_places(now=NOW)
    deliver_due(now=NOW)
    letters.clear()
    assert call_off(event.id, municipality_id=town.id, by_user=1, now=NOW) == 1
    assert call_off(event.id, municipality_id=town.id, by_user=1, now=NOW) == 0
    return_places(now=NOW)
    deliver_due(now=NOW)
    said = {letter.to.partition("@")[0]: letter for letter in letters}
    assert set(said) == {"paid", "rf", "bank", "late"}
    assert len(letters) == 4
    assert "Ο δήμος σας επιστρέφει 12,00\xa0€" in said["paid"].paragraphs[0]
    for unpaid in ("rf", "late"):
        assert said[unpaid].paragraphs[0].startswith("Μην πληρώσετε τα εισιτήρια")
    assert said["bank"].paragraphs[0].startswith("Do not pay for the tickets that were held for you")
    assert said["bank"].subject == "Cancelled: Concert by the lake"
    # He pays at the bank's open page all the same: the letter about it says that the money comes back.
    letters.clear()
    pay(town, at_bank.order, "2")
    deliver_due(now=NOW)
    (letter,) = letters
    assert letter.paragraphs[0] == "You have no tickets: the event was cancelled."
    assert broken_proofs() == []


def test_late_money_for_a_cancelled_event_says_so_and_leads_to_its_story(town: Town, letters: list[EmailView]) -> None:
    event = make_event(town)
    pay(town, buy(town, event, 1).order, "1")
    late = buy(town, event, 2, who=buyer(email="bank@citizens.example"))
    return_places(now=NOW)
    call_off(event.id, municipality_id=town.id, by_user=1, now=NOW)
    return_places(now=NOW)
    pay(town, late.order, "2")
    assert rows(town, "SELECT kind, reason, amount_cents FROM worklist_item ORDER BY id") == [
        ("REFUND", "EVENT_CANCELLED", 1_200), ("UNAPPLIED", "PAID_AFTER_CANCELLED", 2_400),
    ]  # fmt: skip
    work = worklist(municipality_id=town.id)
    assert len(work.questions) == 2
    for question, public_id in zip(
        work.questions, rows(town, "SELECT public_id FROM payment_order ORDER BY id"), strict=True
    ):
        sale = work.sales[question.id]
        assert sale.title("en") == "Concert by the lake"
        assert sale.order_id == one(town, "SELECT id FROM payment_order WHERE public_id = %s", *public_id)
        story = order_story(sale.order_id, municipality_id=town.id, by_user=1, now=NOW)
        assert story.sale is not None
        assert (story.sale.reference, story.sale.cancelled_at) == (sale.reference, NOW)
        assert [asked.id for asked in story.questions] == [question.id]
    assert broken_proofs() == []
