"""DIAS' file of the day: whole and proven, or refused with line and column."""

import hashlib
import random
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.adapters.dias import day_file as day_file_module
from obolos.adapters.dias.day_file import FIELDS, OBOLOS_CSV, BadDayFile, Layout, LineError, read_day_file

ROW = "R1;TX-1;RF64900120120000000004711;12.34;2026-11-22T10:00:00+02:00;PIRBGRAA;ΕΛΕΝΗ;ΤΕΛΗ"


def day_file(*rows: str, head: str = "H;1;99083;2026-11-22;7", total: str | None = None, end: str = "\n") -> bytes:
    """A file as the sender makes it; `total` replaces the right sum."""
    before = "".join(line + end for line in (head, *rows)).encode()
    cents = sum(int(row.split(";")[3].replace(".", "")) for row in rows) if total is None else 0
    total = total if total is not None else f"{cents // 100}.{cents % 100:02d}"
    return before + f"T;{len(rows)};{total};{hashlib.sha256(before).hexdigest()}{end}".encode()


def errors(content: bytes, layout: Layout = OBOLOS_CSV, name: str = "") -> list[LineError]:
    with pytest.raises(BadDayFile) as refusal:
        read_day_file(content, layout, name=name)
    return list(refusal.value.errors)


def test_a_file_is_read() -> None:
    content = day_file(ROW, ROW.replace("R1", "").replace("12.34", "0.01"))
    found = read_day_file(content, name="DIAS_99083_20261122_7.csv")
    assert (found.organisation, found.day, found.sequence) == ("99083", date(2026, 11, 22), 7)
    assert (len(found.rows), found.total_cents) == (2, 1235)
    assert found.digest == hashlib.sha256(content).hexdigest()
    one = found.rows[0]
    assert (one.line, one.rid, one.transaction_id, one.rf) == (2, "R1", "TX-1", "RF64900120120000000004711")
    assert (one.amount_cents, one.paid_at) == (1234, datetime(2026, 11, 22, 8, tzinfo=UTC))
    assert (one.bank_bic, one.payer, one.remittance) == ("PIRBGRAA", "ΕΛΕΝΗ", "ΤΕΛΗ")
    assert found.rows[1].rid == ""


def test_an_empty_day() -> None:
    found = read_day_file(day_file(total="0.00"))
    assert (found.rows, found.total_cents) == ((), 0)


def test_line_ends_byte_order_mark_and_quotes() -> None:
    quoted = ROW.replace("ΕΛΕΝΗ", '"ΑΦΟΙ ""Χ;Ψ"" ΟΕ"')
    rows = [quoted]
    for end in ("\n", "\r\n"):
        before = ("H;1;99083;2026-11-22;7" + end + quoted + end).encode()
        for start in (b"", b"\xef\xbb\xbf"):
            head = start + before
            content = head + f"T;{len(rows)};12.34;{hashlib.sha256(head).hexdigest()}".encode()
            for tail in (b"", end.encode()):
                assert read_day_file(content + tail).rows[0].payer == 'ΑΦΟΙ "Χ;Ψ" ΟΕ'


def test_equal_lines_all_count() -> None:
    found = read_day_file(day_file(ROW, ROW, ROW))
    assert (len(found.rows), found.total_cents) == (3, 3702)


def test_unknown_or_misspelt_codes_are_news_all_the_same() -> None:
    found = read_day_file(day_file(ROW.replace("RF64900120120000000004711", "rf99 1234")))
    assert found.rows[0].rf == "RF991234"


@pytest.mark.parametrize(
    ("cell", "value", "column"),
    [
        (1, "", "transaction_id"),
        (1, "x" * 65, "transaction_id"),
        (1, "a\x07", "transaction_id"),
        (2, "", "rf"),
        (2, "1" * 41, "rf"),
        (3, "", "amount"),
        (3, "12,34", "amount"),
        (3, "12.3", "amount"),
        (3, "12", "amount"),
        (3, "0.00", "amount"),
        (3, "-1.00", "amount"),
        (3, "+1.00", "amount"),
        (3, "1e2", "amount"),
        (3, "NaN", "amount"),
        (3, "1.234.56", "amount"),
        (3, "1000000.00", "amount"),
        (3, "١.٠٠", "amount"),
        (4, "", "paid_at"),
        (4, "2026-11-22", "paid_at"),
        (4, "2026-11-22T10:00:00", "paid_at"),
        (4, "22/11/2026 10:00", "paid_at"),
        (4, "2026-02-30T10:00:00+02:00", "paid_at"),
        (6, "x" * 201, "payer"),
    ],
)
def test_a_bad_cell_is_named(cell: int, value: str, column: str) -> None:
    cells = ROW.split(";")
    cells[cell] = value
    found = errors(day_file(ROW, ";".join(cells), total="12.34"))
    assert [(error.line, error.column) for error in found] == [(3, column)]
    assert found[0].reason
    assert found[0].value == value.strip()[:40]


def test_every_bad_cell_and_line_is_named() -> None:
    found = errors(day_file(ROW.replace("12.34", "x").replace("+02:00", ""), "a;b", '"x;y', ROW, total="0.00"))
    assert [(error.line, error.column) for error in found] == [(2, "amount"), (2, "paid_at"), (3, ""), (4, "")]


def test_not_endlessly_many_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []
    genuine = day_file_module._cells
    monkeypatch.setattr(day_file_module, "_cells", lambda *given: looked_at.append(1) or genuine(*given))
    assert len(errors(day_file(*["x"] * 5000, total="0.00"))) == 100
    assert len(errors(day_file(*[ROW.replace("12.34", "x").replace("+02:00", "")] * 5000, total="0.00"))) == 100
    assert len(looked_at) < 200  # the rest of a hopeless file is not read


def test_a_line_ends_at_a_line_end_only() -> None:
    odd = "Α\u2028Β\x85Γ\x0bΔ\x0cΕ\x1eΖ"
    found = read_day_file(day_file(ROW.replace("ΤΕΛΗ", odd), ROW))
    assert [row.remittance for row in found.rows] == ["Α Β Γ Δ Ε Ζ", "ΤΕΛΗ"]


@pytest.mark.parametrize(
    "head",
    [
        "",
        "X;1;99083;2026-11-22;7",
        "H;2;99083;2026-11-22;7",
        "H;1;99083;2026-11-22",
        "H;1;9908;2026-11-22;7",
        "H;1;99083;22/11/2026;7",
        "H;1;99083;2026-11-22;-7",
        "H;1;99083;2026-11-22;x",
        "H;1;٩٩٠٨٣;2026-11-22;7",
    ],
)
def test_bad_headers(head: str) -> None:
    assert errors(day_file(ROW, head=head))[0].line == 1


@pytest.mark.parametrize(
    "name", ["DIAS_99084_20261122_7.csv", "DIAS_99083_20261123_7.csv", "DIAS_99083_20261122_8.csv", "x.csv", "../x"]
)
def test_a_name_that_does_not_agree(name: str) -> None:
    assert errors(day_file(ROW), name=name)[0].reason.startswith("the file's name")


@pytest.mark.parametrize(
    ("total", "agrees"), [("12.34", True), ("12.35", False), ("", False), ("NaN", False), ("x", False)]
)
def test_sum(total: str, agrees: bool) -> None:
    content = day_file(ROW, total=total)
    if agrees:
        assert read_day_file(content).total_cents == 1234
    else:
        assert [error.column for error in errors(content)] == ["sum"]


def test_rows_are_counted() -> None:
    content = day_file(ROW).replace(b"T;1;", b"T;2;")
    assert [error.column for error in errors(content)] == ["rows"]


def test_every_changed_byte_is_noticed() -> None:
    genuine = day_file(ROW, ROW)
    chance = random.Random(1)
    for at in range(len(genuine) - 1):
        changed = genuine[:at] + bytes([genuine[at] ^ (1 << chance.randrange(8))]) + genuine[at + 1 :]
        try:
            read = read_day_file(changed)
        except BadDayFile:
            continue
        assert read.rows == read_day_file(genuine).rows, at  # only upper and lower case of the hash may differ
        assert at > genuine.rindex(b";")


def test_cut_at_every_byte_nothing_is_used() -> None:
    genuine = day_file(ROW, ROW, ROW)
    for end in range(len(genuine) - 1):
        with pytest.raises(BadDayFile):
            read_day_file(genuine[:end])
    assert len(read_day_file(genuine[:-1]).rows) == 3  # the last line end is not content


def test_lines_moved_added_or_taken_away_are_noticed() -> None:
    lines = day_file(ROW, ROW.replace("12.34", "5.00"), ROW.replace("12.34", "7.00")).splitlines(keepends=True)
    wrong = [
        [lines[0], lines[2], lines[1], lines[3], lines[4]],
        [lines[0], lines[1], lines[1], lines[2], lines[3], lines[4]],
        [lines[0], lines[2], lines[3], lines[4]],
        [*lines, lines[1]],
        [*lines, lines[4]],
        [*lines, b"\n", lines[1]],
        lines[1:],
        lines[:-1],
    ]
    for content in wrong:
        assert errors(b"".join(content))


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"H", b"H;1;99083;2026-11-22;7\n", b"\x00" * 100, b"PK\x03\x04" + b"\n" * 50]
)
def test_what_is_no_such_file(content: bytes) -> None:
    assert errors(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_cleanly(content: bytes) -> None:
    assert errors(content)


def test_wrong_encoding_is_refused() -> None:
    content = day_file(ROW).decode().encode("windows-1253")
    assert "utf-8" in errors(content)[0].reason


# --- other layouts ----------------------------------------------------------------------------------------------------

OTHER = Layout(
    columns=("rf", "", "amount", "paid_at", "payer"),
    required=frozenset({"rf", "amount", "paid_at"}),
    separator="|",
    decimal_sign=",",
    instants="%d/%m/%Y %H:%M:%S",
    days="%d/%m/%Y",
    encoding="iso-8859-7",
)


def test_another_senders_layout() -> None:
    before = "H|1|99083|22/11/2026|7\nRF64900120120000000004711|skip|1234,56|22/07/2026 10:00:00|ΕΛΕΝΗ\n".encode(
        "iso-8859-7"
    )
    content = before + f"T|1|1234,56|{hashlib.sha256(before).hexdigest()}\n".encode()
    found = read_day_file(content, OTHER)
    one = found.rows[0]
    assert (found.day, one.amount_cents, one.payer, one.transaction_id) == (date(2026, 11, 22), 123456, "ΕΛΕΝΗ", "")
    assert one.paid_at == datetime(2026, 7, 22, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "changed",
    [
        {"columns": (*FIELDS, "rf")},
        {"columns": ("rf", "amount")},
        {"columns": (*FIELDS, "colour")},
        {"required": frozenset({"rf"})},
        {"decimal_sign": ";"},
    ],
)
def test_layouts_that_cannot_be(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"columns must|always required"):
        replace(OBOLOS_CSV, **changed)  # type: ignore[arg-type]


def test_a_large_day() -> None:
    rows = [ROW.replace("TX-1", f"TX-{n}") for n in range(20_000)]
    content = day_file(*rows)
    began = time.process_time()
    assert read_day_file(content).total_cents == 20_000 * 1234
    assert time.process_time() - began < 3
