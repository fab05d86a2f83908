"""A citizen's browser for every journey; a journey fails when the browser refused something because of our own policy."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from launch.stack import Stack
from obolos.base.dates import athens_date
from obolos.flows.demo_data.shapes import DemoDebt
from tests.journeys.people import Citizen, Crowd, Slip
from tests.journeys.visitor import Visitor
from tests.support import browsers


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is said of all journeys together is asked only when all of them run."""
    chosen = {item.path for item in items}
    whole = set(Path(__file__).parent.glob("test_*.py")) <= chosen and not config.option.keyword
    left_out = [item for item in items if item.path.name == "test_zz_every_screen.py" and not whole]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def crowd() -> Crowd:
    """Citizens of the demo, each given to one test only."""
    return Crowd(athens_date(datetime.now(UTC)))


@pytest.fixture
def slips(stack: Stack, crowd: Crowd) -> Callable[[], Slip]:
    """Tickets of the demo, each given to one test only."""
    codes = json.loads((Path(stack.variables["OBOLOS_VAR"]) / "demo.json").read_text())["pay_codes"]

    def ticket_of(citizen: Citizen) -> DemoDebt | None:
        found = [one for one in citizen.debts if one.ticket_no in codes and one.kind == "UNCERTIFIED"]
        return found[0] if found else None

    def give() -> Slip:
        debt = ticket_of(crowd.take(lambda one: ticket_of(one) is not None))
        assert debt is not None
        return Slip(debt.ticket_no, debt.plate, f"/k/{codes[debt.ticket_no]}")

    return give


@pytest.fixture(scope="session", autouse=True)
def closed_tab(_stack: Stack, browser: browsers.Browser, crowd: Crowd) -> tuple[Citizen, str, float]:
    """Somebody paid and closed the tab before the first journey: the bank is asked only 90 seconds later, while the other
    journeys go on. Gives the person, the order's path and when that was (monotonic seconds)."""
    citizen = crowd.of_one_town()
    with browsers.fresh_context(browser) as context:
        visitor = Visitor(context.new_page(), _stack.addresses)
        visitor.arrive(citizen)
        visitor.choose_first()
        orders: list[str] = []
        visitor.page.on(
            "request", lambda request: orders.append(request.url) if request.url.endswith("/bank/") else None
        )
        visitor.to_the_bank()
        visitor.page.click("button[name=outcome][value=paid_closed_tab]")
        visitor.page.wait_for_load_state()
    return citizen, orders[0].removeprefix(visitor.portal).removesuffix("bank/"), monotonic()


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
