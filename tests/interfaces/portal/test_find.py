"""Finding a debt by what stands on paper: shapes, both alphabets, every miss the same, guessing slowed."""

import re
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from obolos.base.references import random_free15, random_pay_code, rf_code
from obolos.base.tenancy import tenancy
from obolos.flows.typed import Sort, read, sort_of
from tests.interfaces.portal.conftest import in_days, town_with
from tests.interfaces.portal.test_guest import codes, same, switch
from tests.support.sales import buy, make_event
from tests.support.world import ELENI, Town, counts, fine, one, order_by_rf, rows

NOW = datetime.now(UTC)


@pytest.fixture
def ticket(town: Town) -> Town:
    """Eleni's fine 2026-1 of ΙΝΑ-1234 in Ioannina, and a fee."""
    return town


def ask(client: Client, **fields: str) -> Any:
    """Send the form."""
    return client.post("/find/", fields)


def slow_down_forgotten() -> None:
    """A quarter of an hour later."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM lookup_try")


@pytest.mark.parametrize(
    ("typed", "sort"),
    [
        ("2026-004512", Sort.NUMBER), ("ινα 1234", Sort.PLATE), ("INA-1234", Sort.PLATE), ("ΥΥ-12", Sort.PLATE),
        ("RF54 9000 1202 6004 5120 0020 0", Sort.RF), ("rf549000120260045120002 00", Sort.RF),
        ("7K2M-94QX-7K2M-94QX", Sort.CODE), ("7k2m94qx7k2m94qo", Sort.CODE), ("1234567890123456", Sort.NUMBER),
        ("RF12", Sort.NUMBER), ("WOB AB 123", Sort.NUMBER), ("A1", Sort.NUMBER),
    ],
)  # fmt: skip
def test_what_was_typed_is_told_by_its_shape(typed: str, sort: Sort) -> None:
    assert sort_of(typed) is sort


CODE = "7K2M94QX7K2M94QX"


@pytest.mark.parametrize(
    ("typed", "sort", "text", "second"),
    [
        (f"https://pay.example.gr/k/{CODE}/", Sort.CODE, CODE, ""), (f"pay.example.gr/k/{CODE}", Sort.CODE, CODE, ""),
        (f"http://localhost:8000/slip/{CODE}/?x=1", Sort.CODE, CODE, ""),
        ("https://other.gr/d/zitsa/?ref=2026-12", Sort.NUMBER, "2026-12", ""),
        ("https://other.gr/find/?q=RF54+9000+1202+6004+5120+0020+0&at=zitsa", Sort.RF, "RF54 9000 1202 6004 5120 0020 0", ""),
        ("https://other.gr/genuine/?c=OB-7K2M-94QX", Sort.PAPER, "OB-7K2M-94QX", ""),
        ("https://other.gr/", Sort.NUMBER, "https://other.gr/", ""),
        ("ΙΝΑ1234 / 2026-123", Sort.BOTH, "2026-123", "ΙΝΑ1234"), ("ΙΝΑ1234/123", Sort.BOTH, "123", "ΙΝΑ1234"),
        ("2026/123, ινα-1234", Sort.BOTH, "2026/123", "ινα-1234"), ("ina 1234 2026-123", Sort.BOTH, "2026-123", "ina 1234"),
        ("482130079 ΥΥ-12", Sort.BOTH, "482130079", "ΥΥ-12"), ("ΙΝ-7222 / 9444", Sort.BOTH, "9444", "ΙΝ-7222"),
        ("ΙΝΑ 1234", Sort.PLATE, "ΙΝΑ 1234", ""), ("ΙΝΑ 1234 ΙΝΒ 1235", Sort.NUMBER, "ΙΝΑ 1234 ΙΝΒ 1235", ""),
        ("AB12 94QX 7K2M 94QX", Sort.CODE, "AB12 94QX 7K2M 94QX", ""), ("IN 7222 9444", Sort.PAPER, "IN 7222 9444", ""),
        ("ΟΒ-7Κ2Μ-94QX", Sort.PAPER, "ΟΒ-7Κ2Μ-94QX", ""), ("EI-17-00004", Sort.PAPER, "EI-17-00004", ""),
        ("EV-7K2M-94QX", Sort.PAPER, "EV-7K2M-94QX", ""), ("2026 12", Sort.NUMBER, "2026 12", ""),
    ],
)  # fmt: skip
def test_what_was_pasted_is_understood(typed: str, sort: Sort, text: str, second: str) -> None:
    found = read(typed)
    assert (found.sort, found.text, found.second) == (sort, text, second)


def test_a_pasted_link_opens_its_debt_and_a_plate_with_its_number_the_fine(ticket: Town) -> None:
    code = codes(ticket)[0]
    for link in (f"https://old-name.example.gr/k/{code}/", f"{settings.OBOLOS_PORTAL_URL}/k/{code.lower()}"):
        assert ask(Client(), q=link)["Location"] == f"/k/{code}/"
    client = Client()
    found = ask(client, q="ινα1234 / 2026-1")
    assert found.status_code == 303
    assert "Κλήση 2026-1" in client.get(found["Location"]).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("OB-7K2M-94QX", "αριθμός πληρωμής"), ("EI-7K2M-94QX", "αριθμός ειδοποιητηρίου"), ("IN-7K2M-94QX", "μηνύματος"),
        ("EV-7K2M-94QX", "αριθμός αγοράς"), ("BE-7K2M-94QX-7K2M-94QX", "βεβαίωσης"),
    ],
)  # fmt: skip
def test_the_number_of_a_payment_or_paper_is_called_so_and_is_no_guess(ticket: Town, typed: str, said: str) -> None:
    before = counts(ticket)
    for _ in range(12):
        answer = ask(Client(), q=typed)
        assert answer.status_code == 200
    html = answer.content.decode()
    assert said in html
    assert f"/genuine/?c={typed}" in html
    assert counts(ticket) == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lookup_try")
        assert cursor.fetchone()[0] == 0


def test_a_ticket_s_code_is_called_so_and_is_no_guess(ticket: Town) -> None:
    buy(ticket, make_event(ticket, now=NOW, classes=(("Δωρεάν", 0, None),)), 1, now=NOW)
    code = one(ticket, "SELECT code FROM ticket")
    for _ in range(8):
        answer = ask(Client(), q=code)
    assert answer.status_code == 200
    assert "κωδικός εισιτηρίου" in answer.content.decode()


def test_is_it_genuine_says_that_a_plate_is_no_code_and_counts_no_guess(ticket: Town) -> None:
    for typed in ["ΙΝΑ-1234"] * 4 + ["ΙΝΑ-1234 / 2026-1"] * 4:
        answer = Client().post("/genuine/", {"c": typed})
        assert answer.status_code == 200
        assert "πινακίδα οχήματος, όχι κωδικός" in answer.content.decode()


def test_an_address_fills_the_field_and_looks_nothing_up(ticket: Town) -> None:
    for text in ("2026-1", codes(ticket)[0]):
        html = Client().get("/find/", {"q": text, "at": "ioannina"}).content.decode()
        assert f'value="{text}"' in html
        assert "Δήμος Ιωαννιτών" in html
        assert 'name="at" value="ioannina"' in html
    assert one(ticket, "SELECT count(*) FROM funnel_event") == 0
    assert Client().get("/find/", {"q": "<b>", "at": "nowhere"}).status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        ("2026-1", "ΙΝΑ-1234", "Η πινακίδα"), ("2026 1", "ina1234", "Η πινακίδα"),
        ("ΙΝΑ-1234", "2026/1", "Ο αριθμός"), ("ina 1234", "20261", "Ο αριθμός"),
    ],
)  # fmt: skip
def test_a_fine_opens_with_number_and_plate_in_either_order_and_alphabet(
    ticket: Town, first: str, second: str, asked: str
) -> None:
    client = Client()
    page = ask(client, q=first)
    assert page.status_code == 200
    assert asked in page.content.decode()
    found = ask(client, q=first, second=second)
    assert found.status_code == 303
    html = client.get(found["Location"]).content.decode()
    assert "Κλήση 2026-1" in html
    assert 'data-standing="PAYABLE"' in html
    steps = rows(ticket, "SELECT step, channel FROM funnel_event ORDER BY id")
    assert steps == [("found", "guest"), ("opened", "guest")]


def test_pay_code_and_printed_rf_and_our_rf_are_found(ticket: Town) -> None:
    code = codes(ticket)[1]
    assert ask(Client(), q="-".join(code[i : i + 4].lower() for i in range(0, 16, 4)))["Location"] == f"/k/{code}/"
    printed = rf_code("99084", None, random_free15())
    with tenancy(municipality=ticket.id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE instalment SET rf = %s WHERE debt_id = (SELECT id FROM debt WHERE ticket_no <> '')", [printed]
        )
    html = Client().get(ask(Client(), q=printed.lower())["Location"]).content.decode()
    assert "Κλήση 2026-1" in html
    order_by_rf(ticket.people[ELENI], now=NOW)
    ours = one(ticket, "SELECT code FROM rf_code")
    switch(ticket, "00.0311.0001", guest=True)
    client = Client()
    path = ask(client, q=ours)["Location"]
    html = client.get(path).content.decode()
    assert "2 οφειλές" in html
    for secret in ("δοκιμή", "Μαρκάκη", "ΙΝΑ-1234", ELENI):
        assert secret not in html
    form = {
        name: re.search(rf'name="{name}" value="([^"]*)"', html)[1] for name in ("n", "expected_cents", "form_token")
    }
    paid = client.post(path, form | {"means": "card"})
    assert paid.status_code == 303
    lines = "SELECT count(*) FROM order_line WHERE order_id = (SELECT max(id) FROM payment_order)"
    assert one(ticket, lines) == 2


def test_one_number_in_two_municipalities_asks_which(ticket: Town) -> None:
    town_with([fine(4_000, violation_on=in_days(-2), code="9083")], code="9083")
    html = ask(Client(), q="2026-1", second="ΙΝΑ1234").content.decode()
    found = re.findall(r'<a href="(/find/[^"]+/)">([^<]+)</a>', html)
    assert [name for _, name in found] == ["Δήμος Ζίτσας", "Δήμος Ιωαννιτών"]
    assert "Δήμος Ζίτσας" in Client().get(found[0][0]).content.decode()
    assert ask(Client(), q="2026-1", second="ΙΝΑ1234", at="zitsa").status_code == 303


def test_every_miss_is_one_and_the_same_page(ticket: Town) -> None:
    code = codes(ticket)[0]
    misses = [
        {"q": "2026-1", "second": "ΙΝΑ-1235"}, {"q": "2026-2", "second": "ΙΝΑ-1234"}, {"q": "9999", "second": "x"},
        {"q": code[:-1] + ("0" if code[-1] != "0" else "1")}, {"q": rf_code("99084", 100, random_free15())},
        {"q": "2026-1", "second": "%_a"}, {"q": "ΙΝΑ-1234", "second": "' OR 1=1"},
    ]  # fmt: skip
    pages = set()
    for fields in misses:
        slow_down_forgotten()
        answer = ask(Client(), **fields)
        assert answer.status_code == 404
        pages.add(same(answer))
    slow_down_forgotten()
    pages.add(same(Client().get("/k/0000000000000001/")))
    slow_down_forgotten()
    pages.add(same(Client().get("/find/v1.00000000.AAAA/")))
    assert len(pages) == 1
    page = pages.pop()
    assert all(reason in page for reason in ("Κάποιο ψηφίο", "καινούρια", "Ανήκει", "26510 00084"))


def test_a_number_that_exists_and_one_that_does_not_are_asked_the_same(ticket: Town) -> None:
    there = same(ask(Client(), q="2026-1"))
    absent = same(ask(Client(), q="2026-7"))
    assert there.replace("2026-1", "X") == absent.replace("2026-7", "X")


@pytest.mark.parametrize("fields", [{"q": ""}, {"q": " - "}, {"q": "2026-1", "second": " "}, {}])
def test_nothing_typed_is_told_beside_the_field(ticket: Town, fields: dict[str, str]) -> None:
    answer = ask(Client(), **fields)
    assert answer.status_code == 422
    assert 'id="errors"' in answer.content.decode()


def test_after_five_misses_one_waits_and_is_told_how_long(ticket: Town) -> None:
    client = Client()
    for turn in range(5):
        assert ask(client, q=f"9{turn}", second="ΙΝΑ1234").status_code == 404
    answer = ask(client, q="2026-1", second="ΙΝΑ1234")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 900
    assert "15 λεπτά" in answer.content.decode()
    assert Client().get(f"/k/{codes(ticket)[1]}/").status_code == 200, "a link opens for whoever holds it"
    assert client.get("/find/").status_code == 200


def test_a_number_is_not_tried_from_many_addresses(ticket: Town) -> None:
    for turn in range(5):
        answer = Client(REMOTE_ADDR=f"192.0.2.{turn}").post("/find/", {"q": "2026-1", "second": f"ΙΝΑ{turn}111"})
        assert answer.status_code == 404
    away = Client(REMOTE_ADDR="192.0.2.77")
    assert away.post("/find/", {"q": "2026-1", "second": "ΙΝΑ-9111"}).status_code == 429
    assert away.post("/find/", {"q": "ΙΝΑ-9112", "second": "2026-1"}).status_code == 429


def test_finding_does_not_use_up_tries(ticket: Town) -> None:
    client = Client()
    for _ in range(8):
        assert ask(client, q="2026-1", second="ΙΝΑ1234").status_code == 303


def test_two_thousand_guesses_find_nothing_and_are_slowed(ticket: Town) -> None:
    random = Random(1)
    before = counts(ticket)
    told: dict[int, int] = {}
    client = Client()
    for turn in range(500):
        guesses = (
            lambda: client.get(f"/k/{random_pay_code()}/"),
            lambda: ask(client, q=rf_code("99084", random.randrange(1, 10**6), random_free15())),
            lambda: ask(client, q=f"2026-{random.randrange(2, 10**6)}", second="ΙΝΑ-1234"),
            lambda turn=turn: ask(client, q="2026-1", second=f"ΙΝΑ-{2_000 + turn}"),
        )
        for guess in guesses:
            status = guess().status_code
            told[status] = told.get(status, 0) + 1
    assert told == {404: 5, 429: 1995}
    assert counts(ticket) == before


def test_a_mistyped_rf_code_is_said_to_be_one_and_is_no_guess(town: Town) -> None:
    code = rf_code("99084", 100, random_free15())
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    client = Client()
    for _ in range(7):
        answer = ask(client, q=f"{wrong[:4]} {wrong[4:]}")
        assert answer.status_code == 422
        assert "Κάποιο ψηφίο του κωδικού RF είναι λάθος" in answer.content.decode()
    assert ask(client, q=code).status_code == 404
