"""A calendar file (.ics, RFC 5545) that reminds somebody of a deadline."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from obolos.base.dates import ATHENS
from obolos.base.references import rf_format
from obolos.base.wording import athens_moment, euro, long_date

_TEXTS = {
    "el": (
        "Τελευταία ημέρα: {amount}, {municipality}",
        "Πληρώστε {amount} έως {until} με τον κωδικό {rf}.\n{municipality}, αριθμός πληρωμής {reference}",
    ),
    "en": (
        "Last day to pay: {amount}, {municipality}",
        "Pay {amount} by {until} with the code {rf}.\n{municipality}, payment reference {reference}",
    ),
}
_PRODUCT = "-//Obolos//Reminder//EN"
_ONE_DAY = timedelta(days=1)


def reminder_ics(
    *,
    uid: str,
    on: date,
    at: datetime | None = None,
    summary: str,
    description: str,
    made_at: datetime,
    now: datetime | None = None,
    url: str = "",
) -> bytes:
    """An entry on the last day `on`, at the minute `at` of it when there is one and all day otherwise, with an alarm.

    `uid` stays the same for the same deadline: opening the file again moves the entry instead of adding another.
    `made_at` (aware) is written as the file's time, so equal input gives equal bytes. The time is marked free: a
    deadline does not block anybody's calendar. The alarm is never before `now` (else `made_at`), and there is none when
    it is too late for one. ValueError for an empty `uid` or a naive `made_at`.
    """
    from icalendar import Calendar, Event  # noqa: PLC0415 - slow to import, needed seldom

    if not uid.strip() or made_at.tzinfo is None:
        raise ValueError("a reminder needs a uid and an aware instant")
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made_at.astimezone(UTC))
    if at is None:
        event.add("dtstart", on)
        event.add("dtend", on + _ONE_DAY)
    else:
        event.add("dtstart", at.astimezone(UTC))
    event.add("summary", summary)
    event.add("description", description)
    event.add("transp", "TRANSPARENT")
    if url:
        event.add("url", url)
    _alarm(event, summary, at or datetime.combine(on, time.min, ATHENS), _moments(on, at), now or made_at)

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _moments(on: date, at: datetime | None) -> tuple[datetime, ...]:
    """When to remind of a deadline, the best first: the day before at 9:00, its own morning, its own evening."""
    eve, morning, evening = (
        datetime.combine(day, time(hour), ATHENS) for day, hour in ((on - _ONE_DAY, 9), (on, 9), (on, 18))
    )
    return (eve, morning, evening) if at is None else (morning, at - timedelta(hours=2))


def _alarm(event: Any, words: str, start: datetime, moments: Iterable[datetime], now: datetime) -> None:
    """Remind at the first of these moments that is still to come."""
    from icalendar import Alarm  # noqa: PLC0415 - slow to import, needed seldom

    at = next((one for one in moments if one > now), None)
    if at is None:
        return
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", at.astimezone(UTC) - start.astimezone(UTC))
    event.add_component(alarm)


def event_ics(
    *, uid: str, starts_at: datetime, ends_at: datetime, summary: str, place: str, made_at: datetime, url: str = ""
) -> bytes:
    """An event with tickets, at its hour and place; the alarm is two hours before. As `reminder_ics` otherwise."""
    from icalendar import Calendar, Event  # noqa: PLC0415 - slow to import, needed seldom

    if not uid.strip() or made_at.tzinfo is None or starts_at.tzinfo is None:
        raise ValueError("an event needs a uid and aware instants")
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(UTC))
    event.add("dtend", ends_at.astimezone(UTC))
    event.add("summary", summary)
    event.add("location", place)
    if url:
        event.add("url", url)
    _alarm(event, summary, starts_at, (starts_at - timedelta(hours=2),), made_at)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def rf_reminder_ics(
    *,
    uid: str,
    language: str,
    municipality: str,
    rf_code: str,
    amount_cents: int,
    valid_until: date,
    reference: str,
    made_at: datetime,
    now: datetime,
    pay_by: datetime | None = None,
    url: str = "",
) -> bytes:
    """The reminder of an RF code's last day, or of the minute `pay_by` of it. `municipality`: the full name in `language`."""
    summary, description = _TEXTS[language]
    values = {
        "amount": euro(amount_cents, language),
        "municipality": municipality,
        "until": athens_moment(pay_by, language) if pay_by else long_date(valid_until, language),
        "rf": rf_format(rf_code),
        "reference": reference,
    }
    return reminder_ics(
        uid=uid,
        on=valid_until,
        at=pay_by,
        summary=summary.format_map(values),
        description=description.format_map(values),
        made_at=made_at,
        now=now,
        url=url,
    )
