"""Everybody's mailbox and phone: what the product sends by SMTP and SMS is caught, shown and never sent on."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import gsm
from sandbox.pages import page
from sandbox.state import Letter, Sms, World, now

_REFUSALS = {"refuse": "451 4.3.0 Try again later", "refuse_for_good": "550 5.1.1 No such mailbox here"}
_MOST = 5000
_MOST_BYTES = 10_000_000


class Mailbox:
    """Takes letters from aiosmtpd into the world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Called by aiosmtpd with a whole message."""
        to = tuple(envelope.rcpt_tos)
        due = self.world.take_fault("mail", _REFUSALS, " ".join(to))
        if due:
            return _REFUSALS[due]
        content = envelope.content or b""
        letter = read_letter(content if isinstance(content, bytes) else content.encode())
        letter.number, letter.sender, letter.to = self.world.next(), envelope.mail_from or "", to
        self.world.letters.append(letter)
        del self.world.letters[:-_MOST]
        return "250 2.0.0 Taken"


async def listen(world: World) -> asyncio.Server:
    """Take mail on the next port, in the running loop."""
    mailbox = Mailbox(world)
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(mailbox, enable_SMTPUTF8=True, hostname="sandbox.invalid", loop=loop, data_size_limit=_MOST_BYTES),
        host="127.0.0.1",
        port=world.settings.smtp_port,
    )


def read_letter(content: bytes) -> Letter:
    """Subject, texts and attachments of a message."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    headers = {name: " ".join(str(value).split()) for name, value in message.items()}
    attachments = [
        (part.get_filename() or "attachment", part.get_content_type(), part.get_payload(decode=True) or b"")
        for part in message.iter_attachments()
    ]
    return Letter(
        number=0,
        at=now(),
        sender="",
        to=(),
        # A subject that was folded right after its name comes with the fold's blank.
        subject=headers.get("Subject", ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=headers,
        attachments=tuple((name, kind, bytes(body)) for name, kind, body in attachments if isinstance(body, bytes)),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset that does not exist, or bytes that are not in it
        content = part.get_payload(decode=True)
        return content.decode("ascii", "replace") if isinstance(content, bytes) else ""


async def control_mail(request: Request) -> Response:
    """`GET /control/mail?to=`: caught letters, oldest first."""
    world: World = request.app.state.world
    to = request.query_params.get("to", "").lower()
    found = [one for one in world.letters if not to or to in [address.lower() for address in one.to]]
    return JSONResponse([
        {
            "id": one.number, "at": one.at.isoformat(), "from": one.sender, "sender": one.headers.get("From", ""),
            "to": list(one.to), "subject": one.subject, "text": one.text, "html": one.html, "headers": one.headers,
            "attachments": [
                {"name": name, "type": kind, "bytes": len(body), "url": f"/mail/{one.number}/{place}/"}
                for place, (name, kind, body) in enumerate(one.attachments)
            ],
        }
        for one in found
    ])  # fmt: skip


async def control_sms(request: Request) -> Response:
    """`GET /control/sms?to=`: caught SMS, oldest first."""
    world: World = request.app.state.world
    to = request.query_params.get("to", "").strip().lstrip("+")
    return JSONResponse([
        {
            "id": one.number, "at": one.at.isoformat(), "to": one.to, "sender": one.sender, "text": one.text,
            "key": one.key, "alphabet": gsm.alphabet_of(one.text), "parts": gsm.parts_of(one.text),
        }
        for one in world.messages
        if one.to.lstrip("+").endswith(to)
    ])  # fmt: skip


async def send_sms(request: Request) -> Response:
    """The SMS gateway: `POST {to, sender, text}`. The same Idempotency-Key is taken once."""
    world: World = request.app.state.world
    try:
        asked = await request.json()
        to, sender, text = (str(asked[name]) for name in ("to", "sender", "text"))
    except (ValueError, KeyError, TypeError):
        return JSONResponse({"error": "send {to, sender, text}"}, status_code=400)
    due = world.take_fault("sms", ("refuse", "refuse_for_good"), to)
    if due:
        return JSONResponse({"error": "refused on purpose"}, status_code=503 if due == "refuse" else 400)
    if not to.lstrip("+").isdigit() or not text or not 1 <= len(sender) <= 11:
        return JSONResponse({"error": "no such number, no text, or a sender that is too long"}, status_code=400)
    key = request.headers.get("Idempotency-Key", "")
    known = next((one for one in world.messages if key and one.key == key), None)
    if known is None:
        known = Sms(world.next(), now(), to, sender, text, key)
        world.messages.append(known)
        del world.messages[:-_MOST]
    return JSONResponse({"id": known.number}, status_code=202)


async def mail_page(request: Request) -> Response:
    """All letters, newest first."""
    world: World = request.app.state.world
    to = request.query_params.get("to", "").strip()
    found = [one for one in reversed(world.letters) if not to or to.lower() in " ".join(one.to).lower()]
    return page("mail.html", letters=found[:200], to=to)


async def letter_page(request: Request) -> Response:
    """One letter."""
    letter = _letter(request)
    return page("letter.html", letter=letter) if letter else page("missing.html", status=404)


async def letter_html(request: Request) -> Response:
    """The letter's own HTML, for a frame that runs nothing."""
    letter = _letter(request)
    if letter is None:
        return page("missing.html", status=404)
    policy_line = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
    return Response(letter.html, media_type="text/html", headers={"Content-Security-Policy": policy_line})


async def attachment(request: Request) -> Response:
    """One attachment, to be downloaded."""
    letter, place = _letter(request), int(request.path_params["place"])
    if letter is None or place >= len(letter.attachments):
        return page("missing.html", status=404)
    name, kind, body = letter.attachments[place]
    plain = "".join(char for char in name if char.isascii() and (char.isalnum() or char in "._-")) or "attachment"
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{plain}"'})


async def sms_page(request: Request) -> Response:
    """All SMS, newest first."""
    world: World = request.app.state.world
    found = [(one, gsm.parts_of(one.text)) for one in reversed(world.messages[-200:])]
    return page("sms.html", messages=found)


def _letter(request: Request) -> Letter | None:
    world: World = request.app.state.world
    number = int(request.path_params["number"])
    return next((one for one in world.letters if one.number == number), None)
