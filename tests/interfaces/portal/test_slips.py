"""A slip in its holder's browser: found or scanned, said what stands on it, paid like any debt."""

import pytest
from django.test import Client

from obolos.flows.slips import make_pad, slip_kinds
from tests.flows.test_slips import arrive, fine_of, match_slips, paid_slip  # noqa: F401 - a fixture
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
    assert (found.status_code, found.headers["Location"]) == (303, f"/slip/{code}/")
    page = client.get(f"/slip/{code}/").content.decode()
    assert 'name="amount"' in page
    assert code not in page.replace(f"/slip/{code}/", "")
    # The plate was given a moment ago: it is not asked again, stands in no address, and is kept in nothing readable.
    assert 'name="plate"' not in page
    assert "ΙΝΑ 1234" in page
    assert "1234" not in str(dict(client.session))
    assert client.post(f"/slip/{code}/", {"amount": "40.00"}).status_code == 303
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


def test_a_slip_of_a_fixed_amount_was_declared_by_nobody(town: Town) -> None:
    _, code = slip_of(town, fixed=2_000)
    assert 'id="said"' not in Client().get(f"/k/{code}/").content.decode()
