"""What a citizen owes, as the page says it: normal, chosen, refused, empty; small, and with few questions to the database."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from obolos.flows.show_debts import Chosen, debts_of
from tests.interfaces.portal.conftest import SignIn, described, fee, in_days, town_with
from tests.support.world import ELENI, GIORGOS, Part, Town, certified, counts, everything, fine, order_by_rf

MOST_BYTES = 60 * 1024
MOST_ROUND_TRIPS = 6


def ids_of(town: Town, afm: str = ELENI) -> list[int]:
    """Instalments of a person as the page lists them."""
    view = debts_of(town.people[afm], now=datetime.now(UTC))
    return [row.instalment_id for group in view.groups for row in group.rows]


def ticked(html: str) -> set[int]:
    """Instalments whose boxes are ticked."""
    boxes = re.findall(r"<input class=\"ob-check\"[^>]*>", html)
    return {int(re.search(r'value="(\d+)"', box)[1]) for box in boxes if " checked" in box}


def test_the_page_says_what_is_owed_and_chooses_what_is_due(eleni, town):
    answer = eleni.get("/debts/")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "180,00\xa0€" in html
    assert "Κλήση 2026-1" in html
    assert ticked(html) == {
        row.instalment_id
        for group in debts_of(town.people[ELENI], now=datetime.now(UTC)).groups
        for row in group.rows
        if row.preselected
    }
    assert answer["Cache-Control"] == "no-store"


def test_only_ones_own_debts_are_shown(eleni, town):
    html = eleni.get("/debts/").content.decode()
    [other] = ids_of(town, GIORGOS)
    assert f'id="d{other}"' not in html


def test_nobody_signed_in_is_sent_to_sign_in_and_back():
    answer = Client().get("/debts/?d=17")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=%2Fdebts%2F%3Fd%3D17"


def test_whoever_owes_nothing_reads_that(town, signed_in):
    paid = town_with([fee(100, afm=GIORGOS)], code="9083")
    assert paid.people
    client = signed_in(10**9)
    html = client.get("/debts/").content.decode()
    assert "Δεν χρωστάτε τίποτα" in html
    assert 'id="choice"' not in html


def test_the_choice_in_the_address_is_the_choice_on_the_page(eleni, town):
    first, second = ids_of(town)
    assert ticked(eleni.get(f"/debts/?d={second}&total=1").content.decode()) == {second}
    assert ticked(eleni.get("/debts/?total=1").content.decode()) == set()
    assert ticked(eleni.get("/debts/?pick=all").content.decode()) == {first, second}
    assert ticked(eleni.get("/debts/?pick=none").content.decode()) == set()


@pytest.mark.parametrize("typed", ["100,00", "100.00", "100", "€100", "100,00 €", " 100,0 "])
def test_a_smaller_amount_may_be_typed_in_either_notation(eleni, town, typed):
    fee_id = next(one for one in ids_of(town) if f'id="a{one}"' in eleni.get("/debts/").content.decode())
    html = eleni.get("/debts/", {"d": fee_id, f"a{fee_id}": typed, "total": 1}).content.decode()
    assert re.search(r'id="t">100,00\xa0€<', html)


@pytest.mark.parametrize(
    "typed",
    [
        "δέκα",
        "1e2",
        "1E400",
        "-5",
        "−5",
        "٣٥",
        "３５",
        "NaN",
        "inf",
        "1.234",
        "12,345",
        "1,2,3",
        "9" * 40,
        "0x10",
        "<b>",
    ],
)
def test_what_is_no_amount_is_said_at_its_field_and_kept_as_typed(eleni, town, typed):
    fee_id = next(one for one in ids_of(town) if f'id="a{one}"' in eleni.get("/debts/").content.decode())
    before = counts(town)
    answer = eleni.get("/pay/", {"d": fee_id, f"a{fee_id}": typed})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Σφάλμα:" in html
    assert 'aria-invalid="true"' in html
    assert "<b>" not in html
    assert counts(town) == before


@pytest.mark.parametrize(
    "address",
    [
        "?d=x",
        "?d=-1",
        "?d=1:",
        "?d=1:x",
        "?d=1:-5",
        "?d=" + "9" * 30,
        "?d=1:" + "9" * 30,
        "?d=٣",
        "?d=1%00",
        "?d=1:1:1",
    ],
)
@pytest.mark.parametrize("path", ["/debts/", "/pay/"])
def test_a_damaged_address_gets_the_list_and_a_clear_word(eleni, town, path, address):
    before = counts(town)
    answer = eleni.get(path + address)
    assert answer.status_code in {400, 422}
    assert "Σφάλμα:" in answer.content.decode()
    assert counts(town) == before


def test_too_many_debts_in_an_address_are_refused(eleni):
    answer = eleni.get("/debts/?" + "&".join(f"d={one}" for one in range(600)))
    assert answer.status_code == 400


def test_names_and_descriptions_are_text_and_never_markup(signed_in):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    town = town_with([described(fee(), hostile)])
    client = signed_in(town.people[ELENI], name=f"ΜΑΡΚΑΚΗ {hostile}")
    [fee_id] = ids_of(town)
    for path in ("/debts/", f"/pay/?d={fee_id}"):
        html = client.get(path).content.decode()
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "&lt;script&gt;" in html


def test_an_instalment_due_soon_is_chosen_with_the_overdue_one_before_it(signed_in):
    parts = [Part(in_days(-20), 5_000), Part(in_days(10), 5_000), Part(in_days(40), 5_000)]
    town = town_with([certified(15_000, in_days(-20), rev_code="00.0441.0001", parts=parts)])
    first, second, _third = ids_of(town)
    client = signed_in(town.people[ELENI])
    assert ticked(client.get("/debts/").content.decode()) == {first, second}
    assert client.get(f"/pay/?d={first}&d={second}").status_code == 200


def test_english_keeps_what_tells_two_debts_apart_and_says_that_it_is_greek(signed_in):
    town = town_with([described(fee(), "Σμύρνης 14"), described(fee(), "Αβέρωφ 3")])
    client = signed_in(town.people[ELENI])
    client.cookies["obolos_language"] = "en"
    html = client.get("/debts/").content.decode()
    assert 'Cleaning and lighting fees, <span lang="el">Σμύρνης</span> 14' in html
    assert 'Cleaning and lighting fees, <span lang="el">Αβέρωφ</span> 3' in html


def ten_debts() -> list:
    """Ten debts as a busy household has them: overdue ones with surcharges, water with VAT, instalments, a fine."""
    overdue = [certified(12_345 + n, in_days(-40 * n), rev_code="00.0311.0001") for n in range(1, 5)]
    water = [certified(4_000 + n, in_days(12), rev_code="00.0321.0001") for n in range(3)]
    parts = [Part(in_days(15), 6_250), Part(in_days(45), 6_250)]
    levy = certified(12_500, in_days(15), rev_code="00.0441.0001", parts=parts)
    return [*overdue, *water, levy, fine(8_000, violation_on=in_days(-2))]


def test_ten_debts_cost_few_round_trips_and_few_bytes(signed_in: SignIn):
    town = town_with(ten_debts())
    client = signed_in(town.people[ELENI])
    html = client.get("/debts/").content.decode()  # the law of a municipality is read once and kept
    assert html.count('class="ob-check"') == 10
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/debts/", headers={"accept-encoding": "gzip"})
    told = [one["sql"][:90] for one in asked.captured_queries]
    # Statements as a network sees them: opening and closing the transaction too.
    assert len(told) <= MOST_ROUND_TRIPS, told
    assert len(html.encode()) <= MOST_BYTES
    assert len(answer.content) < len(html.encode()) / 3


def test_a_code_that_was_issued_is_found_again_at_its_debt_and_in_the_history_at_no_cost(signed_in: SignIn):
    town = town_with(ten_debts())
    person = town.people[ELENI]
    now = datetime.now(UTC)
    chosen = everything(person, now)
    order = order_by_rf(person, chosen[:1], now=now)
    client = signed_in(person)
    client.get("/debts/")
    with CaptureQueriesContext(connection) as asked:
        html = client.get("/debts/").content.decode()
    assert len(asked.captured_queries) <= MOST_ROUND_TRIPS
    assert html.count(f'href="/pay/{order}/"') == 1
    assert "Εκδόθηκε κωδικός RF, ισχύει έως" in html
    history = client.get("/payments/").content.decode()
    assert "Εκκρεμούν" in history
    assert f'href="/pay/{order}/"' in history
    assert "Εκκρεμούν" not in client.get("/payments/?q=x").content.decode()
    client.cookies["obolos_language"] = "en"
    assert "Not finished yet" in client.get("/payments/").content.decode()


def test_what_may_be_paid_by_its_code_already_is_not_chosen_beforehand(signed_in: SignIn):
    town = town_with(ten_debts())
    person = town.people[ELENI]
    now = datetime.now(UTC)

    def chosen_beforehand() -> list[int]:
        rows = [row for group in debts_of(person, now=now).groups for row in group.rows]
        return [row.instalment_id for row in rows if row.preselected]

    first, *others = chosen_beforehand()
    order_by_rf(person, [Chosen(first)], now=now)
    assert chosen_beforehand() == others
    assert "αν πληρώσατε με αυτόν, μην πληρώσετε ξανά" in signed_in(person).get("/debts/").content.decode().lower()


def test_a_visit_is_kept_awake_by_use_and_written_seldom(eleni):
    eleni.get("/debts/")
    with CaptureQueriesContext(connection) as asked:
        for _ in range(5):
            eleni.get("/debts/")
    written = [
        one["sql"] for one in asked.captured_queries if "UPDATE" in one["sql"] and "django_session" in one["sql"]
    ]
    assert written == []
    session = eleni.session
    session["seen"] = session["seen"] - 600
    session.save()
    answer = eleni.get("/debts/")
    assert answer.cookies["obolos_session"]["max-age"] == 20 * 60
    assert eleni.session["seen"] > session["seen"]


def test_what_is_due_tomorrow_needs_attention_before_what_is_long_overdue(signed_in: SignIn) -> None:
    """Three lines at most: what can still be met first; the others are counted."""
    late = [certified(10_000 + n, in_days(-200 - n)) for n in range(3)]
    town = town_with([*late, described(fee(1_000, days=1), "αύριο"), described(fee(1_000, days=9), "αργότερα")])
    html = signed_in(town.people[ELENI]).get("/debts/").content.decode()
    told = html.partition('class="ob-urgent"')[2].partition("</ul>")[0]
    assert "4 οφειλές θέλουν την προσοχή" in html or "4 οφειλές" in html.partition('id="urgent"')[2][:80]
    lines = told.split("<li>")[1:]
    assert len(lines) == 4
    assert "αύριο" in lines[0]
    assert f"λήγει {in_days(1):%d/%m/%Y}" in lines[0]
    assert "και 1 ακόμη" in lines[3]
    assert "αργότερα" not in told
