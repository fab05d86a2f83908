"""PNG files for tests, put together chunk by chunk, so that each can be wrong in exactly one way."""

import struct
import zlib
from collections.abc import Sequence

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk with its right sum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width: int, height: int, *, depth: int = 8, sort: int = 2, interlaced: int = 0) -> bytes:
    """IHDR."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, sort, 0, 0, interlaced))


def png(
    width: int = 40,
    height: int = 40,
    *,
    colour: bytes = b"\x7a\x1f\x2b",
    extra: Sequence[bytes] = (),
    rows: bytes | None = None,
) -> bytes:
    """A picture of one colour (RGB), with chunks of one's choice before its pixels."""
    pixels = (b"\x00" + colour * width) * height if rows is None else rows
    parts = [header(width, height), *extra, chunk(b"IDAT", zlib.compress(pixels)), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)
