"""Somebody buys tickets or a certificate: places are held first, then the purchase's debt is paid as any other is.

One unit of work takes the places, makes the debt and the tickets; only then the bank is asked. When the bank does not
start, the places go back at once. What costs nothing is sold on the spot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from obolos.base.dates import ATHENS, Calendar, athens_date
from obolos.base.references import random_id, random_reference
from obolos.base.tenancy import current_municipality, tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.law import law_of
from obolos.domain.debts.queries import open_instalments_of_debts
from obolos.domain.debts.sale_actions import make_sale_debt
from obolos.domain.municipalities.models import Municipality
from obolos.domain.offerings.actions import (
    NewPurchase,
    NoPlaces,
    SameForm,
    take_places,
    tell_buyer,
    write_purchase,
)
from obolos.domain.offerings.purchase_queries import (
    PurchaseRow,
    places_by_class,
    purchase_by_id,
    purchase_of_form,
    unpaid_or_free_places,
)
from obolos.domain.offerings.queries import CertificateRow, EventRow, certificates, event_by_id
from obolos.domain.offerings.rules import RfTerm, rf_term
from obolos.domain.payments.actions import FormUsed
from obolos.flows.bank_ticket import BankDown
from obolos.flows.pay import AmountsChanged, MeansNotAllowed, pay_by_card, pay_by_rf
from obolos.flows.return_places import give_up, to_be_issued
from obolos.flows.same_form import FirstEnded, FirstSilent, order_of_first
from obolos.flows.show_debts import Chosen, NotPayable, Payer

#: A certificate keeps nobody's place: its RF code may be paid for so long.
RF_CERTIFICATE = timedelta(days=7)
LONGEST_REQUEST = 500


class SaleRefused(Exception):
    """Why nothing was sold, a machine word: UNKNOWN, NOTHING, TOO_MANY, HELD_ALREADY, FREE_ALREADY,
    NO_PLACES, CHANGED, MEANS, RF_TOO_LATE, REQUEST, AGAIN (the form's first copy failed),
    or the event's state (BEFORE, CLOSED, SOLD_OUT, OVER, CANCELLED). Nothing is held and nothing was charged.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FormSold(Exception):
    """The same form sold something else before, namely `purchase`. Nothing new is held and nothing was charged."""

    def __init__(self, purchase: PurchaseRow) -> None:
        super().__init__(purchase.reference)
        self.purchase = purchase


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many places of a price class, and its price as the buyer saw it."""

    class_id: int
    price_cents: int
    places: int


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, how he pays («card» or «rf»), and the form he sent."""

    email: str
    means: str
    form_token: str
    language: str
    visit: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """What began: the purchase, and the order that pays it; no order when it costs nothing."""

    purchase: str
    order: str


def sell_tickets(event_id: int, wanted: Sequence[Wanted], buyer: Buyer, *, municipality_id: int, now: datetime) -> Sold:
    """Hold places and order them. Raises SaleRefused, BankDown; then nothing is held.

    The same form sells once. With another choice in it than the first time: FormSold.
    """
    chosen = [one for one in wanted if one.places > 0]
    try:
        with tenancy(municipality=municipality_id):
            before = purchase_of_form(buyer.form_token)
            purchase = before or _hold(event_id, chosen, buyer, now)
    except SameForm:
        before = purchase = _made_before(buyer.form_token, municipality_id)
    except NoPlaces as error:
        raise SaleRefused(_why_not(event_id, chosen, municipality_id, now)) from error
    if before:
        return _again(before, {one.class_id: one.places for one in chosen}, "", buyer, municipality_id, now)
    return _order(purchase, buyer, municipality_id, now)


def sell_certificate(
    certificate_id: int, request: str, price_cents: int, buyer: Buyer, *, municipality_id: int, now: datetime
) -> Sold:
    """Order a certificate. `request`: what the office asked for; `price_cents`: as the buyer saw it. Raises as tickets."""
    try:
        with tenancy(municipality=municipality_id):
            before = purchase_of_form(buyer.form_token)
            purchase = before or _request(certificate_id, request, price_cents, buyer, now)
    except SameForm:
        before = purchase = _made_before(buyer.form_token, municipality_id)
    if before:
        return _again(before, {}, request.strip(), buyer, municipality_id, now)
    return _order(purchase, buyer, municipality_id, now)


def _again(
    purchase: PurchaseRow,
    places: Mapping[int, int],
    request: str,
    buyer: Buyer,
    municipality_id: int,
    now: datetime,
) -> Sold:
    """The form came before: what it began, waited for. Raises FormSold when it holds another choice by now, since nobody
    is led to pay for the old one; SaleRefused AGAIN when what it began ended before it could be paid.
    """
    with tenancy(municipality=municipality_id):
        same = places_by_class(purchase.id) == dict(places) and purchase.request == request
    if not same or purchase.email != buyer.email:
        raise FormSold(purchase)
    if purchase.debt_id is None:
        return Sold(purchase.public_id, "")
    try:
        order, means = order_of_first(purchase, buyer.form_token, municipality_id=municipality_id, now=now)
    except FirstEnded as error:
        raise SaleRefused("AGAIN") from error
    except FirstSilent as error:
        raise BankDown("the first copy of the form has no answer") from error
    if means != buyer.means:
        raise FormSold(purchase)
    return Sold(purchase.public_id, order)


def _hold(event_id: int, wanted: Sequence[Wanted], buyer: Buyer, now: datetime) -> PurchaseRow:
    event = event_by_id(event_id)
    if event is None:
        raise SaleRefused("UNKNOWN")
    places = sum(one.places for one in wanted)
    if places == 0:
        raise SaleRefused("NOTHING")
    if event.state(now) != "OPEN":
        raise SaleRefused(event.state(now))
    if places > event.most_at_once:
        raise SaleRefused("TOO_MANY")
    prices = {one.id: one.price_cents for one in event.classes if one.offered}
    if any(prices.get(one.class_id) != one.price_cents for one in wanted):
        raise SaleRefused("CHANGED")
    cents = sum(one.places * one.price_cents for one in wanted)
    _refuse_means(event, buyer, cents)
    term = _rf_of(event, now) if cents and buyer.means == "rf" else None
    if cents and buyer.means == "rf" and term is None:
        raise SaleRefused("RF_TOO_LATE")
    take_places(event.id, [(one.class_id, one.price_cents, one.places) for one in wanted], now=now)
    # The event's row is ours from here on, so nobody with the same address slips in between.
    if places + unpaid_or_free_places(event.id, buyer.email) > event.most_at_once:
        raise SaleRefused("HELD_ALREADY" if cents else "FREE_ALREADY")
    return _write(
        event=event,
        certificate=None,
        wanted=wanted,
        cents=cents,
        description=_description(event, wanted),
        request="",
        buyer=buyer,
        term=term,
        hold_until=term.hold_until if term else min(now + card_hold(), event.sales_until),
        now=now,
    )


def _request(certificate_id: int, request: str, price_cents: int, buyer: Buyer, now: datetime) -> PurchaseRow:
    certificate = next((one for one in certificates(offered_only=True) if one.id == certificate_id), None)
    if certificate is None:
        raise SaleRefused("UNKNOWN")
    if not request.strip() or len(request) > LONGEST_REQUEST:
        raise SaleRefused("REQUEST")
    if certificate.price_cents != price_cents:
        raise SaleRefused("CHANGED")
    _refuse_means(certificate, buyer, price_cents)
    term = rf_term(now, RF_CERTIFICATE, _calendar(current_municipality())) if buyer.means == "rf" else None
    return _write(
        event=None,
        certificate=certificate,
        wanted=(),
        cents=price_cents,
        description=certificate.title_el,
        request=request.strip(),
        buyer=buyer,
        term=term,
        hold_until=term.hold_until if term else now + card_hold(),
        now=now,
    )


def _refuse_means(sold: EventRow | CertificateRow, buyer: Buyer, cents: int) -> None:
    if cents and not {"card": sold.card, "rf": sold.rf}.get(buyer.means, False):
        raise SaleRefused("MEANS")


def card_hold() -> timedelta:
    """So long places are kept for a buyer who pays by card."""
    return timedelta(seconds=settings.OBOLOS_HOLD_CARD_SECONDS)


def rf_of_event(event: EventRow, *, municipality_id: int, now: datetime) -> RfTerm | None:
    """Until when an RF code for its places would be paid and they would be held; None when sales end too soon for one."""
    with tenancy(municipality=municipality_id):
        return _rf_of(event, now)


def _rf_of(event: EventRow, now: datetime) -> RfTerm | None:
    longest = timedelta(seconds=settings.OBOLOS_HOLD_RF_SECONDS)
    return rf_term(now, longest, _calendar(current_municipality()), before=event.sales_until)


def _calendar(municipality_id: int) -> Calendar:
    version = Municipality.objects.values_list("law_version", flat=True).get(id=municipality_id)
    return law_of(municipality_id, version).calendar


def _description(event: EventRow, wanted: Sequence[Wanted]) -> str:
    names = {one.id: one.name_el for one in event.classes}
    what = ", ".join(f"{one.places} × {names[one.class_id]}" for one in wanted)
    return f"{event.title_el[:90]}, {event.starts_at.astimezone(ATHENS):%d/%m/%Y %H:%M}: {what}"


def _write(
    *,
    event: EventRow | None,
    certificate: CertificateRow | None,
    wanted: Sequence[Wanted],
    cents: int,
    description: str,
    request: str,
    buyer: Buyer,
    term: RfTerm | None,
    hold_until: datetime,
    now: datetime,
) -> PurchaseRow:
    offered = event or certificate
    assert offered is not None
    reference = random_reference("EV" if event else "PI")
    debt_id = None
    if cents:
        debt_id, _ = make_sale_debt(
            ext_id=reference,
            revenue_kind_id=offered.revenue_kind_id,
            description=description,
            amount_cents=cents,
            due_on=term.last_day if term else athens_date(hold_until),
        )
    purchase_id = write_purchase(
        NewPurchase(
            public_id=random_id(),
            reference=reference,
            event_id=event.id if event else None,
            certificate_id=certificate.id if certificate else None,
            debt_id=debt_id,
            wanted=[(one.class_id, one.price_cents, one.places) for one in wanted],
            amount_cents=cents,
            email=buyer.email,
            language=buyer.language,
            request=request,
            form_token=buyer.form_token,
            hold_until=hold_until,
        ),
        now=now,
    )
    add_audit_entry(
        actor=Actor.GUEST,
        actor_id=None,
        action="places.taken" if event else "certificate.asked",
        subject=f"purchase:{purchase_id}",
        detail={"amount_cents": cents, "places": sum(one.places for one in wanted)},
        now=now,
    )
    if not cents:
        tell_buyer(purchase_id, "TICKETS" if event else "REQUESTED", now=now)
        if certificate:
            to_be_issued(purchase_id, reference, now=now)
    purchase = purchase_by_id(purchase_id)
    assert purchase is not None
    return purchase


def _made_before(form_token: str, municipality_id: int) -> PurchaseRow:
    with tenancy(municipality=municipality_id):
        purchase = purchase_of_form(form_token)
    assert purchase is not None
    return purchase


def _why_not(event_id: int, wanted: Sequence[Wanted], municipality_id: int, now: datetime) -> str:
    """What to tell a buyer who came too late for the places that he wanted."""
    with tenancy(municipality=municipality_id):
        event = event_by_id(event_id)
    state = event.state(now) if event else "UNKNOWN"
    return "NO_PLACES" if state == "OPEN" and wanted else state


def _order(purchase: PurchaseRow, buyer: Buyer, municipality_id: int, now: datetime) -> Sold:
    """The order that pays a purchase which this very form has just written."""
    if purchase.debt_id is None:
        return Sold(purchase.public_id, "")
    with tenancy(municipality=municipality_id):
        open_parts = open_instalments_of_debts([purchase.debt_id])
    pay = pay_by_rf if buyer.means == "rf" else pay_by_card
    try:
        order = pay(
            payer=Payer(
                municipality_id=municipality_id,
                debt_ids=(purchase.debt_id,),
                email=purchase.email,
                # Held longer than it may be paid: some banks report a working day later.
                until=min((one.snapshot.due_on for one in open_parts), default=athens_date(purchase.hold_until)),
            ),
            chosen=[Chosen(one.snapshot.id) for one in open_parts],
            expected_cents=purchase.amount_cents,
            form_token=buyer.form_token,
            language=buyer.language,
            visit=buyer.visit,
            now=now,
        )
    except BankDown:
        give_up(purchase.id, municipality_id=municipality_id, now=now)
        raise
    except (FormUsed, NotPayable, MeansNotAllowed, AmountsChanged) as error:
        give_up(purchase.id, municipality_id=municipality_id, now=now)
        raise SaleRefused("MEANS") from error
    return Sold(purchase.public_id, order)
