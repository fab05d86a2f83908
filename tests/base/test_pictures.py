"""A picture made anew: what is kept of it, and everything that is refused."""

import struct
import tracemalloc
import zlib

import pytest

from obolos.base.pictures import MOST_BYTES, BadPicture, clean_png
from tests.support.pictures import SIGNATURE, chunk, header, png


def names(content: bytes) -> list[bytes]:
    found, at = [], len(SIGNATURE)
    while at < len(content):
        size, name = struct.unpack(">I4s", content[at : at + 8])
        found.append(name)
        at += 12 + size
    return found


def pixels(content: bytes) -> bytes:
    at = content.index(b"IDAT")
    size = int.from_bytes(content[at - 4 : at], "big")
    return zlib.decompress(content[at + 4 : at + 4 + size])


def test_only_the_pixels_go_on() -> None:
    secret = b"Author\x00Somebody"
    upload = png(extra=[chunk(b"tEXt", secret), chunk(b"eXIf", b"II*\x00"), chunk(b"iCCP", b"x")]) + b"<script>"
    made = clean_png(upload)
    assert (made.width, made.height) == (40, 40)
    assert names(made.content) == [b"IHDR", b"IDAT", b"IEND"]
    assert pixels(made.content) == pixels(upload)
    assert b"Somebody" not in made.content
    assert b"<script>" not in made.content


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert clean_png(png()).content == clean_png(clean_png(png()).content).content


def test_pixels_in_several_pieces_are_one_picture() -> None:
    packed = zlib.compress((b"\x00" + b"\x01\x02\x03" * 40) * 40)
    upload = (
        SIGNATURE + header(40, 40) + chunk(b"IDAT", packed[:20]) + chunk(b"IDAT", packed[20:]) + chunk(b"IEND", b"")
    )
    assert names(clean_png(upload).content) == [b"IHDR", b"IDAT", b"IEND"]


def test_palette_and_transparency_stay() -> None:
    rows = (b"\x00" + b"\x01" * 40) * 40
    parts = [header(40, 40, sort=3), chunk(b"PLTE", b"\x00" * 6), chunk(b"tRNS", b"\x00\xff")]
    upload = SIGNATURE + b"".join([*parts, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")])
    assert names(clean_png(upload).content) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]


def spoilt(upload: bytes, at: int) -> bytes:
    return upload[:at] + bytes([upload[at] ^ 1]) + upload[at + 1 :]


def paletted(palette: bytes, see_through: bytes = b"") -> bytes:
    parts = [header(40, 40, sort=3), chunk(b"PLTE", palette)]
    parts += [chunk(b"tRNS", see_through)] if see_through else []
    return SIGNATURE + b"".join(
        [*parts, chunk(b"IDAT", zlib.compress((b"\x00" + b"\x00" * 40) * 40)), chunk(b"IEND", b"")]
    )


BOMB = zlib.compress(b"\x00" * 50_000_000)
BAD = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "NOT_PNG"),
    "html": (b"<!doctype html><script>alert(1)</script>", "NOT_PNG"),
    "jpeg": (b"\xff\xd8\xff\xe0" + b"\x00" * 100, "NOT_PNG"),
    "nothing": (b"", "NOT_PNG"),
    "too heavy": (png() + b"\x00" * MOST_BYTES, "TOO_LARGE"),
    "too small": (png(31, 40), "SIZE"),
    "too wide": (png(1201, 40), "SIZE"),
    "enormous by its word": (
        SIGNATURE + header(2**31 - 1, 2**31 - 1) + chunk(b"IDAT", BOMB) + chunk(b"IEND", b""),
        "SIZE",
    ),
    "no pixels": (png(0, 40), "SIZE"),
    "interlaced": (SIGNATURE + header(40, 40, interlaced=1) + chunk(b"IEND", b""), "INTERLACED"),
    "a bomb": (SIGNATURE + header(40, 40) + chunk(b"IDAT", BOMB) + chunk(b"IEND", b""), "BROKEN"),
    "too few pixels": (png(rows=b"\x00" * 10), "BROKEN"),
    "too many pixels": (png(rows=(b"\x00" + b"abc" * 40) * 41), "BROKEN"),
    "a filter that is none": (png(rows=(b"\x09" + b"abc" * 40) * 40), "BROKEN"),
    "no packed pixels": (SIGNATURE + header(40, 40) + chunk(b"IDAT", b"plain") + chunk(b"IEND", b""), "BROKEN"),
    "pixels without their sum": (
        SIGNATURE
        + header(40, 40)
        + chunk(b"IDAT", zlib.compress((b"\x00" + b"abc" * 40) * 40)[:-4])
        + chunk(b"IEND", b""),
        "BROKEN",
    ),
    "no end": (png()[:-12], "BROKEN"),
    "a wrong sum": (spoilt(png(), 20), "BROKEN"),
    "a chunk longer than the file": (SIGNATURE + struct.pack(">I4s", 2**31, b"IHDR") + b"\x00" * 30, "BROKEN"),
    "no header": (SIGNATURE + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "BROKEN"),
    "a depth that is none": (SIGNATURE + header(40, 40, depth=3) + chunk(b"IEND", b""), "BROKEN"),
    "a sort that is none": (SIGNATURE + header(40, 40, sort=5) + chunk(b"IEND", b""), "BROKEN"),
    "no palette": (paletted(b""), "BROKEN"),
    "half a colour": (paletted(b"\x00" * 5), "BROKEN"),
    "more transparency than colours": (paletted(b"\x00" * 3, b"\x00\x00"), "BROKEN"),
    "odd transparency": (png(extra=[chunk(b"tRNS", b"\x00")]), "BROKEN"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_good_is_refused_with_its_reason(name: str) -> None:
    upload, reason = BAD[name]
    with pytest.raises(BadPicture) as refusal:
        clean_png(upload)
    assert refusal.value.reason == reason


def test_a_bomb_is_not_unpacked() -> None:
    upload, _ = BAD["a bomb"]
    tracemalloc.start()
    with pytest.raises(BadPicture):
        clean_png(upload)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000
