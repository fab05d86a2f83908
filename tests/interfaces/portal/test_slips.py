"""A slip in its holder's browser: found or scanned, said what stands on it, paid like any debt."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from obolos.base.references import slip_format
from obolos.flows.guest import ORDER, grant
from obolos.flows.match_slips import match_by_hand
from obolos.flows.slips import make_pad, slip_kinds
from tests.flows.test_slips import arrive, ask_dias, fine_of, match_slips, paid_slip, rf_of  # noqa: F401 - a fixture
from tests.support.world import NOW, Town, bank_says_ready, make_town, one, rows


@pytest.fixture
def town(db_clean: None, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Ioannina with one pad."""
    bank_says_ready(monkeypatch)
    return make_town([])


def slip_of(town: Town, *, amounts: tuple[int, ...] = (), fixed: int | None = None) -> tuple[str, str]:
    """(number, code) of the only slip of a new pad."""
    kind = next(one.id for one in slip_kinds(municipality_id=town.id))
    make_pad(
        municipality_id=town.id, kind_id=kind, label="", count=1, fixed_cents=fixed, amounts=amounts, by_user=1, now=NOW
    )
    number = one(town, "SELECT number FROM preissued_slip ORDER BY id DESC LIMIT 1")
    return number, one(town, "SELECT code FROM pay_code ORDER BY id DESC LIMIT 1")


def test_the_qr_of_a_slip_asks_what_stands_on_it_then_pays_it(town: Town) -> None:
    _, code = slip_of(town, amounts=(2_000, 4_000))
    client = Client()
    asked = client.get(f"/k/{code}/")
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/slip/{code}/")
    page = client.get(f"/slip/{code}/").content.decode()
    assert page.count('type="radio" name="amount"') == 2
    nothing = client.post(f"/slip/{code}/", {"amount": ""})
    assert nothing.status_code == 422
    other = client.post(f"/slip/{code}/", {"amount": "30.00"})
    assert other.status_code == 422
    assert one(town, "SELECT sum(open_cents)::bigint FROM instalment") == 0
    said = client.post(f"/slip/{code}/", {"amount": "40.00", "plate": "ΙΝΑ-1234"})
    assert (said.status_code, said.headers["Location"]) == (303, f"/k/{code}/")
    assert "40,00" in client.get(f"/k/{code}/").content.decode()
    assert one(town, "SELECT plate_folded FROM slip_statement") == "INA1234"


def test_a_slip_is_found_by_its_number_and_any_plate(town: Town) -> None:
    number, code = slip_of(town)
    client = Client()
    found = client.post("/find/", {"q": f"{number[:5]}-{number[5:8]}-{number[8]}", "second": "ΙΝΑ 1234"})
    held = found.headers["Location"]
    assert (found.status_code, held[:6]) == (303, "/find/")
    assert client.get(held).headers["Location"] == f"{held}slip/"
    page = client.get(f"{held}slip/").content.decode()
    assert 'name="amount"' in page
    assert code not in page
    # The plate was given a moment ago: it is not asked again, stands in no address, and is kept in nothing readable.
    assert 'name="plate"' not in page
    assert "ΙΝΑ 1234" in page
    assert "1234" not in str(dict(client.session))
    assert client.post(f"{held}slip/", {"amount": "40.00"}).headers["Location"] == held
    assert "ΙΝΑ 1234" in client.get(held).content.decode()
    assert rows(town, "SELECT DISTINCT plate_folded FROM slip_statement") == [("INA1234",)]
    assert 'name="plate"' in Client().get(f"/slip/{slip_of(town)[1]}/").content.decode()
    assert client.post("/find/", {"q": "482130070", "second": "ΙΝΑ 1234"}).status_code == 404


def test_a_slip_of_a_fixed_amount_is_paid_at_once(town: Town) -> None:
    _, code = slip_of(town, fixed=2_000)
    client = Client()
    page = client.get(f"/k/{code}/")
    assert page.status_code == 200
    assert "20,00" in page.content.decode()
    assert "Ο κωδικός της κλήσης ισχύει έως" in page.content.decode()
    assert "λήγει" not in page.content.decode().partition("ob-amount")[2].partition("</div>")[0], "nobody said the day"
    assert client.get(f"/slip/{code}/").headers["Location"] == f"/k/{code}/"


@pytest.mark.parametrize("day", ["2000-01-01", "2999-01-01", "x"])
def test_a_day_that_cannot_stand_on_it_is_refused(town: Town, day: str) -> None:
    _, code = slip_of(town)
    refused = Client().post(f"/slip/{code}/", {"amount": "20", "day": day})
    assert refused.status_code == 422
    assert "#day" in refused.content.decode()
    assert one(town, "SELECT count(*) FROM slip_statement") == 0


def test_a_code_that_nobody_printed_is_not_found(town: Town) -> None:
    assert Client().get("/slip/0000000000000000/").status_code == 404


def test_a_slip_whose_fine_came_different_says_so_and_so_does_the_fine(town: Town, arrive) -> None:  # noqa: F811
    number = paid_slip(town)
    slip = one(town, "SELECT k.code FROM pay_code k JOIN preissued_slip s ON s.debt_id = k.debt_id")
    assert "Δεν μένει τίποτα να πληρώσετε" not in Client().get(f"/k/{slip}/").content.decode()
    arrive((number, "ΡΗΖ-7777", 8_000))
    match_slips(now=NOW)
    page = Client().get(f"/k/{slip}/").content.decode()
    assert "είναι διαφορετική από όσα πληρώθηκαν" in page
    assert "Δεν μένει τίποτα να πληρώσετε" not in page
    client = Client()
    found = client.post("/find/", {"q": number, "second": "ΡΗΖ7777"})
    fine = client.get(found.headers["Location"]).content.decode()
    assert "80,00" in fine
    assert "Πληρωμή με απόκομμα ελέγχεται" in fine
    assert fine.index("Πληρωμή με απόκομμα ελέγχεται") < fine.index('name="expected_cents"')


def test_what_was_declared_is_seen_before_paying_and_can_be_changed(town: Town) -> None:
    _, code = slip_of(town, amounts=(2_000, 4_000))
    client, day = Client(), f"{NOW:%Y-%m-%d}"
    client.post(f"/slip/{code}/", {"amount": "40.00", "plate": "ΙΝΑ-1234", "day": day})
    page = client.get(f"/k/{code}/").content.decode()
    said = page.partition('id="said"')[2].partition("</section>")[0]
    for told in ("40,00", f"{NOW:%d/%m/%Y}", "ΙΝΑ-1234", f'href="/slip/{code}/"', "Αυτά τα δηλώνετε εσείς"):
        assert told in said
    assert "λήγει" not in page.partition("ob-amount")[2].partition("</div>")[0]
    assert page.count(f"{NOW:%d/%m/%Y}") == 1
    other = Client().get(f"/k/{code}/").content.decode()
    assert "1234" not in other.partition('id="said"')[2].partition("</section>")[0]
    form = client.get(f"/slip/{code}/").content.decode()
    assert 'value="40,00" checked' in form
    assert 'name="plate"' in form
    assert 'value="ΙΝΑ-1234"' in form
    assert client.post(f"/slip/{code}/", {"amount": "20.00", "plate": "ΙΝΒ-5678", "day": day}).status_code == 303
    said = client.get(f"/k/{code}/").content.decode().partition('id="said"')[2].partition("</section>")[0]
    assert "20,00" in said
    assert "ΙΝΒ-5678" in said
    _, code = slip_of(town)
    client.post(f"/slip/{code}/", {"amount": "35", "plate": "", "day": day})
    assert 'value="35,00"' in client.get(f"/slip/{code}/").content.decode()
    assert client.get(f"/k/{code}/").content.decode().count("δεν δηλώθηκε") == 1


def find(number: str, plate: str, client: Client | None = None) -> HttpResponse:
    """What number and plate are answered, in a quarter of an hour of its own."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM lookup_try")
    return (client or Client()).post("/find/", {"q": number, "second": plate})


def pay_by_card(client: Client, path: str) -> str:
    """Pay what a page asks for, by card; the order's path."""
    html = client.get(path).content.decode()
    form = {
        name: re.search(rf'name="{name}" value="([^"]*)"', html)[1] for name in ("n", "expected_cents", "form_token")
    }
    return client.post(path, form | {"means": "card"}).headers["Location"].removesuffix("bank/")


def test_number_and_any_plate_never_give_the_paper_s_code(town: Town, arrive) -> None:  # noqa: F811
    number, code = slip_of(town)
    fixed, fixed_code = slip_of(town, fixed=2_000)
    client = Client()
    path = find(number, "ΧΧΧ9999", client).headers["Location"]
    client.post(f"{path}slip/", {"amount": "40.00"})
    order = pay_by_card(client, path)
    fixed_path = find(fixed, "ΧΧΧ9999", client).headers["Location"]
    assert "20,00" in client.get(fixed_path).content.decode()
    for page in (path, f"{path}slip/", fixed_path, f"{fixed_path}object/", order, f"{order}bank/"):
        seen = client.get(page)
        for secret in (code, fixed_code):
            assert secret not in seen.content.decode() + seen.headers.get("Location", "") + page
    arrive((number, "ΡΗΖ-7777", 8_000), (fixed, "ΡΗΖ-7777", 2_000))
    for held in (path, f"{path}slip/", fixed_path):
        over = client.get(held)
        assert over.status_code == 410
        assert "7777" not in over.content.decode()
    assert find(number, "ΧΧΧ9999").status_code == 404
    fine = find(number, "ΡΗΖ7777").headers["Location"]
    assert "80,00" in Client().get(fine).content.decode()


def test_another_plate_is_not_shown_what_was_declared(town: Town) -> None:
    number, code = slip_of(town)
    path = find(number, "ΙΝΑ1234").headers["Location"]
    first, second = Client(), Client()
    first.post(f"{path}slip/", {"amount": "43.21", "day": f"{NOW:%Y-%m-%d}"})
    assert "43,21" in first.get(path).content.decode()
    assert "43,21" in Client().get(find(number, "INA-1234").headers["Location"]).content.decode(), "his own plate"
    other = find(number, "ΧΧΧ9999", second).headers["Location"]
    for page in ("", "slip/", "object/", "not-mine/"):
        seen = second.get(f"{other}{page}", follow=True).content.decode()
        assert "43,21" not in seen
        assert "1234" not in seen.replace(number, "")
        assert 'name="amount"' in seen
    second.post(f"{other}slip/", {"amount": "30"})
    assert "30,00" in second.get(other).content.decode()
    mine = first.get(path, follow=True).content.decode()
    assert "30,00" not in mine
    assert 'name="amount"' in mine
    # To change the plate is to declare anew under it: one is not asked a second time.
    moved = second.post(f"{other}slip/", {"amount": "31", "plate": "ΥΥΥ-1111"}).headers["Location"]
    assert moved != other
    assert "31,00" in second.get(moved).content.decode()
    assert "30,00" not in Client().get(f"/k/{code}/").content.decode()


def test_an_order_shows_no_more_of_its_slip_than_it_asked_for(town: Town) -> None:
    number, code = slip_of(town)
    client = Client()
    path = find(number, "ΧΧΧ9999", client).headers["Location"]
    client.post(f"{path}slip/", {"amount": "30"})
    pay_by_card(client, path)
    order = one(town, "SELECT id FROM payment_order")
    held = f"/find/{grant(town.id, order, ORDER, now=datetime.now(UTC))}/"
    page = client.get(held)
    assert page.status_code == 200
    assert code not in page.content.decode()
    Client().post(f"/slip/{code}/", {"amount": "43.21", "plate": "ΙΝΑ1234"})
    assert client.get(held).status_code == 410


def test_a_paid_slip_is_found_by_its_payer_s_plate_only(town: Town, arrive) -> None:  # noqa: F811
    number = paid_slip(town)
    assert find(number, "ΧΧΧ9999").status_code == 404
    path = find(number, "ΙΝΑ1234").headers["Location"]
    page = Client().get(path).content.decode()
    assert "Πληρώθηκαν 40,00" in page
    assert "Πληρώσατε όσα δηλώσατε" in page
    assert "Αν η κλήση γράφει περισσότερα" in page
    arrive((number, "ΡΗΖ-7777", 8_000))
    match_slips(now=NOW)
    assert match_by_hand(
        one(town, "SELECT id FROM preissued_slip"), fine_of(town)[0], municipality_id=town.id, by_user=1, now=NOW
    )
    assert Client().get(path).status_code == 410
    order = one(town, "SELECT public_id FROM payment_order")
    code = one(town, "SELECT k.code FROM pay_code k JOIN preissued_slip s ON s.debt_id = k.debt_id")
    html = Client().get(f"/pay/{order}/").content.decode()
    assert code not in html
    assert f"/find/?q={slip_format(number)}" in html


def test_whoever_walks_a_pad_is_slowed_though_he_finds(town: Town) -> None:
    kind = next(one.id for one in slip_kinds(municipality_id=town.id))
    make_pad(municipality_id=town.id, kind_id=kind, label="", count=9, fixed_cents=None, amounts=(), by_user=1, now=NOW)
    numbers = [number for (number,) in rows(town, "SELECT number FROM preissued_slip ORDER BY id")]
    client = Client()
    own = [client.post("/find/", {"q": numbers[0], "second": "ΙΝΑ1234"}).status_code for _ in range(8)]
    assert own == [303] * 8, "one's own slip as often as one likes"
    walked = [
        client.post("/find/", {"q": one, "second": f"ΧΧΧ999{i}"}).status_code for i, one in enumerate(numbers[1:])
    ]
    assert walked == [303] * 5 + [429] * 3
    away = Client(REMOTE_ADDR="192.0.2.9")
    assert away.post("/find/", {"q": numbers[8], "second": "ΙΝΑ1235"}).status_code == 303


def test_the_rf_code_on_a_slip_opens_what_its_code_opens(town: Town, arrive) -> None:  # noqa: F811
    number, code = slip_of(town)
    rf = rf_of(town, number)
    client = Client()
    for typed in [f"{rf[:4]} {rf[4:]}"] * 7:
        found = client.post("/find/", {"q": typed})
        assert (found.status_code, found.headers["Location"]) == (303, f"/k/{code}/")
    assert client.get(f"/k/{code}/").headers["Location"] == f"/slip/{code}/"
    assert ask_dias(rf, 4_000) is None
    assert client.post("/find/", {"q": rf}).headers["Location"] == f"/k/{code}/", "paid, too"
    page = client.get(f"/k/{code}/").content.decode()
    assert "Πληρώθηκαν 40,00" in page
    assert "Πληρώσατε όσα" not in page, "nobody declared it, and nobody here knows what stands on it"


@pytest.mark.parametrize("amount", ["0,01", "4,99"])
def test_an_amount_below_any_fine_is_refused_with_the_least(town: Town, amount: str, settings) -> None:
    _, code = slip_of(town)
    client = Client()
    refused = client.post(f"/slip/{code}/", {"amount": amount})
    assert refused.status_code == 422
    assert "Το μικρότερο ποσό κλήσης είναι 5,00" in refused.content.decode()
    assert one(town, "SELECT count(*) FROM slip_statement") == 0
    settings.OBOLOS_SLIP_LEAST_CENTS = 1
    assert client.post(f"/slip/{code}/", {"amount": amount}).status_code == 303
    _, code = slip_of(town, amounts=(300,))
    settings.OBOLOS_SLIP_LEAST_CENTS = 500
    assert client.post(f"/slip/{code}/", {"amount": "3,00"}).status_code == 303, "the pad says so itself"


def test_a_slip_of_a_fixed_amount_was_declared_by_nobody(town: Town) -> None:
    _, code = slip_of(town, fixed=2_000)
    assert 'id="said"' not in Client().get(f"/k/{code}/").content.decode()
