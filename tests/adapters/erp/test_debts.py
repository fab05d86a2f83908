"""The financial system's debts, changes and holds: what is read, and what is not believed."""

import contextlib
import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obolos.adapters.erp import debts as erp
from obolos.adapters.erp.client import ErpClient, ErpUnavailable
from obolos.adapters.erp.debts import ErpContradicts, ErpHoldRefused, HoldLine
from tests.adapters.stub_http import Stub, http, stub_server

ON = date(2026, 11, 22)
ROW: dict[str, Any] = {
    "ext_id": "9083-1", "version": 3, "afm": "038836853", "name": "ΜΑΡΚΑΚΗ ΕΛΕΝΗ", "person_type": "N",
    "kind": "CERTIFIED", "rev_code": "00.0311.0001", "orig_code": None, "year": 2026, "catalogue": "7", "line": "12",
    "atb": None, "description": "Τέλη", "certified_on": "2026-01-10", "due_on": "2026-12-31", "instalment": 1,
    "instalments": 1, "principal": 12_345, "added": None, "surcharge": None, "surcharge_as_of": None, "paid": 0,
    "written_off": 0, "rf": None, "ticket_no": None, "plate": None, "violation_on": None,
}  # fmt: skip
HEAD: dict[str, Any] = {"as_of": "2026-11-22T12:00:00+02:00"}
LINES = [HoldLine("9083-1", 3, 12_345)]
UNTIL = datetime(2026, 11, 22, 11, tzinfo=UTC)


def client(stub: Stub) -> ErpClient:
    return ErpClient(f"{stub.base_url}/erp/9083", "demo-erp-9083")


def says(stub: Stub, body: Any, status: int = 200) -> ErpClient:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stub.answer = lambda seen: http(status, content, "application/json")
    return client(stub)


def ask(stub: Stub, body: Any, status: int = 200) -> erp.ErpDebts:
    return erp.debts_of_afm(says(stub, body, status), "038836853", on=ON)


def test_what_is_asked_and_what_is_read(stub: Stub) -> None:
    answer = ask(stub, HEAD | {"debts": [ROW | {"tomorrow": {"x": 1}}], "more": 1})
    (row,) = answer.rows
    assert (row.ext_id, row.version, row.principal, row.due_on, row.rf, row.added) == (
        "9083-1", 3, 12_345, date(2026, 12, 31), "", None,
    )  # fmt: skip
    assert answer.as_of == datetime(2026, 11, 22, 10, tzinfo=UTC)
    (seen,) = stub.seen
    assert (seen.method, seen.path) == ("GET", "/erp/9083/debts?afm=038836853&as_of=2026-11-22")
    assert seen.headers["authorization"] == "Bearer demo-erp-9083"
    erp.debts_of_ticket(says(stub, HEAD | {"debts": []}), "Α 1", "ΙΝΑ-1", on=ON)
    assert stub.seen[1].path.startswith("/erp/9083/debts?ticket=%CE%91+1&plate=")


@pytest.mark.parametrize(
    "changed",
    [
        {"principal": "123.45"}, {"principal": 123.45}, {"principal": 12345.0}, {"principal": True}, {"principal": None},
        {"principal": -1}, {"principal": 10**12}, {"paid": -1}, {"paid": None}, {"written_off": "0"}, {"added": "1"},
        {"surcharge": -5}, {"version": "3"}, {"version": -1}, {"version": 1.0}, {"version": 10**18}, {"ext_id": ""},
        {"ext_id": None}, {"ext_id": 7}, {"ext_id": "a\tb"}, {"name": "x\ny"}, {"name": ["x"]}, {"kind": None},
        {"rev_code": ""}, {"due_on": None}, {"due_on": "31/12/2026"}, {"due_on": "2026-02-30"}, {"due_on": 20261231},
        {"certified_on": "yesterday"}, {"year": "2026"}, {"instalment": None}, {"instalments": True},
        {"description": "x" * 501}, {"description": "a\u202eb"}, {"rf": 5},
    ],
)  # fmt: skip
def test_one_wrong_value_and_nothing_is_believed(stub: Stub, changed: dict[str, Any]) -> None:
    with pytest.raises(ErpContradicts, match=next(iter(changed))):
        ask(stub, HEAD | {"debts": [ROW, ROW | {"ext_id": "9083-2"} | changed]})


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b'{"as_of": ', b"<html>", b"\xff\xfe", b"[" * 60_000, b"9" * 5_000, {}, {"debts": []},
        HEAD, HEAD | {"debts": None}, HEAD | {"debts": {}}, HEAD | {"debts": [None]}, HEAD | {"debts": ["x"]},
        {"as_of": 5, "debts": []}, {"as_of": "2026-11-22T12:00:00", "debts": []}, {"as_of": "now", "debts": []},
        {"as_of": "0001-01-01T00:00:00+00:00", "debts": []},
    ],
)  # fmt: skip
def test_answers_in_another_form(stub: Stub, body: Any) -> None:
    with pytest.raises(ErpContradicts):
        ask(stub, body)


def test_debts_of_somebody_else_are_not_believed(stub: Stub) -> None:
    with pytest.raises(ErpContradicts, match="somebody else"):
        ask(stub, HEAD | {"debts": [ROW, ROW | {"ext_id": "9083-2", "afm": "123456783"}]})
    with pytest.raises(ErpContradicts, match="RF"):
        erp.debts_of_rf(says(stub, HEAD | {"debts": [ROW]}), "RF18539007547034", on=ON)


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 401, 403, 404, 409, 429, 500, 502, 503])
def test_only_200_is_an_answer(stub: Stub, status: int) -> None:
    with pytest.raises(ErpUnavailable):
        ask(stub, HEAD | {"debts": [ROW]}, status)


def test_redirects_are_not_followed(stub: Stub) -> None:
    with stub_server() as other:
        other.answer = lambda seen: http(200, json.dumps(HEAD | {"debts": []}).encode())
        stub.answer = lambda seen: http(302, b"", more=f"Location: {other.base_url}/erp/9083/debts\r\n")
        with pytest.raises(ErpUnavailable):
            erp.debts_of_afm(client(stub), "038836853", on=ON)
        assert other.seen == []


def test_two_seconds_are_all_it_gets_however_it_drips(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erp, "ASK_SECONDS", 0.3)

    def drip(connection: socket.socket, answer: bytes) -> None:
        with contextlib.suppress(OSError):
            for byte in answer:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)

    stub.drip = drip
    began = time.monotonic()
    with pytest.raises(ErpUnavailable):
        ask(stub, HEAD | {"debts": [ROW]})
    assert time.monotonic() - began < 1


def test_nobody_there_and_no_afm_in_what_is_said_about_it() -> None:
    with pytest.raises(ErpUnavailable) as error:
        erp.debts_of_afm(ErpClient("http://127.0.0.1:9", "t"), "038836853", on=ON)
    assert "038836853" not in str(error.value)
    with pytest.raises(ErpUnavailable) as error:
        erp.debts_of_afm(ErpClient("http://elsewhere.example", "t"), "038836853", on=ON)
    assert "038836853" not in str(error.value)


def test_changes_and_their_cursor(stub: Stub) -> None:
    answer = erp.changes_since(says(stub, {"cursor": 17, "debts": [ROW]}), "a b&c")
    assert (answer.cursor, len(answer.rows)) == ("17", 1)
    assert stub.seen[0].path == "/erp/9083/changes?since=a+b%26c"
    for cursor in (None, "", True, ["1"], "x" * 201, "a\nb", 1.5):
        with pytest.raises(ErpContradicts, match="cursor"):
            erp.changes_since(says(stub, {"cursor": cursor, "debts": []}), "0")


def test_a_hold_is_placed_and_lifted(stub: Stub) -> None:
    number = erp.place_hold(says(stub, {"id": "h-1"}, 201), "OB-1", LINES, expires_at=UNTIL)
    assert number == "h-1"
    assert json.loads(stub.seen[0].body) == {
        "order_id": "OB-1", "expires_at": "2026-11-22T11:00:00+00:00",
        "lines": [{"ext_id": "9083-1", "version": 3, "amount": 12_345}],
    }  # fmt: skip
    for status in (204, 200, 404, 410):
        erp.lift_hold(says(stub, b"", status), number)
    assert (stub.seen[-1].method, stub.seen[-1].path) == ("DELETE", "/erp/9083/holds/h-1")
    for status in (302, 401, 500):
        with pytest.raises(ErpUnavailable):
            erp.lift_hold(says(stub, b"", status), number)


def test_a_hold_refused_says_what_the_debts_are_now(stub: Stub) -> None:
    with pytest.raises(ErpHoldRefused) as refused:
        erp.place_hold(says(stub, {"debts": [ROW | {"version": 4}]}, 409), "OB-1", LINES, expires_at=UNTIL)
    assert [row.version for row in refused.value.answer.rows] == [4]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, {"id": "../payments"}, ErpContradicts), (200, {"id": ""}, ErpContradicts), (200, {}, ErpContradicts),
        (200, b"x", ErpContradicts), (409, b"x", ErpContradicts), (409, {"debts": [{}]}, ErpContradicts),
        (500, {"id": "h"}, ErpUnavailable), (404, {"id": "h"}, ErpUnavailable), (302, {"id": "h"}, ErpUnavailable),
    ],
)  # fmt: skip
def test_holds_that_are_none(stub: Stub, status: int, body: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        erp.place_hold(says(stub, body, status), "OB-1", LINES, expires_at=UNTIL)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ROW, "debts", "as_of"]), inner),
    max_leaves=12,
)


@settings(max_examples=300)
@given(_JSON, st.sampled_from([erp._rows, lambda found: erp._row(found, 0)]))
def test_whatever_it_says_it_is_read_or_refused(value: Any, read: Callable[[Any], Any]) -> None:
    with contextlib.suppress(ErpContradicts):
        read(value if isinstance(value, dict) else {"debts": value})
