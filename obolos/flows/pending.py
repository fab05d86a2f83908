"""What a citizen began and has not finished: RF codes not paid yet, payments the bank has not decided, and orders of one
choice over several municipalities of which one is still to pay. For whoever closed the page. Reads only.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts.law import law_of
from obolos.domain.debts.queries import instalments_by_id, municipality_rows
from obolos.domain.payments.queries import begun_orders
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
        rows = begun_orders(person_id, on=athens_date(now), chains_since=now - CHAIN_KEPT, most=MOST)
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
