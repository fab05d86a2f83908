"""A payment's whole story: order, lines as frozen, tries, what banks said, money, ledger, who was told, who looked.

By order, or by payment when no order belongs to it. Telling it is a look at a person and an audit entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from obolos.base.masking import masked_email, masked_mobile
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.audit.queries import AuditRow, audit_of
from obolos.domain.debts.debtor_queries import InstalmentName, instalment_names
from obolos.domain.debts.law import Law, law_of
from obolos.domain.debts.queries import municipality_rows
from obolos.domain.deliveries.queries import DeliveryRow, deliveries_about
from obolos.domain.ledger.queries import PostingRow, postings_of
from obolos.domain.messages.queries import messages_about
from obolos.domain.notices.slip_mentions import SlipMention, SlipMove, mentions, moves_of
from obolos.domain.offerings.sale_mentions import SaleMention, sales_mentioned
from obolos.domain.payments import story_queries
from obolos.domain.payments.story_queries import (
    AttemptFacts,
    BankWord,
    CollectedFacts,
    LineFacts,
    OrderFacts,
    PaymentFacts,
    RfFacts,
)
from obolos.domain.people.debtor_queries import DebtorRow, debtor_of_person, debtors_by_id
from obolos.domain.reconciliation.queries import QuestionRow, questions_about
from obolos.flows.payer_record import MessageView, message_view
from obolos.flows.payment_proof import proof_of
from obolos.flows.show_debts import about_of, titles_of


class NoSuchPayment(Exception):
    """This municipality has no order or payment of that id."""


@dataclass(frozen=True, slots=True)
class Titled:
    """What an instalment is called."""

    title_el: str
    title_en: str
    about: str
    ext_id: str
    debtor_id: int

    def title(self, language: str) -> str:
        """In «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


@dataclass(frozen=True, slots=True)
class Entry:
    """A ledger entry with its lines, which sum to zero."""

    first: PostingRow
    lines: tuple[PostingRow, ...]

    @property
    def sum_cents(self) -> int:
        """Zero; shown, so that it can be seen."""
        return sum(line.amount_cents for line in self.lines)


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one order, or about one payment without an order (`order` is None). Lists as things happened."""

    order: OrderFacts | None
    payer: DebtorRow | None
    email: str
    mobile: str
    lines: tuple[LineFacts, ...]
    attempts: tuple[AttemptFacts, ...]
    rf_codes: tuple[RfFacts, ...]
    words: tuple[BankWord, ...]
    payments: tuple[PaymentFacts, ...]
    collected: tuple[CollectedFacts, ...]
    entries: tuple[Entry, ...]
    deliveries: tuple[DeliveryRow, ...]
    messages: tuple[MessageView, ...]
    questions: tuple[QuestionRow, ...]
    audit: tuple[AuditRow, ...]
    titles: dict[int, Titled]
    #: Fine slips that the money came for, whose their fines are, and what of it moved there.
    slips: tuple[SlipMention, ...] = ()
    owners: tuple[DebtorRow, ...] = ()
    moves: tuple[SlipMove, ...] = ()
    #: The purchase that the order pays.
    sale: SaleMention | None = None

    @property
    def paid_cents(self) -> int:
        """All money that came."""
        return sum(one.amount_cents for one in self.payments)

    @property
    def applied_cents(self) -> int:
        """What of it counted against debts."""
        return sum(one.amount_cents for one in self.collected)

    @property
    def unapplied_cents(self) -> int:
        """What of it fits nowhere yet."""
        return self.paid_cents - self.applied_cents


def order_story(order_id: int, *, municipality_id: int, by_user: int, now: datetime) -> Story:
    """The story of an order. Raises NoSuchPayment."""
    with tenancy(municipality=municipality_id):
        order = story_queries.order_facts(order_id)
        if order is None:
            raise NoSuchPayment(order_id)
        story = _tell(order, story_queries.payments_of_order(order_id), municipality_id)
        _note_look(f"order:{order_id}", story, by_user, now)
        return story


def payment_story(payment_id: int, *, municipality_id: int, by_user: int, now: datetime) -> Story:
    """The story of a payment; that of its order, when it has one. Raises NoSuchPayment."""
    with tenancy(municipality=municipality_id):
        payment = story_queries.payment_facts(payment_id)
        if payment is None:
            raise NoSuchPayment(payment_id)
        order = story_queries.order_facts(payment.order_id) if payment.order_id is not None else None
        payments = story_queries.payments_of_order(order.id) if order else [payment]
        story = _tell(order, payments, municipality_id)
        _note_look(f"order:{order.id}" if order else f"payment:{payment_id}", story, by_user, now)
        return story


def staff_proof(order_id: int, *, municipality_id: int, by_user: int, language: str, now: datetime) -> bytes:
    """The proof of payment as PDF, for staff. Raises NoSuchPayment, and NothingToProve when no money came."""
    with tenancy(municipality=municipality_id):
        order = story_queries.order_facts(order_id)
        if order is None:
            raise NoSuchPayment(order_id)
        add_audit_entry(actor=Actor.STAFF, actor_id=by_user, action="proof.seen", subject=f"order:{order_id}", now=now)
    return proof_of(order.public_id, now=now, language=language)


def _tell(order: OrderFacts | None, payments: Sequence[PaymentFacts], municipality_id: int) -> Story:
    payment_ids = [one.id for one in payments]
    attempts = story_queries.attempts_of_order(order.id) if order else []
    codes = story_queries.rf_codes_of_order(order.id) if order else []
    lines = story_queries.lines_of_order(order.id) if order else []
    collected = story_queries.collected_of(payment_ids)
    payer = debtor_of_person(order.person_id) if order else None
    about = [*([f"order:{order.id}"] if order else []), *(f"payment:{one}" for one in payment_ids)]
    slips = tuple(
        {
            one.slip_id: one
            for one in mentions(
                payment_ids=payment_ids, order_ids=[order.id] if order else [], codes=[c.code for c in codes]
            )
        }.values()
    )
    moves = tuple(moves_of(payment_ids))
    sale = next(iter(sales_mentioned(order_ids=[order.id])), None) if order and order.person_id is None else None
    owners = sorted({one.debtor_id for one in slips if one.debtor_id})
    municipality = municipality_rows([municipality_id])[municipality_id]
    law = law_of(municipality_id, municipality.law_version)
    email = (payer.email if payer else "") or (order.email if order else "")
    mobile = (payer.mobile if payer else "") or (order.mobile if order else "")
    return Story(
        order=order,
        payer=payer,
        email=masked_email(email),
        mobile=masked_mobile(mobile),
        lines=tuple(lines),
        attempts=tuple(attempts),
        rf_codes=tuple(codes),
        words=tuple(
            story_queries.bank_words(
                attempt_ids=[one.id for one in attempts],
                rf_code_ids=[one.id for one in codes],
                payment_ids=payment_ids,
            )
        ),
        payments=tuple(payments),
        collected=tuple(collected),
        entries=_entries(postings_of([*(f"pay:{one.evidence_key}" for one in payments), *_moved_keys(moves)])),
        deliveries=tuple(deliveries_about(about)),
        messages=tuple(message_view(one) for one in messages_about(about)),
        questions=tuple(
            questions_about(
                [
                    *about,
                    *(f"attempt:{one.id}" for one in attempts),
                    *(f"rf:{one.code}" for one in codes),
                    *([f"purchase:{sale.purchase_id}"] if sale else []),
                ],
                payment_ids,
            )
        ),
        audit=tuple(
            audit_of([*about, *(f"attempt:{one.id}" for one in attempts), *(f"slip:{one.slip_id}" for one in slips)])
        ),
        titles=_titles({*(one.instalment_id for one in lines), *(one.instalment_id for one in collected)}, law),
        slips=slips,
        owners=tuple(debtors_by_id(owners)) if owners else (),
        moves=moves,
        sale=sale,
    )


def _moved_keys(moves: Sequence[SlipMove]) -> list[str]:
    """The two ledger entries of each move, as `payments.moving` names them."""
    return [f"{way}:slip-{one.slip_id}:{one.payment_id}" for one in moves for way in ("out", "in")]


def _entries(postings: Sequence[PostingRow]) -> tuple[Entry, ...]:
    by_entry: dict[int, list[PostingRow]] = {}
    for posting in postings:
        by_entry.setdefault(posting.entry_id, []).append(posting)
    return tuple(Entry(lines[0], tuple(lines)) for lines in by_entry.values())


def _titles(instalment_ids: set[int], law: Law) -> dict[int, Titled]:
    return {one.instalment.snapshot.id: _titled(one, law) for one in instalment_names(sorted(instalment_ids))}


def _titled(name: InstalmentName, law: Law) -> Titled:
    title_el, title_en = titles_of(law.kinds[name.instalment.revenue_kind_id], name.instalment)
    return Titled(title_el, title_en, about_of(name.instalment), name.instalment.ext_id, name.debtor_id)


def _note_look(subject: str, story: Story, by_user: int, now: datetime) -> None:
    detail: dict[str, object] = {"debtor": story.payer.id if story.payer else None}
    if story.owners:
        detail["owners"] = [one.id for one in story.owners]
    add_audit_entry(actor=Actor.STAFF, actor_id=by_user, action="payment.seen", subject=subject, detail=detail, now=now)
