"""Staff see which debts files came in, how far one is, and what its report says."""

from dataclasses import dataclass
from typing import Any

from obolos.base.tenancy import tenancy
from obolos.domain.debts.file_queries import FileRow, file_with_report, latest_files

SHOWN = 50


class FileUnknown(Exception):
    """This municipality has no debts file of that id."""


@dataclass(frozen=True, slots=True)
class FileView:
    """A debts file with its report."""

    row: FileRow
    report: dict[str, Any]

    @property
    def percent(self) -> int:
        """How much of it is read, for a bar."""
        return min(100, self.row.progress * 100 // self.row.lines) if self.row.lines else 0


def recent_imports(*, municipality_id: int, count: int = SHOWN) -> tuple[FileRow, ...]:
    """The newest files, newest first."""
    with tenancy(municipality=municipality_id):
        return tuple(latest_files(count))


def read_import(file_id: int, *, municipality_id: int) -> FileView:
    """One file. Raises FileUnknown."""
    with tenancy(municipality=municipality_id):
        found = file_with_report(file_id)
    if found is None:
        raise FileUnknown(file_id)
    return FileView(*found)
