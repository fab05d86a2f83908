"""A debts file of a municipality's ERP is imported: all of it, or nothing with a report of every defect.

The file is looked over, its rows are checked and staged, what only the whole can tell is checked, and then one
transaction writes it. A FULL file that would close too much asks first (ASKING, nothing written).
A file imported before changes nothing. Amounts in reports are integer cents.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings

from obolos.base.dates import ATHENS, athens_date
from obolos.base.references import random_id
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts import file_actions, intake
from obolos.domain.debts.debts_file import (
    MAX_FILE_BYTES,
    Context,
    Findings,
    Note,
    Reading,
    Reason,
    Survey,
    read_rows,
    shown,
    survey,
)
from obolos.domain.debts.models import DebtsFileState
from obolos.domain.municipalities.actions import note_debts_as_of
from obolos.domain.municipalities.models import Municipality
from obolos.domain.payments import standing
from obolos.domain.reconciliation.contradictions import open_contradictions
from obolos.flows.import_progress import Progress

log = logging.getLogger("obolos.import_debts")
#: Clocks differ; a file made later than this from now is noted.
AHEAD = timedelta(minutes=10)
#: An upload that fails for reasons of ours is tried so often.
TRIES = 3


class Outcome(StrEnum):
    """What became of a file. ALREADY: imported before, nothing changed. ASKING: nothing written, confirm to go on."""

    DONE = "DONE"
    ALREADY = "ALREADY"
    REFUSED = "REFUSED"
    ASKING = "ASKING"


class UnknownMunicipality(Exception):
    """No municipality has that code. `code` is empty when the file does not say one."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UploadTooLarge(Exception):
    """The upload is larger than a debts file may be; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome with its report, which is plain JSON. `file_id` 0 when no row was made."""

    outcome: Outcome
    report: dict[str, Any]
    file_id: int = 0


@dataclass(frozen=True, slots=True)
class _Job:
    """One import to be made."""

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


def import_file(
    path: Path,
    name: str,
    *,
    now: datetime,
    code: str = "",
    dry_run: bool = False,
    confirm_closing: bool = False,
    by_user: int | None = None,
) -> Imported:
    """Import the file at `path`, which its sender called `name`, for the municipality it names.

    `code`: the municipality it must be of, if given. `dry_run`: everything but the writing. `confirm_closing`: a FULL
    file may close what it leaves out. Raises UnknownMunicipality; OSError when the file cannot be read.
    """
    name = shown(name)
    seen = survey(path, name)
    said = seen.header.code if seen.header else seen.file_name.code if seen.file_name else ""
    code = code or said
    municipality_id = _municipality_id(code)
    with tenancy(municipality=municipality_id):
        if _imported_before(seen):
            return Imported(Outcome.ALREADY, _head(seen, code, Outcome.ALREADY, dry_run))
        file_id = (
            0
            if dry_run
            else file_actions.enter_file(name=name, now=now, by_user=by_user, confirm_closing=confirm_closing)
        )
    try:
        return _take(_Job(seen, municipality_id, code, file_id, dry_run, confirm_closing, by_user, now))
    except Exception:
        if file_id:
            _give_up(municipality_id, file_id, _internal(name), now)
        raise


def start_upload(*, municipality_id: int, name: str, chunks: Iterable[bytes], by_user: int, now: datetime) -> int:
    """Keep an uploaded file until the worker imports it; returns the id of its DebtsFile, in CHECKING.

    `name` is the sender's file name. Raises UploadTooLarge.
    """
    name = shown(Path(name.replace("\\", "/")).name)
    folder = _uploads()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stored = folder / f"{random_id()}.csv"
    size = 0
    try:
        with stored.open("xb") as file:
            stored.chmod(0o600)
            for chunk in chunks:
                size += len(chunk)
                if size > MAX_FILE_BYTES:
                    raise UploadTooLarge(name)  # noqa: TRY301 - the half-written copy is removed below
                file.write(chunk)
        with tenancy(municipality=municipality_id):
            file_id = file_actions.enter_file(name=name, now=now, by_user=by_user, stored_as=stored.name)
            _audit("debts_file.uploaded", file_id, by_user, {"name": name, "bytes": size}, now)
    except BaseException:
        stored.unlink(missing_ok=True)
        raise
    return file_id


def confirm_closing(*, municipality_id: int, file_id: int, by_user: int, now: datetime) -> bool:
    """A clerk lets an asking upload close what it leaves out; the worker goes on. False when it does not ask."""
    with tenancy(municipality=municipality_id):
        asked = file_actions.ask_again(file_id=file_id, by_user=by_user, now=now)
        if asked:
            _audit("debts_file.confirmed", file_id, by_user, {}, now)
    return asked


def run_waiting(now: datetime) -> int:
    """Import the uploads that wait, of all municipalities, oldest first; how many were settled. For the worker."""
    settled = 0
    for municipality_id, code in Municipality.objects.order_by("code").values_list("id", "code"):
        with tenancy(municipality=municipality_id):
            waiting = file_actions.waiting_files(_uploads())
        settled += sum(_run_upload(municipality_id, code, one, now) for one in waiting)
    return settled


def _run_upload(municipality_id: int, code: str, waiting: file_actions.WaitingFile, now: datetime) -> bool:
    try:
        seen = survey(waiting.path, waiting.name)
        done = _take(
            _Job(seen, municipality_id, code, waiting.id, False, waiting.confirm_closing, waiting.by_user, now)
        )
    except Exception:
        log.exception("debts file %s of %s", waiting.id, code)
        return _count_failure(municipality_id, waiting, now)
    if done.outcome is not Outcome.ASKING:
        waiting.path.unlink(missing_ok=True)
        with tenancy(municipality=municipality_id):
            file_actions.forget_upload(file_id=waiting.id)
    return True


def _count_failure(municipality_id: int, waiting: file_actions.WaitingFile, now: datetime) -> bool:
    """A fault of ours: try again a few times, then refuse with nothing written. True when it is refused now."""
    tries = int(waiting.report.get("tries", 0)) + 1
    report = _internal(waiting.name) | {"tries": tries}
    if tries < TRIES:
        with tenancy(municipality=municipality_id):
            file_actions.note_tries(file_id=waiting.id, report=report)
        return False
    _give_up(municipality_id, waiting.id, report, now)
    waiting.path.unlink(missing_ok=True)
    return True


def _give_up(municipality_id: int, file_id: int, report: dict[str, Any], now: datetime) -> None:
    """Refuse a file because of a fault of ours; nothing of it was written."""
    with tenancy(municipality=municipality_id):
        if file_actions.still_waiting(file_id):
            file_actions.settle_file(file_id=file_id, state=DebtsFileState.REFUSED, report=report, now=now)
            file_actions.forget_upload(file_id=file_id)


def _internal(name: str) -> dict[str, Any]:
    found = Findings()
    found.add(0, "", "", Reason.INTERNAL)
    return {
        "outcome": Outcome.REFUSED, "file": name, "defects": _findings(found), "notes": _findings(Findings()),
    }  # fmt: skip


def _take(job: _Job) -> Imported:
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


def _import(job: _Job, progress: Progress, started: float) -> dict[str, Any]:
    """Check and write, inside the open unit of work. Raises _Stop when it must not be written."""
    seen = job.seen
    report = _head(seen, job.code, Outcome.DONE, job.dry_run)
    found, notes = Findings(), Findings()
    found.extend(seen.found)
    intake.begin()
    if job.file_id and not file_actions.still_waiting(job.file_id):
        raise _Stop(Outcome.ALREADY, _head(seen, job.code, Outcome.ALREADY, job.dry_run))
    if _imported_before(seen):
        raise _Stop(Outcome.ALREADY, _head(seen, job.code, Outcome.ALREADY, job.dry_run))
    known = file_actions.known_codes()
    _check_header(job, known, found, notes, report)
    if seen.header is None or seen.encoding is None or not _belongs_here(found):
        raise _Stop(Outcome.REFUSED, _told(report, Outcome.REFUSED, found, notes))
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
        raise _Stop(Outcome.REFUSED, _told(report, Outcome.REFUSED, found, notes))
    _write(job, given, report, notes)
    report["seconds"]["all"] = round(time.monotonic() - started, 2)
    return _told(report, Outcome.DONE, found, notes)


def _write(job: _Job, given: intake.Import, report: dict[str, Any], notes: Findings) -> None:
    """Write what the staged rows say, or raise _Stop(ASKING)."""
    counts = intake.make_plan(given)
    intake.read_notes(notes)
    closing = intake.read_closing(given)
    stakes = standing.at_stake(on=athens_date(job.now))
    report["debts"] |= {
        "new": counts.new,
        "changed": counts.changed,
        "brought_back": counts.brought_back,
        "same": counts.same,
        "older": counts.older,
        "other_content": counts.other_content,
        "closed": closing.count,
    }
    report["closing"] = {
        "count": closing.count,
        "open_in_scope": closing.open_in_scope,
        "open_cents": closing.open_cents,
        "by_origin": closing.by_origin,
        "live_attempts": stakes.live_attempts,
        "unexpired_rf": stakes.unexpired_rf,
        "too_many": closing.too_many,
        "ext_ids": list(closing.told),
    }
    if (closing.too_many or stakes.live_attempts or stakes.unexpired_rf) and not job.confirm_closing:
        raise _Stop(Outcome.ASKING, _told(report, Outcome.ASKING, Findings(), notes))
    intake.lock_standing()
    standing.stage_collected(acknowledged_by=given.acknowledged_by)
    written = intake.write(given, counts, closing)
    report["instalments"] = {
        "new": written.instalments_new,
        "changed": written.instalments_changed,
        "withdrawn": written.instalments_withdrawn,
    }
    report |= {"debtors": written.debtors, "entries": written.entries}
    report["worklist"] = open_contradictions(file_id=job.file_id, now=job.now)
    note_debts_as_of(moment=given.acknowledged_by)


def _check_header(job: _Job, known: frozenset[str], found: Findings, notes: Findings, report: dict[str, Any]) -> None:
    """The header against the municipality: its code, its sequence, its revenue codes, its time."""
    header = job.seen.header
    last = file_actions.last_file()
    expected = (last.sequence if last else 0) + 1
    report["expected_sequence"] = expected
    if header is None:
        return
    if header.code != job.code:
        found.add(1, "municipality", f"{header.code} / {job.code}", Reason.MUNICIPALITY_OTHER)
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


def _imported_before(seen: Survey) -> bool:
    """Whether exactly this file is the imported one of its number."""
    if seen.header is None or not seen.sha256 or seen.found.count:
        return False
    return file_actions.hash_of_sequence(seen.header.sequence) == seen.sha256


def _settle(job: _Job, outcome: Outcome, report: dict[str, Any]) -> None:
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
    _audit("debts_file.settled", job.file_id, job.by_user, detail, job.now)


def _head(seen: Survey, code: str, outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    """The part of a report that a first look at the file gives."""
    header, trailer = seen.header, seen.trailer
    return {
        "outcome": outcome,
        "dry_run": dry_run,
        "file": seen.name,
        "municipality": code,
        "encoding": seen.encoding_label,
        "mode": header.mode if header else "",
        "scope": header.scope_text if header else "",
        "sequence": header.sequence if header else None,
        "made_at": header.made_at.astimezone(ATHENS).isoformat() if header else "",
        "sha256": seen.sha256,
        "trailer": {"rows": trailer.rows, "principal_cents": trailer.principal_cents} if trailer else None,
        "defects": _findings(Findings()),
        "notes": _findings(Findings()),
    }


def _told(report: dict[str, Any], outcome: Outcome, found: Findings, notes: Findings) -> dict[str, Any]:
    return report | {"outcome": outcome, "defects": _findings(found), "notes": _findings(notes)}


def _findings(found: Findings) -> dict[str, Any]:
    return {"count": found.count, "by_reason": dict(sorted(found.by_reason.items())), "shown": found.as_plain()}


def _audit(action: str, file_id: int, by_user: int | None, detail: dict[str, Any], now: datetime) -> None:
    actor = Actor.SYSTEM if by_user is None else Actor.STAFF
    add_audit_entry(
        actor=actor, actor_id=by_user, action=action, subject=f"debts_file:{file_id}", detail=detail, now=now
    )


def _municipality_id(code: str) -> int:
    found = Municipality.objects.filter(code=code).values_list("id", flat=True).first()
    if found is None:
        raise UnknownMunicipality(code)
    return found


def _uploads() -> Path:
    return Path(settings.OBOLOS_UPLOADS)
