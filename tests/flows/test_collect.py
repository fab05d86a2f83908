"""The one door for money: what a bank's word does to orders, debts, ledger and worklist, told as stories."""

from datetime import date, timedelta

import pytest

from obolos.base.tenancy import tenancy
from obolos.domain.payments.actions import FormUsed
from obolos.flows.hear_bank import NotOurs, hear_return
from obolos.flows.order_status import order_view
from obolos.flows.pay import pay_by_rf
from obolos.flows.show_debts import Chosen, Payer, debts_of
from tests.support.world import (
    ELENI,
    GIORGOS,
    NOW,
    bank_says_ready,
    broken_proofs,
    certified,
    counts,
    everything,
    fine,
    make_town,
    one,
    order_by_card,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
SOON = NOW + timedelta(minutes=2)


@pytest.fixture(autouse=True)
def _bank(monkeypatch):
    bank_says_ready(monkeypatch)


def test_a_signed_return_pays_books_and_tells_once():
    town = make_town([certified(18_000, date(2026, 9, 30)), fine(3_000)])
    order = order_by_card(town.people[ELENI])
    outcome = hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=SOON)
    assert outcome.disposition == "APPLIED"
    view = order_view(order, now=SOON)
    # 180.00 due 30/9, paid 22/11: two months begun, 1.46 % → 2.63 (R3–R5); the fine has no surcharge before certification.
    assert (view.phase, view.paid_cents, view.unapplied_cents) == ("PAID", 21_263, 0)
    postings = dict(rows(town, "SELECT account, sum(amount_cents)::bigint FROM posting p JOIN entry e ON e.id = p.entry_id "
                               "WHERE e.kind = 'PAYMENT' GROUP BY 1"))  # fmt: skip
    assert postings == {
        "11:PIRAEUS": 21_263, "20:00.0311.0001": -18_000, "31:00.1511.0001": -263, "30:00.1512.0001": -3_000,
    }  # fmt: skip
    assert rows(town, "SELECT target, event, version FROM delivery ORDER BY 1") == [("ERP", "PAID", 1)]
    assert debts_of(town.people[ELENI], now=SOON).count == 0
    assert broken_proofs() == []


def test_the_same_return_again_changes_nothing_even_with_another_unsigned_transaction_id():
    town = make_town([certified(5_000)])
    order = order_by_card(town.people[ELENI])
    reply = signed_return(reference_of(town, order))
    hear_return("PIRAEUS", reply, now=SOON)
    before = counts(town)
    again = hear_return("PIRAEUS", reply | {"TransactionId": "99999", "ResultCode": "500"}, now=SOON)
    assert again.duplicate
    assert counts(town) == before
    assert broken_proofs() == []


@pytest.mark.parametrize(
    "forged",
    [
        {"HashKey": ""},
        {"HashKey": "0" * 64},
        {"ApprovalCode": "999999"},
        {"StatusFlag": "Failure", "HashKey": ""},
        {"ResponseCode": "05"},
    ],
    ids=["no hash", "wrong hash", "signed field changed", "unsigned failure", "code changed"],
)
def test_what_is_not_proven_changes_nothing_but_the_time_of_asking(forged):
    town = make_town([certified(5_000)])
    order = order_by_card(town.people[ELENI])
    before = counts(town)
    outcome = hear_return("PIRAEUS", signed_return(reference_of(town, order)) | forged, now=SOON)
    assert outcome.disposition == "UNVERIFIED"
    assert counts(town) == before
    assert order_view(order, now=SOON).phase == "WAITING"
    assert one(town, "SELECT next_query_at FROM payment_attempt") <= SOON
    assert one(town, "SELECT state FROM payment_attempt") == "REDIRECTED"


def test_a_return_for_another_attempt_proves_nothing_about_this_one():
    town = make_town([certified(5_000), certified(7_000)])
    first = order_by_card(town.people[ELENI], everything(town.people[ELENI])[:1])
    second = order_by_card(town.people[ELENI], everything(town.people[ELENI])[1:])
    stolen = signed_return(reference_of(town, first)) | {"MerchantReference": reference_of(town, second)}
    assert hear_return("PIRAEUS", stolen, now=SOON).disposition == "UNVERIFIED"
    assert one(town, "SELECT count(*) FROM payment") == 0


def test_a_reference_that_is_not_ours_is_refused_and_not_stored():
    town = make_town([certified(5_000)])
    before = counts(town)
    for reference in ("x" * 26, "'; DROP TABLE payment; --", "", "α" * 26):
        with pytest.raises(NotOurs):
            hear_return("PIRAEUS", signed_return(reference), now=SOON)
    assert counts(town) == before


def test_a_signed_refusal_fails_the_order_and_a_later_success_still_counts():
    town = make_town([certified(5_000)])
    order = order_by_card(town.people[ELENI])
    reference = reference_of(town, order)
    declined = signed_return(reference, StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    assert hear_return("PIRAEUS", declined, now=SOON).disposition == "DECLINED"
    view = order_view(order, now=SOON)
    assert (view.phase, view.not_charged) == ("FAILED", True)
    assert broken_proofs() == []
    assert hear_return("PIRAEUS", signed_return(reference), now=SOON).disposition == "APPLIED"
    assert order_view(order, now=SOON).phase == "PAID"
    # Paid stays paid when the refusal is brought again.
    hear_return("PIRAEUS", declined, now=SOON)
    assert order_view(order, now=SOON).phase == "PAID"
    assert broken_proofs() == []


def test_two_orders_for_one_debt_are_both_booked_and_one_waits_for_a_person():
    town = make_town([certified(5_000)])
    person = town.people[ELENI]
    chosen = everything(person)
    orders = [order_by_card(person, chosen), order_by_card(person, chosen)]
    outcomes = [hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=SOON) for order in orders]
    assert [outcome.disposition for outcome in outcomes] == ["APPLIED", "UNAPPLIED"]
    assert rows(town, "SELECT kind, amount_cents, reason FROM worklist_item") == [
        ("UNAPPLIED", 5_000, "DEBT_CLOSED_MEANWHILE")
    ]
    assert order_view(orders[1], now=SOON).phase == "PART"
    assert one(town, "SELECT count(*) FROM delivery WHERE target = 'ERP'") == 1
    assert broken_proofs() == []


def test_money_for_a_debt_that_was_withdrawn_meanwhile_is_kept_and_explained():
    town = make_town([certified(5_000), certified(7_000)])
    order = order_by_card(town.people[ELENI])
    with tenancy(municipality=town.id):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("UPDATE instalment SET written_off_cents = principal_cents WHERE principal_cents = 7000")
    outcome = hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=SOON)
    assert outcome.disposition == "PARTLY"
    view = order_view(order, now=SOON)
    assert (view.paid_cents, view.applied_cents, view.unapplied_cents) == (12_000, 5_000, 7_000)


def test_a_partial_amount_counts_pro_rata_and_leaves_the_rest_due():
    # X28's arithmetic on our own dates: 300.00 due 30/6/2026, 100.00 on 22/11: n=5, 3.65 % → 10.95; T 310.95.
    town = make_town([certified(30_000, date(2026, 6, 30))])
    person = town.people[ELENI]
    instalment = everything(person)[0].instalment_id
    order = order_by_card(person, [Chosen(instalment, 10_000)])
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=SOON)
    parts = dict(rows(town, "SELECT component, amount_cents FROM collection"))
    assert parts == {"PRINCIPAL": 9_648, "SURCHARGE": 352}
    left = debts_of(person, now=SOON).groups[0].rows[0]
    assert left.open_principal_cents == 20_352
    assert broken_proofs() == []


def test_the_form_sent_twice_makes_one_order():
    town = make_town([certified(5_000)])
    first = order_by_card(town.people[ELENI], token="same")
    before = counts(town)
    again = order_by_card(town.people[ELENI], everything(town.people[ELENI]), token="same")
    assert again == first
    assert counts(town) == before


def test_a_form_that_made_another_order_makes_none_and_leads_to_nobody_s():
    town = make_town([certified(5_000), certified(7_000), certified(9_000, afm=GIORGOS)])
    eleni, giorgos = town.people[ELENI], town.people[GIORGOS]
    one_debt, other = everything(eleni)
    first = order_by_card(eleni, [one_debt], token="same")
    before = counts(town)
    for person, chosen in ((giorgos, everything(giorgos)), (eleni, [other]), (eleni, [one_debt, other])):
        with pytest.raises(FormUsed):
            order_by_card(person, chosen, token="same")
    with pytest.raises(FormUsed):
        pay_by_rf(
            payer=Payer(person_id=eleni),
            chosen=[one_debt],
            expected_cents=5_000,
            form_token="same",
            language="el",
            now=NOW,
        )
    assert counts(town) == before
    assert order_by_card(eleni, [one_debt], token="same") == first


def test_a_payment_begun_before_the_month_ends_is_not_late_because_the_bank_took_a_minute():
    # Late debt: the amount holds until the last day of the month; the payer leaves for the bank at 23:58 Athens time.
    begun = NOW.replace(day=30, hour=21, minute=58)
    town = make_town([certified(50_000, date(2026, 9, 30))], now=begun)
    order = order_by_card(town.people[ELENI], now=begun)
    outcome = hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=begun + timedelta(minutes=5))
    assert outcome.disposition == "APPLIED"
    assert one(town, "SELECT paid_on FROM payment") == date(2026, 11, 30)
    assert debts_of(town.people[ELENI], now=begun + timedelta(minutes=6)).count == 0
