"""Reads of what is offered, inside `tenancy(municipality=…)`. Frozen values, Greek and English side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality


def said(greek: str, english: str, language: str) -> str:
    """The words of one language."""
    return greek if language == "el" else english


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A price class. `free`: places that may still be taken of it, within quota and capacity."""

    id: int
    name_el: str
    name_en: str
    price_cents: int
    quota: int | None
    taken: int
    offered: bool
    free: int

    def name(self, language: str) -> str:
        """What it is called, in «el» or «en»."""
        return said(self.name_el, self.name_en, language)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with its price classes in their order."""

    id: int
    revenue_kind_id: int
    title_el: str
    title_en: str
    place: str
    starts_at: datetime
    doors_at: datetime | None
    about_el: str
    about_en: str
    conditions_el: str
    conditions_en: str
    capacity: int
    taken: int
    most_at_once: int
    sales_from: datetime
    sales_until: datetime
    cancelled_at: datetime | None
    online: bool
    card: bool
    rf: bool
    classes: tuple[ClassRow, ...]

    @property
    def free(self) -> int:
        """Places that nobody holds or bought."""
        return max(0, self.capacity - self.taken)

    def title(self, language: str) -> str:
        """What it is called, in «el» or «en»."""
        return said(self.title_el, self.title_en, language)

    def about(self, language: str) -> str:
        """What it is, in a few sentences."""
        return said(self.about_el, self.about_en, language)

    def conditions(self, language: str) -> str:
        """What a buyer agrees to."""
        return said(self.conditions_el, self.conditions_en, language)

    def state(self, now: datetime) -> str:
        """CANCELLED, OVER, CLOSED, BEFORE, SOLD_OUT or OPEN: the one word that pages turn on."""
        if self.cancelled_at:
            return "CANCELLED"
        if now >= self.starts_at:
            return "OVER"
        if now >= self.sales_until or not self.online:
            return "CLOSED"
        if now < self.sales_from:
            return "BEFORE"
        return "OPEN" if any(one.free for one in self.classes) else "SOLD_OUT"


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A priced certificate. `days_to_issue`: working days after payment."""

    id: int
    revenue_kind_id: int
    title_el: str
    title_en: str
    about_el: str
    about_en: str
    asks_el: str
    asks_en: str
    price_cents: int
    days_to_issue: int
    offered: bool
    card: bool
    rf: bool

    def title(self, language: str) -> str:
        """What it is called, in «el» or «en»."""
        return said(self.title_el, self.title_en, language)

    def about(self, language: str) -> str:
        """What it is for."""
        return said(self.about_el, self.about_en, language)

    def asks(self, language: str) -> str:
        """What the payer must write."""
        return said(self.asks_el, self.asks_en, language)


_EVENTS = """
SELECT e.id, e.revenue_kind_id, e.title_el, e.title_en, e.place, e.starts_at, e.doors_at, e.about_el, e.about_en,
    e.conditions_el, e.conditions_en, e.capacity, e.taken, e.most_at_once, e.sales_from, e.sales_until, e.cancelled_at,
    k.online, k.card, k.rf
FROM event e JOIN revenue_kind k ON k.id = e.revenue_kind_id
WHERE e.municipality_id = %s AND {} ORDER BY e.starts_at, e.id"""


def events_from(on: datetime) -> list[EventRow]:
    """Events that start at or after an instant, the next first."""
    return _events("e.starts_at >= %s", on)


def all_events() -> list[EventRow]:
    """Every event of the municipality, the next ones first, then the past ones from the latest."""
    return _events("true")


def event_by_id(event_id: int) -> EventRow | None:
    """One event; None when the municipality has none of that id."""
    return next(iter(_events("e.id = %s", event_id)), None)


def _events(condition: str, *values: Any) -> list[EventRow]:
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS.format(condition), [current_municipality(), *values])
        rows = cursor.fetchall()
        cursor.execute(
            "SELECT event_id, id, name_el, name_en, price_cents, quota, taken, offered FROM price_class "
            "WHERE event_id = ANY (%s::bigint[]) ORDER BY event_id, position",
            [[row[0] for row in rows]],
        )
        classes: dict[int, list[tuple[Any, ...]]] = {}
        for event_id, *row in cursor.fetchall():
            classes.setdefault(event_id, []).append(tuple(row))
    return [_event(row, classes.get(row[0], [])) for row in rows]


def _event(row: Sequence[Any], classes: Sequence[Sequence[Any]]) -> EventRow:
    free = max(0, row[11] - row[12])
    return EventRow(*[*row, tuple(_class(one, free) for one in classes)])


def _class(row: Sequence[Any], free: int) -> ClassRow:
    """A price class of an event with so many free places."""
    number, name_el, name_en, cents, quota, taken, offered = row
    left = free if quota is None else min(free, max(0, quota - taken))
    return ClassRow(number, name_el, name_en, cents, quota, taken, offered, left if offered else 0)


def certificates(*, offered_only: bool = False) -> list[CertificateRow]:
    """The municipality's certificates, by title; those on sale only, if asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.revenue_kind_id, c.title_el, c.title_en, c.about_el, c.about_en, c.asks_el, c.asks_en, "
            "c.price_cents, c.days_to_issue, c.offered AND k.online, k.card, k.rf FROM certificate_kind c "
            "JOIN revenue_kind k ON k.id = c.revenue_kind_id WHERE c.municipality_id = %s ORDER BY c.title_el, c.id",
            [current_municipality()],
        )
        found = [CertificateRow(*row) for row in cursor.fetchall()]
    return [one for one in found if one.offered or not offered_only]
