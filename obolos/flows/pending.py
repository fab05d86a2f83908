"""What a citizen began and has not finished: RF codes not paid yet, payments the bank has not decided, and orders of one
choice over several municipalities of which one is still to pay. For whoever closed the page. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts.law import law_of
from obolos.domain.debts.queries import instalments_by_id, municipality_rows
from obolos.flows.chain import Chain, chain_of
from obolos.flows.order_status import first_of, order_view, phase_of, place
from obolos.flows.show_debts import MunicipalityView, titles_of

#: After so long a choice that was paid in part is forgotten; what is still owed of it stands among the debts.
CHAIN_KEPT = timedelta(days=30)
#: Nobody reads more of them; the newest come first.
MOST = 20


@dataclass(frozen=True, slots=True)
class Pending:
    """Something begun. `sort`: RF (a code to pay until `until`), BANK (the bank has not answered), CHAIN (some of `legs`
    payments are done; the next is `amount_cents` to `municipality`, is paid by `chosen` in `chain`, and `tried` is the
    order that failed to pay it)."""

    sort: str
    public_id: str
    reference: str
    municipality: MunicipalityView
    amount_cents: int
    title_el: str = ""
    title_en: str = ""
    rf: str = ""
    until: date | None = None
    done: int = 0
    legs: int = 1
    chosen: tuple[str, ...] = ()
    chain: str = ""
    tried: str = ""

    def title(self, language: str) -> str:
        """What it is for, in «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


def pending_of(person_id: int, *, now: datetime) -> tuple[Pending, ...]:
    """What the person began and can go on with, newest first."""
    with tenancy(person=person_id):
        rows = _orders(person_id, now)
        municipalities = municipality_rows([row[2] for row in rows])
        instalments = {one.snapshot.id: one for one in instalments_by_id([i for row in rows for i in row[11]])}
        laws = {one.id: law_of(one.id, one.law_version) for one in municipalities.values()}
    found = []
    waiting: set[str] = set()
    started: dict[str, str] = {}
    for public_id, reference, town, state, means, until, cents, chain, legs, rf, payable, ids in rows:
        phase = phase_of(state, means, until, now, payable=payable)
        if chain and legs > 1 and phase in {"PAID", "PART"}:
            started.setdefault(chain, public_id)
        if phase not in {"RF", "WAITING"}:
            continue
        if phase == "WAITING":
            waiting.add(chain)
        names = [titles_of(laws[town].kinds[instalments[i].revenue_kind_id], instalments[i]) for i in ids]
        found.append(
            Pending(
                sort="RF" if phase == "RF" else "BANK",
                public_id=public_id,
                reference=reference,
                municipality=place(municipalities[town]),
                amount_cents=cents,
                title_el=first_of([name[0] for name in names], "el"),
                title_en=first_of([name[1] for name in names], "en"),
                rf=rf,
                until=until if phase == "RF" else None,
            )
        )
    # A payment that waits shows its chain on its own page; before it is decided nobody should begin the next.
    open_chains = [_open_chain(public_id, now) for chain, public_id in started.items() if chain not in waiting]
    return (*(one for one in open_chains if one), *found)


def _orders(person_id: int, now: datetime) -> Sequence[tuple[Any, ...]]:
    """Orders that he made and are open, and those of choices over several municipalities made lately; the bank's first.

    Without those that we made for notices and reminders: the colon in their token says so, see `make_order`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.public_id, o.reference, o.municipality_id, o.state, o.means, o.valid_until, o.amount_cents, o.chain, "
            "o.legs, coalesce((SELECT r.code FROM rf_code r WHERE r.order_id = o.id ORDER BY r.id DESC LIMIT 1), ''), "
            "coalesce(bool_and(i.open_cents >= l.principal_cents + l.discount_cents), true), "
            "array_agg(l.instalment_id ORDER BY l.id) FROM payment_order o JOIN order_line l ON l.order_id = o.id "
            "JOIN instalment i ON i.id = l.instalment_id WHERE o.person_id = %s "
            "AND strpos(o.form_token, ':') = 0 AND ((o.state = 'OPEN' "
            "AND (o.means = 'CARD' OR o.valid_until >= %s)) OR (o.chain <> '' AND o.legs > 1 AND o.created_at > %s)) "
            "GROUP BY o.id ORDER BY (o.means = 'CARD') DESC, o.id DESC LIMIT %s",
            [person_id, athens_date(now), now - CHAIN_KEPT, MOST],
        )
        return list(cursor.fetchall())


def _open_chain(public_id: str, now: datetime) -> Pending | None:
    """The leg of a begun choice that is still to pay; None when nothing of it is."""
    order = order_view(public_id, now=now)
    chain: Chain | None = chain_of(order, now=now)
    if chain is None or chain.next is None:
        return None
    lines = chain.next.lines
    return Pending(
        sort="CHAIN",
        public_id=public_id,
        reference=order.reference,
        municipality=chain.next.municipality,
        amount_cents=chain.next.amount_cents,
        title_el=first_of([line.row.title_el for line in lines], "el"),
        title_en=first_of([line.row.title_en for line in lines], "en"),
        done=len(chain.done),
        legs=chain.legs,
        chosen=chain.chosen,
        chain=chain.id,
        tried=chain.tried,
    )
