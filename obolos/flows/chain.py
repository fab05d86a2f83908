"""Orders of one choice over several municipalities: what is paid, what is not, what comes next. Reads only.

Each municipality is paid by an order of its own, at its own bank. A payer must always see which of them are done: a
second payment that fails says nothing about the first.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import tenancy
from obolos.domain.debts.queries import MunicipalityRow, municipality_rows
from obolos.flows.order_status import OrderView, phase_of, place
from obolos.flows.pay import chosen_of
from obolos.flows.show_debts import Leg, MunicipalityView, NotPayable, basket_of, debts_of

_OVER = {"FAILED", "EXPIRED"}


@dataclass(frozen=True, slots=True)
class ChainLeg:
    """One order of a chain as its payer sees it; `here`: it is the one he is looking at."""

    public_id: str
    municipality: MunicipalityView
    leg: int
    phase: str
    amount_cents: int
    rf: str
    here: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """The orders made so far, by leg, and the legs that have none yet, with the choice that makes them.

    `tried`: the order of the next leg whose payment failed last; empty when nobody tried.
    """

    id: str
    legs: int
    made: tuple[ChainLeg, ...]
    following: tuple[Leg, ...]
    chosen: tuple[str, ...]
    next_number: int
    tried: str = ""

    @property
    def next(self) -> Leg | None:
        """The leg to be paid now; None when nothing is left."""
        return self.following[0] if self.following else None

    @property
    def left_cents(self) -> int:
        """What the legs without an order ask for today."""
        return sum(one.amount_cents for one in self.following)

    @property
    def codes(self) -> tuple[ChainLeg, ...]:
        """Those with an RF code that can be paid."""
        return tuple(one for one in self.made if one.phase == "RF")

    @property
    def done(self) -> tuple[ChainLeg, ...]:
        """Those already paid."""
        return tuple(one for one in self.made if one.phase in {"PAID", "PART"})


def chain_of(order: OrderView, *, now: datetime) -> Chain | None:
    """The chain an order belongs to, for its payer's eyes; None for an order that stands alone.

    Of several orders for the same leg (a payment tried again) the paid one counts, else the last.
    """
    if order.person_id is None or not order.chain:
        return None
    with tenancy(person=order.person_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (o.leg) o.leg, o.public_id, o.municipality_id, o.state, o.means, o.valid_until, "
            "o.amount_cents, o.rest::text, coalesce((SELECT r.code FROM rf_code r WHERE r.order_id = o.id "
            "ORDER BY r.id DESC LIMIT 1), ''), (SELECT coalesce(bool_and(i.open_cents >= l.principal_cents + "
            "l.discount_cents), true) FROM order_line l JOIN instalment i ON i.id = l.instalment_id "
            "WHERE l.order_id = o.id) FROM payment_order o WHERE o.person_id = %s AND o.chain = %s "
            "ORDER BY o.leg, (o.public_id = %s) DESC, (o.state IN ('PAID', 'PART')) DESC, o.id DESC",
            [order.person_id, order.chain, order.public_id],
        )
        rows = cursor.fetchall()
        municipalities = municipality_rows([row[2] for row in rows])
    made = [_leg(row, municipalities, order, now) for row in rows]
    # A payment that failed is offered anew in its place, but on its own page, which says what happened.
    tried = ""
    while made and made[-1].phase in _OVER and not made[-1].here:
        over = made.pop()
        tried = over.public_id if over.phase == "FAILED" else ""
    rest = tuple(json.loads(rows[len(made) - 1][7])) if made else ()
    following = _following(order.person_id, rest, now)
    number = (made[-1].leg if made else order.leg) + 1
    return Chain(order.chain, order.legs, tuple(made), following, rest if following else (), number, tried)


def last_try(person_id: int, chain: str, leg: int) -> str:
    """The order of that leg when the last try to pay it failed; else empty."""
    with tenancy(person=person_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT public_id, state FROM payment_order WHERE person_id = %s AND chain = %s AND leg = %s "
            "ORDER BY id DESC LIMIT 1",
            [person_id, chain, leg],
        )
        row = cursor.fetchone()
    return str(row[0]) if row and row[1] == "FAILED" else ""


def _leg(
    row: tuple[Any, ...], municipalities: Mapping[int, MunicipalityRow], order: OrderView, now: datetime
) -> ChainLeg:
    leg, public_id, municipality_id, state, means, valid_until, amount, _rest, rf, payable = row
    return ChainLeg(
        public_id=public_id,
        municipality=place(municipalities[municipality_id]),
        leg=leg,
        phase=phase_of(state, means, valid_until, now, payable=payable),
        amount_cents=amount,
        rf=rf,
        here=public_id == order.public_id,
    )


def _following(person_id: int, rest: tuple[str, ...], now: datetime) -> tuple[Leg, ...]:
    """The legs of what is still chosen, with today's amounts; none when nothing of it is open any more."""
    if not rest:
        return ()
    try:
        return tuple(basket_of(debts_of(person_id, now=now), [chosen_of(one) for one in rest], now=now).legs)
    except NotPayable:
        return ()
