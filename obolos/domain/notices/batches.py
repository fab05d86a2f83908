"""Many notices at once, as rows: whom a choice is about, the batch with a notice for each of them, and its progress.

Inside `tenancy(municipality=…)`. Who gets a notice, and for which debts, is settled when the batch is started; what it
says is settled notice by notice when it is prepared, once, under the lock of its row.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F

from obolos.base.tenancy import current_municipality
from obolos.domain.notices.models import BatchState, NoticeBatch

#: More people than the largest municipality writes to at once; a mistake in the choice must not fill the disk.
AT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which debts, and of whom; what is empty or None does not narrow. Dates are due dates, both included.

    `kind_ids`: revenue kinds. `year`, `catalogue`: the roll. `min_cents`: open principal of a person, at least.
    `without_email`: only people who confirmed no e-mail address, for the others can be written to without paper.
    """

    kind_ids: tuple[int, ...] = ()
    due_from: date | None = None
    due_to: date | None = None
    year: int | None = None
    catalogue: str = ""
    min_cents: int = 0
    without_email: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the batch keeps it."""
        told = asdict(self) | {"kind_ids": list(self.kind_ids)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Choice":
        """The choice that `as_json` told."""
        days = {name: told[name] and date.fromisoformat(told[name]) for name in ("due_from", "due_to")}
        return cls(**{**told, **days, "kind_ids": tuple(told["kind_ids"])})


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a choice reaches: people, debts, and their open principal in cents."""

    persons: int
    debts: int
    open_cents: int


_DEBTS = """
SELECT d.id, d.debtor_id, d.person_id, sum(i.open_cents) AS cents
FROM debt d
JOIN instalment i ON i.debt_id = d.id AND i.open_cents > 0
JOIN revenue_kind k ON k.id = d.revenue_kind_id AND k.online
JOIN person p ON p.id = d.person_id
WHERE d.municipality_id = %(m)s AND d.debtor_id IS NOT NULL
  AND (%(kinds)s::bigint[] = '{}' OR d.revenue_kind_id = ANY (%(kinds)s::bigint[]))
  AND (%(year)s::int IS NULL OR d.year = %(year)s::int)
  AND (%(catalogue)s::text = '' OR d.catalogue = %(catalogue)s::text)
  AND NOT (%(without_email)s AND p.email <> '')
GROUP BY d.id
HAVING bool_or((%(due_from)s::date IS NULL OR i.due_on >= %(due_from)s::date)
           AND (%(due_to)s::date IS NULL OR i.due_on <= %(due_to)s::date))"""

_PEOPLE = f"""
SELECT debtor_id, person_id, jsonb_agg(id ORDER BY id) AS debts, count(*) AS count, sum(cents)::bigint AS cents
FROM ({_DEBTS}) d GROUP BY debtor_id, person_id HAVING sum(cents) >= %(min_cents)s"""

_REACH = f"SELECT count(*), coalesce(sum(count), 0)::bigint, coalesce(sum(cents), 0)::bigint FROM ({_PEOPLE}) p"

_ENTER = f"""
INSERT INTO notice (municipality_id, batch_id, place, reference, person_id, debtor_id, debts, content, made_at, by_user)
SELECT %(m)s, %(batch)s, n.place, 'EI-' || %(batch)s || '-' || lpad(n.place::text, 5, '0'), n.person_id, n.debtor_id,
    n.debts, '{{}}', %(now)s, %(by)s
FROM (SELECT p.*, row_number() OVER (ORDER BY o.name_folded, p.debtor_id) AS place
      FROM ({_PEOPLE}) p JOIN debtor o ON o.id = p.debtor_id) n
ORDER BY n.place"""


def reach_of(choice: Choice) -> Reach:
    """Whom a choice reaches now."""
    with connection.cursor() as cursor:
        cursor.execute(_REACH, _values(choice))
        return Reach(*cursor.fetchone())


def batch_of_form(form_token: str) -> int | None:
    """The batch that a form started; None when it has started none, or no form is named."""
    found = NoticeBatch.objects.filter(municipality_id=current_municipality(), form_token=form_token)
    return found.values_list("id", flat=True).first() if form_token else None


def start_batch(
    choice: Choice, *, reach: Reach, language: str, per_file: int, by_user: int, form_token: str = "", now: datetime
) -> int:
    """Write a batch and a notice for each person that the choice reaches; its id. The worker does the rest.

    IntegrityError when the form has started one.
    """
    batch = NoticeBatch.objects.create(
        municipality_id=current_municipality(),
        chosen=choice.as_json(),
        language=language,
        persons=reach.persons,
        debts=reach.debts,
        open_cents=reach.open_cents,
        per_file=per_file,
        by_user=by_user,
        form_token=form_token,
        started_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, _values(choice) | {"batch": batch.id, "by": by_user, "now": now})
    return batch.id


def _values(choice: Choice) -> dict[str, Any]:
    return asdict(choice) | {"m": current_municipality(), "kinds": list(choice.kind_ids)}


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A notice to be prepared, locked until the transaction ends."""

    id: int
    reference: str
    debtor_id: int
    person_id: int
    name: str
    afm: str
    debts: tuple[int, ...]


_DUE = """
SELECT n.id, n.reference, n.debtor_id, n.person_id, o.name, o.afm, n.debts::text
FROM notice n JOIN debtor o ON o.id = n.debtor_id
WHERE n.municipality_id = %s AND n.batch_id = %s AND n.place BETWEEN %s AND %s AND n.prepared_at IS NULL
ORDER BY n.place LIMIT %s FOR UPDATE OF n SKIP LOCKED"""


def claim_notices(batch_id: int, first: int, last: int, *, count: int) -> list[DueNotice]:
    """Notices of these places that nobody has prepared and nobody is just preparing, at most `count`."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [current_municipality(), batch_id, first, last, count])
        return [DueNotice(*[*row[:6], tuple(json.loads(row[6]))]) for row in cursor.fetchall()]


def keep_contents(contents: Mapping[int, tuple[Mapping[str, Any], int]], *, now: datetime) -> None:
    """Freeze what notices say: notice id → (content, cents). An empty content is a notice of nothing: not printed."""
    told = [{"id": one, "content": content, "cents": cents} for one, (content, cents) in contents.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notice n SET content = x.content, amount_cents = x.cents, prepared_at = %s, made_at = %s "
            "FROM jsonb_to_recordset(%s::jsonb) AS x (id bigint, content jsonb, cents bigint) "
            "WHERE n.id = x.id AND n.prepared_at IS NULL",
            [now, now, json.dumps(told, ensure_ascii=False)],
        )


def prepared_contents(batch_id: int, first: int, last: int) -> list[tuple[dict[str, Any], int]] | None:
    """(content, cents) of the notices of these places in order; None while one of them is not prepared."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT content::text, amount_cents, prepared_at FROM notice WHERE municipality_id = %s AND batch_id = %s "
            "AND place BETWEEN %s AND %s ORDER BY place",
            [current_municipality(), batch_id, first, last],
        )
        rows = cursor.fetchall()
    if any(row[2] is None for row in rows):
        return None
    return [(json.loads(row[0]), row[1]) for row in rows]


def note_file(batch_id: int, number: int, *, printed: int, cents: int) -> bool:
    """Count the file of that number as whole; False when somebody else did, or the batch was cancelled."""
    found = NoticeBatch.objects.filter(
        id=batch_id, files=number - 1, state__in=[BatchState.WAITING, BatchState.RUNNING]
    )
    return bool(found.update(files=number, printed=F("printed") + printed, asked_cents=F("asked_cents") + cents))


def move_batch(batch_id: int, *, come_from: Sequence[BatchState], to: BatchState, now: datetime | None = None) -> bool:
    """Move a batch on; False when it is not in one of these states. `now`: when it ended, if this ends it."""
    moved = {"state": to} | ({"finished_at": now} if now else {})
    return bool(NoticeBatch.objects.filter(id=batch_id, state__in=come_from).update(**moved))


def keep_running(batch_id: int) -> bool:
    """Begin a batch if it waits, and keep it as it is until the transaction ends; False when it has ended.

    Whoever stops a batch waits for what is being prepared, so nothing of it is written after it was emptied.
    """
    move_batch(batch_id, come_from=[BatchState.WAITING], to=BatchState.RUNNING)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM notice_batch WHERE municipality_id = %s AND id = %s AND state = 'RUNNING' FOR SHARE",
            [current_municipality(), batch_id],
        )
        return cursor.fetchone() is not None


def empty_notices(batch_id: int) -> None:
    """Forget what a batch's notices said. Their numbers stay, and so do their orders and codes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notice SET content = '{}' WHERE municipality_id = %s AND batch_id = %s AND content <> '{}'",
            [current_municipality(), batch_id],
        )
