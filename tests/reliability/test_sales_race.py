"""Everybody wants the last places at once: none is sold twice, none is lost, a ticket lets one person in.

Real threads on a real database, started by one gate.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from obolos.domain.offerings.models import Event
from obolos.flows.check_ticket import let_in
from obolos.flows.hear_bank import hear_return
from obolos.flows.return_places import return_places
from obolos.flows.sell import SaleRefused
from tests.reliability.conftest import HARD
from tests.reliability.crowd import race
from tests.support.sales import buy, buyer, make_event
from tests.support.world import (
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    make_town,
    one,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean", "wide_pool")
BUYERS, PLACES = 200, 50
ROUNDS = 20 if HARD else 4
LATE = NOW + timedelta(minutes=16)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town whose bank is ready, and all connections: else the first racer is through before the second is let in."""
    bank_says_ready(monkeypatch)
    made = make_town([])
    connection.pool.resize(18, 18)
    connection.pool.wait()
    return made


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[Path]:
    """Folders for gates."""
    return (tmp_path / f"gate{number}" for number in range(100))


def tries(town: Town, event: Event, name: str, *places: int, means: str = "card", now: Any = NOW) -> str:
    """Buy, or say why not."""
    try:
        return buy(town, event, *places, now=now, who=buyer(means=means, email=f"{name}@citizens.example")).order
    except SaleRefused as refused:
        return refused.reason


def held(town: Town, event: Event) -> tuple[int, int, int]:
    """(the event's counter, its classes' counters together, tickets that keep a place)."""
    return (
        one(town, "SELECT taken FROM event WHERE id = %s", event.id),
        one(town, "SELECT sum(taken) FROM price_class WHERE event_id = %s", event.id),
        one(
            town,
            "SELECT count(*) FROM ticket t JOIN purchase p ON p.id = t.purchase_id "
            "WHERE t.event_id = %s AND p.released_at IS NULL",
            event.id,
        ),
    )


def test_two_hundred_buyers_of_fifty_places(town: Town, gates: Iterator[Path]) -> None:
    event = make_event(town, capacity=PLACES, classes=(("Κανονικό", 1_200, None), ("Παιδικό", 500, 10)))
    wants = [(1, 0), (2, 0), (0, 1), (1, 2)]
    told = race(next(gates), *[partial(tries, town, event, f"b{n}", *wants[n % 4]) for n in range(BUYERS)])
    refused = Counter(word for word in told if word.isupper())
    assert set(refused) <= {"NO_PLACES", "SOLD_OUT"}
    counters = held(town, event)
    assert len(set(counters)) == 1
    assert counters[0] == PLACES
    assert one(town, "SELECT max(taken) FROM price_class WHERE quota IS NOT NULL") <= 10
    assert one(town, "SELECT count(*) FROM payment_order") == BUYERS - refused.total()
    assert (
        one(town, "SELECT count(*) FROM debt") == one(town, "SELECT count(*) FROM purchase") == BUYERS - refused.total()
    )


def test_one_form_sent_many_times_at_once_takes_its_places_once(town: Town, gates: Iterator[Path]) -> None:
    event = make_event(town)
    who = buyer()
    told = race(next(gates), *[partial(buy, town, event, 2, 1, who=who)] * 12)
    assert len(set(told)) == 1
    assert held(town, event) == (3, 3, 3)
    assert one(town, "SELECT count(*) FROM payment_order") == 1


def test_one_address_holds_no_more_than_one_purchase_may_have(town: Town, gates: Iterator[Path]) -> None:
    event = make_event(town, most_at_once=4)
    told = race(next(gates), *[partial(tries, town, event, "same", 2)] * 10)
    assert Counter(word for word in told if word.isupper()) == {"HELD_ALREADY": 8}
    assert held(town, event) == (4, 4, 4)


def test_twenty_scans_of_one_ticket_let_one_person_in(town: Town, gates: Iterator[Path]) -> None:
    event = make_event(town)
    order = buy(town, event, 1).order
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=NOW)
    code, evening = one(town, "SELECT code FROM ticket"), event.starts_at
    scan = partial(let_in, code, municipality_id=town.id, event_id=event.id, now=evening)
    told = race(next(gates), *[partial(scan, by_user=number) for number in range(20)])
    assert Counter(str(one.verdict) for one in told) == {"ENTERED": 1, "USED": 19}
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'ticket.used'") == 1


def test_late_money_and_new_buyers_want_the_same_places(town: Town, gates: Iterator[Path]) -> None:
    for number in range(ROUNDS):
        event = make_event(town, capacity=4, title=f"Γύρος {number}")
        orders = [tries(town, event, f"late{number}-{n}", 2) for n in range(2)]
        return_places(now=LATE)
        money = [
            partial(
                hear_return,
                "PIRAEUS",
                signed_return(reference_of(town, order), SupportReferenceID=f"{number}{n}"),
                now=LATE,
            )
            for n, order in enumerate(orders)
        ]
        rivals = [partial(tries, town, event, f"new{number}-{n}", 1, now=LATE) for n in range(6)]
        race(next(gates), *money, *rivals)
        counters = held(town, event)
        assert len(set(counters)) == 1
        assert counters[0] <= 4
    applied = dict(rows(town, "SELECT disposition, count(*) FROM payment GROUP BY 1"))
    assert sum(applied.values()) == 2 * ROUNDS
    waiting = one(town, "SELECT count(*) FROM worklist_item WHERE kind = 'UNAPPLIED'")
    assert waiting == applied.get("UNAPPLIED", 0)
    assert broken_proofs() == []


def test_money_and_the_end_of_the_hold_meet(town: Town, gates: Iterator[Path]) -> None:
    for number in range(ROUNDS):
        event = make_event(town, capacity=3, title=f"Γύρος {number}")
        order = tries(town, event, f"b{number}", 2)
        reply = signed_return(reference_of(town, order), SupportReferenceID=str(number))
        race(
            next(gates), partial(return_places, now=LATE), partial(hear_return, "PIRAEUS", reply, now=LATE),
            partial(return_places, now=LATE), partial(return_places, now=LATE),
        )  # fmt: skip
        return_places(now=LATE)
        assert held(town, event) == (2, 2, 2)
        assert one(town, "SELECT count(*) FROM purchase WHERE event_id = %s AND settled_at IS NULL", event.id) == 0
    assert rows(town, "SELECT DISTINCT disposition FROM payment") == [("APPLIED",)]
    assert one(town, "SELECT count(*) FROM worklist_item") == 0
    assert broken_proofs() == []
