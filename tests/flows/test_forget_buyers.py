"""Addresses of guests and ticket buyers end; money, proofs and tickets stay, and nobody signed in loses anything."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import IntegrityError, ProgrammingError

from obolos.adapters.erp.client import ErpAnswer, ErpClient, ErpStatus
from obolos.base.tenancy import tenancy
from obolos.domain.deliveries.models import Target
from obolos.domain.messages.models import Inquiry
from obolos.flows import deliver
from obolos.flows.deliver import deliver_due
from obolos.flows.forget_buyers import forget_buyers
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import place_of_order
from obolos.flows.payment_proof import proof_of
from obolos.flows.resend import resend
from obolos.flows.return_places import return_places
from obolos.flows.show_offerings import purchase_at
from obolos.flows.ticket_papers import tickets_pdf
from tests.support.sales import EMAIL, buy, buyer, make_event
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    counts,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
EVERYWHERE = (
    "SELECT email FROM payment_order UNION ALL SELECT mobile FROM payment_order UNION ALL SELECT email FROM purchase "
    "UNION ALL SELECT address FROM message UNION ALL SELECT answer->>'to' FROM delivery"
)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town that sells and told everything that was due."""
    bank_says_ready(monkeypatch)
    monkeypatch.setattr(deliver, "send_email", lambda view, _sender: None)
    answer = ErpAnswer(ErpStatus.POSTED, "A-17", "", "{}")
    monkeypatch.setattr(ErpClient, "post_payment", lambda self, payload, key: answer)
    return make_town([certified(5_000)])


def sold(town: Town, *, starts_at: datetime | None = None, email: str = EMAIL) -> tuple[str, str]:
    """(order, purchase) of two tickets, paid, settled and told."""
    found = buy(town, make_event(town, starts_at=starts_at), 2, who=buyer(email=email))
    hear_return("PIRAEUS", signed_return(reference_of(town, found.order)), now=NOW)
    return_places(now=NOW)
    deliver_due(now=NOW)
    return found.order, found.purchase


def left(town: Town) -> set[str]:
    """Addresses that stand anywhere."""
    return {row[0] for row in rows(town, EVERYWHERE) if row[0]}


def test_an_address_goes_everywhere_and_money_proof_and_tickets_stay(town: Town, settings: Any) -> None:
    order, purchase = sold(town)
    before, proof = counts(town), proof_of(order, now=NOW)
    assert left(town) == {EMAIL}
    event_over = NOW + timedelta(days=10)
    assert forget_buyers(now=event_over + timedelta(days=729)) == 0
    assert left(town) == {EMAIL}
    late = event_over + timedelta(days=731)
    assert forget_buyers(now=late) == 2
    assert left(town) == set()
    assert counts(town) == before
    assert proof_of(order, now=late) == proof
    assert tickets_pdf(purchase_at("ioannina", purchase), "el").startswith(b"%PDF")
    assert one(town, "SELECT text <> '' AND title <> '' FROM message")
    assert broken_proofs() == []
    assert forget_buyers(now=late) == 0
    settings.OBOLOS_FORGET_BUYERS_DAYS = 0
    assert forget_buyers(now=late) == 0


def test_what_is_open_to_come_or_a_citizen_s_is_left_alone(town: Town) -> None:
    sold(town, starts_at=NOW + timedelta(days=800))
    citizen = order_by_card(town.people[ELENI])
    one(town, "UPDATE payment_order SET email = 'eleni@citizens.example' WHERE public_id = %s RETURNING id", citizen)
    hear_return("PIRAEUS", signed_return(reference_of(town, citizen), SupportReferenceID="2"), now=NOW)
    waiting = buy(town, make_event(town, title="Άλλη"), 1, who=buyer(email="open@citizens.example"))
    assert forget_buyers(now=NOW + timedelta(days=750)) == 0
    assert {EMAIL, "eleni@citizens.example", "open@citizens.example"} <= left(town)
    return_places(now=NOW + timedelta(days=1))
    assert waiting.order
    assert forget_buyers(now=NOW + timedelta(days=750)) == 1
    # The order still waits for the bank's last word.
    assert one(town, "SELECT count(*) FROM purchase WHERE email = 'open@citizens.example'") == 0


def test_a_code_that_nobody_paid_and_what_was_sent_again_are_forgotten_too(town: Town) -> None:
    order, _ = sold(town)
    place = place_of_order(order)[1]
    resend(place, target=Target.PAYER_EMAIL, municipality_id=town.id, by_user=1, now=NOW + timedelta(hours=1))
    unpaid = order_by_rf(town.people[ELENI])
    one(
        town,
        "UPDATE payment_order SET person_id = NULL, email = 'rf@citizens.example' WHERE public_id = %s RETURNING id",
        unpaid,
    )
    assert one(town, "SELECT detail->>'email' FROM delivery WHERE version = 2") == EMAIL
    late = NOW + timedelta(days=800)
    assert forget_buyers(now=late) == 3
    assert left(town) == set()
    assert rows(town, "SELECT detail->>'email' FROM delivery WHERE version = 2") == [(None,)]
    assert one(town, "SELECT state FROM payment_order WHERE public_id = %s", unpaid) == "OPEN"


def test_who_wrote_to_the_municipality_is_forgotten_after_the_answer(town: Town) -> None:
    debt = one(town, "SELECT id FROM debt LIMIT 1")
    with tenancy(municipality=town.id):
        for number, closed in enumerate((NOW, None)):
            Inquiry.objects.create(
                municipality_id=town.id, reference=f"IN-{number}", kind="NOT_MINE", debt_id=debt, email=EMAIL,
                created_at=NOW, form_token=f"t{number}", closed_at=closed, state="CLOSED" if closed else "OPEN",
            )  # fmt: skip
    assert forget_buyers(now=NOW + timedelta(days=731)) == 1
    assert rows(town, "SELECT email FROM inquiry ORDER BY id") == [("",), (EMAIL,)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE message SET address = 'other@x.gr'", "UPDATE message SET text = ''", "UPDATE message SET id = id",
        "UPDATE message SET address = '', title = ''", "DELETE FROM message",
    ],
)  # fmt: skip
def test_a_message_can_lose_its_address_and_nothing_else(town: Town, statement: str) -> None:
    sold(town)
    with (
        pytest.raises((IntegrityError, ProgrammingError), match="permission denied|append-only"),
        tenancy(municipality=town.id),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
