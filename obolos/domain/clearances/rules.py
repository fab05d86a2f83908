"""Whether somebody owes nothing that stands in the way of a clearance. Pure: amounts and dates in, a decision out.

Municipal law leaves it to the municipality which open debts a certificate may pass over, so that is its own setting:
overdue and uncertified amounts always stand in the way; amounts not due yet are named in the certificate, or stand in the
way too (`Rule.not_due_blocks`). Nothing is certified on old news.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from obolos.base.printed import CLEARANCE_PREFIX


class Why(StrEnum):
    """What stands in the way."""

    OVERDUE = "OVERDUE"
    UNCERTIFIED = "UNCERTIFIED"
    NOT_DUE = "NOT_DUE"
    NOT_OFFERED = "NOT_OFFERED"
    NEVER_TOLD = "NEVER_TOLD"
    OLD_NEWS = "OLD_NEWS"


@dataclass(frozen=True, slots=True)
class Rule:
    """A municipality's rule; these defaults hold where it set none."""

    offered: bool = True
    valid_days: int = 30
    not_due_blocks: bool = False
    known_within_days: int = 31


@dataclass(frozen=True, slots=True)
class OpenAmount:
    """Something open: what it is, until when it was or is due (after the calendar), what it costs today in cents.

    `kind` is CERTIFIED, ARRANGED or UNCERTIFIED; whether it can be paid online makes no difference here.
    """

    title_el: str
    title_en: str
    about: str
    kind: str
    due_on: date
    cents: int

    def title(self, language: str) -> str:
        """What it is, in «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


@dataclass(frozen=True, slots=True)
class Decision:
    """`blocking`: (why, amount) of everything in the way; `refused`: a reason beyond amounts; `named`: open, not in the way."""

    blocking: tuple[tuple[Why, OpenAmount], ...]
    named: tuple[OpenAmount, ...]
    refused: Why | None = None

    @property
    def clear(self) -> bool:
        """Whether the certificate can be issued."""
        return self.refused is None and not self.blocking


def decide(amounts: Sequence[OpenAmount], rule: Rule, *, as_of: datetime | None, now: datetime, on: date) -> Decision:
    """What stands in the way at `now` (legal date `on`), given when the municipality last told its debts (`as_of`)."""
    sorted_out = [(why_in_the_way(one, rule, on), one) for one in amounts]
    return Decision(
        blocking=tuple((why, one) for why, one in sorted_out if why),
        named=tuple(one for why, one in sorted_out if not why),
        refused=_refusal(rule, as_of, now),
    )


def why_in_the_way(amount: OpenAmount, rule: Rule, on: date) -> Why | None:
    """Uncertified amounts always are, the others from the day after their due date on; before, as the rule says."""
    if amount.kind == "UNCERTIFIED":
        return Why.UNCERTIFIED
    if on > amount.due_on:
        return Why.OVERDUE
    return Why.NOT_DUE if rule.not_due_blocks else None


def _refusal(rule: Rule, as_of: datetime | None, now: datetime) -> Why | None:
    if not rule.offered:
        return Why.NOT_OFFERED
    if as_of is None:
        return Why.NEVER_TOLD
    return Why.OLD_NEWS if now - as_of > timedelta(days=rule.known_within_days) else None


def last_day(rule: Rule, on: date) -> date:
    """Last day of validity: issued on the 22nd and valid for 30 days, it holds until the 22nd + 30."""
    return on + timedelta(days=rule.valid_days)


def shown_code(code: str) -> str:
    """A code as printed: BE-7K2M-94QX-3FDR-8ZTW."""
    return "-".join((CLEARANCE_PREFIX, *(code[at : at + 4] for at in range(0, len(code), 4))))
