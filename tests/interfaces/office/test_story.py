"""The page of a payment's story: everything is on it, said once what a click came to, and nobody else's."""

from datetime import timedelta

import pytest

from obolos.base.references import rf_code
from obolos.base.tenancy import tenancy
from obolos.domain.people.models import Person, Role
from obolos.flows.dias import take_day_file
from obolos.flows.hear_bank import hear_return
from tests.interfaces.office.conftest import NOW, SignIn
from tests.support.dias import day_file
from tests.support.world import (
    ELENI,
    Town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)


@pytest.fixture
def paid(town: Town) -> str:
    """Path of the story of an order that Eleni paid by card; her e-mail address is confirmed."""
    person = town.people[ELENI]
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email="eleni@citizens.example")
    public = order_by_card(person, now=NOW)
    hear_return("PIRAEUS", signed_return(reference_of(town, public)), now=NOW + timedelta(seconds=30))
    return f"/office/orders/{one(town, 'SELECT id FROM payment_order')}/"


def test_a_story_tells_all_of_it(town: Town, staff: SignIn, paid: str) -> None:
    page = staff(town).get(paid)
    text = page.content.decode()
    assert page.status_code == 200
    reference = one(town, "SELECT reference FROM payment_order")
    attempt = one(town, "SELECT reference FROM payment_attempt")
    for told in (reference, "Μαρκάκη Ελένη", attempt, "389700", "Κλήση 2026-1", "HashKey", "11:PIRAEUS", "20:00.0311.0001",
                 "30:00.1512.0001", "240,00", "e•••@citizens.example", "0,00"):  # fmt: skip
        assert told in text, told
    assert "eleni@citizens.example" not in text
    assert rows(town, "SELECT count(*) FROM audit_entry WHERE action = 'payment.seen'") == [(1,)]


def test_the_proof_opens_for_staff(town: Town, staff: SignIn, paid: str) -> None:
    answer = staff(town).get(f"{paid}proof.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_sending_again_says_where_to_once(town: Town, staff: SignIn, paid: str) -> None:
    client = staff(town, Role.CASHIER)
    answer = client.post(f"{paid}resend/", {"target": "PAYER_EMAIL"})
    assert answer.url == paid
    first, second = client.get(paid).content.decode(), client.get(paid).content.decode()
    assert 'role="status"' in first
    assert 'role="status"' not in second
    for target in ("PAYER_EMAIL", "PAYER_SMS"):  # too soon; no mobile
        client.post(f"{paid}resend/", {"target": target})
        assert 'role="status"' in client.get(paid).content.decode()
    assert rows(town, "SELECT target, version FROM delivery WHERE version > 1") == [("PAYER_EMAIL", 2)]


def test_strange_targets_and_methods_are_refused(town: Town, staff: SignIn, paid: str) -> None:
    client = staff(town)
    assert client.post(f"{paid}resend/", {"target": "ERP"}).status_code == 404
    assert client.post(f"{paid}resend/").status_code == 404
    assert client.get(f"{paid}resend/").status_code == 405
    assert rows(town, "SELECT 1 FROM delivery WHERE version > 1") == []


def test_money_without_an_order_and_money_that_was_too_much(town: Town, staff: SignIn) -> None:
    order_by_rf(town.people[ELENI], now=NOW)
    code, cents = rows(town, "SELECT r.code, o.amount_cents FROM rf_code r JOIN payment_order o ON o.id = r.order_id")[
        0
    ]
    take_day_file(*day_file("9084", [(code, cents + 750), (rf_code("99084", 5_000, "0" * 15), 5_000)]), now=NOW)
    client = staff(town, Role.FINANCE)
    alone = one(town, "SELECT id FROM payment WHERE order_id IS NULL")
    joined = one(town, "SELECT id FROM payment WHERE order_id IS NOT NULL")
    assert "50,00" in client.get(f"/office/payments/{alone}/").content.decode()
    assert (
        one(town, "SELECT reference FROM payment_order") in client.get(f"/office/payments/{joined}/").content.decode()
    )
    page = client.get("/office/worklist/").content.decode()
    assert "57,50" in page
    assert f"/office/payments/{alone}/" in page
    assert f"/office/orders/{one(town, 'SELECT id FROM payment_order')}/" in page


def test_numbers_that_are_no_rows_are_not_found(town: Town, staff: SignIn) -> None:
    client = staff(town)
    for path in ("orders", "payments", "payers"):
        for number in ("0", "999999999", "9223372036854775808", "9" * 23, "-1", "x"):
            assert client.get(f"/office/{path}/{number}/").status_code == 404, number


def test_another_municipalitys_story_is_not_there(town: Town, paid: str, elsewhere: Town, staff: SignIn) -> None:
    stranger = staff(elsewhere, Role.ADMIN)
    payment = one(town, "SELECT id FROM payment")
    for path in (paid, f"{paid}proof.pdf", f"/office/payments/{payment}/"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"{paid}resend/", {"target": "PAYER_EMAIL"}).status_code == 404
