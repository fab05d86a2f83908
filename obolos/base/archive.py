"""Many files as one ZIP archive, piece by piece: neither the archive nor a whole file of it is ever in memory."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from obolos.base.dates import ATHENS

#: Read and handed on at once.
PIECE_BYTES = 256 * 1024


class _Pieces(io.RawIOBase):
    """What an archive wrote since it was last taken. It cannot be sought, so the archive never goes back."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        piece = memoryview(content)  # type: ignore[arg-type]
        self._written += piece
        return piece.nbytes

    def take(self) -> bytes:
        """All since the last time."""
        taken = bytes(self._written)
        self._written.clear()
        return taken


def zipped(files: Sequence[tuple[str, Path]], *, made_at: datetime) -> Iterator[bytes]:
    """An archive of (name, path), in their order, each dated `made_at`. A file that is gone meanwhile raises OSError.

    Nothing is compressed, because PDF is: the deflate method without compression, which also readers of streams take.
    """
    pieces = _Pieces()
    moment = made_at.astimezone(ATHENS).timetuple()[:6]
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files:
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            # An entry with a moment of its own has no other way to be told how hard to compress.
            entry._compresslevel = 0  # type: ignore[attr-defined]  # noqa: SLF001
            with path.open("rb") as source, archive.open(entry, "w") as target:
                while piece := source.read(PIECE_BYTES):
                    target.write(piece)
                    yield pieces.take()
            yield pieces.take()
    yield pieces.take()
