"""The simulated financial system: the same key gets the same answer, and money is booked once."""

from typing import Any

import httpx
import pytest

from tests.sandbox.outside import Outside

BODY: dict[str, Any] = {
    "payment_id": "P1", "channel": "CARD", "bank_ref": "77001", "rf": None, "paid_at": "2026-11-22T10:00:00+00:00",
    "value_date": "2026-11-22", "payer": "038836853",
    "lines": [{"ext_id": "E1", "version": 1, "component": "PRINCIPAL", "rev_code": "0311", "amount": 1234}],
}  # fmt: skip


def tell(
    outside: Outside, key: str = "K1", body: Any = BODY, code: str = "9083", token: str = "", **more: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or f'demo-erp-{code}'}"} | ({"Idempotency-Key": key} if key else {})
    return httpx.post(f"{outside.address}/erp/{code}/payments", json=body, headers=headers, timeout=5, **more)


def booked(outside: Outside) -> list[dict[str, Any]]:
    return list(outside.get("erp/payments"))


def test_a_payment_is_posted_with_a_receipt_and_only_once(outside: Outside) -> None:
    first, again = tell(outside), tell(outside)
    assert first.status_code == 200
    assert first.json()["status"] == "POSTED"
    assert first.json()["receipt_no"]
    assert first.json() == again.json()
    [one] = booked(outside)
    assert (one["code"], one["key"], one["body"]) == ("9083", "K1", BODY)


def test_a_payment_may_lack_the_banks_own_id(outside: Outside) -> None:
    assert tell(outside, body=BODY | {"bank_ref": ""}).json()["status"] == "POSTED"


def test_the_same_key_with_another_body(outside: Outside) -> None:
    tell(outside)
    answer = tell(outside, body=BODY | {"payment_id": "P2"})
    assert (answer.status_code, answer.json()["status"]) == (422, "REFUSED")
    assert len(booked(outside)) == 1


def test_keys_are_each_municipalitys_own(outside: Outside) -> None:
    assert tell(outside).json()["receipt_no"] != tell(outside, code="9084").json()["receipt_no"]
    assert len(outside.get("erp/payments", code="9084")) == 1


def test_who_may_tell(outside: Outside) -> None:
    assert tell(outside, token="demo-erp-9084").status_code == 401
    assert tell(outside, key="").status_code == 400
    assert booked(outside) == []


@pytest.mark.parametrize(
    "body",
    [
        [], BODY | {"payment_id": ""}, BODY | {"lines": None}, BODY | {"lines": [{}]},
        BODY | {"lines": [BODY["lines"][0] | {"amount": 12.34}]},
        BODY | {"lines": [BODY["lines"][0] | {"component": "TIP"}]},
    ],
)  # fmt: skip
def test_what_is_not_a_payment(outside: Outside, body: Any) -> None:
    answer = tell(outside, body=body)
    assert (answer.status_code, answer.json()["status"]) == (422, "REFUSED")
    assert booked(outside) == []


@pytest.mark.parametrize(("fault", "status"), [("refused", "REFUSED"), ("pending", "PENDING")])
def test_other_answers(outside: Outside, fault: str, status: str) -> None:
    outside.fault("erp", fault)
    assert tell(outside).json()["status"] == status
    assert tell(outside).json()["status"] == status, "a repeated key gets its first answer"
    assert tell(outside, key="K2").json()["status"] == "POSTED"


@pytest.mark.parametrize(("fault", "rows"), [("timeout", 0), ("error_500", 0), ("lost_answer", 1)])
def test_no_answer(outside: Outside, fault: str, rows: int) -> None:
    outside.fault("erp", fault)
    assert tell(outside).status_code >= 500
    assert len(booked(outside)) == rows
    assert tell(outside).json()["status"] == "POSTED"
    assert len(booked(outside)) == 1


def test_an_answer_that_breaks_off_is_booked_once(outside: Outside) -> None:
    outside.fault("erp", "dropped_answer")
    with pytest.raises(httpx.RemoteProtocolError):
        tell(outside)
    assert tell(outside).json()["status"] == "POSTED"
    [one] = booked(outside)
    assert one["seen"] == 2


def test_a_reversal(outside: Outside) -> None:
    headers = {"Authorization": "Bearer demo-erp-9083", "Idempotency-Key": "K1"}
    base = f"{outside.address}/erp/9083"
    assert httpx.post(f"{base}/reversals", json={"reverses": "P1"}, headers=headers).json()["status"] == "POSTED"
