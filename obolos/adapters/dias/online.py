"""DIAS' online question "may this payment by RF code go through?" (message DPG_ON) and our answer.

Source: the only public traces of the message are biller-side programs; DIAS gives its specification to billers alone.
Names differ in case between them, so they are compared without case here and answered as the traces answer. Nothing
is decided in this module: it reads one request strictly, and writes one reply.

An amount is a JSON number in the traces. The same digits as JSON text are taken as well: billers' programs pass DIAS'
decimals on either way, the grammar is as strict and the cents are the same. A comma, a blank or a sign is refused.
"""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

MAX_REQUEST_BYTES = 64 * 1024
MAX_PAYMENTS = 100
MAX_CENTS = 99_999_999

_ATHENS = ZoneInfo("Europe/Athens")
_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2})0*)?", re.ASCII)
_IDENTIFIER = re.compile(r"[!-~]{1,64}", re.ASCII)
_ACTOR = re.compile(r"[0-9]{1,10}", re.ASCII)


class Rejection(StrEnum):
    """Why a payment may not go through, in the ISO 20022 codes that DIAS takes."""

    DUPLICATE = "AM05"
    WRONG_AMOUNT = "AM06"
    UNKNOWN_CODE = "MS03"
    WRONG_CUSTOMER = "BE01"
    UNKNOWN_CUSTOMER = "BE06"
    TOO_LATE = "DT01"


class BadMessage(ValueError):
    """Not a request we can answer. `where` names the field, `reason` says why; neither quotes what was sent."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


@dataclass(frozen=True)
class IncomingPayment:
    """One payment DIAS asks about. `rid` identifies the question: the same one asked again gets the same answer.

    `rf` is as sent, without blanks and in upper case; it may be no valid code. `amount_cents` is what the payer gives.
    """

    rid: str
    organisation: str
    bank_txn: str
    rf: str
    amount_cents: int
    paid_at: datetime | None
    booked_on: date | None
    debtor_name: str
    debtor_bank: str
    remittance: str
    line_of_business: str
    created_at: datetime | None


@dataclass(frozen=True)
class OnlineRequest:
    """One call of DIAS. `environment` is echoed in the reply."""

    environment: str
    payments: tuple[IncomingPayment, ...]


@dataclass(frozen=True)
class Decision:
    """Our answer to one question: `rejection` None = accepted."""

    rid: str
    rejection: Rejection | None = None


def read_request(body: bytes) -> OnlineRequest:
    """The request as sent by DIAS. Raises BadMessage for anything that is not exactly such a request."""
    if len(body) > MAX_REQUEST_BYTES:
        raise BadMessage("request", f"longer than {MAX_REQUEST_BYTES} bytes")
    try:
        parsed = json.loads(
            body.decode("utf-8-sig"),
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_no_constant,
            object_pairs_hook=_fields,
        )
    except BadMessage:
        raise
    except (ValueError, RecursionError):
        raise BadMessage("request", "not JSON in UTF-8") from None
    envelope = _object(parsed, "request")
    if _text(envelope, "msgtype", 40) != "DPG_ONRequest":
        raise BadMessage("MsgType", "must be DPG_ONRequest")
    rows = envelope.get("incomingpayments")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_PAYMENTS:
        raise BadMessage("IncomingPayments", f"must hold 1 to {MAX_PAYMENTS} payments")
    payments = tuple(_payment(_object(row, "IncomingPayments")) for row in rows)
    if len({payment.rid for payment in payments}) < len(payments):
        raise BadMessage("RID", "is repeated in one request")
    return OnlineRequest(environment=_text(envelope, "env", 20), payments=payments)


def write_response(request: OnlineRequest, decisions: Sequence[Decision]) -> bytes:
    """The reply, every question answered once, in the order asked. Raises ValueError when an answer is missing."""
    by_rid = {decision.rid: decision for decision in decisions}
    if len(decisions) != len(by_rid) or by_rid.keys() != {payment.rid for payment in request.payments}:
        raise ValueError("every question needs exactly one answer")
    reply = {
        "env": request.environment,
        "msgType": "DPG_ONResponse",
        "incomingPaymentsStatus": [_status(by_rid[payment.rid]) for payment in request.payments],
    }
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode()


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """User and password of an HTTP Basic header; None when it is none. Compare them in constant time."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > 400:
        return None
    try:
        user, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (user, password) if colon else None


class _Number(str):
    """A JSON number as its own text: no float ever stands between the message and the cents."""

    __slots__ = ()


def _payment(row: Mapping[str, Any]) -> IncomingPayment:
    actor = _text(row, "actorid", 10)
    if not _ACTOR.fullmatch(actor):
        raise BadMessage("ActorID", "must be the organisation's digits")
    rf = re.sub(r"\s", "", _text(row, "ri_mid", 60)).upper()
    if not re.fullmatch(r"[0-9A-Z]{1,35}", rf, re.ASCII):
        raise BadMessage("RI_MID", "must be letters and digits")
    return IncomingPayment(
        rid=_identifier(row, "rid", "RID"),
        organisation=actor,
        bank_txn=_identifier(row, "transactionid", "TransactionID"),
        rf=rf,
        amount_cents=_cents(row.get("paidamount")),
        paid_at=_instant(row, "paymentdttm"),
        booked_on=_day(row, "bkdate"),
        debtor_name=_text(row, "debtorname", 140),
        debtor_bank=_text(row, "debtorbankbic", 35),
        remittance=_text(row, "remittanceinformation", 500),
        line_of_business=_text(row, "lobid", 64),
        created_at=_instant(row, "creationdttm"),
    )


def _cents(value: Any) -> int:
    found = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise BadMessage("PaidAmount", "must be euro with at most two decimals and a decimal point")
    cents = int(found.group(1)) * 100 + int((found.group(2) or "").ljust(2, "0"))
    if not 1 <= cents <= MAX_CENTS:
        raise BadMessage("PaidAmount", "out of range")
    return cents


def _identifier(row: Mapping[str, Any], key: str, name: str) -> str:
    value = _text(row, key, 64)
    if not _IDENTIFIER.fullmatch(value):
        raise BadMessage(name, "must be 1 to 64 printable characters without blanks")
    return value


def _text(row: Mapping[str, Any], key: str, longest: int) -> str:
    """A text field; absent and null are empty, numbers are their digits. Unprintable characters become blanks."""
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadMessage(key, "must be text")
    if len(value) > longest:
        raise BadMessage(key, f"longer than {longest} characters")
    return "".join(char if char.isprintable() else " " for char in value).strip()


def _instant(row: Mapping[str, Any], key: str) -> datetime | None:
    text = _text(row, key, 40)
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=_ATHENS)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadMessage(key, "must be an ISO date and time") from None


def _day(row: Mapping[str, Any], key: str) -> date | None:
    text = _text(row, key, 40)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise BadMessage(key, "must be an ISO date") from None


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = {name.lower(): value for name, value in pairs}
    if len(fields) < len(pairs):
        raise BadMessage("request", "a name is repeated")
    return fields


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadMessage(where, "must be an object")
    return value


def _no_constant(_: str) -> Any:
    raise BadMessage("request", "NaN and infinity are no amounts")


def _status(decision: Decision) -> dict[str, str]:
    return {
        "status": "REJECTED" if decision.rejection else "ACCEPTED",
        "rejectionCode": decision.rejection.value if decision.rejection else "",
        "RID": decision.rid,
    }
