"""A payment's whole story, told to its own municipality only; entries that sum to zero; looks on record."""

import pytest

from obolos.base.references import rf_code
from obolos.flows.dias import take_day_file
from obolos.flows.hear_bank import hear_return
from obolos.flows.payment_story import NoSuchPayment, order_story, payment_story, staff_proof
from obolos.flows.worklist import today, worklist
from tests.support.dias import day_file
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    bank_says_ready,
    certified,
    fine,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
STAFF = 77


@pytest.fixture(autouse=True)
def _bank(monkeypatch):
    bank_says_ready(monkeypatch)


def order_id(town: Town, public_id: str) -> int:
    return int(one(town, "SELECT id FROM payment_order WHERE public_id = %s", public_id))


def story_of(town: Town, public_id: str):
    return order_story(order_id(town, public_id), municipality_id=town.id, by_user=STAFF, now=NOW)


def test_a_paid_card_order_from_the_order_to_the_erp():
    town = make_town([certified(18_000), fine(3_000)])
    public = order_by_card(town.people[ELENI])
    hear_return("PIRAEUS", signed_return(reference_of(town, public)), now=NOW)
    story = story_of(town, public)
    assert story.order.state == "PAID"
    assert story.payer.name == "Μαρκάκη Ελένη"
    assert [attempt.state for attempt in story.attempts] == ["PAID"]
    (word,) = story.words
    assert (word.source, word.disposition, word.decoded["ApprovalCode"]) == ("RETURN", "APPLIED", "389700")
    assert "HashKey" in word.raw
    assert (story.paid_cents, story.applied_cents, story.unapplied_cents) == (21_000, 21_000, 0)
    (entry,) = story.entries
    assert (entry.sum_cents, len(entry.lines)) == (0, 3)
    assert [(one.target, one.event) for one in story.deliveries] == [("ERP", "PAID")]
    assert {title.title_el for title in story.titles.values()} >= {"Κλήση 2026-1"}
    assert [entry.action for entry in story.audit] == ["order.made", "payment.booked"]
    again = story_of(town, public)
    assert [(entry.action, entry.actor) for entry in again.audit][-1] == ("payment.seen", "STAFF")


def test_money_without_an_order_has_a_story_too():
    town = make_town([certified(5_000)])
    take_day_file(*day_file(town.code, [(rf_code("99084", 5_000, "000000000000001"), 5_000)]), now=NOW)
    (question,) = worklist(municipality_id=town.id).questions
    story = payment_story(question.payment_id, municipality_id=town.id, by_user=STAFF, now=NOW)
    assert story.order is None
    assert story.unapplied_cents == 5_000
    assert [word.source for word in story.words] == ["FILE"]
    assert [(one.kind, one.reason, one.amount_cents) for one in story.questions] == [
        ("UNAPPLIED", "UNKNOWN_REFERENCE", 5_000)
    ]
    assert story.entries[0].sum_cents == 0


def test_the_payment_of_an_order_tells_the_orders_story():
    town = make_town([certified(5_000)])
    public = order_by_rf(town.people[ELENI])
    code = one(town, "SELECT code FROM rf_code")
    take_day_file(*day_file(town.code, [(code, 5_750)]), now=NOW)
    payment = one(town, "SELECT id FROM payment")
    story = payment_story(payment, municipality_id=town.id, by_user=STAFF, now=NOW)
    assert story.order.public_id == public
    assert (story.order.state, story.unapplied_cents) == ("PART", 750)
    assert [found.code for found in story.rf_codes] == [code]
    work = worklist(municipality_id=town.id)
    assert (work.count, work.unapplied_cents) == (1, 750)
    assert [(row.order_id, row.reference) for row in work.questions] == [(story.order.id, story.order.reference)]
    assert worklist(municipality_id=town.id, kind="ERP_REFUSED").questions == ()
    day = today(municipality_id=town.id, now=NOW)
    assert (day.paid_cents, day.paid_count, day.questions) == (5_750, 1, 1)


def test_another_municipality_has_no_such_payment():
    town, abroad = make_town([certified(5_000)]), make_town([], code="9083")
    public = order_by_card(town.people[ELENI])
    hear_return("PIRAEUS", signed_return(reference_of(town, public)), now=NOW)
    payment = one(town, "SELECT id FROM payment")
    for look in (
        lambda: order_story(order_id(town, public), municipality_id=abroad.id, by_user=STAFF, now=NOW),
        lambda: payment_story(payment, municipality_id=abroad.id, by_user=STAFF, now=NOW),
        lambda: staff_proof(order_id(town, public), municipality_id=abroad.id, by_user=STAFF, language="el", now=NOW),
    ):
        with pytest.raises(NoSuchPayment):
            look()
    assert rows(abroad, "SELECT action FROM audit_entry WHERE actor = 'STAFF'") == []


def test_the_proof_is_the_payers():
    town = make_town([certified(5_000)])
    public = order_by_card(town.people[ELENI])
    hear_return("PIRAEUS", signed_return(reference_of(town, public)), now=NOW)
    content = staff_proof(order_id(town, public), municipality_id=town.id, by_user=STAFF, language="el", now=NOW)
    assert content.startswith(b"%PDF")
    assert rows(town, "SELECT actor_id FROM audit_entry WHERE action = 'proof.seen'") == [(STAFF,)]
