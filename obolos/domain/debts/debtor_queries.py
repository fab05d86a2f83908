"""Reads of debts for the staff of one municipality, inside `tenancy(municipality=…)`: by debtor, by number, by RF.

All instalments are shown here, also settled and withdrawn ones; what a citizen may pay is `queries`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.queries import COLUMNS, REST, OpenInstalment, open_instalment

AT_MOST = 300


@dataclass(frozen=True, slots=True)
class InstalmentBalance:
    """An instalment with all that ever changed its balance. Cents of principal, as in `Instalment`."""

    instalment: OpenInstalment
    version: int
    principal_cents: int
    written_off_cents: int
    elsewhere_cents: int
    collected_cents: int
    discounted_cents: int
    withdrawn: bool
    rf: str


@dataclass(frozen=True, slots=True)
class DebtMatch:
    """A debt that a number led to, and whose it is."""

    debtor_id: int
    debt_id: int
    description: str
    ticket_no: str
    plate: str
    ext_id: str


@dataclass(frozen=True, slots=True)
class Owed:
    """What a person owes here: open instalments and their principal."""

    count: int
    cents: int


def instalments_of_debtor(person_id: int) -> list[InstalmentBalance]:
    """Open ones first by due date, then the others, newest first; at most AT_MOST."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS}, d.version, i.principal_cents, i.written_off_cents, i.elsewhere_cents, "
            "i.collected_cents, i.discounted_cents, i.withdrawn, i.rf FROM debt d JOIN instalment i ON i.debt_id = d.id "
            "WHERE d.municipality_id = %s AND d.person_id = %s ORDER BY i.open_cents = 0, "
            "CASE WHEN i.open_cents > 0 THEN i.due_on - DATE '2000-01-01' ELSE DATE '2000-01-01' - i.due_on END, "
            f"d.id, i.number LIMIT {AT_MOST}",
            [current_municipality(), person_id],
        )
        return [InstalmentBalance(open_instalment(row), *row[REST:]) for row in cursor.fetchall()]


def owed_by(person_ids: Sequence[int]) -> dict[int, Owed]:
    """Open instalments and principal by person; persons who owe nothing are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id, count(*), sum(open_cents)::bigint FROM instalment WHERE person_id = ANY (%s::bigint[]) "
            "AND open_cents > 0 AND municipality_id = %s GROUP BY person_id",
            [list(person_ids), current_municipality()],
        )
        return {person_id: Owed(count, cents) for person_id, count, cents in cursor.fetchall()}


def debts_by_number(*, folded: str, ext_id: str) -> list[DebtMatch]:
    """Debts whose folded fine number or plate, or whose id in the ERP, is exactly that."""
    return _matches(
        "(d.ticket_folded = %s AND d.ticket_folded <> '') OR (d.plate_folded = %s AND d.plate_folded <> '') "
        "OR d.ext_id = %s",
        folded, folded, ext_id,
    )  # fmt: skip


def debts_in_roll(catalogue: str, line: str, year: int | None) -> list[DebtMatch]:
    """Debts in that line of a roll (κατάλογος), of one year when it is said."""
    return _matches(
        "d.line = %s AND d.line <> '' AND d.catalogue = %s AND (%s::int IS NULL OR d.year = %s::int)",
        line, catalogue, year, year,
    )  # fmt: skip


def debts_by_printed_rf(code: str) -> list[DebtMatch]:
    """Debts on whose notice the municipality's own system printed that RF code."""
    return _matches("d.id IN (SELECT i.debt_id FROM instalment i WHERE i.municipality_id = %s AND i.rf = %s "
                    "AND i.rf <> '')", current_municipality(), code)  # fmt: skip


def _matches(condition: str, *values: int | str | None) -> list[DebtMatch]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.debtor_id, d.id, d.description, d.ticket_no, d.plate, d.ext_id FROM debt d "
            f"WHERE d.municipality_id = %s AND ({condition}) ORDER BY d.id DESC LIMIT 200",
            [current_municipality(), *values],
        )
        return [DebtMatch(*row) for row in cursor.fetchall()]


def debtor_of_debt(debt_id: int) -> int | None:
    """Whose a debt is; None for one that is nobody's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT debtor_id FROM debt WHERE municipality_id = %s AND id = %s", [current_municipality(), debt_id]
        )
        row = cursor.fetchone()
    return row[0] if row else None


@dataclass(frozen=True, slots=True)
class InstalmentName:
    """An instalment for naming it, and the debtor it belongs to."""

    instalment: OpenInstalment
    debtor_id: int


def instalment_names(ids: Sequence[int]) -> list[InstalmentName]:
    """Instalments by id, also when nothing is open."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS}, d.debtor_id FROM instalment i JOIN debt d ON d.id = i.debt_id "
            "WHERE i.municipality_id = %s AND i.id = ANY (%s::bigint[])",
            [current_municipality(), list(ids)],
        )
        return [InstalmentName(open_instalment(row), row[REST]) for row in cursor.fetchall()]
