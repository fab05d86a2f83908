"""How many threads of a web process may wait for somebody outside: at most half of them.

A thread that waits for another machine serves nobody. When a bank or a municipality's system is slow, half of the
threads go on serving pages; whoever finds no free place does without the answer, or says "try again".
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class _Places:
    """The places of this process. A forked child has threads of its own, so places of its own."""

    def __init__(self) -> None:
        self._made: threading.BoundedSemaphore | None = None
        self._lock = threading.Lock()

    def semaphore(self) -> threading.BoundedSemaphore:
        with self._lock:
            if self._made is None:
                self._made = threading.BoundedSemaphore(most())
            return self._made

    def start_anew(self) -> None:
        self._made, self._lock = None, threading.Lock()


def most() -> int:
    """How many threads of a process may wait outside at once: half of them, and never none."""
    return max(1, int(settings.OBOLOS_THREADS) // 2)


@contextmanager
def place_outside(*, patience_seconds: float = 0.0) -> Iterator[bool]:
    """Hold one of the places while asking somebody outside; yields whether there was one.

    `patience_seconds`: how long to wait for a place. Without one, do not ask.
    """
    semaphore = _places.semaphore()
    free = semaphore.acquire(timeout=patience_seconds) if patience_seconds else semaphore.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            semaphore.release()


_places = _Places()
os.register_at_fork(after_in_child=_places.start_anew)
