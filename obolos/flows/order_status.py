"""What became of an order: for the status page and the payer's history. Reads only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.dates import ATHENS, athens_date
from obolos.base.tenancy import tenancy
from obolos.base.text import fold
from obolos.domain.debts.law import law_of
from obolos.domain.debts.queries import MunicipalityRow, instalments_by_id, municipality_rows
from obolos.domain.debts.rules import Component
from obolos.domain.debts.wording import component_label
from obolos.domain.notices.slip_mentions import void_slip_behind
from obolos.flows.guest_words import about_for_guests, titles_for_guests
from obolos.flows.show_debts import MunicipalityView, about_of, read_held, titles_of


class OrderUnknown(Exception):
    """No order has that public id."""


class NothingToProve(Exception):
    """No money came for this order yet, so there is no proof."""


@dataclass(frozen=True, slots=True)
class OrderLineView:
    """One line of an order as shown: parts are (component, Greek, English, cents), with the sentence said at the time."""

    title_el: str
    title_en: str
    about: str
    amount_cents: int
    parts: tuple[tuple[str, str, str, int], ...]
    sentences: dict[str, tuple[str, ...]]

    def title(self, language: str) -> str:
        """What it is, in «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


@dataclass(frozen=True, slots=True)
class PaidOtherwise:
    """Why an order must not be paid any more: what it is for is closed wholly, or open with another amount.

    `public_id`, `paid_on`: the same payer's own other payment that did it, if one did.
    """

    wholly: bool
    public_id: str
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order and everything a payer is told about it. `phase` is the one word that pages and messages turn on."""

    public_id: str
    reference: str
    municipality: MunicipalityView
    person_id: int | None
    payer_name: str
    means: str
    state: str
    phase: str
    amount_cents: int
    paid_cents: int
    applied_cents: int
    unapplied_cents: int
    lines: tuple[OrderLineView, ...]
    created_at: datetime
    paid_at: datetime | None
    valid_until: date
    rf: str
    bank_txn: str
    approval: str
    not_charged: bool
    #: Why the last attempt ended, and what the bank said last about it: machine words.
    reason: str
    told: str
    rest: tuple[str, ...]
    #: The `d=` values that choose the same again.
    chosen: tuple[str, ...]
    email: str
    mobile: str
    language: str
    attempt_state: str
    #: Orders of one choice over several municipalities share it; «payment `leg` of `legs`».
    chain: str
    leg: int
    legs: int
    paid_otherwise: PaidOtherwise | None = None
    #: What is still open today of what it was for, after money came that all counted and did not pay it whole.
    left_cents: int = 0
    #: A guest's order of a fine slip that was declared void with its pad.
    slip_void: bool = False

    @property
    def paid_late(self) -> bool:
        """Whether its money came after the last day of its RF code."""
        return self.means == "RF" and self.paid_at is not None and athens_date(self.paid_at) > self.valid_until

    @property
    def ending(self) -> str:
        """How the money that came fits what was asked, in one word for pages and whoever holds the code. Empty without.

        MONEY_FOR_VOID, MONEY_TOO_MUCH, MONEY_WITHOUT_DEBT, PAID_LESS, PAID_LATE or PAID.
        """
        if not self.paid_cents:
            return ""
        if self.unapplied_cents:
            if self.applied_cents:
                return "MONEY_TOO_MUCH"
            return "MONEY_FOR_VOID" if self.slip_void else "MONEY_WITHOUT_DEBT"
        if self.paid_cents < self.amount_cents:
            return "PAID_LESS"
        return "PAID_LATE" if self.paid_late else "PAID"


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One payment in a payer's history."""

    public_id: str
    reference: str
    municipality: MunicipalityView
    paid_at: datetime
    amount_cents: int
    means: str
    title_el: str
    title_en: str
    #: What became of it: APPLIED, PARTLY or UNAPPLIED.
    counted: str

    def title(self, language: str) -> str:
        """What it was for, in «el» or «en»."""
        return self.title_el if language == "el" else self.title_en


def place_of_order(public_id: str) -> tuple[int, int]:
    """(municipality id, order id) of a public id. Raises OrderUnknown."""
    if not (public_id.isascii() and public_id.isalnum() and 20 <= len(public_id) <= 32):
        raise OrderUnknown(public_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id, id FROM obolos_find_order(%s)", [public_id])
        row = cursor.fetchone()
    if row is None:
        raise OrderUnknown(public_id)
    return row[0], row[1]


_ORDER = """
SELECT o.id, o.reference, o.person_id, o.payer_name, o.means, o.state, o.amount_cents, o.created_at, o.valid_until,
    o.rest, o.email, o.mobile, o.language, o.chain, o.leg, o.legs, a.state, a.not_charged, a.reason,
    a.told, r.code,
    p.paid, p.applied, p.paid_at, p.bank_txn, p.approval, s.payable, s.gone, w.public_id, w.paid_on
FROM payment_order o
LEFT JOIN LATERAL (SELECT state, not_charged, reason, (SELECT x.reason FROM bank_result x
        WHERE x.municipality_id = a.municipality_id AND x.attempt_id = a.id ORDER BY x.id DESC LIMIT 1) AS told
    FROM payment_attempt a WHERE a.order_id = o.id ORDER BY a.id DESC LIMIT 1) a ON true
LEFT JOIN LATERAL (SELECT code FROM rf_code r WHERE r.order_id = o.id ORDER BY r.id DESC LIMIT 1) r ON true
LEFT JOIN LATERAL (SELECT sum(p.amount_cents)::bigint AS paid, min(p.paid_at) AS paid_at, min(p.bank_txn) AS bank_txn,
    min(p.approval) AS approval, (SELECT coalesce(sum(c.amount_cents), 0)::bigint FROM collection c
        WHERE c.payment_id IN (SELECT id FROM payment x WHERE x.order_id = o.id)) AS applied
    FROM payment p WHERE p.order_id = o.id) p ON true
LEFT JOIN LATERAL (SELECT bool_and(i.open_cents >= l.principal_cents + l.discount_cents) AS payable,
    sum(i.open_cents) = 0 AS gone FROM order_line l JOIN instalment i ON i.id = l.instalment_id
    WHERE l.order_id = o.id AND o.state IN ('OPEN', 'FAILED')) s ON true
LEFT JOIN LATERAL (SELECT x.public_id, y.paid_on FROM order_line l JOIN collection c ON c.instalment_id = l.instalment_id
    JOIN payment y ON y.id = c.payment_id JOIN payment_order x ON x.id = y.order_id
    WHERE NOT s.payable AND l.order_id = o.id AND x.id <> o.id AND x.person_id = o.person_id
    ORDER BY y.paid_at DESC LIMIT 1) w ON true
WHERE o.id = %s"""


def order_view(public_id: str, *, now: datetime) -> OrderView:
    """The order behind an unguessable id, as of now. Raises OrderUnknown."""
    municipality_id, order_id = place_of_order(public_id)
    with tenancy(municipality=municipality_id):
        return read_order_view(public_id, municipality_id, order_id, now=now)


def read_order_view(public_id: str, municipality_id: int, order_id: int, *, now: datetime) -> OrderView:
    """As `order_view`, inside an open tenancy of the municipality."""
    with connection.cursor() as cursor:
        cursor.execute(_ORDER, [order_id])
        (_, reference, person, payer, means, state, amount, created_at, valid_until, rest, email, mobile, language,
         chain, leg, legs, attempt, not_charged, reason, told, rf, paid, applied, paid_at,
         bank_txn, approval, payable, gone, otherwise, otherwise_on) = cursor.fetchone()  # fmt: skip
        cursor.execute(
            "SELECT instalment_id, amount_cents, parts, quote FROM order_line WHERE order_id = %s ORDER BY id",
            [order_id],
        )
        lines = cursor.fetchall()
    municipality = municipality_rows([municipality_id])[municipality_id]
    law = law_of(municipality_id, municipality.law_version)
    paid, applied = paid or 0, applied or 0
    view = OrderView(
        public_id=public_id,
        reference=reference,
        municipality=place(municipality),
        person_id=person,
        payer_name=payer,
        means=means,
        state=state,
        phase=phase_of(state, means, valid_until, now, payable=payable is not False),
        amount_cents=amount,
        paid_cents=paid,
        applied_cents=applied,
        unapplied_cents=paid - applied,
        lines=_lines(lines, law, guest=person is None),
        created_at=created_at,
        paid_at=paid_at,
        valid_until=valid_until,
        rf=rf or "",
        bank_txn=bank_txn or "",
        approval=approval or "",
        not_charged=bool(not_charged),
        reason=reason or "",
        told=told or "",
        rest=tuple(_json(rest)),
        chosen=tuple(_chosen(*row) for row in lines),
        email=email,
        mobile=mobile,
        language=language,
        attempt_state=attempt or "",
        chain=chain,
        leg=leg,
        legs=legs,
        paid_otherwise=PaidOtherwise(bool(gone), otherwise or "", otherwise_on) if payable is False else None,
    )
    if view.ending in {"PAID_LESS", "PAID_LATE"}:
        return replace(view, left_cents=_left(view, [row[0] for row in lines], municipality_id, now))
    if view.ending == "MONEY_WITHOUT_DEBT" and person is None:
        return replace(view, slip_void=void_slip_behind(order_id=order_id))
    return view


def _left(view: OrderView, instalment_ids: Sequence[int], municipality_id: int, now: datetime) -> int:
    """What is open today of what an order was for. Of an instalment that was chosen in part, what is missing of the part."""
    debts = sorted({one.debt_id for one in instalments_by_id(instalment_ids)})
    held = read_held(debts, municipality_id=municipality_id, now=now, progress=False)
    today = {row.instalment_id: row.amount_cents for group in held.groups for row in group.rows}
    whole = [int(one) for one in view.chosen if ":" not in one]
    left = sum(today.get(one, 0) for one in whole)
    in_part = sum(today.get(one, 0) for one in instalment_ids if one not in whole)
    return left + min(in_part, max(0, view.amount_cents - view.paid_cents - left))


def phase_of(state: str, means: str, valid_until: date, now: datetime, *, payable: bool = True) -> str:
    """The one word that pages and messages turn on: PAID, PART, FAILED, EXPIRED, RF, CLOSED or WAITING.

    `payable`: whether an RF code's debts are still open as it asks. Else it is CLOSED: DIAS refuses it, and nobody
    should try.
    """
    if state in {"PAID", "PART", "FAILED"}:
        return state
    if state in {"EXPIRED", "VOIDED"} or (means == "RF" and now.astimezone(ATHENS).date() > valid_until):
        return "EXPIRED"
    return "WAITING" if means != "RF" else "RF" if payable else "CLOSED"


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _chosen(instalment_id: int, amount: int, _parts: Any, quote: Any) -> str:
    whole = sum(line["cents"] for line in _json(quote))
    return str(instalment_id) if amount >= whole else f"{instalment_id}:{amount}"


def place(row: MunicipalityRow) -> MunicipalityView:
    """A municipality as shown to payers."""
    return MunicipalityView(
        row.id, row.code, row.slug, row.name_el, row.name_en, row.short_el, row.phone, row.law_version
    )


def _lines(rows: Sequence[Any], law: Any, *, guest: bool) -> tuple[OrderLineView, ...]:
    """What an order pays. A guest paid somebody's debt, and is not told more of it than what it is."""
    found = {one.snapshot.id: one for one in instalments_by_id([row[0] for row in rows])}
    views = []
    for instalment_id, amount, parts, quote in rows:
        one = found[instalment_id]
        kind = law.kinds[one.revenue_kind_id]
        title_el, title_en = titles_for_guests(kind, one) if guest else titles_of(kind, one)
        about = about_for_guests(one) if guest else about_of(one)
        quoted = _json(quote)
        names = {line["target"] + line["component"]: line for line in quoted}
        shown = []
        for component, code, cents in _json(parts):
            line = names.get(code + component)
            greek = line["el"][0] if line else component_label(Component(component), "el")
            english = line["en"][0] if line else component_label(Component(component), "en")
            shown.append((component, greek, english, cents))
        sentences = {
            language: tuple(line[language][1] for line in quoted if line["cents"]) for language in ("el", "en")
        }
        views.append(OrderLineView(title_el, title_en, about, amount, tuple(shown), sentences))
    return tuple(views)


def history_of(person_id: int, *, query: str = "", year: int | None = None) -> tuple[HistoryRow, ...]:
    """A payer's payments over all municipalities, newest first, by words and by year (Athens date)."""
    with tenancy(person=person_id):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT o.public_id, o.reference, o.municipality_id, p.paid_at, p.amount_cents, p.channel, p.disposition, "
                "array_agg(l.instalment_id ORDER BY l.id) FROM payment p JOIN payment_order o ON o.id = p.order_id "
                "JOIN order_line l ON l.order_id = o.id WHERE p.person_id = %s "
                "AND (%s::int IS NULL OR extract(year FROM p.paid_on) = %s::int) "
                "GROUP BY o.id, p.id ORDER BY p.paid_at DESC LIMIT 500",
                [person_id, year, year],
            )
            rows = cursor.fetchall()
        municipalities = municipality_rows([row[2] for row in rows])
        instalments = {one.snapshot.id: one for one in instalments_by_id([i for row in rows for i in row[7]])}
        laws = {one.id: law_of(one.id, one.law_version) for one in municipalities.values()}
    found: list[HistoryRow] = []
    searched = []
    for public_id, reference, municipality_id, paid_at, cents, means, counted, ids in rows:
        names = [
            titles_of(laws[municipality_id].kinds[one.revenue_kind_id], one)
            for one in (instalments[i] for i in ids if i in instalments)
        ]
        found.append(
            HistoryRow(
                public_id=public_id,
                reference=reference,
                municipality=place(municipalities[municipality_id]),
                paid_at=paid_at,
                amount_cents=cents,
                means=means,
                title_el=first_of([name[0] for name in names], "el"),
                title_en=first_of([name[1] for name in names], "en"),
                counted=counted,
            )
        )
        searched.append(f"{reference} {found[-1].municipality.name_el} {found[-1].municipality.name_en} {names}")
    wanted = fold(query)
    return tuple(row for row, words in zip(found, searched, strict=True) if not wanted or wanted in fold(words))


def first_of(titles: Sequence[str], language: str) -> str:
    """The first of several titles and how many more there are: «Ύδρευση και 4 ακόμη»; empty when there is none."""
    more = len(titles) - 1
    if more < 1:
        return "".join(titles)
    return f"{titles[0]} και {more} ακόμη" if language == "el" else f"{titles[0]} and {more} more"
