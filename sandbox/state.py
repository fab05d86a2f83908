"""Everything the sandbox remembers, in memory only, and the small values all its actors need.

Numbers start from the clock, so that ids given before a restart are not given again after it.
"""

import itertools
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.settings import Settings

ATHENS = ZoneInfo("Europe/Athens")

#: What each actor can be told to do wrong. The bank's outcomes join its own list in `bank_outcomes`.
FAULTS: dict[str, dict[str, str]] = {
    "bank": {
        "ticket_refused": "refuses to issue a ticket (ResultCode 500)",
        "ticket_timeout": "gives no answer to IssueNewTicket",
        "follow_up_timeout": "gives no answer to FOLLOW_UP",
        "follow_up_no_answer": "answers FOLLOW_UP with 1010: no final answer yet",
        "follow_up_not_found": "answers FOLLOW_UP as if it had never seen the reference",
        "follow_up_wrong_echo": "answers FOLLOW_UP about another merchant's reference",
    },
    "dias": {
        "no_answer": "does not hear the answer of the organisation: no money moves",
        "duplicate_online": "asks the same question twice, with the same RID",
        "wrong_amount": "passes on one cent more than the payer gave",
    },
    "erp": {
        "timeout": "gives no answer and books nothing",
        "error_500": "answers 500 and books nothing",
        "refused": "refuses the payment",
        "pending": "takes the payment without a receipt yet",
        "lost_answer": "books the payment and gives no answer",
        "dropped_answer": "books the payment and drops the connection in the middle of its answer",
        "slow": "answers about debts, changes and holds only after `seconds` (3)",
        "down": "answers 503 about debts, changes and holds",
        "hang_up": "drops the connection when asked about debts, changes and holds",
        "malformed": "answers about debts and changes with half a JSON document",
        "wrong_types": "tells principals as text in euro",
        "negative": "tells negative principals",
        "stranger": "tells a debt of somebody else, of a revenue code that the municipality does not have",
        "older": "tells an older version of each debt, with another amount",
        "same_version": "tells the same version of each debt, with another amount",
        "hold_changed": "finds, when asked to hold debts, that they cost a euro more by now",
    },
    "mail": {"refuse": "refuses the message for now (451)", "refuse_for_good": "knows no such mailbox (550)"},
    "sms": {"refuse": "refuses the message for now (503)", "refuse_for_good": "knows no such number (400)"},
    "idp": {
        "denied": "sends the person back with access_denied",
        "wrong_state": "sends the person back with another state",
        "slow_token": "takes longer over the token than anybody waits",
        "malformed": "sends user info that is not XML",
        "hostile_xml": "sends user info with entities that grow without end",
    },
}


@dataclass
class Fault:
    """One misbehaviour that is still to come, `times` times; only where `match` is part of what it is about."""

    actor: str
    fault: str
    times: int
    match: str = ""
    #: How slow «slow» is.
    seconds: float = 3.0


@dataclass
class Charge:
    """One ticket of the bank and what became of it. `state`: OPEN, PENDING, PAID or FAILED."""

    ticket: str
    page_key: str
    merchant_id: str
    pos_id: str
    user: str
    reference: str
    cents: int
    parameters: str
    issued_at: datetime
    language: str = "el-GR"
    back_link: str = ""
    referrer: str = ""
    state: str = "OPEN"
    response_code: str = ""
    sale: str = ""
    approval: str = ""
    package: str = ""
    support: str = ""
    method: str = "CARD"
    decided_at: datetime | None = None
    final_at: datetime | None = None
    reversed_cents: int = 0
    reversal: str = ""


@dataclass
class RfPayment:
    """Money that moved through DIAS and stands in the organisation's next day file."""

    rid: str
    sale: str
    rf: str
    organisation: str
    cents: int
    paid_at: datetime
    by: str
    filed: str = ""


@dataclass
class Letter:
    """A caught e-mail."""

    number: int
    at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    attachments: tuple[tuple[str, str, bytes], ...]


@dataclass
class Sms:
    """A caught SMS."""

    number: int
    at: datetime
    to: str
    sender: str
    text: str
    key: str = ""


@dataclass
class Booked:
    """What an ERP was told under one Idempotency-Key, and what it answered."""

    code: str
    kind: str
    key: str
    at: datetime
    body: dict[str, object]
    digest: str
    answer: dict[str, object]
    seen: int = 0


@dataclass
class ErpDebt:
    """A debt as a financial system keeps it: a row per instalment, and the number of its last change."""

    code: str
    rows: list[dict[str, Any]]
    change: int


@dataclass
class Hold:
    """What a financial system keeps free for an order."""

    code: str
    order: str
    until: str
    lines: list[dict[str, Any]]


@dataclass
class Grant:
    """A one-time code or a token of the identity provider and whom it stands for."""

    client_id: str
    redirect_uri: str
    person: dict[str, str]
    until: float


@dataclass
class World:
    """All of it. One event loop uses it, so nothing is locked."""

    settings: Settings
    faults: list[Fault] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    charges_by_reference: dict[str, list[Charge]] = field(default_factory=dict)
    charges_by_page: dict[str, Charge] = field(default_factory=dict)
    rf_payments: list[RfPayment] = field(default_factory=list)
    questions: dict[str, RfPayment] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    messages: list[Sms] = field(default_factory=list)
    booked: dict[tuple[str, str, str], Booked] = field(default_factory=dict)
    erp_debts: dict[tuple[str, str], ErpDebt] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Grant] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(int(time.time())))

    def next(self) -> int:
        """A number never given before, ten digits."""
        return next(self.numbers)

    def remember(self, charge: Charge) -> None:
        """Keep a ticket, to be found by reference and by page without looking through all of them."""
        self.charges.append(charge)
        self.charges_by_reference.setdefault(charge.reference, []).append(charge)
        self.charges_by_page[charge.page_key] = charge

    def take_fault(self, actor: str, among: Iterable[str], about: str = "") -> str:
        """The first fault among these that is due now, counted down; empty when the actor behaves."""
        found = self.find_fault(actor, among, about)
        return found.fault if found else ""

    def find_fault(self, actor: str, among: Iterable[str], about: str = "") -> Fault | None:
        """As `take_fault`, with all that was said about the fault."""
        wanted = set(among)
        for fault in self.faults:
            if fault.actor == actor and fault.fault in wanted and fault.match in about:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def forget(self) -> None:
        """As if just started, except that numbers go on."""
        for kept in (self.faults, self.charges, self.rf_payments, self.letters, self.messages):
            kept.clear()
        for named in (self.questions, self.booked, self.erp_debts, self.holds, self.codes, self.tokens):
            named.clear()
        self.charges_by_reference.clear()
        self.charges_by_page.clear()


def now() -> datetime:
    """This instant, aware."""
    return datetime.now(UTC)


def hex32() -> str:
    """32 hex digits nobody can guess."""
    return secrets.token_hex(16)


def euro(cents: int) -> str:
    """`12.34`: how every protocol here writes money."""
    return f"{cents // 100}.{cents % 100:02}"


def euro_el(cents: int) -> str:
    """`1.234,56 €`: how people read it."""
    whole = f"{cents // 100:,}".replace(",", ".")
    return f"{whole},{cents % 100:02}\N{NO-BREAK SPACE}€"
