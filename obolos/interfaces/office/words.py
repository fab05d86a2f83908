"""Machine words of states, reasons, acts and accounts in plain words, for staff. Unknown ones stay as they are."""

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from obolos.base.references import rf_format

_WORDS: dict[str, str | Promise] = {
    # states of orders, attempts, payments, bank messages, deliveries and files
    "OPEN": _("open"),
    "PAID": _("paid"),
    "PART": _("paid, but not as asked"),
    "FAILED": _("not made"),
    "EXPIRED": _("expired"),
    "VOIDED": _("voided"),
    "REDIRECTED": _("at the bank"),
    "UNKNOWN": _("bank undecided"),
    "DECLINED": _("declined"),
    "ABANDONED": _("given up"),
    "APPLIED": _("applied"),
    "PARTLY": _("partly applied"),
    "UNAPPLIED": _("not applied"),
    "CONFIRMED": _("confirmed"),
    "PENDING": _("waiting"),
    "REJECTED": _("rejected"),
    "SENT": _("sent"),
    "REFUSED": _("refused"),
    "PARKED": _("parked"),
    "POSTED": _("booked"),
    "CHECKING": _("being read"),
    "ASKING": _("asks before closing debts"),
    "DONE": _("taken in"),
    "ALREADY": _("taken in before"),
    # means, targets, sources
    "CARD": _("card"),
    "RF": _("RF code"),
    "DIAS": _("DIAS"),
    "PIRAEUS": _("Piraeus Bank"),
    "RETURN": _("the payer's return"),
    "QUERY": _("answer to our question"),
    "ONLINE": _("online message"),
    "FILE": _("day file"),
    "ERP": _("financial system"),
    "PAYER_EMAIL": _("payer, e-mail"),
    "PAYER_SMS": _("payer, SMS"),
    "EMAIL": _("e-mail"),
    "SMS": _("SMS"),
    "email": _("e-mail"),
    "sms": _("SMS"),
    # parts of an amount
    "PRINCIPAL": _("principal"),
    "SURCHARGE": _("surcharge"),
    "ADDED": _("added line"),
    "FINE": _("fine"),
    "COSTS": _("costs"),
    # kinds of debts
    "CERTIFIED": _("certified debt"),
    "ARRANGED": _("arranged in instalments"),
    "UNCERTIFIED": _("not certified yet"),
    # what people write about debts
    "OBJECTION": _("objection"),
    "NOT_MINE": _("«not mine»"),
    "CLOSED": _("closed"),
    # reasons
    "UNKNOWN_REFERENCE": _("no order has this reference"),
    "MORE_THAN_ASKED": _("more than was asked"),
    "DEBT_CLOSED_MEANWHILE": _("the debt had been paid or closed meanwhile"),
    "SLIP_VOID": _("the ticket had been declared void"),
    "ERP_REFUSED": _("the financial system refused"),
    "ERP_CONTRADICTS": _("the financial system contradicts itself"),
    "ANSWER_WRONG": _("an answer of it cannot be believed"),
    "SAME_VERSION_OTHER_CONTENT": _("the same version with another content"),
    "OVERCOLLECTED": _("more collected than owed"),
    "DIAS_UNCONFIRMED": _("no day file confirmed it"),
    "DIAS_AMBIGUOUS": _("several payments fit a line"),
    "BANK_CONTRADICTS": _("the bank contradicts itself"),
    "CERTIFICATE": _("certificate to make out"),
    "TO_BE_ISSUED": _("it was paid for"),
    "REFUND": _("money to give back"),
    "EVENT_CANCELLED": _("the event was cancelled"),
    "PAID_AFTER_CANCELLED": _("paid after the event was cancelled: to be given back"),
    "SALE": _("sale to look at"),
    "PAID_IN_PART": _("less was paid than it costs"),
    "DECLINED_FUNDS": _("declined: not enough money"),
    "DECLINED_LIMIT": _("declined: over the card's limit"),
    "DECLINED_EXPIRED_CARD": _("declined: the card has expired"),
    "DECLINED_CARD_DETAILS": _("declined: wrong card number"),
    "DECLINED_SECURITY_CODE": _("declined: wrong security code"),
    "DECLINED_BLOCKED": _("declined: the card is blocked"),
    "DECLINED_NOT_PERMITTED": _("declined: not for use online"),
    "DECLINED_SUSPECTED": _("declined: the bank suspects fraud"),
    "DECLINED_TRIES": _("declined: too many tries"),
    "DECLINED_ISSUER_DOWN": _("declined: the card's bank does not answer"),
    "DECLINED_NOT_AUTHENTICATED": _("declined: not confirmed by its holder"),
    "DECLINED_INVALID": _("declined: the bank could not carry it out"),
    "APPROVED": _("approved"),
    "MALFORMED": _("the message is malformed"),
    "ALREADY_SUCCEEDED": _("the bank says it was paid already"),
    "TECHNICAL": _("technical failure at the bank"),
    "BAD_SIGNATURE": _("the signature is wrong"),
    "NO_SIGNATURE": _("without a signature"),
    "NO_FINAL_ANSWER": _("the bank has no final answer yet"),
    "NOT_FOUND": _("the bank does not know it"),
    "ECHO_MISMATCH": _("the answer belongs to another question"),
    "UNKNOWN_ANSWER": _("the answer cannot be understood"),
    "SAME_PAYMENT": _("the same payment, told again"),
    "SAME_TRANSACTION": _("the same payment, told again"),
    "SEVERAL_PAYMENTS_FIT": _("several payments fit"),
    "FILE_SEEN_BEFORE": _("this file was read before"),
    "LINE_SEEN_BEFORE": _("this line was read before"),
    "EXTRA_FEE": _("an extra fee was charged"),
    "AMOUNT_DIFFERS": _("the amount differs"),
    "PAID_BELOW_ACKNOWLEDGED": _("the file says less was paid than the financial system acknowledged"),
    "MORE_THAN_OWED": _("more was collected here than the new amount"),
    "INSTALMENT_GONE": _("the new version has no such instalment any more"),
    "NO_DAY_FILE_LINE": _("two working days have passed without a line in a day file"),
    "IMPLAUSIBLE_DATE": _("the date of payment cannot be right"),
    "NOT_DELIVERED": _("not told: a fault of Obolos"),
    "INTERNAL_ERROR": _("a fault of Obolos; it is tried again by itself"),
    "internal": _("a fault of Obolos; it is tried again by itself"),
    "UNVERIFIED": _("not proven"),
    "PAYMENT": _("payment"),
    "NOTHING": _("nothing found"),
    # reminders
    "HELD_OUT": _("left out, to compare"),
    "SKIPPED": _("cannot be paid online"),
    "TOLD": _("reminded"),
    "PAID_MEANWHILE": _("paid meanwhile"),
    "AMOUNT_CHANGED": _("the amount changed meanwhile"),
    "OPTED_OUT": _("wants no reminders"),
    "NO_CONTACT": _("no confirmed address any more"),
    "TOO_LATE": _("could not be sent in time"),
    "NOT_NOW": _("was being paid just then"),
    "SWITCHED_OFF": _("reminders were switched off"),
    "QUIET_HOURS": _("waits for the morning"),
    "NO_MEANS": _("no way to pay it online"),
    # slips paid before their fine came
    "SLIP": _("a slip was paid before its fine came"),
    "FINE_MISSING": _("no fine with its number has arrived for a month"),
    "TWO_FINES": _("two fines have its number"),
    "PLATE_DIFFERS": _("the fine names another plate than the payer"),
    "FINE_CLOSED": _("the fine is closed already"),
    "LEFT_OVER": _("more was paid than the fine took"),
    "RATE_MISSING": _("a rate is missing"),
    "NO_FINE": _("there is no such fine"),
    "ENDED": _("it was decided already"),
    # why a pad is void
    "LOST": _("lost"),
    "STOLEN": _("stolen"),
    "DAMAGED": _("damaged"),
    "MISPRINTED": _("printed wrongly"),
    # what DIAS is told
    "AM05": _("nothing is left to pay"),
    "AM06": _("another amount than asked"),
    "MS03": _("the code is not ours"),
    "BE01": _("another payer"),
    "BE06": _("unknown payer"),
    "DT01": _("the code has expired or is void"),
    # roles and actors
    "CLERK": _("clerk"),
    "CASHIER": _("cashier"),
    "FINANCE": _("finance officer"),
    "ADMIN": _("administrator"),
    "CITIZEN": _("the payer"),
    "GUEST": _("a guest"),
    "BANK": _("the bank"),
    "SYSTEM": _("Obolos"),
    "STAFF": _("staff"),
    # acts
    "erp.answered": _("took in what the financial system said"),
    "order.made": _("made the order"),
    "payment.booked": _("the payment was booked"),
    "payment.seen": _("looked at this payment"),
    "proof.seen": _("opened the proof"),
    "message.resent": _("sent it again"),
    "debts_file.uploaded": _("sent a debts file"),
    "debts_file.confirmed": _("let a debts file close debts"),
    "debts_file.settled": _("the debts file was dealt with"),
    "payer.seen": _("looked at the payer's record"),
    "payer.searched": _("searched for a payer"),
    "payments.exported": _("exported payments"),
    "kind.switched": _("switched a revenue kind"),
    "staff.admitted": _("gave somebody an account"),
    "municipality.enrolled": _("enrolled the municipality"),
    "clearance.issued": _("issued a certificate of no debt"),
    "clearance.rule_changed": _("changed the rule of certificates of no debt"),
    "inquiry.opened": _("asked about a debt"),
    "inquiry.viewed": _("read a question about a debt"),
    "inquiry.answered": _("answered a question about a debt"),
    "inquiry.put_aside": _("closed a question about a debt without an answer"),
    "notice.made": _("made a notice"),
    "notice.printed": _("opened a notice"),
    "notices.started": _("started a batch of notices"),
    "notices.cancelled": _("stopped a batch of notices"),
    "notices.done": _("the batch of notices was made"),
    "notices.downloaded": _("took a file of notices"),
    "reminders.changed": _("changed the reminders"),
    "reminders.stopped": _("wants no more reminders"),
    "reminders.resumed": _("wants reminders again"),
    "contact.confirmed": _("confirmed an e-mail address or mobile"),
    "contact.removed": _("removed an e-mail address or mobile"),
    "slips.made": _("made a pad of slips"),
    "slips.printed": _("had slips printed"),
    "slips.voided": _("declared a pad of slips void"),
    "slip.matched": _("matched a slip with its fine"),
    "slip.left": _("left a slip's money as it is"),
    "places.taken": _("took places"),
    "ticket.used": _("let a ticket in"),
    "event.kept": _("changed an event"),
    "event.cancelled": _("cancelled an event"),
    "sales.exported": _("exported sales"),
    "certificate.asked": _("asked for a certificate"),
    "certificate.issued": _("made out a certificate"),
    "certificate.kept": _("changed a certificate on offer"),
    # what a file does with what it leaves out
    "FULL": _("full"),
    "DELTA": _("changes only"),
}

_ACCOUNTS: dict[str, str | Promise] = {
    "11": _("Owed to us by the card's bank"),
    "12": _("Owed to us by DIAS"),
    "20": _("Certified receivable"),
    "30": _("Revenue"),
    "31": _("Surcharge"),
    "40": _("Withheld for others"),
    "42": _("Waits to be applied"),
}

_BATCH_STATES: dict[str, str | Promise] = {
    "WAITING": _("waits"),
    "RUNNING": _("being made"),
    "DONE": _("ready"),
    "CANCELLED": _("stopped"),
    "EXPIRED": _("files gone"),
}

_EVENTS: dict[str, str | Promise] = {
    "PAID": _("payment"),
    "RF_ISSUED": _("RF code"),
    "TICKETS": _("tickets"),
    "REQUESTED": _("request for a certificate"),
    "CERTIFICATE": _("certificate"),
    "CANCELLED": _("cancelled event"),
    "REMINDER": _("reminder"),
    "SLIP_MATCHED": _("ticket typed in"),
    "SLIP_LEFT": _("payment left as it is"),
    "SLIP_VOIDED": _("ticket declared void"),
}

#: What a «kind:id» is of.
_SUBJECTS: dict[str, str | Promise] = {
    "payment": _("payment"),
    "order": _("order"),
    "attempt": _("attempt at the bank"),
    "instalment": _("instalment"),
    "rf": _("RF code"),
    "purchase": _("purchase"),
    "reminder": _("reminder"),
    "debtor": _("payer"),
    "user": _("user"),
    "debts_file": _("debts file"),
    "kind": _("revenue kind"),
    "municipality": _("municipality"),
    "clearance": _("certificate of no debt"),
    "inquiry": _("question about a debt"),
    "notice": _("notice"),
    "notice_batch": _("batch of notices"),
    "slip": _("slip"),
    "slip_pad": _("pad of slips"),
    "event": _("event"),
    "ticket": _("ticket"),
    "certificate_kind": _("certificate on offer"),
    "erp": _("financial system"),
    "search": _("search"),
}

_ANSWER_KEYS: dict[str, str | Promise] = {
    "to": _("to"),
    "status": _("answer"),
    "receipt_no": _("receipt number"),
    "reason": _("reason"),
    "error": _("error"),
}


def when_due(days: int) -> str:
    """When a reminder goes out, by its rule's days."""
    if days == 0:
        return gettext("on the due date")
    if days < 0:
        return ngettext("%(n)s day before", "%(n)s days before", -days) % {"n": -days}
    return ngettext("%(n)s day after", "%(n)s days after", days) % {"n": days}


def plain(word: object) -> str:
    """A machine word in plain words."""
    return str(_WORDS.get(str(word), str(word)))


def subject(text: str) -> str:
    """«instalment:22334» as «instalment 22334»; an RF code in groups of four."""
    kind, colon, named = text.partition(":")
    shown = rf_format(named) if kind == "rf" and named.startswith("RF") else named
    return f"{_SUBJECTS.get(kind, kind)} {shown}" if colon else text


def account(name: str) -> str:
    """«11:PIRAEUS» in plain words."""
    return str(_ACCOUNTS.get(name.partition(":")[0], name))


def event(word: str) -> str:
    """What a delivery is about."""
    return str(_EVENTS.get(word, word))


def batch_state(word: str) -> str:
    """How far a batch of notices is."""
    return str(_BATCH_STATES.get(word, word))


def answer_key(key: str) -> str:
    """What a word of an outside party's answer is."""
    return str(_ANSWER_KEYS.get(key, key))
