"""DIAS' question: read exactly or refused, and answered question by question."""

import json
import random
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obolos.adapters.dias.online import (
    MAX_REQUEST_BYTES,
    BadMessage,
    Decision,
    Rejection,
    basic_credentials,
    read_request,
    write_response,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANY_JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))

PAYMENT = {
    "RID": "2026112200000001",
    "LobID": "LOB1",
    "ActorID": "99083",
    "TransactionID": "TX-0001",
    "RI_MID": "RF64900120120000000004711",
    "PaidAmount": 12.34,
    "DebtorName": "ΕΛΕΝΗ ΠΑΠΑΔΟΠΟΥΛΟΥ",
    "DebtorBankBIC": "PIRBGRAA",
    "PaymentDtTm": "2026-11-22T10:00:00.000+02:00",
    "BkDate": "2026-11-22",
    "RemittanceInformation": "ΤΕΛΗ",
    "CreationDtTm": "2026-11-22T10:00:01",
}


def request(*payments: dict[str, Any], **envelope: Any) -> bytes:
    return json.dumps({"Env": "T", "MsgType": "DPG_ONRequest", "IncomingPayments": list(payments)} | envelope).encode()


@pytest.mark.parametrize(("text", "cents"), [('"12.34"', 1234), ('"12"', 1200), ('"12.3"', 1230), ("12.340", 1234)])
def test_an_amount_may_stand_as_text_of_the_same_digits(text: str, cents: int) -> None:
    body = request(PAYMENT).replace(b"12.34", text.encode())
    assert read_request(body).payments[0].amount_cents == cents


@pytest.mark.parametrize(
    "text", ['"12,34"', '" 12.34"', '"+12.34"', '"12.34 EUR"', '"1.234,50"', '"1e2"', '"١٢"', '""']
)
def test_an_amount_as_other_text_is_refused(text: str) -> None:
    assert refused(request(PAYMENT).replace(b"12.34", text.encode())).where == "PaidAmount"


def refused(body: bytes) -> BadMessage:
    with pytest.raises(BadMessage) as refusal:
        read_request(body)
    return refusal.value


def test_a_request_is_read() -> None:
    read = read_request(request(PAYMENT, PAYMENT | {"RID": "2"}))
    assert (read.environment, len(read.payments)) == ("T", 2)
    one = read.payments[0]
    assert (one.rid, one.organisation, one.bank_txn, one.rf) == (
        "2026112200000001",
        "99083",
        "TX-0001",
        "RF64900120120000000004711",
    )
    assert one.amount_cents == 1234
    assert one.paid_at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert one.created_at == datetime(2026, 11, 22, 8, 0, 1, tzinfo=UTC)  # no offset: Athens
    assert one.booked_on == date(2026, 11, 22)
    assert (one.debtor_name, one.debtor_bank, one.remittance) == ("ΕΛΕΝΗ ΠΑΠΑΔΟΠΟΥΛΟΥ", "PIRBGRAA", "ΤΕΛΗ")


def test_names_in_the_case_other_billers_have_seen() -> None:
    body = json.dumps({"env": "P", "msgType": "DPG_ONRequest", "incomingPayments": [PAYMENT]}).encode()
    assert read_request(body).environment == "P"
    assert read_request(b"\xef\xbb\xbf" + body).environment == "P"


def test_optional_fields_may_be_absent_null_or_empty() -> None:
    must = {name: PAYMENT[name] for name in ("RID", "ActorID", "TransactionID", "RI_MID", "PaidAmount")}
    for extra in ({}, {"DebtorName": None, "PaymentDtTm": None}, {"DebtorName": "", "BkDate": ""}):
        one = read_request(request(must | extra)).payments[0]
        assert (one.debtor_name, one.paid_at, one.booked_on) == ("", None, None)


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("12.34", 1234),
        ('"12.34"', 1234),
        ("12", 1200),
        ('"12"', 1200),
        ("12.3", 1230),
        ("12.340", 1234),
        ("0.01", 1),
        ("0.29", 29),
        ("1.15", 115),
        ("19.99", 1999),
        ("999999.99", 99_999_999),
    ],
)
def test_amounts(written: str, cents: int) -> None:
    body = request(PAYMENT).replace(b"12.34", written.encode())
    assert read_request(body).payments[0].amount_cents == cents


@given(st.integers(1, 99_999_999))
def test_no_float_stands_between_the_message_and_the_cents(cents: int) -> None:
    body = request(PAYMENT).replace(b"12.34", f"{cents // 100}.{cents % 100:02d}".encode())
    assert read_request(body).payments[0].amount_cents == cents


@pytest.mark.parametrize(
    "written",
    [
        "0",
        "0.00",
        "-1",
        "1e2",
        "1E2",
        '"1e2"',
        "NaN",
        "Infinity",
        '"NaN"',
        "1000000",
        "12.345",
        '"12,34"',
        '"1.234,56"',
        '""',
        "null",
        "true",
        "[]",
        "{}",
        '" 12.34"',
        '"+12.34"',
        '"١٢.٣٤"',
        '"12.34€"',
        "1" * 400,
        '"0x10"',
        '"1_000"',
        '".5"',
    ],
)
def test_amounts_that_are_refused(written: str) -> None:
    body = request(PAYMENT).replace(b"12.34", written.encode())
    assert refused(body).where in ("PaidAmount", "request")


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"RID": ""}, "RID"),
        ({"RID": "a b"}, "RID"),
        ({"RID": "é"}, "RID"),
        ({"RID": "x" * 65}, "rid"),
        ({"RID": ["1"]}, "rid"),
        ({"RID": True}, "rid"),
        ({"TransactionID": ""}, "TransactionID"),
        ({"TransactionID": "a\u0000b"}, "TransactionID"),
        ({"ActorID": ""}, "ActorID"),
        ({"ActorID": "9908x"}, "ActorID"),
        ({"ActorID": "٩٩٠٨٣"}, "ActorID"),
        ({"RI_MID": ""}, "RI_MID"),
        ({"RI_MID": "RF64-9001"}, "RI_MID"),
        ({"RI_MID": "RF" + "1" * 34}, "RI_MID"),
        ({"RI_MID": "ΡΦ64900120120000000004711"}, "RI_MID"),
        ({"PaymentDtTm": "yesterday"}, "paymentdttm"),
        ({"PaymentDtTm": "2026-02-30T10:00:00"}, "paymentdttm"),
        ({"PaymentDtTm": "0001-01-01T00:00:00+14:00"}, "paymentdttm"),
        ({"BkDate": "22/11/2026"}, "bkdate"),
        ({"DebtorName": "x" * 141}, "debtorname"),
        ({"DebtorName": {"a": 1}}, "debtorname"),
    ],
)
def test_fields_that_are_refused(changed: dict[str, Any], where: str) -> None:
    assert refused(request(PAYMENT | changed)).where == where


def test_missing_fields_are_refused() -> None:
    for name in ("RID", "ActorID", "TransactionID", "RI_MID", "PaidAmount"):
        assert refused(request({k: v for k, v in PAYMENT.items() if k != name})).where in (name, name.lower())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"1",
        b'"DPG_ONRequest"',
        b"{",
        b"{}",
        b"\xff\xfe{}",
        request(),
        request(*[PAYMENT | {"RID": str(n)} for n in range(101)]),
        request(PAYMENT, MsgType="DPG_ON"),
        request(PAYMENT, MsgType="dpg_onrequest"),
        request(PAYMENT, IncomingPayments=PAYMENT),
        request(PAYMENT, IncomingPayments=[[PAYMENT]]),
        request(PAYMENT, IncomingPayments=None),
        request(PAYMENT, PAYMENT),
        request(PAYMENT)[:-1] + b',"msgtype":"DPG_ONRequest"}',
        request(PAYMENT).replace(b'"RID"', b'"PaidAmount":1,"RID"'),
        b"[" * 30_000,
        b'{"a":' * 10_000,
        request(PAYMENT) + b" " * MAX_REQUEST_BYTES,
    ],
)
def test_requests_that_are_refused_whole(body: bytes) -> None:
    began = time.perf_counter()
    assert refused(body).reason
    assert time.perf_counter() - began < 0.1


def test_refusals_do_not_quote_what_was_sent() -> None:
    assert "SECRET" not in str(refused(request(PAYMENT | {"RID": "SECRET " * 3})))


@settings(max_examples=300)
@given(ANY_JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    for body in (json.dumps(value).encode(), request(PAYMENT | {"RID": value}), request(value)):
        try:
            read_request(body)
        except BadMessage:
            continue


def test_damaged_requests_are_read_or_refused() -> None:
    chance = random.Random(1)
    genuine = request(PAYMENT)
    for _ in range(3000):
        at = chance.randrange(len(genuine))
        body = genuine[:at] + chance.randbytes(chance.randrange(3)) + genuine[at + 1 :]
        try:
            assert read_request(body).payments[0].amount_cents > 0
        except BadMessage:
            continue


def test_invisible_characters_in_names_become_blanks() -> None:
    one = read_request(request(PAYMENT | {"DebtorName": "A\u0000B\u202eC\nD"})).payments[0]
    assert one.debtor_name == "A B C D"


# --- our answer -------------------------------------------------------------------------------------------------------


def test_response() -> None:
    asked = read_request(request(PAYMENT, PAYMENT | {"RID": "2"}))
    body = write_response(asked, [Decision("2", Rejection.WRONG_AMOUNT), Decision(asked.payments[0].rid)])
    assert json.loads(body) == {
        "env": "T",
        "msgType": "DPG_ONResponse",
        "incomingPaymentsStatus": [
            {"status": "ACCEPTED", "rejectionCode": "", "RID": "2026112200000001"},
            {"status": "REJECTED", "rejectionCode": "AM06", "RID": "2"},
        ],
    }


@pytest.mark.parametrize("rids", [[], ["2026112200000001", "2"], ["2"], ["2026112200000001", "2026112200000001"]])
def test_every_question_needs_exactly_one_answer(rids: list[str]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        write_response(read_request(request(PAYMENT)), [Decision(rid) for rid in rids])


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Basic ZGlhcy05MDgzOmRlbW8tZGlhcy05MDgz", ("dias-9083", "demo-dias-9083")),
        ("basic dTpwOnA=", ("u", "p:p")),
        ("Basic", None),
        ("", None),
        ("Bearer abc", None),
        ("Basic !!!", None),
        ("Basic dQ==", None),
        ("Basic " + "A" * 500, None),
        ("Basic //8=", None),
    ],
)
def test_basic_credentials(header: str, found: tuple[str, str] | None) -> None:
    assert basic_credentials(header) == found
