"""The messages we send, as plain frozen values: what an e-mail or an SMS consists of before anything is rendered."""

from dataclasses import dataclass


class NotSent(Exception):
    """The channel did not take the message: down, timed out, or it refused. Whether it arrived is not known.

    `retry` is False when sending the same again cannot succeed (the channel refuses this message or this address).
    """

    def __init__(self, reason: str, *, retry: bool = True) -> None:
        super().__init__(reason)
        self.retry = retry


class BadMessage(ValueError):
    """The message itself is wrong: a line break in a header, no address, more than one SMS part. It is never sent."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with an e-mail; `filename` in ASCII letters."""

    filename: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing to do: its words and where it leads (https, or http on this machine)."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class EmailView:
    """One e-mail to one person. `lead` says amount and payee first and is also the preview line of the inbox.

    `rows` are (label, value) pairs. All texts are plain and are escaped when rendered. `sender_name` is shown beside
    the sending address. `message_id` is the part before "@", the same for the same message, so that mail programs show
    a retried one once; empty = made by the mail library.
    """

    to: str
    subject: str
    language: str
    heading: str
    lead: str
    sender_name: str = ""
    #: What the letter is about, in somebody's own words: its heading, its paragraphs. Stands right below the lead.
    said_heading: str = ""
    said: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    button: Button | None = None
    footer: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""
    message_id: str = ""
    #: Where these letters can be stopped with one press and without signing in (RFC 8058), and its words.
    unsubscribe: Button | None = None


@dataclass(frozen=True, slots=True)
class SmsView:
    """One SMS of one part: `to` is +30 and ten digits, `text` holds GSM-7 letters only.

    `key`, when given, goes with the request so that a gateway can recognise a retried message.
    """

    to: str
    text: str
    key: str = ""
