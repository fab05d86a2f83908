"""The page that answers «is it genuine?»: the same shape for every code, nobody's details, slowed down."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from obolos.flows.order_status import order_view
from tests.interfaces.portal.conftest import TODAY
from tests.interfaces.portal.test_clearances import press, told  # noqa: F401 - a fixture
from tests.support.world import ELENI, Town, everything, one, order_by_rf

NOBODY = "OB-0000-0000"


def english() -> Client:
    client = Client()
    client.cookies["obolos_language"] = "en"
    return client


def rf_of(town: Town) -> str:
    now = datetime.now(UTC)
    person = town.people[ELENI]
    return order_view(order_by_rf(person, everything(person, now)[:1], now=now), now=now).rf


def test_a_code_of_ours_is_told_in_plain_words(town: Town) -> None:
    page = english().post("/genuine/", {"c": rf_of(town)}).content.decode()
    assert "It belongs to the Municipality of Ioannina and can still be paid." in page
    assert "Cleaning and lighting fees" in page
    assert f"{TODAY:%d/%m/%Y}" in page
    assert "€180.00" in page
    for secret in (ELENI, "Μαρκάκη", "ΜΑΡΚΑΚΗ", "δοκιμή"):
        assert secret not in page


def test_the_qr_of_a_paper_answers_at_once(town: Town) -> None:
    assert "can still be paid" in english().get("/genuine/", {"c": rf_of(town)}).content.decode()


def test_what_we_do_not_know_is_not_to_be_paid_and_says_whom_to_call(town: Town) -> None:
    page = english().post("/genuine/", {"c": NOBODY}).content.decode()
    assert "We do not know this code" in page
    assert "Do not pay." in page
    assert 'href="tel:2651000084"' in page


def test_known_and_unknown_have_the_same_status_and_headers(town: Town) -> None:
    known, unknown = Client().post("/genuine/", {"c": rf_of(town)}), Client().post("/genuine/", {"c": NOBODY})
    assert known.status_code == unknown.status_code == 200
    assert set(known.headers) == set(unknown.headers)
    assert known["Cache-Control"] == unknown["Cache-Control"] == "no-store"


def test_an_empty_field_is_asked_for(town: Town) -> None:
    answer = Client().post("/genuine/", {"c": "  "})
    assert answer.status_code == 422
    assert 'href="#c"' in answer.content.decode()


def test_after_five_misses_one_waits_whatever_the_way(town: Town) -> None:
    code, client = rf_of(town), english()
    for turn in range(5):
        assert client.get("/genuine/", {"c": f"OB-0000-000{turn}"}).status_code == 200
    for answer in (client.post("/genuine/", {"c": code}), client.get("/genuine/", {"c": code})):
        assert answer.status_code == 429
        assert answer["Retry-After"] == "900"
        assert "the Municipality of Ioannina and can" not in answer.content.decode()
    assert client.get("/genuine/").status_code == 200
    assert client.post("/genuine/", {"c": code}, REMOTE_ADDR="192.0.2.9").status_code == 200


@pytest.mark.parametrize("proxy", [True, False])
def test_behind_a_proxy_the_visitors_own_address_counts(town: Town, settings, proxy: bool) -> None:
    settings.OBOLOS_BEHIND_PROXY = proxy
    client = english()
    for turn in range(5):
        client.get(
            "/genuine/", {"c": f"OB-0000-000{turn}"}, headers={"x-forwarded-for": f"203.0.113.{turn}, 192.0.2.9"}
        )
    same = client.get("/genuine/", {"c": "OB-0000-0008"}, headers={"x-forwarded-for": "198.51.100.7, 192.0.2.9"})
    assert same.status_code == 429
    again = client.get("/genuine/", {"c": "OB-0000-0009"}, headers={"x-forwarded-for": "198.51.100.1, 192.0.2.10"})
    assert again.status_code == (200 if proxy else 429)


def test_a_certificate_is_compared_with_the_number_on_the_paper(told: Town, signed_in) -> None:  # noqa: F811
    press(signed_in(told.people[ELENI]))
    code = one(told, "SELECT code FROM clearance")
    client = english()
    page = client.get("/genuine/", {"c": f"BE-{code}"}).content.decode()
    assert "issued this certificate through this site" in page
    assert ELENI not in page
    yes = client.post("/genuine/", {"c": f"BE-{code}", "afm": ELENI}).content.decode()
    no = client.post("/genuine/", {"c": f"BE-{code}", "afm": "123456783"}).content.decode()
    assert "Yes: it was issued to this tax number." in yes
    assert "No: it was not issued to this tax number." in no
    assert not re.search(rf'value="{ELENI}"', yes)
    in_address = client.get("/genuine/", {"c": f"BE-{code}", "afm": ELENI}).content.decode()
    assert "Yes:" not in in_address
