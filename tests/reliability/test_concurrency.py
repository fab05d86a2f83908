"""Everybody at once: the same word many times, rival words about one debt, several workers on one queue.

Real threads and real processes on a real database, started by one gate. What must hold: everybody gets an answer, money
is booked once, what cannot be applied waits for a person, and afterwards every proof holds.
"""

import random
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from obolos.adapters.banks.contract import BankAnswer, Verdict
from obolos.adapters.banks.piraeus import Piraeus
from obolos.domain.payments import rules
from obolos.flows import poll
from obolos.flows.deliver import deliver_due
from obolos.flows.hear_bank import hear_return
from obolos.flows.import_debts import import_file
from obolos.flows.order_status import order_view
from obolos.flows.pay import pay_by_card
from obolos.flows.show_debts import Payer
from tests.reliability import victim
from tests.reliability.conftest import HARD, Nursery, told
from tests.reliability.crowd import gate, race, race_threads
from tests.reliability.stories import (
    NOW,
    SOON,
    another_session,
    as_json,
    booked,
    card_order,
    day_file,
    debts_file,
    debts_in,
    declined_return,
    dispositions,
    paid_return,
    question,
    rf_order,
    town_of,
    until_somebody_waits,
)
from tests.support.world import ELENI, bank_says_ready, broken_proofs, one, reference_of, rows

pytestmark = pytest.mark.usefixtures("db_clean", "wide_pool")
ROUNDS = 60 if HARD else 8


@pytest.fixture(autouse=True)
def _bank(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_says_ready(monkeypatch)
    monkeypatch.setattr(
        Piraeus, "query",
        lambda self, account, reference: BankAnswer(Verdict.PAID, reference, f"answer-{reference}", bank_txn="T77"),
    )  # fmt: skip


def test_one_signed_return_brought_32_times_by_threads_and_processes_is_booked_once(
    nurseries: tuple[Nursery, Nursery], outside: Path, gates: Iterator[Path]
) -> None:
    town = town_of(ROUNDS)
    for chosen in debts_in(town):
        order = card_order(town, chosen)
        params = paid_return(town, order)
        folder = next(gates)
        with gate(folder) as closed, race_threads(16, partial(hear_return, "PIRAEUS", params, now=SOON), folder) as own:
            for nursery in nurseries:
                nursery.begin("hear_return", [{"params": params}], racers=8, gate=folder, outside=outside, now=SOON)
            closed.let_go(32)
            heard = [(one.order, one.payment_id, one.duplicate) for one in own()]
            for nursery in nurseries:
                heard += [(one["order"], one["payment"], one["duplicate"]) for one in nursery.end().answers]
        assert len(heard) == 32
        assert {(answer[0], answer[1]) for answer in heard} == {(order, heard[0][1])}
        assert sum(not duplicate for _, _, duplicate in heard) == 1
        assert booked(town, order) == (1, 1, 1)
    assert one(town, "SELECT count(*) FROM bank_message") == ROUNDS
    assert one(town, "SELECT count(*) FROM delivery") == 2 * ROUNDS  # ERP and e-mail
    assert broken_proofs() == []


def test_two_cards_for_one_debt_are_both_booked_and_one_is_applied(gates: Iterator[Path]) -> None:
    town = town_of(ROUNDS)
    for chosen in debts_in(town):
        orders = [card_order(town, chosen), card_order(town, chosen)]
        returns = [partial(hear_return, "PIRAEUS", paid_return(town, order), now=SOON) for order in orders]
        race(next(gates), *returns, *returns)
        assert dispositions(town, *orders) == ["APPLIED", "UNAPPLIED"]
        assert sorted(order_view(order, now=SOON).phase for order in orders) == ["PAID", "PART"]
    assert one(town, "SELECT count(*) FROM worklist_item WHERE kind = 'UNAPPLIED'") == ROUNDS
    assert one(town, "SELECT count(*) FROM instalment WHERE open_cents > 0") == 0
    assert broken_proofs() == []


def test_a_card_and_an_online_rf_for_one_debt_never_both_count(gates: Iterator[Path]) -> None:
    town = town_of(ROUNDS)
    for chosen in debts_in(town):
        card = card_order(town, chosen)
        rf, code, cents = rf_order(town, chosen)
        asked = question((code, cents))
        params = paid_return(town, card)
        answered = race(
            next(gates),
            *[partial(hear_return, "PIRAEUS", params, now=SOON)] * 2,
            *[partial(victim.answer_online, asked, NOW)] * 2,
        )
        assert answered[2] == answered[3]
        rejected = answered[2][0][1]
        found = dispositions(town, card, rf)
        assert found == (["APPLIED"] if rejected else ["APPLIED", "UNAPPLIED"])
        assert rejected in {None, "AM05"}
    assert one(town, "SELECT count(*) FROM instalment WHERE open_cents > 0") == 0
    assert broken_proofs() == []


def test_an_online_rf_and_a_day_file_for_one_debt_are_both_told_and_one_is_applied(gates: Iterator[Path]) -> None:
    town = town_of(ROUNDS)
    for chosen in debts_in(town):
        (first, code, cents), (second, other_code, _) = rf_order(town, chosen), rf_order(town, chosen)
        asked, file = question((code, cents)), day_file((other_code, cents))
        online, _, filed, again = race(
            next(gates),
            *[partial(victim.answer_online, asked, NOW)] * 2,
            *[partial(victim.take_day_file, file, NOW)] * 2,
        )
        assert {as_json(filed), as_json(again)} >= {'{"FILE_SEEN_BEFORE": 1}'}
        found = dispositions(town, first, second)
        assert found == (["APPLIED"] if online[0][1] else ["APPLIED", "UNAPPLIED"])
    assert one(town, "SELECT count(*) FROM instalment WHERE open_cents > 0") == 0
    assert broken_proofs() == []


def test_an_online_rf_and_its_own_line_in_the_day_file_are_one_payment(gates: Iterator[Path]) -> None:
    town = town_of(ROUNDS)
    for chosen in debts_in(town):
        order, code, cents = rf_order(town, chosen)
        asked = question((code, cents))
        transaction = asked["request"]["IncomingPayments"][0]["TransactionID"]
        file = day_file((code, cents), txn=[transaction])
        race(next(gates), partial(victim.answer_online, asked, NOW), partial(victim.take_day_file, file, NOW))
        assert booked(town, order) == (1, 1, 1)
        assert order_view(order, now=SOON).phase == "PAID"
    assert one(town, "SELECT count(*) FROM payment WHERE confirmed_at IS NULL") == 0
    assert broken_proofs() == []


def test_one_question_of_dias_asked_by_sixteen_gets_one_booking_and_one_answer(
    nursery: Nursery, outside: Path, gates: Iterator[Path]
) -> None:
    town = town_of(ROUNDS)
    for number, chosen in enumerate(debts_in(town)):
        order, code, cents = rf_order(town, chosen)
        wrong = number % 2
        asked = question((code, cents + wrong))
        folder = next(gates)
        with gate(folder) as closed, race_threads(8, partial(victim.answer_online, asked, NOW), folder) as own:
            nursery.begin("answer_online", [asked], racers=8, gate=folder, outside=outside, now=NOW)
            closed.let_go(16)
            answered = [as_json(answer) for answer in [*own(), *nursery.end().answers]]
        rid = asked["request"]["IncomingPayments"][0]["RID"]
        assert Counter(answered) == {as_json([[rid, "AM06" if wrong else None]]): 16}
        assert booked(town, order) == ((0, 0, 0) if wrong else (1, 1, 1))
    assert one(town, "SELECT count(*) FROM bank_message") == ROUNDS
    assert broken_proofs() == []


def test_the_return_and_the_poller_at_the_same_instant_make_one_payment(gates: Iterator[Path]) -> None:
    town = town_of(ROUNDS)
    for number, chosen in enumerate(debts_in(town)):
        order = card_order(town, chosen)
        at = NOW + rules.EVERY
        answered = race(
            next(gates),
            partial(hear_return, "PIRAEUS", paid_return(town, order), now=at),
            partial(poll.poll_banks, now=at),
        )
        assert answered[0].order == order
        assert booked(town, order) == (1, 1, 1)
        # A return that came first is confirmed by the next question; an answer that came first needs none.
        poll.poll_banks(now=at + timedelta(minutes=5))
        assert one(town, "SELECT count(*) FROM payment WHERE confirmed_at IS NOT NULL") == number + 1
    assert one(town, "SELECT count(*) FROM payment_attempt WHERE next_query_at IS NOT NULL") == 0
    assert broken_proofs() == []


def test_one_form_sent_by_sixteen_at_once_makes_one_order(gates: Iterator[Path]) -> None:
    town = town_of(3)
    person = town.people[ELENI]
    for number, chosen in enumerate(debts_in(town), 1):
        send = partial(
            pay_by_card,
            payer=Payer(person_id=person), chosen=[chosen], expected_cents=4_999 + number, form_token=f"form-{number:016d}",
            language="el", visit="v", now=NOW,
        )  # fmt: skip
        answered = race(next(gates), *[send] * 16)
        assert len(set(answered)) == 1
        assert one(town, "SELECT count(*) FROM payment_order") == number
    assert one(town, "SELECT count(*) FROM order_line") == 3
    assert one(town, "SELECT count(*) FROM payment_attempt") == 3
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'order.made'") == 3


def test_a_late_success_after_a_refusal_races_with_the_success_of_the_second_try(gates: Iterator[Path]) -> None:
    town = town_of(ROUNDS)
    for chosen in debts_in(town):
        first = card_order(town, chosen)
        hear_return("PIRAEUS", declined_return(town, first), now=SOON)
        second = card_order(town, chosen)
        returns = [partial(hear_return, "PIRAEUS", paid_return(town, order), now=SOON) for order in (first, second)]
        race(next(gates), *returns)
        assert dispositions(town, first, second) == ["APPLIED", "UNAPPLIED"]
        assert sorted(order_view(order, now=SOON).phase for order in (first, second)) == ["PAID", "PART"]
    assert broken_proofs() == []


def test_a_refusal_and_a_success_of_one_attempt_at_once_end_as_paid(gates: Iterator[Path]) -> None:
    town = town_of(ROUNDS)
    for chosen in debts_in(town):
        order = card_order(town, chosen)
        race(
            next(gates),
            partial(hear_return, "PIRAEUS", declined_return(town, order), now=SOON),
            partial(hear_return, "PIRAEUS", paid_return(town, order), now=SOON),
        )
        assert order_view(order, now=SOON).phase == "PAID"
        assert booked(town, order) == (1, 1, 1)
    assert broken_proofs() == []


def test_two_readers_of_one_day_file_and_of_one_inbox_book_it_once(gates: Iterator[Path], tmp_path: Path) -> None:
    town = town_of(6)
    orders = [rf_order(town, chosen) for chosen in debts_in(town)]
    file = day_file(*[(code, cents) for _, code, cents in orders[:3]])
    answered = race(next(gates), *[partial(victim.take_day_file, file, NOW)] * 4)
    assert Counter(map(as_json, answered)) == {'{"APPLIED": 3}': 1, '{"FILE_SEEN_BEFORE": 1}': 3}
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for order in orders[3:]:
        dropped = day_file(order[1:])
        (inbox / dropped["name"]).write_text(dropped["content"])
    race(next(gates), *[partial(victim.take_inbox, {"folder": str(inbox)}, NOW)] * 4)
    assert len(list((inbox / "done").iterdir())) == 3
    assert not list(inbox.glob("*.csv"))
    assert {booked(town, order) for order, _, _ in orders} == {(1, 1, 1)}
    assert broken_proofs() == []


def test_four_workers_tell_each_delivery_once(
    nurseries: tuple[Nursery, Nursery], outside: Path, gates: Iterator[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 12
    town = town_of(count)
    for chosen in debts_in(town):
        hear_return("PIRAEUS", paid_return(town, card_order(town, chosen)), now=SOON)
    # Payers are told by SMS here: a proof typeset in this process would keep it from ever raising children again.
    folder = next(gates)
    words = {"drain": True, "at_once": 3}
    with gate(folder) as closed:
        for nursery in nurseries:
            nursery.begin("deliver_due", [words], racers=2, gate=folder, outside=outside, now=SOON)
        closed.let_go(4)
        tried = [answer for nursery in nurseries for answer in nursery.end().answers]
    assert sum(tried) == 2 * count
    assert Counter(one["key"] for one in told(outside, "erp")).most_common(1)[0][1] == 1
    assert len(told(outside, "erp")) == count
    assert len({one["key"] for one in told(outside, "mail")}) == len(told(outside, "mail")) == count
    assert rows(town, "SELECT DISTINCT state, tries FROM delivery") == [("SENT", 1)]
    assert one(town, "SELECT count(*) FROM payment WHERE erp_acked_at IS NULL") == 0
    assert deliver_due(now=SOON + timedelta(days=1)) == 0
    assert broken_proofs() == []


def test_four_workers_ask_the_bank_about_each_attempt_once(
    nurseries: tuple[Nursery, Nursery], outside: Path, gates: Iterator[Path]
) -> None:
    count = 16
    town = town_of(count)
    orders = [card_order(town, chosen) for chosen in debts_in(town)]
    folder = next(gates)
    words = {"drain": True, "at_once": 4}
    with gate(folder) as closed:
        for nursery in nurseries:
            nursery.begin("poll_banks", [words], racers=2, gate=folder, outside=outside, now=NOW + rules.EVERY)
        closed.let_go(4)
        asked = [answer for nursery in nurseries for answer in nursery.end().answers]
    assert sum(asked) == count
    references = [one["reference"] for one in told(outside, "bank query")]
    assert sorted(references) == sorted(reference_of(town, order) for order in orders)
    assert {booked(town, order) for order in orders} == {(1, 1, 1)}
    assert broken_proofs() == []


def test_a_new_version_of_a_debt_and_its_payment_at_once_keep_the_books(gates: Iterator[Path], tmp_path: Path) -> None:
    """The municipality's system raises, lowers or forgives the debt while its payer is at the bank."""
    town = town_of(ROUNDS)
    for number, chosen in enumerate(debts_in(town)):
        order = card_order(town, chosen)
        ext_id, cents = rows(
            town,
            "SELECT d.ext_id, i.principal_cents FROM instalment i JOIN debt d ON d.id = i.debt_id WHERE i.id = %s",
            chosen.instalment_id,
        )[0]
        path = debts_file(tmp_path, number + 1, [(ext_id, 2, (cents + 700, cents - 700, 0)[number % 3])])
        imported, _, outcome = race(
            next(gates),
            partial(import_file, path, path.name, now=NOW),
            *[partial(hear_return, "PIRAEUS", paid_return(town, order), now=SOON)] * 2,
        )
        assert imported.outcome == "DONE"
        assert outcome.order == order
        assert booked(town, order)[:2] == (1, 1)
        assert broken_proofs() == []
    assert one(town, "SELECT count(*) FROM instalment WHERE open_cents = 700") == (ROUNDS + 2) // 3


def test_booking_money_and_ordering_the_same_debt_do_not_wait_for_each_other() -> None:
    """An order line holds a key-share lock on its instalments, in the payer's order; booking locks them by id.

    Were the two to wait for each other, two debts would be enough for a deadlock.
    """
    town = town_of(2)
    order = card_order(town, *debts_in(town))
    with another_session(town) as being_ordered:
        being_ordered.execute("SELECT id FROM instalment FOR KEY SHARE")
        assert hear_return("PIRAEUS", paid_return(town, order), now=SOON).disposition == "APPLIED"


def test_a_day_file_that_waits_for_one_code_holds_no_debt_of_another(gates: Iterator[Path]) -> None:
    """Else it would hold the first line's debts and wait for the second's code, and a payment the other way round."""
    town = town_of(2)
    # A file is read in the order of its codes.
    by_code = sorted((rf_order(town, debt)[1:], debt) for debt in debts_in(town))
    ((first, cents), first_debt), ((second, more_cents), _) = by_code
    card = card_order(town, first_debt)
    file = day_file((first, cents), (second, more_cents))
    with another_session(town) as being_paid:
        being_paid.execute("SELECT id FROM rf_code WHERE code = %s FOR UPDATE", [second])
        folder = next(gates)
        with gate(folder) as closed, race_threads(1, partial(victim.take_day_file, file, NOW), folder) as reader:
            closed.let_go(1)
            until_somebody_waits(being_paid)
            assert hear_return("PIRAEUS", paid_return(town, card), now=SOON).disposition == "APPLIED"
            being_paid.connection.rollback()
            assert reader() == [{"UNAPPLIED": 1, "APPLIED": 1}]
    assert broken_proofs() == []


def test_while_a_debt_is_held_for_long_payer_and_dias_are_told_to_wait_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An import may hold debts for longer than a callback waits."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    town = town_of(2)
    first, second = debts_in(town)
    card = card_order(town, first)
    rf, code, cents = rf_order(town, second)
    asked = question((code, cents))
    client, held = Client(), broken_proofs()
    authorization = "Basic " + b64encode(f"{asked['user']}:{asked['password']}".encode()).decode()

    def ask() -> Any:
        return client.post(
            "/callbacks/dias/online/", asked["request"], "application/json", headers={"authorization": authorization}
        )

    with another_session(town) as importing:
        importing.execute("SELECT id FROM instalment ORDER BY id FOR UPDATE")
        back = client.post("/callbacks/piraeus/success/", paid_return(town, card))
        assert (back.status_code, back.headers["Location"]) == (303, f"/pay/{card}/?back=1")
        assert ask().status_code == 503
    assert one(town, "SELECT count(*) FROM bank_message") == 0
    assert ask().json()["incomingPaymentsStatus"][0]["status"] == "ACCEPTED"
    assert booked(town, rf) == (1, 1, 1)
    poll.poll_banks(now=NOW + rules.EVERY)
    assert booked(town, card) == (1, 1, 1)
    assert broken_proofs() == held == []


def test_a_storm_of_overlapping_orders_in_any_order_conserves_every_cent(gates: Iterator[Path]) -> None:
    seed = 9084
    chance = random.Random(seed)
    for _ in range(1):
        town = town_of(4)
        debts = debts_in(town)
        cards = [card_order(town, *chance.sample(debts, chance.randint(1, 4))) for _ in range(6)]
        codes = [rf_order(town, *chance.sample(debts, chance.randint(1, 4))) for _ in range(4)]
        works = [partial(hear_return, "PIRAEUS", paid_return(town, order), now=SOON) for order in cards]
        works += [partial(hear_return, "PIRAEUS", declined_return(town, order), now=SOON) for order in cards[:3]]
        works += [partial(victim.answer_online, question((code, cents)), NOW) for _, code, cents in codes[:2]]
        works += [partial(victim.take_day_file, day_file(*[one[1:] for one in codes]), NOW)]
        works *= 2
        chance.shuffle(works)
        for start in range(0, len(works), 12):
            race(next(gates), *works[start : start + 12])
        assert broken_proofs() == [], f"seed {seed}"
        assert one(town, "SELECT count(*) FROM instalment WHERE collected_cents > principal_cents") == 0
        due = sum(one(town, "SELECT amount_cents FROM payment_order WHERE public_id = %s", order) for order in cards)
        assert one(town, "SELECT sum(amount_cents)::bigint FROM payment WHERE channel = 'CARD'") == due
