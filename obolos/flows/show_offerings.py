"""What a municipality sells, and what somebody bought of it, for pages and messages. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.queries import Participant, participant_by_id, participant_called
from obolos.domain.offerings.purchase_queries import (
    HeldRow,
    MoneyRow,
    PurchaseRow,
    TicketRow,
    held_places,
    money_of,
    purchase_called,
    purchase_of_order,
    tickets_of,
)
from obolos.domain.offerings.queries import CertificateRow, EventRow, certificates, event_by_id, events_from
from obolos.flows.order_status import OrderView, place_of_order

#: An address may name any number; no row has one beyond this.
LARGEST_ID = 2**63
NO_MONEY = MoneyRow(0, "", False)


class NotOffered(Exception):
    """The municipality has nothing of that address."""


class PurchaseUnknown(Exception):
    """Nobody bought anything under that address."""


@dataclass(frozen=True, slots=True)
class SaleView:
    """What somebody bought: one event's tickets, or one certificate. The tickets hold only when it is paid."""

    town: Participant
    purchase: PurchaseRow
    event: EventRow | None
    certificate: CertificateRow | None
    tickets: tuple[TicketRow, ...]
    money: MoneyRow = NO_MONEY

    @property
    def late(self) -> str:
        """What became of money that came after the hold had ended: TAKEN_AGAIN, GONE (the places were not there any more),
        empty when none came or it came in time."""
        if self.state == "RELEASED" and self.money.cents:
            return "GONE"
        return "TAKEN_AGAIN" if self.state == "PAID" and self.money.retaken else ""

    @property
    def state(self) -> str:
        """CANCELLED (the event was called off), PAID, HELD or RELEASED."""
        return "CANCELLED" if self.event and self.event.cancelled_at else self.purchase.state

    @property
    def usable(self) -> bool:
        """Whether its tickets let somebody in."""
        return self.event is not None and self.state == "PAID"

    def title(self, language: str) -> str:
        """What was bought."""
        sold = self.event or self.certificate
        assert sold is not None
        return sold.title(language)

    @property
    def path(self) -> str:
        """Its own page's address."""
        return f"/d/{self.town.slug}/bought/{self.purchase.public_id}/"


def town_called(slug: str) -> Participant:
    """The municipality of an address. Raises NotOffered."""
    town = participant_called(slug)
    if town is None:
        raise NotOffered(slug)
    return town


def events_at(slug: str, *, now: datetime) -> tuple[EventRow, ...]:
    """Events to come, the next first. Raises NotOffered."""
    town = town_called(slug)
    with tenancy(municipality=town.id):
        return tuple(events_from(now))


def event_at(slug: str, event_id: int) -> EventRow:
    """One event, past and cancelled ones too. Raises NotOffered."""
    town = town_called(slug)
    with tenancy(municipality=town.id):
        event = event_by_id(event_id) if event_id < LARGEST_ID else None
    if event is None:
        raise NotOffered(slug)
    return event


def held_of_event(
    event_id: int, purchases: Sequence[str], *, municipality_id: int, now: datetime
) -> tuple[HeldRow, ...]:
    """Places of an event that these purchases hold and that nobody has paid for yet."""
    if not purchases:
        return ()
    with tenancy(municipality=municipality_id):
        return tuple(held_places(event_id, purchases, now=now))


def certificates_at(slug: str) -> tuple[CertificateRow, ...]:
    """The certificates on sale. Raises NotOffered."""
    town = town_called(slug)
    with tenancy(municipality=town.id):
        return tuple(certificates(offered_only=True))


def offers_anything(municipality_id: int, *, now: datetime) -> tuple[int, int]:
    """(events to come, certificates on sale) of a municipality."""
    with tenancy(municipality=municipality_id):
        events = [one for one in events_from(now) if not one.cancelled_at]
        return len(events), len(certificates(offered_only=True))


def purchase_at(slug: str, public_id: str) -> SaleView:
    """What was bought under an unguessable address. Raises PurchaseUnknown."""
    town = participant_called(slug)
    if town is None or not (public_id.isascii() and public_id.isalnum() and 20 <= len(public_id) <= 32):
        raise PurchaseUnknown(public_id)
    with tenancy(municipality=town.id):
        purchase = purchase_called(public_id)
        if purchase is None:
            raise PurchaseUnknown(public_id)
        return sale_view(town, purchase)


def sale_of(order: OrderView) -> SaleView | None:
    """What an order buys; None when it pays other debts. Only a guest's order can buy anything."""
    if order.person_id is not None:
        return None
    municipality_id, order_id = place_of_order(order.public_id)
    town = participant_by_id(municipality_id)
    with tenancy(municipality=municipality_id):
        purchase = purchase_of_order(order_id)
        return sale_view(town, purchase) if purchase else None


def sale_view(town: Participant, purchase: PurchaseRow) -> SaleView:
    """A purchase with what it is of; inside the municipality's tenancy."""
    event = event_by_id(purchase.event_id) if purchase.event_id is not None else None
    certificate = next((one for one in certificates() if one.id == purchase.certificate_id), None)
    tickets = tuple(tickets_of([purchase.id]).get(purchase.id, ()))
    money = money_of(purchase) if purchase.debt_id is not None else NO_MONEY
    return SaleView(town, purchase, event, certificate, tickets, money)
