"""What we send to Paycenter: the ticket and FOLLOW_UP envelopes and the fields of the redirect form. Pure text.

Empty elements are left out, because the bank takes a blank for a value.
"""

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from obolos.adapters.banks.contract import Charge
from obolos.base.money import euro_plain

if TYPE_CHECKING:
    from obolos.adapters.banks.piraeus import PiraeusAccount

_SOAP_START = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
)
_SOAP_END = "</soap:Body></soap:Envelope>"

_LANGUAGES = {"el": "el-GR", "en": "en-US", "de": "de-DE", "ru": "ru-RU"}
REFERENCE = re.compile(r"[A-Za-z0-9 /:_().,+\-]{1,50}", re.ASCII)
# `;` joins the signed values, so none of them may hold one: else a value could slide into its neighbour.
SIGNED_VALUE = re.compile(r"[ -:<-~]{0,512}", re.ASCII)
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z .'-]{1,49}", re.ASCII)
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,48}@[^@\s\x00-\x1f]{1,48}")
_ONE_DIGIT_COUNTRIES = ("1", "7")
_TWO_DIGIT_COUNTRIES = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]", re.ASCII)
_MAX_CENTS = 99_999_999


def ticket_envelope(account: "PiraeusAccount", charge: Charge) -> bytes:
    """IssueNewTicket for a sale. Raises ValueError for a charge that the bank would misread."""
    if not REFERENCE.fullmatch(charge.reference):
        raise ValueError("the reference has characters or a length the bank does not take")
    if not SIGNED_VALUE.fullmatch(charge.parameters):
        raise ValueError("parameters must be printable ASCII without semicolons, at most 512")
    if not 0 < charge.amount_cents <= _MAX_CENTS:
        raise ValueError("the amount must be between 0.01 and 999,999.99 euro")
    fields = (
        ("Username", account.user),
        ("Password", account.password_digest),
        ("MerchantId", account.merchant_id),
        ("PosId", account.pos_id),
        ("AcquirerId", account.acquirer_id),
        ("MerchantReference", charge.reference),
        ("RequestType", "02"),
        ("ExpirePreauth", "0"),
        ("Amount", euro_plain(charge.amount_cents)),
        ("CurrencyCode", "978"),
        ("Installments", "0"),
        ("Bnpl", "0"),
        ("Parameters", charge.parameters),
        ("CardholderName", charge.cardholder.strip() if _LATIN_NAME.fullmatch(charge.cardholder.strip()) else ""),
        ("Email", charge.email if len(charge.email) <= 50 and _EMAIL.fullmatch(charge.email) else ""),
        ("MobilePhone", bank_phone(charge.mobile)),
    )
    return (
        f'{_SOAP_START}<IssueNewTicket xmlns="http://piraeusbank.gr/paycenter/redirection"><Request>'
        f"{_elements(fields)}</Request></IssueNewTicket>{_SOAP_END}"
    ).encode()


def follow_up_envelope(account: "PiraeusAccount", reference: str) -> bytes:
    """ProcessTransaction with FOLLOW_UP: the question is the reference alone (web service manual §5)."""
    merchant = (
        ("AcquirerID", f"GR{account.acquirer_id.zfill(3)}"),
        ("MerchantID", account.merchant_id),
        ("PosID", account.pos_id),
        ("ChannelType", account.channel),
        ("User", account.user),
        ("Password", account.password_digest),
    )
    return (
        f'{_SOAP_START}<ProcessTransaction xmlns="http://piraeusbank.gr/paycenter">'
        '<TransactionRequest xmlns="http://piraeusbank.gr/paycenter/1.0"><Header>'
        "<RequestType>FOLLOW_UP</RequestType><RequestMethod>SYNCHRONOUS</RequestMethod>"
        f"<MerchantInfo>{_elements(merchant)}</MerchantInfo></Header>"
        f"<Body><TransactionInfo>{_elements((('MerchantReference', reference),))}</TransactionInfo></Body>"
        f"</TransactionRequest></ProcessTransaction>{_SOAP_END}"
    ).encode()


def redirect_fields(account: "PiraeusAccount", charge: Charge) -> tuple[tuple[str, str], ...]:
    """Hidden fields of the redirect form, in the manual's order.

    The bank appends ParamBackLink to the cancel address, so that the cancel page can find the attempt.
    """
    return (
        ("AcquirerId", account.acquirer_id),
        ("MerchantId", account.merchant_id),
        ("PosId", account.pos_id),
        ("User", account.user),
        ("LanguageCode", _LANGUAGES.get(charge.language[:2].lower(), "en-US")),
        ("MerchantReference", charge.reference),
        ("ParamBackLink", f"MerchantReference={charge.reference}"),
    )


def bank_phone(number: str) -> str:
    """A phone as the bank wants it, country code, dash, number (`30-6912345678`); empty when not understood."""
    compact = re.sub(r"[\s().\-]", "", number)
    compact = "+" + compact[2:] if compact.startswith("00") else compact
    if re.fullmatch(r"[26][0-9]{9}", compact, re.ASCII):  # a Greek number without its country
        return f"30-{compact}"
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", compact, re.ASCII):
        return ""
    digits = compact[1:]
    length = 1 if digits[0] in _ONE_DIGIT_COUNTRIES else 2 if _TWO_DIGIT_COUNTRIES.match(digits) else 3
    return f"{digits[:length]}-{digits[length:]}"


def _elements(fields: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields if value)
