"""A citizen's browser for every journey; a journey fails when the browser refused something because of our own policy."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from launch.stack import Stack
from obolos.base.dates import athens_date
from tests.journeys.people import Crowd
from tests.journeys.visitor import Visitor
from tests.support import browsers


@pytest.fixture(scope="session")
def crowd() -> Crowd:
    """Citizens of the demo, each given to one test only."""
    return Crowd(athens_date(datetime.now(UTC)))


@pytest.fixture
def visitors(stack: Stack, browser: browsers.Browser) -> Iterator[Callable[..., Visitor]]:
    """Browsers of their own for several people, or one with special settings (no JavaScript, a small screen)."""
    opened: list[Any] = []
    made: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        holder = browsers.fresh_context(browser, **options)
        opened.append(holder)
        made.append(Visitor(holder.__enter__().new_page(), stack.addresses))
        return made[-1]

    yield make
    for holder in reversed(opened):
        holder.__exit__(None, None, None)
    assert not [line for one in made for line in one.complaints]


@pytest.fixture
def visitor(visitors: Callable[..., Visitor]) -> Visitor:
    """One citizen in front of one browser."""
    return visitors()
