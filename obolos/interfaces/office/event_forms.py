"""What a form of the office says of an event or a certificate, read into values; what is no value becomes None."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from obolos.base.dates import ATHENS
from obolos.base.money import parse_euro
from obolos.base.numbers import whole
from obolos.base.text import plain
from obolos.domain.offerings.queries import CertificateRow, ClassRow, EventRow
from obolos.flows.run_events import CertificateText, ClassText, EventText

#: Empty rows at the end of the price classes.
NEW_CLASSES = 3
MOST_CLASSES = 20


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, what was typed or kept, what is wrong with it."""

    name: str
    value: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class ClassFields:
    """One row of the price classes as shown. `taken`: places held or sold of it."""

    place: int
    id: str
    name_el: str
    name_en: str
    price: str
    quota: str
    offered: bool
    taken: int = 0


TEXTS = ("title_el", "title_en", "place", "about_el", "about_en", "conditions_el", "conditions_en")
MOMENTS = ("starts_at", "doors_at", "sales_from", "sales_until")
NUMBERS = ("capacity", "most_at_once")


def event_values(event: EventRow | None) -> dict[str, str]:
    """An event as its form shows it; for a new one what mostly holds."""
    if event is None:
        return {"most_at_once": "10"}
    values = {name: str(getattr(event, name)) for name in (*TEXTS, *NUMBERS, "revenue_kind_id")}
    for name in MOMENTS:
        at = getattr(event, name)
        values[name] = f"{at.astimezone(ATHENS):%Y-%m-%dT%H:%M}" if at else ""
    return values


def class_values(classes: tuple[ClassRow, ...]) -> list[ClassFields]:
    """Price classes as the form shows them, with empty rows for new ones."""
    shown = [
        ClassFields(
            place,
            str(one.id),
            one.name_el,
            one.name_en,
            f"{one.price_cents // 100},{one.price_cents % 100:02d}",
            "" if one.quota is None else str(one.quota),
            one.offered,
            one.taken,
        )
        for place, one in enumerate(classes)
    ]
    return shown + [ClassFields(len(shown) + more, "", "", "", "", "", True) for more in range(NEW_CLASSES)]


def typed_classes(fields: QueryDict) -> list[ClassFields]:
    """The price classes as typed."""
    found = []
    for place in range(MOST_CLASSES):
        if f"c{place}_el" in fields:
            words = {name: _clean(fields, f"c{place}_{name}", 60) for name in ("id", "el", "en", "price", "quota")}
            found.append(
                ClassFields(
                    place,
                    words["id"],
                    words["el"],
                    words["en"],
                    words["price"],
                    words["quota"],
                    fields.get(f"c{place}_offered") == "1",
                )
            )
    return found


def typed_event(fields: QueryDict) -> tuple[dict[str, str], EventText]:
    """The event as typed, and as values."""
    typed = {name: _clean(fields, name, 2_000) for name in (*TEXTS, *MOMENTS, *NUMBERS, "revenue_kind_id")}
    text = EventText(
        revenue_kind_id=_number(typed["revenue_kind_id"]),
        title_el=typed["title_el"][:120],
        title_en=typed["title_en"][:120],
        place=typed["place"][:160],
        starts_at=_moment(typed["starts_at"]),
        doors_at=_moment(typed["doors_at"]),
        sales_from=_moment(typed["sales_from"]),
        sales_until=_moment(typed["sales_until"]),
        capacity=_number(typed["capacity"]),
        most_at_once=_number(typed["most_at_once"]),
        about_el=typed["about_el"],
        about_en=typed["about_en"],
        conditions_el=typed["conditions_el"],
        conditions_en=typed["conditions_en"],
        classes=tuple(_class(one) for one in typed_classes(fields)),
    )
    return typed, text


def _class(one: ClassFields) -> ClassText:
    quota = _number(one.quota) if one.quota else None
    return ClassText(
        _number(one.id) if one.id else None,
        one.name_el,
        one.name_en,
        _cents(one.price),
        -1 if one.quota and quota is None else quota,
        one.offered,
    )


CERTIFICATE = ("title_el", "title_en", "about_el", "about_en", "asks_el", "asks_en")


def certificate_values(row: CertificateRow | None) -> dict[str, str]:
    """A certificate as its form shows it."""
    if row is None:
        return {"days_to_issue": "3", "offered": "1"}
    values = {name: str(getattr(row, name)) for name in (*CERTIFICATE, "days_to_issue", "revenue_kind_id")}
    offered = "1" if row.offered else ""
    return values | {"price": f"{row.price_cents // 100},{row.price_cents % 100:02d}", "offered": offered}


def typed_certificate(fields: QueryDict) -> tuple[dict[str, str], CertificateText]:
    """The certificate as typed, and as values."""
    names = (*CERTIFICATE, "price", "days_to_issue", "revenue_kind_id", "offered")
    typed = {name: _clean(fields, name, 2_000) for name in names}
    text = CertificateText(
        revenue_kind_id=_number(typed["revenue_kind_id"]),
        title_el=typed["title_el"][:120],
        title_en=typed["title_en"][:120],
        about_el=typed["about_el"],
        about_en=typed["about_en"],
        asks_el=typed["asks_el"][:200],
        asks_en=typed["asks_en"][:200],
        price_cents=_cents(typed["price"]),
        days_to_issue=_number(typed["days_to_issue"]),
        offered=typed["offered"] == "1",
    )
    return typed, text


def as_fields(names: tuple[str, ...], values: Mapping[str, str], faults: Mapping[str, str]) -> dict[str, Field]:
    """Fields with what is wrong with each."""
    return {name: Field(name, values.get(name, ""), fault(faults[name]) if name in faults else "") for name in names}


def told(faults: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, field by field, with each field's name: for the summary on top."""
    return {name: f"{label(name)}: {fault(word)}" for name, word in faults.items()}


def label(name: str) -> str:
    """What a field is called."""
    return {
        "title_el": _("Title in Greek"),
        "title_en": _("Title in English"),
        "place": _("Place"),
        "starts_at": _("Begins"),
        "doors_at": _("Doors open (if you say it)"),
        "sales_from": _("Online sales begin"),
        "sales_until": _("Online sales end"),
        "capacity": _("Places in all"),
        "most_at_once": _("Places in one purchase, at most"),
        "revenue_kind_id": _("Booked under"),
        "classes": _("Price classes"),
        "asks_el": _("What the applicant must write, in Greek"),
        "asks_en": _("What the applicant must write, in English"),
        "price": _("Price in euro"),
        "days_to_issue": _("Working days to make it out"),
    }.get(name, name)


def fault(word: str) -> str:
    """Why a field is not kept, and what to write."""
    return {
        "NEEDED": _("Fill this in."),
        "NUMBER": _("Write a number that fits."),
        "ORDER": _("The end of sales comes after their beginning."),
        "AFTER_START": _("This comes after the event begins."),
        "CLASS": _("Every price class needs both names and a price in euro, like 12,00; 0 is free of charge."),
        "TAKEN": _("More places than this are sold or held already."),
    }.get(word, word)


def _clean(fields: QueryDict, name: str, longest: int) -> str:
    return plain(fields.get(name, ""), longest)


def _number(text: str) -> int | None:
    return whole(text, most=999_999_999)


def _cents(text: str) -> int | None:
    try:
        cents = parse_euro(text)
    except ValueError:
        return None
    return cents if 0 <= cents <= 1_000_000 else None


def _moment(text: str) -> datetime | None:
    """«2026-12-05T20:30» as the browser's field says it, in Athens time."""
    try:
        at = datetime.fromisoformat(text) if len(text) == len("2026-12-05T20:30") else None
    except ValueError:
        return None
    return at.replace(tzinfo=ATHENS) if at and at.tzinfo is None and 2000 <= at.year <= 2100 else None
