"""States of pages that turn on one word, each rendered with that word and inspected like any other screen."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from obolos.interfaces.portal.outcomes import CATALOGUE
from tests.journeys.inspection import inspect, show
from tests.journeys.test_screens import IOANNINA, UNPAID
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey

WRONG = {"errors": True, "secret": "JBSWY3DPEHPK3PXP"}
HITS = [SimpleNamespace(town=IOANNINA, path="/k/1"), SimpleNamespace(town=IOANNINA, path="/k/2")]
#: The office's frame asks who is signed in.
NOBODY = SimpleNamespace(staff=None, path="/office/", GET={})
FAILED = replace(UNPAID, state="FAILED", phase="FAILED", means="CARD", rf="", reason="DECLINED", not_charged=True)
DOWN = {
    "order": FAILED,
    "outcome": CATALOGUE["DECLINED"],
    "refusal": CATALOGUE["BANK_DOWN"],
    "mine": True,
    "again_query": "d=17",
}
MADE_UP: dict[str, tuple[str, dict[str, Any]]] = {
    "office-locked": ("account/locked.html", {}),
    "office-code": ("mfa/authenticate.html", {}),
    "office-code-wrong": ("mfa/authenticate.html", {"form": WRONG}),
    "office-set-up-wrong": ("mfa/totp/activate_form.html", {"form": WRONG}),
    "office-notice-nothing": ("office/notice_nothing.html", {"debtor_id": 1}),
    "office-import-large": ("office/import.html", {"error": "TOO_LARGE"}),
    "office-error": ("portal/error.html", {"status": 500, "office": True}),
    "error-400": ("portal/error.html", {"status": 400}),
    "error-403-closed": ("portal/error.html", {"status": 403}),
    "error-429": ("portal/error.html", {"status": 429}),
    "order-bank-down": ("portal/order.html", DOWN),
    "find-where": ("portal/find_where.html", {"frame": "portal/base.html", "hits": HITS}),
}


@pytest.mark.parametrize("name", MADE_UP)
def test_a_state_that_few_meet(visitor: Visitor, name: str) -> None:
    template, values = MADE_UP[name]
    show(visitor, template, {"request": NOBODY} | values)
    inspect(visitor, name)
