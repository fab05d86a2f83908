"""What a municipality's financial system said when asked is taken in: by the same import as a debts file, or not at all.

One transaction: rows are checked and staged, what is news is written, the person or debt asked about has a new time, the
circuit breaker closes. What an answer leaves out stays as it was: silence about a debt never closes it
(docs/decisions/0025). A debt with a payment of ours on its way to the system is left for the next time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import OperationalError

from obolos.adapters.erp.debts import ErpDebts, ErpRow
from obolos.base.dates import athens_date
from obolos.base.references import random_id
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts import file_actions, intake, live
from obolos.domain.debts.debts_file import Context, Findings
from obolos.domain.payments import standing
from obolos.domain.reconciliation.contradictions import (
    close_wrong_answer,
    open_contradictions,
    open_same_versions,
    open_wrong_answer,
)


class AnswerWrong(Exception):
    """An answer in the agreed form whose values cannot be true here. Nothing of it was written. Names no person."""


class Busy(Exception):
    """A debts file is being taken in, or the debts are being paid just now: the answer could not be written in time."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what the system was asked about: a debtor, one debt, or neither (changes)."""

    person_id: int | None = None
    debt_id: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer did. `waiting`: debts left for the next time, because a payment of ours is on its way."""

    written: int
    waiting: int


def take_answer(
    municipality_id: int, answer: ErpDebts, *, about: str, subject: Subject, asked_at: datetime, now: datetime
) -> Taken:
    """Take an answer in. `about`: «debts», «changes» or «holds»; `asked_at`: our clock when the question was sent.

    Raises AnswerWrong and Busy; then nothing was written.
    """
    as_of = min(answer.as_of or asked_at, asked_at)
    try:
        with tenancy(municipality=municipality_id):
            taken = _write(answer, about, as_of, now) if answer.rows else Taken(0, 0)
            if subject.person_id is not None or subject.debt_id is not None:
                live.note_snapshot(person_id=subject.person_id, debt_id=subject.debt_id, as_of=as_of, asked_at=asked_at)
            if live.note_answer():
                close_wrong_answer(about=about, now=now)
    except OperationalError as error:
        raise Busy(str(error).partition("\n")[0]) from error
    return taken


def note_silence(municipality_id: int, *, about: str, subject: Subject, says: str, wrong: bool, now: datetime) -> None:
    """The system did not answer, or (`wrong`) answered what cannot be believed: then a person is asked, too."""
    with tenancy(municipality=municipality_id):
        live.note_failure(says=says, now=now)
        if subject.person_id is not None or subject.debt_id is not None:
            live.note_missed(person_id=subject.person_id, debt_id=subject.debt_id, asked_at=now)
        if wrong:
            open_wrong_answer(about=about, detail={"says": says[:300]}, now=now)


def _write(answer: ErpDebts, about: str, as_of: datetime, now: datetime) -> Taken:
    told = _staged(answer.rows, athens_date(as_of))
    found = intake.sort_out(told)
    given = intake.Import(0, full=False, scope=None, made_at=as_of, now=now, answer=random_id())
    waiting = (
        standing.unsettled([one.ext_id for one in found.news], acknowledged_by=as_of) if found.news else frozenset()
    )
    news = [one for one in found.news if one.ext_id not in waiting]
    detail: dict[str, object] = {"about": about, "as_of": as_of.isoformat()}
    if news:
        detail |= _import(given, news)
    if found.other_content:
        open_same_versions(found.other_content, source=given.source, now=now)
    notes = {"other_content": len(found.other_content), "older": len(found.older), "waiting": len(waiting)}
    if news or any(notes.values()):
        add_audit_entry(
            actor=Actor.SYSTEM, actor_id=None, action="erp.answered", subject=given.source,
            detail=detail | {name: count for name, count in notes.items() if count}, now=now,
        )  # fmt: skip
    return Taken(len(news), len(waiting))


def _staged(rows: Iterable[ErpRow], on: date) -> list[intake.Told]:
    context = Context.of(
        known=file_actions.known_codes(), scope=None, made_on=on, decimal_mark=".", slashed_dates=False
    )
    found = Findings()
    told = intake.stage(map(columns, rows), context, found)
    _refuse(found)
    return told


def _import(given: intake.Import, news: list[intake.Told]) -> dict[str, object]:
    """The import itself, in the order that `intake` names."""
    intake.begin_live()
    intake.make_staging()
    intake.copy_batch(intake.batch_of(news))
    found = Findings()
    intake.check_whole(given, found)
    _refuse(found)
    counts = intake.make_plan(given)
    closing = intake.read_closing(given)
    intake.lock_standing()
    standing.stage_collected(acknowledged_by=given.acknowledged_by)
    written = intake.write(given, counts, closing)
    contradicted = open_contradictions(source=given.source, now=given.now)
    return {
        "new": counts.new, "changed": counts.changed, "entries": written.entries, "contradicted": contradicted,
        "ext_ids": [one.ext_id for one in news][:20],
    }  # fmt: skip


def _refuse(found: Findings) -> None:
    """The first of what is wrong, without its value: an ΑΦΜ has no place in a log."""
    if found.count:
        first = found.kept[0]
        raise AnswerWrong(f"{first.column or 'debt'}: {first.reason} ({found.count} in all)")


def columns(row: ErpRow) -> tuple[str, ...]:
    """A row as a debts file writes it."""
    return (
        row.ext_id, str(row.version), row.afm, row.name, row.person_type, row.kind, row.rev_code, row.orig_code,
        _text(row.year), row.catalogue, row.line, row.atb, row.description, _text(row.certified_on), _text(row.due_on),
        str(row.instalment), str(row.instalments), _euro(row.principal), _euro(row.added), _euro(row.surcharge),
        _text(row.surcharge_as_of), _euro(row.paid), _euro(row.written_off), row.rf, row.ticket_no, row.plate,
        _text(row.violation_on),
    )  # fmt: skip


def _text(value: date | int | None) -> str:
    return "" if value is None else str(value)


def _euro(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"
