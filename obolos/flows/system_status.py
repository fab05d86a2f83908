"""Whether everything works right now: what waits, and for how long. Counts only, nothing about anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.models import Municipality

LATE = timedelta(minutes=10)
FRESH = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class MunicipalityStatus:
    """How one municipality's news and debts stand."""

    name_el: str
    name_en: str
    debts_as_of: datetime | None
    waiting_deliveries: int
    late_deliveries: int
    late_queries: int

    def name(self, language: str) -> str:
        """Its name in «el» or «en»."""
        return self.name_el if language == "el" else self.name_en

    @property
    def fine(self) -> bool:
        """Nothing waits longer than it should."""
        return not (self.late_deliveries or self.late_queries)


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """All municipalities; `database` is False when nothing can be said."""

    at: datetime
    database: bool
    municipalities: tuple[MunicipalityStatus, ...]

    @property
    def fine(self) -> bool:
        """Everything works."""
        return self.database and all(one.fine for one in self.municipalities)


_kept: list[SystemStatus] = []


def system_status(*, now: datetime) -> SystemStatus:
    """The state of the system as of now or a few seconds ago: everybody may ask, so asking often must cost nothing."""
    if not (_kept and timedelta() <= now - _kept[0].at < FRESH):
        _kept[:] = [_look(now)]
    return _kept[0]


#: A delivery due so far ahead waits for something to arrive, not for the other side.
HELD_BACK = timedelta(days=365)


def _look(now: datetime) -> SystemStatus:
    try:
        towns = list(Municipality.objects.order_by("name_el"))
        return SystemStatus(now, True, tuple(_of(town, now) for town in towns))
    except DatabaseError:
        return SystemStatus(now, False, ())


def _of(town: Municipality, now: datetime) -> MunicipalityStatus:
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE created_at < %s) FROM delivery WHERE municipality_id = %s "
            "AND state = 'PENDING' AND due_at < %s",
            [now - LATE, town.id, now + HELD_BACK],
        )
        waiting, late = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM payment_attempt WHERE municipality_id = %s AND next_query_at < %s",
            [town.id, now - LATE],
        )
        queries = cursor.fetchone()[0]
    return MunicipalityStatus(town.name_el, town.name_en, town.debts_as_of, waiting, late, queries)
