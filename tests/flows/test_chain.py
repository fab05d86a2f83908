"""One choice over two municipalities: two orders, each with its own fate, and one account of both."""

import pytest

from obolos.flows import pay as pay_flow
from obolos.flows.chain import Chain, chain_of
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import order_view
from obolos.flows.pay import AmountsChanged, pay_by_card, pay_by_rf, retry_by_card
from obolos.flows.show_debts import Chosen, Payer, debts_of
from tests.support.world import (
    ELENI,
    GIORGOS,
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    counts,
    everything,
    make_town,
    reference_of,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
EXPECTED = {"9083": 7_000, "9084": 5_000}


@pytest.fixture
def towns(monkeypatch: pytest.MonkeyPatch) -> tuple[Town, Town]:
    """Two municipalities in which the same citizen owes one debt each."""
    bank_says_ready(monkeypatch)
    return make_town([certified(7_000, code="9083")], code="9083"), make_town([certified(5_000)], code="9084")


def payer_of(towns: tuple[Town, Town], afm: str = ELENI) -> Payer:
    """The citizen."""
    return Payer(person_id=towns[1].people[afm])


def seen(public_id: str) -> Chain:
    """The chain as that order's page shows it."""
    found = chain_of(order_view(public_id, now=NOW), now=NOW)
    assert found is not None
    return found


def by_card(payer: Payer, chosen: list[Chosen], cents: int, token: str, chain: str = "") -> str:
    """The first leg of a choice, at its bank."""
    return pay_by_card(
        payer=payer, chosen=chosen, expected_cents=cents, form_token=token * 20, language="el", chain=chain, now=NOW
    )


def by_rf(payer: Payer, chosen: list[Chosen], cents: int, token: str = "r") -> str:
    """RF codes for a choice."""
    return pay_by_rf(payer=payer, chosen=chosen, expected_cents=cents, form_token=token * 20, language="el", now=NOW)


def test_the_second_payment_by_card_knows_the_first(towns: tuple[Town, Town]) -> None:
    payer = payer_of(towns)
    chosen = everything(payer.person_id, NOW)
    first = by_card(payer, chosen, 7_000, "a")
    before = seen(first)
    assert (before.id, before.legs, before.next_number) == (first, 2, 2)
    assert before.next is not None
    assert (before.next.municipality.code, before.next.amount_cents) == ("9084", 5_000)
    hear_return("PIRAEUS", signed_return(reference_of(towns[0], first), "9083"), now=NOW)
    second = by_card(payer, [chosen[1]], 5_000, "b", chain=first)
    told = seen(second)
    assert [(one.leg, one.municipality.code, one.phase, one.here) for one in told.made] == [
        (1, "9083", "PAID", False), (2, "9084", "WAITING", True),
    ]  # fmt: skip
    assert told.next is None


def test_a_choice_over_three_shows_all_that_is_left(towns: tuple[Town, Town]) -> None:
    make_town([certified(6_200, code="9086")], code="9086")
    payer = payer_of(towns)
    told = seen(by_card(payer, everything(payer.person_id, NOW), 7_000, "a"))
    assert [(one.municipality.code, one.amount_cents) for one in told.following] == [("9084", 5_000), ("9086", 6_200)]
    assert (told.legs, told.next_number, told.left_cents) == (3, 2, 11_200)


def test_a_second_payment_that_fails_says_nothing_about_the_first_and_is_tried_again_in_its_place(
    towns: tuple[Town, Town],
) -> None:
    payer = payer_of(towns)
    chosen = everything(payer.person_id, NOW)
    first = by_card(payer, chosen, 7_000, "a")
    hear_return("PIRAEUS", signed_return(reference_of(towns[0], first), "9083"), now=NOW)
    second = by_card(payer, [chosen[1]], 5_000, "b", chain=first)
    refusal = signed_return(reference_of(towns[1], second), StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    hear_return("PIRAEUS", refusal, now=NOW)
    told = seen(second)
    assert [one.phase for one in told.made] == ["PAID", "FAILED"]
    assert [one.municipality.code for one in told.done] == ["9083"]
    # Seen from the first order it is simply still to pay, with the choice that pays it.
    resumed = seen(first)
    assert [one.phase for one in resumed.made] == ["PAID"]
    assert (resumed.next_number, resumed.chosen) == (2, (str(chosen[1]),))
    again = retry_by_card(second, person_id=payer.person_id, form_token="c" * 20, now=NOW)
    assert [(one.leg, one.phase) for one in seen(again).made] == [(1, "PAID"), (2, "WAITING")]
    hear_return("PIRAEUS", signed_return(reference_of(towns[1], again)), now=NOW)
    # Seen from the first order, the leg is the one that was paid.
    assert [(one.public_id, one.phase) for one in seen(first).made] == [(first, "PAID"), (again, "PAID")]
    assert debts_of(payer.person_id, now=NOW).count == 0
    assert broken_proofs() == []


def test_one_press_gives_an_rf_code_for_each_municipality(towns: tuple[Town, Town]) -> None:
    payer = payer_of(towns)
    chosen = everything(payer.person_id, NOW)
    first = by_rf(payer, chosen, 12_000)
    told = seen(first)
    assert [(one.leg, one.municipality.code, one.amount_cents, one.phase) for one in told.made] == [
        (1, "9083", 7_000, "RF"), (2, "9084", 5_000, "RF"),
    ]  # fmt: skip
    assert [one.rf[4:9] for one in told.made] == ["99083", "99084"]
    assert told.next is None
    assert by_rf(payer, chosen, 12_000) == first
    assert [one.public_id for one in seen(first).made] == [one.public_id for one in told.made]


def test_codes_that_a_crash_left_unmade_are_made_by_the_same_form(
    towns: tuple[Town, Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = payer_of(towns)
    chosen = everything(payer.person_id, NOW)
    made = pay_flow.make_order

    def dies_at_the_second(order, **given):
        if order.leg == 2:
            raise ConnectionError("the machine went down")
        return made(order, **given)

    monkeypatch.setattr(pay_flow, "make_order", dies_at_the_second)
    with pytest.raises(ConnectionError):
        by_rf(payer, chosen, 12_000)
    assert (counts(towns[0])["payment_order"], counts(towns[1])["payment_order"]) == (1, 0)
    monkeypatch.setattr(pay_flow, "make_order", made)
    first = by_rf(payer, chosen, 12_000)
    assert [(one.leg, one.phase) for one in seen(first).made] == [(1, "RF"), (2, "RF")]
    assert (counts(towns[0])["rf_code"], counts(towns[1])["rf_code"]) == (1, 1)


def test_codes_are_given_for_the_sum_that_was_seen_or_not_at_all(towns: tuple[Town, Town]) -> None:
    payer = payer_of(towns)
    before = [counts(town) for town in towns]
    with pytest.raises(AmountsChanged):
        by_rf(payer, everything(payer.person_id, NOW), 11_999)
    assert [counts(town) for town in towns] == before


@pytest.mark.parametrize("whose", ["another's", "nobody's"])
def test_a_chain_that_is_not_the_payers_is_not_continued(towns: tuple[Town, Town], whose: str) -> None:
    payer = payer_of(towns)
    first = by_card(payer, everything(payer.person_id, NOW), 7_000, "a")
    other = make_town([certified(3_000, afm=GIORGOS, code="9086")], code="9086")
    giorgos = Payer(person_id=other.people[GIORGOS])
    chosen = everything(giorgos.person_id, NOW)
    alone = by_card(giorgos, chosen, 3_000, "z", chain=first if whose == "another's" else "q" * 26)
    view = order_view(alone, now=NOW)
    assert (view.chain, view.leg, view.legs) == ("", 1, 1)
    assert chain_of(view, now=NOW) is None
    assert len(seen(first).made) == 1
