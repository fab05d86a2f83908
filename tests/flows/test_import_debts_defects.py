"""A large file with one defect in a hundred rows, of every sort: each is named, nothing is written."""

import random
from collections import Counter

import pytest

from obolos.base.references import rf_code
from obolos.domain.debts.debts_file import Reason
from obolos.flows.import_debts import import_file
from tests.support.debts_files import AFMS, debt, fine_row, line_of, row, write
from tests.support.world import NOW, make_town, one

pytestmark = pytest.mark.usefixtures("db_clean")

ROWS, DEFECTS = 10_000, 100
RF = [rf_code("99084", None, f"{n:015d}") for n in range(1, 4)]

#: Sorts of defects: what is done to a good row, and the column and reason that must be named in that row's line.
SORTS = [
    ({"ext_id": ""}, "ext_id", "MISSING"), ({"version": "x"}, "version", "NOT_A_NUMBER"),
    ({"afm": "123456780"}, "afm", "AFM_CHECK_DIGIT"), ({"afm": "000000000"}, "afm", "AFM_CHECK_DIGIT"),
    ({"afm": "12345678"}, "afm", "AFM_SHAPE"), ({"name": ""}, "name", "MISSING"), ({"name": "<script>"}, "name", "NAME"),
    ({"name": "Α" * 201}, "name", "TOO_LONG"), ({"name": "Άν\u202eνα"}, "", "CONTROL_CHARACTER"),
    ({"description": "Τέλη\ufffd"}, "", "SUSPECT_CHARACTER"), ({"person_type": "F"}, "person_type", "NOT_ONE_OF"),
    ({"kind": "PAID"}, "kind", "NOT_ONE_OF"), ({"kind": "UNCERTIFIED"}, "certified_on", "UNCERTIFIED_WITH_DATE"),
    ({"rev_code": "00.8888.0001"}, "rev_code", "CODE_UNKNOWN"), ({"rev_code": "00.0115.0001"}, "rev_code", "CODE_OUTSIDE_SCOPE"),
    ({"year": "199"}, "year", "YEAR"), ({"due_on": "2026-02-29"}, "due_on", "DATE_IMPOSSIBLE"),
    ({"due_on": "29/12/2026"}, "due_on", "DATE_STYLE"), ({"due_on": "tomorrow"}, "due_on", "DATE_SHAPE"),
    ({"due_on": "2626-01-01"}, "due_on", "DATE_RANGE"), ({"certified_on": "2027-01-01"}, "certified_on", "DATE_IN_FUTURE"),
    ({"violation_on": "2027-01-01"}, "violation_on", "DATE_IN_FUTURE"), ({"instalment": "2"}, "instalment", "INSTALMENT_RANGE"),
    ({"instalments": "3"}, "instalment", "INSTALMENT_MISSING"), ({"principal": ""}, "principal", "MISSING"),
    ({"principal": "-1.00"}, "principal", "AMOUNT_NEGATIVE"), ({"principal": "1.5"}, "principal", "AMOUNT_DECIMALS"),
    ({"principal": "1,50"}, "principal", "AMOUNT_STYLE"), ({"principal": "ten"}, "principal", "AMOUNT_SHAPE"),
    ({"principal": "1000000000.00"}, "principal", "AMOUNT_TOO_LARGE"), ({"paid": "100.01"}, "paid", "PAID_OVER_PRINCIPAL"),
    ({"written_off": "999.00"}, "written_off", "WRITTEN_OFF_OVER_PRINCIPAL"),
    ({"surcharge": "1.00"}, "surcharge_as_of", "SURCHARGE_WITHOUT_DATE"),
    ({"surcharge_as_of": "2026-11-01"}, "surcharge_as_of", "DATE_WITHOUT_SURCHARGE"),
    ({"rf": RF[0][:-1] + "7"}, "rf", "RF_CHECK_DIGITS"), ({"rf": "RF00"}, "rf", "RF_LENGTH"), ({"rf": "12"}, "rf", "RF_SHAPE"),
    ({"plate": "??"}, "plate", "NO_LETTER_OR_DIGIT"), ({"ticket_no": "/"}, "ticket_no", "NO_LETTER_OR_DIGIT"),
]  # fmt: skip
#: Whole lines that are wrong.
LINES = [
    (lambda good: good + ";", "COLUMN_COUNT"), (lambda good: good.replace("Ύδρευση", 'Ύδρ"ευση'), "QUOTES"),
    (lambda good: "", "LINE_EMPTY"), (lambda good: good + "x" * 9_000, "LINE_TOO_LONG"),
]  # fmt: skip


def test_every_defect_of_ten_thousand_lines_is_named_and_nothing_written(tmp_path):
    town = make_town([])
    draw = random.Random(100)
    lines: list = []
    while len(lines) < ROWS:
        n = len(lines)
        made = draw.choice(
            (debt(f"D{n}", 3), [row(f"R{n}", afm=draw.choice(AFMS))], [row(f"S{n}", rf="")], [fine_row(f"F{n}")])
        )
        lines += made[: ROWS - n] if len(made) == 1 or ROWS - n >= len(made) else [row(f"R{n}")]
    single = [at for at, made in enumerate(lines) if made["ext_id"].startswith(("R", "S"))]
    places = draw.sample(single, DEFECTS - 6)
    wanted: list[tuple[int, str, str]] = []
    for turn, at in enumerate(places):
        if turn < len(LINES) * 2:
            spoil, reason = LINES[turn % len(LINES)]
            lines[at], where = spoil(line_of(lines[at])), ""
        else:
            changes, where, reason = SORTS[turn % len(SORTS)]
            lines[at] = lines[at] | changes
        wanted.append((at + 2, where, reason))
    good = [at for at in single if at not in places]
    twice, rf_one, rf_two = good[10], good[20], good[30]
    lines[good[-1]] = row(lines[twice]["ext_id"])
    wanted.append((good[-1] + 2, "ext_id", "DEBT_TWICE"))
    lines[rf_one], lines[rf_two] = lines[rf_one] | {"rf": RF[1]}, lines[rf_two] | {"rf": RF[1]}
    wanted.append((rf_two + 2, "rf", "RF_TWICE"))
    several = [
        at
        for at, made in enumerate(lines)
        if isinstance(made, dict) and made["ext_id"].startswith("D") and made["instalment"] == "2"
    ]
    lines[several[0]] = lines[several[0]] | {"atb": "other"}
    wanted.append((several[0] + 2, "atb", "DIFFERS_IN_DEBT"))
    lines[several[1]] = lines[several[1]] | {"instalment": "1"}
    wanted += [(several[1] + 2, "instalment", "INSTALMENT_TWICE"), (several[1] + 1, "instalment", "INSTALMENT_MISSING")]

    used = sorted({made["rev_code"] for made in lines if isinstance(made, dict)} - {"00.8888.0001", "00.0115.0001"})
    path = write(tmp_path, lines, scope=" ".join(used))
    done = import_file(path, path.name, now=NOW)

    assert done.outcome == "REFUSED"
    found = Counter((one["line"], one["column"], one["reason"]) for one in done.report["defects"]["shown"])
    assert Counter(wanted) - found == Counter(), "every defect is named"
    assert found - Counter(wanted) == Counter(), "and nothing else is"
    assert done.report["defects"]["count"] == len(wanted) == DEFECTS - 1
    assert {reason for _, _, reason in wanted} <= set(Reason)
    assert len({reason for _, _, reason in wanted}) > 35
    for table in ("debt", "instalment", "entry", "posting", "worklist_item"):
        assert one(town, f"SELECT count(*) FROM {table}") == 0
    assert one(town, "SELECT count(*) FROM debtor") == 2, "only those who were there"
    assert one(town, "SELECT state FROM debts_file") == "REFUSED"
    assert one(town, "SELECT (report -> 'defects' ->> 'count')::int FROM debts_file") == len(wanted)
