"""Calendar reminders."""

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from obolos.adapters.documents.ics import reminder_ics, rf_reminder_ics

FACTS = {
    "uid": "OB-7K2M-94QX@pliromes.example.gr",
    "on": date(2026, 11, 30),
    "summary": "Λήγει ο κωδικός RF: 266,70 €; Δήμος Ιωαννιτών",
    "description": "RF64 9001 2012 0000 0000 0471 1\nΔήμος Ιωαννιτών, τηλέφωνο 26510 00000, όλο το κείμενο σε γραμμές",
    "made_at": datetime(2026, 11, 23, 17, 6, tzinfo=UTC),
}


def test_file_is_an_all_day_entry_with_one_alarm():
    raw = reminder_ics(**FACTS, url="https://example.gr/pay/x/")
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    (alarm,) = event.walk("VALARM")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 11, 30), date(2026, 12, 1))
    assert str(event["uid"]) == FACTS["uid"]
    assert str(event["summary"]) == FACTS["summary"]
    assert str(event["description"]) == FACTS["description"]
    assert str(event["url"]) == "https://example.gr/pay/x/"
    assert event.decoded("dtstamp") == FACTS["made_at"]
    assert str(event["transp"]) == "TRANSPARENT"
    assert str(alarm["action"]) == "DISPLAY"
    assert b"TRIGGER:-PT15H\r\n" in raw  # 09:00 of the day before


def test_lines_are_short_and_end_as_the_standard_says():
    raw = reminder_ics(**FACTS)
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    assert raw.startswith(b"BEGIN:VCALENDAR\r\n")
    assert raw.endswith(b"END:VCALENDAR\r\n")


def test_same_deadline_gives_same_bytes_and_a_moved_one_keeps_its_uid():
    assert reminder_ics(**FACTS) == reminder_ics(**FACTS)
    moved = reminder_ics(**FACTS | {"on": date(2026, 12, 4)})
    assert b"UID:OB-7K2M-94QX@pliromes.example.gr\r\n" in moved


def test_text_cannot_add_lines_of_its_own():
    raw = reminder_ics(**FACTS | {"summary": "x\r\nATTACH:https://evil.example/", "description": "y\nEND:VEVENT"})
    assert b"\r\nATTACH" not in raw
    assert raw.count(b"\r\nEND:VEVENT\r\n") == 1


@pytest.mark.parametrize(
    ("now", "trigger"),
    [
        (datetime(2026, 11, 28, tzinfo=UTC), b"TRIGGER:-PT15H"),
        (datetime(2026, 11, 29, 12, tzinfo=UTC), b"TRIGGER:PT9H"),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), b"TRIGGER:PT18H"),
        (datetime(2026, 11, 30, 20, tzinfo=UTC), b""),
    ],
)
def test_an_alarm_is_never_before_now(now, trigger):
    raw = reminder_ics(**FACTS, now=now)
    assert (trigger in raw) if trigger else b"VALARM" not in raw


@pytest.mark.parametrize(
    ("now", "trigger"),
    [
        (datetime(2026, 11, 29, 12, tzinfo=UTC), b"TRIGGER:-PT14H59M"),  # 9:00 in Athens
        (datetime(2026, 11, 30, 8, tzinfo=UTC), b"TRIGGER:-PT2H"),
        (datetime(2026, 11, 30, 20, 30, tzinfo=UTC), b""),
    ],
)
def test_a_deadline_with_an_hour_stands_at_that_hour(now, trigger):
    deadline = datetime(2026, 11, 30, 21, 59, tzinfo=UTC)
    raw = reminder_ics(**FACTS, at=deadline, now=now)
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert event.decoded("dtstart") == deadline
    assert (trigger in raw) if trigger else b"VALARM" not in raw


@pytest.mark.parametrize("wrong", [{"uid": " "}, {"made_at": datetime(2026, 11, 23)}])  # noqa: DTZ001
def test_a_reminder_without_identity_or_instant_is_refused(wrong):
    with pytest.raises(ValueError, match="uid and an aware instant"):
        reminder_ics(**FACTS | wrong)


@pytest.mark.parametrize(
    ("language", "municipality", "summary", "description"),
    [
        (
            "el",
            "Δήμος Ιωαννιτών",
            "Τελευταία ημέρα: 266,70\u00a0€, Δήμος Ιωαννιτών",
            "Πληρώστε 266,70\u00a0€ έως 30 Νοεμβρίου 2026 με τον κωδικό RF64 9001 2012 0000 0000 0471 1.\n"
            "Δήμος Ιωαννιτών, αριθμός πληρωμής OB-7K2M-94QX",
        ),
        (
            "en",
            "Municipality of Ioanniton",
            "Last day to pay: €266.70, Municipality of Ioanniton",
            "Pay €266.70 by 30 November 2026 with the code RF64 9001 2012 0000 0000 0471 1.\n"
            "Municipality of Ioanniton, payment reference OB-7K2M-94QX",
        ),
    ],
)
def test_reminder_of_an_rf_code_says_amount_payee_and_code(language, municipality, summary, description):
    raw = rf_reminder_ics(
        language=language,
        municipality=municipality,
        rf_code="RF64900120120000000004711",
        amount_cents=26_670,
        valid_until=date(2026, 11, 30),
        reference="OB-7K2M-94QX",
        uid=FACTS["uid"],
        made_at=FACTS["made_at"],
        now=FACTS["made_at"],
    )
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert str(event["uid"]) == "OB-7K2M-94QX@pliromes.example.gr"
    assert (str(event["summary"]), str(event["description"])) == (summary, description)
    assert event.decoded("dtstart") == date(2026, 11, 30)
