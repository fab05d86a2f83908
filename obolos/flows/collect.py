"""The one door for money: everything that says «this was paid» ends in `record_outcome`.

One READ COMMITTED transaction, in this order: message stored once by its unique key → attempt locked → payment by
unique key → instalments locked in id order and paid by conditional update → ledger entry that sums to zero →
deliveries → result of the message. Only after the commit does the bank get its answer.

Facts about money outrank states: late money is booked whatever the order says, and money that fits nowhere goes to
account 42 and the worklist. Nothing here refuses money, and nothing here speaks to the outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from obolos.adapters.banks.contract import NO_FINAL_ANSWER, BankAnswer, Verdict
from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts import rules as law
from obolos.domain.debts.law import law_of
from obolos.domain.debts.queries import OpenInstalment, locked_instalments, municipality_rows
from obolos.domain.notices.slip_mentions import void_slip_behind
from obolos.domain.offerings.purchase_queries import called_off
from obolos.domain.payments import booking
from obolos.domain.payments.booking import AttemptRow, LineEffect, OrderRow, Received
from obolos.domain.payments.models import Disposition
from obolos.domain.payments.rules import CONFIRM_AFTER, GRACE, may_abandon, next_query_at
from obolos.flows.return_places import take_late
from obolos.flows.slips import fit_slips, note_slips_paid


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one piece of evidence. `order` is the public id of the order it belongs to, if any."""

    disposition: str
    payment_id: int | None = None
    order: str = ""
    duplicate: bool = False


def record_outcome(
    municipality_id: int, attempt_id: int, answer: BankAnswer, *, provider: str, source: str, now: datetime
) -> Outcome:
    """Book what a bank said about one of our card attempts. `source`: RETURN or QUERY.

    The amount is the attempt's own frozen amount: the bank's signature or answer is about our reference. An answer
    that states another amount decides nothing. UNVERIFIED writes nothing but «ask the bank soon».
    """
    with tenancy(municipality=municipality_id):
        return book_answer(municipality_id, attempt_id, answer, provider=provider, source=source, now=now)


def book_answer(
    municipality_id: int, attempt_id: int, answer: BankAnswer, *, provider: str, source: str, now: datetime
) -> Outcome:
    """`record_outcome` inside a unit of work that is open already, as the return's, which first reads the ticket."""
    if answer.verdict is Verdict.UNVERIFIED:
        return _ask_soon(attempt_id, answer, source, now)
    received = Received(
        municipality_id=municipality_id,
        provider=provider,
        source=source,
        key=f"{source}:{answer.message_key}",
        raw=answer.raw,
        decoded=answer.decoded,
        received_at=now,
    )
    message_id = booking.store_message(received)
    attempt = booking.lock_attempt(attempt_id)
    if message_id is None:
        if source == "QUERY" and _is_settled(attempt, answer):
            booking.schedule(attempt_id, None, attempt.state)
        elif source == "QUERY":
            _later(attempt, now, attempt.state)
        return Outcome(attempt.state, booking.payment_of_attempt(attempt_id), attempt.order.public_id, True)
    if answer.verdict is Verdict.PENDING:
        return _pending(received, message_id, attempt, answer, now)
    if answer.verdict is Verdict.DECLINED:
        return _declined(received, message_id, attempt, answer, now)
    if answer.amount_cents is not None and answer.amount_cents != attempt.amount_cents:
        return _contradiction(received, message_id, attempt, "AMOUNT_DIFFERS", now)
    return _paid(received, message_id, attempt, answer, now)


def _ask_soon(attempt_id: int, answer: BankAnswer, source: str, now: datetime) -> Outcome:
    """Nothing is known: change nothing, ask the bank. A query's own non-answer waits for its turn in the schedule."""
    attempt = booking.lock_attempt(attempt_id)
    if source == "RETURN":
        booking.bring_query_forward(attempt_id, now)
    else:
        _later(attempt, now, attempt.state)
    return Outcome("UNVERIFIED", None, attempt.order.public_id)


def _later(attempt: AttemptRow, now: datetime, state: str) -> None:
    """Ask again in its turn; when no turn is left, end the attempt without claiming that nothing was charged.

    One that is decided stays so: it is asked about less and less, and then no more.
    """
    at = _next(attempt, now)
    if at is None and attempt.undecided:
        booking.decide(attempt, "ABANDONED", NO_FINAL_ANSWER, False, None, now)
    else:
        booking.schedule(attempt.id, at, state)


def _is_settled(attempt: AttemptRow, answer: BankAnswer) -> bool:
    """Whether the bank says what is decided, so that nothing is left to ask."""
    if answer.verdict is Verdict.PAID:
        return attempt.state == "PAID" and answer.amount_cents in {None, attempt.amount_cents}
    return answer.verdict is Verdict.DECLINED and attempt.state in {"DECLINED", "ABANDONED"}


def _back_with(received: Received, attempt: AttemptRow) -> str:
    """The visit that a payer came back with, when he did: for the funnel."""
    return attempt.order.visit if received.source == "RETURN" else ""


def _next(attempt: AttemptRow, now: datetime) -> datetime | None:
    return next_query_at(created_at=attempt.created_at, ticket_expires_at=attempt.ticket_expires_at, now=now)


def _pending(received: Received, message_id: int, attempt: AttemptRow, answer: BankAnswer, now: datetime) -> Outcome:
    booking.store_result(
        received, message_id, answer.verdict, Disposition.PENDING, answer.reason, attempt_id=attempt.id,
        visit=_back_with(received, attempt),
    )  # fmt: skip
    if attempt.undecided or received.source == "QUERY":
        _later(attempt, now, "UNKNOWN")
    return Outcome("PENDING", None, attempt.order.public_id)


def _declined(received: Received, message_id: int, attempt: AttemptRow, answer: BankAnswer, now: datetime) -> Outcome:
    """The bank said no. Paid stays paid; «no such sale» ends an attempt only when its window is over and twice said."""
    booking.store_result(
        received, message_id, answer.verdict, Disposition.DECLINED, answer.reason, attempt_id=attempt.id,
        visit=_back_with(received, attempt),
    )  # fmt: skip
    if attempt.state == "PAID":
        if received.source == "QUERY":
            booking.open_worklist(received, "BANK_CONTRADICTS", f"attempt:{attempt.id}", answer.reason)
            _later(attempt, now, attempt.state)
        return Outcome("PAID", booking.payment_of_attempt(attempt.id), attempt.order.public_id)
    if attempt.undecided:
        # One more question when the ticket is dead: a success that followed the refusal must not be missed.
        last_look = attempt.ticket_expires_at + GRACE
        booking.decide(attempt, "DECLINED", answer.reason, answer.confirmed_not_charged, last_look, now)
    elif received.source == "QUERY":
        booking.schedule(attempt.id, None, attempt.state)
    return Outcome("DECLINED", None, attempt.order.public_id)


def record_no_such_sale(
    municipality_id: int, attempt_id: int, *, denied_before_at: datetime | None, now: datetime
) -> str:
    """The bank knows no sale under our reference. Ends the attempt when that is safe, else asks again later."""
    with tenancy(municipality=municipality_id):
        attempt = booking.lock_attempt(attempt_id)
        if not attempt.undecided:
            booking.schedule(attempt_id, None, attempt.state)
            return attempt.state
        if may_abandon(ticket_expires_at=attempt.ticket_expires_at, denied_before_at=denied_before_at, now=now):
            booking.decide(attempt, "ABANDONED", "NOT_FOUND", True, None, now)
            return "ABANDONED"
        _later(attempt, now, attempt.state)
        return attempt.state


def record_silence(municipality_id: int, attempt_id: int, *, now: datetime) -> None:
    """The bank did not answer: ask again in its turn; at the end of all turns, end without a claim."""
    with tenancy(municipality=municipality_id):
        attempt = booking.lock_attempt(attempt_id)
        _later(attempt, now, attempt.state)


def _contradiction(received: Received, message_id: int, attempt: AttemptRow, reason: str, now: datetime) -> Outcome:
    """The bank states something our record excludes: nothing is booked, a person looks, the bank is asked again."""
    booking.store_result(received, message_id, "PAID", Disposition.REJECTED, reason, attempt_id=attempt.id)
    booking.open_worklist(received, "BANK_CONTRADICTS", f"attempt:{attempt.id}", reason)
    if attempt.undecided or received.source == "QUERY":
        _later(attempt, now, "UNKNOWN")
    return Outcome("REJECTED", None, attempt.order.public_id)


def _paid(received: Received, message_id: int, attempt: AttemptRow, answer: BankAnswer, now: datetime) -> Outcome:
    paid_at = answer.paid_at or now
    # The legal date of a card payment is its authorisation's. A return within the ticket's life belongs to the day
    # the payer was sent to the bank: a payment begun before midnight is not late because the bank page took a minute.
    begun_in_time = athens_date(attempt.created_at) <= attempt.order.valid_until
    within = paid_at <= attempt.ticket_expires_at + GRACE
    evidence = booking.Evidence(
        key=f"card:{attempt.merchant_account_id}:{attempt.reference}",
        channel="CARD",
        clearing=f"11:{received.provider}",
        amount_cents=attempt.amount_cents,
        paid_at=paid_at,
        paid_on=athens_date(attempt.created_at) if begun_in_time and within else athens_date(paid_at),
        bank_txn=answer.bank_txn,
        approval=answer.approval,
        payer="",
        attempt_id=attempt.id,
        rf_code_id=None,
    )
    payment_id = booking.new_payment(received, evidence, attempt.order)
    if payment_id is None:
        payment_id = booking.payment_of_attempt(attempt.id)
        assert payment_id is not None
        confirmed = received.source == "QUERY"
        booking.store_result(
            received, message_id, "PAID", Disposition.CONFIRMED, "SAME_PAYMENT", attempt_id=attempt.id,
            payment_id=payment_id, visit=_back_with(received, attempt),
        )  # fmt: skip
        if confirmed:
            booking.confirm(payment_id, answer.bank_txn, answer.approval, now)
            booking.schedule(attempt.id, None, "PAID")
        return Outcome("CONFIRMED", payment_id, attempt.order.public_id)
    queried = received.source == "QUERY"
    disposition = apply_money(
        received, evidence, attempt.order, payment_id, message_id, None if queried else now + CONFIRM_AFTER
    )
    if queried:
        booking.confirm(payment_id, answer.bank_txn, answer.approval, now)
    return Outcome(disposition, payment_id, attempt.order.public_id)


def apply_money(
    received: Received,
    evidence: booking.Evidence,
    order: OrderRow | None,
    payment_id: int,
    message_id: int,
    confirm_at: datetime | None = None,
) -> str:
    """Count a payment's money against the order's instalments and post it. Returns the payment's disposition.

    In time and of the asked amount, the order's frozen lines count as they stand, as far as each is still open.
    Late, or of another amount, the money counts at the amounts of its own day (R21), oldest first. What fits nowhere
    is unapplied. A sale whose places went back gets them again while they are free.
    """
    if order is None:
        return booking.post(
            received, evidence, None, payment_id, [], message_id=message_id, confirm_at=confirm_at,
            why=_why_nothing(None, evidence.rf_code_id),
        )  # fmt: skip
    found = locked_instalments([line.instalment_id for line in order.lines])
    if order.person_id is None and _made_ready(found, order, received.received_at):
        found = locked_instalments([line.instalment_id for line in order.lines])
    if evidence.amount_cents == order.amount_cents and evidence.paid_on <= order.valid_until:
        effects = _as_frozen(order, found)
    else:
        effects = effects_as_of(found, evidence.amount_cents, evidence.paid_on)
    why = _why_nothing(order, evidence.rf_code_id) if order.person_id is None and not effects else ""
    ended = booking.post(
        received, evidence, order, payment_id, effects, message_id=message_id, confirm_at=confirm_at, why=why
    )
    if order.person_id is None:
        note_slips_paid(found, payment_id, now=received.received_at)
    return ended


def _why_nothing(order: OrderRow | None, rf_code_id: int | None) -> str:
    """Why money counts for nothing where slips or a cancelled event are behind it; empty where the order itself tells. A
    code of ours that no order uses stands on a slip: its slip was void, or had been closed."""
    if void_slip_behind(order_id=order.id if order else None, rf_code_id=rf_code_id):
        return "SLIP_VOID"
    if order and called_off(order.id):
        return "PAID_AFTER_CANCELLED"
    return "DEBT_CLOSED_MEANWHILE" if order is None and rf_code_id else ""


def _made_ready(found: Sequence[OpenInstalment], order: OrderRow, now: datetime) -> bool:
    """Money has come from a guest: sales take their places again, slips ask for what was ordered. True on a change."""
    late = take_late(found, now=now)
    closed = [(line.instalment_id, line.principal_cents + line.discount_cents) for line in order.lines]
    return fit_slips(found, closed) or late


def _as_frozen(order: OrderRow, found: Sequence[OpenInstalment]) -> list[LineEffect]:
    by_id = {one.snapshot.id: one for one in found}
    effects = []
    for line in sorted(order.lines, key=lambda line: line.instalment_id):
        one = by_id[line.instalment_id]
        if one.snapshot.open_principal_cents >= line.principal_cents + line.discount_cents:
            # What of the municipality's own given amounts this pays is remembered on the instalment.
            effects.append(
                LineEffect(
                    instalment_id=line.instalment_id,
                    kind=str(one.snapshot.kind),
                    principal_cents=line.principal_cents,
                    discount_cents=line.discount_cents,
                    parts=line.parts,
                    added_given=one.snapshot.added_cents is not None,
                    surcharge_given=line.surcharge_given,
                    surcharged_months=line.surcharged_months,
                    surcharge_carried_cents=line.surcharge_carried_cents,
                    rev_code=one.rev_code,
                )
            )
    return effects


def effects_as_of(found: Sequence[OpenInstalment], cents: int, paid_on: date) -> list[LineEffect]:
    """What an amount counts for at the amounts of its day, oldest first (R21). What fits nowhere is in no effect."""
    municipality = municipality_rows([found[0].municipality_id])[found[0].municipality_id] if found else None
    if municipality is None:
        return []
    in_force = law_of(municipality.id, municipality.law_version)
    by_id = {one.snapshot.id: one for one in found}
    quotes = []
    for one in found:
        if one.snapshot.open_principal_cents:
            kind = in_force.kinds[one.revenue_kind_id]
            quotes.append(law.quote_instalment(one.snapshot, kind.rules, in_force.calendar, paid_on))
    shares, _ = law.spread(quotes, cents)
    effects = []
    for share in shares:
        one = by_id[share.quote.snapshot.id]
        allocation = law.allocate(share.quote, share.cents)
        surcharges = [line.rule for line in share.quote.lines if line.component is law.Component.SURCHARGE]
        effects.append(
            LineEffect(
                instalment_id=one.snapshot.id,
                kind=str(one.snapshot.kind),
                principal_cents=allocation.cents(law.Component.PRINCIPAL),
                discount_cents=allocation.discount_cents,
                parts=tuple((str(p.component), p.target_code, p.cents) for p in allocation.parts if p.cents),
                added_given=one.snapshot.added_cents is not None,
                surcharge_given=law.GIVEN in surcharges,
                surcharged_months=allocation.surcharged_months,
                surcharge_carried_cents=allocation.surcharge_carried_cents,
                rev_code=one.rev_code,
            )
        )
    return sorted(effects, key=lambda effect: effect.instalment_id)
