"""`kill -9` of a web or worker process at named points: nothing acknowledged is lost, nothing is booked twice.

A victim (see `victim.py`) does three messages of a story and dies in the second, so that the first was acknowledged
before. Then: what was acknowledged is in the database (I11); the same messages come again, as banks and ticks repeat
them, and all of them end booked exactly once; and every proof holds.

Here each point is visited once. `make prove-hard` visits each ten times, and every single statement and commit once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from obolos.flows.deliver import LEASE as DELIVERY_LEASE
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import order_view
from obolos.flows.poll import LEASE as QUERY_LEASE
from obolos.flows.show_debts import Chosen
from tests.reliability.conftest import HARD, End, Nursery, told
from tests.reliability.stories import (
    EMAIL,
    NOW,
    SOON,
    booked,
    card_order,
    crowded_town,
    day_file,
    debts_in,
    paid_return,
    question,
    rf_order,
    write_to,
)
from tests.support.world import bank_says_ready, broken_proofs, one, rows

pytestmark = [pytest.mark.kills, pytest.mark.usefixtures("db_clean")]
TIMES = 10 if HARD else 1


@dataclass(frozen=True)
class Point:
    """Where a victim dies: before or after the nth event whose text matches `what`, within its second message."""

    name: str
    moment: str
    what: str
    nth: int = 1


def before(name: str, what: str, nth: int = 1) -> Point:
    """Die right before it."""
    return Point(name, "before", what, nth)


def after(name: str, what: str, nth: int = 1) -> Point:
    """Die right after it."""
    return Point(name, "after", what, nth)


BOOKING = (
    after("the message is stored", "^INSERT INTO bank_message"),
    after("the payment is written", "^INSERT INTO payment "),
    after("the debts are locked", "FOR NO KEY UPDATE OF i"),
    after("the debts are paid", "^UPDATE instalment"),
    after("entry, postings, deliveries are written", "INSERT INTO entry"),
)
POINTS: dict[str, tuple[Point, ...]] = {
    "pay_by_card": (
        after("the bank gave a ticket", "^outside bank start"),
        after("order and attempt are written", "INSERT INTO payment_order"),
        before("the order is committed", "^COMMIT of .*payment_order"),
        after("the order is committed, the payer not sent on", "^COMMIT of .*payment_order"),
    ),
    "hear_return": (
        before("the attempt is found", "obolos_find_attempt"),
        *BOOKING,
        after("the attempt is locked", "FOR UPDATE OF a"),
        after("the attempt is marked paid", "UPDATE payment_attempt SET state = 'PAID'"),
        before("the money is committed", "^COMMIT of .*payment_attempt SET state"),
        after("the money is committed, the payer not told", "^COMMIT of .*payment_attempt SET state"),
    ),
    "answer_online": (
        after("the code is locked", "FROM rf_code"),
        *BOOKING,
        after("the answer is stored", "INSERT INTO bank_result"),
        before("the answer is committed", "^COMMIT of .*bank_result"),
        after("the answer is committed, DIAS not answered", "^COMMIT of .*bank_result"),
    ),
    "take_day_file": (
        after("the file is entered", "^INSERT INTO dias_day_file"),
        after("its first line is booked", "INSERT INTO entry"),
        after("its second line is booked", "INSERT INTO entry", 2),
        before("the file is committed", "^COMMIT"),
        after("the file is committed, its reader not told", "^COMMIT"),
    ),
    "take_inbox": (
        before("the first file is committed", "^COMMIT"),
        after("the first file is committed, not moved", "^COMMIT"),
        after("the second file is committed, not moved", "^COMMIT", 2),
    ),
    "poll_banks": (
        after("attempts are claimed", "^UPDATE payment_attempt SET next_query_at"),
        after("the claim is committed", "^COMMIT"),
        after("the bank answered about the second attempt", "^outside bank query", 2),
        after("the second payment is written", "^INSERT INTO payment ", 2),
        before("the second answer is committed", "^COMMIT of .*confirmed_at", 2),
        after("the second answer is committed", "^COMMIT of .*confirmed_at", 2),
    ),
    "deliver_due": (
        after("deliveries are claimed", "^UPDATE delivery SET due_at"),
        after("the claim is committed", "^COMMIT"),
        before("the second payment is told", "^outside erp", 2),
        after("the second payment is told, not noted", "^outside erp", 2),
        after("the second answer is noted", "^UPDATE delivery SET state", 2),
        after("the ERP's word is noted", "^UPDATE payment SET erp_acked_at", 2),
        before("the second note is committed", "^COMMIT of .*erp_acked_at", 2),
        after("the second note is committed", "^COMMIT of .*erp_acked_at", 2),
    ),
    "write_to_payers": (
        after("a payer was written to, not noted", "^outside mail"),
        after("the message is remembered", '^INSERT INTO "message"'),
    ),
}


def test_there_are_enough_points() -> None:
    assert sum(map(len, POINTS.values())) >= 40
    web = ("pay_by_card", "hear_return", "answer_online")
    assert sum(len(POINTS[story]) for story in web) >= 15
    assert sum(len(points) for story, points in POINTS.items() if story not in web) >= 15


@pytest.fixture(autouse=True)
def _bank(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_says_ready(monkeypatch)


@dataclass(frozen=True)
class Case:
    """Three messages of a story: what a victim is told, what each acknowledgement proves, how all must end."""

    story: str
    messages: Sequence[dict[str, Any]]
    now: datetime
    #: Assert that what the victim acknowledged is in the database.
    durable: Callable[[list[Any]], None]
    #: Assert that all is booked exactly once; called after everything came again.
    ended: Callable[[], None]
    #: When the same comes again.
    again_at: datetime
    dies_in: int = 2


def visit(
    nursery: Nursery, outside: Path, points: Sequence[Point], cases: Callable[[], Case], *, exhaustive: bool = True
) -> None:
    """Kill at each point, each time in a new case; then let everything come again and look."""
    everywhere = every_point(nursery, outside, cases()) if HARD and exhaustive else []
    for point, times in [*((point, TIMES) for point in points), *((point, 1) for point in everywhere)]:
        for _ in range(times):
            case = cases()
            kill = {"message": case.dies_in, "moment": point.moment, "what": point.what, "nth": point.nth}
            end = nursery.run(case.story, case.messages, outside=outside, now=case.now, kill=kill)
            assert end.signal == 9, f"{case.story}: nobody came to the point {point}"
            assert len(end.answers) == case.dies_in - 1, f"{point.name}: the message before was answered"
            case.durable(end.answers)
            repeat(nursery, outside, case)
    assert broken_proofs() == []


def repeat(nursery: Nursery, outside: Path, case: Case) -> None:
    """The same again, by a process that nobody kills: everything is answered and ends as it must."""
    end = nursery.run(case.story, case.messages, outside=outside, now=case.again_at)
    assert len(end.answers) == len(case.messages)
    case.durable(end.answers)
    case.ended()


def every_point(nursery: Nursery, outside: Path, case: Case) -> list[Point]:
    """Before and after every single event of the message in which a victim dies."""
    whole: End = nursery.run(case.story, case.messages, outside=outside, now=case.now, tell_events=True)
    case.ended()
    count = sum(event.startswith(f"{case.dies_in}: ") for event in whole.events)
    return [Point(f"event {n}", moment, "", n) for n in range(1, count + 1) for moment in ("before", "after")]


class Debts:
    """Debts to be used up, a few at a time. Each couple of dozens is another person's: nobody's list grows long."""

    def __init__(self, *, email: str = "") -> None:
        self._email = email
        self._left: list[Chosen] = []
        self.town, people = crowded_town(250 if HARD else 6)
        self._people = iter(people)
        self.person = 0

    def take(self, count: int = 3) -> list[Chosen]:
        """Some of `person` that nobody used."""
        if len(self._left) < count:
            self.person = next(self._people)
            if self._email:
                write_to(self.person, self._email)
            self._left = debts_in(self.town, self.person)
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def card_order(self, row: Chosen) -> str:
        """An order by card of the present person."""
        return card_order(self.town, row, person=self.person)

    def rf_order(self, row: Chosen) -> tuple[str, str, int]:
        """An order by RF of the present person: public id, code, cents."""
        return rf_order(self.town, row, person=self.person)

    def count(self, sql: str, *values: Any) -> Any:
        """The single value of a query."""
        return one(self.town, sql, *values)


def test_killed_while_ordering_the_payer_orders_once(nursery: Nursery, outside: Path) -> None:
    debts = Debts()
    # Without a financial system to ask: whether one rests after failures would decide how many events there are.
    rows(debts.town, "UPDATE merchant_account SET active = false WHERE bank = 'ERP' RETURNING id")
    rows(debts.town, "UPDATE municipality SET law_version = law_version + 1 WHERE id = %s RETURNING id", debts.town.id)

    def case() -> Case:
        chosen = debts.take()
        amounts = {
            row: debts.count("SELECT open_cents FROM instalment WHERE id = %s", row.instalment_id) for row in chosen
        }
        messages = [
            {"person": debts.person, "instalments": [row.instalment_id], "cents": amounts[row],
             "token": f"form-of-{row.instalment_id:012d}"}
            for row in chosen
        ]  # fmt: skip

        def durable(acknowledged: list[Any]) -> None:
            for public_id in acknowledged:
                assert debts.count("SELECT count(*) FROM payment_order WHERE public_id = %s", public_id) == 1

        def ended() -> None:
            for row in chosen:
                lines = "FROM order_line l JOIN payment_attempt a ON a.order_id = l.order_id WHERE l.instalment_id = %s"
                assert debts.count(f"SELECT count(*) {lines}", row.instalment_id) == 1

        return Case("pay_by_card", messages, NOW, durable, ended, SOON)

    visit(nursery, outside, POINTS["pay_by_card"], case)


def test_killed_while_hearing_a_bank_the_money_is_booked_once(nursery: Nursery, outside: Path) -> None:
    debts = Debts()

    def case() -> Case:
        orders = [debts.card_order(row) for row in debts.take()]
        messages = [{"params": paid_return(debts.town, order)} for order in orders]

        def durable(acknowledged: list[Any]) -> None:
            for answer in acknowledged:
                assert debts.count("SELECT count(*) FROM payment WHERE id = %s", answer["payment"]) == 1

        def ended() -> None:
            assert {booked(debts.town, order) for order in orders} == {(1, 1, 1)}
            assert {order_view(order, now=SOON).phase for order in orders} == {"PAID"}

        return Case("hear_return", messages, SOON, durable, ended, SOON + timedelta(minutes=1))

    visit(nursery, outside, POINTS["hear_return"], case)


def test_killed_while_answering_dias_the_answer_stays_the_same(nursery: Nursery, outside: Path) -> None:
    debts = Debts()

    def case() -> Case:
        orders = [debts.rf_order(row) for row in debts.take()]
        messages = [question((code, cents)) for _, code, cents in orders]

        def durable(acknowledged: list[Any]) -> None:
            for ((rid, rejection),) in acknowledged:
                assert rejection is None
                stored = rows(
                    debts.town,
                    "SELECT p.id FROM bank_message m JOIN bank_result r ON r.message_id = m.id "
                    "JOIN payment p ON p.id = r.payment_id WHERE m.key = %s",
                    f"online:{rid}",
                )
                assert len(stored) == 1

        def ended() -> None:
            assert {booked(debts.town, order) for order, _, _ in orders} == {(1, 1, 1)}

        return Case("answer_online", messages, NOW, durable, ended, SOON)

    visit(nursery, outside, POINTS["answer_online"], case)


def test_killed_while_reading_a_day_file_it_is_read_whole_and_once(nursery: Nursery, outside: Path) -> None:
    debts = Debts()

    def case() -> Case:
        orders = [debts.rf_order(row) for row in debts.take(6)]
        messages = [day_file(*[order[1:] for order in pair]) for pair in batched_by(2, orders)]

        def durable(acknowledged: list[Any]) -> None:
            for message, _ in zip(messages, acknowledged, strict=False):
                assert debts.count("SELECT count(*) FROM dias_day_file WHERE name = %s", message["name"]) == 1

        def ended() -> None:
            assert {booked(debts.town, order) for order, _, _ in orders} == {(1, 1, 1)}

        return Case("take_day_file", messages, NOW, durable, ended, SOON)

    visit(nursery, outside, POINTS["take_day_file"], case)


def test_killed_between_the_books_and_the_inbox_a_file_is_moved_later(
    nursery: Nursery, outside: Path, tmp_path: Path
) -> None:
    debts = Debts()
    inbox = tmp_path / "inbox"
    inbox.mkdir()

    def case() -> Case:
        orders = [debts.rf_order(row) for row in debts.take()]
        for order in orders:
            file = day_file(order[1:])
            (inbox / file["name"]).write_text(file["content"])

        def ended() -> None:
            assert not list(inbox.glob("*.csv"))
            assert {booked(debts.town, order) for order, _, _ in orders} == {(1, 1, 1)}

        return Case("take_inbox", [{"folder": str(inbox)}], NOW, lambda _: None, ended, SOON, dies_in=1)

    visit(nursery, outside, POINTS["take_inbox"], case)


def test_killed_while_asking_banks_they_are_asked_again_when_the_lease_is_over(nursery: Nursery, outside: Path) -> None:
    debts = Debts()

    def case() -> Case:
        orders = [debts.card_order(row) for row in debts.take()]
        due = NOW + timedelta(seconds=90)

        def ended() -> None:
            assert {booked(debts.town, order) for order in orders} == {(1, 1, 1)}
            assert debts.count("SELECT count(*) FROM payment_attempt WHERE next_query_at IS NOT NULL") == 0

        return Case("poll_banks", [{}], due, lambda _: None, ended, due + QUERY_LEASE, dies_in=1)

    visit(nursery, outside, POINTS["poll_banks"], case)


def test_killed_while_telling_the_erp_it_hears_the_same_again_under_the_same_key(
    nursery: Nursery, outside: Path
) -> None:
    debts = Debts()

    def case() -> Case:
        orders = [debts.card_order(row) for row in debts.take()]
        for order in orders:
            hear_return("PIRAEUS", paid_return(debts.town, order), now=SOON)

        def ended() -> None:
            left = "SELECT count(*) FROM delivery WHERE state <> 'SENT' AND target = 'ERP'"
            assert debts.count(left) == 0
            assert debts.count("SELECT count(*) FROM payment WHERE erp_acked_at IS NULL") == 0
            heard = told(outside, "erp")
            assert len({one["key"] for one in heard}) == len({(one["key"], one["body"]) for one in heard})
            assert len({one["key"] for one in heard}) == debts.count("SELECT count(*) FROM payment")

        return Case("deliver_due", [{}], SOON, lambda _: None, ended, SOON + DELIVERY_LEASE, dies_in=1)

    visit(nursery, outside, POINTS["deliver_due"], case)


def test_killed_while_writing_to_payers_they_get_the_same_message_again_or_none(
    nursery: Nursery, outside: Path
) -> None:
    debts = Debts(email=EMAIL)

    def case() -> Case:
        (row,) = debts.take(1)
        order, _, _ = debts.rf_order(row)

        def ended() -> None:
            assert debts.count("SELECT count(*) FROM delivery WHERE state <> 'SENT'") == 0
            assert debts.count("SELECT count(*) FROM payment_order WHERE public_id = %s", order) == 1
            keys = {one["key"] for one in told(outside, "mail")}
            assert len(keys) == debts.count("SELECT count(*) FROM payment_order")

        return Case("deliver_due", [{}], NOW, lambda _: None, ended, NOW + DELIVERY_LEASE, dies_in=1)

    visit(nursery, outside, POINTS["write_to_payers"], case, exhaustive=False)


def batched_by(count: int, found: Sequence[Any]) -> list[Sequence[Any]]:
    """A sequence in parts of that length."""
    return [found[start : start + count] for start in range(0, len(found), count)]
