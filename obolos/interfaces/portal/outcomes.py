"""Every way in which a payment can end or stand still, in words for its payer: was I charged, why, what do I do now.

One catalogue for pages in both languages. «You were not charged» is said only where nothing was begun, or where the bank
itself said so; where we do not know we say that we do not know. Wording: what happened, then what to do, never blame.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from obolos.base.dates import athens_date
from obolos.flows.order_status import OrderView

#: After so long a wait the page says that it takes longer than usual.
LONG_WAIT = timedelta(minutes=10)


class Charged(StrEnum):
    """Whether money left the payer's account, as far as anybody told us."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`cause` names it for tests and for staff on the telephone; `why` and `next_step` are sentences."""

    cause: str
    charged: Charged
    title: str | Promise
    why: str | Promise
    next_step: str | Promise


_DONE, _MADE_NOT = _("Payment complete"), _("The payment was not made")
_RECEIVED, _WAIT = _("We received your payment"), _("We are waiting for the bank")
_OTHER = _("Try another card or an RF code.")
_SAFE = _("The money is safe there and a person deals with it. Call if you want to ask.")
_NO_FURTHER = _("You need to do nothing else.")
_LEFT = _("What is left stays open: pay it with a new code or by card.")
_CLOSED_SINCE = _("Nothing of it is open any more.")
_WE_WRITE = _("Do not pay again. We ask the bank ourselves and write to you as soon as it answers.")
#: The same to somebody who left no address.
_WE_SHOW = _("Do not pay again. We ask the bank ourselves. This page says what it answers.")


def _all() -> dict[str, Outcome]:
    no, yes, unknown = Charged.NO, Charged.YES, Charged.UNKNOWN
    rows: tuple[tuple[str, Charged, str | Promise, str | Promise, str | Promise], ...] = (
        # Paid.
        ("PAID", yes, _DONE, _("The bank confirmed your payment."), _NO_FURTHER),
        ("PAID_LATE", yes, _DONE, _("You paid after the code's last day. Your payment counts all the same."), _NO_FURTHER),
        ("PAID_LESS", yes, _RECEIVED, _("The amount paid was less than the amount asked. It counts in full."), _LEFT),
        ("MONEY_TOO_MUCH", yes, _RECEIVED, _("More was paid than was owed by then."), _SAFE),
        ("MONEY_WITHOUT_DEBT", yes, _RECEIVED, _("The debt had been paid or changed meanwhile, so the money fits nothing."),
         _SAFE),
        ("MONEY_FOR_VOID", yes, _RECEIVED,
         _("The municipality had declared this ticket void, so the money does not count for it."), _SAFE),
        # Waiting.
        ("AT_BANK", unknown, _WAIT, _("The bank's page is still open for this payment."), _WE_WRITE),
        ("LEFT_BANK", unknown, _WAIT, _("You came back from the bank's page without paying there, as it seems."),
         _("If you did not give your card there, nothing was charged: go back to the bank's page or choose another way.")),
        ("CHECKING", unknown, _WAIT, _("You are back, but the bank's answer does not prove anything yet."), _WE_WRITE),
        ("TRANSFER", unknown, _WAIT, _("The bank has taken your transfer and has not finished it."), _WE_WRITE),
        ("LONG_WAIT", unknown, _WAIT, _("It takes longer than usual."),
         _("Do not pay again. We keep asking; if you were charged, your payment counts from the moment you paid.")),
        ("PAID_MEANWHILE", unknown, _("Paid meanwhile: do not pay at the bank"),
         _("What you began to pay has been paid meanwhile, or the municipality closed it."),
         _("If you did not give your card at the bank, nothing was charged: close its page. If you did, the money is not "
           "lost: the municipality gives it back or sets it off, and this page says so as soon as the bank answers.")),
        # Declined, each for a reason that the bank gave.
        ("DECLINED", no, _MADE_NOT, _("The bank did not approve the card."), _OTHER),
        ("DECLINED_FUNDS", no, _MADE_NOT, _("There was not enough money on the card."), _OTHER),
        ("DECLINED_LIMIT", no, _MADE_NOT, _("The amount is above the card's limit."),
         _("Raise the limit in your bank's app, or pay with another card or an RF code.")),
        ("DECLINED_EXPIRED_CARD", no, _MADE_NOT, _("The card has expired."), _OTHER),
        ("DECLINED_CARD_DETAILS", no, _MADE_NOT, _("The bank does not know this card number."),
         _("Look at the number and try again, or pay with an RF code.")),
        ("DECLINED_SECURITY_CODE", no, _MADE_NOT, _("The three digits on the back of the card were not right."),
         _("Look at them and try again.")),
        ("DECLINED_BLOCKED", no, _MADE_NOT, _("The card is blocked by its bank."),
         _("Call the card's bank, or pay with another card or an RF code.")),
        ("DECLINED_NOT_PERMITTED", no, _MADE_NOT, _("This card may not be used on the internet."),
         _("Allow it in your bank's app, or pay with another card or an RF code.")),
        ("DECLINED_SUSPECTED", no, _MADE_NOT, _("The card's bank stopped the payment to protect you."),
         _("Call the card's bank, or pay with an RF code.")),
        ("DECLINED_TRIES", no, _MADE_NOT, _("There were too many tries with this card."),
         _("Wait a day, or pay with another card or an RF code.")),
        ("DECLINED_ISSUER_DOWN", no, _MADE_NOT, _("The bank that issued the card does not answer."),
         _("Try again in an hour, or pay with another card or an RF code.")),
        ("DECLINED_NOT_AUTHENTICATED", no, _MADE_NOT, _("The payment was not confirmed in the bank's app or by its code."),
         _("Try again and confirm it when your bank asks.")),
        ("DECLINED_INVALID", no, _MADE_NOT, _("Something went wrong at the bank."), _OTHER),
        ("NOT_FOUND", no, _MADE_NOT, _("You left the bank's page before paying."), _("Start again when you like.")),
        ("NO_FINAL_ANSWER", unknown, _("The bank did not answer us"), _("We asked it many times and got no final answer."),
         _("Look at your card's account before you pay another way, or call. If money came, it is counted.")),
        # RF codes. Some banks report a working day later, so we never claim that nobody paid.
        ("RF_OPEN", unknown, _("Your RF code"), _("No payment of this code has reached us yet."),
         _("Pay it at any bank until its last day.")),
        ("RF_LAST_DAY", unknown, _("Your RF code"),
         _("No payment of this code has reached us yet, and today is its last day."),
         _("Pay it today by web banking, ATM or at a counter.")),
        ("RF_CLOSED", unknown, _("Nothing is left to pay: do not pay this code"),
         _("What this code was for has been paid another way, or the municipality cancelled it."),
         _("Banks refuse the code from now on. If you have paid it all the same, the money is not lost: the municipality "
           "deals with it.")),
        ("RF_CHANGED", unknown, _("Do not pay this code: its amount has changed"),
         _("Part of what it was for has been paid another way, or the municipality changed it."),
         _("Banks refuse the code from now on. See what is open today and take a new one.")),
        ("EXPIRED", unknown, _("This payment has expired"), _("Its amount is no longer the right one."),
         _("If you have paid already, the money is not lost: it is counted when the bank reports it. Otherwise see "
           "today's amount.")),
        ("EVENT_CANCELLED", unknown, _("The event was cancelled"), _("Do not pay for it any more."),
         _("Banks refuse an RF code for it. If you have paid already, the money is not lost: the municipality gives it back, "
           "and this page says so as soon as it reaches us.")),
        # Not even begun.
        ("BANK_DOWN", no, _("The bank does not answer"), _("The payment did not start."),
         _("Try again in a few minutes, or take an RF code.")),
        ("BANK_REFUSED", no, _("The bank did not start the payment"), _("It refused the municipality's account."),
         _("Take an RF code, or call the municipality: trying again will not help today.")),
        ("AMOUNT", no, _("The amount has changed"), _("It is not what you saw before."),
         _("Look at the new amount and go on if you agree.")),
        ("GONE", no, _("This cannot be paid any more"), _("It was paid or changed meanwhile."),
         _("Look at what is open now.")),
        ("MEANS", no, _("This method cannot be used here"), _("The municipality does not take these debts this way."),
         _("Choose another method.")),
        ("FORM_USED", no, _("This page was used before"), _("The form on it has already begun another payment."),
         _("Look at the amount here and press the button again.")),
        ("UNDER_WAY", unknown, _("A payment is being checked"),
         _("A payment of these debts is still being checked with the bank."),
         _("If you gave your card there, do not pay again.")),
    )  # fmt: skip
    return {row[0]: Outcome(*row) for row in rows}


CATALOGUE = _all()

#: Reasons that earlier versions gave, or that say no more than another.
_SAME_AS = {"TECHNICAL": "DECLINED_INVALID"}


def outcome_of(
    order: OrderView,
    *,
    back: bool = False,
    left: bool = False,
    sold: bool = False,
    called_off: bool = False,
    now: datetime,
) -> Outcome:
    """How an order stands. `back`, `left`: the payer comes from the bank at this moment, with an answer or without.

    `sold`: it buys tickets or a certificate, whose own words say what became of them. `called_off`: of an event that was
    cancelled.
    """
    if called_off and order.phase not in {"PAID", "PART"}:
        found = CATALOGUE["EVENT_CANCELLED"]
        return replace(found, charged=Charged.NO) if order.phase == "FAILED" and order.not_charged else found
    cause = _cause(order, back, left, now)
    if order.phase == "WAITING" and order.paid_otherwise and order.paid_otherwise.wholly and not sold:
        cause = "PAID_MEANWHILE"
    found = CATALOGUE[cause]
    if found.next_step is _WE_WRITE and not (order.email or order.mobile):
        return replace(found, next_step=_WE_SHOW)
    if cause == "PAID_LATE" and order.left_cents:
        return replace(found, title=_RECEIVED, next_step=_LEFT)
    if cause == "PAID_LESS" and not order.left_cents:
        return replace(found, next_step=_CLOSED_SINCE)
    if order.phase == "FAILED" and found.charged is Charged.NO and not order.not_charged:
        return replace(CATALOGUE["NO_FINAL_ANSWER"], why=found.why)
    return found


def _cause(order: OrderView, back: bool, left: bool, now: datetime) -> str:
    if order.phase in {"PAID", "PART"}:
        return order.ending
    if order.phase == "WAITING":
        return _waiting(order, back, left, now)
    if order.phase == "RF":
        return "RF_LAST_DAY" if athens_date(now) == order.valid_until else "RF_OPEN"
    if order.phase == "CLOSED":
        return "RF_CLOSED" if order.paid_otherwise and order.paid_otherwise.wholly else "RF_CHANGED"
    if order.phase == "EXPIRED":
        return "EXPIRED"
    reason = _SAME_AS.get(order.reason, order.reason)
    return reason if reason in CATALOGUE else "DECLINED" if order.not_charged else "NO_FINAL_ANSWER"


def _waiting(order: OrderView, back: bool, left: bool, now: datetime) -> str:
    if now - order.created_at > LONG_WAIT:
        return "LONG_WAIT"
    if order.told == "NO_FINAL_ANSWER":
        return "TRANSFER"
    if left:
        return "LEFT_BANK"
    return "CHECKING" if back or order.told else "AT_BANK"
