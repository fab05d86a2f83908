"""What the documents show, as plain frozen values.

The caller reads the database, decides what may be shown and hands over finished values; nothing in this package looks
anything up, calculates an amount or chooses a legal wording.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ProofComponent:
    """One part of a line: principal, surcharge, fine…, with one sentence saying why it is there (may be empty)."""

    name: str
    amount_cents: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One debt or instalment that was paid. `details` are short facts: reference, year, catalogue, instalment."""

    description: str
    amount_cents: int
    details: tuple[str, ...] = ()
    components: tuple[ProofComponent, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofPayment:
    """One time that money came: when, how much, how, and what the bank calls it (either may be empty)."""

    paid_at: datetime
    amount_cents: int
    means: str
    approval: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class ProofView:
    """The proof of payment (ανεπίσημη απόδειξη) of one paid order. Every text is shown as it is, never as markup.

    `lines` are what the money counted against; `uncounted_cents` is what counted against no debt, and is said as such.
    `payments`, where there were several, are listed each with its moment; they sum to `amount_cents`.

    `language` is "el" or "en"; `municipality` the full name in that language ("Δήμος Ιωαννιτών"); `paid_at` an aware
    instant, printed as Athens time and used as the document's own date, so equal views give equal bytes.
    `means` is a finished phrase ("Κάρτα Visa με τελευταία ψηφία 4242"). `payer_afm` is printed with its first five
    digits hidden unless `afm_in_full`. `next_steps` replaces the standard sentence about the official receipt.
    `asked_cents`: what had been asked, where less than that came and all of it counted; else 0. `late`: the money came
    after the last day of what had been asked. Neither is called the end of it.
    `sold`: it paid for tickets or a certificate, not for a debt of somebody's.
    `verify_url`, when given, goes into the QR in place of the bare reference. `logo` is an SVG or PNG file's bytes.
    """

    language: str
    municipality: str
    phone: str
    reference: str
    paid_at: datetime
    payer: str
    amount_cents: int
    means: str
    lines: tuple[ProofLine, ...]
    payer_afm: str = ""
    afm_in_full: bool = False
    bank: str = ""
    approval: str = ""
    rf_code: str = ""
    official_receipt: str = ""
    next_steps: tuple[str, ...] = ()
    verify_url: str = ""
    logo: bytes = b""
    uncounted_cents: int = 0
    payments: tuple[ProofPayment, ...] = ()
    sold: bool = False
    asked_cents: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True)
class ClearanceLine:
    """Something open that a certificate of no debt names: not due yet, with its last day and today's amount."""

    description: str
    about: str
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class ClearanceView:
    """A certificate of no debt (βεβαίωση μη οφειλής), finished. `code` as printed; `issued_at` is the document's own date.

    `debts_as_of`: the moment for which the municipality had told its debts. `unapplied_cents` and `undecided` (orders) are
    said when they are not 0. `domain` is our bare address, `verify_url` goes into the QR, `logo` is a PNG's bytes.
    """

    language: str
    municipality: str
    phone: str
    code: str
    holder: str
    afm: str
    issued_at: datetime
    debts_as_of: datetime
    valid_until: date
    domain: str
    verify_url: str
    named: tuple[ClearanceLine, ...] = ()
    unapplied_cents: int = 0
    undecided: int = 0
    logo: bytes = b""
