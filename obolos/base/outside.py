"""How many threads of a web process may wait for somebody outside: never all of them, and for one party at most half.

A thread that waits for another machine serves nobody. When a bank, the identity provider, a mail server or the
financial systems hang, the other threads go on serving pages. Whoever can do without an answer does; whoever cannot
waits in line while the party answers as it should, and is told at once that it does not answer while it hangs.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

#: The parties. Banks go by their own short names: two banks do not hang together.
ERP, TAXISNET, MAIL, SMS = "ERP", "TAXISNET", "MAIL", "SMS"
#: A question that is older than this hangs: those who come after it do not stand in line.
HANGS_SECONDS = 2.0


class _Places:
    """The places of this process: who waits for whom since when. A forked child has threads, so places, of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._since: dict[str, dict[int, float]] = {}
        self._hung: set[str] = set()
        self._last = 0

    def take(self, party: str, *, wait: bool) -> int:
        """A place's number, 0 for none."""
        until = time.monotonic() + HANGS_SECONDS if wait else 0.0
        with self._changed:
            while not self._free(party):
                left = min(until, self._hangs_from(party)) - time.monotonic()
                if left <= 0:
                    return 0
                self._changed.wait(left)
            self._last += 1
            self._since.setdefault(party, {})[self._last] = time.monotonic()
            return self._last

    def give_back(self, party: str, place: int) -> None:
        """What the last question took says whether the party hangs."""
        with self._changed:
            took = time.monotonic() - self._since[party].pop(place)
            (self._hung.add if took > HANGS_SECONDS else self._hung.discard)(party)
            self._changed.notify_all()

    def _free(self, party: str) -> bool:
        return len(self._since.get(party, {})) < most() and sum(map(len, self._since.values())) < most_in_all()

    def _hangs_from(self, party: str) -> float:
        """When standing in line for a party becomes, or became, vain (monotonic seconds)."""
        if party in self._hung:
            return 0.0
        return min(self._since.get(party, {}).values(), default=time.monotonic()) + HANGS_SECONDS


def most() -> int:
    """How many threads of a process may wait for one party at once: half of them, and never none."""
    return max(1, int(settings.OBOLOS_THREADS) // 2)


def most_in_all() -> int:
    """How many may wait for anybody outside: all but one, and never none."""
    return max(1, int(settings.OBOLOS_THREADS) - 1)


@contextmanager
def place_outside(party: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold one of the places while asking a party outside; yields whether there was one. Without one, do not ask.

    `wait`: stand in line while those in the way are answered as they should be.
    """
    places = _places
    place = places.take(party, wait=wait)
    try:
        yield bool(place)
    finally:
        if place:
            places.give_back(party, place)


def _start_anew() -> None:
    global _places  # noqa: PLW0603 — a forked child's threads are its own
    _places = _Places()


_places = _Places()
os.register_at_fork(after_in_child=_start_anew)
