"""One notice (ειδοποιητήριο): what a debtor owes put on paper, with a pay code for each debt and an RF code for each part.

What a notice says is settled once and kept, codes included, and printed from there: the same paper again, for as long
as it is kept. Amounts are those of the day it was made, and so are its codes: each pays one instalment and is good for
as long as that instalment's amount stays the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from obolos.adapters.documents.notice import render_notices
from obolos.adapters.documents.notice_views import NoticeDebt, NoticeInstalment, NoticeView, Sender
from obolos.adapters.documents.proof import masked_afm
from obolos.base.dates import CalendarMissing, athens_date
from obolos.base.references import random_free15, random_id, random_reference, rf_code
from obolos.base.tenancy import current_municipality, tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts import rules
from obolos.domain.debts.law import Kind, Law, law_of
from obolos.domain.debts.queries import (
    Marks,
    OpenInstalment,
    municipality_rows,
    open_instalments_of_debts,
    printed_codes,
    questions_of_debts,
)
from obolos.domain.debts.wording import vat_cents
from obolos.domain.municipalities.models import Municipality
from obolos.domain.municipalities.queries import branding_of, emblem_of
from obolos.domain.notices.actions import enter_notice, pay_codes_for
from obolos.domain.notices.batches import DueNotice, keep_contents
from obolos.domain.notices.queries import NoticeRow, notice_by_id
from obolos.domain.payments.actions import NewOrder
from obolos.domain.payments.paper_orders import PaperOrder, issue_codes
from obolos.domain.people.debtor_queries import debtor_by_id
from obolos.flows.freeze import frozen_line
from obolos.flows.show_debts import about_of, titles_of

#: How long the RF code of an overdue amount that no rule changes is good for: paper is found again months later.
UNCHANGING_DAYS = 365


class NoticeUnknown(Exception):
    """This municipality has no notice of that id, or what it said is kept no longer."""


class NothingOwed(Exception):
    """The debtor owes nothing that can be paid online: there is nothing to put on a notice."""


@dataclass(frozen=True, slots=True)
class Office:
    """What all notices of one municipality and moment have in common."""

    id: int
    dias_code: str
    law: Law
    language: str
    on: date
    now: datetime


@dataclass(frozen=True, slots=True)
class _Owed:
    """An instalment with its quote, how long its amount holds, and what it is afterwards."""

    one: OpenInstalment
    kind: Kind
    quote: rules.Quote
    held: rules.Holding

    @property
    def token(self) -> str:
        """What the order of its code is for, within a notice."""
        return str(self.one.snapshot.id)

    @property
    def valid_until(self) -> date:
        """The last day of its code."""
        return rules.last_day_of_code(self.quote, self.held, unchanging_days=UNCHANGING_DAYS)


def office_of(language: str, *, now: datetime) -> Office:
    """The municipality of the open unit of work as its notices need it."""
    municipality_id = current_municipality()
    row = municipality_rows([municipality_id])[municipality_id]
    dias_code = Municipality.objects.values_list("dias_code", flat=True).get(id=municipality_id)
    law = law_of(municipality_id, row.law_version)
    return Office(municipality_id, dias_code, law, language, athens_date(now), now)


def make_notice(debtor_id: int, *, municipality_id: int, language: str, by_user: int, now: datetime) -> int:
    """Put everything that a debtor owes on a notice of its own; its id. Raises NoticeUnknown, NothingOwed.

    Debts that cannot be paid online, or whose amount nobody can say, are left out. A fine for which money may have come
    on a slip is named without being asked for; when nothing else is owed, there is no notice.
    """
    with tenancy(municipality=municipality_id):
        debtor = debtor_by_id(debtor_id)
        if debtor is None:
            raise NoticeUnknown(debtor_id)
        entered = enter_notice(
            debtor_id=debtor_id,
            person_id=debtor.person_id,
            reference=random_reference("EI"),
            by_user=by_user,
            now=now,
        )
        due = DueNotice(
            entered.id, entered.reference, debtor_id, debtor.person_id, debtor.name, debtor.afm, entered.debts
        )
        contents = prepare([due], office_of(language, now=now))
        if not contents[entered.id][0]:
            raise NothingOwed(debtor_id)
        keep_contents(contents, now=now)
        add_audit_entry(
            actor=Actor.STAFF,
            actor_id=by_user,
            action="notice.made",
            subject=f"debtor:{debtor_id}",
            detail={"notice": entered.id, "amount_cents": contents[entered.id][1]},
            now=now,
        )
    return entered.id


def notice_pdf(notice_id: int, *, municipality_id: int, by_user: int, now: datetime) -> tuple[str, bytes]:
    """(reference, PDF) of a notice made before. Raises NoticeUnknown; every printing is an audit entry."""
    with tenancy(municipality=municipality_id):
        row = notice_by_id(notice_id)
        if row is None or not row.content:
            raise NoticeUnknown(notice_id)
        sender = sender_of(str(row.content["language"]))
        add_audit_entry(
            actor=Actor.STAFF, actor_id=by_user, action="notice.printed", subject=f"debtor:{row.debtor_id}",
            detail={"notice": notice_id}, now=now,
        )  # fmt: skip
    return row.reference, render_notices(sender, [view_of(row)])


def sender_of(language: str) -> Sender:
    """The municipality of the open unit of work at the head of a sheet, as its published door shows it."""
    municipality_id = current_municipality()
    row = municipality_rows([municipality_id])[municipality_id]
    branding = branding_of()
    return Sender(
        language=language,
        municipality=row.name_el if language == "el" else row.name_en,
        phone=(branding.phone if branding else "") or row.phone,
        portal=settings.OBOLOS_PORTAL_URL.partition("//")[2],
        portal_url=settings.OBOLOS_PORTAL_URL,
        logo=emblem_of()[1],
    )


def prepare(due: Sequence[DueNotice], office: Office) -> dict[int, tuple[dict[str, Any], int]]:
    """What some notices say: id → (content, cents). Writes their orders and codes; an empty content has none.

    Inside the municipality's unit of work. Once for each notice: its row is locked, and its orders bear its number.
    """
    found = open_instalments_of_debts([debt for one in due for debt in one.debts])
    by_debt: dict[int, list[_Owed]] = {}
    for one in found:
        owed = _owed(one, office)
        if owed is not None:
            by_debt.setdefault(one.debt_id, []).append(owed)
    marks = questions_of_debts(list(by_debt))
    asked = [debt for debt in by_debt if debt not in marks.by_slip]
    printed = printed_codes([owed.one.snapshot.id for debt in asked for owed in by_debt[debt]])
    orders = [
        _order(notice, owed, office)
        for notice in due
        for debt in notice.debts
        for owed in by_debt.get(debt, ())
        if debt not in marks.by_slip and owed.kind.rf and owed.one.snapshot.id not in printed
    ]
    codes = issue_codes(orders, now=office.now)
    pay_codes = pay_codes_for(asked, now=office.now)
    return {notice.id: _content(notice, by_debt, marks, printed, codes, pay_codes, office) for notice in due}


def _owed(one: OpenInstalment, office: Office) -> _Owed | None:
    """None when it cannot be paid online, or nobody can say its amount today."""
    kind = office.law.kinds[one.revenue_kind_id]
    if not kind.online:
        return None
    try:
        quote = rules.quote_instalment(one.snapshot, kind.rules, office.law.calendar, office.on)
    except (rules.RateMissing, CalendarMissing):
        return None
    return _Owed(one, kind, quote, rules.holding(quote, office.law.calendar))


def _order(notice: DueNotice, owed: _Owed, office: Office) -> PaperOrder:
    cents = owed.quote.total_cents
    order = NewOrder(
        public_id=random_id(),
        reference=random_reference("OB"),
        person_id=notice.person_id,
        means="RF",
        amount_cents=cents,
        valid_until=owed.valid_until,
        form_token=f"notice:{notice.id}:{owed.token}",
        language=office.language,
        lines=[frozen_line(owed.one.snapshot.id, rules.allocate(owed.quote, cents), on=office.on)],
        rest=[],
        visit="",
    )
    return PaperOrder(order, rf_code(office.dias_code, cents, random_free15()))


def _content(
    notice: DueNotice,
    by_debt: Mapping[int, Sequence[_Owed]],
    marks: Marks,
    printed: Mapping[int, str],
    codes: Mapping[str, str],
    pay_codes: Mapping[int, str],
    office: Office,
) -> tuple[dict[str, Any], int]:
    debts = []
    # What is due first stands first; what is not asked for stands last.
    for debt_id in sorted(
        set(notice.debts) & set(by_debt),
        key=lambda debt: (debt in marks.by_slip, by_debt[debt][0].one.snapshot.due_on, debt),
    ):
        title = _title(by_debt[debt_id][0], office.language)
        if debt_id in marks.by_slip:
            debts.append(NoticeDebt(title, about_of(by_debt[debt_id][0].one), "", 0, (), remark="BY_SLIP"))
            continue
        parts = []
        for owed in sorted(by_debt[debt_id], key=lambda owed: owed.one.snapshot.number):
            given = printed.get(owed.one.snapshot.id, "")
            ours = codes.get(f"notice:{notice.id}:{owed.token}", "")
            parts.append(_part(owed, given or ours, office, theirs=bool(given)))
        first = by_debt[debt_id][0]
        today = sum(part.today_cents for part in parts)
        guest = first.kind.guest or first.one.person_id is None
        remark = "OBJECTED" if debt_id in marks.objected else ""
        debts.append(NoticeDebt(title, about_of(first.one), pay_codes[debt_id], today, tuple(parts), guest, remark))
    if not any(debt.instalments for debt in debts):
        return {}, 0
    cents = sum(debt.today_cents for debt in debts)
    view = NoticeView(notice.reference, notice.name, masked_afm(notice.afm), office.now, cents, tuple(debts))
    return _as_json(view) | {"language": office.language}, cents


def _title(owed: _Owed, language: str) -> str:
    """What the debt is called, without the number of its instalment."""
    el, en = titles_of(owed.kind, owed.one)
    return (el if language == "el" else en).partition(": δόση ")[0].partition(": instalment ")[0]


def _part(owed: _Owed, rf: str, office: Office, *, theirs: bool) -> NoticeInstalment:
    """`theirs`: the code is the municipality's own, for whatever it is good; of ours we know amount and last day."""
    quote, snapshot = owed.quote, owed.one.snapshot
    component = rules.Component
    vat = vat_cents(quote)
    other = sum(quote.cents(one) for one in (component.ADDED, component.FINE, component.COSTS)) - vat
    return NoticeInstalment(
        number=snapshot.number,
        of=snapshot.of,
        due_on=quote.effective_due_on,
        overdue=quote.late,
        principal_cents=quote.cents(component.PRINCIPAL),
        surcharge_cents=quote.cents(component.SURCHARGE),
        discount_cents=-quote.cents(component.DISCOUNT),
        other_cents=other,
        today_cents=quote.total_cents,
        same_until=owed.held.until,
        later_cents=owed.held.later_cents,
        rf=rf,
        rf_cents=quote.total_cents if rf and not theirs else 0,
        rf_until=owed.valid_until if rf and not theirs else None,
        vat_cents=vat,
    )


def _as_json(view: NoticeView) -> dict[str, Any]:
    told = asdict(view)
    told["made_at"] = view.made_at.isoformat()
    for debt in told["debts"]:
        for part in debt["instalments"]:
            for name in ("due_on", "same_until", "rf_until"):
                part[name] = part[name] and part[name].isoformat()
    return told


def view_of_content(content: Mapping[str, Any]) -> NoticeView:
    """The notice that a kept content tells."""
    debts = []
    for debt in content["debts"]:
        parts = tuple(
            NoticeInstalment(**{name: _day(name, value) for name, value in part.items()})
            for part in debt["instalments"]
        )
        debts.append(NoticeDebt(**{**debt, "instalments": parts}))
    made_at = datetime.fromisoformat(content["made_at"])
    told = {name: content[name] for name in ("reference", "name", "afm", "today_cents")}
    return NoticeView(**told, made_at=made_at, debts=tuple(debts))


def view_of(row: NoticeRow) -> NoticeView:
    """The notice of a row."""
    return view_of_content(row.content)


def _day(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if value and name in {"due_on", "same_until", "rf_until"} else value
