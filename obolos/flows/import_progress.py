"""How far an import has read, told from outside its one long transaction, so that a page can show it meanwhile."""

import logging
from threading import Event, Thread
from types import TracebackType
from typing import Self

from django.db import connection

from obolos.base.tenancy import tenancy
from obolos.domain.debts.file_actions import note_progress

log = logging.getLogger("obolos.import_debts")
EVERY_SECONDS = 0.5


class Progress:
    """Writes `read` of `lines` to the file's row twice a second, from a thread with a connection of its own.

    Failing to tell never fails the import. Stop it before the import settles the row: both write to it.
    """

    def __init__(self, *, municipality_id: int, file_id: int, lines: int) -> None:
        self.municipality_id = municipality_id
        self.file_id = file_id
        self.lines = lines
        self.read = 0
        self._told = -1
        self._enough = Event()
        self._thread = Thread(target=self._run, name=f"progress of debts file {file_id}", daemon=True)

    def __enter__(self) -> Self:
        if self.file_id:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Tell the last state and end. May be called twice."""
        self._enough.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._tell()
            while not self._enough.wait(EVERY_SECONDS):
                self._tell()
            self._tell()
        except Exception:  # whatever keeps us from telling must not keep the import from importing
            log.warning("progress of debts file %s could not be told", self.file_id, exc_info=True)
        finally:
            connection.close()

    def _tell(self) -> None:
        read = self.read
        if read != self._told:
            with tenancy(municipality=self.municipality_id):
                note_progress(file_id=self.file_id, progress=read, lines=self.lines)
            self._told = read
