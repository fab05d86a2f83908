"""Speaking to a sandbox as the product would, without the product: envelopes written here, answers as plain values."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from lxml import etree

from tests.support.stacks import Sandbox

CODE = "9083"
SILENCE_SECONDS = 1.0


@dataclass
class Portal:
    """Takes callbacks; answers DIAS with `says` ("" = accepted)."""

    port: int = 0
    says: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Outside(Sandbox):
    """The running sandbox with its folder and its portal."""

    folder: Path = Path()
    portal: Portal = field(default_factory=Portal)

    def ticket(self, reference: str, **changes: str) -> dict[str, str]:
        """Ask for a ticket; the answer's elements by name."""
        return soap(f"{self.address}/piraeus/services/tickets/issuer.asmx", ticket_request(reference, **changes))

    def follow_up(self, reference: str, code: str = CODE) -> dict[str, str]:
        """Ask what became of a reference; the answer's elements by name."""
        return soap(
            f"{self.address}/piraeus/services/paymentgateway.asmx", gateway_request("FOLLOW_UP", code, reference)
        )

    def pay(self, reference: str, outcome: str = "approve", **more: Any) -> Any:
        """Ask for a ticket unless told otherwise, and let the outcome happen."""
        return self.post("bank/pay", reference=reference, outcome=outcome, **more)


def digest_of(code: str) -> str:
    return hashlib.md5(f"demo-piraeus-{code}".encode()).hexdigest()


def ticket_request(reference: str, code: str = CODE, **changes: str) -> str:
    """An IssueNewTicket envelope; `changes` replace fields."""
    fields = {
        "Username": f"OB{code}", "Password": digest_of(code), "MerchantId": f"21{code}", "PosId": f"99{code}",
        "AcquirerId": "14", "MerchantReference": reference, "RequestType": "02", "ExpirePreauth": "0",
        "Amount": "12.34", "CurrencyCode": "978", "Installments": "0", "Bnpl": "0", "Parameters": "MyParam",
    } | changes  # fmt: skip
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return envelope(
        f'<IssueNewTicket xmlns="http://piraeusbank.gr/paycenter/redirection"><Request>{inner}</Request></IssueNewTicket>'
    )


def gateway_request(kind: str, code: str, reference: str, details: str = "") -> str:
    """A ProcessTransaction envelope."""
    return envelope(
        '<ProcessTransaction xmlns="http://piraeusbank.gr/paycenter">'
        '<TransactionRequest xmlns="http://piraeusbank.gr/paycenter/1.0"><Header>'
        f"<RequestType>{kind}</RequestType><RequestMethod>SYNCHRONOUS</RequestMethod><MerchantInfo>"
        f"<AcquirerID>GR014</AcquirerID><MerchantID>21{code}</MerchantID><PosID>99{code}</PosID>"
        f"<ChannelType>eCommerce</ChannelType><User>OB{code}</User><Password>{digest_of(code)}</Password>"
        f"</MerchantInfo></Header><Body><TransactionInfo><MerchantReference>{reference}</MerchantReference>{details}"
        "</TransactionInfo></Body></TransactionRequest></ProcessTransaction>"
    )


def envelope(body: str, namespace: str = "http://schemas.xmlsoap.org/soap/envelope/") -> str:
    return f'<s:Envelope xmlns:s="{namespace}"><s:Body>{body}</s:Body></s:Envelope>'


def soap(url: str, content: str) -> dict[str, str]:
    """Post an envelope; every leaf of the answer by its local name."""
    answer = httpx.post(url, content=content.encode(), headers={"Content-Type": "text/xml"}, timeout=5)
    answer.raise_for_status()
    root = etree.fromstring(answer.content)
    return {etree.QName(one).localname: one.text or "" for one in root.iter() if len(one) == 0}
