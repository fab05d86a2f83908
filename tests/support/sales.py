"""Events and certificates for tests, and buyers of them."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from obolos.adapters.erp.client import ErpAnswer, ErpClient, ErpStatus
from obolos.adapters.messaging.views import EmailView
from obolos.base.tenancy import tenancy
from obolos.domain.debts.models import RevenueKind
from obolos.domain.offerings.models import CertificateKind, Event, PriceClass
from obolos.flows import deliver
from obolos.flows.sell import Buyer, Sold, Wanted, sell_certificate, sell_tickets
from tests.support.world import NOW, Town, bank_says_ready

TICKETS, CERTIFICATES = "00.0434.0001", "00.0719.0001"
EMAIL = "maria@citizens.example"


def letters_of_sales(monkeypatch: pytest.MonkeyPatch) -> list[EmailView]:
    """The letters that go out from now on; bank and ERP are well."""
    bank_says_ready(monkeypatch)
    sent: list[EmailView] = []
    monkeypatch.setattr(deliver, "send_email", lambda view, _sender: sent.append(view))
    answer = ErpAnswer(ErpStatus.POSTED, "A-17", "", "{}")
    monkeypatch.setattr(ErpClient, "post_payment", lambda self, payload, key: answer)
    return sent


def _kind(town: Town, code: str) -> RevenueKind:
    return RevenueKind.objects.get(municipality_id=town.id, code=code)


def make_event(
    town: Town,
    *,
    capacity: int = 100,
    classes: Sequence[tuple[str, int, int | None]] = (("Κανονικό", 1_200, None), ("Παιδικό", 500, None)),
    now: datetime = NOW,
    starts_at: datetime | None = None,
    sales_until: datetime | None = None,
    most_at_once: int = 10,
    title: str = "Συναυλία στη λίμνη",
) -> Event:
    """An event on sale since yesterday. `classes`: (name, cents, quota)."""
    starts_at = starts_at or now + timedelta(days=10)
    with tenancy(municipality=town.id):
        event = Event.objects.create(
            municipality_id=town.id, revenue_kind=_kind(town, TICKETS), title_el=title,
            title_en="Concert by the lake", place="Πνευματικό Κέντρο", starts_at=starts_at,
            doors_at=starts_at - timedelta(hours=1), capacity=capacity, most_at_once=most_at_once,
            sales_from=now - timedelta(days=1), sales_until=sales_until or starts_at, made_at=now,
            conditions_el="Τα εισιτήρια δεν επιστρέφονται.", conditions_en="Tickets are not refunded.",
        )  # fmt: skip
        for position, (name, cents, quota) in enumerate(classes):
            PriceClass.objects.create(
                municipality_id=town.id, event=event, position=position, name_el=name, name_en=f"Class {position + 1}",
                price_cents=cents, quota=quota,
            )  # fmt: skip
    return event


def classes_of(town: Town, event: Event) -> list[PriceClass]:
    """Its price classes in their order."""
    with tenancy(municipality=town.id):
        return list(PriceClass.objects.filter(event=event).order_by("position"))


def make_certificate(town: Town, *, cents: int = 800) -> CertificateKind:
    """A certificate on sale."""
    with tenancy(municipality=town.id):
        return CertificateKind.objects.create(
            municipality_id=town.id, revenue_kind=_kind(town, CERTIFICATES),
            title_el="Πιστοποιητικό μόνιμης κατοικίας", title_en="Certificate of residence", asks_el="Ονοματεπώνυμο και οδός",
            asks_en="Full name and street", price_cents=cents, days_to_issue=3, made_at=NOW,
        )  # fmt: skip


def buyer(*, means: str = "card", email: str = EMAIL, token: str = "", language: str = "el") -> Buyer:
    """Somebody who buys."""
    return Buyer(email=email, means=means, form_token=token or uuid.uuid4().hex, language=language, visit="v")


def buy(
    town: Town, event: Event, *places: int, means: str = "card", now: datetime = NOW, who: Buyer | None = None
) -> Sold:
    """So many places of each price class."""
    wanted = [
        Wanted(one.id, one.price_cents, count) for one, count in zip(classes_of(town, event), places, strict=False)
    ]
    return sell_tickets(event.id, wanted, who or buyer(means=means), municipality_id=town.id, now=now)


def ask_for(town: Town, kind: CertificateKind, *, means: str = "card", now: datetime = NOW) -> Sold:
    """One certificate."""
    return sell_certificate(
        kind.id, "Μαρία Στάμου, Αβέρωφ 3", kind.price_cents, buyer(means=means), municipality_id=town.id, now=now
    )
