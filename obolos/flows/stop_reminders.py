"""A person says whether to be reminded: on his own page, or by the link in a reminder, which needs no signing in.

The link names the person by a number and proves by a keyed hash that it is ours: it can be passed on, not made up. All
that its holder can do with it is this one switch.
"""

import hashlib
import hmac
import re
from datetime import datetime

from django.conf import settings

from obolos.base.masking import masked
from obolos.base.tenancy import tenancy
from obolos.domain.people.actions import note_own_change, set_reminders
from obolos.domain.people.queries import contacts_of, reminders_wanted

PATH = "/reminders/stop/"
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{40})", re.ASCII)


class NoSuchLink(Exception):
    """The link is not one of ours, or was cut on its way."""


def stop_url(person_id: int) -> str:
    """The address in a person's reminders."""
    return f"{settings.OBOLOS_PORTAL_URL}{PATH}?p={person_id}-{_proof(person_id, settings.SECRET_KEY)}"


def person_of_link(token: str) -> int:
    """Whose link it is. Raises NoSuchLink."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise NoSuchLink
    person_id = int(found[1])
    keys = map(str, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    if not any(hmac.compare_digest(found[2], _proof(person_id, key)) for key in keys):
        raise NoSuchLink
    return person_id


def want_reminders(*, person_id: int, wanted: bool, now: datetime, by_link: bool = False) -> None:
    """Switch a person's reminders on or off, in all municipalities; each that knows him has it on record. Twice is as once.

    Who holds the link of a reminder is taken for the person: `by_link` stands in the record.
    """
    with tenancy(person=person_id):
        if set_reminders(person_id=person_id, wanted=wanted, now=now):
            note_own_change(
                person_id=person_id,
                action="reminders.resumed" if wanted else "reminders.stopped",
                detail={"by_link": by_link},
                now=now,
            )


def reached_at(person_id: int) -> str:
    """Where the person's reminders go, masked: so that he sees whose link he holds. Empty when nowhere."""
    with tenancy(person=person_id):
        email, mobile = contacts_of(person_id)
    return ", ".join(masked(one) for one in (email, mobile) if one)


def wants_reminders(person_id: int) -> bool:
    """Whether the person may be reminded."""
    with tenancy(person=person_id):
        return reminders_wanted(person_id)


def _proof(person_id: int, key: str) -> str:
    spelt = f"obolos stop reminders:{person_id}"
    return hmac.new(key.encode(), spelt.encode(), hashlib.sha256).hexdigest()[:40]
