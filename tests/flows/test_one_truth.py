"""A fine says one amount and one last day: on the guest's page, on the notice, by its RF codes, and when DIAS asks."""

from datetime import date, timedelta

import pytest

from obolos.adapters.dias.online import IncomingPayment, OnlineRequest, Rejection
from obolos.base.tenancy import tenancy
from obolos.domain.debts.wording import explain_validity
from obolos.domain.notices.queries import notice_by_id
from obolos.flows.dias import answer_online
from obolos.flows.notices import make_notice, view_of
from obolos.flows.show_debts import Chosen, basket_of, debts_held
from tests.support.world import ELENI, NOW, Town, fine, make_town, one, order_by_rf, rows

pytestmark = pytest.mark.usefixtures("db_clean")


def ask(rf: str, cents: int, day: date, rid: str) -> Rejection | None:
    """DIAS asks at ten on a day."""
    at = NOW + (day - NOW.date())
    payment = IncomingPayment(
        rid=rid, organisation="99084", bank_txn=f"T{rid}", rf=rf, amount_cents=cents, paid_at=at, booked_on=None,
        debtor_name="", debtor_bank="PIRBGRAA", remittance="", line_of_business="", created_at=None,
    )  # fmt: skip
    return answer_online(OnlineRequest("TEST", (payment,)), user="dias-9084", password="demo-dias-9084", now=at)[
        0
    ].rejection


@pytest.mark.parametrize(
    ("due_in", "until"),
    [(2, date(2026, 11, 24)), (53, date(2027, 1, 14)), (-5, date(2026, 12, 22))],
    ids=["due in two days", "due next year", "overdue"],
)
def test_web_paper_and_bank_agree_about_a_fine(due_in: int, until: date) -> None:
    town: Town = make_town([fine(15_000, violation_on=NOW.date() + timedelta(days=due_in - 60))])
    debt, part = rows(town, "SELECT debt_id, id FROM instalment")[0]
    view = debts_held([debt], municipality_id=town.id, now=NOW)
    (row,) = view.groups[0].rows
    assert row.held is not None
    assert explain_validity(row.held, "el", on=view.on) == "", "nothing is said of a change that no rule makes"
    assert basket_of(view, [Chosen(part)], now=NOW).legs[0].valid_until == until
    made = make_notice(
        one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI), municipality_id=town.id, language="el", by_user=1, now=NOW
    )  # fmt: skip
    with tenancy(municipality=town.id):
        kept = notice_by_id(made)
    assert kept is not None
    (paper,) = view_of(kept).debts[0].instalments
    assert (paper.today_cents, paper.same_until, paper.rf_cents, paper.rf_until) == (15_000, None, 15_000, until)
    order_by_rf(town.people[ELENI], [Chosen(part)])
    codes = rows(town, "SELECT code, valid_until FROM rf_code ORDER BY id")
    assert [last for _, last in codes] == [until, until]
    for number, (code, _) in enumerate(codes):
        assert ask(code, 14_999, until, f"A{number}") is Rejection.WRONG_AMOUNT
        assert ask(code, 15_000, until + timedelta(days=1), f"B{number}") is Rejection.TOO_LATE
    assert ask(codes[0][0], 15_000, until, "C") is None
    assert ask(codes[1][0], 15_000, until, "D") is Rejection.DUPLICATE
