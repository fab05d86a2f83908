"""What buyers of tickets and certificates are told besides the proof of payment. Words only, from plain values."""

from dataclasses import dataclass, replace
from datetime import datetime

from obolos.adapters.messaging.payer_messages import Payee
from obolos.adapters.messaging.texts import TEXTS
from obolos.adapters.messaging.views import Attachment, Button, EmailView
from obolos.base.wording import athens_moment, day_and_time, euro


@dataclass(frozen=True, slots=True)
class SaleLetter:
    """What a letter about a purchase says. `starts_at` and `place` are an event's; `days` a certificate's.

    `amount_cents`: what it costs; `came_cents`: what of it has come.
    """

    to: str
    language: str
    title: str
    reference: str
    url: str
    message_id: str
    amount_cents: int = 0
    came_cents: int = 0
    places: int = 0
    starts_at: datetime | None = None
    place: str = ""
    days: int = 0
    note: str = ""
    attachments: tuple[Attachment, ...] = ()


def with_tickets(
    view: EmailView, attachments: tuple[Attachment, ...], *, places: int, taken_again: bool = False
) -> EmailView:
    """The letter about a payment, with the tickets it paid for. `taken_again`: the places had gone back on sale before."""
    one = "_one" if places == 1 else ""
    said = (*((f"sale_taken_again{one}",) if taken_again else ()), f"sale_attached{one}")
    return _saying(replace(view, attachments=(*view.attachments, *attachments)), said)


def with_hold(view: EmailView, *, places: int, until: datetime) -> EmailView:
    """The letter with an RF code, with how long the places are kept for it; no places: how long a request waits."""
    key = "held_request" if not places else "held_one" if places == 1 else "held"
    said = TEXTS[view.language][key].format(n=places, until=athens_moment(until, view.language))
    return replace(view, paragraphs=(said, *view.paragraphs))


def with_certificate(view: EmailView, days: int) -> EmailView:
    """The letter about a payment, with when the certificate comes."""
    return _saying(view, ("sale_to_issue",), days=days)


def without_tickets(
    view: EmailView, *, called_off: bool, held_until: datetime, amount_cents: int, reference: str, phone: str
) -> EmailView:
    """The letter about a payment that bought nothing, decided as it is: the places were gone, or the event called off."""
    texts = TEXTS[view.language]
    open_question = texts["paid_uncounted"].partition("{")[0]
    rest = tuple(one for one in view.paragraphs if not one.startswith(open_question))
    return _saying(
        replace(view, paragraphs=rest),
        ("sale_called_off" if called_off else "sale_gone", "sale_money_back"),
        until=athens_moment(held_until, view.language),
        amount=euro(amount_cents, view.language),
        reference=reference,
        phone=phone,
    )


def _saying(view: EmailView, keys: tuple[str, ...], **values: int | str) -> EmailView:
    said = tuple(TEXTS[view.language][key].format_map(values) for key in keys)
    return replace(view, paragraphs=(*said, *view.paragraphs))


def tickets_email(payee: Payee, letter: SaleLetter) -> EmailView:
    """Tickets that cost nothing."""
    if letter.places == 1:
        return _email(payee, letter, "tickets_one", "tickets_lead_one", ("sale_attached_one",), "tickets_one_button")
    return _email(payee, letter, "tickets", "tickets_lead", ("sale_attached",), "tickets_button")


def requested_email(payee: Payee, letter: SaleLetter) -> EmailView:
    """A certificate that costs nothing was asked for."""
    return _email(payee, letter, "requested", "requested_lead", ("sale_to_issue",), "sale_button")


def issued_email(payee: Payee, letter: SaleLetter) -> EmailView:
    """The certificate, or how to fetch it."""
    said = ("issued_attached" if letter.attachments else "issued_fetch", *(("issued_note",) if letter.note else ()))
    return _email(payee, letter, "issued", "issued_lead", said, "sale_button")


def cancelled_email(payee: Payee, letter: SaleLetter) -> EmailView:
    """The event was called off: what was paid is given back, what was not is not to be paid any more."""
    said = "cancelled_money" if letter.came_cents else "cancelled_unpaid" if letter.amount_cents else "cancelled_free"
    return _email(payee, letter, "cancelled", "cancelled_lead", (said,), "sale_button")


def _email(
    payee: Payee, letter: SaleLetter, kind: str, lead: str, paragraphs: tuple[str, ...], button: str
) -> EmailView:
    texts = TEXTS[letter.language]
    values = {
        "title": letter.title,
        "starts": day_and_time(letter.starts_at, letter.language) if letter.starts_at else "",
        "places": letter.places,
        "amount": euro(letter.came_cents, letter.language),
        "days": letter.days,
        "note": letter.note,
        "phone": payee.phone,
        "domain": payee.domain,
    }
    rows = (
        ("row_starts", values["starts"]),
        ("row_place", letter.place),
        ("row_purchase" if letter.starts_at else "row_request", letter.reference),
    )
    return EmailView(
        to=letter.to,
        subject=texts[f"{kind}_subject"].format_map(values),
        language=letter.language,
        sender_name=payee.name(letter.language),
        heading=texts[f"{kind}_heading"],
        lead=texts[lead].format_map(values),
        rows=tuple((texts[key], str(value)) for key, value in rows if value),
        button=Button(texts[button], letter.url),
        paragraphs=tuple(texts[key].format_map(values) for key in paragraphs),
        footer=tuple(texts[key].format_map(values) for key in ("footer_fraud_phone", "footer_domain")),
        attachments=letter.attachments,
        message_id=letter.message_id,
    )
