"""From a choice to an order: the method page, starting a payment, and everything that is refused without a trace."""

import html as html_module
import re
import secrets
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from django.test import Client

from obolos.adapters.banks.contract import BankUnavailable
from obolos.adapters.banks.piraeus import Piraeus
from obolos.base import outside
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import order_view
from obolos.flows.show_debts import debts_of
from tests.interfaces.portal.conftest import SignIn, fee, in_days, town_with
from tests.support.world import ELENI, GIORGOS, Part, Town, certified, counts, one, reference_of, signed_return


def ids_of(town: Town, afm: str = ELENI) -> list[int]:
    """Instalments of a person as the page lists them."""
    view = debts_of(town.people[afm], now=datetime.now(UTC))
    return [row.instalment_id for group in view.groups for row in group.rows]


def hidden(html: str, name: str) -> list[str]:
    """Values of a form's hidden fields."""
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', html)


def form_of(client: Client, address: str, means: str = "card") -> dict[str, object]:
    """What the method page's form would send."""
    html = client.get(address).content.decode()
    return {
        "d": hidden(html, "d"),
        "expected_cents": hidden(html, "expected_cents")[0],
        "expected_rf_cents": hidden(html, "expected_rf_cents")[0],
        "form_token": hidden(html, "form_token")[0],
        "means": means,
    }


@pytest.fixture
def fee_only(signed_in: SignIn) -> tuple[Client, Town, int]:
    """Eleni owes one fee of 180.00."""
    town = town_with([fee()])
    return signed_in(town.people[ELENI]), town, ids_of(town)[0]


def test_the_method_page_offers_both_ways_and_says_the_sum(fee_only):
    client, _town, debt = fee_only
    html = client.get(f"/pay/?d={debt}").content.decode()
    assert 'id="card"' in html
    assert 'id="rf"' in html
    assert "180,00\xa0€" in html
    assert hidden(html, "expected_cents") == ["18000"]


def test_a_smaller_amount_says_what_it_covers(fee_only):
    client, _town, debt = fee_only
    html = client.get(f"/pay/?d={debt}:10000").content.decode()
    assert re.search(r"Με 100,00\s€ πληρώνετε", html)
    assert hidden(html, "d") == [f"{debt}:10000"]


def test_card_leads_to_the_bank_and_rf_to_the_code(fee_only):
    client, town, debt = fee_only
    answer = client.post("/pay/", form_of(client, f"/pay/?d={debt}:1000", "rf"))
    assert answer.status_code == 303
    code_page = client.get(answer["Location"])
    assert 'data-phase="RF"' in code_page.content.decode()
    answer = client.post("/pay/", form_of(client, f"/pay/?d={debt}"))
    assert re.fullmatch(r"/pay/[0-9a-z]{20,32}/bank/", answer["Location"])
    assert one(town, "SELECT count(*) FROM payment_order") == 2


def test_the_same_form_twice_is_one_order(fee_only):
    client, town, debt = fee_only
    form = form_of(client, f"/pay/?d={debt}")
    assert client.post("/pay/", form)["Location"] == client.post("/pay/", form)["Location"]
    assert one(town, "SELECT count(*) FROM payment_order") == 1


def test_another_amount_than_the_one_seen_is_shown_and_not_charged(fee_only):
    client, town, debt = fee_only
    before = counts(town)
    answer = client.post("/pay/", form_of(client, f"/pay/?d={debt}") | {"expected_cents": "17999"})
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "Το ποσό άλλαξε" in html
    assert "179,99" in html
    assert counts(town) == before | {"funnel_event": counts(town)["funnel_event"]}


@pytest.mark.parametrize("means", ["", "cash", "CARD", "rf ", "<b>"])
def test_an_unknown_means_is_refused(fee_only, means):
    client, town, debt = fee_only
    form = form_of(client, f"/pay/?d={debt}", means)
    before = counts(town)
    assert client.post("/pay/", form).status_code in {400, 422}
    assert counts(town) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expected_cents", ""), ("expected_cents", "-1"), ("expected_cents", "1e3"), ("expected_cents", "١٨٠٠٠"),
        ("expected_cents", "9" * 40), ("form_token", ""), ("form_token", "x"), ("form_token", "x" * 200),
        ("form_token", "' OR 1=1 --------"), ("d", "x"), ("d", ""),
    ],
)  # fmt: skip
def test_a_form_that_is_not_ours_is_refused_and_nothing_is_written(fee_only, field, value):
    client, town, debt = fee_only
    form = form_of(client, f"/pay/?d={debt}")
    before = counts(town)
    answer = client.post("/pay/", form | {field: value})
    assert answer.status_code in {400, 422}
    assert "Σφάλμα:" in answer.content.decode()
    assert counts(town) == before


def test_another_persons_debt_cannot_be_chosen_nor_paid(eleni, town):
    [foreign] = ids_of(town, GIORGOS)
    before = counts(town)
    assert eleni.get(f"/pay/?d={foreign}").status_code == 422
    form = {"d": str(foreign), "expected_cents": "5000", "form_token": secrets.token_hex(16), "means": "card"}
    assert eleni.post("/pay/", form).status_code == 422
    assert eleni.get("/pay/?d=999999999").status_code == 422
    assert counts(town) == before


@pytest.mark.parametrize(("cents", "said"), [(50, "Το μικρότερο ποσό"), (18_001, "180,00"), (10**10, "180,00")])
def test_too_little_and_too_much_are_said_with_the_limit(fee_only, cents, said):
    client, town, debt = fee_only
    before = counts(town)
    answer = client.get(f"/pay/?d={debt}:{cents}")
    assert answer.status_code == 422
    assert said in re.search(r'id="errors".*?</div>', answer.content.decode(), re.DOTALL)[0]
    assert counts(town) == before


def test_a_fine_is_paid_whole(eleni, town):
    view = debts_of(town.people[ELENI], now=datetime.now(UTC))
    fine_row = next(row for group in view.groups for row in group.rows if row.debt_kind == "UNCERTIFIED")
    assert eleni.get(f"/pay/?d={fine_row.instalment_id}:1000").status_code == 422


def test_instalments_are_paid_in_order(signed_in):
    parts = [Part(in_days(10), 5_000), Part(in_days(40), 5_000)]
    town = town_with([certified(10_000, in_days(10), rev_code="00.0441.0001", parts=parts)])
    client = signed_in(town.people[ELENI])
    first, second = ids_of(town)
    answer = client.get(f"/pay/?d={second}")
    assert answer.status_code == 422
    assert f'href="#d{second}"' in answer.content.decode()
    assert client.get(f"/pay/?d={first}:2500&d={second}").status_code == 422
    assert client.get(f"/pay/?d={first}&d={second}").status_code == 200


def test_what_is_not_taken_online_cannot_be_paid_by_a_made_up_address(signed_in):
    town = town_with([certified(9_000, in_days(5), rev_code="00.0115.0001")])
    client = signed_in(town.people[ELENI])
    [debt] = ids_of(town)
    before = counts(town)
    answer = client.get(f"/pay/?d={debt}")
    assert answer.status_code == 422
    assert "ταμείο" in answer.content.decode()
    assert counts(town) == before


def test_a_kind_that_takes_rf_only_offers_rf_only(signed_in):
    town = town_with([certified(9_000, in_days(5), rev_code="00.0112.0001")])
    client = signed_in(town.people[ELENI])
    [debt] = ids_of(town)
    html = client.get(f"/pay/?d={debt}").content.decode()
    assert 'id="card"' not in html
    assert 'id="rf"' in html
    before = counts(town)
    assert client.post("/pay/", form_of(client, f"/pay/?d={debt}", "card")).status_code == 422
    assert counts(town)["payment_order"] == before["payment_order"]


def test_two_municipalities_are_two_orders_and_the_rest_stays_chosen(signed_in):
    town_with([certified(3_000, in_days(5), code="9083")], code="9083")
    town = town_with([fee()])
    client = signed_in(town.people[ELENI])
    chosen = ids_of(town)
    assert len(chosen) == 2
    address = "/pay/?" + "&".join(f"d={one}" for one in chosen)
    html = client.get(address).content.decode()
    # True for both means: the whole, and what each of them does with two municipalities.
    assert "Πληρωμή 1 από 2" not in html
    assert re.search(r"210,00\s€</strong> για 2 οφειλές σε 2 δήμους\.", html)
    assert re.search(r"ob-total.*210,00\s€", html)
    assert re.search(r"Με κάρτα πληρώνετε τον έναν μετά τον άλλον, πρώτα (180|30),00\s€ στον Δήμο", html)
    assert re.search(r"Με RF παίρνετε τώρα 2 κωδικούς, έναν για κάθε δήμο, μαζί 210,00\s€", html)
    codes = re.search(r'id="codes">(.*?)</ul>', html, re.DOTALL)
    assert codes
    assert len(re.findall(r"ο κωδικός ισχύει έως \d\d/\d\d/\d{4}", codes[1])) == 2
    order = client.post("/pay/", form_of(client, address))["Location"].removesuffix("bank/")
    page = client.get(order).content.decode()
    assert re.search(r"Απομένει να πληρώσετε (180,00\s€ στον Δήμο Ιωαννιτών|30,00\s€ στον Δήμο Ζίτσας)\.", page)
    assert "Συνέχεια στην πληρωμή 2 από 2" in page
    assert "Απομένει να πληρώσετε" not in Client().get(order).content.decode()
    # The one press takes the second debt to its own bank, as the second of two.
    form = {name: hidden(page, name)[-1] for name in ("d", "chain", "means", "expected_cents", "form_token")}
    second = client.post("/pay/", form)["Location"]
    assert second.endswith("/bank/")
    assert "Πληρωμή 2 από 2" in client.get(second.removesuffix("bank/")).content.decode()


def test_of_three_municipalities_each_that_is_left_is_shown_with_its_amount(signed_in):
    town_with([certified(3_000, in_days(5), code="9083")], code="9083")
    town_with([certified(4_000, in_days(5), code="9086")], code="9086")
    town = town_with([fee()])
    client = signed_in(town.people[ELENI])
    address = "/pay/?" + "&".join(f"d={one}" for one in ids_of(town))
    order = client.post("/pay/", form_of(client, address))["Location"].removesuffix("bank/")
    page = client.get(order).content.decode()
    page = re.sub(r"<[^>]+>", " ", page[page.index('id="chain"') :])
    assert re.findall(r"Πληρωμή (\d) από 3", page) == ["1", "2", "3"]
    paid = re.search(r"Πληρωμή 1 από 3\s+[Α-Ωα-ωά-ώ ]+\s+(\d+),00", page)
    first = re.search(r"Απομένει να πληρώσετε (\d+),00\s€, πρώτα (\d+),00\s€ στον Δήμο", page)
    assert paid
    assert first
    assert int(paid[1]) + int(first[1]) == 250
    assert int(first[2]) in {30, 40, 180}


def test_rf_codes_for_all_municipalities_come_at_one_press(signed_in):
    town_with([certified(3_000, in_days(5), code="9083")], code="9083")
    town = town_with([fee()])
    client = signed_in(town.people[ELENI])
    address = "/pay/?" + "&".join(f"d={one}" for one in ids_of(town))
    html = client.get(address).content.decode()
    assert "Λήψη κωδικών RF" in html
    assert hidden(html, "expected_rf_cents") == ["21000"]
    order = client.post("/pay/", form_of(client, address, "rf"))["Location"]
    page = client.get(order).content.decode()
    assert len(set(re.findall(r"RF\d\d \d{4} \d{4} \d{4} \d{4} \d{4} \d", page))) == 2
    assert "Οι 2 κωδικοί σας RF" in page
    # Two that are alike: each with its own button, picture, amount and last day.
    assert page.count("data-copy=") == page.count('class="ob-qr"') == page.count("ακριβώς αυτό το ποσό") == 2
    assert page.count('id="rf"') == page.count('id="copied"') == 1
    assert re.search(r"180,00\s€</strong> στον Δήμο Ιωαννιτών", page)
    assert re.search(r"30,00\s€</strong> στον Δήμο Ζίτσας", page)
    changed = client.post("/pay/", form_of(client, address, "rf") | {"expected_rf_cents": "20999"})
    assert changed.status_code == 409
    assert "Ήταν 209,99" in changed.content.decode()


def test_a_bank_that_does_not_answer_charges_nobody(fee_only, monkeypatch):
    client, town, debt = fee_only

    def down(*_given):
        raise BankUnavailable("no answer")

    monkeypatch.setattr(Piraeus, "start", down)
    form = form_of(client, f"/pay/?d={debt}")
    before = counts(town)
    answer = client.post("/pay/", form)
    assert answer.status_code == 503
    assert "Δεν χρεωθήκατε" in answer.content.decode()
    assert counts(town) == before


def test_who_finds_no_place_before_a_hanging_bank_reads_the_same_and_is_not_charged(fee_only, monkeypatch):
    client, town, debt = fee_only
    form = form_of(client, f"/pay/?d={debt}")
    before = counts(town)
    monkeypatch.setattr(outside, "_places", outside._Places())
    monkeypatch.setattr(outside, "HANGS_SECONDS", 0.0)
    with ExitStack() as others:
        for _ in range(outside.most()):
            assert others.enter_context(outside.place_outside("PIRAEUS"))
        answer = client.post("/pay/", form)
    assert answer.status_code == 503
    assert answer.context["refusal"].cause == "BANK_DOWN"
    assert "Δεν χρεωθήκατε" in answer.content.decode()
    assert counts(town) == before
    assert client.post("/pay/", form_of(client, f"/pay/?d={debt}")).status_code == 303


@pytest.mark.parametrize(
    "path", ["/pay/", "/contact/", "/contact/confirm/", "/sign-out/", "/language/", f"/pay/{'a' * 26}/retry/"]
)
def test_a_form_from_elsewhere_is_refused(town, signed_in, path):
    client = signed_in(town.people[ELENI], enforce_csrf_checks=True)
    before = counts(town)
    answer = client.post(path, {"d": "1"})
    assert answer.status_code == 403
    assert "Αυτή η φόρμα είναι πολύ παλιά" in answer.content.decode()
    assert counts(town) == before


def test_a_form_sent_after_the_session_ended_loses_no_choice(fee_only):
    client, _town, debt = fee_only
    form = form_of(client, f"/pay/?d={debt}")
    answer = Client().post("/pay/", form)
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in/?next=%2Fpay%2F%3Fd%3D{debt}"


@pytest.fixture
def rf_only() -> Town:
    """Two debts of which one takes RF codes only."""
    town = town_with([fee(1_000), fee(2_000, rev_code="00.0321.0001")])
    one(town, "UPDATE revenue_kind SET card = false WHERE code = '00.0321.0001' RETURNING id")
    one(town, "UPDATE municipality SET law_version = law_version + 1 WHERE id = %s RETURNING id", town.id)
    return town


def test_a_means_that_is_missing_is_missing_for_a_reason(rf_only: Town, signed_in: SignIn) -> None:
    client = signed_in(rf_only.people[ELENI])
    view = debts_of(rf_only.people[ELENI], now=datetime.now(UTC))
    titles = {row.instalment_id: row.title_el for group in view.groups for row in group.rows}
    coded = next(row.instalment_id for group in view.groups for row in group.rows if not row.kind.card)
    (other,) = set(titles) - {coded}
    both = client.get(f"/pay/?d={coded}&d={other}").content.decode()
    note = re.search(r'id="no-card">(.*?)</div>', both, re.DOTALL)[1]  # type: ignore[index]
    assert "μόνο κωδικό RF" in note
    assert titles[coded] in note
    assert titles[other] not in note
    assert 'id="card"' not in both
    assert 'id="no-card"' not in client.get(f"/pay/?d={other}").content.decode()


def test_nobody_is_promised_a_letter_who_gave_no_address(signed_in: SignIn) -> None:
    town = town_with([fee(1_000)])
    client = signed_in(town.people[ELENI])
    (debt,) = ids_of(town)
    debts = client.get("/debts/").content.decode()
    assert "έρχεται με e-mail και" not in debts
    method = client.get(f"/pay/?d={debt}").content.decode()
    assert "Σας στέλνουμε τον κωδικό" not in method
    made = client.post("/pay/", form_of(client, f"/pay/?d={debt}", "rf"))
    page = client.get(made["Location"]).content.decode()
    assert "σας γράφουμε" not in page
    assert "Στέλνουμε τον κωδικό" not in page


TRIED = "Η τελευταία προσπάθεια πληρωμής δεν πέτυχε."


def test_what_remains_of_a_choice_is_one_press_away_and_says_that_the_last_try_was_declined(signed_in: SignIn) -> None:
    zitsa = town_with([certified(3_000, in_days(5), code="9083")], code="9083")
    town = town_with([fee()])
    towns = {"9083": zitsa, "9084": town}
    client = signed_in(town.people[ELENI])
    address = "/pay/?" + "&".join(f"d={one}" for one in ids_of(town))

    def hear(path: str, **how: str) -> None:
        order = path.split("/")[2]
        code = order_view(order, now=datetime.now(UTC)).municipality.code
        hear_return("PIRAEUS", signed_return(reference_of(towns[code], order), code, **how), now=datetime.now(UTC))

    first = client.post("/pay/", form_of(client, address))["Location"]
    hear(first)
    history = client.get("/payments/").content.decode()
    assert TRIED not in history
    on = re.search(r'href="(/pay/\?d=[^"]+)">Συνεχίστε', history)
    assert on
    # It names the municipality that remains, not the payment that is done.
    waits = history.partition('id="pending"')[2].partition("</ul>")[0]
    assert order_view(first.split("/")[2], now=datetime.now(UTC)).reference not in waits
    assert f'href="{first}' not in waits
    leg = html_module.unescape(on[1])
    method = client.get(leg).content.decode()
    assert "Πληρωμή 2 από 2" in method
    assert TRIED not in method
    second = client.post("/pay/", form_of(client, leg) | {"chain": first.split("/")[2]})["Location"]
    hear(second, StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    for page in (client.get("/payments/"), client.get(leg)):
        html = page.content.decode()
        assert html.count(TRIED) == 1
        assert "Δεν χρεωθήκατε." in html
