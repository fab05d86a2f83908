"""A bank that hangs holds half of a process's threads at most: pages go on, payers are told, nothing is written."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from obolos.adapters.banks import piraeus
from obolos.adapters.banks.piraeus import PiraeusAccount
from obolos.base import outside
from obolos.base.outside import ERP, TAXISNET, place_outside
from obolos.flows.bank_ticket import BankDown
from tests.reliability.stories import debts_in, town_of
from tests.support.stacks import Sandbox
from tests.support.world import ELENI, Town, counts, order_by_card

THREADS, PAYERS, PAGES = 4, 12, 24
TICKET_SECONDS = 4.0


@pytest.fixture(autouse=True)
def _places(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.OBOLOS_THREADS = THREADS
    monkeypatch.setattr(outside, "_places", outside._Places())


@pytest.fixture
def threads() -> Iterator[Callable[..., Future[Any]]]:
    """The threads of one web process: whatever is handed in waits for a free one of four, in line."""
    with ThreadPoolExecutor(THREADS) as pool:

        def run(work: Callable[[], Any]) -> Any:
            began = time.monotonic()
            try:
                return work(), time.monotonic() - began
            finally:
                connections.close_all()

        yield lambda work: pool.submit(run, work)


def _pay(town: Town, chosen: Any) -> str:
    try:
        return order_by_card(town.people[ELENI], [chosen])
    except BankDown as down:
        return f"down, refused={down.refused}"


def test_while_a_bank_hangs_others_see_their_pages_and_payers_are_told(
    db_clean: None, sandbox: Sandbox, threads: Callable[..., Future[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank takes seconds for each ticket and gives none. Twelve payers and twenty-four pages share four threads."""
    monkeypatch.setattr(piraeus, "TICKET_SECONDS", TICKET_SECONDS)
    town = town_of(PAYERS)
    _bank_at(monkeypatch, sandbox.address)
    choices = debts_in(town)
    before = counts(town)
    sandbox.fault("bank", "ticket_timeout", times=PAYERS)
    began = time.monotonic()
    payers = [threads(partial(_pay, town, one)) for one in choices]
    pages = [threads(partial(_page, began)) for _ in range(PAGES)]
    done = [one.result(60) for one in pages]
    assert [status for (status, _), _ in done] == [200] * PAGES
    # Four threads that all waited for the bank, three times over, would keep the first page for twelve seconds.
    assert max(after for (_, after), _ in done) < 2 * TICKET_SECONDS
    said = [one.result(60) for one in payers]
    assert [text for text, _ in said] == ["down, refused=False"] * PAYERS
    waited = [seconds for _, seconds in said if seconds >= TICKET_SECONDS]
    assert 1 <= len(waited) <= 2 * THREADS // 2
    assert counts(town) == before


def _crowd(people: int) -> list[bool]:
    """So many ask a quick bank at once; who got a place."""
    gate, got = threading.Barrier(people), []

    def ask() -> None:
        gate.wait(5)
        with place_outside("PIRAEUS", wait=True) as free:
            got.append(free)
            threading.Event().wait(0.02)

    crowd = [threading.Thread(target=ask) for _ in range(people)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(20)
    return got


def test_a_quick_bank_refuses_nobody_however_many_come_at_once() -> None:
    """All stand in line and get their turn: what is limited is waiting in vain."""
    assert _crowd(16) == [True] * 16


def test_slow_financial_systems_refuse_nobody_at_a_quick_bank() -> None:
    with place_outside(ERP) as first, place_outside(ERP) as second, place_outside(ERP) as third:
        assert (first, second, third) == (True, True, False)
        outside._places._hung.add(ERP)
        assert _crowd(8) == [True] * 8


def test_one_party_has_half_and_all_together_leave_one_thread() -> None:
    with place_outside("PIRAEUS") as first, place_outside("PIRAEUS") as second, place_outside("PIRAEUS") as third:
        assert (first, second, third) == (True, True, False)
        with place_outside(TAXISNET) as other, place_outside(TAXISNET) as fourth:
            assert (other, fourth) == (True, False)
    with place_outside("PIRAEUS") as free:
        assert free, "the places are given back"


def _page(began: float) -> tuple[int, float]:
    """A page of somebody else, and how long after all began it was there."""
    status = Client().get("/help/").status_code
    return status, time.monotonic() - began


def _bank_at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Every account's bank is the sandbox's."""
    made = PiraeusAccount.__init__

    def init(self: PiraeusAccount, **values: Any) -> None:
        made(self, **values | {"base_url": f"{address}/piraeus"})

    monkeypatch.setattr(PiraeusAccount, "__init__", init)
