"""The office's pages of events and certificates, and the entrance."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obolos.base.dates import ATHENS
from obolos.domain.people.models import Role
from obolos.flows.hear_bank import hear_return
from obolos.flows.return_places import return_places
from tests.interfaces.office.conftest import NOW, SignIn
from tests.support.sales import EMAIL, ask_for, buy, classes_of, make_certificate, make_event
from tests.support.world import Town, counts, one, reference_of, rows, signed_return

ENGLISH = {"accept-language": "en"}


def now() -> datetime:
    return datetime.now(UTC)


def local(at: datetime) -> str:
    return f"{at.astimezone(ATHENS):%Y-%m-%dT%H:%M}"


def form(town: Town, **changes: str) -> dict[str, str]:
    kind = one(town, "SELECT id FROM revenue_kind WHERE municipality_id = %s AND code = '00.0434.0001'", town.id)
    starts = now() + timedelta(days=5)
    return {
        "title_el": "Θέατρο", "title_en": "Theatre", "place": "Κάστρο", "starts_at": local(starts), "doors_at": "",
        "sales_from": local(now() - timedelta(hours=1)), "sales_until": local(starts), "capacity": "80", "most_at_once": "6",
        "revenue_kind_id": str(kind), "about_el": "", "about_en": "", "conditions_el": "", "conditions_en": "",
        "c0_id": "", "c0_el": "Κανονικό", "c0_en": "Adult", "c0_price": "12,50", "c0_quota": "", "c0_offered": "1",
        "c1_id": "", "c1_el": "Παιδικό", "c1_en": "Child", "c1_price": "0", "c1_quota": "20", "c1_offered": "1",
        "c2_id": "", "c2_el": "", "c2_en": "", "c2_price": "", "c2_quota": "", "c2_offered": "1",
    } | changes  # fmt: skip


def paid(town: Town, order: str) -> None:
    hear_return("PIRAEUS", signed_return(reference_of(town, order), town.code), now=now())


def test_an_event_is_prepared_and_sold_at_once(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.CLERK)
    made = client.post("/office/events/new/", form(town))
    event_id = one(town, "SELECT id FROM event")
    assert made["Location"] == f"/office/events/{event_id}/"
    assert rows(town, "SELECT name_en, price_cents, quota FROM price_class ORDER BY position") == [
        ("Adult", 1_250, None), ("Child", 0, 20),
    ]  # fmt: skip
    assert "Theatre" in Client(headers=ENGLISH).get("/d/ioannina/events/").content.decode()
    assert "Theatre" in client.get("/office/events/", headers=ENGLISH).content.decode()


def test_a_change_keeps_what_is_sold_and_refuses_fewer_places(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    event = make_event(town, now=now(), capacity=10)
    buy(town, event, 3, 0, now=now())
    first, second = classes_of(town, event)
    fields = form(town, c0_id=str(first.id), c1_id=str(second.id), capacity="2")
    refused = client.post(f"/office/events/{event.id}/edit/", fields, headers=ENGLISH)
    assert refused.status_code == 422
    assert "More places than this are sold or held already." in refused.content.decode()
    quota = client.post(
        f"/office/events/{event.id}/edit/", fields | {"capacity": "9", "c0_quota": "2"}, headers=ENGLISH
    )
    assert quota.status_code == 422
    assert client.post(f"/office/events/{event.id}/edit/", fields | {"capacity": "3"}).status_code == 302
    assert rows(town, "SELECT capacity, taken, title_en FROM event") == [(3, 3, "Theatre")]
    assert one(town, "SELECT count(*) FROM price_class") == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title_en": ""}, "Fill this in."),
        ({"capacity": "viele"}, "Write a number that fits."),
        ({"sales_until": "2030-01-01T10:00"}, "This comes after the event begins."),
        ({"starts_at": "tomorrow"}, "Fill this in."),
        ({"c0_price": "-3"}, "Every price class needs both names and a price"),
        ({"c0_el": "", "c1_el": ""}, "Fill this in."),
        ({"revenue_kind_id": "999999"}, "Fill this in."),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(
    town: Town, staff: SignIn, changes: dict[str, str], said: str
) -> None:
    client = staff(town, Role.CLERK)
    before = counts(town)
    answer = client.post("/office/events/new/", form(town, **changes), headers=ENGLISH)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text
    assert "Κάστρο" in text
    assert counts(town) == before
    assert one(town, "SELECT count(*) FROM event") == 0


def test_sales_as_csv_and_workbook_say_the_same(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    event = make_event(town, now=now())
    paid(town, buy(town, event, 1, 1, now=now()).order)
    text = client.get(f"/office/events/{event.id}/sales/?form=csv", headers=ENGLISH).content.decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 3
    assert EMAIL in lines[1]
    assert "12,00;paid" in lines[1]
    with zipfile.ZipFile(io.BytesIO(client.get(f"/office/events/{event.id}/sales/?form=xlsx").content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r'<c r="E[23]" s="\d+"><v>([^<]+)</v>', sheet) == ["12", "5"]
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'sales.exported'") == 2
    for (code,) in rows(town, "SELECT code FROM ticket"):
        assert code not in text


def test_calling_off_ends_the_sale_and_lists_who_is_given_money_back(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    event = make_event(town, now=now())
    paid(town, buy(town, event, 2, 0, now=now()).order)
    held = buy(town, event, 0, 1, now=now())
    assert client.post(f"/office/events/{event.id}/cancel/", {}).status_code == 302
    assert one(town, "SELECT cancelled_at FROM event") is None
    client.post(f"/office/events/{event.id}/cancel/", {"confirm": "1"})
    client.post(f"/office/events/{event.id}/cancel/", {"confirm": "1"})
    assert rows(town, "SELECT kind, amount_cents, reason FROM worklist_item") == [("REFUND", 2_400, "EVENT_CANCELLED")]
    page = client.get(f"/office/events/{event.id}/", headers=ENGLISH).content.decode()
    assert "Who must be given money back" in page
    assert "The event was cancelled" in Client(headers=ENGLISH).get(f"/d/ioannina/events/{event.id}/").content.decode()
    return_places(now=now())
    assert one(town, "SELECT taken FROM event") == 2
    paid(town, held.order)
    assert rows(town, "SELECT kind FROM worklist_item ORDER BY id") == [("REFUND",), ("UNAPPLIED",)]
    work = client.get("/office/worklist/", headers=ENGLISH).content.decode()
    assert "EVENT" not in work
    assert "PAID_AFTER" not in work
    assert "paid after the event was cancelled: to be given back" in work
    questions = re.findall(r"<tr><th scope=\"row\">.*?</tr>", work, re.DOTALL)
    assert len(questions) == 2
    for question in questions:
        assert "Concert by the lake" in question
        story = re.search(r'href="(/office/orders/\d+/)"', question)
        assert story
        told = client.get(story[1], headers=ENGLISH).content.decode()
        assert "What it was to buy" in told
        assert "Concert by the lake" in told


def test_money_that_comes_between_calling_off_and_the_tick_is_given_back_too(town: Town, staff: SignIn) -> None:
    event = make_event(town, now=now())
    order = buy(town, event, 1, 0, now=now()).order
    staff(town, Role.ADMIN).post(f"/office/events/{event.id}/cancel/", {"confirm": "1"})
    paid(town, order)
    return_places(now=now())
    assert rows(town, "SELECT kind, amount_cents FROM worklist_item") == [("REFUND", 1_200)]


def test_a_certificate_is_made_out_once_and_sent(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.CLERK)
    paid(town, ask_for(town, make_certificate(town), now=now()).order)
    return_places(now=now())
    page = client.get("/office/certificates/", headers=ENGLISH).content.decode()
    assert "1 paid request to make out" in page
    assert "Μαρία Στάμου, Αβέρωφ 3" in page
    purchase = one(town, "SELECT id FROM purchase")
    address = f"/office/certificates/{purchase}/issue/"
    wrong = client.post(address, {"file": SimpleUploadedFile("x.pdf", b"GIF89a")}, headers=ENGLISH)
    assert wrong.status_code == 422
    assert "This file is no PDF" in wrong.content.decode()
    for _ in range(2):
        assert (
            client.post(address, {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7 x"), "note": "ok"}).status_code == 302
        )
    assert one(town, "SELECT count(*) FROM issued_certificate") == 1
    assert rows(town, "SELECT event FROM delivery WHERE subject LIKE 'purchase:%%'") == [("CERTIFICATE",)]
    assert rows(town, "SELECT kind, closed_at IS NOT NULL FROM worklist_item") == [("CERTIFICATE", True)]
    assert "0 paid requests to make out" in client.get("/office/certificates/", headers=ENGLISH).content.decode()


def test_a_certificate_is_offered_and_taken_off(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    kind = one(town, "SELECT id FROM revenue_kind WHERE municipality_id = %s AND code = '00.0719.0001'", town.id)
    fields = {
        "title_el": "Βεβαίωση", "title_en": "Statement", "asks_el": "Όνομα", "asks_en": "Name", "price": "3,00",
        "days_to_issue": "2", "revenue_kind_id": str(kind), "offered": "1", "about_el": "", "about_en": "",
    }  # fmt: skip
    assert client.post("/office/certificates/new/", fields | {"price": "x"}).status_code == 422
    assert client.post("/office/certificates/new/", fields).status_code == 302
    row = one(town, "SELECT id FROM certificate_kind")
    public = f"/d/ioannina/certificates/{row}/"
    assert "€3.00" in Client(headers=ENGLISH).get(public).content.decode()
    client.post(f"/office/certificates/{row}/", {key: value for key, value in fields.items() if key != "offered"})
    assert Client().get(public).status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_the_entrance_is_green_once_then_red(town: Town, staff: SignIn, role: Role) -> None:
    client = staff(town, role)
    event = make_event(town, now=now(), starts_at=now() + timedelta(minutes=1))
    paid(town, buy(town, event, 1, 0, now=now()).order)
    code = one(town, "SELECT code FROM ticket")
    chosen: Any = client.post("/office/entrance/", {"event": str(event.id), "code": code.lower()})
    assert chosen["Location"] == f"/office/door/{code}/"
    page = client.get(chosen["Location"], headers=ENGLISH).content.decode()
    assert 'data-verdict="VALID"' in page
    assert EMAIL not in page
    assert client.post(f"/office/door/{code}/").status_code == 302
    assert 'data-verdict="ENTERED"' in client.get(f"/office/door/{code}/").content.decode()
    again = client.get(f"/office/door/{code}/", headers=ENGLISH).content.decode()
    assert "Already used:" in again
    assert client.post(f"/office/door/{code}/").status_code == 409


def test_a_stranger_who_opens_a_tickets_code_learns_nothing(town: Town, elsewhere: Town, staff: SignIn) -> None:
    event = make_event(town, now=now())
    paid(town, buy(town, event, 1, 0, now=now()).order)
    code = one(town, "SELECT code FROM ticket")
    stranger = Client().get(f"/office/door/{code}/")
    assert stranger["Location"].startswith("/office/account/login/")
    other = staff(elsewhere, Role.CLERK).get(f"/office/door/{code}/", headers=ENGLISH)
    assert other.status_code == 404
    assert "We do not know this ticket" in other.content.decode()
    assert "Concert" not in other.content.decode()


def test_events_are_for_clerks_and_administrators(town: Town, staff: SignIn) -> None:
    event = make_event(town, now=NOW)
    for role in (Role.CASHIER, Role.FINANCE):
        client = staff(town, role)
        for address in ("/office/events/", f"/office/events/{event.id}/", "/office/certificates/"):
            assert client.get(address).status_code == 403
