"""Reads of debtors for the staff of one municipality, inside `tenancy(municipality=…)`: found, and looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from obolos.base.tenancy import current_municipality

#: Sorts behind every name that begins like the text before it.
_LAST = "\U0010ffff"
AT_MOST = 50


@dataclass(frozen=True, slots=True)
class DebtorRow:
    """A debtor as this municipality knows him. `email` and `mobile` are what the person confirmed himself."""

    id: int
    person_id: int
    afm: str
    name: str
    person_type: str
    email: str
    mobile: str
    language: str


_SELECT = (
    "SELECT d.id, d.person_id, d.afm, d.name, coalesce(p.person_type, 'N'), coalesce(p.email, ''), "
    "coalesce(p.mobile, ''), coalesce(p.language, 'el') FROM debtor d LEFT JOIN person p ON p.id = d.person_id "
    "WHERE d.municipality_id = %s AND "
)


def debtor_by_id(debtor_id: int) -> DebtorRow | None:
    """One debtor, None when this municipality has none of that id."""
    found = _rows("d.id = %s", debtor_id)
    return found[0] if found else None


def debtor_of_person(person_id: int | None) -> DebtorRow | None:
    """The debtor a person is here, if he is one."""
    found = _rows("d.person_id = %s", person_id) if person_id is not None else []
    return found[0] if found else None


def debtors_by_id(ids: Sequence[int]) -> list[DebtorRow]:
    """Debtors by id, by name."""
    return _rows("d.id = ANY (%s::bigint[]) ORDER BY d.name_folded, d.id", list(ids))


def debtors_by_afm(afm: str) -> list[DebtorRow]:
    """The debtor with that ΑΦΜ."""
    return _rows("d.afm = %s", afm)


def debtors_by_name(words: Sequence[str]) -> list[DebtorRow]:
    """Debtors whose folded name begins with one of the folded words and has words that begin with the others.

    «ΜΑΡΚ ΕΛ» and «ΕΛΕΝΗ ΜΑΡΚΑΚΗ» find «ΜΑΡΚΑΚΗ ΕΛΕΝΗ». Ranges on the stored column, so that an index serves them under
    row-level security. One more than AT_MOST tells that there are more.
    """
    conditions, values = [], []
    for first in dict.fromkeys(words):
        others = list(words)
        others.remove(first)
        within = " AND position(' ' || %s IN d.name_folded) > 0" * len(others)
        conditions.append(f"(d.name_folded >= %s AND d.name_folded < %s{within})")
        values += [first, first + _LAST, *others]
    return _rows(f"({' OR '.join(conditions)}) ORDER BY d.name_folded, d.id LIMIT {AT_MOST + 1}", *values)


def _rows(condition: str, *values: int | str | list[int]) -> list[DebtorRow]:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT + condition, [current_municipality(), *values])
        return [DebtorRow(*row) for row in cursor.fetchall()]
