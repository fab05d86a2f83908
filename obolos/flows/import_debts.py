"""A debts file of a municipality's ERP is imported: all of it, or nothing with a report of every defect.

The file is looked over, its rows are checked and staged, what only the whole can tell is checked, and then one
transaction writes it. A FULL file that would close too much asks first (ASKING, nothing written).
A file imported before changes nothing. Amounts in reports are integer cents.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from obolos.base.references import random_id
from obolos.base.tenancy import tenancy
from obolos.domain.debts import file_actions
from obolos.domain.debts.debts_file import MAX_FILE_BYTES, shown, survey
from obolos.domain.debts.models import DebtsFileState
from obolos.domain.municipalities.models import Municipality
from obolos.flows import import_report
from obolos.flows.import_report import Outcome
from obolos.flows.import_steps import Imported, Job, audit, imported_before, take_file

__all__ = [
    "Imported",
    "Outcome",
    "UnknownMunicipality",
    "UploadTooLarge",
    "confirm_closing",
    "import_file",
    "run_waiting",
    "start_upload",
]

log = logging.getLogger("obolos.import_debts")
#: An upload that fails for reasons of ours is tried so often.
TRIES = 3


class UnknownMunicipality(Exception):
    """No municipality has that code. `code` is empty when the file does not say one."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UploadTooLarge(Exception):
    """The upload is larger than a debts file may be; nothing was kept."""


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
        if imported_before(seen):
            return Imported(Outcome.ALREADY, import_report.head(seen, code, Outcome.ALREADY, dry_run))
        file_id = (
            0
            if dry_run
            else file_actions.enter_file(name=name, now=now, by_user=by_user, confirm_closing=confirm_closing)
        )
    try:
        return take_file(Job(seen, municipality_id, code, file_id, dry_run, confirm_closing, by_user, now))
    except Exception:
        if file_id:
            _give_up(municipality_id, file_id, import_report.failed(name), now)
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
            audit("debts_file.uploaded", file_id, by_user, {"name": name, "bytes": size}, now)
    except BaseException:
        stored.unlink(missing_ok=True)
        raise
    return file_id


def confirm_closing(*, municipality_id: int, file_id: int, by_user: int, now: datetime) -> bool:
    """A clerk lets an asking upload close what it leaves out; the worker goes on. False when it does not ask."""
    with tenancy(municipality=municipality_id):
        asked = file_actions.ask_again(file_id=file_id, by_user=by_user, now=now)
        if asked:
            audit("debts_file.confirmed", file_id, by_user, {}, now)
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
        done = take_file(
            Job(seen, municipality_id, code, waiting.id, False, waiting.confirm_closing, waiting.by_user, now)
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
    report = import_report.failed(waiting.name) | {"tries": tries}
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


def _municipality_id(code: str) -> int:
    found = Municipality.objects.filter(code=code).values_list("id", flat=True).first()
    if found is None:
        raise UnknownMunicipality(code)
    return found


def _uploads() -> Path:
    return Path(settings.OBOLOS_UPLOADS)
