"""A guest's payment in the office: found by reference and e-mail, told whole, exported, proven, sent again."""

import io
from datetime import timedelta

import pypdf
import pytest

from obolos.base.tenancy import tenancy
from obolos.domain.audit.funnel_queries import Span, visits_told
from obolos.domain.deliveries.models import Target
from obolos.flows.export_payments import Form, What, begin_export, csv_of
from obolos.flows.guest import CODE, Held, held_view, paid_rows
from obolos.flows.hear_bank import hear_return
from obolos.flows.pay import pay_by_card, pay_by_rf
from obolos.flows.payment_proof import proof_of, proof_view
from obolos.flows.payment_story import order_story
from obolos.flows.resend import resend
from obolos.flows.search_payers import Kind, orders_found, search_payers
from obolos.flows.show_debts import Chosen, NotPayable, Payer
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    counts,
    fine,
    make_town,
    one,
    order_by_card,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
STAFF = 7
SOON = NOW + timedelta(minutes=3)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """Eleni owes a fine, which a guest may pay, and a fee, which none may."""
    bank_says_ready(monkeypatch)
    return make_town([fine(6_000), certified(18_000)])


def held(town: Town, kind: str = "UNCERTIFIED") -> Held:
    """The debt of that sort, held by its code."""
    return Held(town.id, (one(town, "SELECT id FROM debt WHERE kind = %s", kind),), CODE)


def buy(town: Town, *, token: str = "g" * 32, card: bool = True, email: str = "Guest@example.gr") -> str:
    """A guest orders the fine; the order's public id."""
    what = held(town)
    view = held_view(what, now=NOW)
    assert view.leg
    begin = pay_by_card if card else pay_by_rf
    return begin(
        payer=what.payer(email),
        chosen=paid_rows(what, count=0, part_cents=None, now=NOW),
        expected_cents=view.leg.amount_cents,
        form_token=token,
        language="en",
        visit="w" * 32,
        now=NOW,
    )


def paid(town: Town) -> str:
    """A guest's order, paid at the bank."""
    public_id = buy(town)
    hear_return("PIRAEUS", signed_return(reference_of(town, public_id)), now=SOON)
    return public_id


def test_the_books_are_right_and_the_debtor_sees_it_paid(town: Town) -> None:
    paid(town)
    assert one(town, "SELECT person_id FROM payment") is None
    assert one(town, "SELECT person_id FROM instalment WHERE open_cents = 0") == town.people[ELENI]
    assert broken_proofs() == []
    assert rows(town, "SELECT step, channel FROM funnel_event ORDER BY id") == [
        ("started", "card"), ("returned", "card"), ("paid", "card"),
    ]  # fmt: skip
    assert one(town, "SELECT detail ->> 'path' FROM funnel_event WHERE step = 'started'") == "guest"
    assert one(town, "SELECT actor FROM audit_entry WHERE action = 'order.made'") == "GUEST"


def test_uptake_counts_it_as_a_guests_way_by_card(town: Town) -> None:
    paid(town)
    with tenancy(municipality=town.id):
        day = timedelta(days=1)
        [way], _times = visits_told(Span(NOW - 2 * day, NOW - day, NOW + day, NOW.date().isoformat()))
    assert (way.path, way.card, way.card_paid, way.count) == ("guest", True, True, 1)


def test_its_story_needs_no_person(town: Town) -> None:
    paid(town)
    order_id = one(town, "SELECT id FROM payment_order")
    story = order_story(order_id, municipality_id=town.id, by_user=STAFF, now=SOON)
    assert story.order is not None
    assert story.order.person_id is None
    assert story.order.email == "Guest@example.gr"
    assert story.payments


def test_it_is_found_by_reference_and_by_email(town: Town) -> None:
    buy(town)
    order_id = one(town, "SELECT id FROM payment_order")
    asked = {"municipality_id": town.id, "by_user": STAFF, "now": NOW}
    for typed in (one(town, "SELECT reference FROM payment_order"), "guest@EXAMPLE.gr", " Guest@example.gr "):
        assert search_payers(typed, **asked).order_id == order_id, typed
    buy(town, token="h" * 32, card=False)
    found = search_payers("guest@example.gr", **asked)
    assert found.kind is Kind.EMAIL
    assert [one_.means for one_ in found.orders] == ["RF", "CARD"]
    assert orders_found([one_.id for one_ in found.orders], municipality_id=town.id) == found.orders
    assert search_payers("nobody@example.gr", **asked).orders == ()
    elsewhere = make_town([fine(4_000, code="9083")], code="9083")
    other = asked | {"municipality_id": elsewhere.id}
    assert search_payers("guest@example.gr", **other).orders == ()
    assert orders_found([order_id], municipality_id=elsewhere.id) == ()
    noted = rows(town, "SELECT detail::text FROM audit_entry WHERE action = 'payer.searched'")
    assert noted
    assert not [text for (text,) in noted if "example" in text]


@pytest.mark.parametrize("what", list(What))
def test_it_is_exported_with_its_debtor_where_the_money_counted(town: Town, what: What) -> None:
    paid(town)
    export = begin_export(
        first=NOW.date(), last=NOW.date(), what=what, form=Form.CSV, language="el", municipality_id=town.id,
        by_user=STAFF, now=SOON,
    )  # fmt: skip
    text = b"".join(csv_of(export)).decode()
    assert one(town, "SELECT reference FROM payment_order") in text
    assert ("Μαρκάκη Ελένη" in text) is (what is What.COLLECTIONS)


def test_its_proof_is_sent_again_to_what_was_typed(town: Town) -> None:
    paid(town)
    again = resend(
        one(town, "SELECT id FROM payment_order"), target=Target.PAYER_EMAIL, municipality_id=town.id, by_user=STAFF,
        now=SOON,
    )  # fmt: skip
    assert again.what == "PROOF"


def test_its_proof_masks_the_plate(town: Town) -> None:
    guest = paid(town)
    [line] = proof_view(guest, now=SOON).lines
    assert line.details == ("ΙΝΑ-1••4, 01/11/2026",)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(proof_of(guest, now=SOON))).pages)
    assert "ΙΝΑ-1••4" in text
    assert "ΙΝΑ-1234" not in text


def test_the_debtors_own_proof_has_the_whole_plate(town: Town) -> None:
    own = order_by_card(town.people[ELENI])
    hear_return("PIRAEUS", signed_return(reference_of(town, own)), now=SOON)
    assert ("ΙΝΑ-1234, 01/11/2026",) in [line.details for line in proof_view(own, now=SOON).lines]


def test_a_guest_pays_nothing_that_his_code_does_not_open(town: Town) -> None:
    """Neither another debt of the same municipality, nor one whose kind guests may not pay, nor one of elsewhere."""
    elsewhere = make_town([fine(4_000, code="9083")], code="9083")
    mine, other = held(town), held(town, "CERTIFIED")
    foreign = held(elsewhere)
    before = counts(town), counts(elsewhere)
    fee = one(town, "SELECT i.id FROM instalment i JOIN debt d ON d.id = i.debt_id WHERE d.kind = 'CERTIFIED'")
    with pytest.raises(NotPayable) as refusal:
        paid_rows(other, count=0, part_cents=None, now=NOW)
    assert refusal.value.reason == "NO_GUEST"

    asked = {"expected_cents": 18_000, "form_token": "z" * 32, "language": "el", "now": NOW}
    for payer, instalment in (
        (mine.payer(), fee),
        (other.payer(), fee),
        (Payer(municipality_id=town.id, debt_ids=foreign.debt_ids), one(elsewhere, "SELECT id FROM instalment")),
        (Payer(municipality_id=elsewhere.id, debt_ids=mine.debt_ids), fee),
    ):
        with pytest.raises(NotPayable):
            pay_by_rf(payer=payer, chosen=[Chosen(instalment)], **asked)
    assert (counts(town), counts(elsewhere)) == before
