"""The simulated bank keeps the protocol, and every misbehaviour is what its name says."""

import hashlib
import hmac
import time

import httpx
import pytest

from sandbox import bank
from tests.sandbox.outside import CODE, SILENCE_SECONDS, Outside, envelope, gateway_request, soap, ticket_request

ALL = {
    "approve", "decline", "decline_signed", "insufficient_funds", "delay", "abandon", "paid_closed_tab",
    "duplicate_return", "bad_hash", "changed_signed", "changed_unsigned", "other_transaction_id", "technical_failure",
    "only_follow_up", "cancel", "over_limit", "expired_card", "wrong_card_number", "wrong_security_code", "blocked_card",
    "not_permitted", "suspected_fraud", "too_many_tries", "issuer_down", "invalid", "not_authenticated",
}  # fmt: skip


def hash_of(ticket: str, fields: dict[str, str]) -> str:
    values = [
        ticket, f"99{CODE}", "14", fields["MerchantReference"], fields["ApprovalCode"], fields["Parameters"],
        fields["ResponseCode"], fields["SupportReferenceID"], fields["AuthStatus"], fields["PackageNo"],
        fields["StatusFlag"],
    ]  # fmt: skip
    return hmac.new(ticket.encode(), ";".join(values).encode(), hashlib.sha256).hexdigest().upper()


def test_the_signature_is_the_manuals_own_example() -> None:
    fields = {
        "MerchantReference": "Test", "ApprovalCode": "389700", "Parameters": "MyParam", "ResponseCode": "00",
        "SupportReferenceID": "364629", "AuthStatus": "02", "PackageNo": "1", "StatusFlag": "Success",
    }  # fmt: skip
    found = bank.sign("4236ece6142b4639925eb6f80217122f", "99999999", fields)
    assert found == "551F158E669965F30BCFA65E558FD4AABB191D394DE39BE2ADFAB416575102D7"


def test_a_ticket_is_32_hex_digits_for_half_an_hour(outside: Outside) -> None:
    told = outside.ticket("OB-1")
    assert told["ResultCode"] == "0"
    assert len(bytes.fromhex(told["TranTicket"])) == 16
    assert told["MinutesToExpiration"] == "30"


def test_soap_12_is_answered_in_kind(outside: Outside) -> None:
    namespace = "http://www.w3.org/2003/05/soap-envelope"
    content = ticket_request("OB-1").replace("http://schemas.xmlsoap.org/soap/envelope/", namespace)
    answer = httpx.post(f"{outside.address}/piraeus/services/tickets/issuer.asmx", content=content.encode())
    assert answer.headers["content-type"].startswith("application/soap+xml")
    assert namespace in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"Password": "0" * 32}, {"Username": "OB9084"}, {"MerchantId": "219084"}, {"PosId": "999084"},
        {"AcquirerId": "15"}, {"Amount": "0.00"}, {"Amount": "12,34"}, {"CurrencyCode": "840"}, {"RequestType": "05"},
        {"MerchantReference": "x" * 51}, {"MerchantReference": "a;b"}, {"Parameters": "x" * 513},
        {"CardholderName": "Ελένη"}, {"MobilePhone": "6912345678"},
    ],
)  # fmt: skip
def test_a_wrong_field_gets_no_ticket(outside: Outside, changes: dict[str, str]) -> None:
    reference = changes.pop("MerchantReference", "OB-1")
    told = outside.ticket(reference, **changes)
    assert told["ResultCode"] != "0"
    assert told["ResultDescription"]
    assert not told["TranTicket"]


@pytest.mark.parametrize(
    "content", ["", "<a", "<a/>", envelope("<x/>"), '<!DOCTYPE a [<!ENTITY b "c">]>' + envelope("")]
)
def test_what_is_no_envelope_gets_a_fault(outside: Outside, content: str) -> None:
    answer = httpx.post(f"{outside.address}/piraeus/services/tickets/issuer.asmx", content=content.encode())
    assert answer.status_code == 500
    assert "faultstring" in answer.text


def test_the_control_api_lists_every_outcome(outside: Outside) -> None:
    assert set(outside.get("bank/pay")["post"]["outcome"]) == ALL


def test_approved(outside: Outside) -> None:
    ticket = outside.ticket("OB-1")["TranTicket"]
    post = outside.pay("OB-1")
    fields = post["fields"]
    assert post["url"].endswith("/callbacks/piraeus/success/")
    assert post["method"] == "POST"
    assert (fields["StatusFlag"], fields["ResponseCode"], fields["ResultCode"]) == ("Success", "00", "0")
    assert fields["SupportReferenceID"].startswith("0"), "leading zeros are part of the text"
    assert fields["Parameters"] == "MyParam"
    assert fields["HashKey"] == hash_of(ticket, fields)
    assert ticket not in str(post), "the ticket is the key"
    told = outside.follow_up("OB-1")
    assert (told["StatusFlag"], told["ResponseCode"]) == ("Success", "00")
    assert told["TransactionID"] == fields["TransactionId"]
    assert (told["MerchantID"], told["PosID"], told["User"]) == (f"21{CODE}", f"99{CODE}", f"OB{CODE}")
    assert told["MerchantReference"] == "OB-1"


@pytest.mark.parametrize(("outcome", "code"), [("decline", "05"), ("insufficient_funds", "51")])
@pytest.mark.parametrize("signed", [False, True])
def test_refused_with_and_without_a_signature(outside: Outside, outcome: str, code: str, signed: bool) -> None:
    ticket = outside.ticket("OB-1")["TranTicket"]
    post = outside.pay("OB-1", outcome, signed=signed)
    fields = post["fields"]
    assert post["url"].endswith("/failure/")
    assert (fields["StatusFlag"], fields["ResponseCode"]) == ("Failure", code)
    assert fields["HashKey"] == (hash_of(ticket, fields) if signed else "")
    assert outside.follow_up("OB-1")["StatusFlag"] == "Failure"


def test_decline_signed(outside: Outside) -> None:
    ticket = outside.ticket("OB-1")["TranTicket"]
    fields = outside.pay("OB-1", "decline_signed")["fields"]
    assert fields["HashKey"] == hash_of(ticket, fields)


def test_a_second_success_is_told_as_11(outside: Outside) -> None:
    outside.ticket("OB-1")
    outside.pay("OB-1")
    again = outside.ticket("OB-1")["TranTicket"]
    fields = outside.pay("OB-1")["fields"]
    assert fields["ResponseCode"] == "11"
    assert fields["HashKey"] == hash_of(again, fields)
    assert outside.follow_up("OB-1")["ResponseCode"] == "00"


def test_a_delayed_transfer_arrives_later(outside: Outside) -> None:
    ticket = outside.ticket("OB-1")["TranTicket"]
    fields = outside.pay("OB-1", "delay")["fields"]
    assert (fields["StatusFlag"], fields["ResponseCode"], fields["CardType"]) == ("Pending", "09", "15")
    assert fields["HashKey"] == hash_of(ticket, fields)
    assert outside.follow_up("OB-1")["ResultCode"] == "1010"
    time.sleep(0.6)
    told = outside.follow_up("OB-1")
    assert (told["StatusFlag"], told["PaymentMethod"]) == ("Success", "IRIS")


@pytest.mark.parametrize(("outcome", "flag"), [("abandon", ""), ("paid_closed_tab", "Success")])
def test_a_browser_that_never_returns(outside: Outside, outcome: str, flag: str) -> None:
    outside.ticket("OB-1")
    assert outside.pay("OB-1", outcome) is None
    assert outside.follow_up("OB-1").get("StatusFlag", "") == flag


def test_who_cancels_may_still_pay_in_the_banks_tab(outside: Outside) -> None:
    outside.ticket("OB-1")
    post = outside.pay("OB-1", "cancel")
    assert (post["method"], post["fields"]) == ("GET", {"MerchantReference": "OB-1"})
    assert outside.pay("OB-1")["fields"]["StatusFlag"] == "Success"


def test_two_returns(outside: Outside) -> None:
    outside.ticket("OB-1")
    one, other = outside.pay("OB-1", "duplicate_return")
    assert one == other
    ticket = outside.ticket("OB-2")["TranTicket"]
    one, other = outside.pay("OB-2", "other_transaction_id")
    assert one["fields"]["TransactionId"] != other["fields"]["TransactionId"]
    assert one["fields"]["HashKey"] == other["fields"]["HashKey"] == hash_of(ticket, other["fields"])


def test_forgeries(outside: Outside) -> None:
    ticket = outside.ticket("OB-1")["TranTicket"]
    fields = outside.pay("OB-1", "bad_hash")["fields"]
    assert fields["HashKey"] not in ("", hash_of(ticket, fields))
    ticket = outside.ticket("OB-2")["TranTicket"]
    post = outside.pay("OB-2", "changed_signed")
    assert post["url"].endswith("/success/")
    assert post["fields"]["StatusFlag"] == "Success"
    assert post["fields"]["HashKey"] != hash_of(ticket, post["fields"])
    assert outside.follow_up("OB-2")["StatusFlag"] == "Failure"
    ticket = outside.ticket("OB-3")["TranTicket"]
    fields = outside.pay("OB-3", "changed_unsigned")["fields"]
    assert fields["HashKey"] == hash_of(ticket, fields)
    assert (fields["PaymentMethod"], fields["Amount"]) == ("Changed", "0.01")
    assert fields["ResultCode"] != "0"
    assert outside.follow_up("OB-3")["TransactionID"] != fields["TransactionId"]


def test_returns_that_prove_nothing(outside: Outside) -> None:
    outside.ticket("OB-1")
    fields = outside.pay("OB-1", "technical_failure")["fields"]
    assert fields["ResultCode"] != "0"
    assert fields["HashKey"] == ""
    outside.ticket("OB-2")
    fields = outside.pay("OB-2", "only_follow_up")["fields"]
    assert (fields["HashKey"], fields["StatusFlag"]) == ("", "")
    assert outside.follow_up("OB-2")["StatusFlag"] == "Success"


def test_an_outcome_can_wait_as_a_fault_for_one_reference(outside: Outside) -> None:
    outside.post("faults", actor="bank", fault="bad_hash", times=1, match="OB-2")
    first, second = (outside.ticket(name)["TranTicket"] for name in ("OB-1", "OB-2"))
    fields = outside.pay("OB-1")["fields"]
    assert fields["HashKey"] == hash_of(first, fields)
    fields = outside.pay("OB-2")["fields"]
    assert fields["HashKey"] != hash_of(second, fields)
    assert outside.get("faults")["due"] == []


def test_an_outcome_has_other_names_and_can_be_a_closed_tab_to_come(outside: Outside) -> None:
    outside.ticket("OB-1")
    assert outside.pay("OB-1", "closed_tab") is None
    outside.fault("bank", "closed_tab")
    assert outside.pay("OB-1") is None
    assert "StatusFlag" not in outside.follow_up("OB-1")
    assert outside.pay("OB-1")["fields"]["StatusFlag"] == "Success"


def test_faults_of_the_web_services(outside: Outside) -> None:
    outside.fault("bank", "ticket_refused")
    assert outside.ticket("OB-1")["ResultCode"] == "500"
    outside.ticket("OB-1")
    outside.pay("OB-1")
    outside.fault("bank", "follow_up_no_answer")
    assert outside.follow_up("OB-1")["ResultCode"] == "1010"
    outside.fault("bank", "follow_up_not_found")
    assert "StatusFlag" not in outside.follow_up("OB-1")
    outside.fault("bank", "follow_up_wrong_echo")
    told = outside.follow_up("OB-1")
    assert told["MerchantID"] != f"21{CODE}"
    assert told["MerchantReference"] != "OB-1"
    assert outside.follow_up("OB-1")["StatusFlag"] == "Success"


@pytest.mark.parametrize("fault", ["ticket_timeout", "follow_up_timeout"])
def test_silence(outside: Outside, fault: str) -> None:
    outside.fault("bank", fault)
    began = time.monotonic()
    with pytest.raises(httpx.HTTPStatusError):
        outside.ticket("OB-1") if fault == "ticket_timeout" else outside.follow_up("OB-1")
    assert time.monotonic() - began >= SILENCE_SECONDS


def test_another_municipality_sees_nothing_of_it(outside: Outside) -> None:
    outside.ticket("OB-1")
    outside.pay("OB-1")
    assert "StatusFlag" not in outside.follow_up("OB-1", code="9084")
    assert "StatusFlag" not in outside.follow_up("OB-UNKNOWN")


def test_money_goes_back_once(outside: Outside) -> None:
    outside.ticket("OB-1")
    sale = outside.pay("OB-1")["fields"]["TransactionId"]
    url = f"{outside.address}/piraeus/services/paymentgateway.asmx"

    def back(kind: str, amount: str) -> str:
        details = f"<TransactionReferenceID>{sale}</TransactionReferenceID><CurrencyCode>978</CurrencyCode>"
        return soap(url, gateway_request(kind, CODE, "BACK", f"{details}<Amount>{amount}</Amount>"))["ResultCode"]

    assert back("VOIDREQUEST", "1.00") != "0", "a void is of the whole sale"
    assert back("REFUND", "2.34") == "0"
    assert back("VOIDREQUEST", "12.34") != "0"
    assert back("REFUND", "10.01") != "0"
    assert back("REFUND", "10.00") == "0"


def test_unknown_orders_are_refused_in_words(outside: Outside) -> None:
    outside.ticket("OB-1")
    for body, status in (({"reference": "OB-9"}, 404), ({"reference": "OB-1", "outcome": "?"}, 400), ([], 400)):
        answer = httpx.post(f"{outside.address}/control/bank/pay", json=body)
        assert answer.status_code == status
        assert answer.json()["error"]
