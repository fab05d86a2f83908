"""Debts of the demo as plain values, before they become rows."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment, in cents as a municipality's system would say them; see `Instalment`."""

    due_on: date
    principal_cents: int
    elsewhere_cents: int = 0
    written_off_cents: int = 0
    added_cents: int | None = None
    surcharge_cents: int | None = None
    surcharge_as_of: date | None = None

    @property
    def open_cents(self) -> int:
        """What is still to be paid of the principal."""
        return max(0, self.principal_cents - self.written_off_cents - self.elsewhere_cents)


@dataclass(frozen=True, slots=True)
class DemoDebt:
    """One debt of one person in one municipality. `rev_code` is also the code of its revenue kind.

    `detail` follows the kind's name in the description, e.g. «παροχή 40-1187, 6ο δίμηνο 2026».
    """

    code: str
    afm: str
    kind: str
    rev_code: str
    year: int
    detail: str
    parts: tuple[Part, ...]
    certified_on: date | None = None
    violation_on: date | None = None
    ticket_no: str = ""
    plate: str = ""
