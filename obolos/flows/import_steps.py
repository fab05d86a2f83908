"""One import, step by step, inside its one transaction: look, read and stage, check, plan, ask or write, settle.

`take_file` runs it. Whatever stops it takes back everything it wrote, and only what became of the file is noted.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts import file_actions, intake
from obolos.domain.debts.debts_file import Context, Findings, Note, Reading, Reason, Survey, read_rows
from obolos.domain.debts.models import DebtsFileState
from obolos.domain.municipalities.actions import note_debts_as_of
from obolos.domain.payments import standing
from obolos.domain.reconciliation.contradictions import open_contradictions
from obolos.flows import import_report
from obolos.flows.import_progress import Progress
from obolos.flows.import_report import Outcome

#: Clocks differ; a file made later than this from now is noted.
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome with its report, which is plain JSON. `file_id` 0 when no row was made."""

    outcome: Outcome
    report: dict[str, Any]
    file_id: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """One import to be made. `file_id` 0 when nothing is to be noted of it (a dry run)."""

    seen: Survey
    municipality_id: int
    code: str
    file_id: int
    dry_run: bool
    confirm_closing: bool
    by_user: int | None
    now: datetime


class _Stop(Exception):
    """The import ends here and everything written is taken back."""

    def __init__(self, outcome: Outcome, report: dict[str, Any]) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.report = report


def take_file(job: Job) -> Imported:
    """Run one import and settle its row, in the import's own transaction when it is done, in another when it is not."""
    started = time.monotonic()
    progress = Progress(municipality_id=job.municipality_id, file_id=job.file_id, lines=job.seen.lines + 2)
    try:
        with progress, tenancy(municipality=job.municipality_id):
            report = _import(job, progress, started)
            if job.dry_run:
                raise _Stop(Outcome.DONE, report)  # noqa: TRY301 - takes everything back
            _settle(job, Outcome.DONE, report)
    except _Stop as stop:
        if job.file_id:
            with tenancy(municipality=job.municipality_id):
                _settle(job, stop.outcome, stop.report)
        return Imported(stop.outcome, stop.report, job.file_id)
    return Imported(Outcome.DONE, report, job.file_id)


def _import(job: Job, progress: Progress, started: float) -> dict[str, Any]:
    """Check and write, inside the open unit of work. Raises _Stop when it must not be written."""
    seen = job.seen
    report = import_report.head(seen, job.code, Outcome.DONE, job.dry_run)
    found, notes = Findings(), Findings()
    found.extend(seen.found)
    intake.begin()
    if job.file_id and not file_actions.still_waiting(job.file_id):
        raise _Stop(Outcome.ALREADY, import_report.head(seen, job.code, Outcome.ALREADY, job.dry_run))
    if imported_before(seen):
        raise _Stop(Outcome.ALREADY, import_report.head(seen, job.code, Outcome.ALREADY, job.dry_run))
    known = file_actions.known_codes()
    _check_header(job, known, found, notes, report)
    if seen.header is None or seen.encoding is None or not _belongs_here(found):
        raise _Stop(Outcome.REFUSED, import_report.told(report, Outcome.REFUSED, found, notes))
    header = seen.header
    given = intake.Import(job.file_id, header.mode == "FULL", header.scope, header.made_at, job.now)
    context = Context.of(
        known=known,
        scope=header.scope,
        made_on=header.made_on,
        decimal_mark=seen.decimal_mark,
        slashed_dates=seen.slashed_dates,
    )
    told = Reading()
    intake.make_staging()
    for batch in read_rows(seen, context, found, told):
        intake.copy_batch(batch)
        progress.read = batch.lines_read
    progress.stop()
    report |= {"rows": told.rows, "principal_cents": told.principal_cents, "debts": {"in_file": told.debts}}
    report["seconds"] = {"read": round(time.monotonic() - started, 2)}
    intake.check_whole(given, found)
    if found.count:
        raise _Stop(Outcome.REFUSED, import_report.told(report, Outcome.REFUSED, found, notes))
    _write(job, given, report, notes)
    report["seconds"]["all"] = round(time.monotonic() - started, 2)
    return import_report.told(report, Outcome.DONE, found, notes)


def _write(job: Job, given: intake.Import, report: dict[str, Any], notes: Findings) -> None:
    """Write what the staged rows say, or raise _Stop(ASKING)."""
    counts = intake.make_plan(given)
    intake.read_notes(notes)
    closing = intake.read_closing(given)
    stakes = standing.at_stake(on=athens_date(job.now))
    what = import_report.planned(counts, closing, stakes)
    report["debts"] |= what["debts"]
    report["closing"] = what["closing"]
    if (closing.too_many or stakes.live_attempts or stakes.unexpired_rf) and not job.confirm_closing:
        raise _Stop(Outcome.ASKING, import_report.told(report, Outcome.ASKING, Findings(), notes))
    intake.lock_standing()
    standing.stage_collected(acknowledged_by=given.acknowledged_by)
    written = intake.write(given, counts, closing)
    report |= import_report.done(written, open_contradictions(source=given.source, now=job.now))
    note_debts_as_of(moment=given.acknowledged_by, whole=given.full and given.scope is None)


def _check_header(job: Job, known: frozenset[str], found: Findings, notes: Findings, report: dict[str, Any]) -> None:
    """The header against the municipality: its code, its sequence, its revenue codes, its time."""
    header = job.seen.header
    last = file_actions.last_file()
    expected = (last.sequence if last else 0) + 1
    report["expected_sequence"] = expected
    if header is None:
        return
    if header.code != job.code:
        # Nothing else of it can be judged: numbers, revenue codes and times are those of its own municipality.
        found.add(1, "municipality", f"{header.code} / {job.code}", Reason.MUNICIPALITY_OTHER)
        return
    if header.sequence != expected:
        reason = Reason.SEQUENCE_GAP if header.sequence > expected else Reason.SEQUENCE_TAKEN
        found.add(1, "sequence", f"{header.sequence} / {expected}", reason)
    for code in sorted((header.scope or frozenset()) - known):
        found.add(1, "scope", code, Reason.CODE_UNKNOWN)
    if header.made_at > job.now + AHEAD:
        notes.add(1, "made_at", header.made_at.isoformat(), Note.MADE_AHEAD)
    if last and header.made_at < last.made_at:
        notes.add(1, "made_at", f"{header.made_at.isoformat()} / {last.made_at.isoformat()}", Note.MADE_BEFORE_LAST)


def _belongs_here(found: Findings) -> bool:
    """Whether reading the rows is worth it: not for a file of another municipality or out of its turn."""
    out_of_turn = (Reason.MUNICIPALITY_OTHER, Reason.SEQUENCE_GAP, Reason.SEQUENCE_TAKEN)
    return not any(found.by_reason[reason] for reason in out_of_turn)


def imported_before(seen: Survey) -> bool:
    """Whether exactly this file is the imported one of its number."""
    if seen.header is None or not seen.sha256 or seen.found.count:
        return False
    return file_actions.hash_of_sequence(seen.header.sequence) == seen.sha256


def _settle(job: Job, outcome: Outcome, report: dict[str, Any]) -> None:
    """Write down what became of the file. ALREADY is no new import: its row ends as REFUSED, without defects."""
    header = job.seen.header
    state = DebtsFileState.REFUSED if outcome is Outcome.ALREADY else DebtsFileState(outcome)
    if outcome is not Outcome.DONE and not file_actions.still_waiting(job.file_id):
        return
    file_actions.settle_file(
        file_id=job.file_id,
        state=state,
        report=report,
        now=job.now,
        sha256=job.seen.sha256,
        mode=header.mode if header else "",
        scope=header.scope_text if header else "",
        sequence=header.sequence if header else None,
        made_at=header.made_at if header else None,
        rows=report.get("rows", 0),
        principal_cents=report.get("principal_cents", 0),
    )
    wanted = ("file", "sha256", "sequence", "rows", "principal_cents", "debts", "instalments", "entries")
    detail = {"outcome": outcome} | {key: report[key] for key in wanted if key in report}
    if report["defects"]["count"]:
        detail["defects"] = report["defects"]["by_reason"]
    audit("debts_file.settled", job.file_id, job.by_user, detail, job.now)


def audit(action: str, file_id: int, by_user: int | None, detail: dict[str, Any], now: datetime) -> None:
    """Note who did what with a file."""
    actor = Actor.SYSTEM if by_user is None else Actor.STAFF
    add_audit_entry(
        actor=actor, actor_id=by_user, action=action, subject=f"debts_file:{file_id}", detail=detail, now=now
    )
