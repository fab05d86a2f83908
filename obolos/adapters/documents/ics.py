"""A calendar file (.ics, RFC 5545) that reminds somebody of a deadline."""

from datetime import UTC, date, datetime, timedelta

from obolos.base.references import rf_format
from obolos.base.wording import euro, long_date

_TEXTS = {
    "el": (
        "Τελευταία ημέρα: {amount}, {municipality}",
        "Πληρώστε {amount} έως {until} με τον κωδικό RF {rf}.\n{municipality}, αριθμός πληρωμής {reference}",
    ),
    "en": (
        "Last day to pay: {amount}, {municipality}",
        "Pay {amount} by {until} with the RF code {rf}.\n{municipality}, payment reference {reference}",
    ),
}
_PRODUCT = "-//Obolos//Reminder//EN"
_ONE_DAY = timedelta(days=1)


def reminder_ics(
    *, uid: str, on: date, summary: str, description: str, made_at: datetime, url: str = "", days_before: int = 1
) -> bytes:
    """An all-day entry on the last day `on`, with an alarm at 09:00 `days_before` it.

    `uid` stays the same for the same deadline: opening the file again moves the entry instead of adding another.
    `made_at` (aware) is written as the file's time, so equal input gives equal bytes. The day is marked free: a
    deadline does not block anybody's calendar. ValueError for an empty `uid` or a naive `made_at`.
    """
    from icalendar import Alarm, Calendar, Event  # noqa: PLC0415 - slow to import, needed seldom

    if not uid.strip() or made_at.tzinfo is None:
        raise ValueError("a reminder needs a uid and an aware instant")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", timedelta(hours=9) - days_before * _ONE_DAY)

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", on)
    event.add("dtend", on + _ONE_DAY)
    event.add("summary", summary)
    event.add("description", description)
    event.add("transp", "TRANSPARENT")
    if url:
        event.add("url", url)
    event.add_component(alarm)

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def event_ics(
    *, uid: str, starts_at: datetime, ends_at: datetime, summary: str, place: str, made_at: datetime, url: str = ""
) -> bytes:
    """An event with tickets, at its hour and place, with an alarm two hours before. As `reminder_ics` otherwise."""
    from icalendar import Alarm, Calendar, Event  # noqa: PLC0415 - slow to import, needed seldom

    if not uid.strip() or made_at.tzinfo is None or starts_at.tzinfo is None:
        raise ValueError("an event needs a uid and aware instants")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", -timedelta(hours=2))
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(UTC))
    event.add("dtend", ends_at.astimezone(UTC))
    event.add("summary", summary)
    event.add("location", place)
    if url:
        event.add("url", url)
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def rf_reminder_ics(
    *,
    language: str,
    municipality: str,
    rf_code: str,
    amount_cents: int,
    valid_until: date,
    reference: str,
    domain: str,
    made_at: datetime,
    url: str = "",
) -> bytes:
    """The reminder of an RF code's last day. `municipality` is the full name in `language`, `domain` the portal's."""
    summary, description = _TEXTS[language]
    values = {
        "amount": euro(amount_cents, language),
        "municipality": municipality,
        "until": long_date(valid_until, language),
        "rf": rf_format(rf_code),
        "reference": reference,
    }
    return reminder_ics(
        uid=f"{reference}@{domain}",
        on=valid_until,
        summary=summary.format_map(values),
        description=description.format_map(values),
        made_at=made_at,
        url=url,
    )
