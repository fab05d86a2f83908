"""Writes of persons and of the contacts they confirm. Inside `tenancy(person=…)`, except entering a person."""

from datetime import datetime, timedelta

from django.db import connection

from obolos.domain.people.models import ContactCode, Person

#: How long a code may be typed, how often, and how soon and how many more may be asked for.
VALID = timedelta(minutes=10)
TRIES = 5
NEXT_AFTER = timedelta(seconds=45)
PER_DAY = 6


class TooSoon(Exception):
    """Another code was sent a moment ago, or too many today. `seconds` until the next may be asked for."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class WrongCode(Exception):
    """The code is not the one sent. `left` tries remain; 0 means a new code is needed."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} tries left")
        self.left = left


def enter_person(afm: str, person_type: str = "N") -> int:
    """Id of the person with that ΑΦΜ, made if he was never met. For sign-in; needs no tenancy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM obolos_enter_people(%s::text[], %s::text[])", [[afm], [person_type]])
        return int(cursor.fetchone()[0])


def note_sign_in(*, person_id: int, name: str, language: str, now: datetime) -> None:
    """Keep the name the identity provider gave, and when the person was last here."""
    Person.objects.filter(id=person_id).update(name=name[:200], language=language, seen_at=now)


def write_contact_code(*, person_id: int, channel: str, address: str, code_hash: str, now: datetime) -> None:
    """Keep a new code for an address; raises TooSoon before anything is written."""
    recent = ContactCode.objects.filter(person_id=person_id, channel=channel, created_at__gt=now - timedelta(days=1))
    moments = list(recent.order_by("-created_at").values_list("created_at", flat=True)[:PER_DAY])
    if moments and now - moments[0] < NEXT_AFTER:
        raise TooSoon(int((moments[0] + NEXT_AFTER - now).total_seconds()) + 1)
    if len(moments) >= PER_DAY:
        raise TooSoon(int((moments[-1] + timedelta(days=1) - now).total_seconds()) + 1)
    ContactCode.objects.create(
        person_id=person_id, channel=channel, address=address, code_hash=code_hash, created_at=now, expires_at=now + VALID
    )


def use_contact_code(*, person_id: int, channel: str, code_hash: str, now: datetime) -> str:
    """Confirm the address the newest code went to and return it. Raises WrongCode; each try counts, also a wrong one."""
    latest = ContactCode.objects.select_for_update().filter(person_id=person_id, channel=channel).order_by("-id").first()
    if latest is None or latest.used_at or latest.expires_at <= now or latest.tries >= TRIES:
        raise WrongCode(0)
    if latest.code_hash != code_hash:
        raise WrongCode(TRIES - latest.tries - 1)
    latest.used_at = now
    latest.save(update_fields=["used_at"])
    field = "email" if channel == "email" else "mobile"
    Person.objects.filter(id=person_id).update(**{field: latest.address})
    return latest.address


def count_wrong_try(*, person_id: int, channel: str) -> None:
    """Count a wrong code against the newest one; in a transaction of its own, so that it stays counted."""
    latest = ContactCode.objects.filter(person_id=person_id, channel=channel).order_by("-id").first()
    if latest is not None:
        ContactCode.objects.filter(id=latest.id).update(tries=latest.tries + 1)


def forget_contact(*, person_id: int, channel: str) -> None:
    """Remove a confirmed address at the person's wish."""
    Person.objects.filter(id=person_id).update(**{"email" if channel == "email" else "mobile": ""})
