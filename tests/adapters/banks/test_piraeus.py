"""What is Paycenter's own: published vectors, envelopes, decision table, FOLLOW_UP."""

import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from obolos.adapters.banks.contract import BankAnswer, BankRefused, BankUnavailable, Charge, Verdict
from obolos.adapters.banks.piraeus import Piraeus, PiraeusAccount
from obolos.adapters.banks.piraeus_requests import bank_phone, follow_up_envelope, ticket_envelope
from obolos.adapters.banks.refusals import BY_CODE, cause_of_refusal
from obolos.adapters.xml import child, descend, parse_xml
from tests.adapters.banks.cases import GATEWAY, PiraeusCase, soap
from tests.adapters.stub_http import Stub, http

CASE = PiraeusCase()
BANK = Piraeus()
REF = "abc-1"
TICKET = "4236ece6142b4639925eb6f80217122f"


def read(ticket: str = TICKET, account: PiraeusAccount | None = None, **params: str) -> BankAnswer:
    return BANK.read_return(account or CASE.account(), ticket, params)


def signed(outcome: str = "paid", **changed: str) -> dict[str, str]:
    return CASE.message(outcome, REF, TICKET, **changed)


# --- HashKey ----------------------------------------------------------------------------------------------------------


def test_published_vector() -> None:
    account = replace(CASE.account(), pos_id="99999999", acquirer_id="14")
    params = {
        "MerchantReference": "Test",
        "ApprovalCode": "389700",
        "Parameters": "MyParam",
        "ResponseCode": "00",
        "SupportReferenceID": "364629",
        "AuthStatus": "02",
        "PackageNo": "1",
        "StatusFlag": "Success",
        "HashKey": "551F158E669965F30BCFA65E558FD4AABB191D394DE39BE2ADFAB416575102D7",
    }
    answer = read(account=account, **params)
    assert (answer.verdict, answer.reference, answer.approval) == (Verdict.PAID, "Test", "389700")
    assert read(account=account, **params | {"SupportReferenceID": "364630"}).reason == "BAD_SIGNATURE"


@pytest.mark.parametrize("name", ["SupportReferenceID", "PackageNo", "ApprovalCode"])
def test_leading_zeros_are_part_of_a_value(name: str) -> None:
    assert read(**signed(**{name: "007"})).verdict is Verdict.PAID
    assert read(**signed(**{name: "007"}) | {name: "7"}).verdict is Verdict.UNVERIFIED


def test_absent_fields_count_as_empty_text() -> None:
    """IRIS answers may leave out AuthStatus and PackageNo."""
    params = signed(AuthStatus="", PackageNo="")
    del params["AuthStatus"], params["PackageNo"]
    assert read(**params).verdict is Verdict.PAID


def test_last_value_empty_keeps_its_separator() -> None:
    params = signed(StatusFlag="")
    assert read(**params).reason == "UNKNOWN_ANSWER"  # signed, but says nothing


@pytest.mark.parametrize("ticket", ["", "short", "x" * 65, "ticket with blanks in it", "é" * 32])
def test_tickets_of_another_shape_verify_nothing(ticket: str) -> None:
    params = CASE.message("paid", REF, ticket)
    assert BANK.read_return(CASE.account(), ticket, params).verdict is Verdict.UNVERIFIED


def test_a_querydict_is_read_with_its_repetitions() -> None:
    class Lists(dict[str, str]):
        def lists(self) -> Any:
            return [(name, [value, "Success"] if name == "StatusFlag" else [value]) for name, value in self.items()]

    assert BANK.read_return(CASE.account(), TICKET, Lists(signed())).reason == "MALFORMED"
    assert BANK.read_return(CASE.account(), TICKET, {k: [v] for k, v in signed().items()}).verdict is Verdict.PAID


# --- decision table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "code", "verdict", "reason"),
    [
        *[("Success", code, "PAID", "APPROVED") for code in ("00", "08", "10", "16")],
        *[("Success", code, "UNVERIFIED", "UNKNOWN_ANSWER") for code in ("", "0", "000", "01", "05", "99", "A")],
        *[(flag, "11", "UNVERIFIED", "ALREADY_SUCCEEDED") for flag in ("Success", "Failure", "Pending", "")],
        *[(flag, "09", "PENDING", "NO_FINAL_ANSWER") for flag in ("Success", "Failure", "Pending", "")],
        *[("Pending", code, "PENDING", "NO_FINAL_ANSWER") for code in ("", "00", "05")],
        *[("Failure", code, "DECLINED", "DECLINED") for code in ("", "01", "05", "99", "5")],
        *[("Failure", code, "DECLINED", cause) for code, cause in BY_CODE.items()],
        *[("Failure", code, "UNVERIFIED", "UNKNOWN_ANSWER") for code in ("00", "08", "10", "16")],
        *[
            (flag, "00", "UNVERIFIED", "UNKNOWN_ANSWER")
            for flag in ("", "success", "SUCCESS", "Succes", "Asynchronous")
        ],
    ],
)
def test_signed_decisions(flag: str, code: str, verdict: str, reason: str) -> None:
    answer = read(**signed(StatusFlag=flag, ResponseCode=code))
    assert (answer.verdict, answer.reason) == (verdict, reason)
    assert answer.confirmed_not_charged is (verdict == "DECLINED")


def test_unsigned_result_code_cannot_undo_a_signed_success() -> None:
    assert read(**signed() | {"ResultCode": "981"}).verdict is Verdict.PAID


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"MerchantReference": ""}, "MALFORMED"),
        ({"HashKey": ""}, "NO_SIGNATURE"),
        ({"HashKey": "", "ResultCode": "981"}, "TECHNICAL"),
        ({"HashKey": "0" * 64}, "BAD_SIGNATURE"),
        ({"HashKey": "0" * 64, "ResultCode": "981"}, "BAD_SIGNATURE"),
        ({"Parameters": "a;b"}, "MALFORMED"),
        ({"Parameters": "x" * 513}, "MALFORMED"),
        ({"Parameters": "é"}, "MALFORMED"),
    ],
)
def test_reasons_of_unverified_returns(changed: dict[str, str], reason: str) -> None:
    answer = read(**signed() | changed)
    assert (answer.verdict, answer.reason, answer.confirmed_not_charged) == (Verdict.UNVERIFIED, reason, False)


def test_another_bank_id_is_the_same_message() -> None:
    first, replay = read(**signed()), read(**signed() | {"TransactionId": "666"})
    assert first.message_key == replay.message_key
    assert (first.bank_txn, replay.bank_txn) == ("", "")
    assert replay.decoded["TransactionId"] == "666"


def test_reading_a_return_is_cheap() -> None:
    params = {name: (value,) for name, value in signed().items()}
    began = time.process_time()
    for _ in range(500):
        BANK.read_return(CASE.account(), TICKET, params)
    assert (time.process_time() - began) / 500 < 0.001


# --- ticket and form --------------------------------------------------------------------------------------------------

CHARGE = Charge(
    reference="ref-1",
    amount_cents=5,
    language="el",
    parameters="a&<b>",
    email="eleni@example.gr",
    mobile="6912345678",
    cardholder="Eleni O'Hara",
)


def ticket_fields(charge: Charge, account: PiraeusAccount | None = None) -> dict[str, str]:
    root = parse_xml(ticket_envelope(account or CASE.account(), charge))
    request = descend(root, "Body", "IssueNewTicket", "Request")
    assert request is not None
    assert child(descend(root, "Body"), "IssueNewTicket").tag.startswith(
        "{http://piraeusbank.gr/paycenter/redirection}"
    )  # type: ignore[union-attr]
    return {str(node.tag).rpartition("}")[2]: node.text or "" for node in request}


def test_ticket_fields_in_the_manuals_order() -> None:
    assert list(ticket_fields(CHARGE).items()) == [
        ("Username", "OB9083"),
        ("Password", "d131434f32a0e316977f9f2d637d4b02"),
        ("MerchantId", "219083"),
        ("PosId", "999083"),
        ("AcquirerId", "14"),
        ("MerchantReference", "ref-1"),
        ("RequestType", "02"),
        ("ExpirePreauth", "0"),
        ("Amount", "0.05"),
        ("CurrencyCode", "978"),
        ("Installments", "0"),
        ("Bnpl", "0"),
        ("Parameters", "a&<b>"),
        ("CardholderName", "Eleni O'Hara"),
        ("Email", "eleni@example.gr"),
        ("MobilePhone", "30-6912345678"),
    ]


def test_empty_fields_are_left_out() -> None:
    bare = ticket_fields(Charge(reference="r", amount_cents=123456, language="en"))
    assert not {"Parameters", "CardholderName", "Email", "MobilePhone"} & set(bare)
    assert bare["Amount"] == "1234.56"


@pytest.mark.parametrize("name", ["Ελένη Παπαδοπούλου", "X", "a" * 51, "Robert; DROP", "<b>", "1234"])
def test_a_cardholder_in_other_letters_is_left_out(name: str) -> None:
    assert "CardholderName" not in ticket_fields(replace(CHARGE, cardholder=name))


@pytest.mark.parametrize("email", ["nonsense", "a@b@c", "a b@c.gr", "a@" + "b" * 60])
def test_an_odd_email_is_left_out(email: str) -> None:
    assert "Email" not in ticket_fields(replace(CHARGE, email=email))


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("6912345678", "30-6912345678"),
        ("691 234 5678", "30-6912345678"),
        ("+306912345678", "30-6912345678"),
        ("0030 6912345678", "30-6912345678"),
        ("2651012345", "30-2651012345"),
        ("+49 170 1234567", "49-1701234567"),
        ("+1 (212) 555-0100", "1-2125550100"),
        ("+357 99 123456", "357-99123456"),
        ("+355691234567", "355-691234567"),
        ("+44 7700 900123", "44-7700900123"),
        ("", ""),
        ("12345", ""),
        ("٦٩١٢٣٤٥٦٧٨", ""),
        ("+30691234567890123", ""),
        ("call me", ""),
    ],
)
def test_phones(typed: str, sent: str) -> None:
    assert bank_phone(typed) == sent


def test_redirect_form() -> None:
    form = BANK.redirect_form(CASE.account(), CHARGE)
    assert form.action == "https://bank.example/redirection/pay.aspx"
    assert form.fields == (
        ("AcquirerId", "14"),
        ("MerchantId", "219083"),
        ("PosId", "999083"),
        ("User", "OB9083"),
        ("LanguageCode", "el-GR"),
        ("MerchantReference", "ref-1"),
        ("ParamBackLink", "MerchantReference=ref-1"),
    )


@pytest.mark.parametrize(("language", "code"), [("en", "en-US"), ("el", "el-GR"), ("de", "de-DE"), ("xx", "en-US")])
def test_page_language(language: str, code: str) -> None:
    assert dict(BANK.redirect_form(CASE.account(), replace(CHARGE, language=language)).fields)["LanguageCode"] == code


def test_start_over_the_wire(stub: Stub) -> None:
    stub.answer = lambda seen: CASE.ticket_answer("0", TICKET, minutes="25")
    started = BANK.start(CASE.account(stub.base_url), CHARGE)
    assert (started.ticket, started.expires_in_seconds) == (TICKET, 1500)
    seen = stub.seen[0]
    assert (seen.method, seen.path) == ("POST", "/services/tickets/issuer.asmx")
    assert seen.headers["soapaction"] == '"http://piraeusbank.gr/paycenter/redirection/IssueNewTicket"'
    assert seen.headers["content-type"] == "text/xml; charset=utf-8"


@pytest.mark.parametrize(("minutes", "seconds"), [("", 1800), ("0", 1800), ("-5", 1800), ("x", 1800), ("1", 60)])
def test_ticket_life(stub: Stub, minutes: str, seconds: int) -> None:
    stub.answer = lambda seen: CASE.ticket_answer("0", TICKET, minutes=minutes)
    assert BANK.start(CASE.account(stub.base_url), CHARGE).expires_in_seconds == seconds


@pytest.mark.parametrize("ticket", ["", "short", "with blank with blank 123", "é" * 32, "x" * 65])
def test_unusable_tickets(stub: Stub, ticket: str) -> None:
    stub.answer = lambda seen: CASE.ticket_answer("0", ticket)
    with pytest.raises(BankUnavailable):
        BANK.start(CASE.account(stub.base_url), CHARGE)


def test_refusal_keeps_the_banks_words(stub: Stub) -> None:
    stub.answer = CASE.refused
    with pytest.raises(BankRefused) as refusal:
        BANK.start(CASE.account(stub.base_url), CHARGE)
    assert (refusal.value.code, refusal.value.description) == ("1048", "Access denied for this IP & user")


def test_a_soap_fault_is_no_answer(stub: Stub) -> None:
    fault = soap("<soap:Fault><faultcode>soap:Server</faultcode><faultstring>boom</faultstring></soap:Fault>").encode()
    for status, word in ((200, "fault"), (500, "status 500")):
        stub.answer = lambda seen, status=status: http(status, fault)
        with pytest.raises(BankUnavailable, match=word):
            BANK.start(CASE.account(stub.base_url), CHARGE)
        with pytest.raises(BankUnavailable, match=word):
            BANK.query(CASE.account(stub.base_url), REF)


# --- FOLLOW_UP --------------------------------------------------------------------------------------------------------


def ask(stub: Stub, details: dict[str, str] | None, **header: str) -> BankAnswer:
    stub.answer = lambda seen: CASE.follow_up_answer(seen, details, **header)
    return BANK.query(CASE.account(stub.base_url), REF)


DETAILS = {
    "StatusFlag": "Success",
    "ResponseCode": "00",
    "TransactionID": "31900858",
    "TransactionDateTime": "2026-11-22T10:29:37",
    "MerchantReference": REF,
    "ApprovalCode": "626855",
    "PaymentMethod": "Card",
}


def test_follow_up_question() -> None:
    root = parse_xml(follow_up_envelope(CASE.account(), REF))
    request = descend(root, "Body", "ProcessTransaction", "TransactionRequest")
    assert request is not None
    assert request.tag == f"{{{GATEWAY}/1.0}}TransactionRequest"
    leaves = [(str(node.tag).rpartition("}")[2], node.text) for node in request.iter() if not len(node)]
    assert leaves == [
        ("RequestType", "FOLLOW_UP"),
        ("RequestMethod", "SYNCHRONOUS"),
        ("AcquirerID", "GR014"),
        ("MerchantID", "219083"),
        ("PosID", "999083"),
        ("ChannelType", "eCommerce"),
        ("User", "OB9083"),
        ("Password", CASE.account().password_digest),
        ("MerchantReference", REF),
    ]


def test_follow_up_paid(stub: Stub) -> None:
    answer = ask(stub, DETAILS | {"Amount": "1234.5", "CurrencyCode": "978"})
    assert (answer.verdict, answer.bank_txn, answer.approval) == (Verdict.PAID, "31900858", "626855")
    assert answer.amount_cents == 123450
    assert answer.paid_at == datetime(2026, 11, 22, 8, 29, 37, tzinfo=UTC)  # the bank speaks Athens time
    assert CASE.account().password_digest not in answer.raw
    assert "***" in answer.raw
    assert stub.seen[0].headers["soapaction"] == '"http://piraeusbank.gr/paycenter/ProcessTransaction"'


def test_follow_up_key_ignores_the_id_of_the_question(stub: Stub) -> None:
    keys = {ask(stub, DETAILS, SupportReferenceID=str(n)).message_key for n in range(3)}
    assert len(keys) == 1
    assert ask(stub, DETAILS | {"TransactionID": "2"}).message_key not in keys


@pytest.mark.parametrize(
    ("changed", "verdict", "reason"),
    [
        ({}, "PAID", "APPROVED"),
        ({"ResponseCode": "11"}, "PAID", "ALREADY_SUCCEEDED"),
        ({"ResponseCode": "11", "StatusFlag": "Failure"}, "UNVERIFIED", "ALREADY_SUCCEEDED"),
        ({"TransactionID": ""}, "UNVERIFIED", "UNKNOWN_ANSWER"),
        ({"ResponseCode": "05"}, "UNVERIFIED", "UNKNOWN_ANSWER"),
        ({"StatusFlag": ""}, "UNVERIFIED", "NOT_FOUND"),
        ({"StatusFlag": "Odd"}, "UNVERIFIED", "UNKNOWN_ANSWER"),
        ({"StatusFlag": "Pending"}, "PENDING", "NO_FINAL_ANSWER"),
        ({"StatusFlag": "Failure", "ResponseCode": "51"}, "DECLINED", "DECLINED_FUNDS"),
        ({"StatusFlag": "Failure", "ResponseCode": "05"}, "DECLINED", "DECLINED"),
        ({"StatusFlag": "Failure", "ResponseCode": "09"}, "DECLINED", "DECLINED"),
        ({"StatusFlag": "Failure", "ResponseCode": "09", "PaymentMethod": "IRIS"}, "PENDING", "NO_FINAL_ANSWER"),
        ({"StatusFlag": "Failure", "ResponseCode": "09", "PaymentMethod": ""}, "PENDING", "NO_FINAL_ANSWER"),
        ({"StatusFlag": "Failure", "ResponseCode": "09", "IRISStatus": "x"}, "PENDING", "NO_FINAL_ANSWER"),
        ({"Amount": "12,34"}, "UNVERIFIED", "UNKNOWN_ANSWER"),
        ({"Amount": "1e3"}, "UNVERIFIED", "UNKNOWN_ANSWER"),
        ({"Amount": "12.345"}, "UNVERIFIED", "UNKNOWN_ANSWER"),
        ({"Amount": "12.34", "CurrencyCode": "840"}, "UNVERIFIED", "UNKNOWN_ANSWER"),
    ],
)
def test_follow_up_decisions(stub: Stub, changed: dict[str, str], verdict: str, reason: str) -> None:
    answer = ask(stub, DETAILS | changed)
    assert (answer.verdict, answer.reason) == (verdict, reason)
    assert answer.confirmed_not_charged is (verdict == "DECLINED")


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [("1010", "PENDING", "NO_FINAL_ANSWER"), ("500", "UNVERIFIED", "TECHNICAL"), ("1", "UNVERIFIED", "TECHNICAL")],
)
def test_follow_up_result_codes(stub: Stub, code: str, verdict: str, reason: str) -> None:
    for details in (None, DETAILS, {"MerchantReference": REF}):
        answer = ask(stub, details, ResultCode=code)
        assert (answer.verdict, answer.reason, answer.confirmed_not_charged) == (verdict, reason, False)


def test_follow_up_without_details(stub: Stub) -> None:
    assert ask(stub, None).reason == "NOT_FOUND"


def test_follow_up_with_a_value_given_twice_is_unusable(stub: Stub) -> None:
    def twice(seen: Any) -> bytes:
        _, _, body = CASE.follow_up_answer(seen, DETAILS).partition(b"\r\n\r\n")
        return http(200, body.replace(b"<StatusFlag>", b"<StatusFlag>Failure</StatusFlag><StatusFlag>"))

    stub.answer = twice
    with pytest.raises(BankUnavailable, match="repeated"):
        BANK.query(CASE.account(stub.base_url), REF)


def test_follow_up_speaks_the_accounts_channel(stub: Stub) -> None:
    stub.answer = lambda seen: CASE.follow_up_answer(seen, DETAILS)
    answer = BANK.query(replace(CASE.account(stub.base_url), channel="3DSecure"), REF)
    assert answer.verdict is Verdict.PAID


@pytest.mark.parametrize("reference", ["", "a;b", "x" * 51, "é"])
def test_follow_up_asks_only_for_our_references(reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        BANK.query(CASE.account("http://127.0.0.1:9"), reference)


def test_random_bytes_from_the_bank_decide_nothing(stub: Stub) -> None:
    chance = random.Random(1)

    def garble(seen: Any) -> bytes:
        _, _, body = CASE.follow_up_answer(seen, DETAILS).partition(b"\r\n\r\n")
        at = chance.randrange(len(body))
        return http(200, body[:at] + chance.randbytes(1) + body[at + 1 :])

    stub.answer = garble
    outcomes = {"unusable": 0, "other": 0}
    for _ in range(300):
        try:
            answer = BANK.query(CASE.account(stub.base_url), REF)
        except BankUnavailable:
            outcomes["unusable"] += 1
        else:
            outcomes["other"] += 1
            assert not answer.confirmed_not_charged
    assert outcomes["unusable"] > 100


@pytest.mark.parametrize(
    ("code", "authenticated", "cause"),
    [
        ("51", True, "DECLINED_FUNDS"),
        ("51", False, "DECLINED_FUNDS"),
        ("05", True, "DECLINED"),
        ("05", False, "DECLINED_NOT_AUTHENTICATED"),
        ("", False, "DECLINED_NOT_AUTHENTICATED"),
        ("XX", True, "DECLINED"),
        ("ZZ", True, "DECLINED_LIMIT"),
    ],
)
def test_causes_of_refusals_come_from_the_accounts_own_table(code: str, authenticated: bool, cause: str) -> None:
    causes = {**BY_CODE, "ZZ": "DECLINED_LIMIT"}
    assert cause_of_refusal(code, causes, authenticated=authenticated) == cause
