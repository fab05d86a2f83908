"""Last of all: whoever closed the tab after paying is found out about by asking the bank, without doing anything."""

from time import monotonic

import pytest

from tests.journeys.people import Citizen
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey

#: The first question after 90 seconds, a tick every 5, and the time the question takes.
KNOWN_WITHIN_SECONDS = 100


def test_a_closed_tab_is_finished_by_asking_the_bank(visitor: Visitor, closed_tab: tuple[Citizen, str, float]) -> None:
    citizen, path, since = closed_tab
    visitor.arrive(citizen)
    visitor.await_phase_at(path, "PAID", seconds=max(5.0, KNOWN_WITHIN_SECONDS - (monotonic() - since)))
    reference = visitor.page.locator(".ob-panel-ok .ob-num").last.inner_text()
    visitor.open("/payments/")
    assert reference in visitor.page.locator("main").inner_text()
    visitor.eventually(lambda: [one for one in visitor.sandbox.get("erp/payments") if reference in str(one)])
