"""What we know of each municipality's financial system: whether to ask it now, and when it spoke of whom.

The circuit breaker is a row that all processes see: after FAILURES questions in a row without a good answer the system
is left alone for REST, then one question (whoever claims it) finds out whether it is back. Every statement here is short
and the application's own transaction is never open while somebody asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from obolos.base.tenancy import current_municipality

FAILURES = 3
REST = timedelta(seconds=30)
#: Amounts older than this are asked for again before an order is made of them.
FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Link:
    """A municipality's system as seen from here. `law_version` finds its access in memory."""

    municipality_id: int
    law_version: int
    failures: int = 0
    open_until: datetime | None = None
    heard_at: datetime | None = None

    def resting(self, now: datetime) -> bool:
        """Whether the breaker is open: it is not asked now."""
        return self.open_until is not None and now < self.open_until

    @property
    def on_trial(self) -> bool:
        """Whether it has failed so often that only whoever claims it asks."""
        return self.open_until is not None


@dataclass(frozen=True, slots=True)
class News:
    """When a municipality's system last spoke of a debtor or debt: about when (`as_of`), and when by our clock.

    `missed_at`: when it was last to be asked and did not answer. `heard_at`: when all its changes were last read.
    """

    as_of: datetime | None = None
    answered_at: datetime | None = None
    missed_at: datetime | None = None
    heard_at: datetime | None = None
    #: Until when its breaker is open.
    open_until: datetime | None = None

    def resting(self, now: datetime) -> bool:
        """Whether the system is left alone now."""
        return self.open_until is not None and now < self.open_until

    def fresh(self, now: datetime) -> bool:
        """Whether it need not be asked again before an order is made."""
        return self.answered_at is not None and now - self.answered_at <= FRESH

    @property
    def silent(self) -> bool:
        """Whether the last question is the one that got no answer, and nothing was heard since."""
        heard = [at for at in (self.answered_at, self.heard_at) if at is not None]
        return self.missed_at is not None and all(at < self.missed_at for at in heard)

    def latest(self, file_as_of: datetime | None) -> datetime | None:
        """The moment that the amounts are of, with that of the last debts file."""
        return max((at for at in (file_as_of, self.as_of, self.heard_at) if at is not None), default=None)


NO_NEWS = News()


@dataclass(frozen=True, slots=True)
class AskedDebt:
    """A debt that a guest holds, and what the system can be asked about it by."""

    debt_id: int
    person_id: int | None
    afm: str
    ticket: str
    plate: str
    rf: str
    news: News


def links_of(municipality_ids: Sequence[int]) -> dict[int, Link]:
    """The municipalities' systems, in whichever context is open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.law_version, coalesce(l.failures, 0), l.open_until, l.heard_at FROM municipality m "
            "LEFT JOIN erp_link l ON l.municipality_id = m.id WHERE m.id = ANY (%s::bigint[])",
            [list(municipality_ids)],
        )
        return {row[0]: Link(*row) for row in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a municipality's system answers, for its staff. `failure`: what the last bad answer was, in English."""

    failures: int
    failed_at: datetime | None
    failure: str
    heard_at: datetime | None


def standing() -> Standing | None:
    """The system of the municipality in context; None when it was never asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT failures, failed_at, failure, heard_at FROM erp_link WHERE municipality_id = %s",
            [current_municipality()],
        )
        row = cursor.fetchone()
        return Standing(*row) if row else None


def claim_trial(*, now: datetime) -> bool:
    """After its rest: whether it is for the caller to ask. Everybody else leaves it alone for another rest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE erp_link SET open_until = %s WHERE municipality_id = %s AND open_until <= %s",
            [now + REST, current_municipality(), now],
        )
        return bool(cursor.rowcount)


def note_failure(*, says: str, now: datetime) -> None:
    """No good answer; at the third in a row the breaker opens. `says` names nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO erp_link (municipality_id, failures, failed_at, failure) VALUES (%(m)s, 1, %(now)s, %(says)s) "
            "ON CONFLICT (municipality_id) DO UPDATE SET failures = erp_link.failures + 1, failed_at = %(now)s, "
            "failure = %(says)s, open_until = CASE WHEN erp_link.failures + 1 >= %(most)s THEN %(rest)s::timestamptz END",
            {"m": current_municipality(), "now": now, "says": says[:200], "most": FAILURES, "rest": now + REST},
        )


def note_answer() -> bool:
    """A good answer closes the breaker; says whether there had been failures."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE erp_link SET failures = 0, open_until = NULL WHERE municipality_id = %s AND failures > 0",
            [current_municipality()],
        )
        return bool(cursor.rowcount)


def cursor_of_changes() -> str:
    """Where to go on reading changes; «0» before the first time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cursor FROM erp_link WHERE municipality_id = %s", [current_municipality()])
        row = cursor.fetchone()
        return str(row[0]) if row and row[0] else "0"


def note_changes(*, cursor: str, heard_at: datetime | None) -> None:
    """Changes were taken in up to a cursor; `heard_at` when that was all of them."""
    with connection.cursor() as database:
        database.execute(
            "INSERT INTO erp_link (municipality_id, cursor, heard_at) VALUES (%(m)s, %(cursor)s, %(at)s) "
            "ON CONFLICT (municipality_id) DO UPDATE SET cursor = %(cursor)s, "
            "heard_at = greatest(erp_link.heard_at, %(at)s::timestamptz)",
            {"m": current_municipality(), "cursor": cursor, "at": heard_at},
        )


def note_snapshot(*, person_id: int | None, debt_id: int | None, as_of: datetime | None, asked_at: datetime) -> None:
    """The system spoke of a debtor, or of a debt asked about alone. Older news never replace newer ones."""
    _upsert(
        person_id, debt_id, "as_of = greatest(erp_snapshot.as_of, excluded.as_of), "
        "answered_at = greatest(erp_snapshot.answered_at, excluded.answered_at)", as_of, asked_at, None,
    )  # fmt: skip


def note_missed(*, person_id: int | None, debt_id: int | None, asked_at: datetime) -> None:
    """The system was to be asked about a debtor or a debt, and there is no answer."""
    changes = "missed_at = greatest(erp_snapshot.missed_at, excluded.missed_at)"
    _upsert(person_id, debt_id, changes, None, None, asked_at)


def _upsert(
    person_id: int | None,
    debt_id: int | None,
    changes: str,
    as_of: datetime | None,
    answered_at: datetime | None,
    missed_at: datetime | None,
) -> None:
    key = "person_id" if debt_id is None else "debt_id"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO erp_snapshot (municipality_id, person_id, debt_id, as_of, answered_at, missed_at) "
            f"VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (municipality_id, {key}) DO UPDATE SET {changes}",
            [current_municipality(), None if debt_id else person_id, debt_id, as_of, answered_at, missed_at],
        )


_NEWS_OF_DEBTS = """
FROM debt d LEFT JOIN debtor o ON o.id = d.debtor_id
LEFT JOIN erp_snapshot s ON s.municipality_id = d.municipality_id AND s.debt_id = d.id
LEFT JOIN erp_snapshot p ON p.municipality_id = d.municipality_id AND p.person_id = d.person_id
LEFT JOIN erp_link l ON l.municipality_id = d.municipality_id
WHERE d.id = ANY (%s::bigint[]) AND d.origin IN ('ERP', 'DEMO')
"""


def debts_to_ask(debt_ids: Sequence[int]) -> list[AskedDebt]:
    """Debts that a guest holds, in their municipality's context, with the freshest news of each.

    A debtor who was asked about is news of his debts, too. Debts that the system does not speak for are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, d.person_id, coalesce(o.afm, ''), d.ticket_no, d.plate, coalesce((SELECT min(i.rf) FROM "
            "instalment i WHERE i.debt_id = d.id AND i.rf <> ''), ''), greatest(s.as_of, p.as_of), "
            "greatest(s.answered_at, p.answered_at), greatest(s.missed_at, p.missed_at), l.heard_at, l.open_until "
            f"{_NEWS_OF_DEBTS} ORDER BY d.id",
            [list(debt_ids)],
        )
        return [
            AskedDebt(number, person, afm, ticket, plate, rf, News(*news))
            for number, person, afm, ticket, plate, rf, *news in cursor.fetchall()
        ]


def news_of_debts(debt_ids: Sequence[int]) -> News:
    """The oldest news of some debts of one municipality, in its context; of none that its system speaks for: no news.

    Whoever holds a debt's code looks at it without anybody being asked: a system that left another question without an
    answer, and none answered since, is as silent to him.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(greatest(s.as_of, p.as_of)), CASE WHEN count(greatest(s.answered_at, p.answered_at)) = count(*) "
            "THEN min(greatest(s.answered_at, p.answered_at)) END, max(greatest(s.missed_at, p.missed_at, "
            "CASE WHEN l.failures > 0 THEN l.failed_at END)), "
            f"max(l.heard_at), max(l.open_until) {_NEWS_OF_DEBTS}",
            [list(debt_ids)],
        )
        return News(*cursor.fetchone())
