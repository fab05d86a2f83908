"""Paper under fire: a worker killed while it moves money of slips or makes notices, two at once, payers in between.

However it dies or races, a slip's money ends on its fine once, a notice has one code for each instalment, and a batch
ends with whole files.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from obolos.adapters.dias.online import IncomingPayment, OnlineRequest
from obolos.base.references import slip_format
from obolos.flows import notice_batches
from obolos.flows.dias import answer_online
from obolos.flows.hear_bank import hear_return
from obolos.flows.import_debts import import_file
from obolos.flows.match_slips import CannotMatch, leave_slip, match_by_hand, match_slips
from obolos.flows.notice_batches import Choice, batch_of, plan_of, run_batches, start_notices
from obolos.flows.slips import find_slip, make_pad, slip_kinds, state_slip
from tests.flows.test_slips import card, debts_file_text
from tests.reliability.conftest import Nursery
from tests.reliability.crowd import race
from tests.reliability.stories import another_session, crowded_town
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

pytestmark = [pytest.mark.kills, pytest.mark.usefixtures("db_clean")]
LATER = NOW + timedelta(hours=1)
KIND = "00.1512.0001"
SLIPS = 3


@pytest.fixture(autouse=True)
def _bank(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_says_ready(monkeypatch)


def pad_of(town: Town, count: int = SLIPS) -> list[tuple[str, str]]:
    """(number, RF code) of the slips of a new pad."""
    kind = slip_kinds(municipality_id=town.id)[0].id
    make_pad(
        municipality_id=town.id, kind_id=kind, label="", count=count, fixed_cents=None, amounts=(), by_user=1, now=NOW
    )
    return rows(
        town, "SELECT s.number, r.code FROM preissued_slip s JOIN rf_code r ON r.id = s.rf_code_id ORDER BY s.id"
    )


def pay_at_a_bank(rf: str, cents: int, rid: str) -> str | None:
    """DIAS asks about a payment; its rejection."""
    payment = IncomingPayment(
        rid=rid, organisation="99084", bank_txn=f"T{rid}", rf=rf, amount_cents=cents, paid_at=NOW, booked_on=None,
        debtor_name="", debtor_bank="", remittance="", line_of_business="", created_at=None,
    )  # fmt: skip
    told = answer_online(OnlineRequest("TEST", (payment,)), user="dias-9084", password="demo-dias-9084", now=NOW)
    return str(told[0].rejection) if told[0].rejection else None


def bring_fines(folder: Path, numbers: Sequence[str], cents: int = 4_000) -> None:
    """A debts file with a fine for each slip."""
    lines = [
        f"9084-F{place};1;038836853;Μαρκάκη Ελένη;N;UNCERTIFIED;{KIND};{KIND};2026;;;;Κλήση;;2027-01-20;1;1;"
        f"{cents // 100}.00;;;;0.00;0.00;;{slip_format(number)};ΙΝΑ-1234;2026-11-21\n"
        for place, number in enumerate(numbers)
    ]
    path = folder / "9084_DEBTS_20261122_1.csv"
    path.write_text(debts_file_text(1, lines, cents * len(lines)))
    import_file(path, path.name, now=LATER)


@pytest.fixture
def paid(tmp_path: Path) -> Town:
    """A town with slips that were paid at a bank, and their fines just arrived."""
    town = make_town([])
    slips = pad_of(town)
    for place, (_, rf) in enumerate(slips):
        assert pay_at_a_bank(rf, 4_000, f"R{place}") is None
    bring_fines(tmp_path, [number for number, _ in slips])
    return town


def settled(town: Town) -> None:
    """Every slip's money is on its fine, once, and the books hold."""
    assert rows(town, "SELECT DISTINCT ended FROM preissued_slip") == [("MATCHED",)]
    assert one(town, "SELECT count(*) FROM entry WHERE kind = 'MOVE'") == SLIPS
    assert one(town, "SELECT count(*) FROM entry WHERE kind = 'REVERSAL'") == SLIPS
    fines = "FROM instalment i JOIN debt d ON d.id = i.debt_id WHERE d.origin = 'ERP'"
    assert rows(town, f"SELECT sum(i.collected_cents)::bigint, sum(i.open_cents)::bigint {fines}") == [
        (4_000 * SLIPS, 0)
    ]
    told = "SELECT count(*) FROM delivery WHERE target = 'ERP' AND due_at <= %s"
    assert one(town, told, LATER + timedelta(minutes=1)) == SLIPS
    assert one(town, "SELECT count(*) FROM worklist_item") == 0
    assert broken_proofs() == []


@pytest.mark.parametrize(
    ("moment", "what", "nth"),
    [
        ("after", "FOR UPDATE OF s", 2),
        ("after", "^UPDATE instalment i SET collected_cents", 2),
        ("after", "^UPDATE instalment SET collected_cents", 2),
        ("after", "INSERT INTO entry", 3),
        ("after", "INSERT INTO entry", 4),
        ("after", "^INSERT INTO collection", 2),
        ("after", "^UPDATE preissued_slip", 2),
        ("after", "^UPDATE delivery SET due_at", 2),
        ("before", "^COMMIT of INSERT INTO .?audit_entry", 2),
        ("after", "^COMMIT of INSERT INTO .?audit_entry", 2),
    ],
)
def test_a_worker_killed_while_it_moves_money_of_slips(
    paid: Town, nursery: Nursery, outside: Path, moment: str, what: str, nth: int
) -> None:
    kill = {"message": 1, "moment": moment, "what": what, "nth": nth}
    assert nursery.run("match_slips", [{}], outside=outside, now=LATER, kill=kill).signal == 9
    assert broken_proofs() == []
    assert match_slips(now=LATER) in {1, 2}
    settled(paid)


def test_two_workers_and_a_clerk_match_the_same_slips(paid: Town, wide_pool: None, gates: Iterator[Path]) -> None:
    pairs = rows(
        paid, "SELECT s.id, d.id FROM preissued_slip s JOIN debt d ON d.ticket_folded = s.number ORDER BY s.id"
    )

    def by_hand() -> int:
        moved = 0
        for slip, fine in pairs:
            try:
                moved += match_by_hand(slip, fine, municipality_id=paid.id, by_user=1, now=LATER)
            except CannotMatch:
                continue
        return moved

    told = race(next(gates), *[lambda: match_slips(now=LATER)] * 3, by_hand)
    assert sum(told[:3]) + told[3] // 4_000 == SLIPS
    settled(paid)


def test_a_clerk_leaves_what_a_worker_is_matching(paid: Town, wide_pool: None, gates: Iterator[Path]) -> None:
    slips = [slip for (slip,) in rows(paid, "SELECT id FROM preissued_slip")]
    race(
        next(gates),
        lambda: match_slips(now=LATER),
        lambda: [leave_slip(slip, municipality_id=paid.id, by_user=1, now=LATER) for slip in slips],
    )
    ended = dict(rows(paid, "SELECT ended, count(*) FROM preissued_slip GROUP BY ended"))
    assert sum(ended.values()) == SLIPS
    assert "" not in ended
    assert one(paid, "SELECT count(*) FROM entry WHERE kind = 'MOVE'") == ended.get("MATCHED", 0)
    assert broken_proofs() == []


def test_one_slip_paid_by_card_and_twice_at_banks_while_its_fine_is_matched(
    wide_pool: None, gates: Iterator[Path], tmp_path: Path
) -> None:
    town = make_town([])
    ((number, rf),) = pad_of(town, 1)
    found = find_slip(number, "INA1234", now=NOW)
    assert found
    state_slip(found.slip_id, municipality_id=town.id, cents=4_000, violation_on=None, plate="", now=NOW)
    order = card(town, one(town, "SELECT debt_id FROM preissued_slip"))
    reply = signed_return(reference_of(town, order))
    bring_fines(tmp_path, [number])
    race(
        next(gates),
        lambda: hear_return("PIRAEUS", reply, now=NOW),
        lambda: hear_return("PIRAEUS", reply, now=NOW),
        lambda: pay_at_a_bank(rf, 4_000, "R1"),
        lambda: pay_at_a_bank(rf, 4_000, "R2"),
        lambda: match_slips(now=LATER),
        lambda: match_slips(now=LATER),
    )
    match_slips(now=LATER)
    fine = rows(
        town,
        "SELECT i.collected_cents, i.open_cents FROM instalment i JOIN debt d ON d.id = i.debt_id WHERE d.origin = 'ERP'",
    )
    assert fine == [(4_000, 0)]
    assert broken_proofs() == []
    # Whatever came twice is in the books and with a person.
    paid, asked = (
        one(town, "SELECT sum(amount_cents)::bigint FROM payment"),
        one(town, "SELECT coalesce(sum(amount_cents), 0)::bigint FROM worklist_item WHERE closed_at IS NULL"),
    )
    assert paid - asked == 4_000


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> tuple[Town, int]:
    """A batch for seven people, in files of three."""
    town, _ = crowded_town(7, debts_each=2)
    monkeypatch.setattr(notice_batches, "PER_FILE", 3)
    plan = plan_of(Choice(), municipality_id=town.id)
    return town, start_notices(
        plan.choice, expected=plan.reach, municipality_id=town.id, language="el", by_user=1, now=NOW
    )


def whole(town: Town, batch: int) -> None:
    """Every notice has one code for each instalment, and every file is there."""
    found = batch_of(batch, municipality_id=town.id)
    assert (found.state, found.files, found.printed) == ("DONE", 3, 7)
    assert one(town, "SELECT count(*) FROM rf_code") == 14
    assert one(town, "SELECT count(DISTINCT form_token) FROM payment_order") == 14
    folder = Path(settings.OBOLOS_NOTICES) / str(town.id) / str(batch)
    files = sorted(path for path in folder.iterdir() if path.suffix == ".pdf")
    assert [path.name for path in files] == ["001.pdf", "002.pdf", "003.pdf"]
    assert all(path.read_bytes().rstrip().endswith(b"%%EOF") for path in files)
    assert broken_proofs() == []


@pytest.mark.parametrize(
    ("moment", "what", "nth"),
    [
        ("after", "^UPDATE .?notice_batch.? SET .?state", 1),
        ("after", "FOR UPDATE OF n SKIP LOCKED", 3),
        ("after", "INSERT INTO payment_order", 2),
        ("after", "^INSERT INTO pay_code", 2),
        ("after", "^UPDATE notice n SET content", 2),
        ("before", "^COMMIT of UPDATE notice n", 2),
        ("after", "^COMMIT of UPDATE notice n", 2),
        ("before", "^UPDATE .?notice_batch.? SET .?files", 2),
        ("after", "^UPDATE .?notice_batch.? SET .?files", 2),
        ("before", "^COMMIT of INSERT INTO .?audit_entry", 1),
    ],
)
def test_a_worker_killed_while_it_makes_notices(
    asked_for: tuple[Town, int], nursery: Nursery, outside: Path, moment: str, what: str, nth: int
) -> None:
    town, batch = asked_for
    kill = {"message": 1, "moment": moment, "what": what, "nth": nth}
    assert nursery.run("run_batches", [{}], outside=outside, now=NOW, kill=kill).signal == 9
    run_batches(now=NOW)
    whole(town, batch)


def test_two_workers_make_the_same_batch(asked_for: tuple[Town, int], wide_pool: None, gates: Iterator[Path]) -> None:
    town, batch = asked_for
    race(next(gates), *[lambda: run_batches(now=NOW)] * 3)
    run_batches(now=NOW)
    whole(town, batch)


def test_a_file_waits_for_the_notice_that_another_worker_is_preparing(asked_for: tuple[Town, int]) -> None:
    town, batch = asked_for
    with another_session(town) as cursor:
        cursor.execute("SELECT id FROM notice WHERE place = 2 FOR UPDATE")
        assert run_batches(now=NOW) == 0
        assert batch_of(batch, municipality_id=town.id).files == 0
    assert run_batches(now=NOW) == 3
    whole(town, batch)
