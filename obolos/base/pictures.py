"""A picture that somebody uploaded, made anew: of a PNG only its pixels go on, and only if it is small and whole.

What is kept is written by us: header, palette, transparency, pixels. Comments, profiles, animation, whatever follows the
end, and everything that is not a PNG stay behind, so that nothing uploaded is ever served as it came.
"""

import struct
import zlib
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 300 * 1024
LEAST_SIDE, MOST_SIDE = 32, 1200
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


class BadPicture(ValueError):
    """Not usable. `reason`: TOO_LARGE (bytes), NOT_PNG, SIZE (too few or too many pixels), INTERLACED or BROKEN."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of our own making, and its size in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    sort: int

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of pixels, with the filter's byte before it."""
        return 1 + (self.width * self.depth * _CHANNELS[self.sort] + 7) // 8


def clean_png(upload: bytes) -> Picture:
    """The uploaded PNG written anew. Raises BadPicture. Memory stays bounded: sizes are known before anything is unpacked."""
    if len(upload) > MOST_BYTES:
        raise BadPicture("TOO_LARGE")
    if not upload.startswith(SIGNATURE):
        raise BadPicture("NOT_PNG")
    chunks = _chunks(upload)
    header = _header(chunks.get(b"IHDR", b""))
    rows = _rows(chunks.get(b"IDAT", b""), header)
    out = [_chunk(b"IHDR", chunks[b"IHDR"])]
    palette, see_through = chunks.get(b"PLTE", b""), chunks.get(b"tRNS", b"")
    if header.sort == 3:
        _check_palette(palette, see_through)
        out.append(_chunk(b"PLTE", palette))
    if see_through and header.sort in {0, 2, 3}:
        if header.sort != 3 and len(see_through) != 2 * _CHANNELS[header.sort]:
            raise BadPicture("BROKEN")
        out.append(_chunk(b"tRNS", see_through))
    out += [_chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b"")]
    return Picture(SIGNATURE + b"".join(out), header.width, header.height)


def _chunks(upload: bytes) -> dict[bytes, bytes]:
    """Content by chunk's name up to IEND; several IDAT are one, of others the first counts. Checks every sum."""
    found: dict[bytes, list[bytes]] = {}
    at = len(SIGNATURE)
    while at + 12 <= len(upload):
        size, name = struct.unpack(">I4s", upload[at : at + 8])
        end = at + 12 + size
        body = upload[at + 8 : end - 4]
        if end > len(upload) or zlib.crc32(name + body) != int.from_bytes(upload[end - 4 : end], "big"):
            break
        if name == b"IEND":
            return {key: b"".join(parts if key == b"IDAT" else parts[:1]) for key, parts in found.items()}
        found.setdefault(name, []).append(body)
        at = end
    raise BadPicture("BROKEN")


def _header(body: bytes) -> _Header:
    if len(body) != 13:
        raise BadPicture("BROKEN")
    width, height, depth, sort, packing, filters, interlaced = struct.unpack(">IIBBBBB", body)
    if depth not in _DEPTHS.get(sort, ()) or packing or filters or interlaced > 1:
        raise BadPicture("BROKEN")
    if not (LEAST_SIDE <= width <= MOST_SIDE and LEAST_SIDE <= height <= MOST_SIDE):
        raise BadPicture("SIZE")
    if interlaced:
        raise BadPicture("INTERLACED")
    return _Header(width, height, depth, sort)


def _rows(packed: bytes, header: _Header) -> bytes:
    """The pixels, unpacked: exactly as many as the header says, each row with a filter that exists."""
    wanted = header.row_bytes * header.height
    unpacker = zlib.decompressobj()
    try:
        rows = unpacker.decompress(packed, wanted + 1)
    except zlib.error as error:
        raise BadPicture("BROKEN") from error
    if len(rows) != wanted or not unpacker.eof or set(rows[:: header.row_bytes]) - set(range(5)):
        raise BadPicture("BROKEN")
    return rows


def _check_palette(palette: bytes, see_through: bytes) -> None:
    if not palette or len(palette) % 3 or len(palette) > 768 or len(see_through) > len(palette) // 3:
        raise BadPicture("BROKEN")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
