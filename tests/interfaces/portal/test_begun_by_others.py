"""The debtor's pages say what a stranger began, in the words of the guest's page, and lead nobody to his order."""

from datetime import UTC, datetime

import pytest

from obolos.flows.pay import pay_by_card, pay_by_rf
from obolos.flows.show_debts import Chosen, Payer, debts_held
from tests.interfaces.portal.conftest import SignIn, fee, in_days, town_with
from tests.support.world import ELENI, Town, fine, one, order_by_card, order_by_rf, rows

CHECKED = ("ακόμη με την τράπεζα", "μην πληρώσετε ξανά")
CODED = ("Εκδόθηκε κωδικός RF, ισχύει έως", "μην πληρώσετε ξανά")


@pytest.fixture
def town() -> Town:
    """Eleni owes a fine that is due soon, which anybody may pay, and a fee."""
    return town_with([fine(6_000, violation_on=in_days(-55)), fee()])


def by_stranger(town: Town, *, card: bool) -> str:
    """A guest takes the fine to the bank, or an RF code for it."""
    now = datetime.now(UTC)
    debt = one(town, "SELECT id FROM debt WHERE kind = 'UNCERTIFIED'")
    [row] = debts_held([debt], municipality_id=town.id, now=now).groups[0].rows
    return (pay_by_card if card else pay_by_rf)(
        payer=Payer(municipality_id=town.id, debt_ids=(debt,)), chosen=[Chosen(row.instalment_id)],
        expected_cents=row.amount_cents, form_token="s" * 32, language="el", now=now,
    )  # fmt: skip


@pytest.mark.parametrize(("card", "words"), [(True, CHECKED), (False, CODED)])
def test_both_pages_warn_of_a_strangers_order_and_do_not_lead_to_it(
    town: Town, signed_in: SignIn, card: bool, words: tuple[str, str]
) -> None:
    client = signed_in(town.people[ELENI])
    [(fined,)] = rows(
        town, "SELECT i.id FROM instalment i JOIN debt d ON d.id = i.debt_id WHERE d.kind = 'UNCERTIFIED'"
    )
    box = client.get("/debts/").content.decode().partition(f'id="d{fined}"')[2].partition(">")[0]
    assert " checked" in box
    order = by_stranger(town, card=card)
    reference = one(town, "SELECT reference FROM payment_order")
    code = one(town, "SELECT coalesce((SELECT code FROM rf_code), 'no such code')")
    for path in ("/debts/", f"/pay/?d={fined}"):
        html = client.get(path).content.decode()
        for word in words:
            assert word in html, (path, word)
        assert not [secret for secret in (order, reference, code) if secret in html], path
    after = client.get("/debts/").content.decode().partition(f'id="d{fined}"')[2].partition(">")[0]
    assert " checked" not in after


def test_the_method_page_leads_to_ones_own_order_and_names_the_debt_of_the_code(town: Town, signed_in: SignIn) -> None:
    client, person, now = signed_in(town.people[ELENI]), town.people[ELENI], datetime.now(UTC)
    ids = [row[0] for row in rows(town, "SELECT id FROM instalment ORDER BY id")]
    path = "/pay/?" + "&".join(f"d={one_}" for one_ in ids)
    assert 'id="taken"' not in client.get(path).content.decode()
    coded = order_by_rf(person, [Chosen(ids[0])], now=now)
    html = client.get(path).content.decode()
    note = html.partition('id="taken"')[2].partition("</div>")[0]
    assert f'href="/pay/{coded}/"' in note
    assert note.count("<strong>") == 1
    tried = order_by_card(person, [Chosen(ids[1])], now=now)
    html = client.get(path).content.decode()
    assert "Ελέγχουμε ακόμη με την τράπεζα" in html
    assert f'href="/pay/{tried}/"' in html
