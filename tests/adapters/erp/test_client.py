"""The financial system: what acknowledges, what refuses, and everything else is "could not be told"."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.adapters.erp.client import ErpAnswer, ErpClient, ErpStatus, ErpUnavailable, read_answer
from tests.adapters.stub_http import Stub, http

PAYLOAD = {
    "payment_id": "p1",
    "channel": "CARD",
    "lines": [{"ext_id": "E1", "version": 3, "component": "PRINCIPAL", "rev_code": "0441", "amount": 2000}],
    "payer": "ΕΛΕΝΗ",
}


def tell(stub: Stub, status: int, body: Any) -> ErpAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stub.answer = lambda seen: http(status, content, "application/json")
    return ErpClient(f"{stub.base_url}/erp/9083", "demo-erp-9083").post_payment(PAYLOAD, "key-1")


def test_what_is_sent(stub: Stub) -> None:
    tell(stub, 201, {"receipt_no": "A 1", "status": "POSTED", "reason": None})
    seen = stub.seen[0]
    assert (seen.method, seen.path) == ("POST", "/erp/9083/payments")
    assert seen.headers["authorization"] == "Bearer demo-erp-9083"
    assert seen.headers["idempotency-key"] == "key-1"
    assert seen.headers["content-type"] == "application/json"
    assert json.loads(seen.body) == PAYLOAD
    again = dict(reversed(PAYLOAD.items()))
    ErpClient(f"{stub.base_url}/erp/9083", "demo-erp-9083").post_payment(again, "key-1")
    assert stub.seen[1].body == seen.body, "a database may have put its words in another order"


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, {"status": "POSTED", "receipt_no": "A 1", "reason": ""}, ("POSTED", "A 1", "", True)),
        (201, {"status": "POSTED", "receipt_no": 17}, ("POSTED", "17", "", True)),
        (202, {"status": "PENDING", "receipt_no": None, "reason": None}, ("PENDING", None, "", True)),
        (200, {"status": "PENDING", "receipt_no": "", "reason": "night"}, ("PENDING", None, "night", True)),
        (200, {"status": "REFUSED", "reason": "closed year"}, ("REFUSED", None, "closed year", False)),
        (409, {"status": "REFUSED", "reason": "key reused"}, ("REFUSED", None, "key reused", False)),
        (422, {"status": "REFUSED"}, ("REFUSED", None, "", False)),
    ],
)
def test_answers(stub: Stub, status: int, body: Any, answer: tuple[Any, ...]) -> None:
    told = tell(stub, status, body)
    assert (told.status, told.receipt_no, told.reason, told.acknowledged) == answer
    assert json.loads(told.raw) == body


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504])
def test_a_good_word_under_a_bad_status_is_no_answer(stub: Stub, status: int) -> None:
    with pytest.raises(ErpUnavailable):
        tell(stub, status, {"status": "POSTED", "receipt_no": "A 1"})


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_refused_counts_only_where_the_request_was_judged(stub: Stub, status: int) -> None:
    with pytest.raises(ErpUnavailable):
        tell(stub, status, {"status": "REFUSED"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"POSTED"',
        b"<html>",
        b"\xff",
        b'{"status": "posted"}',
        b'{"status": null}',
        b'{"status": ["POSTED"]}',
        b'{"status": {}}',
        b'{"status": "OK"}',
        b"[" * 50000,
        b'{"status": "POSTED"',
        b"9" * 5000,
    ],
)
def test_answers_in_another_form(stub: Stub, body: bytes) -> None:
    with pytest.raises(ErpUnavailable):
        tell(stub, 200, body)


@given(st.binary(max_size=200), st.integers(100, 599))
def test_never_fails_otherwise(body: bytes, status: int) -> None:
    with contextlib.suppress(ErpUnavailable):
        assert read_answer(status, body).status in ErpStatus


def test_odd_values_cannot_hurt(stub: Stub) -> None:
    told = tell(stub, 200, {"status": "POSTED", "receipt_no": "A" * 500, "reason": "x\x00y\u202ez" + "r" * 900})
    assert told.receipt_no is not None
    assert len(told.receipt_no) == 100
    assert len(told.reason) == 500
    assert "\x00" not in told.reason + told.raw
    assert tell(stub, 200, {"status": "POSTED", "receipt_no": {"a": 1}}).receipt_no is None


def test_nobody_there_and_too_long() -> None:
    with pytest.raises(ErpUnavailable):
        ErpClient("http://127.0.0.1:9", "t").post_payment(PAYLOAD, "k")


def test_too_long_an_answer(stub: Stub) -> None:
    with pytest.raises(ErpUnavailable):
        tell(stub, 200, b" " * 300_000)


@pytest.mark.parametrize("key", ["", "a b", "a\r\nX: y", "é", "k" * 129])
def test_keys_that_are_no_header_value(key: str) -> None:
    with pytest.raises(ValueError, match="idempotency"):
        ErpClient("http://127.0.0.1:9", "t").post_payment(PAYLOAD, key)


def test_the_token_is_not_shown() -> None:
    assert "secret" not in repr(ErpClient("http://127.0.0.1:9", "secret"))
