"""Tickets as PDF: one page for each place, with a QR that holds an address and the ticket's code and nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from obolos.adapters.documents.qr import qr_image
from obolos.adapters.documents.typesetting import Typesetter, printable
from obolos.base.dates import ATHENS
from obolos.base.wording import LANGUAGES, day_and_time, euro

_TEXTS = {
    "el": {
        "ticket": "Εισιτήριο",
        "of": "Εισιτήριο {n} από {total}",
        "place": "Χώρος",
        "starts": "Έναρξη",
        "doors": "Ανοίγουν οι πόρτες",
        "class": "Κατηγορία",
        "price": "Τιμή",
        "free": "Δωρεάν",
        "code": "Κωδικός εισιτηρίου",
        "purchase": "Αγορά",
        "show": "Δείξτε αυτόν τον κωδικό QR στην είσοδο, τυπωμένο ή στην οθόνη σας. Ισχύει για ένα άτομο, μία φορά.",
        "conditions": "Όροι",
        "phone": "Τηλέφωνο {phone}",
        "qr_alt": "QR του εισιτηρίου {code}",
        "title": "Εισιτήρια: {event}",
    },
    "en": {
        "ticket": "Ticket",
        "of": "Ticket {n} of {total}",
        "place": "Place",
        "starts": "Starts",
        "doors": "Doors open",
        "class": "Class",
        "price": "Price",
        "free": "Free of charge",
        "code": "Ticket code",
        "purchase": "Purchase",
        "show": "Show this QR code at the entrance, on paper or on your screen. It lets one person in, once.",
        "conditions": "Conditions",
        "phone": "Telephone {phone}",
        "qr_alt": "QR of ticket {code}",
        "title": "Tickets: {event}",
    },
}

_typesetter = Typesetter("tickets.typ")


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One place: its price class, price in cents, code as stored, and what its QR says."""

    class_name: str
    price_cents: int
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class TicketsView:
    """All tickets of one purchase. `made_at` (aware) is written as the file's time: equal values, equal bytes."""

    language: str
    municipality: str
    phone: str
    event: str
    place: str
    starts_at: datetime
    doors_at: datetime | None
    conditions: str
    reference: str
    made_at: datetime
    pages: tuple[TicketPage, ...]


def render_tickets(view: TicketsView) -> bytes:
    """The tickets as PDF/A-2a and PDF/UA-1. ValueError without pages or for another language."""
    return _typesetter.pdf("tickets", page_values(view))


def render_tickets_pictures(view: TicketsView, *, ppi: float = 96) -> list[bytes]:
    """The pages as PNG, to look at."""
    return _typesetter.pictures("tickets", page_values(view), ppi=ppi)


def grouped_code(code: str) -> str:
    """A ticket's code in groups of four, as printed and read out."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def page_values(view: TicketsView) -> dict[str, Any]:
    """What the template receives: every text finished."""
    if view.language not in LANGUAGES or not view.pages:
        raise ValueError("tickets need pages and a language of ours")
    texts = _TEXTS[view.language]
    made = view.made_at.astimezone(UTC)
    total = len(view.pages)
    return {
        "language": view.language,
        "texts": texts,
        "title": printable(texts["title"].format(event=view.event)),
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "municipality": printable(view.municipality),
        "phone": printable(texts["phone"].format(phone=view.phone)) if view.phone else "",
        "event": printable(view.event),
        "starts": printable(day_and_time(view.starts_at, view.language)),
        "conditions": [printable(line) for line in view.conditions.splitlines() if line.strip()],
        "reference": printable(view.reference),
        "pages": [
            {
                "of": texts["of"].format(n=number, total=total),
                "facts": _facts(view, page, texts),
                "code": grouped_code(page.code),
                "qr": qr_image(page.address),
                "qr_alt": texts["qr_alt"].format(code=grouped_code(page.code)),
            }
            for number, page in enumerate(view.pages, start=1)
        ],
    }


def _facts(view: TicketsView, page: TicketPage, texts: dict[str, str]) -> list[tuple[str, str]]:
    rows = (
        (texts["place"], view.place),
        (texts["doors"], f"{view.doors_at.astimezone(ATHENS):%H:%M}" if view.doors_at else ""),
        (texts["class"], page.class_name),
        (texts["price"], euro(page.price_cents, view.language) if page.price_cents else texts["free"]),
        (texts["purchase"], view.reference),
    )
    return [(label, printable(value)) for label, value in rows if value]
