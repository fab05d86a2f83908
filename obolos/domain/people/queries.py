"""Reads of one person, inside `tenancy(person=…)`."""

from dataclasses import dataclass
from datetime import datetime

from obolos.domain.people.actions import TRIES
from obolos.domain.people.models import ContactCode, Debtor, Person


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's confirmed contacts (e-mail, mobile), and addresses that wait for their code."""

    name: str
    email: str
    mobile: str
    waiting_email: str = ""
    waiting_sms: str = ""
    #: Whether the person may be reminded of due dates.
    reminders: bool = True


def contact_of_person(person_id: int, *, now: datetime) -> Contact:
    """What is confirmed, and what waits for a code that can still be typed. Two statements."""
    person = Person.objects.only("name", "email", "mobile", "reminders_off_at").get(id=person_id)
    latest = ContactCode.objects.filter(person_id=person_id).order_by("channel", "-id").distinct("channel")
    waiting = {
        code.channel: code.address
        for code in latest
        if code.used_at is None and code.expires_at > now and code.tries < TRIES
    }
    return Contact(
        name=person.name,
        email=person.email,
        mobile=person.mobile,
        waiting_email=waiting.get("email", ""),
        waiting_sms=waiting.get("sms", ""),
        reminders=person.reminders_off_at is None,
    )


def municipalities_of(person_id: int) -> tuple[int, ...]:
    """Ids of the municipalities that know the person as a debtor."""
    return tuple(
        Debtor.objects.filter(person_id=person_id).order_by("municipality_id").values_list("municipality_id", flat=True)
    )


def contacts_of(person_id: int) -> tuple[str, str]:
    """(e-mail, mobile) that a person confirmed; each empty without one."""
    row = Person.objects.filter(id=person_id).values_list("email", "mobile").first()
    return (row[0] or "", row[1] or "") if row else ("", "")


def reminders_wanted(person_id: int) -> bool:
    """Whether the person may be reminded of due dates."""
    return Person.objects.filter(id=person_id, reminders_off_at=None).exists()
