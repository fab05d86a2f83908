"""Which encoding a file is in: UTF-8, windows-1253 or ISO-8859-7, told apart by evidence and never by hope.

The two one-byte encodings give the same Greek letters the same bytes and differ only at A1 A2 A4 A5 AA AE B5 B6 and
80–9F. Capital Ά (A2 in windows-1253, B6 in ISO-8859-7) and € (80, A4) are the tell-tales. Without any differing byte
both read the same. Differing bytes that prove nothing, or that prove both, refuse the file.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from obolos.domain.debts.debts_file.defects import Findings, Reason

UTF8, WINDOWS, ISO = "utf-8", "cp1253", "iso8859-7"
#: As people know them.
LABELS = {UTF8: "UTF-8", WINDOWS: "windows-1253", ISO: "ISO-8859-7"}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

#: How much decoded text is looked at for signs of text that was decoded wrongly before it came to us.
SAMPLE_CHARACTERS = 1_000_000

_DIFFERING = re.compile(rb"[\x80-\x9f\xa1\xa2\xa4\xa5\xaa\xae\xb5\xb6]")
#: Defined in neither: nobody's Greek text.
_IN_NEITHER = re.compile(rb"[\xd2\xff]")
_UNDEFINED_WINDOWS = frozenset(range(0x80, 0xA0)) - frozenset("€‚ƒ„…†‡‰‹‘’“”•–—™›".encode(WINDOWS))
_UPPER = frozenset("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫΈΉΊΌΎΏ".encode(ISO)) | frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = frozenset("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ".encode(ISO)) | frozenset(b"abcdefghijklmnopqrstuvwxyz")
_GREEK = frozenset(byte for byte in _UPPER | _LOWER if byte > 0x7F)

#: UTF-8 read as windows-1253 or windows-1252 and saved again: each Greek letter became Ξ or Ο (Î or Ï) and a sign.
_TWICE_ENCODED = re.compile(
    r"(?:[ΞΟ][€‚ƒ„…†‡‰‹‘’“”•–—™›\u00a0΅Ά£¤¥¦§¨©«¬\u00ad®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ]){3}"
    r"|(?:[ÎÏ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸŽ]){3}"
)


@dataclass(slots=True)
class EncodingEvidence:
    """What the bytes seen so far prove. Feed whole lines, then ask `decide`."""

    utf8: bool = True
    beyond_ascii: bool = False
    utf8_seen: bool = False
    broken_line: int = 0
    neither_line: int = 0
    for_windows: int = 0
    for_iso: int = 0
    unclear_line: int = 0
    first_windows: int = 0
    first_iso: int = 0
    marked: bool = False
    _sample: list[bytes] = field(default_factory=list)
    _sampled: int = 0

    def feed(self, block: bytes, first_line: int) -> None:
        """Weigh a block of whole lines; `first_line` is the number of its first."""
        if block.isascii():
            return
        self.beyond_ascii = True
        if self._sampled < SAMPLE_CHARACTERS:
            self._sample.append(block)
            self._sampled += len(block)
        if self.utf8:
            try:
                block.decode(UTF8)
            except UnicodeDecodeError as error:
                self.utf8 = False
                self.broken_line = first_line + block.count(b"\n", 0, error.start)
            else:
                self.utf8_seen = True
                return
        if not self.utf8_seen and not self.marked:
            self._weigh(block, first_line)

    def _weigh(self, block: bytes, first_line: int) -> None:
        if not self.neither_line and (found := _IN_NEITHER.search(block)):
            self.neither_line = first_line + block.count(b"\n", 0, found.start())
        for found in _DIFFERING.finditer(block):
            at = found.start()
            before = block[at - 1] if at else 0x0A
            after = block[at + 1] if at + 1 < len(block) else 0x0A
            proves = _proves(block[at], before, after)
            if proves == WINDOWS:
                self.for_windows += 1
                self.first_windows = self.first_windows or first_line + block.count(b"\n", 0, at)
            elif proves == ISO:
                self.for_iso += 1
                self.first_iso = self.first_iso or first_line + block.count(b"\n", 0, at)
            elif proves == "" and not self.neither_line:
                self.neither_line = first_line + block.count(b"\n", 0, at)
            elif not self.unclear_line:
                self.unclear_line = first_line + block.count(b"\n", 0, at)

    def decide(self, found: Findings) -> str | None:
        """The one encoding that the bytes allow, or None with a defect that says why there is none."""
        if self.utf8:
            return self._unless_wrong(UTF8, found)
        if self.utf8_seen or self.marked:
            found.add(self.broken_line, "", "UTF-8", Reason.ENCODING_MIXED)
        elif self.neither_line:
            found.add(self.neither_line, "", "", Reason.ENCODING_UNKNOWN)
        elif self.for_windows and self.for_iso:
            both = f"windows-1253: {self.first_windows}, ISO-8859-7: {self.first_iso}"
            found.add(max(self.first_windows, self.first_iso), "", both, Reason.ENCODING_MIXED)
        elif self.unclear_line and not (self.for_windows or self.for_iso):
            found.add(self.unclear_line, "", "", Reason.ENCODING_UNCLEAR)
        else:
            return self._unless_wrong(ISO if self.for_iso else WINDOWS, found)
        return None

    def _unless_wrong(self, encoding: str, found: Findings) -> str | None:
        """Text that decodes well and is still no Greek: it was decoded wrongly by somebody before us."""
        text = b"".join(self._sample).decode(encoding, "replace").removesuffix("\ufffd")
        wrong = _TWICE_ENCODED.search(text)
        if wrong is None and not text.isascii():
            greek, other = _letters(text)
            if other > greek:
                found.add(0, "", LABELS[encoding], Reason.ENCODING_WRONG)
                return None
        if wrong:
            found.add(0, "", text[wrong.start() : wrong.start() + 20], Reason.ENCODING_WRONG)
            return None
        return encoding

    @property
    def indifferent(self) -> bool:
        """One-byte Greek without any differing byte: both encodings read the same text."""
        return not self.utf8 and not (self.for_windows or self.for_iso)


def _proves(byte: int, before: int, after: int) -> str | None:
    """Which encoding a differing byte speaks for, by its neighbours; None when for neither, "" when against both."""
    if byte < 0xA0:
        return "" if byte in _UNDEFINED_WINDOWS else WINDOWS
    if byte in (0xA1, 0xA4, 0xAA, 0xB6):  # ‘ € ͺ Ά against ΅ ¤ (nothing) ¶
        return ISO
    if byte in (0xAE, 0xB5):  # ® µ against (nothing) ΅
        return WINDOWS
    if byte == 0xA2:  # Ά against ’
        if before in _LOWER:
            return ISO
        if before not in _UPPER and after in _GREEK:
            return WINDOWS
    return None


def _letters(text: str) -> tuple[int, int]:
    """Greek letters, and other letters beyond ASCII."""
    greek = other = 0
    for char in set(text):
        if ord(char) < 0x80 or not unicodedata.category(char).startswith("L"):
            continue
        if "\u0370" <= char <= "\u03ff" or "\u1f00" <= char <= "\u1fff" or char == "µ":
            greek += text.count(char)
        else:
            other += text.count(char)
    return greek, other
