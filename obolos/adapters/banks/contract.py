"""What every acquiring bank's adapter can do, in words that are the same for all banks.

An adapter starts a payment, reads the payer's return and asks the bank for the outcome. It knows no order, no debt
and no database; it must never decide an amount (`Charge.amount_cents` is the caller's own record) and must never
report a verdict that rests on values the bank did not sign or did not hand to us itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

Params = Mapping[str, str | Sequence[str]]
"""What a browser brought back: each name with all its values, in the order received. A QueryDict may be given as is."""


def all_values(params: Params) -> dict[str, tuple[str, ...]]:
    """Each name with every value that came under it; plain mapping access to a QueryDict would hide repeated names."""
    lists = getattr(params, "lists", params.items)
    return {name: (values,) if isinstance(values, str) else tuple(values) for name, values in lists()}


class Verdict(StrEnum):
    """What is known about one attempt. UNVERIFIED changes nothing and makes the caller ask the bank."""

    PAID = "PAID"
    PENDING = "PENDING"
    DECLINED = "DECLINED"
    UNVERIFIED = "UNVERIFIED"


@dataclass(frozen=True)
class Charge:
    """One attempt to collect `amount_cents` euro cents under our own `reference`, unique per attempt for ever.

    `parameters` is an opaque text the bank echoes (and usually signs). `mobile` is a national or `+`-prefixed number.
    `language` is a two-letter code of the bank's page. Empty text means "not known"; it is then not sent.
    """

    reference: str
    amount_cents: int
    language: str
    parameters: str = ""
    email: str = ""
    mobile: str = ""
    cardholder: str = ""


@dataclass(frozen=True)
class Started:
    """The bank is ready. `ticket` may be the key of its signature: store it encrypted, never send it to a browser."""

    ticket: str = field(repr=False)
    expires_in_seconds: int


@dataclass(frozen=True)
class RedirectForm:
    """The form the payer's browser posts to the bank: address and hidden fields, in order. Holds no secret."""

    action: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BankAnswer:
    """What the bank said about one attempt, by a signed return or by our own question.

    `message_key` identifies the message: SHA-256 (hex) over the values the bank signed, or over the values we read
    from the bank; unsigned values never enter it. `bank_txn` and `paid_at` hold signed or re-read values only.
    `amount_cents` is what the bank itself stated, else None. `reason` is a machine word (see the constants below).
    `confirmed_not_charged` is True only when the bank said so under its signature or in answer to our question;
    nothing else may tell a payer "you were not charged". `decoded` holds every value received, signed or not, for the
    record only. `raw` is the message as received, without secrets.
    """

    verdict: Verdict
    reference: str
    message_key: str
    amount_cents: int | None = None
    bank_txn: str = ""
    approval: str = ""
    reason: str = ""
    paid_at: datetime | None = None
    decoded: dict[str, str] = field(default_factory=dict)
    raw: str = ""
    confirmed_not_charged: bool = False


# Reasons of a BankAnswer.
APPROVED = "APPROVED"
DECLINED = "DECLINED"
TECHNICAL = "TECHNICAL"
NO_SIGNATURE = "NO_SIGNATURE"
BAD_SIGNATURE = "BAD_SIGNATURE"
MALFORMED = "MALFORMED"
ALREADY_SUCCEEDED = "ALREADY_SUCCEEDED"
NO_FINAL_ANSWER = "NO_FINAL_ANSWER"
NOT_FOUND = "NOT_FOUND"
ECHO_MISMATCH = "ECHO_MISMATCH"
UNKNOWN_ANSWER = "UNKNOWN_ANSWER"


class BankUnavailable(Exception):
    """The bank could not be reached or gave no usable answer. Nothing is known; ask again later."""


class BankRefused(Exception):
    """The bank answered and said no. `code` is its own result code; the text is for staff, never for payers."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(f"{code} {description}".strip())
        self.code = code
        self.description = description


AccountT_contra = TypeVar("AccountT_contra", contravariant=True)


class Bank(Protocol[AccountT_contra]):
    """One bank's protocol. `account` is that bank's own frozen dataclass of a municipality's credentials."""

    name: str

    def start(self, account: AccountT_contra, charge: Charge) -> Started:
        """Announce the charge to the bank (network). Raises BankUnavailable or BankRefused."""
        ...

    def redirect_form(self, account: AccountT_contra, charge: Charge) -> RedirectForm:
        """The form that takes the payer to the bank. Pure."""
        ...

    def reference_in(self, params: Params) -> str | None:
        """Our attempt reference as the message claims it, for look-up only; None when absent or not of our shape."""
        ...

    def read_return(self, account: AccountT_contra, ticket: str, params: Params) -> BankAnswer:
        """What the payer's return proves, given the attempt's own ticket. Pure, never raises on hostile input."""
        ...

    def query(self, account: AccountT_contra, reference: str) -> BankAnswer:
        """Ask the bank what became of the attempt (network). Raises BankUnavailable."""
        ...
