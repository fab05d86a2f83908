"""A payer goes from a choice to a bank: amounts are quoted anew, frozen in an order, and a bank or an RF code takes over.

Before that the municipality's financial system is asked again when it last spoke more than five minutes ago; what it
says now is shown when it is another amount, and never charged unseen.

The bank is asked for its ticket between two transactions, never inside one. The attempt is committed before the payer
can be sent to the bank, so that no answer can come for something we do not know.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from obolos.adapters.banks.contract import Charge, RedirectForm
from obolos.base.dates import athens_day_bounds
from obolos.base.numbers import whole
from obolos.base.references import random_free15, random_id, random_reference, rf_code
from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.models import Municipality
from obolos.domain.payments import rules
from obolos.domain.payments.actions import NewAttempt, NewOrder, NewRf, make_order
from obolos.domain.payments.holds import note_held
from obolos.domain.payments.models import AttemptState, OrderLine, PaymentAttempt, PaymentOrder, RfCode
from obolos.domain.payments.under_way import refuse_second
from obolos.flows.bank_accounts import NoBankAccount, account_by_id, account_of, seal_ticket
from obolos.flows.bank_ticket import ticket_for
from obolos.flows.freeze import frozen_line
from obolos.flows.hold_debts import CARD_HELD, DebtsMoved, Wish, hold_for_orders
from obolos.flows.order_status import OrderUnknown, OrderView, order_view, place_of_order
from obolos.flows.refresh_debts import refresh_for
from obolos.flows.show_debts import Basket, Chosen, Leg, Payer, basket_of, debts_for


class AmountsChanged(Exception):
    """The total is not what the payer saw. Nothing was written and nothing was charged; show `basket`."""

    def __init__(self, basket: Basket) -> None:
        super().__init__("amounts changed")
        self.basket = basket


class MeansNotAllowed(Exception):
    """The municipality does not take these debts by that means."""


class NothingToPay(Exception):
    """The order has no attempt that the payer could still take to the bank."""


@dataclass(frozen=True, slots=True)
class BankForm:
    """An order and the form that takes its payer to the bank."""

    order: OrderView
    form: RedirectForm


def pay_by_card(
    *,
    payer: Payer,
    chosen: Sequence[Chosen],
    expected_cents: int,
    form_token: str,
    language: str,
    visit: str = "",
    chain: str = "",
    told: Sequence[str] = (),
    now: datetime,
) -> str:
    """Order the first leg of a choice and get the bank ready for it; returns the order's public id.

    `expected_cents`: what the payer saw of that leg. `chain`: public id of the first order, when this continues one.
    `told`: payments of his that are on their way and that the page named; another one of the same is UnderWay.
    Raises NotPayable, AmountsChanged, MeansNotAllowed, UnderWay, BankDown; then nothing was written.
    """
    basket = _basket_now(payer, chosen, lambda basket: basket.legs[:1], now)
    leg = basket.legs[0]
    _agree(basket, [leg], expected_cents)
    municipality = leg.municipality
    try:
        account = account_of(municipality.id, municipality.law_version)
    except NoBankAccount as error:
        raise MeansNotAllowed("card") from error
    if not leg.card:
        raise MeansNotAllowed("card")
    place = place_in_chain(chain, payer, len(basket.legs))
    draft = _Draft(payer, "CARD", form_token, language, visit, basket.on)
    instalments = [line.row.instalment_id for line in leg.lines]
    alone = partial(
        refuse_second, instalments, person_id=payer.person_id, visit=visit, form_token=form_token, told=told
    )
    with tenancy(municipality=municipality.id):
        alone()
    order = draft.order(leg, place, rest=_choice(basket.legs[1:]))
    held = _held(payer, chosen, [Wish(leg, order.reference, now + CARD_HELD)], now)
    reference = random_id()
    started = ticket_for(account, Charge(reference, leg.amount_cents, language))
    attempt = NewAttempt(
        merchant_account_id=account.id,
        reference=reference,
        sealed_ticket=seal_ticket(municipality.id, started.ticket),
        ticket_expires_at=now + timedelta(seconds=started.expires_in_seconds),
        next_query_at=now + rules.EVERY,
    )
    with tenancy(municipality=municipality.id):
        alone(lock=True)  # what another tab began while the bank was asked
        note_held(held)
        return make_order(order, municipality_id=municipality.id, now=now, attempt=attempt)


def pay_by_rf(
    *,
    payer: Payer,
    chosen: Sequence[Chosen],
    expected_cents: int,
    form_token: str,
    language: str,
    visit: str = "",
    chain: str = "",
    now: datetime,
) -> str:
    """Order every leg of a choice that may be paid so, each with an RF code of its own; the first order's public id.

    `expected_cents`: what the payer saw of these legs together. Legs that take no code stay chosen. The first leg must
    take one. The same form again makes what was left unmade. Raises as `pay_by_card`, but for BankDown.
    """
    basket = _basket_now(payer, chosen, rf_legs, now)
    if not basket.legs[0].rf:
        raise MeansNotAllowed("rf")
    legs = rf_legs(basket)
    _agree(basket, legs, expected_cents)
    place = place_in_chain(chain, payer, len(basket.legs))
    draft = _Draft(payer, "RF", form_token, language, visit, basket.on)
    wishes = [Wish(leg, random_reference("OB"), athens_day_bounds(payer.last_day(leg.valid_until))[1]) for leg in legs]
    held = _held(payer, chosen, wishes, now)
    first = ""
    later = [leg for leg in basket.legs if leg not in legs]
    for number, leg in enumerate(legs):
        rest = _choice([*legs[number + 1 :], *later])
        order = replace(draft.order(leg, place, rest=rest), reference=wishes[number].reference)
        with tenancy(municipality=leg.municipality.id):
            organisation = Municipality.objects.values_list("dias_code", flat=True).get(id=leg.municipality.id)
            rf = NewRf(
                code=rf_code(organisation, leg.amount_cents, random_free15()),
                valid_until=payer.last_day(leg.valid_until),
            )
            note_held(held)
            made = make_order(order, municipality_id=leg.municipality.id, now=now, rf=rf)
        first = first or made
        place = place.next(first)
    return first


def code_unasked(
    *, leg: Leg, person_id: int, on: date, until: date, form_token: str, language: str, now: datetime
) -> str:
    """An RF code of ours for a person who did not ask, valid until that day; empty when its order is no longer open.

    For reminders, which tell the code themselves. The same `form_token` gives the same code.
    """
    draft = _Draft(Payer(person_id=person_id), "RF", form_token, language, "", on)
    order = replace(draft.order(replace(leg, valid_until=until), Place("", 1, 1), rest=[]), unasked=True)
    with tenancy(municipality=leg.municipality.id):
        organisation = Municipality.objects.values_list("dias_code", flat=True).get(id=leg.municipality.id)
        rf = NewRf(code=rf_code(organisation, leg.amount_cents, random_free15()), valid_until=until)
        public_id = make_order(order, municipality_id=leg.municipality.id, now=now, rf=rf)
        open_codes = RfCode.objects.filter(order__public_id=public_id, order__state="OPEN", voided_at=None)
        return open_codes.values_list("code", flat=True).first() or ""


def rf_legs(basket: Basket) -> tuple[Leg, ...]:
    """The legs that one press gives RF codes for."""
    return tuple(leg for leg in basket.legs if leg.rf)


def bank_form(public_id: str, *, now: datetime) -> BankForm:
    """The form to the bank for an order whose attempt is open. Raises OrderUnknown, NothingToPay."""
    municipality_id, order_id = place_of_order(public_id)
    with tenancy(municipality=municipality_id):
        attempt = PaymentAttempt.objects.filter(order_id=order_id).order_by("-id").first()
        if attempt is None or attempt.state != AttemptState.REDIRECTED or attempt.ticket_expires_at <= now:
            raise NothingToPay(public_id)
        if attempt.person_id is None and _closed(order_id):
            raise NothingToPay(public_id)  # places that were held went back: nobody is sent to pay for them
        version = Municipality.objects.values_list("law_version", flat=True).get(id=municipality_id)
        account = account_by_id(municipality_id, attempt.merchant_account_id, version)
    view = order_view(public_id, now=now)
    charge = Charge(attempt.reference, attempt.amount_cents, view.language)
    return BankForm(view, account.adapter.redirect_form(account.credentials, charge))


def _closed(order_id: int) -> bool:
    """Whether nothing is open any more of what an order pays."""
    return not OrderLine.objects.filter(order_id=order_id, instalment__open_cents__gt=0).exists()


def retry_by_card(public_id: str, *, person_id: int | None, form_token: str, now: datetime) -> str:
    """A new order for the same debts after one failed; amounts are quoted anew, and shown again when they changed.

    `person_id`: who is signed in, if anybody. A citizen's order is his alone to pay again, a guest's whoever holds it.
    """
    municipality_id, order_id = place_of_order(public_id)
    with tenancy(municipality=municipality_id):
        order = PaymentOrder.objects.get(id=order_id)
        if order.person_id is not None and order.person_id != person_id:
            raise OrderUnknown(public_id)
        lines = list(order.lines.values_list("instalment_id", "amount_cents", "quote", "instalment__debt_id"))
    chosen = [
        Chosen(instalment, cents if cents < sum(line["cents"] for line in quote) else None)
        for instalment, cents, quote, _ in lines
    ]
    payer = Payer(person_id=order.person_id)
    if order.person_id is None:
        debts = tuple({debt for *_, debt in lines})
        payer = Payer(municipality_id=municipality_id, debt_ids=debts, email=order.email, mobile=order.mobile)
    return pay_by_card(
        payer=payer,
        chosen=[*chosen, *map(chosen_of, order.rest)],
        expected_cents=order.amount_cents,
        form_token=form_token,
        language=order.language,
        visit=order.visit,
        chain=order.chain,
        told=[public_id],
        now=now,
    )


def chosen_of(text: str) -> Chosen:
    """«17» or «17:2500» as a choice. ValueError when it is neither."""
    instalment, colon, cents = text.partition(":")
    number, amount = whole(instalment, most=10**15 - 1), whole(cents, most=10**11 - 1)
    if number is None:
        raise ValueError("not an instalment")
    if colon and amount is None:
        raise ValueError("not an amount in cents")
    return Chosen(number, amount if colon else None)


def _basket_now(
    payer: Payer, chosen: Sequence[Chosen], paid_now: Callable[[Basket], Sequence[Leg]], now: datetime
) -> Basket:
    """The choice, its municipalities to be paid now asked again unless they spoke of it within five minutes."""
    basket = basket_of(debts_for(payer, now=now, progress=False), chosen, now=now)
    stale = [leg.municipality.id for leg in paid_now(basket) if not (leg.news.fresh(now) or leg.news.resting(now))]
    if stale and refresh_for(payer, stale, now=now):
        basket = basket_of(debts_for(payer, now=now, progress=False), chosen, now=now)
    return basket


def _held(payer: Payer, chosen: Sequence[Chosen], wishes: Sequence[Wish], now: datetime) -> dict[str, str]:
    """Holds by reference, where they could be placed. Raises AmountsChanged when a system says the debts are others.

    Also when what changed leaves the amounts: its new version is what the next press holds.
    """
    try:
        return hold_for_orders(wishes, now=now)
    except DebtsMoved as moved:
        raise AmountsChanged(basket_of(debts_for(payer, now=now, progress=False), chosen, now=now)) from moved


def _agree(basket: Basket, paid_now: Sequence[Leg], expected_cents: int) -> None:
    """Raises AmountsChanged when what is paid now is not what the payer saw."""
    if sum(leg.amount_cents for leg in paid_now) != expected_cents:
        raise AmountsChanged(basket)


def _choice(legs: Sequence[Leg]) -> list[str]:
    return [str(line.chosen) for leg in legs for line in leg.lines]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order stands among those of one choice: `chain` is empty for the first, which names it."""

    chain: str
    leg: int
    legs: int

    def next(self, first: str) -> "Place":
        """The place after it; `first` names the chain when this is its first order."""
        return Place(self.chain or first, self.leg + 1, self.legs)


def place_in_chain(chain: str, payer: Payer, legs_left: int) -> Place:
    """The place of the first of so many legs left. A chain that is not the payer's begins anew."""
    if chain and payer.person_id is not None:
        with tenancy(person=payer.person_id):
            legs = (
                PaymentOrder.objects.filter(person_id=payer.person_id, chain=chain)
                .order_by("id")
                .values_list("legs", flat=True)
                .first()
            )
        if legs is not None and legs >= legs_left:
            return Place(chain, legs - legs_left + 1, legs)
    return Place("", 1, legs_left)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What all orders of one form have in common."""

    payer: Payer
    means: str
    form_token: str
    language: str
    visit: str
    on: date

    def order(self, leg: Leg, place: Place, *, rest: Sequence[str]) -> NewOrder:
        public_id = random_id()
        return NewOrder(
            public_id=public_id,
            reference=random_reference("OB"),
            person_id=self.payer.person_id,
            means=self.means,
            amount_cents=leg.amount_cents,
            valid_until=self.payer.last_day(leg.valid_until),
            form_token=self.form_token,
            language=self.language,
            lines=[frozen_line(line.row.instalment_id, line.allocation, on=self.on) for line in leg.lines],
            rest=rest,
            visit=self.visit,
            email=self.payer.email,
            mobile=self.payer.mobile,
            chain=(place.chain or public_id) if place.legs > 1 else "",
            leg=place.leg,
            legs=place.legs,
        )
