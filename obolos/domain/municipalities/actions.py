"""Writes of a municipality's own rows: the row itself, its calendar, the number of its law's version."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import F

from obolos.base.tenancy import current_municipality
from obolos.domain.municipalities.models import CalendarDay, Municipality


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that differs from the week's rule, with the name people call it by."""

    on: date
    name_el: str
    name_en: str
    working: bool = False


def reserve_municipality_id() -> int:
    """The id that the next municipality will have: its rows can then be written in one unit of work under that id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('municipality', 'id'))")
        return int(cursor.fetchone()[0])


def open_municipality(
    *,
    code: str,
    slug: str,
    name_el: str,
    name_en: str,
    short_el: str,
    sms_sender: str,
    phone: str,
    email: str,
    afm: str,
    dias_code: str,
) -> Municipality:
    """Insert the municipality of the open unit of work. IntegrityError when code, slug or DIAS code are taken."""
    return Municipality.objects.create(
        id=current_municipality(),
        code=code,
        slug=slug,
        name_el=name_el,
        name_en=name_en,
        short_el=short_el,
        sms_sender=sms_sender,
        phone=phone,
        email=email,
        afm=afm,
        dias_code=dias_code,
    )


def declare_days(*, days: Iterable[NamedDay]) -> int:
    """Enter calendar days that are not there yet; a day already entered stays as it is. Returns how many were given."""
    rows = [
        CalendarDay(
            municipality_id=current_municipality(),
            on=day.on,
            working=day.working,
            name_el=day.name_el,
            name_en=day.name_en,
        )
        for day in days
    ]
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
    note_law_change()
    return len(rows)


def note_law_change() -> None:
    """Every change of calendar, law rows or revenue kinds raises the version that readers keep the law by."""
    Municipality.objects.filter(id=current_municipality()).update(law_version=F("law_version") + 1)


def note_debts_as_of(*, moment: datetime, whole: bool = False) -> None:
    """The municipality's system has said its debts for `moment`. An older saying never replaces a newer one.

    Unless it said them `whole`: then nothing that stands is of any other moment, whatever was said before.
    """
    rows = Municipality.objects.filter(id=current_municipality())
    (rows if whole else rows.exclude(debts_as_of__gte=moment)).update(debts_as_of=moment)
