"""The reminder of a due date, as finished messages. Wording only: whom to remind and when is the caller's business."""

from dataclasses import dataclass
from datetime import date

from obolos.adapters.messaging.payer_messages import Payee, amount_words, footer_of, one_part
from obolos.adapters.messaging.views import Attachment, Button, EmailView, SmsView
from obolos.base.references import rf_format
from obolos.base.wording import long_date, short_date


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody is reminded of. `rf` may be empty; `rf_until` is the last day of a code of ours."""

    person: str
    amount_cents: int
    due_on: date
    on: date
    about: str
    rf: str = ""
    rf_until: date | None = None

    @property
    def late(self) -> bool:
        """Whether the due date has passed."""
        return self.on > self.due_on


def reminder_email(
    payee: Payee,
    due: Due,
    *,
    to: str,
    language: str,
    pay_url: str,
    stop_url: str,
    calendar: bytes = b"",
    message_id: str = "",
) -> EmailView:
    """Name, amount, payee and date first; one button to pay, the RF code beside it, and how to hear no more of it."""
    say = amount_words(
        payee, language, due.amount_cents, person=due.person, due_long=long_date(due.due_on, language),
        days=str(abs((due.due_on - due.on).days)),
    )  # fmt: skip
    when = say(_when((due.due_on - due.on).days))
    rows = [
        (say("row_amount"), say.value("amount")),
        (say("row_about"), due.about),
        (say("row_was_due" if due.late else "row_due"), say.value("due_long")),
    ]
    if due.rf:
        rows.append((say("row_rf"), rf_format(due.rf)))
        if due.rf_until:
            rows.append((say("row_until"), long_date(due.rf_until, language)))
    paragraphs = [say("due_late")] if due.late else []
    paragraphs += [say("rf_how")] if due.rf else []
    subject = f"{when}: {say('due_amount_to')}"
    return EmailView(
        to=to,
        subject=subject,
        language=language,
        sender_name=payee.name(language),
        heading=say("due_heading"),
        lead=say("due_lead_late" if due.late else "due_lead"),
        rows=tuple(rows),
        button=Button(say("due_button"), pay_url),
        paragraphs=(*paragraphs, say("due_paid")),
        footer=footer_of(payee, say),
        attachments=(Attachment(f"{due.due_on:%Y-%m-%d}.ics", calendar, "text/calendar"),) if calendar else (),
        message_id=message_id,
        unsubscribe=Button(say("due_stop"), stop_url),
    )


def reminder_sms(payee: Payee, due: Due, *, mobile: str, language: str, key: str = "") -> SmsView:
    """Amount, date, RF code and our bare address in one part, never a link; the person's name while there is room."""
    say = amount_words(payee, language, due.amount_cents, person=due.person, due=short_date(due.due_on))
    late = "_late" if due.late else ""
    code = f" {due.rf}" if due.rf else ""
    versions = [
        (f"{say(f'due_sms{late}')}{code}", payee.domain),
        (f"{say(f'due_sms{late}_short')}{code}", payee.domain),
    ]
    return one_part(mobile, language, versions, key)


def _when(days: int) -> str:
    """Which words say how far away the due date is."""
    near = {0: "due_today", 1: "due_tomorrow", -1: "due_yesterday"}
    return near.get(days, "due_in" if days > 0 else "due_ago")
