"""A second card payment of the same: nobody is led to the bank twice unawares, and whoever wants to may."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from obolos.adapters.banks.contract import Started
from obolos.adapters.banks.piraeus import Piraeus
from obolos.domain.payments.under_way import UnderWay
from obolos.flows.chain import chain_of
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import order_view
from obolos.flows.pay import pay_by_card, pay_by_rf, retry_by_card
from obolos.flows.show_debts import Chosen, Payer, basket_of, debts_for
from tests.support.world import (
    ELENI,
    NOW,
    TICKET,
    Town,
    bank_says_ready,
    certified,
    counts,
    everything,
    fine,
    make_town,
    one,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")


@pytest.fixture
def towns(monkeypatch: pytest.MonkeyPatch) -> tuple[Town, Town]:
    """Two municipalities in which Eleni owes one debt each."""
    bank_says_ready(monkeypatch)
    return make_town([certified(7_000, code="9083")], code="9083"), make_town([certified(5_000)], code="9084")


def press(payer: Payer, chosen: list[Chosen], cents: int, token: str, **more: Any) -> str:
    """A press on «pay by card»."""
    return pay_by_card(
        payer=payer, chosen=chosen, expected_cents=cents, form_token=token * 20, language="el", now=NOW, **more
    )


@pytest.fixture
def second_leg(towns: tuple[Town, Town]) -> tuple[Town, Payer, list[Chosen], str]:
    """The first of two payments is made: the second's town, its payer, what he chose there, the chain."""
    payer = Payer(person_id=towns[1].people[ELENI])
    chosen = everything(towns[1].people[ELENI], NOW)
    first = press(payer, chosen, 7_000, "a")
    hear_return("PIRAEUS", signed_return(reference_of(towns[0], first), "9083"), now=NOW)
    return towns[1], payer, chosen[1:], first


def test_the_same_leg_pressed_in_two_tabs_is_one_payment(second_leg) -> None:
    town, payer, chosen, chain = second_leg
    order = press(payer, chosen, 5_000, "b", chain=chain)
    before = counts(town)
    with pytest.raises(UnderWay) as refused:
        press(payer, chosen, 5_000, "c", chain=chain)
    assert refused.value.public_id == order
    assert counts(town) == before
    # The same form is no second press, and the leg on the first order's page is the one that waits.
    assert press(payer, chosen, 5_000, "b", chain=chain) == order
    seen = chain_of(order_view(chain, now=NOW), now=NOW)
    assert seen is not None
    assert [(leg.public_id, leg.phase) for leg in seen.made] == [(chain, "PAID"), (order, "WAITING")]


def test_two_tabs_at_the_same_moment_make_one_payment(second_leg, monkeypatch: pytest.MonkeyPatch) -> None:
    town, payer, chosen, chain = second_leg
    both = threading.Barrier(2, timeout=20)

    def start(self: Piraeus, account: Any, charge: Any) -> Started:
        both.wait()
        return Started(TICKET, 1800)

    monkeypatch.setattr(Piraeus, "start", start)

    def work(token: str) -> str:
        try:
            return press(payer, chosen, 5_000, token, chain=chain)
        except UnderWay as before:
            return f"!{before.public_id}"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(work, "bc"))
    assert answers[0] == f"!{answers[1]}"
    assert one(town, "SELECT count(*) FROM payment_attempt") == 1


def test_whoever_was_told_may_begin_another_and_only_beside_that_one(second_leg) -> None:
    town, payer, chosen, chain = second_leg
    first = press(payer, chosen, 5_000, "b", chain=chain)
    second = press(payer, chosen, 5_000, "c", chain=chain, told=[first])
    assert second != first
    with pytest.raises(UnderWay) as refused:
        press(payer, chosen, 5_000, "d", chain=chain, told=[first])
    assert refused.value.public_id == second
    assert press(payer, chosen, 5_000, "e", chain=chain, told=[second]) not in {first, second}
    assert pay_by_rf(
        payer=payer, chosen=chosen, expected_cents=5_000, form_token="f" * 20, language="el", chain=chain, now=NOW
    )
    assert one(town, "SELECT count(*) FROM payment_order") == 4


def test_a_failed_payment_tried_again_in_two_tabs_is_tried_once(second_leg) -> None:
    town, payer, chosen, chain = second_leg
    failed = press(payer, chosen, 5_000, "b", chain=chain)
    refusal = signed_return(reference_of(town, failed), StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    hear_return("PIRAEUS", refusal, now=NOW)
    again = retry_by_card(failed, person_id=payer.person_id, form_token="c" * 20, now=NOW)
    with pytest.raises(UnderWay) as refused:
        retry_by_card(failed, person_id=payer.person_id, form_token="d" * 20, now=NOW)
    assert refused.value.public_id == again


def test_what_the_bank_has_not_decided_stops_a_second_one_too(second_leg) -> None:
    town, payer, chosen, chain = second_leg
    order = press(payer, chosen, 5_000, "b", chain=chain)
    one(town, "UPDATE payment_attempt SET state = 'UNKNOWN', ticket_expires_at = %s RETURNING id", NOW - timedelta(1))
    with pytest.raises(UnderWay) as refused:
        press(payer, chosen, 5_000, "c", chain=chain)
    assert refused.value.public_id == order


@pytest.mark.parametrize(("visit", "stopped"), [("v" * 32, True), ("w" * 32, False), ("", False)])
def test_a_guest_is_known_by_his_visit(monkeypatch: pytest.MonkeyPatch, visit: str, stopped: bool) -> None:
    bank_says_ready(monkeypatch)
    town = make_town([fine(6_000)])
    rows(town, "UPDATE revenue_kind SET guest = true RETURNING id")
    rows(town, "UPDATE municipality SET law_version = law_version + 1 WHERE id = %s RETURNING id", town.id)
    debt, instalment = rows(town, "SELECT debt_id, id FROM instalment")[0]
    guest, chosen = Payer(municipality_id=town.id, debt_ids=(debt,)), [Chosen(instalment)]
    cents = basket_of(debts_for(guest, now=NOW), chosen, now=NOW).amount_cents
    order = press(guest, chosen, cents, "b", visit="v" * 32)
    if not stopped:
        assert press(guest, chosen, cents, "c", visit=visit) != order
        return
    with pytest.raises(UnderWay) as refused:
        press(guest, chosen, cents, "c", visit=visit)
    assert refused.value.public_id == order
