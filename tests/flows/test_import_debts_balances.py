"""What a debts file does to balances: what the ERP collected against what passed our ledger, and what contradicts it."""

import random
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from obolos.base.tenancy import tenancy
from obolos.domain.debts import intake
from obolos.domain.payments import booking
from obolos.domain.payments.models import Payment
from obolos.flows.hear_bank import hear_return
from obolos.flows.import_debts import Imported, import_file
from obolos.flows.show_debts import Chosen, debts_of
from tests.support.debts_files import AFMS, CLEANING, WATER, debt, fine_row, row, write
from tests.support.world import (
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    make_town,
    one,
    order_by_card,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
SOON = NOW + timedelta(minutes=2)
NEXT_DAY = NOW + timedelta(days=1)
MADE_NEXT_DAY = "2026-11-23T11:00:00+02:00"


@pytest.fixture(autouse=True)
def _bank(monkeypatch):
    bank_says_ready(monkeypatch)


def put(folder: Path, lines, *, sequence: int = 1, now: datetime = NOW, **options) -> Imported:
    path = write(folder, lines, sequence=sequence, **options)
    return import_file(path, path.name, now=now)


def again(folder: Path, lines, *, sequence: int = 2, **options) -> Imported:
    """A file of the next morning."""
    return put(folder, lines, sequence=sequence, now=NEXT_DAY, made_at=MADE_NEXT_DAY, **options)


def pay(town: Town, cents: int | None = None, *, of: int = 0) -> int:
    """Pay (a part of) one of the payer's instalments by card; the payment's id."""
    chosen = [found for group in debts_of(town.people[AFMS[0]], now=NOW).groups for found in group.rows][of]
    order = order_by_card(town.people[AFMS[0]], [Chosen(chosen.instalment_id, cents)])
    outcome = hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=SOON)
    assert outcome.disposition == "APPLIED"
    return outcome.payment_id


def acknowledge(town: Town, payment_id: int, at: datetime) -> None:
    """The ERP said that it knows of a payment."""
    with tenancy(municipality=town.id):
        Payment.objects.filter(id=payment_id).update(erp_acked_at=at)


def stands(town: Town, columns: str = "elsewhere_cents, collected_cents, open_cents") -> list[tuple]:
    return rows(town, f"SELECT {columns} FROM instalment i JOIN debt d ON d.id = i.debt_id ORDER BY d.ext_id, i.number")


def questions(town: Town) -> list[tuple]:
    return rows(
        town, "SELECT kind, reason, amount_cents FROM worklist_item WHERE closed_at IS NULL ORDER BY kind, subject"
    )


def booked(town: Town) -> None:
    """The receivable accounts equal what certified instalments stand at, by the function and by the proof."""
    with tenancy(municipality=town.id):
        assert intake.posted_cents() == intake.certified_cents()
    assert broken_proofs() == []


#: Water may be paid in part; due later, so that no surcharge runs.
BILL = {"rev_code": CLEANING, "orig_code": CLEANING, "due_on": "2026-12-20"}


class TestOurPayments:
    def begin(self, tmp_path, **changes: str) -> Town:
        town = make_town([])
        put(tmp_path, [row("A", **BILL | changes)])
        return town

    def test_an_acknowledged_payment_is_within_the_erps_paid(self, tmp_path):
        town = self.begin(tmp_path)
        acknowledge(town, pay(town), NOW + timedelta(hours=1))
        done = again(tmp_path, [row("A", version="2", paid="100.00", **BILL)])
        assert (done.outcome, stands(town), questions(town)) == ("DONE", [(0, 10_000, 0)], [])
        booked(town)

    def test_paid_holds_ours_and_what_came_elsewhere(self, tmp_path):
        town = self.begin(tmp_path)
        acknowledge(town, pay(town, 3_000), NOW + timedelta(hours=1))
        again(tmp_path, [row("A", version="2", paid="75.00", **BILL)])
        assert (stands(town), questions(town)) == ([(4_500, 3_000, 2_500)], [])
        booked(town)

    @pytest.mark.parametrize(
        "acknowledged", [None, NEXT_DAY + timedelta(seconds=1)], ids=["never", "after the file was made"]
    )
    def test_a_payment_the_erp_does_not_know_comes_on_top(self, tmp_path, acknowledged):
        town = self.begin(tmp_path)
        payment = pay(town, 3_000)
        if acknowledged:
            acknowledge(town, payment, acknowledged)
        again(tmp_path, [row("A", version="2", paid="0.00", **BILL)])
        assert (stands(town), questions(town)) == ([(0, 3_000, 7_000)], [])
        booked(town)

    def test_acknowledged_at_the_very_moment_counts_as_known(self, tmp_path):
        town = self.begin(tmp_path)
        acknowledge(town, pay(town, 3_000), datetime.fromisoformat(MADE_NEXT_DAY))
        again(tmp_path, [row("A", version="2", paid="30.00", **BILL)])
        assert stands(town) == [(0, 3_000, 7_000)]

    def test_no_import_reopens_what_we_booked(self, tmp_path):
        town = self.begin(tmp_path)
        pay(town)
        assert stands(town) == [(0, 10_000, 0)]
        again(tmp_path, [row("A", version="2", paid="0.00", **BILL)])
        assert (stands(town), questions(town)) == ([(0, 10_000, 0)], [])
        booked(town)

    def test_an_erp_that_forgets_what_it_acknowledged_is_asked_about(self, tmp_path):
        town = self.begin(tmp_path)
        acknowledge(town, pay(town), NOW + timedelta(hours=1))
        done = again(tmp_path, [row("A", version="2", paid="40.00", **BILL)])
        assert done.report["worklist"] == {"ERP_CONTRADICTS": 1}
        assert (stands(town), questions(town)) == (
            [(0, 10_000, 0)],
            [("ERP_CONTRADICTS", "PAID_BELOW_ACKNOWLEDGED", 6_000)],
        )
        subject = rows(town, "SELECT subject, detail ->> 'ext_id' FROM worklist_item")[0]
        assert subject == (f"instalment:{one(town, 'SELECT id FROM instalment')}", "A")
        again(tmp_path, [row("A", version="3", paid="50.00", **BILL)], sequence=3)
        assert questions(town) == [("ERP_CONTRADICTS", "PAID_BELOW_ACKNOWLEDGED", 5_000)], "asked once while it is open"
        booked(town)

    def test_paid_twice_is_nothing_open_and_a_question(self, tmp_path):
        town = self.begin(tmp_path)
        pay(town)
        done = again(tmp_path, [row("A", version="2", paid="100.00", **BILL)])
        assert done.report["worklist"] == {"OVERCOLLECTED": 1}
        assert (stands(town), questions(town)) == ([(10_000, 10_000, 0)], [("OVERCOLLECTED", "MORE_THAN_OWED", 10_000)])
        booked(town)

    def test_a_principal_cut_below_what_was_collected(self, tmp_path):
        town = self.begin(tmp_path)
        acknowledge(town, pay(town), NOW + timedelta(hours=1))
        again(tmp_path, [row("A", version="2", principal="60.00", paid="60.00", **BILL)])
        assert stands(town) == [(0, 10_000, 0)]
        assert questions(town) == [
            ("ERP_CONTRADICTS", "PAID_BELOW_ACKNOWLEDGED", 4_000), ("OVERCOLLECTED", "MORE_THAN_OWED", 4_000),
        ]  # fmt: skip
        booked(town)

    def test_the_erps_own_overpayment_is_a_question_too(self, tmp_path):
        town = make_town([])
        done = put(tmp_path, [row("A", paid="70.00", written_off="50.00"), row("B", paid="70.00", written_off="30.00")])
        assert (done.outcome, stands(town)) == ("DONE", [(7_000, 0, 0), (7_000, 0, 0)])
        assert questions(town) == [("OVERCOLLECTED", "MORE_THAN_OWED", 2_000)]
        booked(town)

    def test_an_instalment_with_our_money_does_not_vanish(self, tmp_path):
        town = make_town([])
        put(tmp_path, debt("A", 2, rev_code=CLEANING, orig_code=CLEANING))
        first = pay(town)
        second = pay(town)
        acknowledge(town, first, NOW + timedelta(hours=1))
        again(tmp_path, [row("A", version="2", principal="200.00", paid="100.00", **BILL)])
        assert stands(town, "number, withdrawn, elsewhere_cents, collected_cents, open_cents") == [
            (1, False, 0, 10_000, 10_000), (2, True, 0, 10_000, 0),
        ]  # fmt: skip
        assert questions(town) == [("ERP_CONTRADICTS", "INSTALMENT_GONE", 10_000)]
        with tenancy(municipality=town.id):
            assert Payment.objects.filter(id=second).exists()
        booked(town)

    def test_a_withdrawn_debt_keeps_its_money_and_gets_it_back(self, tmp_path):
        town = self.begin(tmp_path)
        pay(town, 3_000)
        path = write(tmp_path, [], mode="FULL", sequence=2, made_at=MADE_NEXT_DAY)
        import_file(path, path.name, now=NEXT_DAY, confirm_closing=True)
        assert stands(town, "withdrawn, collected_cents, open_cents") == [(True, 3_000, 0)]
        booked(town)
        again(tmp_path, [row("A", version="2", **BILL)], sequence=3)
        assert stands(town, "withdrawn, collected_cents, open_cents") == [(False, 3_000, 7_000)]
        booked(town)

    def test_a_fine_paid_here_and_certified_afterwards(self, tmp_path):
        town = make_town([])
        put(tmp_path, [fine_row("F", violation_on="2026-01-10", due_on="2026-12-20")])
        acknowledge(town, pay(town), NOW + timedelta(hours=1))
        again(tmp_path, [fine_row("F", version="2", kind="CERTIFIED", certified_on="2026-11-20", violation_on="2026-01-10",
                                  due_on="2026-12-20", paid="80.00")])  # fmt: skip
        assert (stands(town), questions(town)) == ([(0, 8_000, 0)], [])
        booked(town)

    def test_a_debt_moves_to_another_code_at_the_turn_of_the_year(self, tmp_path):
        town = self.begin(tmp_path)
        pay(town, 3_000)
        again(tmp_path, [row("A", version="2", **BILL | {"rev_code": "00.3221.0311"})])
        balances = dict(
            rows(town, "SELECT account, sum(amount_cents)::bigint FROM posting WHERE account LIKE '20:%%' GROUP BY 1")
        )
        assert balances == {f"20:{CLEANING}": 0, "20:00.3221.0311": 7_000}
        booked(town)


class TestGivenAmounts:
    def test_a_given_surcharge_starts_anew_but_for_what_the_erp_does_not_know(self, tmp_path):
        town = make_town([])
        given = BILL | {"surcharge": "5.00", "surcharge_as_of": "2026-11-20"}
        put(tmp_path, [row("A", **given), row("B", **given)])
        known = pay(town)
        assert stands(town, "surcharge_cents, surcharge_collected_cents, surcharge_as_of::text") == [
            (500, 500, "2026-11-20"), (500, 0, "2026-11-20"),
        ]  # fmt: skip
        acknowledge(town, known, NOW + timedelta(hours=1))
        pay(town)  # of B, not acknowledged
        renewed = BILL | {"surcharge": "9.00", "surcharge_as_of": "2026-11-23", "version": "2"}
        again(tmp_path, [row("A", paid="100.00", **renewed), row("B", **renewed)])
        assert stands(town, "surcharge_cents, surcharge_collected_cents, surcharge_as_of::text") == [
            (900, 0, "2026-11-23"), (900, 500, "2026-11-23"),
        ]  # fmt: skip
        again(tmp_path, [row("A", version="3", paid="100.00", **BILL)], sequence=3)
        assert stands(town, "surcharge_cents, surcharge_collected_cents, surcharge_as_of::text")[0] == (None, 0, None)

    def test_added_empty_is_ours_to_work_out_and_zero_is_none(self, tmp_path):
        town = make_town([])
        water = {"rev_code": WATER, "orig_code": WATER, "due_on": "2026-12-20"}
        put(tmp_path, [row("1", added="", **water), row("2", added="0.00", **water), row("3", added="7.77", **water)])
        assert stands(town, "added_cents") == [(None,), (0,), (777,)]
        amounts = {found.about: found.amount_cents for found in debts_of(town.people[AFMS[0]], now=NOW).groups[0].rows}
        shown = [found.amount_cents for found in debts_of(town.people[AFMS[0]], now=NOW).groups[0].rows]
        assert sorted(shown) == [10_000, 10_777, 11_300], amounts  # 13 % VAT by our rules


def test_money_booked_while_the_import_waits_is_seen(tmp_path, monkeypatch):
    town = make_town([])
    put(tmp_path, [row("A", **BILL)])
    order = order_by_card(town.people[AFMS[0]])
    paying, may_commit = threading.Event(), threading.Event()
    post = booking.post

    def slowly(*args, **options):
        disposition = post(*args, **options)
        paying.set()
        assert may_commit.wait(20)
        return disposition

    monkeypatch.setattr(booking, "post", slowly)
    said: dict[str, object] = {}

    def in_thread(what, work):
        from django.db import connection

        def run():
            try:
                said[what] = work()
            except Exception as error:  # noqa: BLE001 - compared below
                said[what] = error
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    reply = signed_return(reference_of(town, order))
    money = in_thread("money", lambda: hear_return("PIRAEUS", reply, now=SOON).disposition)
    assert paying.wait(20)
    # The ERP closes it meanwhile: written off in part.
    file = in_thread("file", lambda: again(tmp_path, [row("A", version="2", written_off="10.00", **BILL)]).outcome)
    file.join(1.5)
    assert file.is_alive(), "the import must wait for the money"
    may_commit.set()
    money.join(20)
    file.join(20)
    assert said == {"money": "APPLIED", "file": "DONE"}
    assert stands(town) == [(0, 10_000, 0)]
    assert questions(town) == [("OVERCOLLECTED", "MORE_THAN_OWED", 1_000)]
    booked(town)


def test_any_history_of_files_and_payments_leaves_the_books_right(tmp_path):
    draw = random.Random(20)
    town = make_town([])
    codes, version = [CLEANING, WATER, "00.3221.0311"], {f"D{n}": 0 for n in range(8)}
    for sequence in range(1, 13):
        lines = []
        for ext_id in sorted(version):
            if draw.random() < 0.25:
                continue
            version[ext_id] += draw.choice((0, 1, 1, 2))
            principal = draw.randint(1_000, 20_000)
            paid, written_off = draw.choice((0, 0, principal // 3, principal)), draw.choice((0, 0, 0, principal // 4))
            code, kind = draw.choice(codes), draw.choice(("CERTIFIED", "CERTIFIED", "ARRANGED", "UNCERTIFIED"))
            lines += debt(
                ext_id, draw.randint(1, 3), version=str(version[ext_id]), rev_code=code, kind=kind, added="",
                certified_on="" if kind == "UNCERTIFIED" else "2026-11-06", principal=f"{principal / 100:.2f}",
                paid=f"{paid / 100:.2f}", written_off=f"{written_off / 100:.2f}", afm=draw.choice(AFMS[:1]),
            )  # fmt: skip
        made_at = f"2026-11-22T{sequence:02d}:00:00+02:00"
        path = write(tmp_path, lines, sequence=sequence, made_at=made_at, mode=draw.choice(("FULL", "DELTA", "DELTA")))
        done = import_file(path, path.name, now=NOW + timedelta(minutes=sequence), confirm_closing=True)
        assert done.outcome == "DONE", done.report["defects"]
        booked(town)
        payable = [
            found for group in debts_of(town.people[AFMS[0]], now=NOW).groups for found in group.rows if not found.blocked
        ]  # fmt: skip
        if payable:
            chosen = draw.choice(payable)
            order = order_by_card(town.people[AFMS[0]], [Chosen(chosen.instalment_id)])
            outcome = hear_return(
                "PIRAEUS", signed_return(reference_of(town, order)), now=SOON + timedelta(minutes=sequence)
            )
            if draw.random() < 0.6:
                acknowledge(town, outcome.payment_id, datetime.fromisoformat(made_at) + timedelta(minutes=1))
        booked(town)
    assert one(town, "SELECT count(*) FROM payment") > 5
    assert one(town, "SELECT count(*) FROM worklist_item") > 0
