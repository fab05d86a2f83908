"""The page that answers «is it genuine?»: the same shape for every code, nobody's details, slowed down."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from obolos.flows.order_status import order_view
from obolos.flows.slip_pads import void_pad
from obolos.flows.slips import make_pad, slip_kinds
from tests.interfaces.portal.conftest import TODAY
from tests.interfaces.portal.test_clearances import press, told  # noqa: F401 - a fixture
from tests.support.world import ELENI, Town, everything, one, order_by_rf, rows

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


OURS = "https://pay.example.gr"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("https://pay-ioannina.com/k/7K2M94QX7K2M94QX", "This link is not ours."),
        ("pay-ioannina.com", "This link is not ours."),
        ("www.pay-ioannina.com/k/1", "This link is not ours."),
        ("Pay your fine now: http://bit.ly/3xYz, Municipality", "This link is not ours."),
        (f"{OURS}/pay/1 or https://evil.example/k/1", "This link is not ours."),
        (f"{OURS}@evil.example/k/7K2M94QX7K2M94QX", "This link is not ours."),
        (f"{OURS}.evil.example/k/7K2M94QX7K2M94QX", "This link is not ours."),
        (f"{OURS}:81/k/7K2M94QX7K2M94QX", "This link is not ours."),
        ("javascript:pay.example.gr/k/7K2M94QX7K2M94QX", "This link is not ours."),
        (f"{OURS}/pay/abcdefghijklmnopqrstuvwxyz/", "This address is ours"),
        (f"{OURS}/d/ioannina/", "This address is ours"),
        (OURS, "This address is ours"),
        (f"{OURS}/k/", "This address is ours"),
        ("2026-000123", "This may be the number of a ticket"),
        ("Κ-482913", "This may be the number of a ticket"),
        ("12345", "This may be the number of a ticket"),
        ("ΙΝΑ-1234", "This is a vehicle's plate, not a code."),
        ("RF00 1111 1111 1111 1111 1111 1", "A digit of this RF code is wrong"),
    ],
)
def test_what_its_shape_tells_is_no_guess(town: Town, settings, typed: str, said: str) -> None:
    settings.OBOLOS_PORTAL_URL = OURS
    client = english()
    for _ in range(7):
        answer = client.post("/genuine/", {"c": typed})
        assert answer.status_code == 200
        page = answer.content.decode()
        assert said in page
        assert "We do not know this code" not in page
        assert "Do not open it and do not pay." in page if "not ours" in said else "Do not open it" not in page
    assert "We do not know this code" in client.post("/genuine/", {"c": NOBODY}).content.decode()


@pytest.mark.parametrize(
    "typed",
    ["OB-0000-000", "7K2M.94QX.7K2M.94QX", "ABCD.EFGH.JKMN.PQRS", "BE-0000-0000-0000-0001", "ABCDEF", "Αρ.Κλήσης"],
)
def test_other_texts_are_looked_up(town: Town, typed: str) -> None:
    assert "We do not know this code" in english().post("/genuine/", {"c": typed}).content.decode()


def test_a_code_in_a_whole_message_is_found(town: Town, settings) -> None:
    settings.OBOLOS_PORTAL_URL = OURS
    page = english().post("/genuine/", {"c": f"See {OURS}/genuine/?c={rf_of(town)}."}).content.decode()
    assert "can still be paid" in page


def test_the_number_of_a_fine_is_answered_the_same_whether_it_exists_or_not(town: Town) -> None:
    rows(town, "UPDATE debt SET ticket_no = '2026-000123', ticket_folded = '2026000123' RETURNING id")
    known, unknown = (
        english().post("/genuine/", {"c": f"2026-{last}"}).content.decode() for last in ("000123", "000124")
    )
    same = [re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|2026-00012\d', "", page) for page in (known, unknown)]
    assert same[0] == same[1]
    assert 'href="/find/"' in known


def slip_of(town: Town, fixed: int | None = None) -> tuple[int, str, str]:
    """(pad, number, RF code) of the only slip of a new pad."""
    kind = next(one.id for one in slip_kinds(municipality_id=town.id))
    pad = make_pad(
        municipality_id=town.id, kind_id=kind, label="", count=1, fixed_cents=fixed, amounts=(), by_user=1,
        now=datetime.now(UTC),
    )  # fmt: skip
    number, rf = rows(town, "SELECT s.number, r.code FROM preissued_slip s JOIN rf_code r ON r.id = s.rf_code_id")[-1]
    return pad, number, rf


def test_a_slip_s_number_proves_nothing_and_its_rf_code_says_what_to_pay(town: Town) -> None:
    pad, number, rf = slip_of(town)
    page = english().post("/genuine/", {"c": number}).content.decode()
    assert "The number alone proves nothing" in page
    assert "ob-panel-ok" not in page
    page = english().post("/genuine/", {"c": rf}).content.decode()
    assert "Pay the amount that the officer wrote on the ticket, until" in page
    assert "Pay exactly" not in page
    void_pad(pad, reason="LOST", municipality_id=town.id, by_user=1, now=datetime.now(UTC))
    for text in (number, rf):
        page = english().post("/genuine/", {"c": text}).content.decode()
        assert '<div class="ob-panel-err"><h2 class="ob-h2" id="answer">Do not pay</h2>' in page
        assert "We know" not in page


def test_an_amount_is_named_with_its_day(town: Town) -> None:
    page = english().post("/genuine/", {"c": rf_of(town)}).content.decode()
    assert re.search(r"Pay exactly €180\.00, until \d\d/\d\d/\d{4}\.", page)
