"""Reads of debts: open instalments of a person, or those that an order names, as rules' snapshots with what to show.

Plain SQL, one round trip each: these pages are the hot path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.form_token import ASKED_BY_PAYER
from obolos.base.tenancy import current_municipality
from obolos.domain.debts.live import NO_NEWS, News
from obolos.domain.debts.rules import DebtKind, InstalmentSnapshot, Settled

#: What `open_instalment` reads, of `instalment i JOIN debt d`.
COLUMNS = """i.id, i.municipality_id, i.debt_id, i.number, i.of, i.due_on, i.open_cents, i.added_cents,
    i.added_collected_cents, i.surcharge_cents, i.surcharge_collected_cents, i.surcharge_as_of, i.surcharged_months,
    i.surcharge_carried_cents, d.kind, d.revenue_kind_id, d.rev_code, d.year, d.catalogue, d.line, d.description,
    d.certified_on, d.violation_on, d.ticket_no, d.plate, d.ext_id, i.person_id, i.collected_cents, i.elsewhere_cents,
    i.written_off_cents, i.discounted_cents"""
#: Where in a row what follows COLUMNS begins.
REST = 31


@dataclass(frozen=True, slots=True)
class OpenInstalment:
    """An instalment with something open, and what identifies it to its debtor."""

    municipality_id: int
    debt_id: int
    person_id: int | None
    revenue_kind_id: int
    rev_code: str
    ext_id: str
    year: int | None
    catalogue: str
    line: str
    description: str
    ticket_no: str
    plate: str
    violation_on: date | None
    snapshot: InstalmentSnapshot


@dataclass(frozen=True, slots=True)
class MunicipalityRow:
    """What pages and quotes need of a municipality."""

    id: int
    code: str
    slug: str
    name_el: str
    name_en: str
    short_el: str
    phone: str
    law_version: int
    debts_as_of: datetime | None
    #: What its financial system said of the debtor when asked; of nobody when no debtor is meant.
    news: News = NO_NEWS


def municipality_rows(ids: Sequence[int]) -> dict[int, MunicipalityRow]:
    """Municipalities by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, code, slug, name_el, name_en, short_el, phone, law_version, debts_as_of "
            "FROM municipality WHERE id = ANY (%s::bigint[])",
            [list(ids)],
        )
        return {row[0]: MunicipalityRow(*row) for row in cursor.fetchall()}


def open_instalments_of(person_id: int) -> tuple[list[OpenInstalment], dict[int, MunicipalityRow]]:
    """Everything open of a person over all municipalities, by municipality, due date, debt and instalment number.

    A debt and its instalments name the same person. Saying so reads the person's debts side by side, not each by key.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS}, m.code, m.slug, m.name_el, m.name_en, m.short_el, m.phone, m.law_version, "
            "m.debts_as_of, s.as_of, s.answered_at, s.missed_at, l.heard_at, l.open_until FROM instalment i "
            "JOIN debt d ON d.person_id = i.person_id AND d.id = i.debt_id "
            "JOIN municipality m ON m.id = i.municipality_id LEFT JOIN erp_link l ON l.municipality_id = m.id "
            "LEFT JOIN erp_snapshot s ON s.municipality_id = i.municipality_id AND s.person_id = i.person_id "
            "WHERE i.person_id = %s AND i.open_cents > 0 "
            "ORDER BY m.code, i.due_on, d.id, i.number",
            [person_id],
        )
        rows = cursor.fetchall()
    municipalities: dict[int, MunicipalityRow] = {}
    for row in rows:
        if row[1] not in municipalities:
            municipalities[row[1]] = replace(
                MunicipalityRow(row[1], *row[REST : REST + 8]), news=News(*row[REST + 8 :])
            )
    return [open_instalment(row) for row in rows], municipalities


def silent_towns_of(person_id: int) -> list[MunicipalityRow]:
    """Municipalities that know the person and whose system did not answer when it was last asked about him."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.code, m.slug, m.name_el, m.name_en, m.short_el, m.phone, m.law_version, m.debts_as_of, "
            "s.as_of, s.answered_at, s.missed_at, l.heard_at, l.open_until FROM erp_snapshot s "
            "JOIN municipality m ON m.id = s.municipality_id LEFT JOIN erp_link l ON l.municipality_id = m.id "
            "WHERE s.person_id = %s ORDER BY m.code",
            [person_id],
        )
        found = [replace(MunicipalityRow(*row[:9]), news=News(*row[9:])) for row in cursor.fetchall()]
    return [one for one in found if one.news.silent]


def open_instalments_of_debts(debt_ids: Sequence[int]) -> list[OpenInstalment]:
    """What is open of some debts of the municipality in context, by due date, debt and instalment number."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM instalment i JOIN debt d ON d.id = i.debt_id "
            "WHERE i.debt_id = ANY (%s::bigint[]) AND i.open_cents > 0 ORDER BY i.due_on, d.id, i.number",
            [list(debt_ids)],
        )
        return [open_instalment(row) for row in cursor.fetchall()]


def locked_instalments(ids: Sequence[int]) -> list[OpenInstalment]:
    """Instalments by id, locked in ascending id order until the transaction ends, also when nothing is open.

    NO KEY UPDATE: an order being made holds its instalments' keys in the payer's order, and must not be waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM instalment i JOIN debt d ON d.id = i.debt_id "
            "WHERE i.id = ANY (%s::bigint[]) ORDER BY i.id FOR NO KEY UPDATE OF i",
            [list(ids)],
        )
        return [open_instalment(row) for row in cursor.fetchall()]


def instalments_by_id(ids: Sequence[int]) -> list[OpenInstalment]:
    """Instalments by id, as far as the context may see them, also when nothing is open. Locks nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM instalment i JOIN debt d ON d.id = i.debt_id WHERE i.id = ANY (%s::bigint[])",
            [list(ids)],
        )
        return [open_instalment(row) for row in cursor.fetchall()]


def printed_codes(ids: Sequence[int]) -> dict[int, str]:
    """Instalment id → the RF code that the municipality itself printed for it, for those of these ids that have one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, rf FROM instalment WHERE id = ANY (%s::bigint[]) AND rf <> ''", [list(ids)])
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Marks:
    """What else is going on. `in_progress`: instalment id → public id of an order whose attempt is not decided yet;
    `objected`: debts that somebody wrote to the municipality about, without an answer so far; `by_slip`: fines for which
    money came on a slip with their number, and nobody has settled yet that it is theirs; `codes`: instalment id → public
    id of an order whose RF code a payer took and can still pay, and its last day. Codes that we print on notices and send
    with reminders are not among them: nobody asked for those, and nobody began to pay. A debtor's own reading has an
    empty public id for somebody else's order: that there is one, and until when, never whose."""

    in_progress: Mapping[int, str]
    objected: frozenset[int]
    by_slip: frozenset[int] = frozenset()
    codes: Mapping[int, tuple[str, date]] = field(default_factory=dict)


NO_MARKS = Marks({}, frozenset())

#: A part of a statement: fines whose slip was paid and waits. Told with an empty order, for they have none.
_BY_SLIP = (
    "UNION ALL SELECT d.id, '', 0, NULL::date FROM debt d CROSS JOIN LATERAL obolos_find_paid_slip(d.ticket_folded) s "
    "WHERE d.ticket_folded ~ '^[0-9]{9}$' AND s.municipality_id = d.municipality_id "
)

#: A part of a statement: debts of the municipality in context that somebody wrote to it about, and has no answer.
_OBJECTED = (
    "SELECT q.debt_id, NULL, 0, NULL::date FROM inquiry q WHERE q.municipality_id = %s "
    "AND q.debt_id = ANY (%s::bigint[]) AND q.state = 'OPEN'"
)

#: Parts of a statement: orders that a payer made, whose RF code holds and asks for what is still open, all of it.
_HOLDS = (
    "AND o.state = 'OPEN' AND o.means = 'RF' AND o.valid_until >= %s AND " + ASKED_BY_PAYER + " "
    "AND NOT EXISTS (SELECT 1 FROM order_line x JOIN instalment y ON y.id = x.instalment_id "
    "WHERE x.order_id = o.id AND y.open_cents < x.principal_cents + x.discount_cents) "
)
_CODES = (
    "UNION ALL SELECT l.instalment_id, o.public_id, o.id, o.valid_until FROM payment_order o "
    f"JOIN order_line l ON l.order_id = o.id WHERE o.person_id = %s {_HOLDS}"
)
_CODES_OF_DEBTS = (
    "UNION ALL SELECT l.instalment_id, o.public_id, o.id, o.valid_until FROM instalment i "
    "JOIN order_line l ON l.instalment_id = i.id JOIN payment_order o ON o.id = l.order_id "
    f"WHERE i.debt_id = ANY (%s::bigint[]) AND i.open_cents > 0 {_HOLDS}"
)


#: What others began of the debts of the person in context. Told with no order, before his own, which go before it.
_BY_OTHERS = "UNION ALL SELECT b.id, '', -1, b.until FROM obolos_find_begun(%s::timestamptz, %s::date) b "


def marks_of_person(person_id: int, *, since: datetime, on: date) -> Marks:
    """Attempts begun after `since`, RF codes that hold `on` that day and objections, of what the person in context owes.

    Whoever pays it; his own orders go before others'.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.instalment_id, o.public_id, a.id, NULL::date FROM payment_attempt a "
            "JOIN payment_order o ON o.id = a.order_id JOIN order_line l ON l.order_id = o.id "
            "WHERE a.person_id = %s AND a.state IN ('REDIRECTED', 'UNKNOWN') AND a.created_at > %s "
            "UNION ALL SELECT q.debt_id, NULL, 0, NULL::date FROM inquiry q WHERE q.person_id = %s AND q.state = 'OPEN' "
            f"{_CODES}{_BY_OTHERS}{_BY_SLIP} AND d.person_id = %s ORDER BY 3",
            [person_id, since, person_id, person_id, on, since, on, person_id],
        )
        return _marks(cursor.fetchall())


def marks_of_debts(debt_ids: Sequence[int], *, since: datetime, on: date) -> Marks:
    """As `marks_of_person`, of some debts whoever pays them; in their municipality's context."""
    ids = list(debt_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.instalment_id, o.public_id, a.id, NULL::date FROM instalment i JOIN order_line l ON l.instalment_id = i.id "
            "JOIN payment_order o ON o.id = l.order_id JOIN payment_attempt a ON a.order_id = o.id "
            "WHERE i.debt_id = ANY (%s::bigint[]) AND a.state IN ('REDIRECTED', 'UNKNOWN') AND a.created_at > %s "
            f"UNION ALL {_OBJECTED} {_CODES_OF_DEBTS}{_BY_SLIP} AND d.id = ANY (%s::bigint[]) ORDER BY 3",
            [ids, since, current_municipality(), ids, ids, on, ids],
        )
        return _marks(cursor.fetchall())


def questions_of_debts(debt_ids: Sequence[int]) -> Marks:
    """As `marks_of_debts`, but only what the municipality has to decide: objections, and money that came on slips.

    For its own papers and pages, which say the same of a debt tomorrow; what a payer is just doing is not on them.
    """
    ids = list(debt_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"{_OBJECTED} {_BY_SLIP} AND d.id = ANY (%s::bigint[])", [current_municipality(), ids, ids])
        return _marks(cursor.fetchall())


def _marks(rows: Sequence[tuple[int, str | None, int, date | None]]) -> Marks:
    return Marks(
        {row[0]: row[1] for row in rows if row[1] is not None and row[2] and row[3] is None},
        frozenset(row[0] for row in rows if row[1] is None),
        frozenset(row[0] for row in rows if row[1] == "" and not row[2]),
        {row[0]: (row[1], row[3]) for row in rows if row[1] is not None and row[3]},
    )


def open_instalment(row: Sequence[Any]) -> OpenInstalment:
    """A row that begins with COLUMNS."""
    added = None if row[7] is None else max(0, row[7] - row[8])
    surcharge = None if row[9] is None else max(0, row[9] - row[10])
    return OpenInstalment(
        municipality_id=row[1],
        debt_id=row[2],
        person_id=row[26],
        revenue_kind_id=row[15],
        rev_code=row[16],
        ext_id=row[25],
        year=row[17],
        catalogue=row[18],
        line=row[19],
        description=row[20],
        ticket_no=row[23],
        plate=row[24],
        violation_on=row[22],
        snapshot=InstalmentSnapshot(
            id=row[0],
            number=row[3],
            of=row[4],
            due_on=row[5],
            open_principal_cents=row[6],
            kind=DebtKind(row[14]),
            added_cents=added,
            surcharge_cents=surcharge,
            surcharge_as_of=row[11],
            surcharged_months=row[12],
            surcharge_carried_cents=row[13],
            violation_on=row[22],
            certified_on=row[21],
            settled=Settled(*row[27:REST]),
        ),
    )
