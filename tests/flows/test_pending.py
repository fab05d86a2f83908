"""Whoever closes the page finds again what was begun: RF codes, payments at the bank, choices paid in part."""

from datetime import timedelta

import pytest

from obolos.flows.chain import last_try
from obolos.flows.hear_bank import hear_return
from obolos.flows.notices import make_notice
from obolos.flows.pay import code_unasked
from obolos.flows.pending import pending_of
from obolos.flows.show_debts import basket_of, debts_of
from tests.flows.test_chain import by_card, payer_of
from tests.flows.test_chain import towns as towns  # noqa: PLC0414 - a fixture
from tests.support.world import (
    ELENI,
    GIORGOS,
    NOW,
    Town,
    bank_says_ready,
    certified,
    everything,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")


def sorts(person_id: int, **later: int) -> list[tuple[str, int]]:
    """What is pending, with its amount."""
    return [(one.sort, one.amount_cents) for one in pending_of(person_id, now=NOW + timedelta(**later))]


def test_a_code_stands_at_its_debt_and_among_what_is_pending_until_it_ends() -> None:
    town = make_town([certified(5_000), certified(1_000, afm=GIORGOS)])
    person = town.people[ELENI]
    order = order_by_rf(person)
    [one] = pending_of(person, now=NOW)
    assert (one.sort, one.public_id, one.amount_cents) == ("RF", order, 5_000)
    assert one.rf.startswith("RF")
    [row] = debts_of(person, now=NOW).groups[0].rows
    assert (row.rf_order, row.rf_until) == (order, one.until)
    assert not row.under_way
    # Nobody else's, and not once its last day is over.
    assert pending_of(town.people[GIORGOS], now=NOW) == ()
    assert debts_of(town.people[GIORGOS], now=NOW).groups[0].rows[0].rf_order == ""
    assert one.until is not None
    after = (one.until - NOW.date()).days + 1
    assert sorts(person, days=after) == []
    assert debts_of(person, now=NOW + timedelta(days=after)).groups[0].rows[0].rf_order == ""


def test_a_code_whose_debt_was_paid_by_card_is_not_to_be_paid_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_says_ready(monkeypatch)
    town = make_town([certified(5_000), certified(2_000)])
    person = town.people[ELENI]
    chosen = everything(person)
    order_by_rf(person, chosen)
    paid = order_by_card(person, chosen[:1])
    assert [sort for sort, _cents in sorts(person)] == ["BANK", "RF"]
    hear_return("PIRAEUS", signed_return(reference_of(town, paid)), now=NOW)
    # The code asked for both together.
    assert sorts(person) == []
    assert [row.rf_order for row in debts_of(person, now=NOW).groups[0].rows] == [""]


def test_a_choice_over_two_municipalities_waits_with_what_remains(towns: tuple[Town, Town]) -> None:
    payer = payer_of(towns)
    person = payer.person_id or 0
    chosen = everything(person, NOW)
    first = by_card(payer, chosen, 7_000, "a")
    assert sorts(person) == [("BANK", 7_000)]
    hear_return("PIRAEUS", signed_return(reference_of(towns[0], first), "9083"), now=NOW)
    [one] = pending_of(person, now=NOW)
    assert (one.sort, one.public_id, one.municipality.code, one.amount_cents) == ("CHAIN", first, "9084", 5_000)
    assert (one.done, one.legs, one.chain, one.chosen, one.tried) == (1, 2, first, (str(chosen[1]),), "")
    assert sorts(person, days=31) == []
    # The second fails: it is still to pay. Then it waits, and is not offered beside itself.
    second = by_card(payer, [chosen[1]], 5_000, "b", chain=first)
    assert sorts(person) == [("BANK", 5_000)]
    refusal = signed_return(reference_of(towns[1], second), StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    hear_return("PIRAEUS", refusal, now=NOW)
    assert sorts(person) == [("CHAIN", 5_000)]
    assert [one.tried for one in pending_of(person, now=NOW)] == [second]
    assert last_try(person, first, 2) == second
    assert last_try(person, first, 1) == ""
    assert last_try(person + 1, first, 2) == ""
    third = by_card(payer, [chosen[1]], 5_000, "c", chain=first)
    hear_return("PIRAEUS", signed_return(reference_of(towns[1], third)), now=NOW)
    assert sorts(person) == []


def test_codes_that_we_made_for_notices_and_reminders_begin_nothing() -> None:
    """Nobody asked for them: what is due stays chosen, nothing warns and nothing is pending; his own code does all."""
    town = make_town([certified(5_000), certified(2_000), certified(1_000, afm=GIORGOS)])
    person = town.people[ELENI]

    def shown() -> list[tuple[bool, str]]:
        return [(row.preselected, row.rf_order) for row in debts_of(person, now=NOW).groups[0].rows]

    before = shown()
    assert [chosen for chosen, _ in before] == [True, True]
    debtor = one(town, "SELECT id FROM debtor WHERE person_id = %s", person)
    make_notice(debtor, municipality_id=town.id, language="el", by_user=1, now=NOW)
    basket = basket_of(debts_of(person, now=NOW), everything(person), now=NOW)
    code_unasked(
        leg=basket.legs[0],
        person_id=person,
        on=basket.on,
        until=basket.legs[0].valid_until,
        form_token="reminder:x",
        language="el",
        now=NOW,
    )
    assert one(town, "SELECT count(*) FROM rf_code WHERE person_id = %s", person) == 3
    assert shown() == before
    assert pending_of(person, now=NOW) == ()
    order = order_by_rf(person, everything(person)[:1])
    assert shown() == [(False, order), (True, "")]
    assert [one.public_id for one in pending_of(person, now=NOW)] == [order]
