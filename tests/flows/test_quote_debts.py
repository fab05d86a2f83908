"""What debts cost on a date, asked by command; and RF codes taken apart."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from obolos.base.references import rf_code, rf_format
from obolos.base.tenancy import tenancy
from obolos.domain.debts.models import Instalment
from obolos.flows.import_debts import import_file
from tests.support.debts_files import AFMS, CLEANING, debt, row, write
from tests.support.world import NOW, make_town

LATE = {"rev_code": CLEANING, "orig_code": CLEANING, "certified_on": "2025-05-02", "due_on": "2025-06-30"}


@pytest.fixture
def town(db_clean, tmp_path):
    found = make_town([])
    bills = [row("LATE", principal="1000.00", **LATE), *debt("PLAN", 2, rev_code=CLEANING), row("PAID", paid="100.00")]
    path = write(tmp_path, bills)
    assert import_file(path, path.name, now=NOW).outcome == "DONE"
    return found


def quote(capsys, *words: str):
    call_command("quote", *words, "--json")
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("town")
class TestQuote:
    def test_a_debt_on_a_date_line_by_line(self, capsys):
        (found,) = quote(capsys, "--debt", "LATE", "--on", "2025-09-05")
        # X06: due 30/6/2025, paid 5/9/2025: three months begun, 2.19 % of 1,000.00.
        assert [(line["component"], line["amount_cents"], line["rule"]) for line in found["lines"]] == [
            ("PRINCIPAL", 100_000, "GIVEN"), ("SURCHARGE", 2_190, "R5"),
        ]  # fmt: skip
        assert (found["total_cents"], found["late"], found["valid_until"]) == (102_190, True, "2025-09-30")
        assert found["lines"][1]["el"].startswith("Πληρώνετε 21,90")
        (on_time,) = quote(capsys, "--debt", "LATE", "--on", "2025-06-30")
        assert (on_time["total_cents"], on_time["late"]) == (100_000, False)

    def test_every_instalment_of_a_debt_but_only_the_open_ones_of_a_person(self, capsys):
        assert [one["instalment"] for one in quote(capsys, "--debt", "PLAN", "--on", "2026-11-22")] == [1, 2]
        assert [one["total_cents"] for one in quote(capsys, "--debt", "PAID", "--on", "2026-11-22")] == [0]
        ids = [one["ext_id"] for one in quote(capsys, "--afm", f"EL {AFMS[0]}", "--on", "2026-11-22")]
        assert ids == ["LATE", "PLAN", "PLAN"]

    def test_what_is_left_says_what_became_of_the_rest(self, town, capsys, tmp_path):
        path = write(tmp_path, [row("PART", principal="100.00", paid="30.00", written_off="5.00")], sequence=2)
        assert import_file(path, path.name, now=NOW).outcome == "DONE"
        with tenancy(municipality=town.id):
            Instalment.objects.filter(debt__ext_id="PART").update(collected_cents=2_000)
        (found,) = quote(capsys, "--debt", "PART", "--on", "2026-01-05")
        principal = found["lines"][0]
        assert principal["amount_cents"] == 4_500
        assert principal["en"] == (
            "The original amount was €100.00: €20.00 was paid here, €30.00 was paid elsewhere according to the "
            "municipality and €5.00 was written off. €45.00 is left."
        )
        assert principal["inputs"]["original_cents"] == 10_000

    def test_for_people(self, capsys):
        call_command("quote", "--debt", "LATE", "--on", "2025-09-05")
        said = capsys.readouterr().out
        assert "9084 LATE 1/1 00.0311.0001 CERTIFIED, due 2025-06-30" in said
        assert "3 months × 0.73% = 2.19% of €1,000.00" in said
        assert "1021.90" in said

    def test_a_missing_rate_is_said_and_not_zero(self, capsys, tmp_path):
        old = row("OLD", **LATE | {"certified_on": "1999-01-01", "due_on": "2000-01-31"})
        path = write(tmp_path, [old], sequence=2)
        assert import_file(path, path.name, now=NOW).outcome == "DONE"
        (found,) = quote(capsys, "--debt", "OLD", "--on", "2026-11-22")
        assert found["total_cents"] is None
        assert "RateMissing" in found["missing"]

    def test_refusals(self):
        for words, why in (
            (("--debt", "NONE", "--on", "2026-11-22"), "nothing found"),
            (("--afm", "123", "--on", "2026-11-22"), "not a tax number"),
            (("--debt", "LATE", "--on", "22/11/2026"), "is not a date"), (("--on", "2026-11-22"), "required"),
        ):  # fmt: skip
            with pytest.raises(CommandError, match=why):
                call_command("quote", *words)


def test_rf_codes_are_taken_apart(capsys):
    code = rf_code("99084", 50_730, "000000000000042")
    call_command("rf", "check", *rf_format(code).split())
    said = capsys.readouterr().out
    assert f"{rf_format(code)}: valid" in said
    assert "organisation 99084" in said
    assert "bound to an amount" in said
    for bad, why in ((code[:-1] + "9", "check digits"), (code[:-1], "25 characters"), ("hello", "not RF")):
        with pytest.raises(CommandError, match=why):
            call_command("rf", "check", bad)
