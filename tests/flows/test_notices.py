"""Notices: what they say, their codes, once and for ever; batches that reach whom they showed and survive anything."""

import csv
import io
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pypdf
import pytest
from django.db import connection

from obolos.base.periods import month_of
from obolos.base.references import rf_check, rf_format
from obolos.base.tenancy import tenancy
from obolos.domain.people.models import Person
from obolos.flows import notice_batches
from obolos.flows.demo_data.shapes import Part
from obolos.flows.notice_batches import (
    BatchUnknown,
    Choice,
    NobodyReached,
    batch_csv,
    batch_file,
    batch_of,
    cancel_notices,
    expire_batches,
    plan_of,
    run_batches,
    start_notices,
)
from obolos.flows.notices import NothingOwed, NoticeUnknown, make_notice, notice_pdf
from obolos.flows.payer_record import payer_record
from obolos.flows.show_debts import debts_of
from obolos.flows.uptake import uptake_of
from tests.flows.test_slips import ask_dias
from tests.reliability.stories import another_session, until_somebody_waits
from tests.support.world import ELENI, GIORGOS, NOW, Town, broken_proofs, certified, counts, fine, make_town, one, rows

pytestmark = pytest.mark.usefixtures("db_clean")
PARTS = [Part(date(2026, 10, 30), 4_500), Part(date(2027, 1, 29), 4_500)]


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.OBOLOS_NOTICES = tmp_path


@pytest.fixture
def town() -> Town:
    """Eleni owes a fee in two instalments, one of them late, and a fine; Giorgos a fee."""
    return make_town([certified(9_000, parts=PARTS), fine(8_000), certified(5_000, afm=GIORGOS)])


def debtor(town: Town, afm: str = ELENI) -> int:
    """A debtor's id."""
    return int(one(town, "SELECT id FROM debtor WHERE afm = %s", afm))


def text_of(pdf: bytes) -> str:
    """What a reader, or somebody who listens, gets of a file."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf), strict=True).pages)


def change(town: Town, sql: str, *values: Any) -> None:
    """Something happens in the town that no flow brings about here."""
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute(sql, list(values))


def notice(town: Town, afm: str = ELENI, language: str = "el") -> str:
    """The text of a new notice."""
    made = make_notice(debtor(town, afm), municipality_id=town.id, language=language, by_user=1, now=NOW)
    return text_of(notice_pdf(made, municipality_id=town.id, by_user=1, now=NOW)[1])


def start(town: Town, choice: Choice | None = None, language: str = "el") -> int:
    """A batch of whatever a choice reaches."""
    plan = plan_of(choice or Choice(), municipality_id=town.id)
    return start_notices(
        plan.choice, expected=plan.reach, municipality_id=town.id, language=language, by_user=1, now=NOW
    )


def file_text(town: Town, batch: int, number: int = 1) -> str:
    """The text of a batch's file."""
    return text_of(batch_file(batch, number, municipality_id=town.id, by_user=1, now=NOW).read_bytes())


def test_a_notice_says_what_is_owed_until_when_and_how_to_pay(town: Town) -> None:
    text = notice(town)
    for words in (
        "Δήμος Ιωαννιτών", "Μαρκάκη Ελένη", "•••••6853", "170,33", "30/10/2026 (έληξε)", "45,33", "01/12/2026: 45,66",
        "29/01/2027", "Κλήση 2026-1", "80,00", "ισχύει έως 30/11/2026", "Πώς πληρώνετε", "/genuine", "Δεν ζητάμε ποτέ",
    ):  # fmt: skip
        assert words in text, words
    assert ELENI not in text
    for code, cents in rows(town, "SELECT code, amount_cents FROM rf_code"):
        assert rf_format(code) in text
        assert rf_check(code).admits(cents)
    for (code,) in rows(town, "SELECT code FROM pay_code"):
        assert rf_format(code) in " ".join(text.split())
    assert broken_proofs() == []


def test_a_notice_in_english(town: Town) -> None:
    text = notice(town, language="en")
    assert "Notice of debts" in text
    assert "€170.33" in text
    assert "Ticket 2026-1" in text


def test_the_same_notice_printed_again_is_the_same_to_the_byte(town: Town) -> None:
    made = make_notice(debtor(town), municipality_id=town.id, language="el", by_user=1, now=NOW)
    first = notice_pdf(made, municipality_id=town.id, by_user=1, now=NOW)
    codes = counts(town)["rf_code"]
    assert notice_pdf(made, municipality_id=town.id, by_user=2, now=NOW + timedelta(days=9)) == first
    assert counts(town)["rf_code"] == codes == 3
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'notice.printed'") == 2


def test_its_codes_are_paid_once_and_nobody_s_step_or_message(town: Town) -> None:
    before = counts(town)
    notice(town)
    after = counts(town)
    assert {name for name in after if after[name] != before[name]} == {
        "payment_order", "order_line", "rf_code", "audit_entry",
    }  # fmt: skip
    rf, cents = rows(town, "SELECT code, amount_cents FROM rf_code ORDER BY amount_cents LIMIT 1")[0]
    assert str(ask_dias(rf, cents + 1, "R1")) == "AM06"
    assert ask_dias(rf, cents, "R2") is None
    assert str(ask_dias(rf, cents, "R3")) == "AM05"
    ways = uptake_of(month_of(NOW.date()), municipality_id=town.id, now=NOW).ways
    assert [(way.channel, way.path, way.count, way.cents) for way in ways] == [("RF", "notice", 1, cents)]
    assert broken_proofs() == []


def test_a_code_printed_by_the_municipality_is_printed_and_none_of_ours(town: Town) -> None:
    change(town, "UPDATE instalment SET rf = 'RF64900120120000000004711' WHERE principal_cents = 8000")
    text = notice(town)
    assert "RF64 9001 2012 0000 0000 0471 1" in text
    assert counts(town)["rf_code"] == 2


def test_nothing_owed_is_said_and_nothing_is_made(town: Town) -> None:
    change(town, "UPDATE instalment SET withdrawn = true")
    before = counts(town) | {"notice": one(town, "SELECT count(*) FROM notice")}
    with pytest.raises(NothingOwed):
        make_notice(debtor(town), municipality_id=town.id, language="el", by_user=1, now=NOW)
    assert counts(town) | {"notice": one(town, "SELECT count(*) FROM notice")} == before


def test_another_municipality_s_debtor_or_notice_is_not_there(town: Town) -> None:
    other = make_town([], code="9083")
    with pytest.raises(NoticeUnknown):
        make_notice(debtor(town), municipality_id=other.id, language="el", by_user=1, now=NOW)
    made = make_notice(debtor(town), municipality_id=town.id, language="el", by_user=1, now=NOW)
    with pytest.raises(NoticeUnknown):
        notice_pdf(made, municipality_id=other.id, by_user=1, now=NOW)


@pytest.mark.parametrize(
    ("choice", "persons", "debts", "cents"),
    [
        (Choice(), 2, 3, 22_000),
        (Choice(min_cents=10_000), 1, 2, 17_000),
        (Choice(due_to=date(2026, 11, 1)), 1, 1, 9_000),
        (Choice(due_from=date(2027, 1, 1), due_to=date(2027, 1, 15)), 0, 0, 0),
        (Choice(year=2025), 0, 0, 0),
        (Choice(catalogue="no such"), 0, 0, 0),
        (Choice(without_email=True), 1, 1, 5_000),
    ],
)
def test_a_choice_shows_whom_it_reaches(town: Town, choice: Choice, persons: int, debts: int, cents: int) -> None:
    with tenancy(person=town.people[ELENI]):
        Person.objects.filter(id=town.people[ELENI]).update(email="eleni@citizens.example")
    reach = plan_of(choice, municipality_id=town.id).reach
    assert (reach.persons, reach.debts, reach.open_cents) == (persons, debts, cents)
    assert Choice.of_json(choice.as_json()) == choice


def test_a_choice_by_kind(town: Town) -> None:
    plan = plan_of(Choice(), municipality_id=town.id)
    fines = next(kind.id for kind in plan.kinds if kind.code == "00.1512.0001")
    assert plan_of(Choice(kind_ids=(fines,)), municipality_id=town.id).reach.debts == 1


def test_a_batch_is_made_file_by_file_in_the_order_of_names(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_batches, "PER_FILE", 1)
    batch = start(town)
    assert (batch_of(batch, municipality_id=town.id).state, batch_of(batch, municipality_id=town.id).percent) == (
        "WAITING",
        0,
    )
    assert run_batches(now=NOW) == 2
    found = batch_of(batch, municipality_id=town.id)
    assert (found.state, found.files, found.printed, found.percent) == ("DONE", 2, 2, 100)
    assert found.asked_cents == 17_033 + 5_000
    first, second = file_text(town, batch, 1), file_text(town, batch, 2)
    assert ("Ζήσης Γεώργιος" in first, "Μαρκάκη" in first) == (True, False)
    assert ("Ζήσης" in second, "Μαρκάκη Ελένη" in second) == (False, True)
    assert run_batches(now=NOW) == 0
    assert broken_proofs() == []


def test_others_than_were_shown_are_not_written_to(town: Town) -> None:
    plan = plan_of(Choice(), municipality_id=town.id)
    change(town, "UPDATE instalment SET withdrawn = true WHERE principal_cents = 5000")
    before = counts(town)
    with pytest.raises(NobodyReached):
        start_notices(plan.choice, expected=plan.reach, municipality_id=town.id, language="el", by_user=1, now=NOW)
    assert counts(town) == before
    assert one(town, "SELECT count(*) FROM notice_batch") == 0


def test_who_paid_meanwhile_gets_no_notice(town: Town) -> None:
    batch = start(town)
    change(town, "UPDATE instalment SET withdrawn = true WHERE principal_cents = 5000")
    run_batches(now=NOW)
    assert batch_of(batch, municipality_id=town.id).printed == 1
    assert "Ζήσης" not in file_text(town, batch)


def test_the_codes_of_a_batch_go_to_a_print_house_and_compute_nothing(town: Town) -> None:
    change(town, "UPDATE debtor SET name = '=cmd|calc' WHERE afm = %s", GIORGOS)
    batch = start(town)
    with pytest.raises(BatchUnknown):
        batch_csv(batch, municipality_id=town.id, by_user=1, now=NOW)
    run_batches(now=NOW)
    content = b"".join(batch_csv(batch, municipality_id=town.id, by_user=1, now=NOW)).decode("utf-8-sig")
    told = list(csv.DictReader(io.StringIO(content), delimiter=";"))
    assert len(told) == 4
    assert {row["rf"] for row in told} == {code for (code,) in rows(town, "SELECT code FROM rf_code")}
    assert {row["name"] for row in told} == {"'=cmd|calc", "Μαρκάκη Ελένη"}
    assert ELENI not in content


def test_a_batch_is_another_municipality_s_business_only(town: Town) -> None:
    other = make_town([], code="9083")
    batch = start(town)
    run_batches(now=NOW)
    for ask in (
        lambda: batch_of(batch, municipality_id=other.id),
        lambda: batch_file(batch, 1, municipality_id=other.id, by_user=1, now=NOW),
        lambda: batch_csv(batch, municipality_id=other.id, by_user=1, now=NOW),
    ):
        with pytest.raises(BatchUnknown):
            ask()
    assert not cancel_notices(batch, municipality_id=other.id, by_user=1, now=NOW)


def test_a_batch_that_is_stopped_leaves_no_file_and_its_codes_stay_good(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(notice_batches, "PER_FILE", 1)
    batch = start(town)
    render = notice_batches.render_notices

    def stopped_meanwhile(*given: Any, **how: Any) -> bytes:
        assert cancel_notices(batch, municipality_id=town.id, by_user=1, now=NOW)
        return render(*given, **how)

    monkeypatch.setattr(notice_batches, "render_notices", stopped_meanwhile)
    assert run_batches(now=NOW) == 0
    assert batch_of(batch, municipality_id=town.id).state == "CANCELLED"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert one(town, "SELECT count(*) FROM notice WHERE content <> '{}'") == 0
    rf, cents = rows(town, "SELECT code, amount_cents FROM rf_code")[0]
    assert ask_dias(rf, cents) is None


def test_whoever_stops_a_batch_waits_for_what_is_being_prepared(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_batches, "PER_FILE", 1)
    batch = start(town)
    prepare = notice_batches.prepare

    def stop() -> bool:
        try:
            return cancel_notices(batch, municipality_id=town.id, by_user=1, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as clerk, another_session(town) as watching:
        begun: list[int] = []
        waited: list[int] = []  # what fails in the worker is logged there, not raised
        stopped: list[Future[bool]] = []

        def stopped_at_the_second(*given: Any) -> Any:
            begun.append(1)
            if len(begun) == 2:
                stopped.append(clerk.submit(stop))
                until_somebody_waits(watching)
                waited.append(1)
            return prepare(*given)

        monkeypatch.setattr(notice_batches, "prepare", stopped_at_the_second)
        run_batches(now=NOW)
        assert stopped[0].result(timeout=10)
    assert waited
    assert batch_of(batch, municipality_id=town.id).state == "CANCELLED"
    assert one(town, "SELECT count(*) FROM notice WHERE content <> '{}'") == 0


def test_the_next_file_is_prepared_while_one_is_set(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_batches, "PER_FILE", 1)
    start(town)
    prepare, render = notice_batches.prepare, notice_batches.render_notices
    prepared: list[int] = []
    both = Event()

    def counted(due: Any, *given: Any) -> Any:
        prepared.extend(one.id for one in due)
        if len(prepared) == 2:
            both.set()
        return prepare(due, *given)

    def waits(*given: Any, **how: Any) -> bytes:
        assert both.wait(timeout=10), "one after the other"
        return render(*given, **how)

    monkeypatch.setattr(notice_batches, "prepare", counted)
    monkeypatch.setattr(notice_batches, "render_notices", waits)
    assert run_batches(now=NOW) == 2
    assert len(prepared) == len(set(prepared)) == 2


def test_after_a_month_files_and_contents_are_forgotten(town: Town, tmp_path: Path) -> None:
    batch = start(town)
    run_batches(now=NOW)
    assert expire_batches(now=NOW + timedelta(days=29)) == 0
    assert expire_batches(now=NOW + timedelta(days=31)) == 1
    assert batch_of(batch, municipality_id=town.id).state == "EXPIRED"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(BatchUnknown):
        batch_file(batch, 1, municipality_id=town.id, by_user=1, now=NOW)


def test_a_batch_that_cannot_be_set_does_not_hold_up_the_next(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, good = start(town), start(town, Choice(min_cents=10_000))
    render = notice_batches.render_notices

    def breaks(sender: Any, views: Any, **how: Any) -> bytes:
        if len(views) == 2:
            raise RuntimeError("typesetter")
        return render(sender, views, **how)

    monkeypatch.setattr(notice_batches, "render_notices", breaks)
    run_batches(now=NOW)
    assert batch_of(good, municipality_id=town.id).state == "DONE"
    assert batch_of(broken, municipality_id=town.id).state == "RUNNING"
    codes = counts(town)["rf_code"]
    monkeypatch.setattr(notice_batches, "render_notices", render)
    run_batches(now=NOW)
    assert batch_of(broken, municipality_id=town.id).state == "DONE"
    assert counts(town)["rf_code"] == codes


def test_two_posts_of_one_form_at_the_same_moment_make_one_batch(town: Town) -> None:
    plan = plan_of(Choice(), municipality_id=town.id)
    gate = Barrier(2)

    def post(_: int) -> int:
        gate.wait(timeout=10)
        try:
            return start_notices(
                plan.choice, expected=plan.reach, municipality_id=town.id, language="el", by_user=1,
                form_token="f" * 32, now=NOW,
            )  # fmt: skip
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(post, range(2)))
    assert made[0] == made[1]
    assert rows(town, "SELECT count(*) FROM notice_batch") == [(1,)]


def test_a_notice_the_debtor_s_page_and_the_office_say_one_due_date(town: Town) -> None:
    # A Sunday: by law it is due on the working day after it.
    weekend = make_town([certified(5_000, date(2026, 11, 29), afm=GIORGOS, code="9083")], code="9083")
    made = make_notice(debtor(weekend, GIORGOS), municipality_id=weekend.id, by_user=1, language="el", now=NOW)
    view = debts_of(weekend.people[GIORGOS], now=NOW)
    [row] = [row for group in view.groups if group.municipality.id == weekend.id for row in group.rows]
    assert row.effective_due_on == date(2026, 11, 30)
    part = one(weekend, "SELECT content->'debts'->0->'instalments'->0->>'due_on' FROM notice")
    record = payer_record(debtor(weekend, GIORGOS), municipality_id=weekend.id, by_user=1, now=NOW)
    assert made
    assert part == "2026-11-30"
    assert [str(row.due_on) for row in record.open_debts] == ["2026-11-30"]


def test_a_notice_of_a_kind_that_guests_may_not_pay_says_that_one_signs_in(town: Town) -> None:
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute("UPDATE revenue_kind SET guest = false")
        cursor.execute("UPDATE municipality SET law_version = law_version + 1 WHERE id = %s", [town.id])
    make_notice(debtor(town), municipality_id=town.id, by_user=1, language="el", now=NOW)
    assert rows(town, "SELECT DISTINCT d->>'guest' FROM notice, jsonb_array_elements(content->'debts') d") == [
        ("false",)
    ]
