"""The messages we send, as plain frozen values: what an e-mail or an SMS consists of, before anything is rendered."""

from dataclasses import dataclass


class NotSent(Exception):
    """The channel did not take the message: down, timed out, or refused it. Nothing may be assumed about delivery.

    `retry` is False when sending the same again cannot succeed (the channel refused this message or this address).
    """

    def __init__(self, reason: str, *, retry: bool = True) -> None:
        super().__init__(reason)
        self.retry = retry


class BadMessage(ValueError):
    """The message itself is wrong (line break in a header, not an address, text over one SMS part). Never sent."""


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class EmailView:
    """One e-mail to one person. `lead` says amount and payee first and doubles as the preheader.

    `rows` are (label, value) pairs; `paragraphs` plain text; `footer` holds the anti-fraud line and the phone.
    All texts are plain and are escaped when rendered. `message_id` is the part before "@", stable per message, so a
    resent one is recognised as the same by mail programs; empty = made by the mail library.
    """

    to: str
    subject: str
    language: str
    heading: str
    lead: str
    sender_name: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    button: Button | None = None
    footer: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class SmsView:
    """One SMS in one part. `text` is already folded to capitals of the GSM-7 alphabet; `to` is +30 and ten digits."""

    to: str
    text: str
