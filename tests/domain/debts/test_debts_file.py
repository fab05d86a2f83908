"""The format of debts files: what is read, what is refused, by which reason, in which line and column."""

import hashlib
import random
from pathlib import Path

import pytest

from obolos.base.references import rf_code
from obolos.domain.debts.debts_file import (
    KEPT,
    STAGED_DEBT,
    STAGED_PART,
    Context,
    Findings,
    Note,
    Reading,
    Reason,
    encodings,
    lines,
    read_rows,
    survey,
    words,
)
from obolos.domain.debts.debts_file.surveys import BLOCK_BYTES
from tests.support.debts_files import (
    CLEANING,
    COLUMNS,
    FINE,
    MADE_AT,
    PLAN,
    SAMPLES,
    WATER,
    content_of,
    debt,
    fine_row,
    line_of,
    row,
    write,
)

CODES = {
    "00.0311.0001", "00.0321.0001", "00.0441.0001", "00.0451.0001", "00.0452.0001", "00.0461.0001", "00.1512.0001",
    "00.0111.0001", "00.0413.0001", "00.3221.0311",
}  # fmt: skip
NAME = "9084_DEBTS_20261120_1.csv"


class Read:
    """A file read to its end: what was staged, counted and found."""

    def __init__(self, path: Path, name: str = "", codes: set[str] = CODES) -> None:
        self.seen = survey(path, name or path.name)
        self.found = Findings()
        self.found.extend(self.seen.found)
        self.told = Reading()
        self.debts: list[list[str]] = []
        self.parts: list[list[str]] = []
        if not self.seen.readable:
            return
        header = self.seen.header
        assert header is not None
        context = Context.of(
            known=codes, scope=header.scope, made_on=header.made_on, decimal_mark=self.seen.decimal_mark,
            slashed_dates=self.seen.slashed_dates,
        )  # fmt: skip
        for batch in read_rows(self.seen, context, self.found, self.told):
            self.debts += [line.split("\t") for line in batch.debts.splitlines()]
            self.parts += [line.split("\t") for line in batch.parts.splitlines()]

    @property
    def defects(self) -> list[tuple[int, str, str]]:
        return [(one.line, one.column, str(one.reason)) for one in self.found.kept]


def read(tmp_path: Path, rows, **options) -> Read:
    return Read(write(tmp_path, rows, **options))


def defects(tmp_path: Path, rows, **options) -> list[tuple[int, str, str]]:
    return read(tmp_path, rows, **options).defects


def column(staged: list[list[str]], columns: tuple[str, ...], name: str) -> list[str]:
    position = [one.split()[0] for one in columns].index(name)
    return [line[position] for line in staged]


@pytest.mark.parametrize(
    ("name", "encoding", "label", "rows", "debts", "cents"),
    [
        ("9083_DEBTS_20261120_1.csv", "cp1253", "windows-1253", 61, 21, 2_201_870),
        ("9084_DEBTS_20261120_1.csv", "utf-8", "UTF-8", 120, 57, 3_387_496),
        ("9086_DEBTS_20261120_1.csv", "cp1253", "windows-1253 = ISO-8859-7", 62, 12, 1_603_785),
    ],
)
def test_the_samples_are_read_whole(name, encoding, label, rows, debts, cents):
    done = Read(SAMPLES / name)
    assert done.defects == []
    assert (done.seen.encoding, done.seen.encoding_label) == (encoding, label)
    assert (done.told.rows, done.told.debts, done.told.principal_cents) == (rows, debts, cents)
    assert done.seen.trailer is not None
    assert (done.seen.trailer.rows, done.seen.trailer.principal_cents) == (rows, cents)
    assert (len(done.debts), len(done.parts)) == (debts, rows)
    assert {len(line) for line in done.debts} == {len(STAGED_DEBT)}
    assert {len(line) for line in done.parts} == {len(STAGED_PART)}
    text = (SAMPLES / name).read_bytes().decode("iso8859-7" if "9086" in name else encoding)
    for line in text.splitlines()[1:-1]:
        fields = line.split(";")
        staged = done.debts[[one[1] for one in done.debts].index(fields[0])]
        assert (staged[8], staged[15], staged[6]) == (fields[2], fields[3], fields[12])


def test_a_row_is_staged_with_its_folded_columns_and_cents(tmp_path):
    rf = rf_code("99084", 12_345, "000000000000001")
    spoken = row(
        "A\\1", name="  Ηλιόπουλος  Ιωάννης ", paid="12.34", added="", surcharge="1.05", surcharge_as_of="2026-11-20",
        rf=f"{rf[:4]} {rf[4:]}".lower(), orig_code="", description='Ύδρευση; «παροχή» "7"', year="",
    )  # fmt: skip
    done = read(tmp_path, [spoken, fine_row(plate="ινα 2339", ticket_no="Α-71/80")])
    assert done.defects == []
    assert column(done.debts, STAGED_DEBT, "ext_id") == ["A\\\\1", "9084-F1"]
    assert column(done.debts, STAGED_DEBT, "name") == ["Ηλιόπουλος  Ιωάννης", "Μπότσαρης Χρήστος"]
    assert column(done.debts, STAGED_DEBT, "name_folded")[0] == "ΗΛΙΟΠΟΥΛΟΣ ΙΩΑΝΝΗΣ"
    assert column(done.debts, STAGED_DEBT, "description")[0] == 'Ύδρευση; «παροχή» "7"'
    assert column(done.debts, STAGED_DEBT, "orig_code")[0] == WATER
    assert column(done.debts, STAGED_DEBT, "year")[0] == "\\N"
    assert column(done.debts, STAGED_DEBT, "plate") == ["", "ινα 2339"]
    assert column(done.debts, STAGED_DEBT, "plate_folded") == ["", "INA2339"]
    assert column(done.debts, STAGED_DEBT, "ticket_folded") == ["", "A7180"]
    assert column(done.parts, STAGED_PART, "paid_cents")[0] == "1234"
    assert column(done.parts, STAGED_PART, "added_cents") == ["\\N", "0"]
    assert column(done.parts, STAGED_PART, "surcharge_cents") == ["105", "\\N"]
    assert column(done.parts, STAGED_PART, "rf") == [rf, ""]


RF = rf_code("99084", None, "000000000000007")
LONG = "Α" * 201
ONE_ROW = [
    ({"ext_id": ""}, "ext_id", Reason.MISSING),
    ({"ext_id": "x" * 61}, "ext_id", Reason.TOO_LONG),
    ({"version": ""}, "version", Reason.MISSING),
    ({"version": "1.0"}, "version", Reason.NOT_A_NUMBER),
    ({"version": "-1"}, "version", Reason.NOT_A_NUMBER),
    ({"version": "٣"}, "version", Reason.NOT_A_NUMBER),
    ({"version": "1" * 19}, "version", Reason.TOO_LONG),
    ({"afm": ""}, "afm", Reason.MISSING),
    ({"afm": "038836854"}, "afm", Reason.AFM_CHECK_DIGIT),
    ({"afm": "000000000"}, "afm", Reason.AFM_CHECK_DIGIT),
    ({"afm": "38836853"}, "afm", Reason.AFM_SHAPE),
    ({"afm": "EL038836853"}, "afm", Reason.AFM_SHAPE),
    ({"afm": "٠38836853"}, "afm", Reason.AFM_SHAPE),
    ({"name": ""}, "name", Reason.MISSING),
    ({"name": "123"}, "name", Reason.NAME),
    ({"name": "<b>Άννα</b>"}, "name", Reason.NAME),
    ({"name": "=1+Α"}, "name", Reason.NAME),
    ({"name": LONG}, "name", Reason.TOO_LONG),
    ({"person_type": "X"}, "person_type", Reason.NOT_ONE_OF),
    ({"person_type": ""}, "person_type", Reason.MISSING),
    ({"person_type": "Ν"}, "person_type", Reason.NOT_ONE_OF),  # Greek capital nu
    ({"kind": "certified"}, "kind", Reason.NOT_ONE_OF),
    ({"kind": ""}, "kind", Reason.MISSING),
    ({"rev_code": "00.9999.0001"}, "rev_code", Reason.CODE_UNKNOWN),
    ({"rev_code": ""}, "rev_code", Reason.MISSING),
    ({"orig_code": "0" * 21}, "orig_code", Reason.TOO_LONG),
    ({"year": "26"}, "year", Reason.YEAR),
    ({"year": "2028"}, "year", Reason.YEAR),
    ({"catalogue": "1" * 21}, "catalogue", Reason.TOO_LONG),
    ({"line": "1" * 21}, "line", Reason.TOO_LONG),
    ({"atb": "1" * 31}, "atb", Reason.TOO_LONG),
    ({"description": LONG}, "description", Reason.TOO_LONG),
    ({"certified_on": "2026-02-30"}, "certified_on", Reason.DATE_IMPOSSIBLE),
    ({"certified_on": "2026-11-21"}, "certified_on", Reason.DATE_IN_FUTURE),
    ({"kind": "UNCERTIFIED"}, "certified_on", Reason.UNCERTIFIED_WITH_DATE),
    ({"due_on": ""}, "due_on", Reason.MISSING),
    ({"due_on": "soon"}, "due_on", Reason.DATE_SHAPE),
    ({"due_on": "2026-1-5"}, "due_on", Reason.DATE_SHAPE),
    ({"due_on": "2026-13-01"}, "due_on", Reason.DATE_IMPOSSIBLE),
    ({"due_on": "0206-01-01"}, "due_on", Reason.DATE_RANGE),
    ({"due_on": "01/12/2026"}, "due_on", Reason.DATE_STYLE),
    ({"instalment": ""}, "instalment", Reason.MISSING),
    ({"instalment": "0"}, "instalment", Reason.INSTALMENT_RANGE),
    ({"instalment": "2"}, "instalment", Reason.INSTALMENT_RANGE),
    ({"instalment": "one"}, "instalment", Reason.NOT_A_NUMBER),
    ({"instalments": "0"}, "instalments", Reason.INSTALMENT_RANGE),
    ({"instalments": "1201"}, "instalments", Reason.INSTALMENT_RANGE),
    ({"instalments": "2"}, "instalment", Reason.INSTALMENT_MISSING),
    ({"principal": ""}, "principal", Reason.MISSING),
    ({"principal": "abc"}, "principal", Reason.AMOUNT_SHAPE),
    ({"principal": "NaN"}, "principal", Reason.AMOUNT_SHAPE),
    ({"principal": "1e5"}, "principal", Reason.AMOUNT_SHAPE),
    ({"principal": "1.234.00"}, "principal", Reason.AMOUNT_SHAPE),
    ({"principal": "007.00"}, "principal", Reason.AMOUNT_SHAPE),
    ({"principal": "١٠٠.00"}, "principal", Reason.AMOUNT_SHAPE),
    ({"principal": "100"}, "principal", Reason.AMOUNT_DECIMALS),
    ({"principal": "100.0"}, "principal", Reason.AMOUNT_DECIMALS),
    ({"principal": "100.001"}, "principal", Reason.AMOUNT_DECIMALS),
    ({"principal": "-100.00"}, "principal", Reason.AMOUNT_NEGATIVE),
    ({"principal": "1000000000.00"}, "principal", Reason.AMOUNT_TOO_LARGE),
    ({"added": "13"}, "added", Reason.AMOUNT_DECIMALS),
    ({"surcharge": "x", "surcharge_as_of": "2026-11-20"}, "surcharge", Reason.AMOUNT_SHAPE),
    ({"surcharge": "1.00"}, "surcharge_as_of", Reason.SURCHARGE_WITHOUT_DATE),
    ({"surcharge_as_of": "2026-11-20"}, "surcharge_as_of", Reason.DATE_WITHOUT_SURCHARGE),
    ({"surcharge": "1.00", "surcharge_as_of": "2026-11-31"}, "surcharge_as_of", Reason.DATE_IMPOSSIBLE),
    ({"paid": ""}, "paid", Reason.MISSING),
    ({"paid": "100.01"}, "paid", Reason.PAID_OVER_PRINCIPAL),
    ({"written_off": ""}, "written_off", Reason.MISSING),
    ({"written_off": "100.01"}, "written_off", Reason.WRITTEN_OFF_OVER_PRINCIPAL),
    ({"rf": RF[:-1] + ("0" if RF[-1] != "0" else "1")}, "rf", Reason.RF_CHECK_DIGITS),
    ({"rf": RF[:-1]}, "rf", Reason.RF_LENGTH),
    ({"rf": "XX" + RF[2:]}, "rf", Reason.RF_SHAPE),
    ({"ticket_no": "--"}, "ticket_no", Reason.NO_LETTER_OR_DIGIT),
    ({"ticket_no": "1" * 31}, "ticket_no", Reason.TOO_LONG),
    ({"plate": "-"}, "plate", Reason.NO_LETTER_OR_DIGIT),
    ({"plate": "Α" * 21}, "plate", Reason.TOO_LONG),
    ({"violation_on": "2026-11-21"}, "violation_on", Reason.DATE_IN_FUTURE),
    ({"violation_on": "11/11/2026"}, "violation_on", Reason.DATE_STYLE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "where", "reason"), ONE_ROW, ids=[f"{w}-{r}-{n}" for n, (_, w, r) in enumerate(ONE_ROW)]
)
def test_each_wrong_value_is_named_by_line_column_and_reason(tmp_path, changes, where, reason):
    rows = [row("9084-1"), row("9084-2") | changes, row("9084-3")]
    found = [one for one in defects(tmp_path, rows) if one[2] != Reason.SUM_DIFFERS]
    assert found == [(3, where, reason)]


def test_every_reason_has_words_in_both_languages():
    for reason in (*Reason, *Note):
        greek, english = words(reason, "el"), words(reason, "en")
        assert greek != reason != english
        assert any("α" <= char <= "ω" for char in greek)
        assert english.isascii() or "“" in english


def test_several_defects_of_one_row_are_all_named(tmp_path):
    found = defects(tmp_path, [row(afm="1", due_on="x", principal="1", rf="RF1")])
    assert found == [
        (2, "afm", "AFM_SHAPE"), (2, "due_on", "DATE_SHAPE"), (2, "principal", "AMOUNT_DECIMALS"), (2, "rf", "RF_LENGTH"),
    ]  # fmt: skip


def test_codes_outside_the_scope_are_told_from_unknown_ones(tmp_path):
    found = defects(tmp_path, [row("1"), row("2", rev_code=CLEANING), row("3", rev_code="9")], scope=f"{WATER} {PLAN}")
    assert found == [(3, "rev_code", "CODE_OUTSIDE_SCOPE"), (4, "rev_code", "CODE_UNKNOWN")]


class TestInstalments:
    def test_any_order_within_the_debt_is_whole(self, tmp_path):
        first, second, third = debt("D", 3)
        done = read(tmp_path, [second, third, first])
        assert done.defects == []
        assert column(done.parts, STAGED_PART, "number") == ["1", "2", "3"]

    def test_a_missing_one_is_named(self, tmp_path):
        first, _, third, _ = debt("D", 4)
        done = read(tmp_path, [row("A"), first, third, row("B")])
        assert done.defects == [(3, "instalment", "INSTALMENT_MISSING")]
        assert done.found.kept[0].value == "2, 4"

    def test_a_repeated_one_is_named(self, tmp_path):
        first, second = debt("D", 2)
        assert defects(tmp_path, [first, second, second]) == [(4, "instalment", "INSTALMENT_TWICE")]

    def test_rows_may_differ_only_in_what_is_the_instalments_own(self, tmp_path):
        first, second = debt("D", 2)
        own = {"due_on": "2027-05-01", "rf": RF, "principal": "7.00", "added": "1.00", "surcharge": "0.10",
               "surcharge_as_of": "2026-11-01", "paid": "1.00", "written_off": "2.00"}  # fmt: skip
        assert defects(tmp_path, [first, second | own]) == []
        others = {"version": "2", "name": "Άλλος", "kind": "ARRANGED", "atb": "1", "plate": "ΙΝΑ1234",
                  "violation_on": "2026-01-01", "certified_on": "2026-01-01"}  # fmt: skip
        found = defects(tmp_path, [first, second | others])
        assert found == [(3, name, "DIFFERS_IN_DEBT") for name in COLUMNS if name in others]

    def test_one_debt_apart_is_two_debts_here_and_found_twice_later(self, tmp_path):
        first, second = debt("D", 2)
        done = read(tmp_path, [first, row("E"), second])
        assert [reason for _, _, reason in done.defects] == ["INSTALMENT_MISSING", "INSTALMENT_MISSING"]
        assert column(done.debts, STAGED_DEBT, "ext_id") == ["D", "E", "D"]

    def test_a_debt_with_a_defect_still_shows_its_id_and_rf(self, tmp_path):
        done = read(tmp_path, [row("D", afm="1", rf=RF), row("E", rf=RF)])
        assert column(done.debts, STAGED_DEBT, "ext_id") == ["D", "E"]
        assert column(done.parts, STAGED_PART, "rf") == [RF, RF]


class TestLines:
    def test_quotes(self, tmp_path):
        good = [row("1", name='«Α; Β» "Γ"'), '"2"' + line_of(row("2"))[1:], row("3", description='""')]
        done = read(tmp_path, good)
        assert [one for one in done.defects if one[2] != "SUM_DIFFERS"] == []
        assert column(done.debts, STAGED_DEBT, "name")[0] == '«Α; Β» "Γ"'
        assert column(done.debts, STAGED_DEBT, "ext_id") == ["1", "2", "3"]
        assert column(done.debts, STAGED_DEBT, "description")[2] == '""'
        bad = ['9084-1;1;"open', 'a"b' + ";" * 26, '"a"b' + ";" * 26, line_of(row("4"))]
        found = defects(tmp_path, bad)
        assert [one for one in found if one[2] == "QUOTES"] == [(2, "", "QUOTES"), (3, "", "QUOTES"), (4, "", "QUOTES")]

    def test_a_quote_that_is_not_closed_does_not_swallow_the_file(self, tmp_path):
        rows = [line_of(row("1")).replace("Ύδρευση", '"Ύδρευση'), *[line_of(row(str(n))) for n in range(2, 9)]]
        done = read(tmp_path, rows)
        assert [one for one in done.defects if one[2] == "QUOTES"] == [(2, "", "QUOTES")]
        assert done.told.debts == 8

    def test_columns_missing_or_too_many(self, tmp_path):
        found = defects(tmp_path, [line_of(row("1")) + ";", line_of(row("2"))[:-1], "x", line_of(row("4"))])
        assert found == [(2, "", "COLUMN_COUNT"), (3, "", "COLUMN_COUNT"), (4, "", "COLUMN_COUNT")]

    @pytest.mark.parametrize(
        "char", ["\x00", "\x01", "\t", "\x7f", "\x85", "\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u2028"]
    )
    def test_characters_that_do_not_show_are_refused(self, tmp_path, char):
        found = defects(tmp_path, [row("1"), row("2", name=f"Άν{char}να")])
        assert found[0][::2] in {(3, "CONTROL_CHARACTER"), (3, "NOT_TEXT")}

    @pytest.mark.parametrize("char", ["\ufffd", "¤", "\u0385"])
    def test_characters_of_a_wrong_decoding_are_refused(self, tmp_path, char):
        assert defects(tmp_path, [row("1"), row("2", description=f"Τέλη{char}")]) == [(3, "", "SUSPECT_CHARACTER")]

    def test_letters_are_composed(self, tmp_path):
        done = read(tmp_path, [row("1", name="Α\u0301ννα")])
        assert column(done.debts, STAGED_DEBT, "name") == ["Άννα"]

    def test_empty_and_endless_lines(self, tmp_path):
        found = defects(tmp_path, [line_of(row("1")), "", line_of(row("2")), "x" * 9_000])
        assert found[0] == (3, "", "LINE_EMPTY")
        assert found[1][0] == 5
        found = defects(tmp_path, [line_of(row("1")), "x" * (3 * BLOCK_BYTES)])
        assert (3, "", "LINE_TOO_LONG") in found

    def test_windows_line_ends(self, tmp_path):
        done = read(tmp_path, [row("1"), row("2")], newline="\r\n")
        assert (done.defects, done.told.rows) == ([], 2)

    def test_a_block_end_may_fall_anywhere(self, tmp_path):
        rows = [row(f"9084-{n}", name="Άννα " * 20, description="Ύ" * 150) for n in range(3_000)]
        done = read(tmp_path, rows)
        assert done.seen.size > 4 * BLOCK_BYTES
        assert (done.defects, done.told.rows, len(done.debts)) == ([], 3_000, 3_000)
        assert [int(line[0]) for line in done.debts] == list(range(2, 3_002))


class TestStyles:
    def test_decimal_comma_and_slashed_dates(self, tmp_path):
        greek = row(principal="1234,50", added="", paid="0,00", written_off="0,00", due_on="20/01/2027",
                    certified_on="06/11/2026")  # fmt: skip
        done = read(tmp_path, [greek])
        assert done.defects == []
        assert column(done.parts, STAGED_PART, "principal_cents") == ["123450"]
        assert column(done.parts, STAGED_PART, "due_on") == ["2027-01-20"]

    def test_one_style_per_file(self, tmp_path):
        odd = row("2", principal="10,00")
        found = defects(tmp_path, [row("1"), odd], trailer="T;2;110.00;{sha}")
        assert found == [(3, "principal", "AMOUNT_STYLE")]
        assert defects(tmp_path, [row("1"), row("2"), row("3", due_on="20/01/2027")]) == [(4, "due_on", "DATE_STYLE")]

    def test_the_same_debt_has_the_same_content_in_every_style(self, tmp_path):
        plain = read(tmp_path / "a", [row(name="Παππάς")])
        comma = row(name="Παππάς", principal="100,00", added="0,00", paid="0,00", written_off="0,00", due_on="20/01/2027",
                    certified_on="06/11/2026")  # fmt: skip
        other = read(tmp_path / "b", [comma], encoding="cp1253")
        assert plain.debts == other.debts
        changed = read(tmp_path / "c", [row(name="Παππάς", paid="0.01")])
        assert changed.debts[0][:-1] == plain.debts[0][:-1]
        assert changed.debts[0][-1] != plain.debts[0][-1]


class TestEncodings:
    NAMES = ("Άννα Άλκιμου", "Όλγα Ύδρα", "Ήρα Ώρα", "ΈΛΕΝΗ ΊΡΙΣ", "Ρήγας ο Βελεστινλής", "Μαΐου Προΰπαρξη ΐ ΰ")

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1253", "iso8859-7"])
    def test_names_come_back_letter_by_letter(self, tmp_path, encoding):
        draw = random.Random(47)
        letters = "αάβγδεέζηήθιίϊΐκλμνξοόπρστυύϋΰφχψωώςΑΆΒΓΔΕΈΖΗΉΘΙΊΪΚΛΜΝΞΟΌΠΡΣΤΥΎΫΦΧΨΩΏ"
        names = [*self.NAMES, "Άννα", *("".join(draw.choices(letters, k=draw.randint(3, 12))) for _ in range(2_000))]
        names = [name for name in names if not (encoding != "utf-8" and "Ά" in name[1:])] + ["Άννα Άλκιμου"]
        done = read(tmp_path, [row(str(n), name=f"{name} Χ") for n, name in enumerate(names)], encoding=encoding)
        assert done.defects == []
        assert done.seen.encoding == encoding
        assert column(done.debts, STAGED_DEBT, "name") == [f"{name} Χ" for name in names]

    def test_byte_order_mark(self, tmp_path):
        done = read(tmp_path, [row(name="Άννα")], bom=True)
        assert (done.defects, done.seen.encoding_label) == ([], "UTF-8 BOM")

    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("Οδός 5 € ετησίως", "cp1253"), ("Οδός 5 € ετησίως", "iso8859-7"), ("Καφενείο «Ο Ήλιος»", "cp1253"),
            ("στ’ αμπέλια", "iso8859-7"), ("στ’ αμπέλια", "cp1253"), ("Άνω Κάτω – μέση", "cp1253"), ("5 µ.", "cp1253"),
            ("Ά θέση", "iso8859-7"), ("Ά.Β.", "iso8859-7"), ("‘Άνω’", "iso8859-7"),
        ],
    )  # fmt: skip
    def test_tell_tales(self, tmp_path, text, encoding):
        done = read(tmp_path, [row(description=text)], encoding=encoding)
        assert done.defects == []
        assert column(done.debts, STAGED_DEBT, "description") == [text]

    @pytest.mark.parametrize("text", ["ΠΑΠΆΣ", "Ά", "5 ¥"])
    def test_what_proves_nothing_is_refused(self, tmp_path, text):
        found = defects(tmp_path, [row("1"), row("2", name="Παππάς", description=text)], encoding="cp1253")
        assert found == [(3, "", "ENCODING_UNCLEAR")]

    def test_what_proves_nothing_is_read_when_something_else_does(self, tmp_path):
        done = read(tmp_path, [row("1", name="Άννα"), row("2", name="ΠΑΠΆΣ")], encoding="cp1253")
        assert column(done.debts, STAGED_DEBT, "name") == ["Άννα", "ΠΑΠΆΣ"]

    def test_two_encodings_in_one_file_are_refused(self, tmp_path):
        one, other = (line_of(row(str(n), name="Άννα Ζήση")) for n in (1, 2))
        for first, second in (("cp1253", "iso8859-7"), ("utf-8", "cp1253"), ("cp1253", "utf-8")):
            body = b"".join(
                text.encode(encoding) + b"\n"
                for text, encoding in (
                    ("H;1;9084;DELTA;*;1;2026-11-20T03:00:00+02:00", "ascii"),
                    (one, first),
                    (other, second),
                )
            )
            path = tmp_path / NAME
            path.write_bytes(body + f"T;2;200.00;{hashlib.sha256(body).hexdigest()}\n".encode())
            found = Read(path)
            assert found.found.count, (first, second)
            assert found.debts == []

    @pytest.mark.parametrize(
        "encoding", ["cp737", "cp869", "mac_greek", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp1251"]
    )
    def test_other_encodings_are_refused(self, tmp_path, encoding):
        names = [row(str(n), name=name, description="x", plate="") for n, name in enumerate(self.NAMES)]
        content = content_of(names).decode().encode(encoding, "replace")
        path = tmp_path / NAME
        path.write_bytes(content)
        done = Read(path)
        assert done.found.count
        if encoding == "cp1252":
            return  # Greek does not survive it: question marks
        assert not any(name[15:16] == [said] for name in done.debts for said in self.NAMES)

    @pytest.mark.parametrize("first", ["cp1253", "cp1252", "latin-1", "iso8859-7"])
    def test_text_that_was_decoded_wrongly_before_is_refused(self, tmp_path, first):
        names = [row(str(n), name=f"Παπαδόπουλος Γεώργιος {n}") for n in range(20)]
        body = "".join(line_of(one) + "\n" for one in names).encode("utf-8" if first != "iso8859-7" else "iso8859-7")
        twice = body.decode(first if first != "iso8859-7" else "latin-1", "replace")
        head = "H;1;9084;DELTA;*;1;2026-11-20T03:00:00+02:00\n"
        content = (head + twice).encode()
        path = tmp_path / NAME
        path.write_bytes(content + f"T;20;2000.00;{hashlib.sha256(content).hexdigest()}\n".encode())
        assert Read(path).defects == [(0, "", "ENCODING_WRONG")]

    def test_a_file_of_ascii_needs_no_evidence(self, tmp_path):
        done = read(tmp_path, [row(name="SMITH JOHN", description="WATER")])
        assert (done.defects, done.seen.encoding) == ([], "utf-8")

    def test_evidence_agrees_with_the_tables_of_both_encodings(self):
        differing = {
            byte for byte in range(0x80, 0x100)
            if bytes([byte]).decode("cp1253", "replace") != bytes([byte]).decode("iso8859-7", "replace")
        }  # fmt: skip
        looked_at = {byte for byte in range(0x80, 0x100) if encodings._DIFFERING.match(bytes([byte]))}
        assert looked_at == differing


class TestEnds:
    @pytest.mark.parametrize(
        ("header", "where"),
        [
            ("H;1;9084;DELTA;*;1", ""), (f"X;1;9084;DELTA;*;1;{MADE_AT}", ""), (f"H;2;9084;DELTA;*;1;{MADE_AT}", "format"),
            (f"H;1;84;DELTA;*;1;{MADE_AT}", "municipality"), (f"H;1;9084;PART;*;1;{MADE_AT}", "mode"),
            (f"H;1;9084;FULL;;1;{MADE_AT}", "scope"), (f"H;1;9084;FULL;a  b;1;{MADE_AT}", "scope"),
            (f"H;1;9084;FULL;*;0;{MADE_AT}", "sequence"), (f"H;1;9084;FULL;*;x;{MADE_AT}", "sequence"),
            ("H;1;9084;FULL;*;1;2026-11-20T03:00:00", "made_at"), ("H;1;9084;FULL;*;1;20/11/2026", "made_at"),
            ("H;1;9084;FULL;*;1;2026-13-20T03:00:00+02:00", "made_at"),
            ("H;1;9084;FULL;*;1;0001-01-01T00:00:00+14:00", "made_at"),
        ],
    )  # fmt: skip
    def test_wrong_headers(self, tmp_path, header, where):
        found = defects(tmp_path, [row()], header=header)
        assert found == [(1, where, "HEADER_VALUE" if where else "HEADER_MISSING")]

    @pytest.mark.parametrize(
        ("trailer", "where", "reason"),
        [
            ("T;2;100.00;{sha}", "rows", "ROWS_DIFFER"), ("T;1;100.01;{sha}", "sum of principal", "SUM_DIFFERS"),
            ("T;1;100.00;" + "0" * 64, "sha256", "HASH_DIFFERS"), ("T;x;100.00;{sha}", "rows", "TRAILER_VALUE"),
            ("T;1;100;{sha}", "sum of principal", "TRAILER_VALUE"), ("T;1;100.00;abc", "sha256", "TRAILER_VALUE"),
            ("T;1;100.00", "", "TRAILER_MISSING"),
        ],
    )  # fmt: skip
    def test_wrong_trailers(self, tmp_path, trailer, where, reason):
        found = defects(tmp_path, [row()], trailer=trailer)
        assert [(one[1], one[2]) for one in found] == [(where, reason)]

    def test_no_trailer(self, tmp_path):
        found = defects(tmp_path, [row()], trailer=line_of(row("2")))
        assert found == [(0, "", "TRAILER_MISSING")]

    def test_an_upper_case_hash_and_blank_lines_at_the_end_are_forgiven(self, tmp_path):
        path = write(tmp_path, [row()])
        body, last = path.read_bytes().rsplit(b"T;", 1)
        path.write_bytes(body + b"T;" + last.strip().upper() + b"\r\n\n")
        assert Read(path).defects == []

    def test_file_names(self, tmp_path):
        path = write(tmp_path, [row()])
        for name, where, reason in (
            ("debts.csv", "file name", "FILE_NAME"), ("9084_DEBTS_20261120_1.csv.exe", "file name", "FILE_NAME"),
            ("9083_DEBTS_20261120_1.csv", "municipality", "FILE_NAME_DIFFERS"),
            ("9084_DEBTS_20261121_1.csv", "made_at", "FILE_NAME_DIFFERS"),
            ("9084_DEBTS_20261120_2.csv", "sequence", "FILE_NAME_DIFFERS"),
        ):  # fmt: skip
            assert Read(path, name).defects == [(0, where, reason)]
        path.unlink()
        late = write(tmp_path, [row()], made_at="2026-11-19T23:30:00+00:00")
        assert Read(late, "9084_DEBTS_20261120_1.csv").defects == []

    def test_empty_and_tiny_files(self, tmp_path):
        path = tmp_path / NAME
        for content, reason in (
            (b"", "FILE_EMPTY"),
            (b"\n", "HEADER_MISSING"),
            (b"H;1", "HEADER_MISSING"),
            (b"T;", "HEADER_MISSING"),
        ):
            path.write_bytes(content)
            assert reason in [one[2] for one in Read(path).defects]

    def test_a_file_without_rows_is_whole(self, tmp_path):
        assert defects(tmp_path, []) == []

    def test_cut_anywhere_it_is_refused(self, tmp_path):
        path = write(tmp_path, [*debt("9084-1", 3), fine_row(), row("9084-2")])
        content = path.read_bytes()
        body = content.rfind(b"T;")
        for end in range(len(content) - 1):
            path.write_bytes(content[:end])
            assert Read(path).found.count, content[end - 30 : end]
        for at in range(0, body, 7):
            changed = bytearray(content)
            changed[at] ^= 1
            path.write_bytes(changed)
            assert Read(path).found.count, at


def test_defects_are_counted_beyond_what_is_kept(tmp_path):
    done = read(tmp_path, [row(str(n), afm="1") for n in range(KEPT + 500)])
    assert done.found.count == KEPT + 500
    assert len(done.found.kept) == KEPT
    assert done.found.by_reason == {"AFM_SHAPE": KEPT + 500}


def test_reported_values_are_short_and_harmless(tmp_path):
    done = read(tmp_path, [row(description="Α" * 500), row("2", name="\x1b[31mΆννα")])
    long, control = done.found.kept
    assert len(long.value) == 80
    assert "\x1b" not in control.value
    assert "\\u001b" in control.value


def test_the_fast_and_the_careful_way_stage_the_same(tmp_path, monkeypatch):
    draw = random.Random(5)
    rows = []
    for number in range(400):
        made = draw.choice(
            [debt(str(number), draw.randint(1, 4)), [fine_row(str(number))], [row(str(number), name="Ό.Ε. «Α»")]]
        )
        if draw.random() < 0.2:
            made = [one | draw.choice(ONE_ROW)[0] for one in made]
        rows += made
    fast = read(tmp_path, rows)
    monkeypatch.setattr("obolos.domain.debts.debts_file.reading.is_clean", lambda text: False)
    careful = read(tmp_path, rows)
    assert fast.found.count > 50
    assert (fast.debts, fast.parts, fast.defects) == (careful.debts, careful.parts, careful.defects)


def test_lines_that_are_clean_need_no_care():
    assert lines.is_clean(line_of(row(name="Άννα-Μαρία Ο’Κόνορ")) + "\n")
    for odd in ('a"b', "a; b", "a ;b", " a", "a ", "a\tb", "Α\u0301", "a\u00a0b", "a\ufffdb"):
        assert not lines.is_clean(odd), odd


def test_fines_keep_their_scope(tmp_path):
    assert defects(tmp_path, [fine_row()], scope=FINE) == []
