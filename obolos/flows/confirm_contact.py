"""A citizen says where codes, proofs and news go, and proves it by typing the six digits we sent there."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from obolos.adapters.messaging.mail import send_email
from obolos.adapters.messaging.payer_messages import contact_code_email, contact_code_sms
from obolos.adapters.messaging.sms import SmsGateway, greek_mobile, send_sms
from obolos.adapters.messaging.views import BadMessage
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.people.actions import (
    VALID,
    WrongCode,
    count_wrong_try,
    forget_contact,
    use_contact_code,
    write_contact_code,
)
from obolos.domain.people.models import ContactCode, Person

CHANNELS = ("email", "sms")


class BadAddress(ValueError):
    """Not an e-mail address, or not a Greek mobile number."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's confirmed contacts, and an address that waits for its code."""

    name: str
    email: str
    mobile: str
    waiting_email: str = ""
    waiting_sms: str = ""


def contact_of(person_id: int, *, now: datetime) -> Contact:
    """What is confirmed, and what waits for a code that can still be typed."""
    with tenancy(person=person_id):
        person = Person.objects.get(id=person_id)
        waiting = {}
        for channel in CHANNELS:
            latest = ContactCode.objects.filter(person_id=person_id, channel=channel).order_by("-id").first()
            if latest and latest.used_at is None and latest.expires_at > now:
                waiting[channel] = latest.address
    return Contact(person.name, person.email, person.mobile, waiting.get("email", ""), waiting.get("sms", ""))


def send_contact_code(*, person_id: int, channel: str, address: str, language: str, now: datetime) -> str:
    """Send a code to an address and return the address as understood. Raises BadAddress, TooSoon, NotSent."""
    clean = _clean(channel, address)
    code = f"{secrets.randbelow(1_000_000):06d}"
    with tenancy(person=person_id):
        write_contact_code(
            person_id=person_id, channel=channel, address=clean, code_hash=_hash(person_id, code), now=now
        )
    refuse_inside_transaction("a contact code")
    domain = settings.OBOLOS_PORTAL_URL.partition("//")[2]
    minutes = int(VALID.total_seconds() // 60)
    try:
        if channel == "email":
            view = contact_code_email(
                to=clean, language=language, code=code, valid_minutes=minutes, service_name="Obolos", domain=domain
            )
            send_email(view, settings.DEFAULT_FROM_EMAIL)
        else:
            sms = contact_code_sms(mobile=clean, language=language, code=code, valid_minutes=minutes, domain=domain)
            send_sms(sms, SmsGateway(settings.OBOLOS_SMS_URL, "OBOLOS"))
    except BadMessage as error:
        raise BadAddress(str(error)) from error
    return clean


def confirm_contact(*, person_id: int, channel: str, code: str, now: datetime) -> str:
    """Confirm the address by its code and return it. Raises WrongCode."""
    digits = "".join(letter for letter in code if letter.isascii() and letter.isdigit())
    try:
        with tenancy(person=person_id):
            return use_contact_code(person_id=person_id, channel=channel, code_hash=_hash(person_id, digits), now=now)
    except WrongCode as error:
        if error.left:
            with tenancy(person=person_id):
                count_wrong_try(person_id=person_id, channel=channel)
        raise


def remove_contact(*, person_id: int, channel: str) -> None:
    """Forget a confirmed address."""
    with tenancy(person=person_id):
        forget_contact(person_id=person_id, channel=channel)


def _clean(channel: str, address: str) -> str:
    if channel not in CHANNELS:
        raise BadAddress("channel")
    text = address.strip()
    if channel == "sms":
        try:
            return greek_mobile(text)
        except BadMessage as error:
            raise BadAddress("mobile") from error
    local, at, host = text.rpartition("@")
    if not (
        at and local and "." in host and len(text) <= 254 and text.isascii() and " " not in text and "@" not in local
    ):
        raise BadAddress("email")
    return f"{local}@{host.lower()}"


def _hash(person_id: int, code: str) -> str:
    """Codes are kept as keyed hashes: six digits alone would be guessed from a dump in a moment."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{person_id}:{code}".encode(), hashlib.sha256).hexdigest()
