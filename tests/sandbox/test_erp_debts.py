"""The simulated financial system as one that is asked: its own debts, changes since a cursor, holds, and misbehaviour."""

from typing import Any

import httpx
import pytest

from tests.sandbox.outside import Outside

DEBT: dict[str, Any] = {
    "code": "9083", "ext_id": "9083-1", "afm": "038836853", "name": "ΜΑΡΚΑΚΗ ΕΛΕΝΗ", "principal": 12_345,
    "due_on": "2026-12-31", "certified_on": "2026-01-10",
}  # fmt: skip
FINE = {"ext_id": "9083-F", "kind": "UNCERTIFIED", "ticket_no": "2026-7", "plate": "ΙΝΑ-2339", "certified_on": None}
PAYMENT: dict[str, Any] = {
    "payment_id": "P1", "channel": "CARD", "bank_ref": "1", "rf": None, "paid_at": "2026-11-22T10:00:00+00:00",
    "value_date": "2026-11-22", "payer": "X",
    "lines": [{"ext_id": "9083-1", "version": 1, "instalment": 1, "component": "PRINCIPAL", "rev_code": "0", "amount": 2_000}],
}  # fmt: skip


def erp(outside: Outside, method: str, path: str, code: str = "9083", **options: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer demo-erp-{code}"} | options.pop("headers", {})
    return httpx.request(method, f"{outside.address}/erp/{code}{path}", headers=headers, timeout=5, **options)


def debts(outside: Outside, query: str) -> list[dict[str, Any]]:
    return list(erp(outside, "GET", f"/debts?{query}").json()["debts"])


def hold(outside: Outside, version: int = 1, order: str = "OB-1") -> httpx.Response:
    lines = [{"ext_id": "9083-1", "version": version, "amount": 12_345}]
    return erp(
        outside, "POST", "/holds", json={"order_id": order, "lines": lines, "expires_at": "2026-11-22T12:00:00Z"}
    )


def test_it_knows_what_it_was_told_and_nothing_else(outside: Outside) -> None:
    assert debts(outside, "afm=038836853") == []
    outside.post("erp/debts", **DEBT)
    [row] = debts(outside, "afm=038836853")
    assert (row["ext_id"], row["version"], row["principal"], row["rf"]) == ("9083-1", 1, 12_345, None)
    assert debts(outside, "afm=123456783") == []
    assert erp(outside, "GET", "/debts?afm=038836853", code="9084").json()["debts"] == []
    outside.post("erp/debts", **DEBT | {"principal": 100})
    assert [(row["version"], row["principal"]) for row in debts(outside, "afm=038836853")] == [(2, 100)]
    told = outside.get("erp/debts", code="9083")
    assert [one["rows"][0]["principal"] for one in told["debts"]] == [100]


def test_it_is_asked_by_ticket_and_plate_or_rf_in_any_spelling(outside: Outside) -> None:
    outside.post("erp/debts", **DEBT | FINE | {"rf": "RF18539007547034"})
    for query in ("ticket=2026 7&plate=INA2339", "ticket=2026-7&plate=ΙΝΑ-2339", "rf=RF18539007547034"):
        assert [row["ext_id"] for row in debts(outside, query)] == ["9083-F"]
    for query in ("ticket=2026-7&plate=ΙΝΑ-1", "rf=RF00", "ticket=2026-8&plate=ΙΝΑ-2339"):
        assert debts(outside, query) == []
    for query in ("", "ticket=2026-7", "plate=ΙΝΑ-2339"):
        assert erp(outside, "GET", f"/debts?{query}").status_code == 400
    assert erp(outside, "GET", "/debts?afm=1", headers={"Authorization": "Bearer x"}).status_code == 401


def test_changes_go_on_from_a_cursor(outside: Outside) -> None:
    assert erp(outside, "GET", "/changes?since=0").json() == {"cursor": "0", "debts": []}
    outside.post("erp/debts", **DEBT)
    outside.post("erp/debts", **DEBT | {"ext_id": "9083-2"})
    first = erp(outside, "GET", "/changes?since=").json()
    assert [row["ext_id"] for row in first["debts"]] == ["9083-1", "9083-2"]
    assert erp(outside, "GET", f"/changes?since={first['cursor']}").json() == {"cursor": first["cursor"], "debts": []}
    outside.post("erp/debts", **DEBT | {"principal": 5})
    later = erp(outside, "GET", f"/changes?since={first['cursor']}").json()
    assert [(row["ext_id"], row["version"]) for row in later["debts"]] == [("9083-1", 2)]
    assert erp(outside, "GET", "/changes?since=x").status_code == 400


def test_a_payment_it_posts_stands_in_its_own_debt(outside: Outside) -> None:
    outside.post("erp/debts", **DEBT)
    for _ in range(2):
        answer = erp(outside, "POST", "/payments", json=PAYMENT, headers={"Idempotency-Key": "K"})
        assert answer.json()["status"] == "POSTED"
    [row] = debts(outside, "afm=038836853")
    assert (row["paid"], row["version"]) == (2_000, 2)


def test_a_hold_is_an_orders_and_is_refused_when_the_debt_is_another(outside: Outside) -> None:
    outside.post("erp/debts", **DEBT)
    first, again = hold(outside), hold(outside)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    [kept] = outside.get("erp/holds")
    assert (kept["order"], kept["lines"]) == ("OB-1", [{"ext_id": "9083-1", "version": 1, "amount": 12_345}])
    outside.post("erp/debts", **DEBT | {"principal": 5})
    refused = hold(outside, order="OB-2")
    assert refused.status_code == 409
    assert [(row["version"], row["principal"]) for row in refused.json()["debts"]] == [(2, 5)]
    assert erp(outside, "DELETE", f"/holds/{kept['id']}").status_code == 204
    assert erp(outside, "DELETE", f"/holds/{kept['id']}").status_code == 404
    assert outside.get("erp/holds") == []


def test_what_is_no_hold(outside: Outside) -> None:
    for body in (
        {},
        {"order_id": "O", "lines": [{}], "expires_at": "x"},
        {"order_id": "O", "lines": 5, "expires_at": ""},
    ):
        assert erp(outside, "POST", "/holds", json=body).status_code == 422


def test_a_debt_may_change_while_it_is_being_held(outside: Outside) -> None:
    outside.post("erp/debts", **DEBT)
    outside.fault("erp", "hold_changed")
    refused = hold(outside)
    assert refused.status_code == 409
    assert refused.json()["debts"][0]["principal"] == 12_445
    assert hold(outside, version=2).status_code == 201


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("wrong_types", ("123.45", 1)), ("negative", (-12_346, 1)), ("older", (13_122, 0)), ("same_version", (13_122, 1)),
    ],
)  # fmt: skip
def test_wrong_and_contradictory_answers(outside: Outside, fault: str, seen: tuple[Any, int]) -> None:
    outside.post("erp/debts", **DEBT)
    outside.fault("erp", fault)
    [row] = debts(outside, "afm=038836853")
    assert (row["principal"], row["version"]) == seen
    assert debts(outside, "afm=038836853")[0]["principal"] == 12_345, "once only, and its own books stay right"


def test_other_faults_of_an_answer(outside: Outside) -> None:
    outside.fault("erp", "malformed")
    with pytest.raises(ValueError, match="Expecting"):
        debts(outside, "afm=1")
    outside.fault("erp", "stranger")
    assert [row["afm"] for row in debts(outside, "afm=038836853")] == ["997654327"]
    outside.fault("erp", "down")
    assert erp(outside, "GET", "/debts?afm=1").status_code == 503
    outside.fault("erp", "hang_up")
    with pytest.raises(httpx.RemoteProtocolError):
        debts(outside, "afm=1")
    outside.post("faults", actor="erp", fault="slow", seconds=0.3)
    began = erp(outside, "GET", "/debts?afm=1").elapsed.total_seconds()
    assert began > 0.25
    outside.post("faults", actor="erp", fault="down", match="9084 ")
    assert erp(outside, "GET", "/debts?afm=1").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "x"}, {"ext_id": ""}, {"colour": "red"}, {"rows": []}, {"rows": [1]}, {"rows": {}},
        {"rows": [{"ext_id": "a"}, {"ext_id": "b"}]},
    ],
)  # fmt: skip
def test_what_it_cannot_be_told(outside: Outside, wrong: dict[str, Any]) -> None:
    answer = httpx.post(f"{outside.address}/control/erp/debts", json=DEBT | wrong, timeout=5)
    assert answer.status_code == 400
    assert outside.get("erp/debts")["debts"] == []


def test_a_person_tells_it_a_debt_and_lets_it_fall_ill(outside: Outside) -> None:
    page = f"{outside.address}/erp/"
    form = {name: str(value) for name, value in DEBT.items()} | {"do": "debt", "principal": "123,45"}
    assert "9083-1, έκδοση 1" in httpx.post(page, data=form).text
    assert "123,45\N{NO-BREAK SPACE}€" in httpx.get(page).text
    assert httpx.post(page, data=form | {"principal": "much"}).status_code == 400
    assert "down" in httpx.post(page, data={"do": "ill", "code": "9083", "fault": "down"}).text
    assert [erp(outside, "GET", "/debts?afm=1").status_code for _ in range(3)] == [503] * 3
    told = erp(outside, "POST", "/payments", json=PAYMENT, headers={"Idempotency-Key": "K"})
    assert told.json()["status"] == "POSTED", "payments are told as always"
    httpx.post(page, data={"do": "well", "code": "9083"})
    assert erp(outside, "GET", "/debts?afm=1").status_code == 200
