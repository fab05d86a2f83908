"""SMS over a gateway that takes one JSON request per message: `{to, sender, text}`, any 2xx answer means taken."""

import json
import re
from dataclasses import dataclass

from obolos.adapters.messaging.views import BadMessage, NotSent, SmsView
from obolos.adapters.outbound import Unreachable, call
from obolos.base.text import sms_fold, sms_parts

_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]+")
_GREEK_MOBILE = re.compile(r"(?:\+30|0030|30)?(6[89][0-9]{8})", re.ASCII)
_SENDER_LETTERS = 11
_TRY_LATER = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """Where messages go. `sender_id` is what the phone shows (at most 11 Latin letters and digits); `token`, when
    given, is sent as a bearer token; the whole call may last `timeout_seconds`."""

    url: str
    sender_id: str
    timeout_seconds: float = 5.0
    token: str = ""


def send_sms(view: SmsView, gateway: SmsGateway) -> None:
    """Hand one SMS to the gateway. Raises BadMessage before anything is sent, NotSent when it was not taken.

    After NotSent for a timeout the gateway may still have sent it; `view.key` lets it recognise the second try.
    """
    if greek_mobile(view.to) != view.to:
        raise BadMessage("the number is not in the form +30 and ten digits")
    if sms_parts(view.text) != 1:
        raise BadMessage("an SMS has exactly one part")
    headers = {"Content-Type": "application/json"}
    if gateway.token:
        headers["Authorization"] = f"Bearer {gateway.token}"
    if view.key:
        headers["Idempotency-Key"] = view.key
    body = json.dumps({"to": view.to, "sender": gateway.sender_id, "text": view.text}).encode()
    try:
        reply = call("POST", gateway.url, headers=headers, body=body, total_seconds=gateway.timeout_seconds)
    except Unreachable as error:
        raise NotSent(f"SMS gateway unreachable: {error}") from error
    if not 200 <= reply.status < 300:
        refused = 400 <= reply.status < 500 and reply.status not in _TRY_LATER
        raise NotSent(f"SMS gateway answered {reply.status}", retry=not refused)


def greek_mobile(text: str) -> str:
    """A Greek mobile number as +30 and ten digits, however it was typed: "694 000 0000", "(0030) 694-0000000".

    BadMessage for anything else: a landline, a foreign number, letters, digits of another alphabet.
    """
    found = _GREEK_MOBILE.fullmatch(_SEPARATORS.sub("", text))
    if not found:
        raise BadMessage("not a Greek mobile number")
    return f"+30{found[1]}"


def sender_id(latin_name: str) -> str:
    """A municipality's Latin name cut to what networks allow as sender: "MANTOUDIOU-LIMNIS…" → "MANTOUDIOU"."""
    words = re.findall(r"[A-Z0-9]+", sms_fold(latin_name))
    chosen = ""
    for word in words:
        if len(chosen) + len(word) > _SENDER_LETTERS:
            break
        chosen += word
    return chosen or "".join(words)[:_SENDER_LETTERS]
