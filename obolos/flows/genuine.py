"""Is it genuine? What anybody may know of a code that he found in a message, on paper or on a proof, and nothing of its
holder.

Every answer has the same parts, and every text is looked up in every way, whatever it looks like. A text that holds an
address of another site is no code of ours, whatever code stands in it.
"""

import hmac
from dataclasses import dataclass
from datetime import date, datetime

from obolos.base.dates import athens_date
from obolos.base.printed import Printed, printed_as
from obolos.base.references import BadReference, afm_clean, rf_check
from obolos.base.tenancy import tenancy
from obolos.domain.clearances.queries import clearance_by_code, place_of_clearance
from obolos.domain.messages.models import Inquiry
from obolos.domain.municipalities.queries import Participant, participant_by_id
from obolos.domain.notices.models import Notice, PayCode, PreissuedSlip, SlipEnd
from obolos.domain.notices.queries import place_of_pay_code
from obolos.domain.notices.slip_mentions import void_slip_behind
from obolos.domain.notices.slips import Slip, fines_of, payments_for, slip_of_debt, slip_of_rf
from obolos.domain.offerings.models import Purchase, Ticket
from obolos.domain.offerings.purchase_queries import purchase_by_id, ticket_called
from obolos.domain.payments.genuine_queries import (
    DebtFacts,
    OrderFacts,
    Place,
    facts_of_debt,
    facts_of_order,
    facts_of_rf,
    place_of,
)
from obolos.flows.check_ticket import AFTER_MIDNIGHT
from obolos.flows.links import LONGEST, code_of_link
from obolos.flows.order_status import OrderView, read_order_view
from obolos.flows.show_debts import debts_held
from obolos.flows.show_offerings import sale_of, sale_view
from obolos.flows.slow_down import allow, give_back


class TooMany(Exception):
    """Too many tries from this address or for this number. Nothing was looked up."""


@dataclass(frozen=True, slots=True)
class Genuine:
    """What a code is. `sort`: RF, PRINTED_RF, ORDER, PAY_CODE, CLEARANCE, or a paper's number: NOTICE, SLIP, PURCHASE,
    TICKET, INQUIRY.

    `state`: OPEN (can be paid), PAID, LESS (paid, and `left_cents` of it are still open), PART (money came that did not all
    count; `cause` says why), EXPIRED, CLOSED (nothing left to pay there), WAITING (for the bank), FAILED (no payment came
    about), VALID (a certificate or a ticket), USED, UNPAID, CANCELLED (tickets; purchases too, which are also HELD or PAID),
    ISSUED (a paper of which only its number is known), VOID (a slip of a pad that was lost or stolen; `paid_on` when money
    came all the same).
    `cause` is the order's own `ending`, or SALE_CANCELLED, SALE_GONE where it bought tickets that are none.
    `about` tells sorts further apart: FINE and SLIP (an RF or debt code), EVENT and CERTIFICATE (a purchase), BATCH (a
    notice whose number anybody can guess). Names of revenue kinds and events are in both languages; no name, tax number,
    plate or address of anybody is in it.
    """

    sort: str
    town: Participant
    issued_on: date | None
    kinds: tuple[tuple[str, str], ...]
    amount_cents: int | None
    state: str
    until: date | None = None
    paid_on: date | None = None
    as_of: datetime | None = None
    about: str = ""
    #: A slip whose amount the officer writes: what may stand on it, if not anything.
    amounts: tuple[int, ...] = ()
    cause: str = ""
    asked_cents: int = 0
    left_cents: int = 0

    @property
    def amount_written(self) -> bool:
        """Whether what is to be paid stands on the paper only."""
        return self.about == "SLIP" and self.state == "OPEN" and not self.amount_cents

    def kind_names(self, language: str) -> str:
        """What it is for, in «el» or «en»."""
        return ", ".join(names[0 if language == "el" else 1] for names in self.kinds)


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A typed text as each sort of code would be spelt; empty where it cannot be one."""

    rf: str
    order: str
    pay_code: str
    clearance: str
    papers: tuple[tuple[str, str], ...]


def look_up(text: str, *, address: str, now: datetime) -> Genuine | None:
    """What a typed code is; None when we do not know it. Raises TooMany before anything is looked up.

    A try that finds something does not count.
    """
    text = code_of_link(text)
    if not allow(address, text, now=now):
        raise TooMany
    found = _answer(_spelt(text), now)
    if found is not None:
        give_back(address, text, now=now)
    return found


def holder_matches(text: str, afm: str, *, address: str, now: datetime) -> bool:
    """Whether a certificate was issued to that tax number, for whoever holds the paper. Raises TooMany; a match does not
    count as a try."""
    text = code_of_link(text)
    if not allow(address, text, now=now):
        raise TooMany
    spelt = _spelt(text).clearance
    town = place_of_clearance(spelt)
    if town is None:
        return False
    with tenancy(municipality=town):
        row = clearance_by_code(spelt)
    try:
        matches = row is not None and hmac.compare_digest(row.afm, afm_clean(afm))
    except BadReference:
        matches = False
    if matches:
        give_back(address, text, now=now)
    return matches


def _spelt(text: str) -> _Spelt:
    typed = text.strip()[:LONGEST]
    try:
        rf = rf_check(typed).code
    except BadReference:
        rf = ""
    # An address of a site is read as one long word here, and thus is none of these.
    found = printed_as(typed)
    papers = [(str(sort), code) for sort, code in found if sort in _PAPERS]
    codes = dict(found)
    # A ticket's code looks like a pay code.
    return _Spelt(
        rf=rf,
        order=codes.get(Printed.ORDER, ""),
        pay_code=codes.get(Printed.CODE, ""),
        clearance=codes.get(Printed.CLEARANCE, ""),
        papers=(*papers, *((("TICKET", codes[Printed.CODE]),) if Printed.CODE in codes else ())),
    )


#: Papers whose number is no secret: only who issued them, and when, is told.
_PAPERS = frozenset({Printed.NOTICE, Printed.PURCHASE, Printed.INQUIRY, Printed.SLIP})


def _answer(spelt: _Spelt, now: datetime) -> Genuine | None:
    """Every look-up is made, whatever the text looks like, so that the time taken tells little."""
    ours, printed = place_of("RF", spelt.rf), place_of("PRINTED_RF", spelt.rf)
    order = place_of("ORDER", spelt.order)
    pay_code, clearance = place_of_pay_code(spelt.pay_code), place_of_clearance(spelt.clearance)
    if ours:
        return _order_answer("RF", ours, now)
    if printed:
        return _debt_answer(printed, now, rf=spelt.rf)
    if order:
        return _order_answer("ORDER", order, now)
    if pay_code:
        return _debt_answer(Place(*pay_code), now, pay_code=spelt.pay_code)
    if clearance:
        return _clearance_answer(clearance, spelt.clearance, now)
    papers = [(sort, code, place_of(sort, code)) for sort, code in spelt.papers]
    return next((_paper_answer(sort, code, place, now) for sort, code, place in papers if place), None)


#: When each paper was made.
_MADE = {
    "NOTICE": lambda row_id: Notice.objects.values_list("made_at", flat=True).get(id=row_id),
    "SLIP": lambda row_id: PreissuedSlip.objects.values_list("pad__made_at", flat=True).get(id=row_id),
    "PURCHASE": lambda row_id: Purchase.objects.values_list("created_at", flat=True).get(id=row_id),
    "TICKET": lambda row_id: Ticket.objects.values_list("purchase__created_at", flat=True).get(id=row_id),
    "INQUIRY": lambda row_id: Inquiry.objects.values_list("created_at", flat=True).get(id=row_id),
}


def _paper_answer(sort: str, code: str, place: Place, now: datetime) -> Genuine:
    """Who issued a paper, and when. Its number is no secret, so nothing of what it says is told; a ticket's code is one,
    so whoever holds it hears whether it is still good."""
    state, about, kinds = "ISSUED", "", ()  # type: str, str, tuple[tuple[str, str], ...]
    with tenancy(municipality=place.municipality_id):
        made_on = athens_date(_MADE[sort](place.id))
        if sort == "SLIP" and PreissuedSlip.objects.filter(id=place.id, ended=SlipEnd.VOIDED).exists():
            state = "VOID"
        elif sort == "NOTICE" and Notice.objects.filter(id=place.id, batch__isnull=False).exists():
            about = "BATCH"
        elif sort == "PURCHASE":
            event = Purchase.objects.values_list("event_id", flat=True).get(id=place.id)
            about = "EVENT" if event is not None else "CERTIFICATE"
            state = _purchase_state(place)
        elif sort == "TICKET":
            state, kinds = _ticket_state(code, now)
    town = participant_by_id(place.municipality_id)
    return Genuine(sort, town, made_on, kinds, None, state, about=about)


def _purchase_state(place: Place) -> str:
    """Whether a purchase is PAID, HELD (not paid yet), UNPAID or CANCELLED: its number is no ticket, and must not look so."""
    purchase = purchase_by_id(place.id)
    assert purchase is not None
    state = sale_view(participant_by_id(place.municipality_id), purchase).state
    return "UNPAID" if state == "RELEASED" else state


def _ticket_state(code: str, now: datetime) -> tuple[str, tuple[tuple[str, str], ...]]:
    """(VALID, USED, UNPAID, CANCELLED or EXPIRED, the event's titles)."""
    found = ticket_called(code)
    assert found is not None
    ticket, purchase, event = found
    if event.cancelled_at:
        state = "CANCELLED"
    elif not purchase.paid:
        state = "UNPAID"
    elif ticket.checked_at:
        state = "USED"
    else:
        state = "VALID" if athens_date(event.starts_at) >= athens_date(now - AFTER_MIDNIGHT) else "EXPIRED"
    return state, ((event.title_el, event.title_en or event.title_el),)


def _order_answer(sort: str, place: Place, now: datetime) -> Genuine:
    with tenancy(municipality=place.municipality_id):
        facts = facts_of_rf(place.id) if sort == "RF" else facts_of_order(place.id)
        slip = slip_of_rf(place.id) if sort == "RF" else None
        void = slip.ended == SlipEnd.VOIDED if slip else void_slip_behind(order_id=facts.order_id)
        kinds = facts.kinds or ((facts_of_debt(slip.debt_id).kind,) if slip else ())
        fine = _fine_of(slip) if slip else None
        order = None
        if facts.paid_cents and facts.order_id:
            order = read_order_view(facts.public_id, place.municipality_id, facts.order_id, now=now)
    cause = _cause(order, void) if facts.paid_cents else ""
    state, cents = _order_state(facts, order, athens_date(now)), facts.paid_cents or facts.amount_cents
    if cause == "MONEY_FOR_VOID" or (void and state in {"OPEN", "CLOSED", "EXPIRED"}):
        state = "VOID"
    elif slip and state == "OPEN":
        state = "CLOSED" if slip.paid_at or slip.ended else "OPEN"
        if fine and state == "OPEN":
            cents = _open_today(fine, place.municipality_id, now)
            state = "OPEN" if fine.open_cents and not fine.withdrawn else "CLOSED"
    return Genuine(
        sort=sort,
        town=participant_by_id(place.municipality_id),
        issued_on=athens_date(facts.issued_at),
        kinds=kinds,
        amount_cents=cents,
        state=state,
        until=facts.valid_until if facts.means == "RF" and state in {"OPEN", "EXPIRED"} else None,
        paid_on=facts.paid_on,
        about="SLIP" if slip else "",
        amounts=slip.amounts if slip else (),
        cause=cause,
        asked_cents=order.amount_cents if order else 0,
        left_cents=order.left_cents if order else 0,
    )


def _cause(order: OrderView | None, void: bool) -> str:
    """How the money that came fits what was asked, in the word that the order's own page goes by."""
    if order is None:  # an RF code of a slip that was closed when its money came
        return "MONEY_FOR_VOID" if void else "MONEY_WITHOUT_DEBT"
    sale = sale_of(order) if order.unapplied_cents else None
    if sale and sale.state == "CANCELLED":
        return "SALE_CANCELLED"
    return "SALE_GONE" if sale and sale.late == "GONE" else order.ending


def _fine_of(slip: Slip) -> DebtFacts | None:
    """The fine that was typed in under a slip's number, when there is exactly one: then the slip's codes pay that."""
    fines = fines_of(slip.number)
    return facts_of_debt(fines[0].debt_id) if len(fines) == 1 else None


def _order_state(facts: OrderFacts, order: OrderView | None, on: date) -> str:
    """Money outranks everything; then whether DIAS would still take it."""
    if facts.paid_cents:
        if order is None or order.unapplied_cents:
            return "PART"
        return "LESS" if order.left_cents else "PAID"
    if facts.state == "FAILED":
        return "FAILED"
    if facts.voided or facts.state in {"EXPIRED", "VOIDED"} or (facts.means == "RF" and on > facts.valid_until):
        return "EXPIRED"
    if facts.means != "RF":
        return "WAITING"
    return "OPEN" if facts.still_open else "CLOSED"


def _debt_answer(place: Place, now: datetime, *, rf: str = "", pay_code: str = "") -> Genuine:
    """What a printed RF code or a pay code names. The one was issued when the debt was certified, the other when made."""
    came_on = None
    with tenancy(municipality=place.municipality_id):
        facts = facts_of_debt(place.id, rf=rf)
        issued_on = facts.certified_on
        if pay_code:
            issued_on = athens_date(PayCode.objects.values_list("issued_at", flat=True).get(code=pay_code))
        slip = slip_of_debt(facts.debt_id)
        if slip and slip.ended == SlipEnd.VOIDED:
            came_on = next((athens_date(one.paid_at) for one in payments_for(slip)), None)
    open_today = _open_today(facts, place.municipality_id, now) if facts.open_cents else None
    state = "OPEN" if facts.open_cents and not facts.withdrawn else "PAID" if facts.paid_on else "CLOSED"
    if state == "CLOSED" and slip is not None and not slip.paid_at:
        # A slip asks for nothing until its holder has said what the officer wrote on it.
        state = "VOID" if slip.ended == SlipEnd.VOIDED else "OPEN"
    return Genuine(
        sort="PAY_CODE" if pay_code else "PRINTED_RF",
        town=participant_by_id(place.municipality_id),
        issued_on=issued_on,
        kinds=(facts.kind,),
        amount_cents=facts.principal_cents if open_today is None else open_today,
        state=state,
        paid_on=facts.paid_on if state == "PAID" else came_on if state == "VOID" else None,
        about="SLIP" if slip else "FINE" if facts.is_fine else "",
        amounts=slip.amounts if slip else (),
    )


def _open_today(facts: DebtFacts, municipality_id: int, now: datetime) -> int:
    """Today's amount of what is open; the principal where no rate tells more."""
    view = debts_held([facts.debt_id], municipality_id=municipality_id, now=now)
    rows = [row for group in view.groups for row in group.rows if row.instalment_id in facts.instalments]
    return sum(row.amount_cents for row in rows) or facts.open_cents


def _clearance_answer(municipality_id: int, code: str, now: datetime) -> Genuine | None:
    with tenancy(municipality=municipality_id):
        row = clearance_by_code(code)
    if row is None:
        return None
    return Genuine(
        sort="CLEARANCE",
        town=participant_by_id(municipality_id),
        issued_on=athens_date(row.issued_at),
        kinds=(),
        amount_cents=None,
        state="VALID" if row.valid_until >= athens_date(now) else "EXPIRED",
        until=row.valid_until,
        as_of=row.debts_as_of,
    )
