"""The search box: what is typed stands in no address, no session and no log, and leads straight to what was meant."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from obolos.base.tenancy import tenancy
from obolos.domain.debts.queries import Marks
from obolos.domain.people.models import Debtor, Role
from obolos.flows import payer_record
from tests.interfaces.office.conftest import NOW, SignIn
from tests.support.world import ELENI, GIORGOS, Town, one, order_by_rf, rows


def search(client, text: str):
    return client.post("/office/search/", {"q": text})


def test_one_payer_or_an_order_leads_straight_there(town: Town, staff: SignIn) -> None:
    client = staff(town)
    debtor = one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI)
    for typed in (ELENI, "μαρκάκη", "2026-1", "ΙΝΑ 1234"):
        assert search(client, typed).url == f"/office/payers/{debtor}/", typed
    order_by_rf(town.people[ELENI], now=NOW)
    order = one(town, "SELECT id FROM payment_order")
    for typed in (one(town, "SELECT reference FROM payment_order"), one(town, "SELECT code FROM rf_code")):
        assert search(client, typed).url == f"/office/orders/{order}/", typed
    page = client.get(f"/office/payers/{debtor}/").content.decode()
    assert ELENI in page
    assert "240,00" in page


def test_nothing_typed_is_kept_in_an_address_or_a_session(town: Town, staff: SignIn) -> None:
    client = staff(town)
    for typed in ("ΨΨΨΨ", ELENI[:-1] + "4", GIORGOS + " ", ELENI):
        answer = search(client, typed)
        assert re.search(r"\d{9}", answer.url) is None
        page = client.get(answer.url)
        assert page.status_code == 200
        assert page.headers["Cache-Control"].startswith("no-store")
    stored = [session.get_decoded() for session in Session.objects.all()]
    assert not any(afm in str(stored) for afm in (ELENI, GIORGOS, ELENI[:-1] + "4", "ΨΨΨΨ"))


def test_several_payers_are_listed_with_what_they_owe(town: Town, staff: SignIn) -> None:
    with tenancy(municipality=town.id):
        Debtor.objects.filter(afm=GIORGOS).update(name="Μαρκάκης Γεώργιος", name_folded="ΜΑΡΚΑΚΗΣ ΓΕΩΡΓΙΟΣ")
    client = staff(town)
    answer = search(client, "μαρκακ")
    assert answer.url == "/office/search/"
    page = client.get(answer.url).content.decode()
    for told in ("Μαρκάκη Ελένη", "Μαρκάκης Γεώργιος", "50,00", "240,00"):
        assert told in page


def test_a_number_that_is_two_things_is_listed_as_both(town: Town, staff: SignIn) -> None:
    order_by_rf(town.people[ELENI], now=NOW)
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payment (municipality_id, order_id, person_id, evidence_key, channel, provider, amount_cents, "
            "paid_at, paid_on, booked_at, disposition, bank_txn, approval, payer) SELECT o.municipality_id, o.id, "
            "o.person_id, 'x', 'CARD', 'PIRAEUS', 100, now(), current_date, now(), 'UNAPPLIED', 'T1', '2026-1', '' "
            "FROM payment_order o"
        )
    client = staff(town)
    answer = search(client, "2026-1")
    assert answer.url == "/office/search/"
    page = client.get(answer.url).content.decode()
    assert "Μαρκάκη Ελένη" in page
    assert one(town, "SELECT reference FROM payment_order") in page


def test_nothing_found_says_so_on_a_page(town: Town, staff: SignIn) -> None:
    client = staff(town)
    for typed in ("", "x", "123456789", "RF123", "RF00900810000000000000001", "ψψψψ", "<b>x", "\x00"):
        page = client.get(search(client, typed).url)
        assert page.status_code == 200, typed
        assert "<b>x" not in page.content.decode()


def test_results_without_a_search_lead_home(town: Town, staff: SignIn) -> None:
    assert staff(town).get("/office/search/").url == "/office/"


def test_no_address_of_the_office_carries_a_tax_number(
    town: Town, staff: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    client = staff(town, Role.ADMIN)
    seen = {"/office/"}
    waiting = [
        "/office/",
        search(client, ELENI).url,
        search(client, "ζησης").url,
        "/office/worklist/",
        "/office/kinds/",
    ]
    while waiting:
        address = waiting.pop()
        seen.add(address)
        page = client.get(address).content.decode()
        found = set(re.findall(r'(?:href|action)="(/office/[^"#]*)', page))
        pages = {one for one in found - seen if not re.search("account/|search|resend", one)}
        waiting += pages - set(waiting)
        seen |= found
    assert len(seen) > 6
    assert not any(afm in address for address in seen for afm in (ELENI, GIORGOS))
    assert not any(afm in caplog.text for afm in (ELENI, GIORGOS))


def test_the_record_marks_what_is_asked_about(town: Town, staff: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/office/payers/{one(town, 'SELECT debtor_id FROM debt ORDER BY id LIMIT 1')}/"
    client = staff(town)
    words = ("Σε ένσταση", "Πληρωμή με απόκομμα ελέγχεται", "μπορεί να έχουν έρθει με απόκομμα")
    assert not [word for word in words if word in client.get(path).content.decode()]
    first, second, *_ = [debt for (debt,) in rows(town, "SELECT id FROM debt ORDER BY id")]
    marks = Marks({}, frozenset([first]), frozenset([second]))
    monkeypatch.setattr(payer_record, "questions_of_debts", lambda _: marks)
    html = client.get(path).content.decode()
    assert [html.count(word) for word in words] == [1, 1, 1]
