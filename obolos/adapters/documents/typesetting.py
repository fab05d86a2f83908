"""The typesetter: one typst compiler per process over the templates of this package.

Values reach a template as one JSON text in `sys.inputs`; typst never reads them as markup, and its file access ends at
this folder. The template is a file on disk because typst's in-memory source cannot be compiled twice.
"""

import json
import os
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from obolos.base.money import MINUS, NO_BREAK_SPACE

_HERE = Path(__file__).parent
PDF_STANDARDS = ["a-2a", "ua-1"]

# What the shipped subset of Noto Sans draws (fonts/README.md). PDF/A and PDF/UA refuse a page with a missing glyph, and
# a payer's name must never be the reason that somebody has no proof.
_COVERED = (
    (0x0020, 0x007E), (0x00A0, 0x00AC), (0x00AE, 0x024F), (0x02BB, 0x02BC), (0x0300, 0x030F), (0x0323, 0x0331),
    (0x0370, 0x0377), (0x037A, 0x037F), (0x0384, 0x038A), (0x038C, 0x038C), (0x038E, 0x03A1), (0x03A3, 0x03E1),
    (0x03F0, 0x052F), (0x1E00, 0x1F15), (0x1F18, 0x1F1D), (0x1F20, 0x1F45), (0x1F48, 0x1F4D), (0x1F50, 0x1F57),
    (0x1F59, 0x1F59), (0x1F5B, 0x1F5B), (0x1F5D, 0x1F5D), (0x1F5F, 0x1F7D), (0x1F80, 0x1FB4), (0x1FB6, 0x1FC4),
    (0x1FC6, 0x1FD3), (0x1FD6, 0x1FDB), (0x1FDD, 0x1FEF), (0x1FF2, 0x1FF4), (0x1FF6, 0x1FFE), (0x2010, 0x2027),
    (0x2030, 0x203A), (0x2044, 0x2044), (0x20AC, 0x20AC), (0x2116, 0x2116), (0x2122, 0x2122), (0xFFFD, 0xFFFD),
)  # fmt: skip
COVERED = frozenset(chr(point) for first, last in _COVERED for point in range(first, last + 1))
REPLACEMENT = "\ufffd"
EN_DASH = "\u2013"  # drawn like the minus sign, which this font does not have
_NEW_PROCESS_SECONDS = 300
_LONGEST_WORD = 34
_BREAK_HERE = "\u200b"


class NotTypeset(Exception):
    """The typesetter refused the page. A fault of ours: the message holds no personal data, only typst's complaint."""


class Typesetter:
    """Compiles one template of this folder, again and again, from any thread, one page set at a time."""

    def __init__(self, template: str) -> None:
        self.template = _HERE / template
        self._lock = threading.Lock()
        self._compiler: typst.Compiler | None = None

    def pdf(self, name: str, values: Mapping[str, Any], *, apart: bool = False) -> bytes:
        """PDF/A-2a and PDF/UA-1 bytes with `values` under `sys.inputs.{name}`.

        Equal values give equal bytes: the file's date is the one that the template sets, never the clock's.
        `apart`: in a process of its own. typst keeps what it set for ten files more, which is much for long ones.
        """
        inputs = {name: as_json(values)}
        how = {"format": "pdf", "pdf_standards": PDF_STANDARDS}
        if apart or _forked_after_use():
            return _pdf_in_new_process(self.template.name, inputs, how)
        return bytes(self._compile(inputs, how))

    def pictures(self, name: str, values: Mapping[str, Any], *, ppi: float = 96) -> list[bytes]:
        """The same pages as PNG, for people who check how a document looks."""
        pages = self._compile({name: as_json(values)}, {"format": "png", "ppi": ppi})
        return pages if isinstance(pages, list) else [pages]

    def _compile(self, inputs: dict[str, str], how: dict[str, Any]) -> Any:
        with self._lock:
            if self._compiler is None:
                self._compiler = new_compiler(self.template)
            try:
                return self._compiler.compile(sys_inputs=inputs, **how)
            except typst.TypstError as error:
                raise NotTypeset(error.message) from None


def new_compiler(template: Path) -> typst.Compiler:
    """A compiler that sees this folder and the fonts in it, and nothing else of the machine."""
    global _used_in_process  # noqa: PLW0603 — a fact about the process, see _forked_after_use
    _used_in_process = os.getpid()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_HERE / "fonts"])
    return typst.Compiler(template, root=_HERE, font_paths=fonts)


def as_json(values: Mapping[str, Any]) -> str:
    """The one form in which values reach a template."""
    return json.dumps(values, ensure_ascii=False)


_used_in_process = 0


def _forked_after_use() -> bool:
    """Typst keeps a pool of threads. A child forked after its first use inherits the pool without the threads and
    would wait for them for ever."""
    return _used_in_process not in (0, os.getpid())


def _pdf_in_new_process(template: str, inputs: dict[str, str], how: dict[str, Any]) -> bytes:
    request = json.dumps([template, inputs, how], ensure_ascii=False).encode()
    done = subprocess.run(  # noqa: S603 — our own interpreter and module, nothing from outside in the command
        [sys.executable, "-m", __name__],
        input=request,
        capture_output=True,
        timeout=_NEW_PROCESS_SECONDS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        check=False,
    )
    if done.returncode != 0:
        raise NotTypeset(done.stderr.decode(errors="replace").strip()[-500:])
    return done.stdout


def _answer_request() -> None:
    template, inputs, how = json.load(sys.stdin.buffer)
    compiled: Any = new_compiler(_HERE / template).compile(sys_inputs=inputs, **how)
    sys.stdout.buffer.write(compiled)


def printable(text: str) -> str:
    """`text` as the font can show it on paper: composed, on one line, no invisible or direction-changing characters.

    What the font lacks becomes U+FFFD. A word longer than a column gets places where it may break.
    """
    composed = unicodedata.normalize("NFC", text).replace(MINUS, EN_DASH)
    spaced = "".join(" " if c.isspace() and c != NO_BREAK_SPACE else c for c in composed)
    visible = (c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf"))
    shown = "".join(c if c in COVERED else REPLACEMENT for c in visible)
    return " ".join(_breakable(word) for word in shown.split(" ") if word)


def _breakable(word: str) -> str:
    if len(word) <= _LONGEST_WORD:
        return word
    return _BREAK_HERE.join(word[i : i + _LONGEST_WORD] for i in range(0, len(word), _LONGEST_WORD))


if __name__ == "__main__":
    _answer_request()
