"""How the log is written: plain lines, and of an error where it happened and what it is, never what the code held.

Local variables are names, addresses and codes of people, so no traceback shows them. An error's own words may quote
such a value, so what is quoted, and what looks like an address or a number of a person, is left out of them.
"""

import logging
import re
import sys
import traceback
from types import TracebackType
from typing import Any, TextIO

import structlog

HIDDEN = "…"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»")
_NAME_OF_OURS = re.compile(r"[a-z_][a-z0-9_.]*")
_PERSONAL = re.compile(r"\S+@\S+|\bRF\d{2}\w+|\b\d{9,}\b|\+\d{8,}")
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def told(error: BaseException) -> str:
    """An error with the places it went through, and that of what caused it: file, line, code, kind, safe words."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    places = "".join(traceback.format_tb(error.__traceback__))
    said = f"{told(before)}\n\n" if before is not None else ""
    return f"{said}Traceback (most recent call last):\n{places}{type(error).__name__}: {safe_words(str(error))}"


def safe_words(words: str) -> str:
    """The first line of an error's words without values: PostgreSQL tells those in its further lines."""
    line = words.partition("\n")[0]
    return _PERSONAL.sub(HIDDEN, _QUOTED.sub(_unless_a_name, line))


def _unless_a_name(found: re.Match[str]) -> str:
    quoted = found[0]
    return quoted if _NAME_OF_OURS.fullmatch(quoted[1:-1]) else quoted[0] + HIDDEN + quoted[-1]


class Line(logging.Formatter):
    """A line of the standard library's log, Django's and the queue's, with errors told as ours are."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name of the standard library
        """The traceback."""
        return told(ei[1]) if ei[1] is not None else ""


def write_error(to: TextIO, exc_info: _ExcInfo) -> None:
    """The traceback of an error of ours."""
    if exc_info[1] is not None:
        to.write("\n" + told(exc_info[1]))


def configure_logs() -> None:
    """Set structlog up for the whole process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=write_error),
        ]
    )
