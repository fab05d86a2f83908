"""What a notice (ειδοποιητήριο) and a sheet of fine slips show, as plain frozen values. Finished: nothing is computed."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class NoticeInstalment:
    """One open instalment. Cents. `today_cents` is the sum of the parts before it, and of `vat_cents`.

    `number` of `of`; 1 of 1 is shown as no instalment. `same_until`: last day on which `today_cents` holds; None when no
    rule changes it. `later_cents`: what is owed from the day after; None when nobody can say it yet. `rf` may be empty:
    then it is paid by the pay code only.
    """

    number: int
    of: int
    due_on: date
    overdue: bool
    principal_cents: int
    surcharge_cents: int
    discount_cents: int
    other_cents: int
    today_cents: int
    same_until: date | None = None
    later_cents: int | None = None
    rf: str = ""
    #: What the code is good for. Never another amount than the one at the bank.
    rf_cents: int = 0
    rf_until: date | None = None
    #: Value added tax (ΦΠΑ); other lines that are added stand in `other_cents`.
    vat_cents: int = 0


@dataclass(frozen=True, slots=True)
class NoticeDebt:
    """One debt with its open instalments. `about` are short facts: plate, roll. `code` is its pay code, 16 characters.

    `guest`: whether it may be paid without signing in. `remark`: BY_SLIP when money came that may be for it: then it
    names no instalment, amount or code, for nothing is asked; OBJECTED when its debtor waits for an answer about it.
    """

    title: str
    about: str
    code: str
    today_cents: int
    instalments: tuple[NoticeInstalment, ...]
    guest: bool = True
    remark: str = ""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice to one debtor. `afm` is printed with all but its last four digits hidden, always.

    Paper lies on desks and in letter boxes: name and debt tell the addressee that it is his, the last digits tell
    namesakes apart, and nobody else gets a number to use.
    """

    reference: str
    name: str
    afm: str
    made_at: datetime
    today_cents: int
    debts: tuple[NoticeDebt, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends notices or slips, the same on each sheet. `portal` is the bare domain, `portal_url` begins each QR."""

    language: str
    municipality: str
    phone: str
    portal: str
    portal_url: str
    logo: bytes = b""
