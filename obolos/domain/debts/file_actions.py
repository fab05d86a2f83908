"""Debts files as rows: entered, making progress, settled. The rows of debts they bring are `intake`'s."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.models import DebtsFile, DebtsFileState, RevenueKind


@dataclass(frozen=True, slots=True)
class LastFile:
    """The last file that was imported."""

    sequence: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """An upload that waits for the worker."""

    id: int
    name: str
    path: Path
    confirm_closing: bool
    by_user: int | None
    report: Mapping[str, Any]


def enter_file(
    *,
    name: str,
    now: datetime,
    by_user: int | None = None,
    stored_as: str = "",
    confirm_closing: bool = False,
) -> int:
    """A file arrived and is about to be read."""
    row = DebtsFile.objects.create(
        municipality_id=current_municipality(),
        name=name[:120],
        sha256="",
        received_at=now,
        by_user=by_user,
        stored_as=stored_as,
        confirm_closing=confirm_closing,
    )
    return row.id


def note_progress(*, file_id: int, progress: int, lines: int) -> None:
    """How many lines of how many are read."""
    DebtsFile.objects.filter(id=file_id).update(progress=progress, lines=lines)


def settle_file(
    *,
    file_id: int,
    state: DebtsFileState,
    report: Mapping[str, Any],
    now: datetime,
    sha256: str = "",
    mode: str = "",
    scope: str = "",
    sequence: int | None = None,
    made_at: datetime | None = None,
    rows: int = 0,
    principal_cents: int = 0,
) -> None:
    """What became of a file. DONE uses up its sequence number: IntegrityError when that is taken."""
    DebtsFile.objects.filter(id=file_id).update(
        state=state,
        report=dict(report),
        finished_at=now,
        sha256=sha256,
        mode=mode,
        scope=scope,
        sequence=sequence,
        made_at=made_at,
        rows=rows,
        principal_cents=principal_cents,
    )


def ask_again(*, file_id: int, by_user: int | None, now: datetime) -> bool:
    """Somebody confirmed the closing that a file asked about: it waits again. False when it did not ask."""
    return bool(
        DebtsFile.objects.filter(id=file_id, state=DebtsFileState.ASKING)
        .exclude(stored_as="")
        .update(state=DebtsFileState.CHECKING, confirm_closing=True, by_user=by_user, finished_at=None, received_at=now)
    )


def note_tries(*, file_id: int, report: Mapping[str, Any]) -> None:
    """A try failed through a fault of ours; the file goes on waiting."""
    DebtsFile.objects.filter(id=file_id, state=DebtsFileState.CHECKING).update(report=dict(report))


def forget_upload(*, file_id: int) -> None:
    """The stored copy of an upload is gone."""
    DebtsFile.objects.filter(id=file_id).update(stored_as="")


def last_file() -> LastFile | None:
    """The last imported file of the municipality, None before the first."""
    row = DebtsFile.objects.filter(municipality_id=current_municipality(), state=DebtsFileState.DONE)
    found = row.order_by("-sequence").values_list("sequence", "made_at").first()
    if found is None or found[0] is None or found[1] is None:
        return None
    return LastFile(found[0], found[1])


def hash_of_sequence(sequence: int) -> str | None:
    """What the imported file of that number hashed to; None when no such file was imported."""
    return (
        DebtsFile.objects.filter(municipality_id=current_municipality(), state=DebtsFileState.DONE, sequence=sequence)
        .values_list("sha256", flat=True)
        .first()
    )


def waiting_files(folder: Path) -> list[WaitingFile]:
    """Uploads of the municipality that nobody has settled, oldest first."""
    rows = DebtsFile.objects.filter(municipality_id=current_municipality(), state=DebtsFileState.CHECKING)
    return [
        WaitingFile(row.id, row.name, folder / row.stored_as, row.confirm_closing, row.by_user, row.report)
        for row in rows.exclude(stored_as="").order_by("id")
    ]


def still_waiting(file_id: int) -> bool:
    """Whether a file has not been settled meanwhile."""
    return DebtsFile.objects.filter(id=file_id, state=DebtsFileState.CHECKING).exists()


def known_codes() -> frozenset[str]:
    """Revenue codes of the municipality."""
    return frozenset(RevenueKind.objects.filter(municipality_id=current_municipality()).values_list("code", flat=True))
