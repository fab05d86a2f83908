"""Piraeus Bank ePay Paycenter, redirection: ticket, redirect form, the payer's return, FOLLOW_UP.

Source: Paycenter redirection manual 2.9/3.1 and transaction web service manual 2.4, as public integrations quote them.
A return counts for exactly what its HashKey covers (`SIGNED`); every other posted value is kept for the record and
decides nothing. The amount is never in a return: it is the caller's own record of the attempt.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from hmac import digest as hmac_digest
from zoneinfo import ZoneInfo

from lxml import etree

from obolos.adapters.banks import contract as words
from obolos.adapters.banks.contract import (
    BankAnswer,
    BankRefused,
    BankUnavailable,
    Charge,
    Params,
    RedirectForm,
    Started,
    Verdict,
)
from obolos.adapters.banks.piraeus_requests import (
    REFERENCE,
    SIGNED_VALUE,
    follow_up_envelope,
    redirect_fields,
    ticket_envelope,
)
from obolos.adapters.banks.refusals import BY_CODE, cause_of_refusal
from obolos.adapters.outbound import Unreachable, call
from obolos.adapters.xml import BadXml, descend, parse_xml, text_of

TICKET_SECONDS = 8.0
FOLLOW_UP_SECONDS = 8.0
CHANNELS = ("eCommerce", "3DSecure")

SIGNED = (  # the order of the HashKey after the ticket itself (redirection manual §5); PosId, AcquirerId are our own
    "MerchantReference",
    "ApprovalCode",
    "Parameters",
    "ResponseCode",
    "SupportReferenceID",
    "AuthStatus",
    "PackageNo",
    "StatusFlag",
)
UNSIGNED = (
    "ResultCode",
    "ResultDescription",
    "ResponseDescription",
    "LanguageCode",
    "TransactionDateTime",
    "TransactionId",
    "CardType",
    "RetrievalRef",
    "HashKey",
    "PaymentMethod",
    "PanCardType",
)
_READ_IN_FOLLOW_UP = (
    "StatusFlag",
    "ResponseCode",
    "ResponseDescription",
    "MerchantReference",
    "TransactionID",
    "TransactionDateTime",
    "ApprovalCode",
    "PackageNo",
    "PaymentMethod",
    "IRISTransactionID",
    "IRISStatus",
    "Amount",
    "CurrencyCode",
)

_APPROVED = frozenset({"00", "08", "10", "16"})
_ALREADY_SUCCEEDED = "11"  # a success exists for this reference; not charged again
_NOT_FINAL = "09"  # an IRIS transfer was begun
_NO_ANSWER_YET = "1010"
_NOT_AUTHENTICATED = "03"  # AuthStatus: 3-D Secure was not done or failed

_TICKET = re.compile(r"[0-9A-Za-z-]{16,64}", re.ASCII)
_EURO_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2})0*)?", re.ASCII)
_MAX_NAMES, _MAX_VALUE, _MAX_TOTAL = 60, 600, 16_000
_ATHENS = ZoneInfo("Europe/Athens")


@dataclass(frozen=True)
class PiraeusAccount:
    """One municipality's account at the bank. `base_url` is the scheme, host and path before `/services/…`."""

    merchant_id: str
    pos_id: str
    acquirer_id: str
    user: str
    password: str = field(repr=False)
    base_url: str
    channel: str = "eCommerce"
    #: Response code of a refusal → reason; see `refusals`.
    causes: Mapping[str, str] = field(default_factory=lambda: BY_CODE)

    @property
    def password_digest(self) -> str:
        """The bank wants the MD5 of the password on the wire; it is as good as the password itself."""
        return hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest()


class Piraeus:
    """The bank contract over Paycenter. Holds no state."""

    name = "piraeus"

    def start(self, account: PiraeusAccount, charge: Charge) -> Started:
        """Ask for a ticket for a sale of `charge.amount_cents` (POST IssueNewTicket). Not repeated on failure."""
        url = f"{account.base_url}/services/tickets/issuer.asmx"
        action = "http://piraeusbank.gr/paycenter/redirection/IssueNewTicket"
        root = _ask(url, action, ticket_envelope(account, charge), TICKET_SECONDS)
        try:
            result = descend(root, "Body", "IssueNewTicketResponse", "IssueNewTicketResult")
            code, ticket = text_of(result, "ResultCode"), text_of(result, "TranTicket")
            minutes, description = text_of(result, "MinutesToExpiration"), text_of(result, "ResultDescription")
        except BadXml as error:
            raise BankUnavailable(f"unreadable ticket answer: {error}") from error
        if not code:
            raise BankUnavailable("the ticket answer has no result code")
        if code != "0":
            raise BankRefused(_clean(code, 20), _clean(description, 200))
        if not _TICKET.fullmatch(ticket):
            raise BankUnavailable("the bank sent no usable ticket")
        lasts = int(minutes) if re.fullmatch(r"[0-9]{1,4}", minutes, re.ASCII) and int(minutes) else 30
        return Started(ticket=ticket, expires_in_seconds=lasts * 60)

    def redirect_form(self, account: PiraeusAccount, charge: Charge) -> RedirectForm:
        """The form to the bank's page. The ticket, the amount and a hash have no place in it."""
        return RedirectForm(f"{account.base_url}/redirection/pay.aspx", redirect_fields(account, charge))

    def reference_in(self, params: Params) -> str | None:
        """The claimed MerchantReference, if given once and of a shape we could have issued."""
        values = words.all_values(params).get("MerchantReference", ())
        return values[0] if len(values) == 1 and REFERENCE.fullmatch(values[0]) else None

    def read_return(self, account: PiraeusAccount, ticket: str, params: Params) -> BankAnswer:
        """What a post to the success or failure address proves. `ticket` is the attempt's own, the key of the HMAC.

        Signed code 11 says a success exists, but it may be that of an earlier try: UNVERIFIED, so the caller asks.
        The legacy unkeyed hash is never accepted; there is no setting that would.
        """
        received = words.all_values(params)
        values, fault = _read_values(received)
        signed = [values[name] for name in SIGNED]
        fault = fault or _check_hash(account, ticket, signed, values["HashKey"])
        verified = not fault
        if verified:
            verdict, reason = _decide(values["StatusFlag"], values["ResponseCode"], card_only=False)
            if verdict is Verdict.DECLINED:
                authenticated = values["AuthStatus"] != _NOT_AUTHENTICATED
                reason = cause_of_refusal(values["ResponseCode"], account.causes, authenticated=authenticated)
        else:
            technical = fault == words.NO_SIGNATURE and values["ResultCode"] not in ("", "0")
            verdict, reason = Verdict.UNVERIFIED, words.TECHNICAL if technical else fault
        kind = "return" if verified else f"claim {values['HashKey']}"
        return BankAnswer(
            verdict=verdict,
            reference=self.reference_in(params) or "",
            message_key=_key("piraeus", kind, account.merchant_id, account.pos_id, account.acquirer_id, *signed),
            approval=values["ApprovalCode"] if verified else "",
            reason=reason,
            decoded={name: value for name, value in values.items() if value},
            raw=_raw(received),
            confirmed_not_charged=verdict is Verdict.DECLINED,
        )

    def query(self, account: PiraeusAccount, reference: str) -> BankAnswer:
        """FOLLOW_UP: what became of the attempt. An answer that does not echo our question decides nothing."""
        if not REFERENCE.fullmatch(reference):
            raise ValueError("not a reference we issue")
        url = f"{account.base_url}/services/paymentgateway.asmx"
        action = "http://piraeusbank.gr/paycenter/ProcessTransaction"
        root = _ask(url, action, follow_up_envelope(account, reference), FOLLOW_UP_SECONDS)
        try:
            return _read_follow_up(account, reference, root)
        except BadXml as error:
            raise BankUnavailable(f"unreadable follow-up answer: {error}") from error


def _ask(url: str, action: str, envelope: bytes, seconds: float) -> etree._Element:
    headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": f'"{action}"'}
    try:
        reply = call("POST", url, headers=headers, body=envelope, total_seconds=seconds)
    except Unreachable as error:
        raise BankUnavailable(str(error)) from error
    if reply.status != 200:
        raise BankUnavailable(f"the bank answered with status {reply.status}")
    try:
        root = parse_xml(reply.body)
        fault = descend(root, "Body", "Fault")
    except BadXml as error:
        raise BankUnavailable(f"unreadable answer: {error}") from error
    if fault is not None:
        raise BankUnavailable("the bank answered with a fault")
    return root


def _decide(flag: str, code: str, *, card_only: bool) -> tuple[Verdict, str]:
    """Flag and response code, both proven → verdict and reason. What fits no known pair is not guessed at.

    `card_only`: the bank itself says this was a card, so 09 with Failure is a refusal and not a transfer on its way.
    """
    if code == _ALREADY_SUCCEEDED:
        return Verdict.UNVERIFIED, words.ALREADY_SUCCEEDED
    if flag == "Success" and code in _APPROVED:
        return Verdict.PAID, words.APPROVED
    if flag == "Pending" or (code == _NOT_FINAL and not (flag == "Failure" and card_only)):
        return Verdict.PENDING, words.NO_FINAL_ANSWER
    if flag == "Failure" and code not in _APPROVED:
        return Verdict.DECLINED, words.DECLINED
    return Verdict.UNVERIFIED, words.UNKNOWN_ANSWER


def _decide_follow_up(values: dict[str, str]) -> tuple[Verdict, str]:
    """As `_decide`, with what only the bank's own answer can say: 11 is then a success of this very reference, since
    a reference is used for one attempt; and a success must name the bank's id, or it is incomplete."""
    flag, code = values["StatusFlag"], values["ResponseCode"]
    card = values["PaymentMethod"].lower() == "card" and not (values["IRISTransactionID"] or values["IRISStatus"])
    verdict, reason = _decide(flag, code, card_only=card)
    if flag == "Success" and code == _ALREADY_SUCCEEDED:
        verdict = Verdict.PAID
    if verdict is Verdict.PAID and not re.fullmatch(r"[0-9]{1,64}", values["TransactionID"], re.ASCII):
        return Verdict.UNVERIFIED, words.UNKNOWN_ANSWER
    return verdict, reason


def _read_values(received: dict[str, tuple[str, ...]]) -> tuple[dict[str, str], str]:
    """Every known field as exact text (absent = empty) and MALFORMED when the message is not one the bank makes."""
    fault = ""
    if len(received) > _MAX_NAMES or sum(len(n) + sum(map(len, v)) for n, v in received.items()) > _MAX_TOTAL:
        fault = words.MALFORMED
    values: dict[str, str] = {}
    for name in SIGNED + UNSIGNED:
        given = received.get(name, ())
        if len(given) > 1 or any(len(value) > _MAX_VALUE for value in given):
            fault = words.MALFORMED
        value = given[0] if given else ""
        if name in SIGNED and not SIGNED_VALUE.fullmatch(value):
            fault = words.MALFORMED
        values[name] = _clean(value, _MAX_VALUE)
    if not REFERENCE.fullmatch(values["MerchantReference"]):
        fault = words.MALFORMED
    return values, fault


def _check_hash(account: PiraeusAccount, ticket: str, signed: list[str], claimed: str) -> str:
    """What is wrong with the HashKey; empty when it is right.

    HMAC-SHA256 over ticket and signed values joined by `;`, key = ticket, upper-case hex (redirection manual §5).
    """
    if not claimed:
        return words.NO_SIGNATURE
    if not _TICKET.fullmatch(ticket):  # an empty key would let anyone sign
        return words.BAD_SIGNATURE
    reference, *rest = signed
    message = ";".join((ticket, account.pos_id, account.acquirer_id, reference, *rest))
    expected = hmac_digest(ticket.encode(), message.encode(), "sha256").hex().upper()
    return "" if compare_digest(expected.encode(), claimed.encode()) else words.BAD_SIGNATURE


def _read_follow_up(account: PiraeusAccount, reference: str, root: etree._Element) -> BankAnswer:
    response = descend(root, "Body", "ProcessTransactionResponse", "TransactionResponse")
    header, details = descend(response, "Header"), descend(response, "Body", "TransactionInfo")
    if header is None:
        raise BadXml("no header")
    values = {name: _clean(text_of(details, name), 255) for name in _READ_IN_FOLLOW_UP}
    code = _clean(text_of(header, "ResultCode"), 20)
    amount, amount_fault = _amount_cents(values["Amount"], values["CurrencyCode"])
    told = code == "0" and bool(values["StatusFlag"])
    if not _echoes(account, header, values["MerchantReference"], reference, required=told):
        verdict, reason = Verdict.UNVERIFIED, words.ECHO_MISMATCH
    elif code == _NO_ANSWER_YET:
        verdict, reason = Verdict.PENDING, words.NO_FINAL_ANSWER
    elif code != "0":
        verdict, reason = Verdict.UNVERIFIED, words.TECHNICAL
    elif not told:
        verdict, reason = Verdict.UNVERIFIED, words.NOT_FOUND
    elif amount_fault:
        verdict, reason = Verdict.UNVERIFIED, words.UNKNOWN_ANSWER
    else:
        verdict, reason = _decide_follow_up(values)
        if verdict is Verdict.DECLINED:
            reason = cause_of_refusal(values["ResponseCode"], account.causes)
    trusted = reason != words.ECHO_MISMATCH
    kind = "follow-up" if trusted else "foreign follow-up"
    meta = {"ResultCode": code, "ResultDescription": _clean(text_of(header, "ResultDescription"), 255)}
    meta["QuerySupportReferenceID"] = _clean(text_of(header, "SupportReferenceID"), 64)
    return BankAnswer(
        verdict=verdict,
        reference=reference,
        message_key=_key("piraeus", kind, account.merchant_id, account.pos_id, reference, code, *values.values()),
        amount_cents=amount if trusted else None,
        bank_txn=values["TransactionID"] if trusted else "",
        approval=values["ApprovalCode"] if trusted else "",
        reason=reason,
        paid_at=_instant(values["TransactionDateTime"]) if verdict is Verdict.PAID else None,
        decoded={name: value for name, value in (meta | values).items() if value},
        raw=etree.tostring(root, encoding="unicode").replace(account.password_digest, "***"),
        confirmed_not_charged=verdict is Verdict.DECLINED,
    )


def _echoes(account: PiraeusAccount, header: etree._Element, echoed: str, reference: str, *, required: bool) -> bool:
    """Whether the answer is about our question: merchant, POS, user, channel, kind of request, and the reference.

    The reference stands among the details, which are absent when there is nothing to tell; then it is not `required`.
    """
    merchant = descend(header, "MerchantInfo")
    return (
        text_of(header, "RequestType") == "FOLLOW_UP"
        and _same_number(text_of(merchant, "MerchantID"), account.merchant_id)
        and _same_number(text_of(merchant, "PosID"), account.pos_id)
        and text_of(merchant, "ChannelType") == account.channel
        and text_of(merchant, "User") == account.user
        and (echoed == reference or not (echoed or required))
    )


def _same_number(one: str, other: str) -> bool:
    """Numeric identifiers of the bank may come back without leading zeros."""
    return one.isascii() and one.isdigit() and one.lstrip("0") == other.lstrip("0")


def _amount_cents(amount: str, currency: str) -> tuple[int | None, bool]:
    """The amount the bank states, in cents, and whether it is one we cannot read (never read as zero or rounded)."""
    if currency not in ("", "978"):
        return None, True
    if not amount:
        return None, False
    found = _EURO_AMOUNT.fullmatch(amount)
    if not found:
        return None, True
    return int(found.group(1)) * 100 + int((found.group(2) or "").ljust(2, "0")), False


def _instant(text: str) -> datetime | None:
    """The bank's local time (ISO, or DD/MM/YYYY HH:MM:SS) as an instant; None when it gives none we can read."""
    for shape in ("%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S"):
        try:
            return datetime.strptime(text[:19], shape).replace(tzinfo=_ATHENS).astimezone(UTC)
        except ValueError:
            continue
    return None


def _clean(text: str, longest: int) -> str:
    """For the record: cut to length, unprintable characters (NUL, lone surrogates, bidi marks) shown as `?`."""
    return "".join(char if char.isprintable() else "?" for char in text[:longest])


def _raw(received: dict[str, tuple[str, ...]]) -> str:
    pairs = [[_clean(n, 64), _clean(v, _MAX_VALUE)] for n, values in received.items() for v in values[:2]]
    return json.dumps(pairs[:_MAX_NAMES], ensure_ascii=False, separators=(",", ":"))


def _key(*values: str) -> str:
    """SHA-256 over values in an unambiguous order and framing."""
    return hashlib.sha256(json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
