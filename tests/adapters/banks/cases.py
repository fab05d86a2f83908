"""The banks' own side, for the common suite: each case signs and answers as its bank does, independently of us."""

import hashlib
import hmac
import random
from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from obolos.adapters.banks.piraeus import Piraeus, PiraeusAccount
from tests.adapters.stub_http import Seen, http

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TICKETS = "http://piraeusbank.gr/paycenter/redirection"
GATEWAY = "http://piraeusbank.gr/paycenter"


def soap(inner: str) -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{SOAP}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f"<soap:Body>{inner}</soap:Body></soap:Envelope>"
    )


def sent_values(seen: Seen) -> dict[str, str]:
    """Every leaf of the envelope we sent, by local name."""
    leaves = [node for node in etree.fromstring(seen.body).iter() if not len(node)]
    return {etree.QName(node).localname: node.text or "" for node in leaves}


class PiraeusCase:
    name = "piraeus"
    bank = Piraeus()
    signature = "HashKey"
    signed = (
        "MerchantReference",
        "ApprovalCode",
        "Parameters",
        "ResponseCode",
        "SupportReferenceID",
        "AuthStatus",
        "PackageNo",
        "StatusFlag",
    )
    unsigned = (
        "TransactionId",
        "ResultCode",
        "ResultDescription",
        "ResponseDescription",
        "LanguageCode",
        "TransactionDateTime",
        "CardType",
        "RetrievalRef",
        "PaymentMethod",
        "PanCardType",
    )

    def account(self, base_url: str = "https://bank.example") -> PiraeusAccount:
        return PiraeusAccount("219083", "999083", "14", "OB9083", "demo-piraeus-9083", base_url)

    def other_account(self) -> PiraeusAccount:
        return PiraeusAccount("219084", "999084", "14", "OB9084", "demo-piraeus-9084", "https://bank.example")

    def ticket(self, chance: random.Random) -> str:
        return chance.randbytes(16).hex()

    def message(self, outcome: str, reference: str, ticket: str, account: Any = None, **changed: str) -> dict[str, str]:
        flag, code = {"paid": ("Success", "00"), "declined": ("Failure", "05"), "pending": ("Pending", "09")}[outcome]
        account = account or self.account()
        values = {
            "SupportReferenceID": "0364629",
            "ResultCode": "0",
            "ResultDescription": "No Error",
            "StatusFlag": flag,
            "ResponseCode": code,
            "ResponseDescription": "Approved; completed",
            "LanguageCode": "el-GR",
            "MerchantReference": reference,
            "TransactionDateTime": "22/11/2026 10:00:00",
            "TransactionId": "4711",
            "CardType": "1",
            "PackageNo": "" if outcome == "pending" else "01",
            "ApprovalCode": "038970" if outcome == "paid" else "",
            "RetrievalRef": "038970038970",
            "AuthStatus": "" if outcome == "pending" else "01",
            "Parameters": "order 7",
            "PaymentMethod": "IRIS" if outcome == "pending" else "Card",
            "PanCardType": "FPAN",
        } | changed
        return values | {"HashKey": self.sign(values, ticket, account)}

    def sign(self, values: dict[str, str], ticket: str, account: PiraeusAccount) -> str:
        """As the manual's worked example has it: eleven values, semicolons, key = ticket, upper-case hex."""
        text = "%s;%s;%s;%s;%s;%s;%s;%s;%s;%s;%s" % (  # noqa: UP031 - laid out as in the manual
            ticket,
            account.pos_id,
            account.acquirer_id,
            values["MerchantReference"],
            values["ApprovalCode"],
            values["Parameters"],
            values["ResponseCode"],
            values["SupportReferenceID"],
            values["AuthStatus"],
            values["PackageNo"],
            values["StatusFlag"],
        )
        return hmac.new(ticket.encode(), text.encode(), hashlib.sha256).hexdigest().upper()

    def unsigned_failure(self, reference: str) -> dict[str, str]:
        return {
            "ResultCode": "981",
            "ResultDescription": "Invalid card number",
            "MerchantReference": reference,
            "StatusFlag": "Failure",
            "ResponseCode": "",
            "HashKey": "",
        }

    def weak_signatures(self, message: dict[str, str], ticket: str) -> Iterator[str]:
        account = self.account()
        covered = [message[name] for name in self.signed]
        for start in ([ticket, account.pos_id, account.acquirer_id], [account.pos_id, account.acquirer_id], []):
            for joint in (";", ""):
                text = joint.join(start + covered)
                yield hashlib.sha256(text.encode()).hexdigest().upper()  # the legacy hash, with and without ticket
                for key in (b"", account.merchant_id.encode(), account.password_digest.encode()):
                    yield hmac.new(key, text.encode(), hashlib.sha256).hexdigest().upper()
                yield hmac.new(ticket.encode(), text.encode(), hashlib.md5).hexdigest().upper()
        good = ";".join([ticket, account.pos_id, account.acquirer_id, *covered])
        yield hmac.new(ticket.encode(), (good + ";").encode(), hashlib.sha256).hexdigest().upper()
        yield hmac.new(ticket.upper().encode(), good.encode(), hashlib.sha256).hexdigest().upper()

    def started(self, seen: Seen) -> bytes:
        ticket = hashlib.md5(sent_values(seen)["MerchantReference"].encode()).hexdigest()
        return self.ticket_answer("0", ticket)

    def refused(self, seen: Seen) -> bytes:
        return self.ticket_answer("1048", "", "Access denied for this IP & user")

    def ticket_answer(self, code: str, ticket: str, description: str = "", minutes: str = "30") -> bytes:
        return http(
            200,
            soap(
                f'<IssueNewTicketResponse xmlns="{TICKETS}"><IssueNewTicketResult>'
                f"<ResultCode>{code}</ResultCode><ResultDescription>{escape(description)}</ResultDescription>"
                f"<TranTicket>{ticket}</TranTicket><Timestamp>2026-11-22T10:00:00</Timestamp>"
                f"<MinutesToExpiration>{minutes}</MinutesToExpiration>"
                "</IssueNewTicketResult></IssueNewTicketResponse>"
            ).encode(),
        )

    def told(self, outcome: str, reference: str, cents: int | None = None) -> Callable[[Seen], bytes]:
        if outcome == "unknown":
            return lambda seen: self.follow_up_answer(seen, None, ResultCode="1010")
        details = self.details(outcome, reference)
        if cents is not None:
            details |= {"Amount": f"{cents // 100}.{cents % 100:02d}", "CurrencyCode": "978"}
        return lambda seen: self.follow_up_answer(seen, details)

    def details(self, outcome: str, reference: str) -> dict[str, str]:
        flag, code = {"paid": ("Success", "00"), "declined": ("Failure", "51"), "pending": ("Pending", "09")}[outcome]
        return {
            "StatusFlag": flag,
            "ResponseCode": code,
            "TransactionID": "31900858",
            "TransactionDateTime": "2026-11-22T10:29:37",
            "MerchantReference": reference,
            "ApprovalCode": "626855",
            "PackageNo": "1",
            "PaymentMethod": "Card",
        }

    def wrong_echoes(self, reference: str) -> Iterator[Callable[[Seen], bytes]]:
        details = self.details("paid", reference)
        for name in ("MerchantID", "PosID", "User", "ChannelType", "RequestType"):
            for value in ("219084", "", "X"):
                yield lambda seen, n=name, v=value: self.follow_up_answer(seen, details, **{n: v})
        for other in ("", "another", reference.upper(), reference + " x"):
            yield lambda seen, o=other: self.follow_up_answer(seen, details | {"MerchantReference": o})
        yield lambda seen: self.follow_up_answer(seen, {"MerchantReference": "another"}, ResultCode="1010")

    def follow_up_answer(self, seen: Seen, details: dict[str, str] | None, **header: str) -> bytes:
        sent = sent_values(seen)
        told = {name: sent[name] for name in ("RequestType", "MerchantID", "PosID", "ChannelType", "User")}
        told |= {"ResultCode": "0", "ResultDescription": "No Error", "SupportReferenceID": str(id(seen))} | header
        merchant = "".join(f"<{n}>{escape(told[n])}</{n}>" for n in ("MerchantID", "PosID", "ChannelType", "User"))
        body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in (details or {}).items())
        body = f'<Body xmlns="{GATEWAY}/1.0"><TransactionInfo>{body}</TransactionInfo></Body>' if details else ""
        return http(
            200,
            soap(
                f'<ProcessTransactionResponse xmlns="{GATEWAY}"><TransactionResponse><Header xmlns="{GATEWAY}/1.0">'
                f"<RequestType>{told['RequestType']}</RequestType>"
                f"<MerchantInfo>{merchant}<Password>{sent['Password']}</Password></MerchantInfo>"
                f"<ResultCode>{told['ResultCode']}</ResultCode>"
                f"<ResultDescription>{told['ResultDescription']}</ResultDescription>"
                f"<SupportReferenceID>{told['SupportReferenceID']}</SupportReferenceID></Header>{body}"
                "</TransactionResponse></ProcessTransactionResponse>"
            ).encode(),
        )


CASES = (PiraeusCase(),)
