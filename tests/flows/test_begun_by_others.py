"""What a stranger began to pay: its debtor is told that somebody did and until when, never who; guest and debtor alike."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from obolos.base.tenancy import tenancy
from obolos.domain.debts.queries import Marks, marks_of_debts, marks_of_person
from obolos.flows.hear_bank import hear_return
from obolos.flows.pay import pay_by_card, pay_by_rf
from obolos.flows.pending import pending_of
from obolos.flows.show_debts import CHECKING, Chosen, DebtRow, Payer, debts_held, debts_of
from tests.support.world import (
    ELENI,
    GIORGOS,
    NOW,
    Town,
    bank_says_ready,
    certified,
    fine,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """Eleni owes a fine, which anybody may pay, and a fee; Giorgos a fee."""
    bank_says_ready(monkeypatch)
    return make_town([fine(6_000, violation_on=date(2026, 10, 1)), certified(2_000), certified(1_000, afm=GIORGOS)])


def the_fine(town: Town) -> int:
    """Its debt."""
    return int(one(town, "SELECT id FROM debt WHERE kind = 'UNCERTIFIED'"))


def mine(town: Town, **later: int) -> DebtRow:
    """The fine as its debtor sees it."""
    view = debts_of(town.people[ELENI], now=NOW + timedelta(**later))
    return next(row for group in view.groups for row in group.rows if row.debt_id == the_fine(town))


def by_stranger(town: Town, *, card: bool, token: str = "s" * 32) -> str:
    """A guest takes the fine to the bank, or an RF code for it; the order's public id."""
    debt = the_fine(town)
    [row] = debts_held([debt], municipality_id=town.id, now=NOW).groups[0].rows
    return (pay_by_card if card else pay_by_rf)(
        payer=Payer(municipality_id=town.id, debt_ids=(debt,)), chosen=[Chosen(row.instalment_id)],
        expected_cents=row.amount_cents, form_token=token, language="el", now=NOW,
    )  # fmt: skip


def test_a_strangers_card_on_its_way_unticks_and_says_neither_who_nor_by_what(town: Town) -> None:
    assert mine(town).preselected
    order = by_stranger(town, card=True)
    row = mine(town)
    assert (row.being_paid, row.under_way, row.preselected, row.in_progress) == (True, True, False, "")
    assert mine(town, minutes=16).preselected
    assert pending_of(town.people[ELENI], now=NOW) == (), "it is not hers to go on with"
    others = debts_of(town.people[GIORGOS], now=NOW).groups[0].rows
    assert [(one.being_paid, one.preselected) for one in others] == [(False, True)]
    refusal = signed_return(reference_of(town, order), StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    hear_return("PIRAEUS", refusal, now=NOW)
    assert mine(town).preselected


def test_a_strangers_code_unticks_and_says_until_when(town: Town) -> None:
    by_stranger(town, card=False)
    row = mine(town)
    until = one(town, "SELECT valid_until FROM payment_order")
    assert (row.rf_until, row.rf_order, row.preselected, row.under_way) == (until, "", False, False)
    assert pending_of(town.people[ELENI], now=NOW) == ()
    assert debts_of(town.people[GIORGOS], now=NOW).groups[0].rows[0].rf_until is None
    assert mine(town, days=(until - NOW.date()).days + 1).rf_until is None


def test_ones_own_order_is_shown_before_a_strangers(town: Town) -> None:
    by_stranger(town, card=False)
    by_stranger(town, card=True, token="t" * 32)
    chosen = [Chosen(mine(town).instalment_id)]
    person = town.people[ELENI]
    coded, tried = order_by_rf(person, chosen), order_by_card(person, chosen)
    by_stranger(town, card=False, token="u" * 32)
    by_stranger(town, card=True, token="v" * 32)
    row = mine(town)
    assert (row.rf_order, row.in_progress, row.being_paid) == (coded, tried, True)


def _none(town: Town) -> None:
    """Nobody began anything."""


def _card(town: Town) -> None:
    by_stranger(town, card=True)


def _code(town: Town) -> None:
    by_stranger(town, card=False)


def _code_of_our_own(town: Town) -> None:
    by_stranger(town, card=False)
    rows(town, "UPDATE payment_order SET form_token = 'notice:1:2' RETURNING id")


def _code_not_for_what_is_left(town: Town) -> None:
    by_stranger(town, card=False)
    rows(town, "UPDATE order_line SET principal_cents = principal_cents + 1 RETURNING id")


def _code_of_an_order_that_is_over(town: Town) -> None:
    by_stranger(town, card=False)
    rows(town, "UPDATE payment_order SET state = 'EXPIRED' RETURNING id")


def _paid_by_card(town: Town) -> None:
    hear_return("PIRAEUS", signed_return(reference_of(town, by_stranger(town, card=True))), now=NOW)


@pytest.mark.parametrize(
    ("begun", "told"),
    [
        (_none, ""), (_card, "TRIED"), (_code, "CODED"), (_code_of_our_own, ""), (_code_not_for_what_is_left, ""),
        (_code_of_an_order_that_is_over, ""), (_paid_by_card, ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("days", [0, 400])
def test_a_debtor_is_warned_by_the_rule_by_which_guests_are(
    town: Town, begun: Callable[[Town], None], told: str, days: int
) -> None:
    begun(town)
    now = NOW + timedelta(days=days)
    since, on, debt = now - CHECKING, now.date(), the_fine(town)
    with tenancy(person=town.people[ELENI]):
        hers = marks_of_person(town.people[ELENI], since=since, on=on)
    with tenancy(municipality=town.id):
        guests = marks_of_debts([debt], since=since, on=on)

    def warned(marks: Marks) -> tuple[set[int], dict[int, object]]:
        return set(marks.in_progress), {instalment: until for instalment, (_, until) in marks.codes.items()}

    assert warned(hers) == warned(guests)
    if not days:
        assert (bool(hers.in_progress), bool(hers.codes)) == (told == "TRIED", told == "CODED")
    assert not [order for order in hers.in_progress.values() if order]
    assert not [order for order, _ in hers.codes.values() if order]


def test_only_the_person_in_context_is_told(town: Town) -> None:
    by_stranger(town, card=False)
    asked = "SELECT count(*) FROM obolos_find_begun(now(), '2026-11-22'::date)"
    assert one(town, asked) == 0, "a municipality reads its own orders"
    with tenancy(person=town.people[GIORGOS]):
        marks = marks_of_person(town.people[ELENI], since=NOW, on=NOW.date())
    assert not marks.codes
