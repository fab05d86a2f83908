"""Reads of clearances, of the rule, and of what a certificate must not hide: loose money and undecided payments."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.clearances.models import ClearanceRule
from obolos.domain.clearances.rules import OpenAmount, Rule, shown_code


@dataclass(frozen=True, slots=True)
class ClearanceRow:
    """A certificate as it was issued."""

    id: int
    municipality_id: int
    code: str
    holder: str
    afm: str
    issued_at: datetime
    valid_until: date
    debts_as_of: datetime
    named: tuple[OpenAmount, ...]
    unapplied_cents: int
    undecided: int

    @property
    def shown(self) -> str:
        """The code as printed."""
        return shown_code(self.code)


@dataclass(frozen=True, slots=True)
class Loose:
    """Money of a person that counts against no debt (cents), and how many of his orders no bank has decided."""

    unapplied_cents: int
    undecided: int


def rule_in_force() -> Rule:
    """The municipality's rule, or the defaults."""
    row = (
        ClearanceRule.objects.filter(municipality_id=current_municipality())
        .values_list("offered", "valid_days", "not_due_blocks", "known_within_days")
        .first()
    )
    return Rule(*row) if row else Rule()


def told_as_of(person_id: int) -> datetime | None:
    """For which moment the municipality's system last told this person's debts: by file, by its changes, or when asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest(m.debts_as_of, l.heard_at, s.as_of) FROM municipality m "
            "LEFT JOIN erp_link l ON l.municipality_id = m.id "
            "LEFT JOIN erp_snapshot s ON s.municipality_id = m.id AND s.person_id = %s WHERE m.id = %s",
            [person_id, current_municipality()],
        )
        row = cursor.fetchone()
        return row[0] if row else None


def loose_money_of(person_id: int) -> Loose:
    """What a certificate must not hide, of the municipality in context."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(p.amount_cents - coalesce(c.cents, 0)), 0)::bigint FROM payment p "
            "LEFT JOIN LATERAL (SELECT sum(amount_cents) AS cents FROM collection WHERE payment_id = p.id) c ON true "
            "WHERE p.person_id = %s AND p.disposition IN ('UNAPPLIED', 'PARTLY')",
            [person_id],
        )
        unapplied = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(DISTINCT order_id) FROM payment_attempt WHERE person_id = %s "
            "AND state IN ('REDIRECTED', 'UNKNOWN')",
            [person_id],
        )
        return Loose(int(unapplied), int(cursor.fetchone()[0]))


_COLUMNS = (
    "id, municipality_id, code, holder, afm, issued_at, valid_until, debts_as_of, named, unapplied_cents, undecided"
)


def clearances_of(person_id: int) -> tuple[ClearanceRow, ...]:
    """A person's certificates over all municipalities, newest first, in his own context."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM clearance WHERE person_id = %s ORDER BY issued_at DESC, id DESC LIMIT 200",
            [person_id],
        )
        return tuple(_row(row) for row in cursor.fetchall())


def clearance_by_code(code: str) -> ClearanceRow | None:
    """A certificate by its 16 characters, as far as the context may see it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM clearance WHERE code = %s", [code])
        row = cursor.fetchone()
    return _row(row) if row else None


def person_of_clearance(code: str) -> int | None:
    """Whom a certificate of the municipality in context was issued to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id FROM clearance WHERE municipality_id = %s AND code = %s", [current_municipality(), code]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def place_of_clearance(code: str) -> int | None:
    """Municipality id of a certificate, in whatever context; None when unknown."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id FROM obolos_find_clearance(%s)", [code])
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _row(row: Any) -> ClearanceRow:
    id_, municipality_id, code, holder, afm, issued_at, valid_until, as_of, named, unapplied, undecided = row
    amounts = tuple(
        OpenAmount(one["el"], one["en"], one["about"], "", date.fromisoformat(one["due_on"]), one["cents"])
        for one in (json.loads(named) if isinstance(named, str) else named)
    )
    return ClearanceRow(
        id_, municipality_id, code, holder, afm, issued_at, valid_until, as_of, amounts, unapplied, undecided
    )
