"""Importing debts files, told as stories: what is written, what is refused, what is asked, and that nothing is in between."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from launch import environment, places
from obolos.base.references import rf_code
from obolos.base.tenancy import tenancy
from obolos.domain.debts import intake
from obolos.domain.debts.models import DebtsFile
from obolos.domain.municipalities.actions import note_debts_as_of
from obolos.flows import import_debts, import_steps
from obolos.flows.import_debts import Imported, Outcome, UnknownMunicipality, import_file
from obolos.flows.show_debts import debts_of
from tests.support import databases
from tests.support.debts_files import AFMS, CLEANING, FINE, MADE_AT, SAMPLES, WATER, debt, fine_row, row, write
from tests.support.world import (
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    rows,
)

pytestmark = pytest.mark.usefixtures("db_clean")
LATER = "2026-11-21T03:00:00+02:00"
TABLES = ("person", "debtor", "debt", "instalment", "entry", "posting", "worklist_item")


def put(path: Path, **options) -> Imported:
    return import_file(path, path.name, now=options.pop("now", NOW), **options)


def state(town: Town) -> dict[str, list]:
    """Everything an import writes, except files and audit entries."""
    return {table: rows(town, f"SELECT * FROM {table} ORDER BY 1") for table in TABLES}


def debts(town: Town, columns: str = "ext_id, version, withdrawn_at IS NULL") -> list[tuple]:
    return rows(town, f"SELECT {columns} FROM debt WHERE origin = 'ERP' ORDER BY ext_id")


def parts(town: Town, columns: str, ext_id: str = "%") -> list[tuple]:
    return rows(
        town, f"SELECT {columns} FROM instalment i JOIN debt d ON d.id = i.debt_id WHERE d.ext_id LIKE %s "
        "ORDER BY d.ext_id, i.number", ext_id,
    )  # fmt: skip


def balances(town: Town) -> dict[str, int]:
    """What each ledger account stands at, without those at nothing."""
    return dict(
        rows(town, "SELECT account, sum(amount_cents)::bigint FROM posting GROUP BY 1 HAVING sum(amount_cents) <> 0")
    )


def files(town: Town) -> list[tuple]:
    return rows(town, "SELECT name, state, sequence, rows, principal_cents FROM debts_file ORDER BY id")


def reasons(done: Imported) -> dict[str, int]:
    return done.report["defects"]["by_reason"]


class TestGoodFiles:
    @pytest.mark.parametrize(
        ("name", "rows_of_file", "debts_of_file", "cents"),
        [
            ("9083_DEBTS_20261120_1.csv", 61, 21, 2_201_870),
            ("9084_DEBTS_20261120_1.csv", 120, 57, 3_387_496),
            ("9086_DEBTS_20261120_1.csv", 62, 12, 1_603_785),
        ],
    )
    def test_the_samples_are_imported_whole(self, name, rows_of_file, debts_of_file, cents):
        town = make_town([], code=name[:4])
        out = io.StringIO()
        call_command("import_debts", str(SAMPLES / name), stdout=out)
        said = out.getvalue()
        assert f"rows {rows_of_file} (trailer {rows_of_file})" in said
        euro = f"{cents // 100}.{cents % 100:02d}"
        assert f"sum of principal {euro} (trailer {euro})" in said
        assert files(town) == [(name, "DONE", 1, rows_of_file, cents)]
        assert one(town, "SELECT count(*) FROM debt WHERE origin = 'ERP'") == debts_of_file
        assert rows(town, "SELECT count(*), sum(principal_cents)::bigint FROM instalment") == [(rows_of_file, cents)]
        assert broken_proofs() == []

    def test_every_column_reaches_its_place(self, tmp_path):
        town = make_town([])
        rf = rf_code("99084", None, "000000000000042")
        bill = row("W", name="Ρήγας Φεραίος", afm=AFMS[1], added="", surcharge="3.21", surcharge_as_of="2026-11-19", paid="40.00",
                   written_off="10.00", rf=rf, orig_code="00.9")  # fmt: skip
        assert put(write(tmp_path, [bill, fine_row("F")])).outcome == "DONE"
        assert debts(
            town, "ext_id, version, kind, rev_code, orig_code, year, catalogue, line, atb, description, certified_on::text, "
            "ticket_no, ticket_folded, plate, plate_folded, violation_on::text",
        ) == [
            ("F", 1, "UNCERTIFIED", FINE, FINE, 2026, "130", "2137", "139/2026", "Πρόστιμο ΚΟΚ", None, "7180375", "7180375",
             "ΙΝΑ-2339", "INA2339", "2026-11-11"),
            ("W", 1, "CERTIFIED", WATER, "00.9", 2026, "130", "2137", "139/2026", "Ύδρευση", "2026-11-06", "", "", "", "", None),
        ]  # fmt: skip
        assert parts(
            town, "number, of, due_on::text, principal_cents, written_off_cents, elsewhere_cents, collected_cents, added_cents, "
            "surcharge_cents, surcharge_as_of::text, rf, open_cents", "W",
        ) == [(1, 1, "2027-01-20", 10_000, 1_000, 4_000, 0, None, 321, "2026-11-19", rf, 5_000)]  # fmt: skip
        assert parts(town, "added_cents, surcharge_cents, open_cents", "F") == [(0, None, 8_000)]
        assert rows(town, "SELECT name, name_folded FROM debtor WHERE afm = %s", AFMS[1]) == [
            ("Ρήγας Φεραίος", "ΡΗΓΑΣ ΦΕΡΑΙΟΣ")
        ]
        assert rows(town, "SELECT account, sum(amount_cents)::bigint FROM posting GROUP BY 1 ORDER BY 1") == [
            (f"20:{WATER}", 5_000), (f"30:{WATER}", -5_000),
        ]  # fmt: skip
        assert broken_proofs() == []

    def test_the_payer_sees_them_and_the_time_they_are_of(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, debt("D", 3)))
        view = debts_of(town.people[AFMS[0]], now=NOW)
        assert [row.number for group in view.groups for row in group.rows] == [1, 2, 3]
        assert view.groups[0].as_of == datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
        put(write(tmp_path, [], sequence=2, made_at="2026-11-22T13:00:00+02:00"), now=NOW + timedelta(hours=2))
        assert debts_of(town.people[AFMS[0]], now=NOW).groups[0].as_of == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
        put(write(tmp_path, [], sequence=3, made_at="2026-12-22T13:00:00+02:00"), now=NOW + timedelta(hours=3))
        assert debts_of(town.people[AFMS[0]], now=NOW).groups[0].as_of == NOW + timedelta(hours=3)

    def test_debts_said_whole_are_of_the_file_s_moment_whatever_was_said_before(self, tmp_path):
        town = make_town([])
        with tenancy(municipality=town.id):
            note_debts_as_of(moment=NOW)
        said = "SELECT debts_as_of FROM municipality WHERE id = %s"
        put(write(tmp_path, [row("1")]))
        assert one(town, said, town.id) == NOW
        put(write(tmp_path, [row("1")], mode="FULL", scope=WATER, sequence=2), confirm_closing=True)
        assert one(town, said, town.id) == NOW
        put(write(tmp_path, [row("1")], mode="FULL", sequence=3), confirm_closing=True)
        assert one(town, said, town.id) == datetime.fromisoformat(MADE_AT)

    def test_a_person_is_one_over_municipalities_with_a_name_in_each(self, tmp_path):
        ours, theirs = make_town([]), make_town([], code="9083")
        put(write(tmp_path, [row("1", afm=AFMS[4], name="Βασιλική Οικονόμου")]))
        put(write(tmp_path, [row("1", afm=AFMS[4], name="Οικονόμου Β.", person_type="L")], code="9083"))
        ids = [one(town, "SELECT person_id FROM debtor WHERE afm = %s", AFMS[4]) for town in (ours, theirs)]
        assert ids[0] == ids[1]
        assert one(ours, "SELECT name FROM debtor WHERE afm = %s", AFMS[4]) == "Βασιλική Οικονόμου"
        assert one(theirs, "SELECT name FROM debtor WHERE afm = %s", AFMS[4]) == "Οικονόμου Β."
        assert one(ours, "SELECT person_type FROM person WHERE afm = %s", AFMS[4]) == "N"

    def test_audit_and_one_entry_per_revenue_code(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [row("1"), row("2"), *debt("3", 12, rev_code=CLEANING), fine_row()]))
        file_id = one(town, "SELECT id FROM debts_file")
        assert rows(town, "SELECT key, kind FROM entry ORDER BY key") == [
            (f"certify:{file_id}:{CLEANING}", "CERTIFY"), (f"certify:{file_id}:{WATER}", "CERTIFY"),
        ]  # fmt: skip
        entry = rows(
            town,
            "SELECT actor, action, detail ->> 'outcome' FROM audit_entry WHERE subject = %s",
            f"debts_file:{file_id}",
        )
        assert entry == [("SYSTEM", "debts_file.settled", "DONE")]
        told = one(town, "SELECT detail::text FROM audit_entry WHERE subject = %s", f"debts_file:{file_id}")
        assert AFMS[0] not in told


class TestTurn:
    def test_the_same_file_again_changes_nothing(self, tmp_path, capsys):
        town = make_town([])
        path = write(tmp_path, [row("1"), fine_row()])
        assert put(path).outcome is Outcome.DONE
        before, known = state(town), files(town)
        assert put(path).outcome is Outcome.ALREADY
        call_command("import_debts", str(path))
        assert "already imported, changes nothing" in capsys.readouterr().out
        assert (state(town), files(town)) == (before, known)

    def test_the_same_number_with_other_content_is_refused(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [row("1")]))
        before = state(town)
        done = put(write(tmp_path, [row("1", principal="99.00")]))
        assert (done.outcome, reasons(done)) == ("REFUSED", {"SEQUENCE_TAKEN": 1})
        assert done.report["defects"]["shown"][0]["value"] == "1 / 2"
        assert state(town) == before

    def test_a_gap_is_refused_and_names_the_number_expected(self, tmp_path):
        town = make_town([])
        done = put(write(tmp_path, [row("1")], sequence=2))
        assert (done.outcome, reasons(done), done.report["expected_sequence"]) == ("REFUSED", {"SEQUENCE_GAP": 1}, 1)
        put(write(tmp_path, [row("1")]))
        done = put(write(tmp_path, [row("1", version="2")], sequence=4, made_at=LATER))
        assert (reasons(done), done.report["expected_sequence"]) == ({"SEQUENCE_GAP": 1}, 2)
        assert debts(town) == [("1", 1, True)]

    def test_refused_files_use_up_no_number(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [row("1", afm="1")]))
        assert put(write(tmp_path, [row("1")])).outcome == "DONE"
        assert [found[1:3] for found in files(town)] == [("REFUSED", 1), ("DONE", 1)]

    def test_numbers_are_each_municipalitys_own(self, tmp_path):
        make_town([])
        make_town([], code="9083")
        assert put(write(tmp_path, [row("1")])).outcome == "DONE"
        assert put(write(tmp_path, [row("1")], code="9083")).outcome == "DONE"

    def test_another_municipalitys_file_is_refused(self, tmp_path):
        town = make_town([])
        make_town([], code="9083")
        path = write(tmp_path, [row("1")], code="9083")
        done = put(path, code="9084")
        assert (done.outcome, reasons(done)) == ("REFUSED", {"MUNICIPALITY_OTHER": 1})
        other = put(write(tmp_path, [row("1")], code="9083", sequence=7, scope="00.9999.0001"), code="9084")
        assert (other.outcome, reasons(other)) == ("REFUSED", {"MUNICIPALITY_OTHER": 1})
        assert debts(town) == []
        with pytest.raises(UnknownMunicipality):
            put(path, code="9999")
        with pytest.raises(CommandError, match="no municipality '9090'"):
            call_command("import_debts", str(write(tmp_path, [row("1")], code="9090")))

    def test_times_out_of_order_are_noted(self, tmp_path):
        make_town([])
        put(write(tmp_path, [], made_at=LATER))
        done = put(write(tmp_path, [], sequence=2))
        assert (done.outcome, done.report["notes"]["by_reason"]) == ("DONE", {"MADE_BEFORE_LAST": 1})
        done = put(write(tmp_path, [], sequence=3, made_at="2026-12-01T00:00:00+02:00"))
        assert (done.outcome, done.report["notes"]["by_reason"]) == ("DONE", {"MADE_AHEAD": 1})


class TestVersions:
    def test_only_a_newer_version_counts(self, tmp_path):
        town = make_town([])
        put(
            write(
                tmp_path, [row("A", version="5"), row("B", version="5"), row("C", version="5"), row("D", version="5")]
            )
        )
        changed = [
            row("A", version="6", principal="200.00", name="Άλλο Όνομα"), row("B", version="4", principal="200.00"),
            row("C", version="5"), row("D", version="5", principal="200.00"), row("E", afm=AFMS[1]),
        ]  # fmt: skip
        done = put(write(tmp_path, changed, sequence=2, made_at=LATER))
        assert done.outcome == "DONE"
        assert debts(town, "ext_id, version") == [("A", 6), ("B", 5), ("C", 5), ("D", 5), ("E", 1)]
        assert parts(town, "principal_cents") == [(20_000,), (10_000,), (10_000,), (10_000,), (10_000,)]
        assert {key: done.report["debts"][key] for key in ("new", "changed", "same", "older", "other_content")} == {
            "new": 1, "changed": 1, "same": 1, "older": 1, "other_content": 1,
        }  # fmt: skip
        assert [(one["line"], one["value"], one["reason"]) for one in done.report["notes"]["shown"]] == [
            (2, "Μπότσαρης Χρήστος → Άλλο Όνομα", "PERSON_RENAMED"),
            (3, "B: 4 / 5", "VERSION_OLDER"), (5, "D: 5 / 5", "VERSION_SAME_OTHER_CONTENT"),
        ]  # fmt: skip
        assert one(town, "SELECT name FROM debtor WHERE afm = %s", AFMS[0]) == "Άλλο Όνομα"
        assert broken_proofs() == []

    def test_whoever_is_renamed_is_told_with_count_and_lines(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [row("A"), row("B", afm=AFMS[1], name="Σωστό Όνομα")]))
        again = [
            row("A", version="2", name="ΜΠΟΤΣΑΡΗΣ ΧΡΗΣΤΟΣ"), row("B", version="2", afm=AFMS[1], name="Άλλος Άνθρωπος"),
            row("C", afm=AFMS[1], name="Άλλος Άνθρωπος"), row("D", afm=AFMS[2], name="Καινούργιος Οφειλέτης"),
        ]  # fmt: skip
        done = put(write(tmp_path, again, sequence=2))
        assert (done.outcome, done.report["notes"]["by_reason"]) == ("DONE", {"PERSON_RENAMED": 2})
        assert [(one["line"], one["column"]) for one in done.report["notes"]["shown"]] == [(3, "name"), (4, "name")]
        assert one(town, "SELECT name FROM debtor WHERE afm = %s", AFMS[1]) == "Άλλος Άνθρωπος"

    def test_names_of_ignored_rows_are_ignored(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [row("A", version="5", afm=AFMS[1], name="Σωστό Όνομα")]))
        put(write(tmp_path, [row("A", version="4", afm=AFMS[1], name="Παλιό Όνομα")], sequence=2))
        assert one(town, "SELECT name FROM debtor WHERE afm = %s", AFMS[1]) == "Σωστό Όνομα"

    def test_everything_about_a_debt_may_change(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, debt("A", 3)))
        moved = debt("A", 2, version="2", afm=AFMS[1], name="Ζήσης Α", kind="ARRANGED", rev_code=CLEANING, principal="55.50",
                     surcharge="1.00", surcharge_as_of="2026-11-20")  # fmt: skip
        done = put(write(tmp_path, moved, sequence=2, made_at=LATER))
        assert done.report["instalments"] == {"new": 0, "changed": 2, "withdrawn": 1}
        person = one(town, "SELECT person_id FROM debtor WHERE afm = %s", AFMS[1])
        assert debts(town, "kind, rev_code, person_id") == [("ARRANGED", CLEANING, person)]
        assert parts(town, "number, of, withdrawn, open_cents, i.person_id = " + str(person)) == [
            (1, 2, False, 5_550, True), (2, 2, False, 5_550, True), (3, 3, True, 0, True),
        ]  # fmt: skip
        back = debt("A", 4, version="3", rev_code=CLEANING)
        done = put(write(tmp_path, back, sequence=3, made_at=LATER))
        assert done.report["instalments"] == {"new": 1, "changed": 3, "withdrawn": 0}
        assert parts(town, "number, of, withdrawn, open_cents, surcharge_cents") == [
            (n, 4, False, 10_000, None) for n in (1, 2, 3, 4)
        ]
        assert balances(town) == {f"20:{CLEANING}": 40_000, f"30:{CLEANING}": -40_000}
        assert broken_proofs() == []

    def test_a_file_that_changes_no_claim_posts_nothing(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [row("A")]))
        entries = one(town, "SELECT count(*) FROM entry")
        done = put(write(tmp_path, [row("A", version="2", description="Άλλη"), fine_row()], sequence=2))
        assert (done.outcome, done.report["entries"], one(town, "SELECT count(*) FROM entry")) == ("DONE", 0, entries)

    def test_uncertified_becomes_certified(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [fine_row("F")]))
        assert one(town, "SELECT count(*) FROM posting") == 0
        put(
            write(
                tmp_path,
                [fine_row("F", version="2", kind="CERTIFIED", certified_on="2026-11-20")],
                sequence=2,
                made_at=LATER,
            )
        )
        assert rows(town, "SELECT account, amount_cents FROM posting ORDER BY 1") == [
            (f"20:{FINE}", 8_000),
            (f"30:{FINE}", -8_000),
        ]
        assert broken_proofs() == []

    def test_a_demo_debt_of_that_id_becomes_the_erps(self, tmp_path):
        town = make_town([certified(5_000)])
        ext_id = one(town, "SELECT ext_id FROM debt")
        done = put(write(tmp_path, [row(ext_id, version="2")]))
        assert (done.outcome, debts(town)) == ("DONE", [(ext_id, 2, True)])
        assert broken_proofs() == []


class TestFull:
    def full(
        self, tmp_path: Path, ids, *, sequence: int = 2, scope: str = "*", version: str = "1", **options
    ) -> Imported:
        made = [row(one, version=version) for one in ids]
        return put(write(tmp_path, made, mode="FULL", scope=scope, sequence=sequence, made_at=LATER), **options)

    def begin(self, tmp_path: Path, count: int = 100, **changes: str) -> Town:
        town = make_town([])
        put(write(tmp_path, [row(f"A{n:03d}", **changes) for n in range(count)]))
        return town

    def test_two_percent_are_closed_without_asking(self, tmp_path):
        town = self.begin(tmp_path)
        done = self.full(tmp_path, [f"A{n:03d}" for n in range(2, 100)])
        assert (done.outcome, done.report["debts"]["closed"]) == ("DONE", 2)
        assert debts(town)[:3] == [("A000", 1, False), ("A001", 1, False), ("A002", 1, True)]
        assert parts(town, "withdrawn, open_cents")[:3] == [(True, 0), (True, 0), (False, 10_000)]
        assert broken_proofs() == []

    def test_more_are_asked_about_and_nothing_is_written(self, tmp_path, capsys):
        town = self.begin(tmp_path)
        before = state(town)
        done = self.full(tmp_path, [f"A{n:03d}" for n in range(3, 100)])
        assert done.outcome == "ASKING"
        closing = done.report["closing"]
        assert (closing["count"], closing["open_in_scope"], closing["too_many"], closing["open_cents"]) == (
            3,
            100,
            True,
            30_000,
        )
        assert closing["ext_ids"] == ["A000", "A001", "A002"]
        assert state(town) == before
        assert files(town)[-1][1] == "ASKING"
        path = tmp_path / "9084_DEBTS_20261121_2.csv"
        with pytest.raises(SystemExit) as stopped:
            call_command("import_debts", str(path))
        assert stopped.value.code == 3
        assert "leaves out 3 of 100 open debts" in capsys.readouterr().out
        call_command("import_debts", str(path), "--confirm-closing")
        assert [one[2] for one in debts(town)[:4]] == [False, False, False, True]
        assert broken_proofs() == []

    def test_only_within_the_scope(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [row("W1"), row("W2"), row("C1", rev_code=CLEANING), row("C2", rev_code=CLEANING)]))
        done = self.full(tmp_path, ["W1"], scope=f"{WATER} {FINE}", confirm_closing=True)
        assert done.report["closing"]["open_in_scope"] == 2
        assert debts(town) == [("C1", 1, True), ("C2", 1, True), ("W1", 1, True), ("W2", 1, False)]
        done = put(write(tmp_path, [row("C1", version="2", rev_code=CLEANING)], mode="FULL", scope=WATER, sequence=3))
        assert reasons(done) == {"CODE_OUTSIDE_SCOPE": 1}
        done = put(write(tmp_path, [], mode="FULL", scope=f"{WATER} 00.7777.0001", sequence=3))
        assert [(one["line"], one["column"], one["reason"]) for one in done.report["defects"]["shown"]] == [
            (1, "scope", "CODE_UNKNOWN")
        ]

    def test_demo_debts_count_as_the_erps(self, tmp_path):
        town = make_town([certified(5_000), certified(7_000)])
        done = self.full(tmp_path, ["A1"], sequence=1)
        assert (done.outcome, done.report["closing"]["by_origin"]) == ("ASKING", {"DEMO": 2})
        assert one(town, "SELECT count(*) FROM debt WHERE withdrawn_at IS NOT NULL") == 0

    def test_a_live_attempt_or_a_valid_rf_is_asked_about(self, tmp_path, monkeypatch):
        bank_says_ready(monkeypatch)
        town = self.begin(tmp_path, due_on="2026-12-20")
        payer = town.people[AFMS[0]]
        first = debts_of(payer, now=NOW).groups[0].rows[0]
        order_by_card(payer, [import_chosen(first.instalment_id)])
        done = self.full(tmp_path, [f"A{n:03d}" for n in range(1, 100)])
        assert (done.outcome, done.report["closing"]["live_attempts"], done.report["closing"]["too_many"]) == (
            "ASKING",
            1,
            False,
        )
        with tenancy(municipality=town.id):
            from obolos.domain.payments.models import PaymentAttempt

            PaymentAttempt.objects.update(state="DECLINED", next_query_at=None)
        order_by_rf(payer, [import_chosen(first.instalment_id)])
        done = self.full(tmp_path, [f"A{n:03d}" for n in range(1, 100)])
        assert (done.outcome, done.report["closing"]["live_attempts"], done.report["closing"]["unexpired_rf"]) == (
            "ASKING",
            0,
            1,
        )
        long_after = NOW + timedelta(days=60)
        assert self.full(tmp_path, [f"A{n:03d}" for n in range(1, 100)], now=long_after).outcome == "DONE"

    def test_paid_debts_are_not_closed(self, tmp_path):
        town = make_town([])
        put(write(tmp_path, [row("P", paid="100.00"), row("O")]))
        done = self.full(tmp_path, ["O"])
        assert (done.outcome, done.report["debts"]["closed"]) == ("DONE", 0)
        assert debts(town) == [("O", 1, True), ("P", 1, True)]

    def test_what_was_closed_comes_back(self, tmp_path):
        town = self.begin(tmp_path, 3)
        self.full(tmp_path, ["A000"], confirm_closing=True)
        assert [one[2] for one in debts(town)] == [True, False, False]
        put(write(tmp_path, [row("A001"), row("A002", version="2")], sequence=3, made_at=LATER))
        assert [one[2] for one in debts(town)] == [True, False, True], "a DELTA brings back only a newer version"
        done = self.full(tmp_path, ["A000", "A001", "A002"], sequence=4)
        assert (done.report["debts"]["brought_back"], [one[2] for one in debts(town)]) == (1, [True, True, True])
        assert parts(town, "withdrawn, open_cents") == [(False, 10_000)] * 3
        assert broken_proofs() == []

    def test_a_delta_closes_nothing(self, tmp_path):
        town = self.begin(tmp_path, 3)
        put(write(tmp_path, [], sequence=2))
        assert [one[2] for one in debts(town)] == [True] * 3


class TestDefectsInTheDatabase:
    def test_twice_in_the_file_and_taken_elsewhere(self, tmp_path):
        town = make_town([])
        first, second, third = (rf_code("99084", None, f"{n:015d}") for n in (1, 2, 3))
        put(write(tmp_path, [row("A", rf=first), row("PAID", rf=third, paid="100.00")]))
        with tenancy(municipality=town.id):
            from obolos.domain.debts.models import Debt

            Debt.objects.filter(ext_id="PAID").update(origin="CASE")
        before = state(town)
        bad = [
            row("B"),
            row("C", rf=second),
            row("B"),
            row("D", rf=second),
            row("E", rf=first),
            row("PAID", version="2"),
            row("F", rf=third),
        ]
        done = put(write(tmp_path, bad, sequence=2))
        assert [(one["line"], one["column"], one["value"], one["reason"]) for one in done.report["defects"]["shown"]] == [
            (4, "ext_id", "B (2)", "DEBT_TWICE"), (5, "rf", f"{second} (3)", "RF_TWICE"), (6, "rf", f"{first} (A)", "RF_TAKEN"),
            (7, "ext_id", "PAID", "DEBT_TAKEN"),
        ]  # fmt: skip
        assert state(town) == before
        moved = [row("A", version="2"), row("E", rf=first)]
        assert put(write(tmp_path, moved, sequence=2)).outcome == "DONE"


class TestWhatIsTold:
    def test_dry_run_tells_everything_and_writes_nothing(self, tmp_path, capsys):
        town = make_town([])
        path = write(tmp_path, [row("1"), fine_row()])
        before = (state(town), files(town), rows(town, "SELECT count(*) FROM audit_entry"))
        call_command("import_debts", str(path), "--dry-run")
        assert "would be imported" in capsys.readouterr().out
        done = put(path, dry_run=True)
        assert (done.outcome, done.report["debts"]["new"], done.file_id) == ("DONE", 2, 0)
        assert put(write(tmp_path, [row("1", afm="1")]), dry_run=True).outcome == "REFUSED"
        assert (state(town), files(town), rows(town, "SELECT count(*) FROM audit_entry")) == before

    def test_json_for_machines_and_both_languages(self, tmp_path, capsys):
        make_town([])
        path = write(tmp_path, [row("1"), row("2", afm="123456780", name="Άννα")])
        with pytest.raises(SystemExit) as stopped:
            call_command("import_debts", str(path), "--json")
        assert stopped.value.code == 1
        told = json.loads(capsys.readouterr().out)
        assert (told["outcome"], told["defects"]["count"], told["sequence"]) == ("REFUSED", 1, 1)
        assert told["defects"]["shown"] == [
            {"line": 3, "column": "afm", "value": "123456780", "reason": "AFM_CHECK_DIGIT",
             "el": "Ο ΑΦΜ είναι λάθος (ψηφίο ελέγχου).", "en": "The tax number is wrong (check digit)."}
        ]  # fmt: skip
        with pytest.raises(SystemExit):
            call_command("import_debts", str(path), "--language", "el")
        assert (
            "line 3, afm «123456780»: Ο ΑΦΜ είναι λάθος (ψηφίο ελέγχου). [AFM_CHECK_DIGIT]" in capsys.readouterr().out
        )

    def test_much_is_counted_and_a_part_printed(self, tmp_path, capsys):
        make_town([])
        path = write(tmp_path, [row(str(n), afm="1") for n in range(300)])
        with pytest.raises(SystemExit):
            call_command("import_debts", str(path))
        out = capsys.readouterr().out
        assert "300 defects:" in out
        assert out.count("[AFM_SHAPE]") == 200
        assert "100 more" in out

    def test_unreadable_files_are_one_clear_line(self, tmp_path):
        with pytest.raises(CommandError, match="No such file"):
            call_command("import_debts", str(tmp_path / "9084_DEBTS_20261120_1.csv"))


class TestUploads:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path, settings):
        settings.OBOLOS_UPLOADS = tmp_path / "uploads"

    def upload(self, town: Town, path: Path) -> int:
        return import_debts.start_upload(
            municipality_id=town.id,
            name=path.name,
            chunks=[path.read_bytes()[:100], path.read_bytes()[100:]],
            by_user=7,
            now=NOW,
        )

    def row_of(self, town: Town, file_id: int) -> DebtsFile:
        with tenancy(municipality=town.id):
            return DebtsFile.objects.get(id=file_id)

    def test_an_upload_waits_for_the_worker(self, tmp_path):
        town, other = make_town([]), make_town([], code="9083")
        file_id = self.upload(town, write(tmp_path, [row("1"), fine_row()]))
        theirs = self.upload(other, SAMPLES / "9083_DEBTS_20261120_1.csv")
        waiting = self.row_of(town, file_id)
        assert (waiting.state, waiting.by_user, debts(town)) == ("CHECKING", 7, [])
        assert (tmp_path / "uploads" / waiting.stored_as).stat().st_mode & 0o777 == 0o600
        assert import_debts.run_waiting(NOW) == 2
        settled = self.row_of(town, file_id)
        assert (settled.state, settled.rows, settled.progress, settled.lines) == ("DONE", 2, 4, 4)
        assert self.row_of(other, theirs).state == "DONE"
        assert list((tmp_path / "uploads").iterdir()) == []
        audited = "SELECT actor, actor_id, action FROM audit_entry WHERE subject = %s ORDER BY id"
        assert rows(town, audited, f"debts_file:{file_id}") == [
            ("STAFF", 7, "debts_file.uploaded"), ("STAFF", 7, "debts_file.settled"),
        ]  # fmt: skip
        assert import_debts.run_waiting(NOW) == 0

    def test_a_bad_upload_and_one_of_before(self, tmp_path):
        town = make_town([])
        path = write(tmp_path, [row("1", afm="1")])
        bad = self.upload(town, path)
        import_debts.run_waiting(NOW)
        settled = self.row_of(town, bad)
        assert (settled.state, settled.report["outcome"], settled.report["defects"]["by_reason"]) == (
            "REFUSED",
            "REFUSED",
            {"AFM_SHAPE": 1},
        )
        good = write(tmp_path, [row("1")])
        put(good)
        again = self.upload(town, good)
        import_debts.run_waiting(NOW)
        settled = self.row_of(town, again)
        assert (settled.state, settled.report["outcome"], settled.report["defects"]["count"]) == (
            "REFUSED",
            "ALREADY",
            0,
        )

    def test_a_clerk_confirms_the_closing(self, tmp_path):
        town = make_town([certified(5_000)])
        file_id = self.upload(town, write(tmp_path, [row("1")], mode="FULL"))
        import_debts.run_waiting(NOW)
        assert self.row_of(town, file_id).state == "ASKING"
        assert import_debts.run_waiting(NOW) == 0
        assert import_debts.confirm_closing(municipality_id=town.id, file_id=file_id, by_user=7, now=NOW)
        assert not import_debts.confirm_closing(municipality_id=town.id, file_id=file_id, by_user=7, now=NOW)
        import_debts.run_waiting(NOW)
        assert self.row_of(town, file_id).state == "DONE"
        assert one(town, "SELECT count(*) FROM debt WHERE withdrawn_at IS NOT NULL") == 1
        assert not import_debts.confirm_closing(municipality_id=town.id, file_id=file_id, by_user=7, now=NOW)

    def test_a_name_with_a_path_and_a_file_of_another_municipality(self, tmp_path):
        town = make_town([])
        make_town([], code="9083")
        path = write(tmp_path, [row("1")], code="9083")
        file_id = import_debts.start_upload(
            municipality_id=town.id, name=f"C:\\files\\{path.name}", chunks=[path.read_bytes()], by_user=7, now=NOW
        )
        import_debts.run_waiting(NOW)
        settled = self.row_of(town, file_id)
        assert (settled.name, settled.state) == (path.name, "REFUSED")
        assert settled.report["defects"]["by_reason"] == {"MUNICIPALITY_OTHER": 1}

    def test_a_hostile_name_is_only_a_name(self, tmp_path):
        town = make_town([])
        for name in ("../../etc/passwd\x00.csv", "<b>\x1b[0m.csv", "Ω" * 300, ""):
            import_debts.start_upload(municipality_id=town.id, name=name, chunks=[b"x"], by_user=7, now=NOW)
        assert import_debts.run_waiting(NOW) == 4
        assert {found[1] for found in files(town)} == {"REFUSED"}
        assert [found[0].isprintable() and "/" not in found[0] for found in files(town)] == [True] * 4
        assert list((tmp_path / "uploads").iterdir()) == []

    def test_too_large_is_refused_at_once(self, tmp_path, monkeypatch):
        town = make_town([])
        monkeypatch.setattr(import_debts, "MAX_FILE_BYTES", 50)
        with pytest.raises(import_debts.UploadTooLarge):
            self.upload(town, write(tmp_path, [row("1")]))
        assert list((tmp_path / "uploads").iterdir()) == []
        assert files(town) == []

    def test_a_fault_of_ours_is_tried_three_times_then_told(self, tmp_path, monkeypatch):
        town = make_town([])
        file_id = self.upload(town, write(tmp_path, [row("1")]))
        monkeypatch.setattr(import_steps.intake, "make_plan", lambda given: 1 / 0)
        assert [import_debts.run_waiting(NOW) for _ in range(3)] == [0, 0, 1]
        settled = self.row_of(town, file_id)
        assert (settled.state, settled.report["defects"]["by_reason"]) == ("REFUSED", {"INTERNAL": 1})
        assert debts(town) == []
        assert list((tmp_path / "uploads").iterdir()) == []

    def test_progress_can_be_read_while_it_runs(self, tmp_path, monkeypatch):
        town = make_town([])
        monkeypatch.setattr("obolos.flows.import_progress.EVERY_SECONDS", 0.01)
        monkeypatch.setattr("obolos.domain.debts.debts_file.surveys.BLOCK_BYTES", 4_000)
        seen = []
        copy = import_steps.intake.copy_batch

        def slowly(batch):
            copy(batch)
            told = databases_row(file_id)
            seen.append(told)

        monkeypatch.setattr(import_steps.intake, "copy_batch", slowly)
        file_id = self.upload(town, write(tmp_path, [row(str(n)) for n in range(400)]))

        def databases_row(file_id):
            import time

            import psycopg
            from django.conf import settings

            time.sleep(0.05)
            found = settings.DATABASES["default"]
            with psycopg.connect(host=found["HOST"], port=found["PORT"], user=found["USER"], password=found["PASSWORD"],
                                 dbname=found["NAME"]) as connection:  # fmt: skip
                connection.execute("SELECT set_config('obolos.municipality', %s, false)", [str(town.id)])
                return connection.execute(
                    "SELECT state, progress, lines FROM debts_file WHERE id = %s", [file_id]
                ).fetchone()

        import_debts.run_waiting(NOW)
        assert {state for state, _, _ in seen} == {"CHECKING"}
        told = [progress for _, progress, _ in seen]
        assert told == sorted(told)
        assert len(set(told)) > 3
        assert max(told) <= 402
        assert self.row_of(town, file_id).progress == 402


def test_two_processes_import_the_same_file_at_once(tmp_path):
    town = make_town([])
    path = write(tmp_path, [row(f"{n:05d}", afm=AFMS[n % len(AFMS)]) for n in range(3_000)])
    variables = environment.with_machine(databases.variables(databases.DATABASE))
    words = [sys.executable, "manage.py", "import_debts", str(path)]
    running = [
        subprocess.Popen(
            words, cwd=places.ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert sorted("already imported" in out for out, _ in said) == [False, True]
    assert one(town, "SELECT count(*) FROM debt") == 3_000
    assert one(town, "SELECT count(*) FROM entry") == 1
    assert [found[1] for found in files(town)].count("DONE") == 1
    assert broken_proofs() == []


def test_cut_off_anywhere_nothing_is_left(tmp_path):
    town = make_town([])
    path = write(tmp_path, [*debt("A", 3), fine_row(), *[row(f"B{n}") for n in range(20)]])
    content = path.read_bytes()
    before = state(town)
    for end in range(0, len(content) - 1, max(1, len(content) // 60)):
        path.write_bytes(content[:end])
        assert put(path, code="9084").outcome == "REFUSED", end
    assert state(town) == before
    path.write_bytes(content)
    assert put(path).outcome == "DONE"


def import_chosen(instalment_id: int):
    from obolos.flows.show_debts import Chosen

    return Chosen(instalment_id)


def test_a_first_import_keeps_vacuum_away_from_the_tables_it_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vacuum would count uncommitted rows as none, and key checks would be planned for an empty table."""
    make_town([], code="9083")
    held: list[set[str]] = []
    real = intake.make_staging

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT bool_or(reltuples <= 0) FROM pg_class WHERE relname IN ('debtor', 'debt', 'instalment')"
            )
            assert cursor.fetchone()[0], "the tables were emptied and nobody counted them since"
            cursor.execute(
                "SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
                "WHERE l.mode = 'ShareUpdateExclusiveLock' AND l.granted AND l.pid = pg_backend_pid()"
            )
            held.append({name for (name,) in cursor.fetchall()})
        real()

    monkeypatch.setattr(intake, "make_staging", look)
    assert put(SAMPLES / "9083_DEBTS_20261120_1.csv").outcome is Outcome.DONE
    assert held == [{"person", "debtor", "debt", "instalment"}]
