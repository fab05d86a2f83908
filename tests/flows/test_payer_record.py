"""A payer's record: balances that add up, amounts of today, contact masked, messages of his orders."""

from datetime import date, timedelta

import pytest

from obolos.base.tenancy import tenancy
from obolos.domain.people.models import Person
from obolos.flows.deliver import deliver_due
from obolos.flows.hear_bank import hear_return
from obolos.flows.payer_record import payer_record
from obolos.flows.show_debts import Chosen, debts_of
from tests.support.world import (
    ELENI,
    NOW,
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


def test_a_record_holds_what_is_owed_what_was_paid_and_what_was_ordered(monkeypatch):
    bank_says_ready(monkeypatch)
    town = make_town([certified(18_000, date(2026, 9, 30)), fine(3_000)])
    person = town.people[ELENI]
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email="eleni@citizens.example", mobile="+306900000001")
    (fine_row,) = [row for row in debts_of(person, now=NOW).groups[0].rows if row.debt_kind == "UNCERTIFIED"]
    paid = order_by_card(person, [Chosen(fine_row.instalment_id)])
    hear_return("PIRAEUS", signed_return(reference_of(town, paid)), now=NOW)
    order_by_rf(person)
    debtor = one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI)
    record = payer_record(debtor, municipality_id=town.id, by_user=STAFF, now=NOW + timedelta(minutes=1))

    assert (record.afm, record.name, record.email, record.mobile) == (
        ELENI,
        "Μαρκάκη Ελένη",
        "e•••@citizens.example",
        "•••001",
    )
    (owed,), (settled,) = record.open_debts, record.other_debts
    # 180.00 due 30/9, read on 22/11: two months begun at 0.73 % (R3–R5).
    assert (owed.open_cents, owed.today_cents, owed.overdue) == (18_000, 18_263, True)
    assert [line.cents for line in owed.lines] == [18_000, 263]
    assert (settled.principal_cents, settled.collected_cents, settled.open_cents) == (3_000, 3_000, 0)
    assert record.today_cents == 18_263
    assert record.overdue_count == 1
    assert [(order.means, order.state, order.paid_cents) for order in record.orders] == [
        ("RF", "OPEN", 0),
        ("CARD", "PAID", 3_000),
    ]
    assert rows(town, "SELECT actor_id, subject FROM audit_entry WHERE action = 'payer.seen'") == [
        (STAFF, f"debtor:{debtor}")
    ]


def test_messages_show_where_they_went_masked(monkeypatch):
    town = make_town([certified(5_000)])
    person = town.people[ELENI]
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email="eleni@citizens.example")
    order_by_rf(person)
    monkeypatch.setattr("obolos.flows.deliver.send_email", lambda view, sender: None)
    deliver_due(now=NOW)
    debtor = one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI)
    record = payer_record(debtor, municipality_id=town.id, by_user=STAFF, now=NOW)
    assert [(message.channel, message.kind, message.to) for message in record.messages] == [
        ("email", "RF_ISSUED", "e•••@citizens.example")
    ]
