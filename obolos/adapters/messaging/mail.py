"""E-mail: one view becomes plain text and HTML of the same content, and goes out through Django's mail backend.

The only place outside the interfaces and the domain that imports Django, and of it nothing but `django.core.mail`.
"""

import re
import smtplib
import unicodedata
from email.utils import formataddr, parseaddr
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from obolos.adapters.messaging.views import BadMessage, EmailView, NotSent
from obolos.base.money import NO_BREAK_SPACE

if TYPE_CHECKING:
    from jinja2 import Template

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{3,190}$)[\w-]+(?:\.[\w-]+)*")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?&=%-]{1,400}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_SUBJECT_LETTERS = 200
_PERMANENT = 500
# After the lead, so that an inbox shows no start of the text behind it.
_PREVIEW_FILLER = "\u00a0\u200c" * 60


def send_email(view: EmailView, sender: str, *, connection: BaseEmailBackend | None = None) -> None:
    """Hand the e-mail to the mail server as `sender` ("a@b.gr" or "Name <a@b.gr>"); `connection` serves several.

    The view's own `sender_name` comes before the name in `sender`.

    Raises BadMessage before anything is sent, NotSent when the server is down, slow or refuses.
    """
    message = compose(view, sender, connection=connection)
    try:
        sent = message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise NotSent(f"recipient refused ({codes})", retry=any(code < _PERMANENT for code in codes)) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"mail server answered {error.smtp_code}", retry=error.smtp_code < _PERMANENT) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"mail server unreachable: {type(error).__name__}") from error
    if not sent:
        raise NotSent("the mail backend took no message")


def compose(view: EmailView, sender: str, *, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The finished message, checked: every header on one line, addresses bare, files and links of known shape."""
    name, address = parseaddr(sender)
    _check(view, address, sender)
    headers = {"Auto-Submitted": "auto-generated", "Content-Language": view.language}
    if view.message_id:
        headers["Message-ID"] = f"<{view.message_id}@{address.rpartition('@')[2]}>"
    if view.unsubscribe:
        headers["List-Unsubscribe"] = f"<{view.unsubscribe.url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        subject=view.subject.replace(NO_BREAK_SPACE, " "),
        body=as_text(view),
        from_email=formataddr((view.sender_name or name, address)),
        to=[view.to],
        reply_to=[view.reply_to] if view.reply_to else None,
        headers=headers,
        connection=connection,
    )
    message.attach_alternative(as_html(view), "text/html")
    for attachment in view.attachments:
        message.attach(attachment.filename, attachment.content, attachment.media_type)
    return message


def as_html(view: EmailView) -> str:
    """The view as one HTML page: a single column, no picture or style from elsewhere, readable in light and dark."""
    return _template().render(view=view, filler=_PREVIEW_FILLER)


def as_text(view: EmailView) -> str:
    """The same content as plain text, complete: whoever reads only this misses nothing."""
    rows = [f"{label}: {value}" for label, value in view.rows]
    said = ["\n\n".join((f"{view.said_heading}:", *view.said))] if view.said else []
    blocks = [view.lead, *said, "\n".join((view.heading, *rows))]
    if view.button:
        blocks.append(f"{view.button.label}:\n{view.button.url}")
    blocks.extend(view.paragraphs)
    footer = [part for part in (view.sender_name, *view.footer) if part]
    if view.unsubscribe:
        footer.append(f"{view.unsubscribe.label}: {view.unsubscribe.url}")
    if footer:
        blocks.append("\n".join(("--", *footer)))
    return "\n\n".join(blocks) + "\n"


@cache
def _template() -> "Template":
    # Slow to import, and most web workers never write a letter.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    folder = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined).get_template("email.html")


def _check(view: EmailView, sender_address: str, sender: str) -> None:
    for what, address in (
        ("recipient", view.to),
        ("sender", sender_address),
        ("reply address", view.reply_to or sender_address),
    ):
        if not _ADDRESS.fullmatch(address):
            raise BadMessage(f"the {what} is not one bare e-mail address")
    if not view.subject.strip() or len(view.subject) > _SUBJECT_LETTERS:
        raise BadMessage("the subject is empty or too long")
    for header in (view.subject, view.sender_name, sender, view.language):
        if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in header):
            raise BadMessage("a header holds a line break or a control character")
    if view.message_id and not _MESSAGE_ID.fullmatch(view.message_id):
        raise BadMessage("message_id holds more than letters, digits, dots and dashes")
    for button in (view.button, view.unsubscribe):
        if button and (urlsplit(button.url).scheme not in ("https", "http") or not button.label):
            raise BadMessage("the button leads nowhere")
    if view.unsubscribe and not _LINK.fullmatch(view.unsubscribe.url):
        raise BadMessage("the link that stops letters holds more than a header takes")
    for attachment in view.attachments:
        if not _FILENAME.fullmatch(attachment.filename) or not _MEDIA_TYPE.fullmatch(attachment.media_type):
            raise BadMessage("an attachment has no plain name or media type")
