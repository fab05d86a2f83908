"""A payer's record as one municipality may see it: debts with balances, orders, payments, messages, contact masked.

Amounts are quoted as of today by the same rules that the payer's own page uses. Every look is an audit entry.
"""

from dataclasses import dataclass
from datetime import date, datetime

from obolos.base.dates import CalendarMissing, athens_date
from obolos.base.masking import masked_email, masked_mobile
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts import debtor_queries, rules
from obolos.domain.debts.debtor_queries import InstalmentBalance, instalments_of_debtor
from obolos.domain.debts.law import Law, law_of
from obolos.domain.debts.queries import Marks, municipality_rows, questions_of_debts
from obolos.domain.debts.wording import explain, line_label
from obolos.domain.messages.queries import MessageRow, messages_about
from obolos.domain.payments import debtor_queries as payments
from obolos.domain.payments.debtor_queries import OrderOfDebtor, orders_of_debtor
from obolos.domain.people.debtor_queries import debtor_by_id
from obolos.flows.show_debts import about_of, titles_of


class PayerUnknown(Exception):
    """This municipality has no debtor of that id."""


@dataclass(frozen=True, slots=True)
class QuoteLineView:
    """A line of today's amount, in both languages: label and sentence."""

    el: tuple[str, str]
    en: tuple[str, str]
    cents: int


@dataclass(frozen=True, slots=True)
class DebtView:
    """One instalment with its balance. `today_cents` is None when a rate is missing and nobody can say it."""

    instalment_id: int
    title_el: str
    title_en: str
    about: str
    ext_id: str
    version: int
    debt_kind: str
    kind_code: str
    online: bool
    due_on: date
    overdue: bool
    principal_cents: int
    written_off_cents: int
    elsewhere_cents: int
    collected_cents: int
    discounted_cents: int
    open_cents: int
    today_cents: int | None
    lines: tuple[QuoteLineView, ...]
    withdrawn: bool
    rf: str
    #: Somebody wrote about it and waits for an answer.
    objected: bool = False
    #: Money came on a slip with the fine's number, and a person looks whether it is for this fine.
    by_slip: bool = False

    def title(self, language: str) -> str:
        """What it is, in «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message sent, with its address masked."""

    channel: str
    kind: str
    title: str
    to: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class PayerRecord:
    """Everything a municipality knows of one payer."""

    debtor_id: int
    afm: str
    name: str
    person_type: str
    email: str
    mobile: str
    on: date
    open_debts: tuple[DebtView, ...]
    other_debts: tuple[DebtView, ...]
    orders: tuple[OrderOfDebtor, ...]
    messages: tuple[MessageView, ...]
    debts_as_of: datetime | None
    more_debts: bool
    more_orders: bool

    @property
    def today_cents(self) -> int:
        """What is owed today, surcharges included, as far as it can be said."""
        return sum(one.today_cents if one.today_cents is not None else one.open_cents for one in self.open_debts)

    @property
    def by_slip_cents(self) -> int:
        """What of `today_cents` may have come on a slip already."""
        return sum(one.today_cents or one.open_cents for one in self.open_debts if one.by_slip)

    @property
    def overdue_count(self) -> int:
        """Open instalments whose due date passed."""
        return sum(one.overdue for one in self.open_debts)


def payer_record(debtor_id: int, *, municipality_id: int, by_user: int, now: datetime) -> PayerRecord:
    """One payer's record. Raises PayerUnknown, and notes the look when there is one."""
    on = athens_date(now)
    with tenancy(municipality=municipality_id):
        debtor = debtor_by_id(debtor_id)
        if debtor is None:
            raise PayerUnknown(debtor_id)
        balances = instalments_of_debtor(debtor.person_id)
        marks = questions_of_debts([one.instalment.debt_id for one in balances])
        orders = orders_of_debtor(debtor.person_id)
        messages = messages_about(_subjects(orders))
        municipality = municipality_rows([municipality_id])[municipality_id]
        law = law_of(municipality_id, municipality.law_version)
        add_audit_entry(
            actor=Actor.STAFF, actor_id=by_user, action="payer.seen", subject=f"debtor:{debtor_id}", now=now
        )
    debts = [_debt(balance, law, marks, on) for balance in balances]
    return PayerRecord(
        debtor_id=debtor_id,
        afm=debtor.afm,
        name=debtor.name,
        person_type=debtor.person_type,
        email=masked_email(debtor.email),
        mobile=masked_mobile(debtor.mobile),
        on=on,
        open_debts=tuple(one for one in debts if one.open_cents),
        other_debts=tuple(one for one in debts if not one.open_cents),
        orders=tuple(orders),
        messages=tuple(message_view(one) for one in messages),
        debts_as_of=municipality.debts_as_of,
        more_debts=len(balances) >= debtor_queries.AT_MOST,
        more_orders=len(orders) >= payments.AT_MOST,
    )


def message_view(row: MessageRow) -> MessageView:
    """A message as staff see it."""
    to = masked_email(row.address) if row.channel == "email" else masked_mobile(row.address)
    return MessageView(row.channel, row.kind, row.title, to, row.sent_at)


def _subjects(orders: list[OrderOfDebtor]) -> list[str]:
    ids = [one.id for one in orders]
    return [*(f"order:{one}" for one in ids), *(f"payment:{one}" for one in payments.payments_of_orders(ids))]


def _debt(balance: InstalmentBalance, law: Law, marks: Marks, on: date) -> DebtView:
    one = balance.instalment
    kind = law.kinds[one.revenue_kind_id]
    title_el, title_en = titles_of(kind, one)
    quote = None
    if one.snapshot.open_principal_cents:
        try:
            quote = rules.quote_instalment(one.snapshot, kind.rules, law.calendar, on)
        except (rules.RateMissing, CalendarMissing):
            quote = None
    effective = quote.effective_due_on if quote else one.snapshot.due_on
    return DebtView(
        instalment_id=one.snapshot.id,
        title_el=title_el,
        title_en=title_en,
        about=about_of(one),
        ext_id=one.ext_id,
        version=balance.version,
        debt_kind=str(one.snapshot.kind),
        kind_code=kind.code,
        online=kind.online,
        due_on=effective,
        overdue=bool(one.snapshot.open_principal_cents) and on > effective,
        principal_cents=balance.principal_cents,
        written_off_cents=balance.written_off_cents,
        elsewhere_cents=balance.elsewhere_cents,
        collected_cents=balance.collected_cents,
        discounted_cents=balance.discounted_cents,
        open_cents=one.snapshot.open_principal_cents,
        today_cents=quote.total_cents if quote else None,
        lines=tuple(
            QuoteLineView(
                (line_label(line, "el"), explain(line, "el", on=on).sentence),
                (line_label(line, "en"), explain(line, "en", on=on).sentence),
                line.amount_cents,
            )
            for line in (quote.lines if quote else ())
        ),
        withdrawn=balance.withdrawn,
        rf=balance.rf,
        objected=one.debt_id in marks.objected,
        by_slip=one.debt_id in marks.by_slip,
    )
