"""A citizen sees what is owed and chooses: quotes of all open instalments, and the basket made of a choice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from obolos.base.dates import Calendar, CalendarMissing, athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts import rules
from obolos.domain.debts.english import in_english
from obolos.domain.debts.law import Kind, Law, law_of
from obolos.domain.debts.live import NO_NEWS, News, news_of_debts
from obolos.domain.debts.queries import (
    NO_MARKS,
    Marks,
    MunicipalityRow,
    OpenInstalment,
    marks_of_debts,
    marks_of_person,
    municipality_rows,
    open_instalments_of,
    open_instalments_of_debts,
    silent_towns_of,
)
from obolos.domain.debts.wording import line_label

#: Debts due within this many days are chosen beforehand.
SOON_DAYS = 30
#: For so long an undecided attempt means «do not pay again».
CHECKING = timedelta(minutes=15)
#: An RF code or order of an overdue debt whose amount no rule changes.
UNCHANGING_DAYS = 30


@dataclass(frozen=True, slots=True)
class MunicipalityView:
    """A municipality as shown to payers."""

    id: int
    code: str
    slug: str
    name_el: str
    name_en: str
    short_el: str
    phone: str
    law_version: int = 0

    def name(self, language: str) -> str:
        """Its name in «el» or «en»."""
        return self.name_el if language == "el" else self.name_en


@dataclass(frozen=True, slots=True)
class DebtRow:
    """One open instalment with its quote and what the payer may do with it."""

    instalment_id: int
    debt_id: int
    person_id: int | None
    kind: Kind
    title_el: str
    title_en: str
    about: str
    debt_kind: str
    due_on: date
    effective_due_on: date
    number: int
    of: int
    amount_cents: int
    open_principal_cents: int
    quote: rules.Quote | None
    overdue: bool
    due_today: bool
    preselected: bool
    partial_ok: bool
    min_partial_cents: int
    #: The order whose payment of this is being checked with a bank; empty when there is none, or it is another's.
    in_progress: str
    blocked: str
    #: Number of the instalment that must be paid before, or together with, this one.
    blocked_number: int | None
    discount_until: date | None
    amount_after_discount_cents: int | None
    #: How long the amount holds, and what it is afterwards; None when nobody can say the amount.
    held: rules.Holding | None = None
    #: Somebody wrote to the municipality about it, and has no answer yet.
    objected: bool = False
    #: Money came on a slip with the fine's number, and a person looks whether it is for this fine.
    by_slip: bool = False
    #: A slip nobody said the day of: `due_on` is only the last day of its code.
    undated: bool = False
    #: Whether somebody went to a bank with a card for this, and the bank has not answered.
    being_paid: bool = False
    #: The order whose RF code a payer took for this and can still pay, and the code's last day. The debtor is not told
    #: another's order: then there is a last day only.
    rf_order: str = ""
    rf_until: date | None = None

    @property
    def under_way(self) -> bool:
        """Whether paying it now may be paying it twice."""
        return self.being_paid or self.by_slip

    def title(self, language: str) -> str:
        """What it is, in «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


@dataclass(frozen=True, slots=True)
class MunicipalityDebts:
    """The open instalments towards one municipality. `as_of`: when its ERP last told us.

    `news`: what came of asking it; while it is `silent`, the amounts are the last known and may be paid all the same.
    """

    municipality: MunicipalityView
    rows: tuple[DebtRow, ...]
    total_cents: int
    as_of: datetime | None
    news: News = NO_NEWS


@dataclass(frozen=True, slots=True)
class DebtsView:
    """Everything a person owes online, as of a legal date."""

    groups: tuple[MunicipalityDebts, ...]
    total_cents: int
    count: int
    on: date
    #: Where nothing is owed: municipalities whose system did not answer, so that nobody says «nothing» for them.
    silent: tuple[MunicipalityView, ...] = ()


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: a citizen by his id, or a guest by what he holds: some debts of one municipality.

    `email` and `mobile` are a guest's, typed by him to hear of the payment; a citizen's are the confirmed ones.
    """

    person_id: int | None = None
    municipality_id: int | None = None
    debt_ids: tuple[int, ...] = ()
    email: str = ""
    mobile: str = ""
    #: Last day on which what he holds can be paid, when that is sooner than its amount says: places are held so long.
    until: date | None = None

    def last_day(self, valid_until: date) -> date:
        """The last day of an order of his, whose amounts hold until `valid_until`."""
        return valid_until if self.until is None else min(valid_until, self.until)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A payer's choice: an instalment, whole (None) or a smaller amount in cents."""

    instalment_id: int
    cents: int | None = None

    def __str__(self) -> str:
        return str(self.instalment_id) if self.cents is None else f"{self.instalment_id}:{self.cents}"


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One chosen instalment: what is paid of it, what that covers, and what stays open."""

    row: DebtRow
    chosen: Chosen
    amount_cents: int
    allocation: rules.Allocation
    parts: tuple[tuple[str, str, str, int], ...]
    leaves_cents: int


@dataclass(frozen=True, slots=True)
class Leg:
    """The chosen debts of one municipality: one payment order."""

    municipality: MunicipalityView
    lines: tuple[BasketLine, ...]
    amount_cents: int
    card: bool
    rf: bool
    valid_until: date
    as_of: datetime | None = None
    news: News = NO_NEWS


@dataclass(frozen=True, slots=True)
class Basket:
    """What a payer chose, one leg per municipality; the first leg is paid now."""

    legs: tuple[Leg, ...]
    amount_cents: int
    count: int
    on: date


class NotPayable(Exception):
    """A choice that cannot be paid. `reason` is a machine word; `instalment_id` says which row, when one does."""

    def __init__(self, reason: str, instalment_id: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.instalment_id = instalment_id


def debts_of(person_id: int, *, now: datetime, progress: bool = True) -> DebtsView:
    """All open instalments of a person as of now, quoted. Two queries, one transaction; one without `progress`."""
    with tenancy(person=person_id):
        found, municipalities = open_instalments_of(person_id)
        marks = NO_MARKS
        if found and progress:
            marks = marks_of_person(person_id, since=now - CHECKING, on=athens_date(now))
        laws = {one.id: law_of(one.id, one.law_version) for one in municipalities.values()}
        silent = () if found else tuple(_view(one) for one in silent_towns_of(person_id))
    return replace(_quoted(found, municipalities, laws, marks, athens_date(now)), silent=silent)


def debts_held(debt_ids: Sequence[int], *, municipality_id: int, now: datetime, progress: bool = True) -> DebtsView:
    """The open instalments of some debts of one municipality as of now, quoted, for a guest who holds their code."""
    with tenancy(municipality=municipality_id):
        return read_held(debt_ids, municipality_id=municipality_id, now=now, progress=progress)


def read_held(debt_ids: Sequence[int], *, municipality_id: int, now: datetime, progress: bool = True) -> DebtsView:
    """As `debts_held`, inside an open tenancy of the municipality."""
    found = open_instalments_of_debts(debt_ids)
    marks = marks_of_debts(debt_ids, since=now - CHECKING, on=athens_date(now)) if found and progress else NO_MARKS
    news = news_of_debts(debt_ids) if found else NO_NEWS
    municipalities = {one.id: replace(one, news=news) for one in municipality_rows([municipality_id]).values()}
    laws = {one.id: law_of(one.id, one.law_version) for one in municipalities.values()}
    return _quoted(found, municipalities if found else {}, laws, marks, athens_date(now), guest=True)


def debts_for(payer: Payer, *, now: datetime, progress: bool = True) -> DebtsView:
    """What a payer may pay, as of now."""
    if payer.person_id is not None:
        return debts_of(payer.person_id, now=now, progress=progress)
    assert payer.municipality_id is not None
    return debts_held(payer.debt_ids, municipality_id=payer.municipality_id, now=now, progress=progress)


def _quoted(
    found: Sequence[OpenInstalment],
    municipalities: Mapping[int, MunicipalityRow],
    laws: Mapping[int, Law],
    marks: Marks,
    on: date,
    *,
    guest: bool = False,
) -> DebtsView:
    groups = []
    for municipality in municipalities.values():
        law = laws[municipality.id]
        first_open: dict[int, int] = {}
        rows = []
        for one in sorted(
            (one for one in found if one.municipality_id == municipality.id),
            key=lambda one: (one.snapshot.due_on, one.debt_id, one.snapshot.number),
        ):
            before = first_open.get(one.debt_id)
            first_open[one.debt_id] = one.snapshot.number
            row = _row(one, law.kinds[one.revenue_kind_id], law.calendar, on, before, marks)
            rows.append(_for_guests(row) if guest else row)
        total = sum(row.amount_cents for row in rows)
        shown = tuple(_follow(rows, on))
        news = municipality.news
        as_of = news.latest(municipality.debts_as_of)
        groups.append(MunicipalityDebts(_view(municipality), shown, total, as_of, news))
    return DebtsView(tuple(groups), sum(g.total_cents for g in groups), sum(len(g.rows) for g in groups), on)


def basket_of(view: DebtsView, chosen: Sequence[Chosen], *, now: datetime) -> Basket:
    """The payer's choice, leg by leg, in the order of the municipalities shown. Raises NotPayable."""
    wanted = {one.instalment_id: one for one in chosen}
    if not wanted:
        raise NotPayable("EMPTY")
    legs = []
    for group in view.groups:
        lines = [_line(row, wanted.pop(row.instalment_id)) for row in group.rows if row.instalment_id in wanted]
        if not lines:
            continue
        _refuse_gaps(group, lines)
        legs.append(
            Leg(
                municipality=group.municipality,
                lines=tuple(lines),
                amount_cents=sum(line.amount_cents for line in lines),
                card=all(line.row.kind.card for line in lines),
                rf=all(line.row.kind.rf for line in lines),
                valid_until=min(_last_day(line.row) for line in lines),
                as_of=group.as_of,
                news=group.news,
            )
        )
    if wanted:
        raise NotPayable("UNKNOWN", next(iter(wanted)))
    return Basket(tuple(legs), sum(leg.amount_cents for leg in legs), sum(len(leg.lines) for leg in legs), view.on)


def _view(row: MunicipalityRow) -> MunicipalityView:
    return MunicipalityView(
        row.id, row.code, row.slug, row.name_el, row.name_en, row.short_el, row.phone, row.law_version
    )


def titles_of(kind: Kind, one: OpenInstalment) -> tuple[str, str]:
    """What an instalment is called, Greek and English."""
    part_el = f": δόση {one.snapshot.number} από {one.snapshot.of}" if one.snapshot.of > 1 else ""
    part_en = f": instalment {one.snapshot.number} of {one.snapshot.of}" if one.snapshot.of > 1 else ""
    if one.ticket_no:
        return f"Κλήση {one.ticket_no}{part_el}", f"Ticket {one.ticket_no}{part_en}"
    return (one.description or kind.name_el) + part_el, _english(kind, one.description) + part_en


def _english(kind: Kind, description: str) -> str:
    """The kind in English; of what the ERP says beyond its name, the well-known words (see `english`)."""
    detail = in_english(description.removeprefix(kind.name_el).lstrip(" ,:·-–"))
    return f"{kind.name_en}, {detail}" if detail else kind.name_en


def about_of(one: OpenInstalment) -> str:
    """Where it stands: plate and day of a fine, place in the roll of the others."""
    if one.plate:
        day = f", {one.violation_on:%d/%m/%Y}" if one.violation_on else ""
        return f"{one.plate}{day}"
    return "/".join(str(part) for part in (one.year, one.catalogue, one.line) if part)


def _row(one: OpenInstalment, kind: Kind, calendar: Calendar, on: date, before: int | None, marks: Marks) -> DebtRow:
    snapshot = one.snapshot
    try:
        quote: rules.Quote | None = rules.quote_instalment(snapshot, kind.rules, calendar, on)
    except (rules.RateMissing, CalendarMissing):
        quote = None
    blocked = ""
    if not kind.online:
        blocked = "NOT_ONLINE"
    elif quote is None:
        blocked = "RATE_MISSING"
    elif before is not None:
        blocked = "PREVIOUS_INSTALMENT"
    discount = (
        next((line for line in quote.lines if line.component is rules.Component.DISCOUNT), None) if quote else None
    )
    held = rules.holding(quote, calendar) if quote else None
    after = None
    if quote and held and discount:
        after = held.later_cents if held.later_cents is not None else quote.total_cents - discount.amount_cents
    effective = quote.effective_due_on if quote else snapshot.due_on
    busy = snapshot.id in marks.in_progress
    by_slip = one.debt_id in marks.by_slip
    undated = one.ext_id.startswith("SLIP:") and one.violation_on is None
    rf_order, rf_until = marks.codes.get(snapshot.id, ("", None))
    soon = effective <= on + timedelta(days=SOON_DAYS)
    title_el, title_en = titles_of(kind, one)
    return DebtRow(
        instalment_id=snapshot.id,
        debt_id=one.debt_id,
        person_id=one.person_id,
        kind=kind,
        title_el=title_el,
        title_en=title_en,
        about=about_of(one),
        debt_kind=str(snapshot.kind),
        due_on=snapshot.due_on,
        effective_due_on=effective,
        number=snapshot.number,
        of=snapshot.of,
        amount_cents=quote.total_cents if quote else snapshot.open_principal_cents,
        open_principal_cents=snapshot.open_principal_cents,
        quote=quote,
        overdue=on > effective and not undated,
        due_today=on == effective and not undated,
        # Nor what somebody may have paid by its RF code an hour ago: banks tell us on the next working day.
        preselected=soon and not (blocked or busy or by_slip or rf_until),
        partial_ok=bool(quote and quote.partial_ok),
        min_partial_cents=kind.rules.min_partial_cents,
        in_progress=marks.in_progress.get(snapshot.id, ""),
        blocked=blocked,
        blocked_number=before,
        discount_until=held.until if held and discount else None,
        amount_after_discount_cents=after,
        held=held,
        objected=one.debt_id in marks.objected,
        by_slip=by_slip,
        undated=undated,
        being_paid=busy,
        rf_order=rf_order,
        rf_until=rf_until,
    )


def _for_guests(row: DebtRow) -> DebtRow:
    """A row as a guest may pay it: what has a debtor only where its kind may be paid without signing in."""
    if row.kind.guest or row.person_id is None or row.blocked == "NOT_ONLINE":
        return row
    return replace(row, blocked="NO_GUEST", preselected=False)


def _follow(rows: Sequence[DebtRow], on: date) -> Iterator[DebtRow]:
    """The rows, with a later instalment chosen beforehand too when it is due soon and all open ones before it are."""
    chosen: dict[int, bool] = {}
    for row in rows:
        soon = row.effective_due_on <= on + timedelta(days=SOON_DAYS)
        free = not (row.under_way or row.rf_until)
        if row.blocked == "PREVIOUS_INSTALMENT" and soon and free and chosen.get(row.debt_id):
            row = replace(row, preselected=True)  # noqa: PLW2901 - the same row, chosen
        chosen[row.debt_id] = chosen.get(row.debt_id, True) and row.preselected
        yield row


def _line(row: DebtRow, chosen: Chosen) -> BasketLine:
    if row.blocked in {"NOT_ONLINE", "RATE_MISSING", "NO_GUEST"} or row.quote is None:
        raise NotPayable(row.blocked or "RATE_MISSING", row.instalment_id)
    cents = row.amount_cents if chosen.cents is None else chosen.cents
    try:
        rules.check_chosen_amount(row.quote, cents)
    except rules.PartialRefused as refused:
        reason = {"TOO_LARGE": "PARTIAL_TOO_LARGE", "TOO_SMALL": "PARTIAL_TOO_SMALL"}.get(refused.reason)
        raise NotPayable(reason or "PARTIAL_NOT_ALLOWED", row.instalment_id) from refused
    allocation = rules.allocate(row.quote, cents)
    lines = {(line.component, line.code): line for line in row.quote.lines}
    parts = []
    for part in allocation.parts:
        if part.cents:
            line = lines[part.component, part.code]
            parts.append((str(part.component), line_label(line, "el"), line_label(line, "en"), part.cents))
    whole = chosen if chosen.cents != row.amount_cents else Chosen(chosen.instalment_id)
    return BasketLine(row, whole, cents, allocation, tuple(parts), row.amount_cents - cents)


def _last_day(row: DebtRow) -> date:
    assert row.quote is not None and row.held is not None  # noqa: PT018 - `_line` refuses what has no quote
    return rules.last_day_of_code(row.quote, row.held, unchanging_days=UNCHANGING_DAYS)


def _refuse_gaps(group: MunicipalityDebts, lines: list[BasketLine]) -> None:
    """Instalments are paid in order: a later one only with, or after, all open ones before it, whole."""
    paid_whole = {(line.row.debt_id, line.row.number) for line in lines if not line.leaves_cents}
    for line in lines:
        for row in group.rows:
            if (
                row.debt_id == line.row.debt_id
                and row.number < line.row.number
                and (row.debt_id, row.number) not in paid_whole
            ):
                raise NotPayable("PREVIOUS_INSTALMENT", line.row.instalment_id)
