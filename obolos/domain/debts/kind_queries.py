"""Reads of revenue kinds with their switches, inside `tenancy(municipality=…)`."""

from dataclasses import dataclass

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.law_actions import Switches


@dataclass(frozen=True, slots=True)
class KindRow:
    """A revenue kind as its administrator meets it."""

    id: int
    code: str
    name_el: str
    name_en: str
    switches: Switches

    def name(self, language: str) -> str:
        """Its name in «el» or «en»."""
        return self.name_el if language == "el" else self.name_en


def kind_rows() -> list[KindRow]:
    """All revenue kinds of the municipality, by code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, code, name_el, name_en, online, guest, partial, card, rf FROM revenue_kind "
            "WHERE municipality_id = %s ORDER BY code",
            [current_municipality()],
        )
        return [KindRow(row[0], row[1], row[2], row[3], Switches(*row[4:])) for row in cursor.fetchall()]


def fine_kinds() -> frozenset[int]:
    """Ids of the revenue kinds that are fines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM revenue_kind WHERE municipality_id = %s AND family = 'FINE'", [current_municipality()]
        )
        return frozenset(row[0] for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class PayableKind:
    """A revenue kind that may be paid online: `family` groups it, `guest` says that nobody need sign in for it."""

    name_el: str
    name_en: str
    family: str
    guest: bool

    def name(self, language: str) -> str:
        """Its name in «el» or «en»."""
        return self.name_el if language == "el" else self.name_en


def payable_kinds() -> list[PayableKind]:
    """What the municipality lets payers pay online, by code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name_el, name_en, family, guest FROM revenue_kind WHERE municipality_id = %s AND online ORDER BY code",
            [current_municipality()],
        )
        return [PayableKind(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class SaleKind:
    """A revenue kind that sales are booked under."""

    id: int
    code: str
    name_el: str
    name_en: str

    def name(self, language: str) -> str:
        """Its name in «el» or «en»."""
        return self.name_el if language == "el" else self.name_en


def sale_kinds() -> list[SaleKind]:
    """The kinds of what the municipality sells, by code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, code, name_el, name_en FROM revenue_kind WHERE municipality_id = %s AND family = 'TICKET' "
            "ORDER BY code",
            [current_municipality()],
        )
        return [SaleKind(*row) for row in cursor.fetchall()]
