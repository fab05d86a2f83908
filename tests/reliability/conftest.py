"""Processes that may be killed, gates for crowds, and a wide pool of connections."""

import itertools
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from launch import environment, places
from tests.reliability.crowd import PATIENCE_SECONDS
from tests.support import databases

#: `make prove-hard` sets it: the long form.
HARD = bool(os.environ.get("OBOLOS_PROVE_HARD"))


@dataclass(frozen=True)
class End:
    """How a victim ended: the signal that killed it (0 = it lived), what it had answered by then, its error."""

    signal: int
    answers: list[Any]
    events: list[str]
    error: str


class Nursery:
    """A loaded process that forks victims; see `victim.py`."""

    def __init__(self) -> None:
        variables = databases.variables(databases.DATABASE) | {"OBOLOS_THREADS": "16", "OBOLOS_LOG_LEVEL": "CRITICAL"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.victim"],
            cwd=places.ROOT, env=environment.with_machine(variables), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._read()

    def begin(
        self,
        story: str,
        messages: Sequence[dict[str, Any]],
        *,
        outside: Path,
        now: datetime,
        kill: dict[str, Any] | None = None,
        racers: int = 0,
        gate: Path | None = None,
        tell_events: bool = False,
    ) -> None:
        """Start a victim on its story; ask `end` for how it went."""
        request = {
            "story": story, "messages": list(messages), "outside": str(outside), "now": now.isoformat(), "kill": kill,
            "racers": racers, "gate": str(gate) if gate else "", "tell_events": tell_events,
        }  # fmt: skip
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()

    def end(self) -> End:
        """Wait for the victim's end; AssertionError when it failed by itself."""
        said = json.loads(self._read())
        assert not said["error"], said["error"]
        return End(**said)

    def run(self, story: str, messages: Sequence[dict[str, Any]], **how: Any) -> End:
        """`begin` and `end`."""
        self.begin(story, messages, **how)
        return self.end()

    def stop(self) -> None:
        """End the process; whoever it raised is dead by then."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> str:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE_SECONDS + 30)
        assert ready, "the nursery does not answer"
        line = self._process.stdout.readline().decode()
        assert line, f"the nursery ended with {self._process.wait(10)}"
        return line


@pytest.fixture(scope="session")
def nurseries(django_db_setup: None) -> Iterator[tuple[Nursery, Nursery]]:
    """Two processes that raise victims against this test process's database."""
    with ExitStack() as stack:
        made = []
        for _ in range(2):
            made.append(Nursery())
            stack.callback(made[-1].stop)
        yield made[0], made[1]


@pytest.fixture
def nursery(nurseries: tuple[Nursery, Nursery]) -> Nursery:
    """One of them."""
    return nurseries[0]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """The file in which the outside world remembers what victims told it."""
    path = tmp_path / "outside.jsonl"
    path.touch()
    return path


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[Path]:
    """New folders for gates: `next(gates)`."""
    return (tmp_path / f"gate-{number}" for number in itertools.count(1))


@pytest.fixture
def wide_pool(db_clean: None) -> Iterator[None]:
    """As many connections as a crowd of sixteen wants at once."""
    from django.db import connection

    pool = connection.pool
    pool.resize(1, 18)
    yield
    pool.resize(1, 5)


def told(outside: Path, what: str) -> list[dict[str, Any]]:
    """What the outside world was told, of one kind, in order."""
    return [one for one in map(json.loads, outside.read_text().splitlines()) if one["what"] == what]
