"""Tickets as PDF: one page a place, the same bytes for the same values, and a QR that says nothing about anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from obolos.adapters.documents.ics import event_ics
from obolos.adapters.documents.qr import qr_image
from obolos.adapters.documents.tickets import (
    TicketPage,
    TicketsView,
    grouped_code,
    page_values,
    render_tickets,
    render_tickets_pictures,
)

STARTS = datetime(2026, 12, 5, 18, 30, tzinfo=UTC)
CODE = "7K2M94QX8ABCDEFG"
PAGES = (
    TicketPage("Κανονικό", 1_200, CODE, f"https://pay.example/office/door/{CODE}/"),
    TicketPage("Παιδικό", 0, CODE[::-1], f"https://pay.example/office/door/{CODE[::-1]}/"),
)
VIEW = TicketsView(
    language="el", municipality="Δήμος Ιωαννιτών", phone="26510 00084", event="Συναυλία #1 *στη* λίμνη",
    place="Πνευματικό Κέντρο", starts_at=STARTS, doors_at=STARTS - timedelta(hours=1), conditions="Όρος ένα.\n\nΌρος δύο.",
    reference="EV-7K2M-94QX", made_at=datetime(2026, 11, 22, 10, tzinfo=UTC), pages=PAGES,
)  # fmt: skip


def test_one_page_for_each_place_and_the_same_bytes_again() -> None:
    pdf = render_tickets(VIEW)
    assert pdf.startswith(b"%PDF")
    assert pdf == render_tickets(VIEW)
    assert len(render_tickets_pictures(VIEW, ppi=20)) == 2
    assert len(render_tickets_pictures(replace(VIEW, pages=PAGES[:1]), ppi=20)) == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("el", ("Σάββατο 5 Δεκεμβρίου 2026, 20:30", "Εισιτήριο 1 από 2", "12,00\u00a0€", "Δωρεάν", "19:30")),
        ("en", ("Saturday 5 December 2026, 20:30", "Ticket 1 of 2", "€12.00", "Free of charge", "19:30")),
    ],
)
def test_it_says_what_the_entrance_and_the_visitor_need(language: str, said: tuple[str, ...]) -> None:
    values = page_values(replace(VIEW, language=language))
    text = f"{values['starts']} {values['pages']}".replace("\\xa0", "\u00a0")
    assert [word for word in said if word not in text] == []
    assert values["conditions"] == ["Όρος ένα.", "Όρος δύο."]


def test_the_qr_holds_the_address_and_the_code_and_nothing_else() -> None:
    first = page_values(VIEW)["pages"][0]
    assert first["qr"] == qr_image(PAGES[0].address)
    assert first["code"] == grouped_code(CODE) == "7K2M 94QX 8ABC DEFG"


def test_tickets_without_places_or_in_another_language_are_refused() -> None:
    for wrong in (replace(VIEW, pages=()), replace(VIEW, language="fr")):
        with pytest.raises(ValueError, match="tickets need"):
            render_tickets(wrong)


def test_the_event_for_a_calendar_stands_at_its_hour() -> None:
    raw = event_ics(
        uid="p@obolos", starts_at=STARTS, ends_at=STARTS + timedelta(hours=2), summary="Συναυλία\r\nATTACH:x", place="Κέντρο",
        made_at=STARTS, url="https://pay.example/x",
    )  # fmt: skip
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert event.decoded("dtstart") == STARTS
    assert str(event["location"]) == "Κέντρο"
    assert b"\r\nATTACH:x" not in raw
    with pytest.raises(ValueError, match="aware"):
        event_ics(uid="", starts_at=STARTS, ends_at=STARTS, summary="x", place="", made_at=STARTS)
