"""What a piece of paid evidence means by law: which day counts as paid, and whether it has an effect (R22).

Pure decisions; uniqueness itself is held by the database, under a lock.
"""

from datetime import date, datetime
from enum import StrEnum

from obolos.base.dates import athens_date
from obolos.domain.debts.rules.kinds import PaidOn


class Means(StrEnum):
    """How money came: by card, by RF code, by bank transfer, in cash."""

    CARD = "CARD"
    RF = "RF"
    TRANSFER = "TRANSFER"
    CASH = "CASH"


class Effect(StrEnum):
    """APPLY: counts against debts. REPEAT: already counted, nothing happens. UNAPPLIED: money without a debt."""

    APPLY = "APPLY"
    REPEAT = "REPEAT"
    UNAPPLIED = "UNAPPLIED"


class PaymentDateMissing(ValueError):
    """The evidence lacks the date that its means of payment is judged by."""


def payment_date(rule: PaidOn, means: Means, *, paid_at: datetime | None = None, value_on: date | None = None) -> date:
    """The legal date of payment, in Athens.

    BY_MEANS: card and cash = the instant of the charge or the receipt; RF = the instant the payer's bank reports, never
    the booking or file date; transfer = value date. VALUE_DATE: the value date for every means.
    PaymentDateMissing when that date is not given.
    """
    if rule is PaidOn.VALUE_DATE or means is Means.TRANSFER:
        if value_on is None:
            raise PaymentDateMissing(f"{means} without a value date")
        return value_on
    if paid_at is None:
        raise PaymentDateMissing(f"{means} without an instant of payment")
    return athens_date(paid_at)


def effect_of(*, bank_id_known: bool, order_settled: bool) -> Effect:
    """R22: the same bank id has one effect; another id for a settled order is credit waiting for a person."""
    if bank_id_known:
        return Effect.REPEAT
    return Effect.UNAPPLIED if order_settled else Effect.APPLY
