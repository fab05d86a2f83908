"""What the bank knows without any transport: merchants, tickets, decisions, signatures and the fields of a post-back.

Source: Paycenter redirection manual §§2-5 and transaction web service manual, as public integrations quote them.
"""

import hashlib
import hmac
import re
from datetime import timedelta

from sandbox.state import ATHENS, Charge, World, hex32, now

MINUTES = 30
ACQUIRER = "14"
REFERENCE = re.compile(r"[\w /:().,+\-]{1,50}")
AMOUNT = re.compile(r"[0-9]{1,7}\.[0-9]{2}", re.ASCII)
_CODE = re.compile(r"21([0-9]{4})", re.ASCII)


class Refused(Exception):
    """The bank says no: its result code and words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def check_merchant(merchant: str, pos: str, acquirer: str, user: str, digest: str) -> str:
    """The municipality's code when all five belong together; Refused when not."""
    found = _CODE.fullmatch(merchant)
    if not found:
        raise Refused("104", "Unknown merchant")
    code = found[1]
    expected = hashlib.md5(f"demo-piraeus-{code}".encode(), usedforsecurity=False).hexdigest()
    if pos != f"99{code}":
        raise Refused("105", "Unknown POS")
    if acquirer not in (ACQUIRER, "GR014"):
        raise Refused("106", "Unknown acquirer")
    if user != f"OB{code}" or not hmac.compare_digest(expected.encode(), digest.encode()):
        raise Refused("101", "Authentication failed")
    return code


def check_charge(fields: dict[str, str]) -> int:
    """The amount in cents when every field keeps the manual's rules; Refused with the field's name when not."""
    rules = {
        "MerchantReference": REFERENCE,
        "RequestType": re.compile("02|00"),
        "Amount": AMOUNT,
        "CurrencyCode": re.compile("978"),
        "ExpirePreauth": re.compile(r"[0-9]{1,3}", re.ASCII),
        "Installments": re.compile(r"[0-9]{0,2}", re.ASCII),
        "Parameters": re.compile(r".{0,512}", re.DOTALL),
        "CardholderName": re.compile(r"[A-Za-z .'\-]{0,50}", re.ASCII),
        "MobilePhone": re.compile(r"([0-9]{1,3}-[0-9]{4,14})?", re.ASCII),
    }
    for name, rule in rules.items():
        if not rule.fullmatch(fields.get(name, "")):
            raise Refused("2001", f"Invalid value in field {name}")
    cents = int(fields["Amount"].replace(".", ""))
    if cents == 0:
        raise Refused("2001", "Invalid value in field Amount")
    return cents


def issue(world: World, fields: dict[str, str]) -> Charge:
    """A new ticket for a sale. Raises Refused."""
    check_merchant(*(fields.get(name, "") for name in ("MerchantId", "PosId", "AcquirerId", "Username", "Password")))
    cents = check_charge(fields)
    charge = Charge(
        ticket=hex32(),
        page_key=hex32(),
        merchant_id=fields["MerchantId"],
        pos_id=fields["PosId"],
        user=fields["Username"],
        reference=fields["MerchantReference"],
        cents=cents,
        parameters=fields.get("Parameters", ""),
        issued_at=now(),
    )
    world.remember(charge)
    return charge


def charges_of(world: World, reference: str, merchant: str = "") -> list[Charge]:
    """All tickets of a reference, oldest first."""
    return [one for one in world.charges_by_reference.get(reference, ()) if merchant in ("", one.merchant_id)]


def decide(world: World, charge: Charge, state: str, response_code: str, *, method: str = "CARD") -> None:
    """The bank's decision about an attempt: PAID, FAILED or PENDING, with the ids that go with it."""
    charge.state, charge.response_code, charge.method = state, response_code, method
    charge.decided_at = now()
    charge.sale = str(world.next())
    # Leading zeros are part of these texts: whoever reads them as numbers breaks the signature.
    charge.support = f"0{world.next() % 1_000_000_000:09}"
    charge.package = f"{charge.decided_at.astimezone(ATHENS):%j}"
    charge.approval = f"{world.next() % 1_000_000:06}" if state == "PAID" else ""
    if state == "PENDING":
        charge.final_at = now() + timedelta(seconds=world.settings.pending_seconds)


def settle(world: World, charge: Charge) -> None:
    """A pending transfer arrives when its time has come."""
    if charge.state == "PENDING" and charge.final_at and now() >= charge.final_at:
        charge.state, charge.response_code = "PAID", "00"
        charge.approval = f"{world.next() % 1_000_000:06}"


def expired(charge: Charge) -> bool:
    """Whether the ticket's half hour is over."""
    return now() > charge.issued_at + timedelta(minutes=MINUTES)


FLAGS = {"PAID": "Success", "FAILED": "Failure", "PENDING": "Pending"}
DESCRIPTIONS = {
    "00": "Approved or completed successfully",
    "05": "Do not honor",
    "09": "Request in progress",
    "11": "Already successful transaction with the same merchant reference",
    "12": "Invalid transaction",
    "14": "Invalid card number",
    "41": "Lost card",
    "51": "Not sufficient funds",
    "54": "Expired card",
    "57": "Not permitted to cardholder",
    "59": "Suspected fraud",
    "61": "Exceeds amount limit",
    "75": "PIN tries exceeded",
    "82": "Negative CVV result",
    "91": "Issuer unavailable",
}


def post_back(charge: Charge, **changes: str) -> dict[str, str]:
    """The fields the payer's browser carries back, unsigned yet. `changes` replace some of them before signing."""
    decided = (charge.decided_at or now()).astimezone(ATHENS)
    card = charge.method == "CARD"
    return {
        "SupportReferenceID": charge.support,
        "ResultCode": "0",
        "ResultDescription": "No Error",
        "StatusFlag": FLAGS[charge.state],
        "ResponseCode": charge.response_code,
        "ResponseDescription": DESCRIPTIONS.get(charge.response_code, ""),
        "LanguageCode": charge.language,
        "MerchantReference": charge.reference,
        "TransactionDateTime": f"{decided:%d/%m/%Y %H:%M:%S}",
        "TransactionId": charge.sale,
        "CardType": "1" if card else "15",
        "PackageNo": charge.package if card else "",
        "ApprovalCode": charge.approval,
        "RetrievalRef": charge.support,
        "AuthStatus": "01" if card else "",
        "Parameters": charge.parameters,
        "HashKey": "",
        "PaymentMethod": "Card" if card else "IRIS",
        "PanCardType": "FPAN" if card else "",
    } | changes


def sign(ticket: str, pos_id: str, fields: dict[str, str]) -> str:
    """HashKey: HMAC-SHA256 under the ticket over eleven values joined by semicolons, upper-case hex (§5)."""
    names = (
        "ApprovalCode",
        "Parameters",
        "ResponseCode",
        "SupportReferenceID",
        "AuthStatus",
        "PackageNo",
        "StatusFlag",
    )
    values = [ticket, pos_id, ACQUIRER, fields["MerchantReference"], *(fields[name] for name in names)]
    return hmac.new(ticket.encode(), ";".join(values).encode(), hashlib.sha256).hexdigest().upper()
