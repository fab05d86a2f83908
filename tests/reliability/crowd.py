"""Many callers who start at the same instant: threads and processes wait at one gate, which opens once for all.

A gate is a folder: each racer says through a pipe that it is there, then blocks on a file lock that the test holds.
So threads of this process and of others start together, nobody sleeps, and a test that dies sets everybody free.
"""

import fcntl
import os
import select
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

#: Nothing here may take longer; on two busy cores it takes a few seconds at most.
PATIENCE_SECONDS = 60


class Gate:
    """The test's side: closed until `let_go(n)` has counted n racers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        os.mkfifo(folder / "here")
        self._lock = (folder / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._here = os.open(folder / "here", os.O_RDWR | os.O_NONBLOCK)

    def let_go(self, racers: int) -> None:
        """Open the gate when so many wait at it; AssertionError when they do not come."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        there = 0
        while there < racers:
            ready, _, _ = select.select([self._here], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"only {there} of {racers} racers came to the gate"
            there += len(os.read(self._here, racers - there))
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def close(self) -> None:
        """Set everybody free."""
        self._lock.close()
        os.close(self._here)


def wait_at(folder: Path) -> None:
    """A racer's side: say that one is there, then wait until the gate opens."""
    here = os.open(folder / "here", os.O_WRONLY)
    os.write(here, b".")
    os.close(here)
    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


@contextmanager
def gate(folder: Path) -> Iterator[Gate]:
    """A closed gate in a new folder."""
    made = Gate(folder)
    try:
        yield made
    finally:
        made.close()


def at_gate(work: Callable[[], Any], folder: Path) -> Any:
    """Wait, work, give the database connection back."""
    try:
        wait_at(folder)
        return work()
    finally:
        connections.close_all()


def answers(futures: Sequence[Future[Any]]) -> list[Any]:
    """What each racer got; the first exception of any of them is raised, and nobody is waited for for ever."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    return [future.result(timeout=max(0.1, deadline - time.monotonic())) for future in futures]


def race(folder: Path, *works: Callable[[], Any]) -> list[Any]:
    """Run all works in threads of this process at the same instant; their answers in the order given."""
    with gate(folder) as closed, ThreadPoolExecutor(len(works)) as threads:
        futures = [threads.submit(at_gate, work, folder) for work in works]
        closed.let_go(len(works))
        return answers(futures)


@contextmanager
def race_threads(racers: int, work: Callable[[], Any], folder: Path) -> Iterator[Callable[[], list[Any]]]:
    """Threads of this process that wait at somebody's gate with the same work; yields a way to their answers."""
    with ThreadPoolExecutor(racers) as threads:
        futures = [threads.submit(at_gate, work, folder) for _ in range(racers)]
        yield lambda: answers(futures)
