"""A citizen says where codes, proofs and news go, and proves it by typing the six digits we sent there."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime

from django.conf import settings

from obolos.adapters.messaging.mail import send_email
from obolos.adapters.messaging.payer_messages import contact_code_email, contact_code_sms
from obolos.adapters.messaging.sms import SmsGateway, greek_mobile, send_sms
from obolos.adapters.messaging.views import BadMessage, NotSent
from obolos.base.outside import MAIL, SMS, place_outside
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.payments.actions import change_contact_of_orders, municipalities_of_orders
from obolos.domain.people.actions import (
    TRIES,
    VALID,
    TooSoon,
    Tried,
    forget_contact,
    note_own_change,
    try_contact_code,
    void_contact_code,
    write_contact_code,
)
from obolos.domain.people.queries import Contact, contact_of_person

__all__ = [
    "CHANNELS",
    "BadAddress",
    "Contact",
    "NotSent",
    "TooSoon",
    "WrongCode",
    "confirm_contact",
    "contact_of",
    "remove_contact",
    "send_contact_code",
]

CHANNELS = ("email", "sms")
SERVICE = "Obolos"
#: As strict as a sending mail server: anything odd is more likely a slip of the finger than an address.
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{4,190}$)"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)


class BadAddress(ValueError):
    """Not an e-mail address, not a Greek mobile number, or no channel of ours."""


class WrongCode(Exception):
    """The code is not the one sent. `left` tries remain; 0 means a new code is needed."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} of {TRIES} tries left")
        self.left = left


def contact_of(person_id: int, *, now: datetime) -> Contact:
    """What is confirmed, and what waits for a code that can still be typed."""
    with tenancy(person=person_id):
        return contact_of_person(person_id, now=now)


def send_contact_code(*, person_id: int, channel: str, address: str, language: str, now: datetime) -> str:
    """Send a code to an address and return the address as understood.

    Raises BadAddress or TooSoon before anything is sent, NotSent when the mail server or SMS gateway is down; the code
    is then void. How often one may ask is limited per person and channel, because every SMS costs.
    """
    clean = clean_address(channel, address)
    code = f"{secrets.randbelow(1_000_000):06d}"
    with tenancy(person=person_id):
        code_id = write_contact_code(
            person_id=person_id, channel=channel, address=clean, code_hash=_hash(person_id, channel, code), now=now
        )
    refuse_inside_transaction("a contact code")
    try:
        _send(channel, clean, code, language)
    except (NotSent, BadMessage) as error:
        with tenancy(person=person_id):
            void_contact_code(code_id=code_id, now=now)
        if isinstance(error, BadMessage):
            raise BadAddress(channel) from error
        raise
    return clean


def confirm_contact(*, person_id: int, channel: str, code: str, now: datetime) -> str:
    """Confirm the address by its code, however it was pasted, and return the address. Raises WrongCode."""
    digits = "".join(letter for letter in code if letter.isdecimal())
    tried = Tried("", 0)
    if channel in CHANNELS:
        with tenancy(person=person_id):
            tried = try_contact_code(
                person_id=person_id, channel=channel, code_hash=_hash(person_id, channel, digits), now=now
            )
            if tried.confirmed:
                note_own_change(person_id=person_id, action="contact.confirmed", detail={"channel": channel}, now=now)
    if not tried.confirmed:
        raise WrongCode(tried.left)
    _orders_follow(person_id, channel, tried.confirmed)
    return tried.confirmed


def remove_contact(*, person_id: int, channel: str, now: datetime) -> None:
    """Forget a confirmed address. Raises BadAddress for a channel that is none."""
    if channel not in CHANNELS:
        raise BadAddress(channel)
    with tenancy(person=person_id):
        if forget_contact(person_id=person_id, channel=channel, now=now):
            note_own_change(person_id=person_id, action="contact.removed", detail={"channel": channel}, now=now)
    _orders_follow(person_id, channel, "")


def _orders_follow(person_id: int, channel: str, address: str) -> None:
    """His orders hold a copy for what is still to be told: nothing goes to an address that he changed or removed."""
    with tenancy(person=person_id):
        places = municipalities_of_orders(person_id)
    for municipality_id in places:
        with tenancy(municipality=municipality_id):
            change_contact_of_orders(person_id, channel=channel, address=address)


def _send(channel: str, address: str, code: str, language: str) -> None:
    with place_outside(MAIL if channel == "email" else SMS, wait=True) as free:
        if not free:
            raise NotSent("others wait for the same way out in vain")
        _send_now(channel, address, code, language)


def _send_now(channel: str, address: str, code: str, language: str) -> None:
    domain = settings.OBOLOS_PORTAL_URL.partition("//")[2]
    minutes = int(VALID.total_seconds() // 60)
    if channel == "email":
        letter = contact_code_email(
            to=address, language=language, code=code, valid_minutes=minutes, service_name=SERVICE, domain=domain
        )
        send_email(letter, settings.DEFAULT_FROM_EMAIL)
    else:
        sms = contact_code_sms(mobile=address, language=language, code=code, valid_minutes=minutes, domain=domain)
        send_sms(sms, SmsGateway(settings.OBOLOS_SMS_URL, SERVICE.upper(), token=settings.OBOLOS_SMS_TOKEN))


def clean_address(channel: str, address: str) -> str:
    """An e-mail address («email») or Greek mobile («sms») as it is kept. Raises BadAddress."""
    text = address.strip()
    if channel == "sms":
        try:
            return greek_mobile(text)
        except BadMessage as error:
            raise BadAddress("mobile") from error
    if channel == "email" and len(text) <= 254 and _EMAIL.fullmatch(text):
        local, _, host = text.rpartition("@")
        return f"{local}@{host.lower()}"
    raise BadAddress(channel)


def _hash(person_id: int, channel: str, code: str) -> str:
    """Codes are kept as keyed hashes: six digits alone would be guessed from a dump in a moment."""
    spelt = f"obolos contact code:{person_id}:{channel}:{code}"
    return hmac.new(settings.SECRET_KEY.encode(), spelt.encode(), hashlib.sha256).hexdigest()
