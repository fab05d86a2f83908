"""Live amounts against a running financial system: asked at sign-in and before an order, believed with care."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from obolos.adapters.erp.client import ErpClient
from obolos.adapters.erp.debts import ErpDebts
from obolos.base.dates import athens_date
from obolos.base.outside import ERP, place_outside
from obolos.base.references import rf_code
from obolos.base.tenancy import tenancy
from obolos.domain.debts import live
from obolos.domain.debts.models import RevenueKind
from obolos.domain.municipalities.models import Municipality
from obolos.domain.payments.models import MerchantAccount
from obolos.flows import ask_erp, refresh_debts
from obolos.flows.ask_erp import ask_all
from obolos.flows.deliver import deliver_due
from obolos.flows.demo_data.shapes import DemoDebt
from obolos.flows.hear_bank import hear_return
from obolos.flows.pay import AmountsChanged, pay_by_card, pay_by_rf
from obolos.flows.read_changes import read_changes
from obolos.flows.refresh_debts import refresh_for, refresh_person
from obolos.flows.show_debts import Chosen, DebtsView, NotPayable, Payer, basket_of, debts_for, debts_of
from tests.adapters.stub_http import Stub, http, stub_server
from tests.support.stacks import Sandbox
from tests.support.world import (
    ELENI,
    GIORGOS,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    counts,
    fine,
    make_town,
    one,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
#: The system answers by its own clock, so this is a moment of today.
NOW = datetime.now(UTC)
LATER = NOW + timedelta(minutes=6)
SOON = athens_date(NOW) + timedelta(days=20)
PRINTED = rf_code("99084", 6_000, "1" * 15)
FINE: dict[str, Any] = {
    "kind": "UNCERTIFIED", "rev_code": "00.1512.0001", "ticket_no": "2026-1", "plate": "ΙΝΑ-1234", "certified_on": None,
    "violation_on": str(SOON - timedelta(days=22)),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _bank(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_says_ready(monkeypatch)


@pytest.fixture
def town(sandbox: Sandbox) -> Town:
    """Ioannina, whose financial system runs: Eleni owes a fee of 50.00 there."""
    return there([fee(5_000)], sandbox)


def there(debts: list[DemoDebt], sandbox: Sandbox, code: str = "9084", *, holds: bool = False) -> Town:
    """A municipality of the running system, which keeps holds only when asked: they would notice changes, too."""
    town = make_town(debts, code=code, now=NOW, sandbox_url=sandbox.address)
    if not holds:
        with tenancy(municipality=town.id):
            public = {"base_url": f"{sandbox.address}/erp/{code}"}
            MerchantAccount.objects.filter(municipality_id=town.id, bank="ERP").update(public=public)
    return town


def fee(cents: int, **more: Any) -> DemoDebt:
    return certified(cents, SOON, **more)


def tell(sandbox: Sandbox, number: int = 1, code: str = "9084", **changes: Any) -> None:
    """The system knows one of the demo's debts, under its own id and (unless said otherwise) a version after ours."""
    sandbox.post("erp/debts", **{
        "code": code, "ext_id": f"{code}-D{number:06d}", "version": 2, "afm": ELENI, "name": "ΜΑΡΚΑΚΗ ΕΛΕΝΗ",
        "description": "Τέλη", "certified_on": "2026-01-10", "due_on": str(SOON), "principal": 5_000,
    } | changes)  # fmt: skip


def sign_in(*towns: Town, afm: str = ELENI, now: datetime = NOW) -> int:
    """What sign-in asks."""
    person = towns[0].people[afm]
    with tenancy(person=person):
        links = live.links_of([town.id for town in towns])
    return refresh_person(person_id=person, afm=afm, links=links, now=now)


def view(town: Town, now: datetime = NOW) -> DebtsView:
    return debts_of(town.people[ELENI], now=now)


def order(town: Town, cents: int, *, begin: Callable[..., str] = pay_by_rf, now: datetime = LATER, **payer: Any) -> str:
    """Order everything, for what the payer believes it costs."""
    who = Payer(**(payer or {"person_id": town.people[ELENI]}))
    chosen = [Chosen(row.instalment_id) for group in debts_for(who, now=now).groups for row in group.rows]
    return begin(
        payer=who, chosen=chosen, expected_cents=cents, form_token=uuid.uuid4().hex, language="el", visit="v", now=now
    )


def link(town: Town) -> tuple[Any, ...]:
    return rows(town, "SELECT failures, open_until FROM erp_link")[0]


def test_a_system_that_knows_nothing_changes_nothing(town: Town, sandbox: Sandbox) -> None:
    before = rows(town, "SELECT * FROM instalment"), counts(town)
    assert sign_in(town) == 0
    assert (rows(town, "SELECT * FROM instalment"), counts(town)) == before
    (group,) = view(town).groups
    assert (group.total_cents, group.news.silent, group.news.fresh(NOW)) == (5_000, False, True)
    assert group.as_of == NOW


def test_what_it_says_at_sign_in_is_what_is_owed(town: Town, sandbox: Sandbox) -> None:
    tell(sandbox, principal=6_500)
    tell(sandbox, 7, version=1, principal=1_200, description="Νέα")
    assert sign_in(town) == 2
    assert sorted(row.amount_cents for row in view(town).groups[0].rows) == [1_200, 6_500]
    assert rows(town, "SELECT origin, version FROM debt ORDER BY ext_id") == [("ERP", 2), ("ERP", 1)]
    key, cents = rows(
        town, "SELECT e.key, p.amount_cents FROM entry e JOIN posting p ON p.entry_id = e.id "
        "WHERE e.key LIKE 'certify:erp-%%' AND p.account LIKE '20:%%'",
    )[0]  # fmt: skip
    assert (key.count(":"), cents) == (2, 1_500 + 1_200)
    assert one(town, "SELECT detail ->> 'changed' FROM audit_entry WHERE action = 'erp.answered'") == "1"
    assert ELENI not in str(rows(town, "SELECT subject, detail::text FROM audit_entry"))
    assert sign_in(town) == 0, "the same again is nothing new"
    assert broken_proofs() == []


def test_paid_elsewhere_closes_and_silence_about_a_debt_does_not(sandbox: Sandbox) -> None:
    town = there([fee(5_000), fee(3_000)], sandbox)  # of the second it never speaks
    tell(sandbox, 1, paid=5_000)
    sign_in(town)
    assert view(town).total_cents == 3_000
    assert broken_proofs() == []


def test_older_versions_and_other_contents_of_a_version_change_nothing(town: Town, sandbox: Sandbox) -> None:
    tell(sandbox, principal=6_000)
    sign_in(town)
    before = rows(town, "SELECT * FROM instalment")
    sandbox.fault("erp", "older")
    sign_in(town)
    assert rows(town, "SELECT * FROM instalment") == before
    assert rows(town, "SELECT 1 FROM worklist_item") == []
    for _ in range(2):
        sandbox.fault("erp", "same_version")
        sign_in(town)
    assert rows(town, "SELECT * FROM instalment") == before
    assert rows(town, "SELECT kind, reason FROM worklist_item") == [("ERP_CONTRADICTS", "SAME_VERSION_OTHER_CONTENT")]
    noted = "SELECT detail ->> 'older', detail ->> 'other_content' FROM audit_entry WHERE action = 'erp.answered' ORDER BY id"
    assert rows(town, noted) == [(None, None), ("1", None), (None, "1"), (None, "1")]


@pytest.mark.parametrize("fault", ["malformed", "wrong_types", "negative", "stranger", "down", "hang_up"])
def test_a_bad_answer_writes_nothing_and_leaves_the_last_known_amounts(
    town: Town, sandbox: Sandbox, fault: str
) -> None:
    sign_in(town)
    tell(sandbox, principal=9_999)
    sandbox.fault("erp", fault)
    before = rows(town, "SELECT * FROM instalment"), rows(town, "SELECT * FROM debt")
    later = NOW + timedelta(minutes=1)
    assert sign_in(town, now=later) == 0
    assert (rows(town, "SELECT * FROM instalment"), rows(town, "SELECT * FROM debt")) == before
    (group,) = view(town).groups
    assert (group.news.silent, group.as_of, group.total_cents) == (True, NOW, 5_000)
    asked = rows(town, "SELECT kind, subject, reason FROM worklist_item WHERE closed_at IS NULL")
    wrong = fault in {"malformed", "wrong_types", "negative", "stranger"}
    assert asked == ([("ERP_CONTRADICTS", "erp:debts", "ANSWER_WRONG")] if wrong else [])
    assert ELENI not in str(rows(town, "SELECT detail::text FROM worklist_item")) + str(
        rows(town, "SELECT failure FROM erp_link")
    )
    assert sign_in(town, now=later + timedelta(minutes=1)) == 1, "well again"
    assert (view(town).groups[0].news.silent, view(town).total_cents) == (False, 9_999)
    assert rows(town, "SELECT 1 FROM worklist_item WHERE closed_at IS NULL") == []
    assert link(town) == (0, None)


def test_an_order_from_an_old_snapshot_asks_and_a_changed_amount_is_shown_and_not_charged(
    town: Town, sandbox: Sandbox
) -> None:
    sign_in(town)
    tell(sandbox, principal=6_000)
    assert order(town, 5_000, now=NOW + timedelta(minutes=4))  # asked four minutes ago: not asked again
    before = counts(town)
    for begin in (pay_by_card, pay_by_rf):
        with pytest.raises(AmountsChanged) as changed:
            order(town, 5_000, begin=begin)
        assert changed.value.basket.amount_cents == 6_000
    certified_now = {"entry": 1, "posting": 2, "audit_entry": 1}
    assert counts(town) == {name: n + certified_now.get(name, 0) for name, n in before.items()}, "no order, no attempt"
    assert order(town, 6_000, begin=pay_by_card)
    assert broken_proofs() == []


def test_a_debt_paid_elsewhere_meanwhile_cannot_be_paid_again(town: Town, sandbox: Sandbox) -> None:
    tell(sandbox, paid=5_000)
    orders = counts(town)["payment_order"]
    with pytest.raises(NotPayable):
        order(town, 5_000)
    assert counts(town)["payment_order"] == orders


def test_an_order_is_made_of_the_last_known_amounts_when_the_system_is_down(town: Town, sandbox: Sandbox) -> None:
    sandbox.fault("erp", "down", times=5)
    assert order(town, 5_000)
    assert view(town).groups[0].news.silent


@pytest.mark.parametrize("by", ["ticket", "rf", "afm"])
def test_guests_too_are_asked_for(sandbox: Sandbox, by: str) -> None:
    debt = fine(6_000, violation_on=SOON - timedelta(days=22)) if by == "ticket" else fee(6_000)
    town = there([debt, fee(100, afm=GIORGOS)], sandbox)
    with tenancy(municipality=town.id):
        RevenueKind.objects.filter(municipality_id=town.id).update(guest=True)
        Municipality.objects.filter(id=town.id).update(law_version=99)
    more: dict[str, Any] = FINE if by == "ticket" else {}
    if by == "rf":
        tell(sandbox, principal=6_000, rf=PRINTED)
        sign_in(town)
        more = {"rf": PRINTED, "version": 3}
    tell(sandbox, **{"principal": 7_000} | more)
    debt_id = one(town, "SELECT id FROM debt WHERE ext_id = '9084-D000001'")
    guest = {"municipality_id": town.id, "debt_ids": (debt_id,)}
    before = counts(town)["payment_order"]
    with pytest.raises(AmountsChanged) as changed:
        order(town, 6_000, **guest)
    assert changed.value.basket.amount_cents == 7_000
    assert counts(town)["payment_order"] == before
    tell(sandbox, **{"principal": 7_500, "version": 4} | {k: v for k, v in more.items() if k != "version"})
    assert order(town, 7_000, now=LATER + timedelta(minutes=4), **guest), "asked four minutes ago"
    with pytest.raises(AmountsChanged):
        order(town, 7_000, now=LATER + timedelta(minutes=6), **guest)
    assert broken_proofs() == []


def test_a_payment_on_its_way_to_the_system_keeps_its_debt_as_it_is(town: Town, sandbox: Sandbox) -> None:
    """It booked our payment and we did not hear it: its `paid` holds the money, and nobody may count it twice."""
    tell(sandbox, principal=5_000, version=2)
    sign_in(town)
    public_id = order(town, 5_000, begin=pay_by_card, now=NOW)
    hear_return("PIRAEUS", signed_return(reference_of(town, public_id)), now=NOW)
    sandbox.fault("erp", "dropped_answer")
    deliver_due(now=NOW)
    assert one(town, "SELECT erp_acked_at FROM payment") is None
    later = NOW + timedelta(minutes=10)
    sign_in(town, now=later)
    assert read_changes(now=later) == 0
    state = "SELECT elsewhere_cents, collected_cents, open_cents FROM instalment"
    assert rows(town, state) == [(0, 5_000, 0)]
    assert rows(town, "SELECT 1 FROM erp_link WHERE cursor <> ''") == [], "it is read again"
    deliver_due(now=later)
    assert one(town, "SELECT erp_acked_at FROM payment") == later
    after = later + timedelta(minutes=5)
    assert read_changes(now=after) == 1
    assert rows(town, state) == [(0, 5_000, 0)]
    assert rows(town, "SELECT 1 FROM worklist_item") == []
    assert broken_proofs() == []


def test_changes_are_read_from_where_they_were_left(town: Town, sandbox: Sandbox) -> None:
    tell(sandbox, principal=5_500)
    tell(sandbox, 2, version=1, afm=GIORGOS, name="ΖΗΣΗΣ ΓΕΩΡΓΙΟΣ", principal=700)
    assert read_changes(now=NOW) == 2
    assert view(town).total_cents == 5_500
    cursor, heard = rows(town, "SELECT cursor, heard_at FROM erp_link")[0]
    assert (cursor != "", heard) == (True, NOW)
    assert read_changes(now=LATER) == 0
    assert rows(town, "SELECT cursor, heard_at FROM erp_link") == [(cursor, LATER)]
    with tenancy(municipality=town.id):
        live.note_changes(cursor="0", heard_at=None)
    assert read_changes(now=LATER) == 0, "the same page again changes nothing"
    assert view(town).groups[0].as_of == LATER
    assert broken_proofs() == []


def test_bad_changes_leave_the_cursor_and_ask_a_person_once(town: Town, sandbox: Sandbox) -> None:
    tell(sandbox, principal=5_500)
    for minute in range(2):
        sandbox.fault("erp", "negative")
        assert read_changes(now=NOW + timedelta(minutes=minute)) == 0
    assert rows(town, "SELECT subject, reason FROM worklist_item") == [("erp:changes", "ANSWER_WRONG")]
    assert one(town, "SELECT cursor FROM erp_link") == ""
    tell(sandbox, 3, version=1, rev_code="no.such.code")
    assert read_changes(now=LATER) == 0
    assert one(town, "SELECT detail ->> 'says' FROM worklist_item") == "rev_code: CODE_UNKNOWN (1 in all)"
    assert view(town).total_cents == 5_000, "whole or not at all"


def test_one_municipalitys_fault_does_not_keep_the_others_waiting(
    town: Town, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = there([fee(100, code="9083")], sandbox, "9083")
    tell(sandbox, code="9083", principal=200)
    sandbox.post("faults", actor="erp", fault="malformed", times=9, match="9084 ")
    assert read_changes(now=NOW) == 1
    assert one(other, "SELECT principal_cents FROM instalment") == 200


def test_a_system_that_failed_three_times_rests_and_one_question_tries_it(town: Town, sandbox: Sandbox) -> None:
    sandbox.fault("erp", "down", times=3)
    for _ in range(3):
        sign_in(town)
    assert link(town) == (3, NOW + live.REST)
    tell(sandbox, principal=6_000)
    assert sign_in(town, now=NOW + timedelta(seconds=29)) == 0, "it is not asked, though it would answer"
    assert view(town).groups[0].news.silent
    after = NOW + live.REST
    with tenancy(municipality=town.id):
        assert live.claim_trial(now=after)
    with tenancy(municipality=town.id):
        assert not live.claim_trial(now=after), "only one tries"
    assert sign_in(town, now=after) == 0
    assert sign_in(town, now=after + live.REST) == 1
    assert link(town) == (0, None)
    sandbox.fault("erp", "down", times=4)
    last = after + 3 * live.REST
    for _ in range(3):
        sign_in(town, now=last)
    sign_in(town, now=last + live.REST)
    assert link(town) == (4, last + 2 * live.REST), "the trial failed: another rest"


def test_two_who_try_it_at_once_are_one(town: Town, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.fault("erp", "down", times=3)
    for _ in range(3):
        sign_in(town)
    asked: list[str] = []
    others_gave_up = threading.Semaphore(0)

    def answer(client: ErpClient, afm: str, on: date) -> ErpDebts:
        asked.append(afm)
        for _ in range(3):
            assert others_gave_up.acquire(timeout=5)
        return ErpDebts((), NOW)

    monkeypatch.setattr(refresh_debts, "debts_of_afm", answer)
    monkeypatch.setattr(ask_erp, "ASK_SECONDS", 10)
    barrier = threading.Barrier(4)

    def go() -> None:
        from django.db import connections

        barrier.wait(5)
        sign_in(town, now=NOW + 2 * live.REST)
        others_gave_up.release()
        connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert asked == [ELENI]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """A system that answers each question only after the budget is over."""
    with stub_server() as stub:
        done = threading.Event()

        def wait(_seen: object) -> bytes:
            done.wait(5)
            return http(200, b"{}")

        stub.answer = wait
        yield stub
        done.set()


def test_five_slow_systems_cost_a_citizen_one_budget(slow: Stub) -> None:
    clients = {town: ErpClient(f"{slow.base_url}/{town}", "t") for town in range(5)}
    ask = lambda client: refresh_debts.debts_of_afm(client, ELENI, on=date(2026, 11, 22))  # noqa: E731
    began = time.monotonic()
    answers = ask_all({town: (client, [ask]) for town, client in clients.items()})
    took = time.monotonic() - began
    assert 1.8 < took < 2.8, took
    assert len(slow.seen) == 5
    assert [answers[town].answer for town in range(5)] == [None] * 5
    assert not any(one.wrong for one in answers.values())


def test_half_of_the_threads_may_wait_outside_and_the_others_go_on(
    slow: Stub, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Eight visitors at once on four threads' worth of places: two wait outside, six go on with what is known."""
    settings.OBOLOS_THREADS = 4
    ask_erp._askers.start_anew()
    from obolos.base import outside

    monkeypatch.setattr(outside, "_places", outside._Places())
    client = ErpClient(slow.base_url, "t")
    ask = lambda client: refresh_debts.debts_of_afm(client, ELENI, on=date(2026, 11, 22))  # noqa: E731
    took: list[float] = []
    barrier = threading.Barrier(8)

    def visit() -> None:
        barrier.wait(5)
        began = time.monotonic()
        ask_all({1: (client, [ask])})
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(one > 1.5 for one in took) == [False] * 6 + [True] * 2
    assert max(sorted(took)[:6]) < 0.5
    with place_outside(ERP) as free:
        assert free, "the places are given back"


def test_nobody_is_asked_inside_a_transaction(town: Town) -> None:
    from obolos.base.tenancy import OutsideTenancy

    with tenancy(municipality=town.id), pytest.raises(OutsideTenancy):
        ask_all({town.id: (ErpClient("http://127.0.0.1:9", "t"), [])})


def test_an_import_that_runs_keeps_an_answer_waiting_a_second_at_most(town: Town, sandbox: Sandbox) -> None:
    from django.db import connection, connections

    tell(sandbox, principal=6_000)
    held, go_on = threading.Event(), threading.Event()

    def importing() -> None:
        with tenancy(municipality=town.id), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(20090001, %s)", [town.id])
            held.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=importing)
    thread.start()
    assert held.wait(5)
    began = time.monotonic()
    assert sign_in(town) == 0
    assert time.monotonic() - began < 4
    go_on.set()
    thread.join(10)
    assert link(town)[0] == 0 if rows(town, "SELECT 1 FROM erp_link") else True
    assert view(town).groups[0].news.silent
    assert refresh_for(Payer(person_id=town.people[ELENI]), [town.id], now=LATER) == 1
    assert (
        basket_of(view(town, LATER), [Chosen(view(town).groups[0].rows[0].instalment_id)], now=LATER).amount_cents
        == 6_000
    )
