"""Ten thousand notices: asked for by a clerk, made by the worker file by file, downloaded, and forgotten after a month.

Whoever kills the worker loses at most the file it was setting. What is settled stays settled: a notice is prepared once,
under the lock of its row, and its orders bear its number, so no notice ever has two codes for one instalment. A file is
written beside its place and moved there whole; set again, it is the same file.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError

from obolos.adapters.documents.notice import render_notices
from obolos.base.archive import zipped
from obolos.base.money import euro_plain
from obolos.base.references import rf_format
from obolos.base.sheets import BOM, csv_lines, safe_text
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.kind_queries import KindRow, kind_rows
from obolos.domain.municipalities.models import Municipality
from obolos.domain.notices import batches
from obolos.domain.notices.batches import AT_MOST, Choice, Reach
from obolos.domain.notices.models import BatchState
from obolos.domain.notices.queries import BatchRow, batch_by_id, batches_to_expire, due_batches, latest_batches
from obolos.flows.notices import office_of, prepare, sender_of, view_of_content

log = structlog.get_logger(__name__)
#: Notices in a file, and notices prepared in one transaction. Setting a file takes 2 MiB a notice, in its own process.
PER_FILE = 200
AT_ONCE = 100
#: For so long the files of a batch may be downloaded.
KEPT = timedelta(days=30)


class BatchUnknown(Exception):
    """This municipality has no batch of that id, or not that file of it."""


class NobodyReached(Exception):
    """The choice reaches nobody, or more people than a batch may have. `reach` says whom."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(reach.persons)
        self.reach = reach


@dataclass(frozen=True, slots=True)
class Plan:
    """A choice with whom it reaches, and the revenue kinds to choose from."""

    choice: Choice
    reach: Reach
    kinds: tuple[KindRow, ...]


def plan_of(choice: Choice, *, municipality_id: int) -> Plan:
    """Whom a choice reaches now. Writes nothing."""
    with tenancy(municipality=municipality_id):
        return Plan(choice, batches.reach_of(choice), tuple(kind_rows()))


def start_notices(
    choice: Choice, *, expected: Reach, municipality_id: int, language: str, by_user: int, form_token: str = "",
    now: datetime,
) -> int:  # fmt: skip
    """Start a batch; its id. Raises NobodyReached when it reaches others than `expected`, what its starter saw.

    `form_token`: a form posted twice starts one batch, also when both are read at the same moment.
    """
    try:
        return _start(choice, expected, municipality_id, language, by_user, form_token, now)
    except IntegrityError:
        with tenancy(municipality=municipality_id):
            first = batches.batch_of_form(form_token)
        if first is None:
            raise
        return first


def _start(
    choice: Choice, expected: Reach, municipality_id: int, language: str, by_user: int, form_token: str, now: datetime
) -> int:
    with tenancy(municipality=municipality_id):
        first = batches.batch_of_form(form_token)
        if first is not None:
            return first
        reach = batches.reach_of(choice)
        if reach != expected or not 0 < reach.persons <= AT_MOST:
            raise NobodyReached(reach)
        batch_id = batches.start_batch(
            choice, reach=reach, language=language, per_file=PER_FILE, by_user=by_user, form_token=form_token, now=now
        )
        detail = {"chosen": choice.as_json(), "persons": reach.persons, "debts": reach.debts}
        _audit("notices.started", batch_id, by_user, detail | {"open_cents": reach.open_cents}, now)
    return batch_id


def cancel_notices(batch_id: int, *, municipality_id: int, by_user: int, now: datetime) -> bool:
    """Stop a batch that is not done. Codes already made stay good; files already made are gone."""
    with tenancy(municipality=municipality_id):
        come_from = [BatchState.WAITING, BatchState.RUNNING]
        stopped = batches.move_batch(batch_id, come_from=come_from, to=BatchState.CANCELLED, now=now)
        if stopped:
            batches.empty_notices(batch_id)
            _audit("notices.cancelled", batch_id, by_user, {}, now)
    if stopped:
        shutil.rmtree(_folder(municipality_id, batch_id), ignore_errors=True)
    return stopped


def recent_batches(*, municipality_id: int) -> tuple[BatchRow, ...]:
    """The newest batches, newest first."""
    with tenancy(municipality=municipality_id):
        return tuple(latest_batches())


def batch_of(batch_id: int, *, municipality_id: int) -> BatchRow:
    """One batch with its progress. Raises BatchUnknown."""
    with tenancy(municipality=municipality_id):
        found = batch_by_id(batch_id)
    if found is None:
        raise BatchUnknown(batch_id)
    return found


def batch_file(batch_id: int, number: int, *, municipality_id: int, by_user: int, now: datetime) -> Path:
    """A finished file of a batch, to download. Raises BatchUnknown; every download is an audit entry."""
    with tenancy(municipality=municipality_id):
        found = batch_by_id(batch_id)
        path = _file(municipality_id, batch_id, number)
        if found is None or not 1 <= number <= found.files or found.state not in {"RUNNING", "DONE"}:
            raise BatchUnknown(batch_id)
        if not path.exists():
            raise BatchUnknown(batch_id)
        _audit("notices.downloaded", batch_id, by_user, {"file": number}, now)
    return path


def batch_archive(batch_id: int, *, municipality_id: int, by_user: int, now: datetime) -> Iterator[bytes]:
    """All files of a finished batch as one ZIP, piece by piece. Raises BatchUnknown at once; an audit entry."""
    with tenancy(municipality=municipality_id):
        found = batch_by_id(batch_id)
        if found is None or found.state != BatchState.DONE:
            raise BatchUnknown(batch_id)
        files = [
            (file_name(batch_id, number), _file(municipality_id, batch_id, number))
            for number in range(1, found.files + 1)
        ]
        if not all(path.exists() for _, path in files):
            raise BatchUnknown(batch_id)
        _audit("notices.downloaded", batch_id, by_user, {"file": "zip"}, now)
    return zipped(files, made_at=found.finished_at or now)


def file_name(batch_id: int, number: int) -> str:
    """What a file of a batch is called where it is taken to."""
    return f"notices-{batch_id}-{number:03d}.pdf"


CSV_HEAD = (
    "notice", "file", "name", "debt", "about", "instalment", "due_on", "amount", "payment_code", "link", "rf",
    "rf_amount", "rf_valid_until",
)  # fmt: skip


def batch_csv(batch_id: int, *, municipality_id: int, by_user: int, now: datetime) -> Iterator[bytes]:
    """What a print house needs of a finished batch, one row per instalment, file by file. Raises BatchUnknown at once."""
    with tenancy(municipality=municipality_id):
        found = batch_by_id(batch_id)
        if found is None or found.state != BatchState.DONE:
            raise BatchUnknown(batch_id)
        _audit("notices.downloaded", batch_id, by_user, {"file": "csv"}, now)
    return _csv(found, municipality_id)


def _csv(batch: BatchRow, municipality_id: int) -> Iterator[bytes]:
    yield BOM + csv_lines([CSV_HEAD])
    for number in range(1, batch.files + 1):
        with tenancy(municipality=municipality_id):
            contents = batches.prepared_contents(batch.id, *_places(batch, number)) or []
        yield csv_lines([row for content, _ in contents if content for row in _csv_rows(content, number)])


def _csv_rows(content: dict[str, Any], number: int) -> Iterator[list[str]]:
    for debt in content["debts"]:
        for part in debt["instalments"]:
            yield [
                content["reference"],
                str(number),
                safe_text(content["name"]),
                safe_text(debt["title"]),
                safe_text(debt["about"]),
                f"{part['number']}/{part['of']}",
                part["due_on"],
                euro_plain(part["today_cents"]),
                rf_format(debt["code"]),
                f"{settings.OBOLOS_PORTAL_URL}/k/{debt['code']}",
                part["rf"],
                euro_plain(part["rf_cents"]) if part["rf_cents"] else "",
                part["rf_until"] or "",
            ]


def run_batches(*, now: datetime) -> int:
    """Make the notices that wait, of all municipalities; how many files that made. For the worker."""
    made = 0
    for municipality_id in Municipality.objects.order_by("id").values_list("id", flat=True):
        with tenancy(municipality=municipality_id):
            waiting = due_batches()
        for batch in waiting:
            try:
                made += _run(municipality_id, batch, now)
            except Exception:
                # A fault of ours in one batch must not hold up the others; it is tried again and stands in the log.
                log.exception("notices", batch=batch.id)
    return made


def _run(municipality_id: int, batch: BatchRow, now: datetime) -> int:
    """File after file, until the batch is whole, is cancelled, or another worker is at the same file."""
    made = 0
    for number in range(batch.files + 1, batch.files_in_all + 1):
        if not _make_file(municipality_id, batch, number, now):
            return made
        made += 1
    with tenancy(municipality=municipality_id):
        if batches.move_batch(
            batch.id, come_from=[BatchState.WAITING, BatchState.RUNNING], to=BatchState.DONE, now=now
        ):
            _audit("notices.done", batch.id, None, {"files": batch.files_in_all}, now)
    return made


def _make_file(municipality_id: int, batch: BatchRow, number: int, now: datetime) -> bool:
    _prepare(municipality_id, batch, number, now)
    with tenancy(municipality=municipality_id):
        contents = batches.prepared_contents(batch.id, *_places(batch, number))
        sender = sender_of(batch.language)
    if contents is None:
        return False
    said = [(content, cents) for content, cents in contents if content]
    if said:
        views = [view_of_content(content) for content, _ in said]
        # Another process sets the file: meanwhile the notices of the next one are prepared here.
        with ThreadPoolExecutor(1) as press:
            setting = press.submit(render_notices, sender, views, apart=True)
            if number < batch.files_in_all:
                _prepare(municipality_id, batch, number + 1, now)
        _write(_file(municipality_id, batch.id, number), setting.result())
    with tenancy(municipality=municipality_id):
        if batches.note_file(batch.id, number, printed=len(said), cents=sum(cents for _, cents in said)):
            return True
        now_there = batch_by_id(batch.id)
    if now_there is None or now_there.state == BatchState.CANCELLED:
        shutil.rmtree(_folder(municipality_id, batch.id), ignore_errors=True)
    return False


def _prepare(municipality_id: int, batch: BatchRow, number: int, now: datetime) -> None:
    """Prepare whatever notices of a file are not prepared yet."""
    while _prepare_some(municipality_id, batch, *_places(batch, number), now):
        pass


def _prepare_some(municipality_id: int, batch: BatchRow, first: int, last: int, now: datetime) -> int:
    """Prepare the next few notices of a file in one transaction; how many."""
    with tenancy(municipality=municipality_id):
        if not batches.keep_running(batch.id):
            return 0
        due = batches.claim_notices(batch.id, first, last, count=AT_ONCE)
        if due:
            batches.keep_contents(prepare(due, office_of(batch.language, now=now)), now=now)
    return len(due)


def expire_batches(*, now: datetime) -> int:
    """Forget batches whose month is over: files and contents; how many."""
    expired = 0
    for municipality_id in Municipality.objects.order_by("id").values_list("id", flat=True):
        with tenancy(municipality=municipality_id):
            ended = batches_to_expire(before=now - KEPT)
            for batch_id in ended:
                batches.move_batch(batch_id, come_from=[BatchState.DONE], to=BatchState.EXPIRED)
                batches.empty_notices(batch_id)
        for batch_id in ended:
            shutil.rmtree(_folder(municipality_id, batch_id), ignore_errors=True)
        expired += len(ended)
    return expired


def _places(batch: BatchRow, number: int) -> tuple[int, int]:
    """First and last place of a file."""
    return (number - 1) * batch.per_file + 1, min(number * batch.per_file, batch.persons)


def _folder(municipality_id: int, batch_id: int) -> Path:
    return Path(settings.OBOLOS_NOTICES) / str(municipality_id) / str(batch_id)


def _file(municipality_id: int, batch_id: int, number: int) -> Path:
    return _folder(municipality_id, batch_id) / f"{number:03d}.pdf"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; two workers that write the same file write the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)


def _audit(action: str, batch_id: int, by_user: int | None, detail: dict[str, Any], now: datetime) -> None:
    actor = Actor.SYSTEM if by_user is None else Actor.STAFF
    add_audit_entry(
        actor=actor, actor_id=by_user, action=action, subject=f"notice_batch:{batch_id}", detail=detail, now=now
    )
