"""The bank's two web services: tickets, and questions, voids and refunds. One function per address."""

import asyncio

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from sandbox import bank, soap
from sandbox.state import ATHENS, Charge, World, hex32, now

TICKETS = "http://piraeusbank.gr/paycenter/redirection"
GATEWAY = "http://piraeusbank.gr/paycenter"
GATEWAY_WORDS = "http://piraeusbank.gr/paycenter/1.0"
_TICKET_FAULTS = ("ticket_refused", "ticket_timeout")
_FOLLOW_UP_FAULTS = ("follow_up_timeout", "follow_up_no_answer", "follow_up_not_found", "follow_up_wrong_echo")


async def issue_ticket(request: Request) -> Response:
    """IssueNewTicket."""
    world: World = request.app.state.world
    try:
        operation, namespace = soap.read_envelope(await request.body(), "IssueNewTicket")
    except soap.BadEnvelope as error:
        return soap.fault(str(error))
    asked = soap.child(operation, "Request")
    fields = {etree.QName(one).localname: (one.text or "").strip() for one in (asked if asked is not None else ())}
    code, words, ticket = "0", "No Error", ""
    due = world.take_fault("bank", _TICKET_FAULTS, fields.get("MerchantReference", ""))
    if due == "ticket_timeout":
        await asyncio.sleep(world.settings.silence_seconds)
        return Response(status_code=504)
    if due == "ticket_refused":
        code, words = "500", "An error occurred, please try again later"
    else:
        try:
            ticket = bank.issue(world, fields).ticket
        except bank.Refused as refused:
            code, words = refused.code, refused.words
    told = (
        ("ResultCode", code),
        ("ResultDescription", words),
        ("TranTicket", ticket),
        ("Timestamp", f"{now().astimezone(ATHENS):%Y-%m-%dT%H:%M:%S}"),
        ("MinutesToExpiration", str(bank.MINUTES if ticket else 0)),
    )
    body = f"<IssueNewTicketResult>{soap.elements(told)}</IssueNewTicketResult>"
    return soap.answer(f'<IssueNewTicketResponse xmlns="{TICKETS}">{body}</IssueNewTicketResponse>', namespace)


async def process(request: Request) -> Response:
    """ProcessTransaction: FOLLOW_UP, VOIDREQUEST, REFUND."""
    world: World = request.app.state.world
    try:
        operation, namespace = soap.read_envelope(await request.body(), "ProcessTransaction")
    except soap.BadEnvelope as error:
        return soap.fault(str(error))
    asked = soap.child(operation, "TransactionRequest")
    header, details = soap.child(asked, "Header"), soap.child(asked, "Body", "TransactionInfo")
    kind = soap.text(header, "RequestType")
    reference = soap.text(details, "MerchantReference")
    due = world.take_fault("bank", _FOLLOW_UP_FAULTS, reference) if kind == "FOLLOW_UP" else ""
    if due == "follow_up_timeout":
        await asyncio.sleep(world.settings.silence_seconds)
        return Response(status_code=504)
    told: soap.Fields = ()
    code, words = "0", "No Error"
    try:
        told = _act(world, kind, header, details, due)
    except bank.Refused as refused:
        code, words = refused.code, refused.words
    return soap.answer(_gateway_answer(header, kind, code, words, told, wrong=due == "follow_up_wrong_echo"), namespace)


def _act(
    world: World, kind: str, header: etree._Element | None, details: etree._Element | None, due: str
) -> soap.Fields:
    """Do what the request is for and give the details of the answer. Raises Refused."""
    names = ("MerchantID", "PosID", "AcquirerID", "User", "Password")
    bank.check_merchant(*(soap.text(header, "MerchantInfo", name) for name in names))
    merchant = soap.text(header, "MerchantInfo", "MerchantID")
    if kind == "FOLLOW_UP":
        return _follow_up(world, merchant, soap.text(details, "MerchantReference"), due)
    if kind in ("VOIDREQUEST", "REFUND"):
        return _give_back(world, kind, merchant, details)
    raise bank.Refused("2001", "Invalid value in field RequestType")


def _follow_up(world: World, merchant: str, reference: str, due: str) -> soap.Fields:
    """What became of the reference; nothing at all when nobody ever tried to pay it."""
    tries = [one for one in bank.charges_of(world, reference, merchant) if one.state != "OPEN"]
    for one in tries:
        bank.settle(world, one)
    paid = [one for one in tries if one.state == "PAID" and not one.reversal] or [one for one in tries if one.sale]
    if due == "follow_up_no_answer":
        raise bank.Refused("1010", "No final answer yet")
    if not paid or due == "follow_up_not_found":
        return ()
    found = next((one for one in paid if one.state == "PAID"), paid[-1])
    if found.state == "PENDING":
        raise bank.Refused("1010", "No final answer yet")
    other = "OB-WRONG-ECHO" if due == "follow_up_wrong_echo" else found.reference
    return _told(found, other)


def _told(charge: Charge, reference: str) -> soap.Fields:
    decided = (charge.decided_at or now()).astimezone(ATHENS)
    card = charge.method == "CARD"
    return (
        ("StatusFlag", bank.FLAGS[charge.state]),
        ("ResponseCode", charge.response_code),
        ("ResponseDescription", bank.DESCRIPTIONS.get(charge.response_code, "")),
        ("TransactionID", charge.sale),
        ("TransactionDateTime", f"{decided:%Y-%m-%dT%H:%M:%S}"),
        ("ApprovalCode", charge.approval),
        ("PackageNo", charge.package if card else ""),
        ("MerchantReference", reference),
        ("PaymentMethod", "Card" if card else "IRIS"),
        *(() if card else (("IRISTransactionID", hex32()), ("IRISStatus", "COMPLETED"))),
    )


def _give_back(world: World, kind: str, merchant: str, details: etree._Element | None) -> soap.Fields:
    """Void a whole sale while its package is open (the same day), or refund up to what is left of it."""
    sale = soap.text(details, "TransactionReferenceID")
    amount = soap.text(details, "Amount")
    charge = next((one for one in world.charges if one.sale == sale and one.merchant_id == merchant and sale), None)
    if charge is None or charge.state != "PAID" or charge.decided_at is None:
        raise bank.Refused("981", "Original sale not found")
    if not bank.AMOUNT.fullmatch(amount) or soap.text(details, "CurrencyCode") != "978":
        raise bank.Refused("2001", "Invalid value in field Amount")
    cents = int(amount.replace(".", ""))
    left = charge.cents - charge.reversed_cents
    same_day = charge.decided_at.astimezone(ATHENS).date() == now().astimezone(ATHENS).date()
    if kind == "VOIDREQUEST" and (not same_day or cents != charge.cents or left != charge.cents):
        raise bank.Refused("982", "The package is closed, or the sale was changed: refund instead")
    if not 0 < cents <= left:
        raise bank.Refused("983", "The amount exceeds what is left of the sale")
    charge.reversed_cents += cents
    charge.reversal = kind
    return (
        ("StatusFlag", "Success"),
        ("ResponseCode", "00"),
        ("TransactionID", str(world.next())),
        ("TransactionDateTime", f"{now().astimezone(ATHENS):%Y-%m-%dT%H:%M:%S}"),
        ("ApprovalCode", f"{world.next() % 1_000_000:06}"),
        ("PackageNo", charge.package),
        ("MerchantReference", soap.text(details, "MerchantReference")),
        ("PaymentMethod", "Card"),
    )


def _gateway_answer(
    header: etree._Element | None, kind: str, code: str, words: str, told: soap.Fields, *, wrong: bool
) -> str:
    echoed = [(name, soap.text(header, "MerchantInfo", name)) for name in ("AcquirerID", "MerchantID", "PosID")]
    echoed += [(name, soap.text(header, "MerchantInfo", name)) for name in ("ChannelType", "User")]
    if wrong:
        echoed[1] = ("MerchantID", "219999")
    head = soap.elements((("RequestType", kind), ("RequestMethod", "SYNCHRONOUS")))
    head += f"<MerchantInfo>{soap.elements(tuple(echoed))}</MerchantInfo>"
    head += soap.elements((("ResultCode", code), ("ResultDescription", words), ("SupportReferenceID", hex32()[:9])))
    details = f"<TransactionInfo>{soap.elements(told)}</TransactionInfo>" if told else ""
    return (
        f'<ProcessTransactionResponse xmlns="{GATEWAY}"><TransactionResponse xmlns="{GATEWAY_WORDS}">'
        f"<Header>{head}</Header><Body>{details}</Body></TransactionResponse></ProcessTransactionResponse>"
    )
