"""One form of tickets pressed twice while the bank is slow: the copies wait, and never take away what the first holds."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from obolos.adapters.banks.contract import BankUnavailable
from obolos.adapters.banks.piraeus import Piraeus
from obolos.flows import same_form
from obolos.flows.bank_ticket import BankDown
from obolos.flows.return_places import give_up
from obolos.flows.sell import FormSold, SaleRefused
from tests.flows.test_sell import taken
from tests.support.sales import buy, buyer, make_event
from tests.support.world import NOW, Town, bank_says_ready, broken_proofs, make_town, one, rows

pytestmark = pytest.mark.usefixtures("db_clean")
SECONDS = 10


class SlowBank:
    """The bank of a test: answers when told to, and counts who asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bank_says_ready(monkeypatch)
        self._ready, self.fails, self.asked = Piraeus.start, False, 0
        self.reached, self.answer = threading.Event(), threading.Event()

        def start(*given: Any) -> Any:
            return self._start(*given)

        monkeypatch.setattr(Piraeus, "start", start)

    def _start(self, *given: Any) -> Any:
        self.asked += 1
        self.reached.set()
        assert self.answer.wait(SECONDS)
        if self.fails:
            raise BankUnavailable("no answer")
        return self._ready(*given)  # type: ignore[call-arg, misc]


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> SlowBank:
    """A bank that waits to be told."""
    return SlowBank(monkeypatch)


@pytest.fixture
def town(bank: SlowBank) -> Town:
    """A town with that bank."""
    return make_town([])


@pytest.fixture
def press(town: Town) -> Iterator[Callable[..., Future[Any]]]:
    """Presses of a button, each in a thread with a connection of its own."""

    def closing(work: Callable[..., Any], *given: Any, **more: Any) -> Any:
        try:
            return work(*given, **more)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        yield lambda work, *given, **more: pool.submit(closing, work, *given, **more)


def test_copies_wait_for_the_first_and_get_its_order(town: Town, bank: SlowBank, press: Any) -> None:
    event, who = make_event(town), buyer()
    first = press(buy, town, event, 2, who=who)
    assert bank.reached.wait(SECONDS)
    copies = [press(buy, town, event, 2, who=who) for _ in range(2)]
    bank.answer.set()
    assert {one.result(SECONDS) for one in [first, *copies]} == {first.result()}
    assert (bank.asked, taken(town, event.id)) == (1, (2, [2, 0]))
    assert one(town, "SELECT count(*) FROM payment_order") == 1
    assert broken_proofs() == []


def test_when_the_first_fails_its_copies_hold_nothing_and_the_next_form_sells(
    town: Town, bank: SlowBank, press: Any
) -> None:
    event, who = make_event(town), buyer()
    bank.fails = True
    first = press(buy, town, event, 2, who=who)
    assert bank.reached.wait(SECONDS)
    copies = [press(buy, town, event, 2, who=who) for _ in range(2)]
    bank.answer.set()
    with pytest.raises(BankDown):
        first.result(SECONDS)
    for copy in copies:
        with pytest.raises(SaleRefused, match="AGAIN"):
            copy.result(SECONDS)
    with pytest.raises(SaleRefused, match="AGAIN"):
        buy(town, event, 2, who=who)
    assert (bank.asked, taken(town, event.id)) == (1, (0, [0, 0]))
    assert one(town, "SELECT count(*) FROM payment_order") == 0
    bank.fails = False
    assert buy(town, event, 2).order, "a new form"
    assert taken(town, event.id) == (2, [2, 0])


def test_a_copy_that_wants_a_code_instead_is_told_and_no_code_is_made(town: Town, bank: SlowBank, press: Any) -> None:
    event, who = make_event(town), buyer()
    first = press(buy, town, event, 2, who=who)
    assert bank.reached.wait(SECONDS)
    copy = press(buy, town, event, 2, who=replace(who, means="rf"))
    bank.answer.set()
    assert first.result(SECONDS).order
    with pytest.raises(FormSold):
        copy.result(SECONDS)
    assert rows(town, "SELECT means FROM payment_order") == [("CARD",)]
    assert one(town, "SELECT count(*) FROM rf_code") == 0


def test_a_copy_whose_first_died_says_so_and_takes_nothing_away(
    town: Town, bank: SlowBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, who = make_event(town), buyer()
    monkeypatch.setattr("obolos.flows.sell.pay_by_card", dies)
    with pytest.raises(RuntimeError):
        buy(town, event, 2, who=who)
    monkeypatch.undo()
    late = NOW + timedelta(seconds=same_form.LONGEST_SECONDS + 1)
    with pytest.raises(BankDown):
        buy(town, event, 2, who=who, now=late)
    assert (bank.asked, taken(town, event.id)) == (0, (2, [2, 0]))


def test_places_with_an_order_are_never_given_up_at_once(town: Town, bank: SlowBank) -> None:
    event = make_event(town)
    bank.answer.set()
    buy(town, event, 2)
    give_up(one(town, "SELECT id FROM purchase"), municipality_id=town.id, now=NOW)
    assert taken(town, event.id) == (2, [2, 0])
    assert one(town, "SELECT released_at FROM purchase") is None


def dies(**_given: object) -> str:
    """As a worker that is killed."""
    raise RuntimeError("killed")
