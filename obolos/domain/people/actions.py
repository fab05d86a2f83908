"""Writes of persons and of the contacts they confirm. Inside `tenancy(person=…)`, except entering a person."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from obolos.domain.people.models import ContactCode, Person

#: How long a code may be typed and how often; how soon, and how many in a day, further ones may be asked for.
VALID = timedelta(minutes=10)
TRIES = 5
NEXT_AFTER = timedelta(seconds=45)
DAY = timedelta(days=1)
PER_DAY = 6

_FIELDS = {"email": "email", "sms": "mobile"}


class TooSoon(Exception):
    """Another code was sent a moment ago, or too many today. `seconds` until the next may be asked for."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Tried:
    """What a typed code did: the address it confirmed, or empty and the tries left (0: ask for a new code)."""

    confirmed: str
    left: int


def enter_person(afm: str, person_type: str = "N") -> int:
    """Id of the person with that ΑΦΜ, made if he was never met. For sign-in; needs no tenancy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM obolos_enter_people(%s::text[], %s::text[])", [[afm], [person_type]])
        return int(cursor.fetchone()[0])


def note_sign_in(*, person_id: int, name: str, language: str, now: datetime) -> bool:
    """Keep the name the identity provider gave and when the person was here; says whether it is the first time."""
    person = Person.objects.only("seen_at").get(id=person_id)
    Person.objects.filter(id=person_id).update(name=name[:200], language=language, seen_at=now)
    return person.seen_at is None


def write_contact_code(*, person_id: int, channel: str, address: str, code_hash: str, now: datetime) -> int:
    """Keep a new code for an address and return its id; raises TooSoon before anything is written.

    Only the newest code of a channel counts. The person's row is locked, so that two requests at once send one message.
    """
    Person.objects.select_for_update().only("id").get(id=person_id)
    recent = ContactCode.objects.filter(person_id=person_id, channel=channel, created_at__gt=now - DAY)
    moments = list(recent.order_by("-created_at").values_list("created_at", flat=True)[:PER_DAY])
    if len(moments) >= PER_DAY:
        raise TooSoon(_seconds(moments[-1] + DAY - now))
    if moments and now - moments[0] < NEXT_AFTER:
        raise TooSoon(_seconds(moments[0] + NEXT_AFTER - now))
    code = ContactCode.objects.create(
        person_id=person_id,
        channel=channel,
        address=address,
        code_hash=code_hash,
        created_at=now,
        expires_at=now + VALID,
    )
    return code.id


def void_contact_code(*, code_id: int, now: datetime) -> None:
    """Let a code count no more, because its message never left. It still counts against the day's number."""
    ContactCode.objects.filter(id=code_id, used_at=None).update(expires_at=now)


def try_contact_code(*, person_id: int, channel: str, code_hash: str, now: datetime) -> Tried:
    """Try the newest code of a channel; when right, its address becomes the person's.

    The try is counted under the row's lock before it is compared: guessing at once buys nobody more than TRIES.
    """
    latest = (
        ContactCode.objects.select_for_update().filter(person_id=person_id, channel=channel).order_by("-id").first()
    )
    if latest is None or latest.used_at or latest.expires_at <= now or latest.tries >= TRIES:
        return Tried("", 0)
    ContactCode.objects.filter(id=latest.id).update(tries=F("tries") + 1)
    if not hmac.compare_digest(latest.code_hash, code_hash):
        return Tried("", TRIES - latest.tries - 1)
    ContactCode.objects.filter(id=latest.id).update(used_at=now)
    Person.objects.filter(id=person_id).update(**{_FIELDS[channel]: latest.address})
    return Tried(latest.address, TRIES)


def forget_contact(*, person_id: int, channel: str, now: datetime) -> bool:
    """Remove a confirmed address at the person's wish, and any code that waits; says whether there was an address."""
    known = Person.objects.filter(id=person_id).exclude(**{_FIELDS[channel]: ""})
    removed = bool(known.update(**{_FIELDS[channel]: ""}))
    ContactCode.objects.filter(person_id=person_id, channel=channel, used_at=None, expires_at__gt=now).update(
        expires_at=now
    )
    return removed


def set_reminders(*, person_id: int, wanted: bool, now: datetime) -> bool:
    """Whether the person may be reminded of due dates, anywhere; says whether that is a change."""
    other = Person.objects.filter(id=person_id, reminders_off_at__isnull=not wanted)
    return bool(other.update(reminders_off_at=None if wanted else now))


def note_own_change(*, person_id: int, action: str, detail: Mapping[str, Any], now: datetime) -> None:
    """Note with every municipality that knows the person what he changed himself. `detail` never holds an address."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (municipality_id, at, actor, actor_id, action, subject, detail) "
            "SELECT d.municipality_id, %s, 'CITIZEN', d.person_id, %s, 'debtor:' || d.id, %s::jsonb FROM debtor d "
            "WHERE d.person_id = %s ORDER BY d.municipality_id",
            [now, action, json.dumps(dict(detail)), person_id],
        )


def _seconds(wait: timedelta) -> int:
    return int(wait.total_seconds()) + 1
