"""What an examination found: one line says what is wrong and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """ERROR: money, secrecy or the service is at risk. WARNING: look at it. OK: examined and right."""

    OK = "OK"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined. `remedy` is empty when nothing is to be done. Neither text ever holds a secret."""

    level: Level
    subject: str
    says: str
    remedy: str = ""


def right(subject: str, says: str) -> Finding:
    """Examined and in order."""
    return Finding(Level.OK, subject, says)


def wrong(subject: str, says: str, remedy: str) -> Finding:
    """Must be put right."""
    return Finding(Level.ERROR, subject, says, remedy)


def doubtful(subject: str, says: str, remedy: str) -> Finding:
    """Should be looked at."""
    return Finding(Level.WARNING, subject, says, remedy)
