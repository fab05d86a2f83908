"""What payers are told, as finished messages: confirmation code, RF code, paid, waiting, failed, and the same again.

Pure functions from plain values to an `EmailView` or `SmsView`. They decide wording only: whether, when and to which
contact a message goes is the caller's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from obolos.adapters.messaging.sms import greek_mobile
from obolos.adapters.messaging.texts import TEXTS
from obolos.adapters.messaging.views import Attachment, BadMessage, Button, EmailView, SmsView
from obolos.base.dates import ATHENS
from obolos.base.money import NO_BREAK_SPACE
from obolos.base.references import rf_format
from obolos.base.text import sms_fold, sms_parts
from obolos.base.wording import athens_moment, euro, long_date, short_date


@dataclass(frozen=True, slots=True)
class Payee:
    """The municipality as messages name it: genitive without «Δήμος» in Greek, Latin letters in English.

    `domain` is the bare host name of the portal; an SMS carries it in place of any link.
    """

    name_el: str
    name_en: str
    phone: str
    domain: str

    def name(self, language: str) -> str:
        """ "Δήμος Ιωαννιτών", "Municipality of Ioanniton"."""
        return self._fill(language, "municipality")

    def to(self, language: str) -> str:
        """ "στον Δήμο Ιωαννιτών", "to the Municipality of Ioanniton"."""
        return self._fill(language, "to_municipality")

    def _fill(self, language: str, key: str) -> str:
        return TEXTS[language][key].format(name=self.name_en if language == "en" else self.name_el)


def contact_code_email(
    *, to: str, language: str, code: str, valid_minutes: int, service_name: str, domain: str, message_id: str = ""
) -> EmailView:
    """The code that confirms an e-mail address. It belongs to the portal, not to one municipality."""
    say = _Words(language, code=code, minutes=valid_minutes, domain=domain)
    return EmailView(
        to=to,
        subject=say("code_subject"),
        language=language,
        sender_name=service_name,
        heading=say("code_heading"),
        lead=say("code_lead"),
        rows=((say("row_code"), code),),
        paragraphs=(say("code_what"), say("code_not_you"), say("code_secret")),
        footer=(say("footer_fraud"), say("footer_domain")),
        message_id=message_id,
    )


def contact_code_sms(
    *, mobile: str, language: str, code: str, valid_minutes: int, domain: str, key: str = ""
) -> SmsView:
    """The code that confirms a mobile number; it stands first, so that a locked phone shows it."""
    say = _Words(language, code=code, minutes=valid_minutes)
    return one_part(mobile, language, ((say("code_sms"), domain), (say("code_sms"), "")), key)


def rf_issued_email(
    payee: Payee,
    *,
    to: str,
    language: str,
    rf_code: str,
    amount_cents: int,
    valid_until: date,
    about: str,
    order_url: str,
    pay_by: datetime | None = None,
    calendar: bytes = b"",
    again: bool = False,
    message_id: str = "",
) -> EmailView:
    """The RF code with how and until when to pay it; `calendar` is the .ics file of the last day.

    `pay_by`: the very minute, said where something is held for the payer so long.
    """
    short, long = short_date(valid_until), long_date(valid_until, language)
    if pay_by:
        short, long = f"{short} {pay_by.astimezone(ATHENS):%H:%M}", athens_moment(pay_by, language)
    say = amount_words(payee, language, amount_cents, until=short, until_long=long)
    return EmailView(
        to=to,
        subject=say("rf_subject"),
        language=language,
        sender_name=payee.name(language),
        heading=say("rf_heading"),
        lead=say("rf_lead"),
        rows=(
            (say("row_rf"), rf_format(rf_code)),
            (say("row_amount"), say.value("amount")),
            (say("row_pay_by" if pay_by else "row_until"), say.value("until_long")),
            (say("row_about"), about),
        ),
        button=Button(say("rf_button"), order_url),
        paragraphs=(say("rf_how"), say("rf_exact"), say("rf_when"), *_again(say, again)),
        footer=footer_of(payee, say),
        attachments=(Attachment(f"{rf_code}.ics", calendar, "text/calendar"),) if calendar else (),
        message_id=message_id,
    )


def rf_issued_sms(
    payee: Payee,
    *,
    mobile: str,
    language: str,
    rf_code: str,
    amount_cents: int,
    valid_until: date,
    key: str = "",
) -> SmsView:
    """RF code, amount, last day, our address. How to pay follows only when it fits into the same part."""
    say = amount_words(payee, language, amount_cents, rf=rf_code, until=short_date(valid_until))
    core, how = say("rf_sms"), say("rf_sms_how")
    return one_part(mobile, language, ((f"{core} {how}", payee.domain), (core, payee.domain), (core, "")), key)


def payment_received_email(
    payee: Payee,
    *,
    to: str,
    language: str,
    amount_cents: int,
    paid_at: datetime,
    means: str,
    about: str,
    reference: str,
    order_url: str,
    proof: bytes = b"",
    uncounted_cents: int = 0,
    asked_cents: int = 0,
    left_cents: int = 0,
    again: bool = False,
    message_id: str = "",
) -> EmailView:
    """Money arrived; the proof goes along as PDF when there is one. `about`: what it paid, empty when it paid nothing.

    `uncounted_cents`: what of it counted against no debt; `left_cents`: what is still open of what was to be paid, of
    which `asked_cents` had been asked. With either, nothing is called complete.
    """
    say = amount_words(
        payee, language, amount_cents, uncounted=euro(uncounted_cents, language), asked=euro(asked_cents, language),
        left=euro(left_cents, language),
    )  # fmt: skip
    whole = not (uncounted_cents or left_cents)
    rest = "paid_uncounted" if uncounted_cents else "paid_less" if amount_cents < asked_cents else "paid_late"
    return EmailView(
        to=to,
        subject=say("paid_subject"),
        language=language,
        sender_name=payee.name(language),
        heading=say("paid_heading" if whole else "received_heading"),
        lead=say("paid_lead"),
        rows=(
            (say("row_amount"), say.value("amount")),
            *([(say("row_about"), about)] if about else ()),
            (say("row_paid_at"), athens_moment(paid_at, language)),
            (say("row_means"), means),
            (say("row_reference"), reference),
        ),
        button=Button(say("paid_button"), order_url),
        paragraphs=(
            say("paid_attached" if proof else "paid_unattached"),
            say("paid_nothing" if whole else rest),
            *_again(say, again),
        ),
        footer=footer_of(payee, say),
        attachments=(Attachment(f"{reference}.pdf", proof, "application/pdf"),) if proof else (),
        message_id=message_id,
    )


def payment_received_sms(
    payee: Payee,
    *,
    mobile: str,
    language: str,
    amount_cents: int,
    reference: str,
    about: str = "",
    key: str = "",
) -> SmsView:
    """Money arrived. Our address and the payment's reference are told always, `about` when it fits beside them."""
    say = amount_words(payee, language, amount_cents, reference=reference, about=about)
    short = f"{say('paid_sms')} {say('paid_sms_reference')}"
    long = f"{say('paid_sms_about')} {say('paid_sms_reference')}" if about else short
    return one_part(mobile, language, ((long, payee.domain), (short, payee.domain), (short, "")), key)


def payment_waiting_email(
    payee: Payee,
    *,
    to: str,
    language: str,
    amount_cents: int,
    about: str,
    reference: str,
    order_url: str,
    message_id: str = "",
) -> EmailView:
    """The bank has not said yes or no: do not pay again."""
    say = amount_words(payee, language, amount_cents)
    return EmailView(
        to=to,
        subject=say("waiting_subject"),
        language=language,
        sender_name=payee.name(language),
        heading=say("waiting_heading"),
        lead=say("waiting_lead"),
        rows=((say("row_about"), about), (say("row_reference"), reference)),
        button=Button(say("waiting_button"), order_url),
        paragraphs=(say("waiting_next"),),
        footer=footer_of(payee, say),
        message_id=message_id,
    )


def payment_failed_email(
    payee: Payee,
    *,
    to: str,
    language: str,
    amount_cents: int,
    about: str,
    reference: str,
    order_url: str,
    reason: str = "",
    confirmed_not_charged: bool,
    message_id: str = "",
) -> EmailView:
    """No payment came about. "You were not charged" is said only when the bank confirmed it.

    `reason` is the bank adapter's machine word; one without a sentence of its own is told as a technical failure.
    """
    say = amount_words(payee, language, amount_cents)
    cause = f"failed_{reason}" if f"failed_{reason}" in TEXTS[language] else "failed_TECHNICAL"
    return EmailView(
        to=to,
        subject=say("failed_subject"),
        language=language,
        sender_name=payee.name(language),
        heading=say("failed_heading"),
        lead=say("failed_lead"),
        rows=(
            (
                say("row_cause"),
                f"{say(cause)} {say('failed_not_charged' if confirmed_not_charged else 'failed_unknown')}",
            ),
            (say("row_about"), about),
            (say("row_reference"), reference),
        ),
        button=Button(say("failed_button" if confirmed_not_charged else "waiting_button"), order_url),
        paragraphs=(say("failed_retry"),) if confirmed_not_charged else (),
        footer=footer_of(payee, say),
        message_id=message_id,
    )


class _Words:
    """The sentences of one language with this message's values filled in."""

    def __init__(self, language: str, **values: str | int) -> None:
        self._texts = TEXTS[language]
        self._values = values

    def __call__(self, key: str) -> str:
        return self._texts[key].format_map(self._values)

    def value(self, name: str) -> str:
        return str(self._values[name])


def amount_words(payee: Payee, language: str, amount_cents: int, **values: str) -> _Words:
    """Sentences about an amount for a municipality, with these values."""
    amount = euro(amount_cents, language)
    return _Words(
        language,
        amount=amount,
        amount_sms=f"{amount.replace('€', '').strip(NO_BREAK_SPACE)} EUR",
        municipality=payee.name(language),
        to=payee.to(language),
        phone=payee.phone,
        domain=payee.domain,
        **values,
    )


def _again(say: _Words, again: bool) -> tuple[str, ...]:
    return (say("again"),) if again else ()


def footer_of(payee: Payee, say: _Words) -> tuple[str, ...]:
    """What stands below every letter: what we never ask for, and our address."""
    return (say("footer_fraud_phone" if payee.phone else "footer_fraud"), say("footer_domain"))


def one_part(mobile: str, language: str, versions: Iterable[tuple[str, str]], key: str) -> SmsView:
    """The first version, fullest first, that one part holds. Greek goes in capitals; the domain is never changed."""
    for body, domain in versions:
        words = body.split(" ") if language == "en" else [body]
        text = " ".join(word if word.isascii() and language == "en" else sms_fold(word) for word in (*words, ""))
        text = f"{text}{domain}".strip()
        if sms_parts(text) == 1:
            return SmsView(to=greek_mobile(mobile), text=text, key=key)
    raise BadMessage("the shortest wording is longer than one SMS part")
