"""What an import will do to each debt, decided before anything is written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.debts_file import Findings, Note
from obolos.domain.debts.intake.staging import run

#: Debts that the municipality's system speaks for. Demo debts stand in for its debts.
ORIGINS = ("ERP", "DEMO")
#: FULL asks first when it would close more than this share of the open debts in its scope, in percent.
CLOSING_PERCENT = 2
#: Debts told by id in a question.
TOLD = 20


@dataclass(frozen=True, slots=True)
class Import:
    """One import: whose file it is and what its header says. `scope`: revenue codes, None for all.

    `answer` names what the financial system told when asked; then there is no file.
    """

    file_id: int
    full: bool
    scope: frozenset[str] | None
    made_at: datetime
    now: datetime
    answer: str = ""

    @property
    def word(self) -> str:
        """What the difference that it makes is posted under: the file's id, or the answer's name."""
        return f"erp-{self.answer}" if self.answer else str(self.file_id)

    @property
    def source(self) -> str:
        """Who said it, as «kind:id»."""
        return f"erp:{self.answer}" if self.answer else f"debts_file:{self.file_id}"

    @property
    def acknowledged_by(self) -> datetime:
        """Our payments acknowledged by then are within the file's `paid`. A file never knows what is yet to come."""
        return min(self.made_at, self.now)

    @property
    def values(self) -> dict[str, Any]:
        """Parameters of the statements."""
        return {
            "municipality": current_municipality(),
            "file": self.file_id,
            "full": self.full,
            "scope": None if self.scope is None else sorted(self.scope),
            "now": self.now,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """Debts by what becomes of them. `brought_back` are also counted as changed."""

    new: int
    changed: int
    brought_back: int
    same: int
    older: int
    other_content: int


@dataclass(frozen=True, slots=True)
class Closing:
    """What a FULL file would close: open debts in its scope that it does not name."""

    count: int
    open_in_scope: int
    open_cents: int
    by_origin: dict[str, int]
    told: tuple[str, ...]

    @property
    def too_many(self) -> bool:
        """Whether that is more than 2 % of the open debts in scope."""
        return self.count * 100 > self.open_in_scope * CLOSING_PERCENT


_PLAN = """
INSERT INTO intake_plan (line, ext_id, version, debt_id, verdict, had)
SELECT s.line, s.ext_id, s.version, coalesce(d.id, nextval(%(ids)s::oid::regclass)),
    CASE
        WHEN d.id IS NULL THEN 'NEW'
        WHEN s.version > d.version THEN 'CHANGED'
        WHEN s.version < d.version THEN 'OLDER'
        WHEN s.content IS DISTINCT FROM d.content THEN 'OTHER'
        WHEN d.withdrawn_at IS NOT NULL AND %(full)s THEN 'BACK'
        ELSE 'SAME'
    END, d.version
FROM staged_debt s LEFT JOIN debt d ON d.municipality_id = %(municipality)s AND d.ext_id = s.ext_id
ORDER BY s.line
"""

_SCOPE = """
INSERT INTO intake_scope (debt_id, ext_id, origin)
SELECT d.id, d.ext_id, d.origin
FROM debt d
WHERE d.municipality_id = %(municipality)s AND d.origin IN ('ERP', 'DEMO') AND d.withdrawn_at IS NULL
  AND (%(scope)s::text[] IS NULL OR d.rev_code = ANY (%(scope)s::text[]))
  AND EXISTS (SELECT 1 FROM instalment i WHERE i.debt_id = d.id AND i.open_cents > 0 OFFSET 0)
"""

_CLOSING = """
INSERT INTO intake_closing (debt_id, ext_id, origin)
SELECT s.debt_id, s.ext_id, s.origin
FROM intake_scope s
WHERE NOT EXISTS (SELECT 1 FROM intake_plan p WHERE p.debt_id = s.debt_id)
"""


#: Spelling alone (accents, capitals) is no other name. Only rows that count can rename somebody.
_RENAMED = """
SELECT p.line, s.name, o.name
FROM intake_plan p
JOIN staged_debt s ON s.line = p.line
JOIN debtor o ON o.municipality_id = %s AND o.afm = s.afm
WHERE p.verdict IN ('NEW', 'CHANGED', 'BACK') AND o.name_folded <> s.name_folded
ORDER BY p.line
"""


def make_plan(given: Import) -> Counts:
    """Decide for each staged debt whether it is new, changed, brought back, the same, older, or the same but different.

    A newer version always counts. The same version again changes nothing, except that a FULL file brings back what an
    earlier one left out.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence('debt', 'id')::regclass::oid::bigint")
        ids = cursor.fetchone()[0]
    run(_PLAN, given.values | {"ids": ids}, fills="intake_plan")
    with connection.cursor() as cursor:
        cursor.execute("SELECT verdict, count(*) FROM intake_plan GROUP BY verdict")
        by_verdict: dict[str, int] = dict(cursor.fetchall())
    back = by_verdict.get("BACK", 0)
    return Counts(
        new=by_verdict.get("NEW", 0),
        changed=by_verdict.get("CHANGED", 0) + back,
        brought_back=back,
        same=by_verdict.get("SAME", 0),
        older=by_verdict.get("OLDER", 0),
        other_content=by_verdict.get("OTHER", 0),
    )


def read_closing(given: Import) -> Closing:
    """Find what a FULL file closes; a DELTA closes nothing. The debts themselves wait in `intake_closing`."""
    if not given.full:
        return Closing(0, 0, 0, {}, ())
    open_in_scope = run(_SCOPE, given.values, fills="intake_scope")
    run(_CLOSING, {}, fills="intake_closing")
    with connection.cursor() as cursor:
        cursor.execute("SELECT origin, count(*) FROM intake_closing GROUP BY origin ORDER BY origin")
        by_origin: dict[str, int] = dict(cursor.fetchall())
        cursor.execute("SELECT ext_id FROM intake_closing ORDER BY ext_id LIMIT %s", [TOLD])
        told = tuple(row[0] for row in cursor.fetchall())
        cursor.execute(
            "SELECT coalesce(sum(i.open_cents), 0)::bigint FROM intake_closing c CROSS JOIN LATERAL "
            "(SELECT i.open_cents FROM instalment i WHERE i.debt_id = c.debt_id OFFSET 0) i"
        )
        cents = cursor.fetchone()[0]
    return Closing(sum(by_origin.values()), open_in_scope, cents, by_origin, told)


def read_notes(notes: Findings) -> None:
    """Name the debts whose rows are ignored and the versions that stand, and the people whose name changes."""
    said = {"OLDER": Note.VERSION_OLDER, "OTHER": Note.VERSION_SAME_OTHER_CONTENT}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line, ext_id, version, had, verdict FROM intake_plan "
            "WHERE verdict IN ('OLDER', 'OTHER') ORDER BY line"
        )
        while rows := cursor.fetchmany(1_000):
            for line, ext_id, version, had, verdict in rows:
                notes.add(line, "version", f"{ext_id}: {version} / {had}", said[verdict])
        cursor.execute(_RENAMED, [current_municipality()])
        while names := cursor.fetchmany(1_000):
            for line, name, had in names:
                notes.add(line, "name", f"{had} → {name}", Note.PERSON_RENAMED)
