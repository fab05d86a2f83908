"""A debt's page for whoever holds its code: what it says, what it never says, and how it is paid without an account."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from obolos.adapters.banks.contract import BankRefused, BankUnavailable
from obolos.adapters.banks.piraeus import Piraeus
from obolos.base.dates import ATHENS
from obolos.base.tenancy import tenancy
from obolos.domain.debts import live
from obolos.domain.municipalities.actions import note_debts_as_of
from obolos.domain.notices.actions import pay_codes_for
from obolos.flows import guest
from obolos.flows.demo_data.shapes import DemoDebt
from obolos.flows.dress_door import BrandingText, dress, dressing_of, publish
from obolos.flows.hear_bank import hear_return
from obolos.flows.notices import make_notice
from tests.interfaces.portal.conftest import described, fee, in_days, town_with
from tests.support.world import (
    ELENI,
    Part,
    Town,
    certified,
    counts,
    fine,
    one,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

NOW = datetime.now(UTC)
FINE = "00.1512.0001"


def codes(town: Town) -> list[str]:
    """Pay codes of the town's debts, in the order of their ids."""
    with tenancy(municipality=town.id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM debt ORDER BY id")
            ids = [row[0] for row in cursor.fetchall()]
        made = pay_codes_for(ids, now=NOW)
    return [made[debt] for debt in ids]


def switch(town: Town, rev_code: str, **values: bool) -> None:
    """Turn switches of a revenue kind, as its administrator would."""
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        names = ", ".join(f"{name} = {value}" for name, value in values.items())
        cursor.execute(f"UPDATE revenue_kind SET {names} WHERE code = %s", [rev_code])
        cursor.execute("UPDATE municipality SET law_version = law_version + 1 WHERE id = %s", [town.id])


def held(*debts: DemoDebt, **switches: bool) -> tuple[Town, str]:
    """A town with these debts, payable by guests unless said otherwise, and the first one's page."""
    town = town_with(list(debts))
    for debt in debts:
        switch(town, debt.rev_code, **{"guest": True, **switches})
    return town, f"/k/{codes(town)[0]}/"


def hidden(html: str, name: str) -> str:
    """The value of a form's hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', html)
    return found[1] if found else ""


def form_of(client: Client, address: str, means: str = "card", email: str = "") -> dict[str, Any]:
    """What the page's form would send."""
    html = client.get(address).content.decode()
    names = ("n", "part_cents", "expected_cents", "form_token")
    return {name: hidden(html, name) for name in names} | {"means": means, "email": email}


def same(answer: Any) -> str:
    """A page without what is random in every answer."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


@pytest.fixture
def ticket() -> tuple[Town, str]:
    """A fine of three days ago, at half its price for some days more."""
    return held(fine(6_000, violation_on=in_days(-3)))


def test_the_page_says_what_when_how_much_and_until_when(ticket: tuple[Town, str]) -> None:
    _town, path = ticket
    html = Client().get(path).content.decode()
    assert 'data-standing="PAYABLE"' in html
    for part in ("Κλήση 2026-1", "ΙΝΑ-1••4", "Δήμος Ιωαννιτών", "Πληρωμή 60,00\xa0€", "Είστε στο"):
        assert part in html, part


def test_neither_name_nor_tax_number_nor_whole_plate_is_ever_shown() -> None:
    debt = described(fee(), "Μαρκάκη ΕΛΕΝΗ, ΑΦΜ 038836853, Σμύρνης 14")
    _town, path = held(debt)
    html = Client().get(path).content.decode()
    assert "Σμύρνης 14" in html
    for secret in ("αρκάκη", "ΜΑΡΚΑΚΗ", "ΕΛΕΝΗ", "Ελένη", ELENI):
        assert secret not in html
    order = Client().post(path, form_of(Client(), path, "rf"))["Location"]
    told = Client().get(order).content.decode()
    assert 'data-phase="RF"' in told
    for secret in ("αρκάκη", "ΕΛΕΝΗ", "Σμύρνης", ELENI):
        assert secret not in told


@pytest.mark.parametrize("spelt", ["{0}", "{1}", "{2}", "{3}"])
def test_the_code_may_be_spelt_as_people_do(ticket: tuple[Town, str], spelt: str) -> None:
    code = ticket[1].split("/")[2]
    groups = [code[i : i + 4] for i in range(0, 16, 4)]
    spelt = spelt.format(code, code.lower(), "-".join(groups), code.replace("0", "O").replace("1", "l"))
    assert Client().get(f"/k/{spelt}").status_code == 200


def test_card_leads_to_the_bank_and_the_outcome_needs_no_session(ticket: tuple[Town, str]) -> None:
    town, path = ticket
    answer = Client().post(path, form_of(Client(), path, email="Driver@Example.gr"))
    assert answer.status_code == 303
    assert re.fullmatch(r"/pay/[0-9a-z]{26}/bank/", answer["Location"])
    public_id = answer["Location"].split("/")[2]
    assert rows(town, "SELECT person_id, email, payer_name FROM payment_order") == [(None, "Driver@example.gr", "")]
    reference = one(town, "SELECT reference FROM payment_attempt")
    back = Client().post("/callbacks/piraeus/success/", signed_return(reference))
    assert back["Location"].startswith(f"/pay/{public_id}/")
    html = Client().get(f"/pay/{public_id}/").content.decode()
    assert 'data-phase="PAID"' in html
    assert "ΙΝΑ-1••4" in html
    assert "ΙΝΑ-1234" not in html
    paid = Client().get(path).content.decode()
    assert 'data-standing="PAID"' in paid
    assert one(town, "SELECT reference FROM payment_order") in paid
    assert "ob-btn" not in re.sub(r"(?s)<header.*?</header>", "", paid)


def test_rf_gives_a_code_and_the_same_form_twice_is_one_order(ticket: tuple[Town, str]) -> None:
    town, path = ticket
    form = form_of(Client(), path, "rf")
    first, second = (Client().post(path, form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert one(town, "SELECT count(*) FROM rf_code") == 1


def test_another_amount_than_the_one_seen_is_shown_and_not_charged(ticket: tuple[Town, str]) -> None:
    town, path = ticket
    before = counts(town)
    answer = Client().post(path, form_of(Client(), path) | {"expected_cents": "5999"})
    assert answer.status_code == 409
    assert "Το ποσό άλλαξε" in answer.content.decode()
    assert counts(town)["payment_order"] == before["payment_order"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("expected_cents", ""), ("expected_cents", "1e3"), ("form_token", "x"), ("means", "cash"), ("means", ""),
     ("email", "καλημέρα"), ("email", "a@b"), ("part_cents", "100")],
)  # fmt: skip
def test_a_form_that_is_not_ours_is_refused_and_nothing_is_written(
    ticket: tuple[Town, str], field: str, value: str
) -> None:
    town, path = ticket
    form = form_of(Client(), path)
    before = counts(town)
    answer = Client().post(path, form | {field: value})
    assert answer.status_code in {400, 409, 422}
    assert "Σφάλμα:" in answer.content.decode()
    assert counts(town) == before


@pytest.mark.parametrize(
    ("error", "cause"), [(BankUnavailable("no answer"), "BANK_DOWN"), (BankRefused("500"), "BANK_REFUSED")]
)
def test_a_bank_that_does_not_start_is_said_as_it_is_and_rf_is_proposed(
    ticket: tuple[Town, str], monkeypatch: pytest.MonkeyPatch, error: Exception, cause: str
) -> None:
    town, path = ticket
    form = form_of(Client(), path)

    def down(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Piraeus, "start", down)
    answer = Client().post(path, form)
    assert answer.status_code == 503
    assert f'data-cause="{cause}" data-charged="no"' in answer.content.decode()
    assert re.search(r'id="rf"[^>]* checked', answer.content.decode())
    assert one(town, "SELECT count(*) FROM payment_order") == 0


def plan() -> DemoDebt:
    """A fee in three instalments of 50.00, none due yet."""
    parts = [Part(in_days(10), 5_000), Part(in_days(40), 5_000), Part(in_days(70), 5_000)]
    return certified(15_000, in_days(10), rev_code="00.0441.0001", parts=parts)


def test_the_first_open_instalment_is_chosen_and_others_follow_in_order() -> None:
    town, path = held(plan())
    html = Client().get(path).content.decode()
    assert "Πληρωμή 50,00\xa0€" in html
    assert hidden(html, "n") == "1"
    html = Client().get(f"{path}?n=2").content.decode()
    assert "Πληρωμή 100,00\xa0€" in html
    order = Client().post(path, form_of(Client(), f"{path}?n=3", "rf"))
    assert order.status_code == 303
    assert rows(town, "SELECT amount_cents FROM payment_order") == [(15_000,)]
    assert Client().get(f"{path}?n=99").status_code == 200


def test_a_smaller_amount_where_its_kind_allows_it() -> None:
    town, path = held(fee(), partial=True)
    html = Client().get(f"{path}?part=25,50").content.decode()
    assert "Πληρωμή 25,50\xa0€" in html
    assert re.search(r"Με 25,50\s€ πληρώνετε", html)
    assert Client().post(path, form_of(Client(), f"{path}?part=25,50", "rf")).status_code == 303
    assert rows(town, "SELECT amount_cents FROM payment_order") == [(2_550,)]


@pytest.mark.parametrize(
    ("typed", "said"), [("0,10", "μικρότερο ποσό"), ("999", "180,00"), ("δέκα", "σαν"), ("-5", "σαν")]
)
def test_a_wrong_part_is_told_beside_its_field_and_the_whole_is_shown(typed: str, said: str) -> None:
    _town, path = held(fee(), partial=True)
    answer = Client().get(path, {"part": typed})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#part"' in html
    assert "Πληρωμή 180,00\xa0€" in html


def test_a_second_guest_hears_that_somebody_else_has_paid(ticket: tuple[Town, str]) -> None:
    town, path = ticket
    first, second, third = Client(), Client(), Client()
    orders = []
    for client in (first, second):
        answer = client.post(path, form_of(client, path))
        orders.append(answer["Location"].split("/")[2])
    late = form_of(third, path)
    hear_return("PIRAEUS", signed_return(reference_of(town, orders[0])), now=datetime.now(UTC))
    # Whoever only has the page open is charged nothing and reads who has paid when.
    refused = third.post(path, late)
    assert refused.status_code == 409
    assert 'data-standing="PAID"' in refused.content.decode()
    # Whoever is at the bank is told not to pay there, and what becomes of the money if he has.
    page = second.get(f"/pay/{orders[1]}/").content.decode()
    assert 'data-cause="PAID_MEANWHILE" data-charged="unknown"' in page
    reference = one(town, "SELECT reference FROM payment_order WHERE public_id = %s", orders[1])
    assert f"26510 00084 και δώστε τον αριθμό {reference}" in page
    assert second.get(f"/pay/{orders[1]}/bank/")["Location"] == f"/pay/{orders[1]}/"
    hear_return("PIRAEUS", signed_return(reference_of(town, orders[1]), SupportReferenceID="2"), now=datetime.now(UTC))
    page = second.get(f"/pay/{orders[1]}/").content.decode()
    assert 'data-cause="MONEY_WITHOUT_DEBT" data-charged="yes"' in page
    assert f"δώστε τον αριθμό {reference}" in page


def test_a_second_guest_whose_card_was_refused_is_not_asked_to_try_again(ticket: tuple[Town, str]) -> None:
    town, path = ticket
    orders = [Client().post(path, form_of(Client(), path))["Location"].split("/")[2] for _ in range(2)]
    refusal = signed_return(reference_of(town, orders[1]), StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    hear_return("PIRAEUS", refusal, now=datetime.now(UTC))
    assert "Νέα προσπάθεια με κάρτα" in Client().get(f"/pay/{orders[1]}/").content.decode()
    hear_return("PIRAEUS", signed_return(reference_of(town, orders[0])), now=datetime.now(UTC))
    page = Client().get(f"/pay/{orders[1]}/").content.decode()
    assert "Νέα προσπάθεια με κάρτα" not in page
    assert "Δεν μένει τίποτα να πληρώσετε" in page


def test_a_page_fetched_back_with_another_part_never_pays_the_old_one() -> None:
    town, path = held(fee(), partial=True)
    client = Client()
    form = form_of(client, f"{path}?part=25,50", "rf")
    assert client.post(path, form).status_code == 303
    before = counts(town)
    other = form_of(client, f"{path}?part=30,00", "rf") | {"form_token": form["form_token"]}
    answer = client.post(path, other)
    assert answer.status_code == 409
    assert 'data-cause="FORM_USED"' in answer.content.decode()
    assert counts(town) == before


def test_a_fine_is_paid_whole(ticket: tuple[Town, str]) -> None:
    assert Client().get(f"{ticket[1]}?part=10").status_code == 422


def test_a_kind_that_guests_may_not_pay_says_so_and_cannot_be_forced() -> None:
    town, path = held(fee(), guest=False)
    html = Client().get(path).content.decode()
    assert 'data-standing="NO_GUEST"' in html
    assert "expected_cents" not in html
    # What to do instead: sign in, the paper's RF code, the cash desk with its telephone.
    for way in ("Συνδεθείτε με τους κωδικούς Taxisnet", "με τον κωδικό RF", "στο ταμείο: Δήμος Ιωαννιτών, 26510 00084"):
        assert way in html, way
    switch(town, "00.0311.0001", rf=False)
    assert "με τον κωδικό RF, αν" not in Client().get(path).content.decode()
    before = counts(town)
    form = {"expected_cents": "18000", "form_token": "x" * 32, "means": "rf"}
    assert Client().post(path, form).status_code == 409
    assert counts(town) == before


def test_what_is_not_taken_online_or_was_withdrawn_or_settled_says_so() -> None:
    town, path = held(fee(), online=False)
    assert 'data-standing="NOT_ONLINE"' in Client().get(path).content.decode()
    switch(town, "00.0311.0001", online=True)
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute("UPDATE instalment SET elsewhere_cents = principal_cents")
    assert 'data-standing="SETTLED"' in Client().get(path).content.decode()
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute("UPDATE instalment SET elsewhere_cents = 0, withdrawn = true")
        cursor.execute("UPDATE debt SET withdrawn_at = now()")
    assert 'data-standing="WITHDRAWN"' in Client().get(path).content.decode()


@pytest.mark.parametrize("code", ["0" * 16, "x", "Z" * 16, "U" * 16, "%00", "ΑΑΑΑ" * 4, "1" * 500])
def test_a_code_that_nobody_gave_is_one_and_the_same_page(ticket: tuple[Town, str], code: str) -> None:
    answer = Client().get(f"/k/{code}/")
    assert answer.status_code == 404
    assert same(answer) == same(Client().get("/k/0000000000000001/"))


def test_a_grant_holds_for_two_hours_and_shows_less(ticket: tuple[Town, str]) -> None:
    town, _path = ticket
    debt = one(town, "SELECT id FROM debt")
    for how, told in ((guest.FINE, True), (guest.RF, False)):
        html = Client().get(f"/find/{guest.grant(town.id, debt, how, now=NOW)}/").content.decode()
        assert 'data-standing="PAYABLE"' in html
        assert ("<dt>Τι και πού</dt><dd>Κλήση</dd>" in html) is told
        assert ("Τι και πού" in html) is told
        assert "Κ••" not in html
    over = guest.grant(town.id, debt, guest.FINE, now=NOW - timedelta(hours=2, minutes=1))
    assert Client().get(f"/find/{over}/").status_code == 410
    for nothing in (over[:-1], over + "A", "v1.00000000." + "A" * 60, "x"):
        assert Client().get(f"/find/{nothing}/").status_code == 404
    assert str(debt) not in over.split(".")[2] or len(str(debt)) < 3


def test_steps_are_noted_once_a_visit_with_channel_guest(ticket: tuple[Town, str]) -> None:
    town, path = ticket
    client = Client()
    for _ in range(3):
        client.get(path)
    client.post(path, form_of(client, path))
    steps = rows(
        town, "SELECT step, channel, count(*), count(DISTINCT visit) FROM funnel_event GROUP BY 1, 2 ORDER BY 1"
    )
    assert steps == [("opened", "guest", 1, 1), ("started", "card", 1, 1)]
    assert one(town, "SELECT count(DISTINCT visit) FROM funnel_event") == 1


WARNED = "Εκδόθηκε κωδικός RF, ισχύει έως"


@pytest.mark.parametrize("by_guest", [True, False])
def test_a_code_that_somebody_took_and_can_still_pay_is_said_before_paying_again(by_guest: bool) -> None:
    """Whoever took it is not told; only who found the debt by that very code sees the code."""
    town, path = held(fee())
    client = Client()
    assert WARNED not in client.get(path).content.decode()
    if by_guest:
        order = client.post(path, form_of(client, path, "rf"))["Location"].split("/")[2]
    else:
        order = order_by_rf(town.people[ELENI], now=NOW)
    code = one(town, "SELECT code FROM rf_code")
    html = Client().get(path).content.decode()
    assert html.count(WARNED) == 1
    assert not re.search(r'name="means"[^>]* checked', html), "paying it again is a decision"
    assert code not in html.replace(" ", "")
    assert order not in html
    found = Client().post("/find/", {"q": code})["Location"]
    by_code = Client().get(found).content.decode()
    assert html.count(WARNED) == 1
    assert code in by_code.replace(" ", "")
    # A citizen's own page says more of the debt than a stranger is told.
    assert (f'href="/pay/{order}/"' in by_code) is by_guest
    assert "ΜΑΡΚΑΚΗ" not in by_code
    # Without a choice nothing is written; with one it is paid as ever.
    before = counts(town)
    assert Client().post(path, form_of(client, path, "")).status_code == 400
    assert counts(town) == before
    assert client.post(path, form_of(client, path))["Location"].endswith("/bank/")


def test_who_found_by_its_code_what_only_its_debtor_may_pay_here_sees_the_code() -> None:
    town, _path = held(fee(), guest=False)
    order_by_rf(town.people[ELENI], now=NOW)
    code = one(town, "SELECT code FROM rf_code")
    html = Client().get(Client().post("/find/", {"q": code})["Location"]).content.decode()
    assert 'data-standing="NO_GUEST"' in html
    assert html.count(WARNED) == 1
    assert code in html.replace(" ", "")
    assert 'name="means"' not in html


def test_codes_that_we_made_for_paper_are_no_reason_to_warn() -> None:
    town, path = held(fee())
    with tenancy(municipality=town.id):
        debtor = one_debtor()
    make_notice(debtor, municipality_id=town.id, language="el", by_user=1, now=NOW)
    html = Client().get(path).content.decode()
    assert WARNED not in html
    assert re.search(r'id="card"[^>]* checked', html)
    code = one(town, "SELECT code FROM rf_code")
    by_code = Client().get(Client().post("/find/", {"q": code})["Location"]).content.decode()
    assert WARNED not in by_code
    assert re.search(r'id="card"[^>]* checked', by_code)


def one_debtor() -> int:
    """The only debtor of the municipality in context."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM debtor")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(("language", "said"), [("el", "δεν απαντά"), ("en", "is not responding")])
def test_a_financial_system_that_is_down_is_told_with_the_time_of_the_amounts(language: str, said: str) -> None:
    """Nobody asks for a guest who looks, so what others were not answered counts, until it answers anybody."""
    town, path = held(fee(), fee())
    client = Client()
    client.cookies["obolos_language"] = language
    assert said not in client.get(path).content.decode()
    with tenancy(municipality=town.id):
        note_debts_as_of(moment=NOW)
        live.note_failure(says="down", now=NOW)
    html = client.get(path).content.decode()
    assert html.count(said) == 1
    assert NOW.astimezone(ATHENS).strftime("%H:%M") in html
    form = form_of(client, path)
    assert form["expected_cents"] == "18000"
    with tenancy(municipality=town.id):
        live.note_answer()
    assert said not in client.get(path).content.decode()


@pytest.mark.parametrize("means", ["rf", "card"])
def test_an_order_s_pages_keep_the_municipality_s_face_and_its_telephone(means: str) -> None:
    town, path = held(fee())
    text = BrandingText(head="#7a1f2b", accent="", website="", phone="26510 99999", hours_el="", hours_en="")
    dress(text, emblem=None, municipality_id=town.id, by_user=1, now=NOW)
    seen = dressing_of(town.id).draft.changed_at
    assert seen
    publish(seen_at=seen, municipality_id=town.id, by_user=1, now=NOW)
    client = Client()
    told = client.post(path, form_of(client, path, means))["Location"]
    pages = [told]
    if means == "card":
        order = told.removesuffix("bank/")
        hear_return("PIRAEUS", signed_return(reference_of(town, order.split("/")[2])), now=datetime.now(UTC))
        pages.append(order)
    for page in pages if means == "rf" else pages[1:]:
        html = client.get(page).content.decode()
        assert re.search(r'ob-brand" href="/d/[a-z-]+/"', html)
        assert "7a1f2b" in html
        assert 'href="tel:2651099999"' in html
        assert ("/genuine/?c=OB-" in html) is (means == "card")
        assert ("ob-qr--s" in html) is (means == "card")


def test_a_guests_second_tab_leads_to_the_payment_on_its_way(ticket: tuple[Town, str]) -> None:
    town, path = ticket
    client = Client()
    tabs = [form_of(client, path) for _ in range(2)]
    to_bank = client.post(path, tabs[0])["Location"]
    second = client.post(path, tabs[1])
    assert second["Location"] == to_bank.replace("bank/", "?begun")
    page = client.get(second["Location"]).content.decode()
    assert f'href="{to_bank}"' in page
    assert one(town, "SELECT count(*) FROM payment_attempt") == 1
    again = re.search(r'href="(/find/[^"]+/)"', page)
    assert again
    knowing = form_of(client, again[1])
    knowing["told"] = hidden(client.get(again[1]).content.decode(), "told")
    assert knowing["told"] == to_bank.split("/")[2]
    assert client.post(again[1], knowing)["Location"].endswith("/bank/")
    # Somebody else is not stopped, and is shown no way to that payment.
    other = Client()
    assert hidden(other.get(path).content.decode(), "told") == ""
    assert other.post(path, form_of(other, path))["Location"].endswith("/bank/")
