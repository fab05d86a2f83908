"""The office prepares events and certificates, sees what is sold, and calls an event off. Every change is audited.

Calling off ends the sale at once; what was held goes back with the next tick, what was paid waits for a person as one
question per purchase. Giving money back happens elsewhere.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import IntegrityError, connection

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.kind_queries import SaleKind, sale_kinds
from obolos.domain.offerings.actions import tell_buyer
from obolos.domain.offerings.models import CertificateKind, Event
from obolos.domain.offerings.purchase_queries import PurchaseRow, purchases_of_event, still_paying
from obolos.domain.offerings.queries import CertificateRow, EventRow, all_events, certificates, event_by_id
from obolos.domain.offerings.sales_queries import SaleRow, SoldRow, sales_of_event, sold_by_event
from obolos.flows.return_places import to_be_given_back

NOTHING_SOLD = SoldRow(0, 0, 0, 0, 0)


class EventUnknown(Exception):
    """The municipality has no such event or certificate."""


class Refused(Exception):
    """What cannot be kept, by field, as machine words. Nothing was written."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class ClassText:
    """A price class as wanted. `id` is None for a new one; an empty Greek name leaves a new one out."""

    id: int | None
    name_el: str
    name_en: str
    price_cents: int | None
    quota: int | None
    offered: bool = True


@dataclass(frozen=True, slots=True)
class EventText:
    """An event as wanted; instants are aware, None where what was typed is none."""

    revenue_kind_id: int | None
    title_el: str
    title_en: str
    place: str
    starts_at: datetime | None
    doors_at: datetime | None
    sales_from: datetime | None
    sales_until: datetime | None
    capacity: int | None
    most_at_once: int | None
    about_el: str = ""
    about_en: str = ""
    conditions_el: str = ""
    conditions_en: str = ""
    classes: Sequence[ClassText] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class CertificateText:
    """A certificate as wanted."""

    revenue_kind_id: int | None
    title_el: str
    title_en: str
    about_el: str
    about_en: str
    asks_el: str
    asks_en: str
    price_cents: int | None
    days_to_issue: int | None
    offered: bool


@dataclass(frozen=True, slots=True)
class EventFigures:
    """An event with its figures: sold, held just now, free, let in, money."""

    event: EventRow
    sold: SoldRow


def events_of(*, municipality_id: int) -> tuple[EventFigures, ...]:
    """All events with their figures."""
    with tenancy(municipality=municipality_id):
        sold = sold_by_event()
        return tuple(EventFigures(one, sold.get(one.id, NOTHING_SOLD)) for one in all_events())


def event_of(event_id: int, *, municipality_id: int) -> tuple[EventFigures, tuple[PurchaseRow, ...]]:
    """One event with its figures and purchases. Raises EventUnknown."""
    with tenancy(municipality=municipality_id):
        event = event_by_id(event_id)
        if event is None:
            raise EventUnknown(event_id)
        return EventFigures(event, sold_by_event().get(event_id, NOTHING_SOLD)), tuple(purchases_of_event(event_id))


def certificates_of(*, municipality_id: int) -> tuple[CertificateRow, ...]:
    """All certificates, also those not offered."""
    with tenancy(municipality=municipality_id):
        return tuple(certificates())


def kinds_for_sale(*, municipality_id: int) -> tuple[SaleKind, ...]:
    """Revenue kinds that a sale may be booked under."""
    with tenancy(municipality=municipality_id):
        return tuple(sale_kinds())


_SAVE_CLASSES = """
INSERT INTO price_class (municipality_id, event_id, position, name_el, name_en, price_cents, quota, offered)
SELECT %(m)s::bigint, %(event)s::bigint, %(from)s::int + row_number() OVER (ORDER BY x.place)::int, x.name_el, x.name_en,
    x.cents, x.quota, x.offered
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (place int, name_el text, name_en text, cents bigint, quota int, offered boolean)
"""

_CHANGE_CLASSES = """
UPDATE price_class c SET name_el = x.name_el, name_en = x.name_en, price_cents = x.cents, quota = x.quota,
    offered = x.offered
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id bigint, name_el text, name_en text, cents bigint, quota int,
    offered boolean)
WHERE c.id = x.id AND c.event_id = %(event)s
"""


def keep_event(
    text: EventText, *, event_id: int | None = None, municipality_id: int, by_user: int, now: datetime
) -> int:
    """Make or change an event with its price classes; returns its id. Raises Refused, EventUnknown.

    What is sold stays sold: a capacity or quota below what is taken is refused (TAKEN), by PostgreSQL at the latest.
    """
    _refuse(text)
    values = {key: value for key, value in asdict(text).items() if key != "classes"}
    try:
        with tenancy(municipality=municipality_id):
            if event_id is None:
                event_id = Event.objects.create(municipality_id=municipality_id, made_at=now, **values).pk
            elif not Event.objects.filter(id=event_id, cancelled_at__isnull=True).update(**values):
                raise EventUnknown(event_id)
            _keep_classes(event_id, text.classes, municipality_id)
            add_audit_entry(
                actor=Actor.STAFF, actor_id=by_user, action="event.kept", subject=f"event:{event_id}",
                detail=json.loads(json.dumps(asdict(text), default=str)), now=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused(_which(error)) from error
    return event_id


def _keep_classes(event_id: int, classes: Sequence[ClassText], municipality_id: int) -> None:
    rows = [asdict(one) | {"cents": one.price_cents, "place": place} for place, one in enumerate(classes)]
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGE_CLASSES,
            {"event": event_id, "rows": json.dumps([one for one in rows if one["id"] is not None])},
        )
        cursor.execute("SELECT coalesce(max(position), 0) FROM price_class WHERE event_id = %s", [event_id])
        last = cursor.fetchone()[0]
        new = [one for one in rows if one["id"] is None and one["name_el"]]
        values = {"m": municipality_id, "event": event_id, "from": last, "rows": json.dumps(new)}
        cursor.execute(_SAVE_CLASSES, values)


def _refuse(text: EventText) -> None:
    faults: dict[str, str] = {}
    for name in ("title_el", "title_en", "place", "starts_at", "sales_from", "sales_until", "revenue_kind_id"):
        if not getattr(text, name):
            faults[name] = "NEEDED"
    if text.capacity is None or not 1 <= text.capacity <= 100_000:
        faults["capacity"] = "NUMBER"
    if text.most_at_once is None or not 1 <= text.most_at_once <= 50:
        faults["most_at_once"] = "NUMBER"
    if text.sales_from and text.sales_until and text.sales_from >= text.sales_until:
        faults["sales_until"] = "ORDER"
    if text.sales_until and text.starts_at and text.sales_until > text.starts_at:
        faults["sales_until"] = "AFTER_START"
    if text.doors_at and text.starts_at and text.doors_at > text.starts_at:
        faults["doors_at"] = "AFTER_START"
    kept = [one for one in text.classes if one.id is not None or one.name_el]
    if not kept:
        faults["classes"] = "NEEDED"
    for one in kept:
        if not one.name_el or not one.name_en or one.price_cents is None or (one.quota is not None and one.quota < 0):
            faults["classes"] = "CLASS"
    if faults:
        raise Refused(faults)


def _which(error: IntegrityError) -> dict[str, str]:
    """The field that a constraint is about."""
    told = str(error)
    if "price_class_not_oversold" in told:
        return {"classes": "TAKEN"}
    if "event_not_oversold" in told:
        return {"capacity": "TAKEN"}
    return {"revenue_kind_id": "NEEDED"}


def keep_certificate(
    text: CertificateText, *, certificate_id: int | None = None, municipality_id: int, by_user: int, now: datetime
) -> int:
    """Make or change a certificate; returns its id. Raises Refused, EventUnknown."""
    faults = {
        name: "NEEDED"
        for name in ("title_el", "title_en", "asks_el", "asks_en", "revenue_kind_id")
        if not getattr(text, name)
    }
    if text.price_cents is None:
        faults["price"] = "NUMBER"
    if text.days_to_issue is None or not 1 <= text.days_to_issue <= 365:
        faults["days_to_issue"] = "NUMBER"
    if faults:
        raise Refused(faults)
    try:
        with tenancy(municipality=municipality_id):
            if certificate_id is None:
                certificate_id = CertificateKind.objects.create(
                    municipality_id=municipality_id, made_at=now, **asdict(text)
                ).pk
            elif not CertificateKind.objects.filter(id=certificate_id).update(**asdict(text)):
                raise EventUnknown(certificate_id)
            add_audit_entry(
                actor=Actor.STAFF, actor_id=by_user, action="certificate.kept",
                subject=f"certificate_kind:{certificate_id}", detail=asdict(text), now=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused({"revenue_kind_id": "NEEDED"}) from error
    return certificate_id


def call_off(event_id: int, *, municipality_id: int, by_user: int, now: datetime) -> int:
    """Cancel an event: nothing is sold any more, whoever bought or is about to pay is written to, and a person is asked to
    give back what each paid. Returns how many purchases were paid. A second press changes nothing. Raises EventUnknown."""
    with tenancy(municipality=municipality_id):
        if not Event.objects.filter(id=event_id).exists():
            raise EventUnknown(event_id)
        if not Event.objects.filter(id=event_id, cancelled_at__isnull=True).update(cancelled_at=now):
            return 0
        bought = purchases_of_event(event_id)
        paid = [one for one in bought if one.paid]
        for one in paid:
            to_be_given_back(one, now=now)
        for one in (*(one for one in bought if one.state == "HELD"), *still_paying(event_id)):
            tell_buyer(one.id, "CANCELLED", now=now)
        add_audit_entry(
            actor=Actor.STAFF, actor_id=by_user, action="event.cancelled", subject=f"event:{event_id}",
            detail={"paid": len(paid)}, now=now,
        )  # fmt: skip
    return len(paid)


def sales_list(event_id: int, *, municipality_id: int, by_user: int, now: datetime) -> tuple[EventRow, list[SaleRow]]:
    """All tickets of an event, to take along; on record with who took them. Raises EventUnknown."""
    with tenancy(municipality=municipality_id):
        event = event_by_id(event_id)
        if event is None:
            raise EventUnknown(event_id)
        rows = sales_of_event(event_id)
        add_audit_entry(
            actor=Actor.STAFF, actor_id=by_user, action="sales.exported", subject=f"event:{event_id}",
            detail={"tickets": len(rows)}, now=now,
        )  # fmt: skip
    return event, rows
