"""An archive of many files is handed on piece by piece, readable by anybody and never whole in memory."""

import io
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from obolos.base.archive import PIECE_BYTES, zipped

MADE = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_what_went_in_comes_out_with_the_moment_in_athens(tmp_path: Path) -> None:
    contents = {"a.pdf": b"%PDF one", "b.pdf": b"x" * (2 * PIECE_BYTES + 1), "c.pdf": b""}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    whole = b"".join(zipped([(name, tmp_path / name) for name in contents], made_at=MADE))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 22, 12, 0, 0)}


def test_memory_stays_small_for_ten_thousand_notices(tmp_path: Path) -> None:
    """Fifty files of four megabytes, which take no place on the disk."""
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(4 * 1024 * 1024)
    tracemalloc.start()
    handed_on = sum(len(piece) for piece in zipped([(f"{n}.pdf", path) for n in range(50)], made_at=MADE))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert handed_on > 50 * 4 * 1024 * 1024
    assert peak < 4 * 1024 * 1024


def test_a_file_that_is_gone_is_no_shorter_archive(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        b"".join(zipped([("a.pdf", tmp_path / "gone.pdf")], made_at=MADE))
