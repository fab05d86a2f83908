"""Holds at a running financial system: placed with an order, refused when the debts are others, lifted afterwards."""

from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from obolos.base.tenancy import tenancy
from obolos.domain.payments.models import MerchantAccount
from obolos.flows.deliver import deliver_due
from obolos.flows.hear_bank import hear_return
from obolos.flows.hold_debts import lift_holds
from obolos.flows.pay import AmountsChanged, pay_by_card
from obolos.flows.show_debts import Chosen, Payer, debts_for
from tests.flows.test_live_amounts import NOW, fee, order, sign_in, tell, there
from tests.support.stacks import Sandbox
from tests.support.world import (
    ELENI,
    Town,
    bank_says_ready,
    broken_proofs,
    counts,
    one,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
AFTER = timedelta(minutes=3)


@pytest.fixture
def town(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Eleni owes a fee of 50.00, which the running system knows as we do."""
    bank_says_ready(monkeypatch)
    town = there([fee(5_000)], sandbox, holds=True)
    tell(sandbox)
    sign_in(town)
    return town


def pay(town: Town, cents: int = 5_000, **more: Any) -> str:
    return order(town, cents, now=NOW, **more)


def kept(sandbox: Sandbox) -> list[dict[str, Any]]:
    """What the system keeps now."""
    return list(sandbox.get("erp/holds"))


def open_holds(town: Town) -> int:
    return int(one(town, "SELECT count(*) FROM erp_hold WHERE ended_at IS NULL"))


def fail(town: Town, public_id: str) -> None:
    refusal = signed_return(reference_of(town, public_id), StatusFlag="Failure", ResponseCode="12", ApprovalCode="")
    hear_return("PIRAEUS", refusal, now=NOW)


@pytest.mark.parametrize("means", ["CARD", "RF"])
def test_an_order_is_kept_under_its_reference(town: Town, sandbox: Sandbox, means: str) -> None:
    public_id = pay(town, begin=pay_by_card) if means == "CARD" else pay(town)
    reference = one(town, "SELECT reference FROM payment_order WHERE public_id = %s", public_id)
    (hold,) = kept(sandbox)
    assert (hold["order"], hold["lines"]) == (reference, [{"ext_id": "9084-D000001", "version": 2, "amount": 5_000}])
    assert rows(town, "SELECT reference, hold_id, ended_at FROM erp_hold") == [(reference, hold["id"], None)]
    assert lift_holds(now=NOW + AFTER) == 0, "somebody may still pay it"
    assert len(kept(sandbox)) == 1


def test_a_failed_order_lets_go_and_trying_again_keeps_anew(town: Town, sandbox: Sandbox) -> None:
    fail(town, pay(town, begin=pay_by_card))
    assert lift_holds(now=NOW + AFTER) == 1
    assert (kept(sandbox), open_holds(town)) == ([], 0)
    assert lift_holds(now=NOW + AFTER) == 0


def test_a_paid_order_is_kept_until_the_system_knows_of_the_money(town: Town, sandbox: Sandbox) -> None:
    public_id = pay(town, begin=pay_by_card)
    hear_return("PIRAEUS", signed_return(reference_of(town, public_id)), now=NOW)
    assert lift_holds(now=NOW + AFTER) == 0
    deliver_due(now=NOW + AFTER)
    assert lift_holds(now=NOW + 2 * AFTER) == 1
    assert (kept(sandbox), open_holds(town)) == ([], 0)
    assert broken_proofs() == []


@pytest.mark.parametrize("means", ["CARD", "RF"])
def test_debts_that_cost_more_by_now_are_shown_and_no_order_is_made(town: Town, sandbox: Sandbox, means: str) -> None:
    begin = {"begin": pay_by_card} if means == "CARD" else {}
    sandbox.fault("erp", "hold_changed")
    before = counts(town)
    with pytest.raises(AmountsChanged) as changed:
        pay(town, **begin)
    assert changed.value.basket.amount_cents == 5_100
    made = {
        name: counts(town)[name] - before[name] for name in ("payment_order", "payment_attempt", "rf_code", "delivery")
    }
    assert set(made.values()) == {0}
    assert (kept(sandbox), open_holds(town)) == ([], 0)
    assert pay(town, 5_100, **begin)
    assert [hold["lines"][0]["version"] for hold in kept(sandbox)] == [3]
    assert broken_proofs() == []


@pytest.mark.parametrize("fault", ["down", "hang_up", "slow"])
def test_without_an_answer_the_order_is_made_without_a_hold(town: Town, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("erp", fault)
    assert pay(town)
    assert one(town, "SELECT hold_id FROM erp_hold") == ""
    assert one(town, "SELECT failures FROM erp_link") == 1
    end = monotonic() + 20
    while fault == "slow" and not kept(sandbox):
        assert monotonic() < end, "what is slow keeps the debts at last, and not in somebody else's test"


def test_a_hold_left_over_by_an_order_never_made_is_lifted(
    town: Town, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the hold and the order; or between the system's answer and our hearing it."""
    from obolos.flows import pay as story

    def die(*_given: object, **_named: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(story, "make_order", die)
        with pytest.raises(KeyboardInterrupt):
            pay(town)
    assert len(kept(sandbox)) == 1
    assert one(town, "SELECT hold_id FROM erp_hold") == "", "nothing of the order's transaction stands"
    assert lift_holds(now=NOW + timedelta(minutes=1)) == 0
    assert lift_holds(now=NOW + AFTER) == 1
    assert (kept(sandbox), open_holds(town)) == ([], 0)


def test_what_cannot_be_lifted_is_tried_again_and_ends_by_itself(town: Town, sandbox: Sandbox) -> None:
    fail(town, pay(town, begin=pay_by_card))
    sandbox.fault("erp", "down", times=2)
    assert lift_holds(now=NOW + AFTER) == 0
    assert open_holds(town) == 1
    assert lift_holds(now=NOW + AFTER + timedelta(minutes=1)) == 0, "not at once again"
    assert lift_holds(now=NOW + AFTER + timedelta(minutes=6)) == 0
    assert lift_holds(now=NOW + AFTER + timedelta(minutes=12)) == 1
    assert kept(sandbox) == []


def test_a_municipality_may_do_without_holds_and_without_a_system(town: Town, sandbox: Sandbox) -> None:
    with tenancy(municipality=town.id):
        account = MerchantAccount.objects.get(municipality_id=town.id, bank="ERP")
        MerchantAccount.objects.filter(id=account.id).update(public={"base_url": account.public["base_url"]})
        from obolos.domain.municipalities.models import Municipality

        Municipality.objects.filter(id=town.id).update(law_version=77)
    assert pay(town)
    assert (kept(sandbox), rows(town, "SELECT 1 FROM erp_hold")) == ([], [])


def test_the_same_form_twice_is_one_order_and_its_spare_hold_goes(town: Town, sandbox: Sandbox) -> None:
    who = Payer(person_id=town.people[ELENI])
    chosen = [Chosen(row.instalment_id) for group in debts_for(who, now=NOW).groups for row in group.rows]
    for _ in range(2):
        pay_by_card(
            payer=who, chosen=chosen, expected_cents=5_000, form_token="t" * 20, language="el", visit="v", now=NOW
        )  # fmt: skip
    assert counts(town)["payment_order"] == 1
    assert len(kept(sandbox)) == 2
    assert lift_holds(now=NOW + AFTER) == 1
    assert len(kept(sandbox)) == 1
