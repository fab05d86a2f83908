"""Screens that the demo's people seldom meet: from a municipality in which everything has happened once.

Its pages are asked of the product here, in this process, and put before a browser with the running portal's styles.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY, get_user_model
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from playwright.sync_api import Route

from obolos.adapters.banks.contract import BankUnavailable
from obolos.adapters.banks.piraeus import Piraeus
from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts.models import Debt, Instalment, RevenueKind
from obolos.domain.municipalities.models import Municipality
from obolos.domain.notices.actions import pay_codes_for
from obolos.domain.offerings.models import Event
from obolos.domain.people.models import Role
from obolos.flows.guest import FINE, grant
from obolos.flows.import_debts import import_file
from obolos.flows.run_events import call_off
from obolos.flows.slips import make_pad, slip_kinds
from tests.architecture.test_isolation import Visitor as Caller
from tests.architecture.test_isolation import citizen, guest, staff
from tests.journeys.inspection import inspect, put
from tests.journeys.visitor import Visitor
from tests.support.debts_files import row, write
from tests.support.lived_in import LivedIn, live_in
from tests.support.sales import ask_for, buy, make_certificate, make_event
from tests.support.world import bank_says_ready, fine, make_town, rows

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("db_clean")]
NOW = datetime.now(UTC)


@pytest.fixture
def lived(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LivedIn:
    """Ioannina, lived in."""
    bank_says_ready(monkeypatch)
    cache.clear()
    return live_in("9084", "Σπίτης Οικείος", folder=tmp_path)


def look_at(visitor: Visitor, caller: Caller, name: str, path: str, *, status: int = 200, **fields: Any) -> None:
    """Inspect the page of that path as `caller` gets it; with fields: what a form of it answers."""

    def made(language: str) -> tuple[int, str]:
        caller.call("GET", "/help/", {})
        caller._browser.cookies["obolos_language"] = language
        answer = caller.call("POST" if fields else "GET", path, fields)
        if answer.status_code == 302:
            answer = caller.call("GET", answer.headers["Location"], {})
        assert answer.status_code == status, (path, answer.status_code)
        return status, answer.content.decode()  # type: ignore[attr-defined]

    for asset in set(re.findall(r'"(/d/[^"]+\.(?:css|png))"', made("el")[1])):
        answer = caller.call("GET", asset, {})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        visitor.page.context.route(f"**{asset}", answered(body, answer.headers["Content-Type"]))
    put(visitor, path, made)
    inspect(visitor, name)


def answered(body: bytes, kind: str) -> Callable[[Route], None]:
    """A route that gives this."""
    return lambda route: route.fulfill(body=body, content_type=kind)


def ids(lived: LivedIn, sql: str) -> list[Any]:
    """One column of a query."""
    return [value for (value,) in rows(lived.town, sql)]


def test_every_way_an_order_of_a_citizen_ends(visitor: Visitor, lived: LivedIn) -> None:
    payer = citizen("its citizen", lived.person)
    for name in ("waiting", "rival", "other rival", "code paid"):
        look_at(visitor, payer, f"order-{name.replace(' ', '-')}", f"/pay/{lived.orders[name]}/")
    look_at(visitor, payer, "order-begun", f"/pay/{lived.orders['waiting']}/?begun")
    look_at(visitor, payer, "payments-many", "/payments/")
    look_at(visitor, payer, "clearances-some", "/clearances/")
    look_at(visitor, payer, "contact-waiting-long", "/contact/")


def test_a_debt_by_its_code_however_it_stands(
    visitor: Visitor, lived: LivedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    anybody = guest()
    debts = rows(
        lived.town,
        "SELECT d.id, p.code, sum(i.open_cents) FROM debt d JOIN pay_code p ON p.debt_id = d.id JOIN instalment i "
        "ON i.debt_id = d.id WHERE d.id NOT IN (SELECT debt_id FROM preissued_slip) GROUP BY 1, 2 ORDER BY 3, 1",
    )
    paid = next(code for _, code, left in debts if not left)
    caught = fine(6_000, violation_on=athens_date(NOW) - timedelta(days=3), code="9083")
    town = make_town([caught], code="9083", now=NOW)
    kept = rows(town, "SELECT id FROM debt")[0][0]
    with tenancy(municipality=town.id):
        pay_codes_for([kept], now=NOW)
    code = rows(town, "SELECT code FROM pay_code")[0][0]

    def held(name: str, standing: str, **more: Any) -> None:
        path = more.pop("path", f"/k/{code}/")
        look_at(visitor, anybody, f"held-{name}", path, **more)
        assert visitor.page.locator("#held").get_attribute("data-standing") == standing, name

    def no_more(**switches: bool) -> None:
        with tenancy(municipality=town.id):
            RevenueKind.objects.update(**switches)
            Municipality.objects.filter(id=town.id).update(law_version=F("law_version") + 1)

    asked = {"means": "card", "expected_cents": "1", "form_token": "a" * 20, "n": "1"}
    held("paid", "PAID", path=f"/k/{paid}/")
    held("payable", "PAYABLE")
    held("amount-changed", "PAYABLE", status=409, **asked)
    held("part-wrong", "PAYABLE", path=f"/k/{code}/?part=x", status=422)
    asked["expected_cents"] = str(visitor.page.locator("[name=expected_cents]").input_value())
    no_more(rf=False)
    monkeypatch.setattr(Piraeus, "start", down)
    held("bank-down", "PAYABLE", status=503, **asked)
    no_more(guest=False)
    held("debtor-only", "NO_GUEST")
    no_more(online=False)
    held("cash-desk", "NOT_ONLINE")
    with tenancy(municipality=town.id):
        Debt.objects.filter(id=kept).update(withdrawn_at=NOW)
        Instalment.objects.filter(debt_id=kept).update(written_off_cents=6_000)
    held("withdrawn", "WITHDRAWN")


def down(*_given: object) -> None:
    """The bank does not answer."""
    raise BankUnavailable("no answer")


def test_what_a_stranger_is_told_of_any_code(visitor: Visitor, lived: LivedIn) -> None:
    """«Is it genuine?» of each kind, and of each state of a payment."""
    anybody = guest()
    codes = {
        "pay-code": "SELECT code FROM pay_code ORDER BY id LIMIT 1",
        "notice": "SELECT reference FROM notice ORDER BY id LIMIT 1", "slip": "SELECT number FROM preissued_slip LIMIT 1",
        "purchase": "SELECT reference FROM purchase ORDER BY id LIMIT 1", "ticket": "SELECT code FROM ticket LIMIT 1",
        "inquiry": "SELECT reference FROM inquiry",
    }  # fmt: skip
    for name, sql in codes.items():
        look_at(visitor, anybody, f"genuine-of-{name}", f"/genuine/?c={ids(lived, sql)[0]}")
    states = dict(rows(lived.town, "SELECT public_id, reference FROM payment_order"))
    for name in ("declined", "waiting", "rival"):
        look_at(visitor, anybody, f"genuine-order-{name}", f"/genuine/?c={states[lived.orders[name]]}")


def test_looking_too_often_and_too_late(visitor: Visitor, lived: LivedIn) -> None:
    anybody = guest()
    debt = ids(lived, "SELECT id FROM debt ORDER BY id")[0]
    late = grant(lived.town.id, debt, FINE, now=NOW - timedelta(hours=3))
    look_at(visitor, anybody, "find-again", f"/find/{late}/", status=410)
    reference = ids(lived, "SELECT reference FROM payment_order ORDER BY id")[0]
    look_at(visitor, anybody, "find-paper", "/find/", q=reference)
    for _ in range(6):
        anybody.call("POST", "/find/", {"q": "2026-99", "second": "ΑΑΑ-1111"})
    look_at(visitor, anybody, "slowed", "/find/", status=429, q="2026-99", second="ΑΑΑ-1111")


def test_what_becomes_of_a_purchase(visitor: Visitor, lived: LivedIn) -> None:
    anybody, door = guest(), "/d/ioannina/"
    certificate, event = make_certificate(lived.town), make_event(lived.town, now=NOW)
    held, asked = buy(lived.town, event, 2, means="rf", now=NOW), ask_for(lived.town, certificate, means="rf", now=NOW)
    for name, sold in {"held": held, "asked": asked}.items():
        look_at(visitor, anybody, f"sale-{name}", f"/pay/{sold.order}/")
    bought = ids(lived, "SELECT public_id FROM purchase WHERE event_id IS NOT NULL AND settled_at IS NOT NULL")[0]
    look_at(visitor, anybody, "bought", f"{door}bought/{bought}/")
    paid_event = ids(lived, "SELECT event_id FROM purchase WHERE event_id IS NOT NULL AND settled_at IS NOT NULL")[0]
    hour, when = timedelta(hours=1), {}
    when["soon"] = {"sales_from": NOW + hour}
    when["ended"] = {"sales_from": NOW - 3 * hour, "sales_until": NOW - hour}
    for name, times in when.items():
        with tenancy(municipality=lived.town.id):
            Event.objects.filter(id=event.id).update(**times)
        look_at(visitor, anybody, f"event-{name}", f"{door}events/{event.id}/")
        look_at(visitor, anybody, f"events-{name}", f"{door}events/")
    admin = staff(lived, Role.ADMIN)
    look_at(visitor, admin, "office-event-sold", f"/office/events/{paid_event}/")
    call_off(paid_event, municipality_id=lived.town.id, by_user=1, now=NOW)
    look_at(visitor, anybody, "bought-cancelled", f"{door}bought/{bought}/")
    look_at(visitor, anybody, "event-cancelled", f"{door}events/{paid_event}/")
    look_at(visitor, admin, "office-event-cancelled", f"/office/events/{paid_event}/")
    call_off(event.id, municipality_id=lived.town.id, by_user=1, now=NOW)
    look_at(visitor, anybody, "order-event-cancelled", f"/pay/{held.order}/")


def test_a_slip_without_an_amount(visitor: Visitor, lived: LivedIn) -> None:
    kind = slip_kinds(municipality_id=lived.town.id)[0].id
    make_pad(
        municipality_id=lived.town.id, kind_id=kind, label="", count=1, fixed_cents=None, amounts=[], by_user=1, now=NOW
    )  # fmt: skip
    code = ids(
        lived, "SELECT c.code FROM pay_code c JOIN preissued_slip s ON s.debt_id = c.debt_id ORDER BY s.id DESC"
    )[0]
    pad, admin = ids(lived, "SELECT max(id) FROM slip_pad")[0], staff(lived, Role.ADMIN)
    look_at(visitor, admin, "office-pad-void", f"/office/slips/pads/{pad}/void/")
    look_at(visitor, admin, "office-pad-void-refused", f"/office/slips/pads/{pad}/void/", status=422, reason="")
    anybody = guest()
    look_at(visitor, anybody, "slip-plain", f"/slip/{code}/")
    look_at(visitor, anybody, "slip-wrong-amount", f"/slip/{code}/", status=422, amount="x")
    look_at(visitor, anybody, "slip-wrong-day", f"/slip/{code}/", status=422, amount="20", day="2001-01-01")


def test_the_office_with_everything_in_it(visitor: Visitor, lived: LivedIn) -> None:
    admin = staff(lived, Role.ADMIN)
    for name, path in {
        "home-busy": "", "worklist": "worklist/", "export": "export/",
        "import": "import/", "kinds": "kinds/", "certificates-asked": "certificates/", "uptake-busy": "uptake/?period=2026",
        "notices-nothing": "notices/?look=1&min=9999999", "inquiries-answered": "inquiries/?state=closed",
    }.items():  # fmt: skip
        look_at(visitor, admin, f"office-{name}", f"/office/{path}")
    things = {
        "payment": ("payments/{}/", "SELECT id FROM payment WHERE order_id IS NULL"),
        "order-rival": ("orders/{}/", f"SELECT id FROM payment_order WHERE public_id = '{lived.orders['rival']}'"),
        "slip-matched": ("slips/{}/", "SELECT id FROM preissued_slip ORDER BY id LIMIT 1"),
        "slip-asked": ("slips/{}/", "SELECT id FROM preissued_slip ORDER BY id DESC LIMIT 1"),
        "event-edit": ("events/{}/edit/", "SELECT max(id) FROM event"),
        "certificate-edit": ("certificates/{}/", "SELECT max(id) FROM certificate_kind"),
    }
    for name, (path, sql) in things.items():
        look_at(visitor, admin, f"office-{name}", f"/office/{path.format(ids(lived, sql)[0])}")
    order = ids(lived, f"SELECT id FROM payment_order WHERE public_id = '{lived.orders['code']}'")[0]
    look_at(visitor, admin, "office-story-sent", f"/office/orders/{order}/resend/", target="PAYER_EMAIL")
    code = ids(lived, "SELECT code FROM ticket ORDER BY id LIMIT 1")[0]
    look_at(visitor, admin, "office-ticket", f"/office/door/{code}/")


def test_what_the_office_refuses_and_says_so(visitor: Visitor, lived: LivedIn, tmp_path: Path) -> None:
    admin = staff(lived, Role.ADMIN)
    message = ids(lived, "SELECT id FROM inquiry")[0]
    refused: dict[str, tuple[str, dict[str, str]]] = {
        "reminders": ("reminders/", {"send_from": "x", "held_out": "51"}), "inquiry": (f"inquiries/{message}/", {"answer": " "}),
        "slips": ("slips/", {"count": "x"}), "clearance-rule": ("door/clearance/", {"days": "x", "offered": "1"}),
        "entrance": ("entrance/", {"code": "x"}), "certificate-new": ("certificates/new/", {"title_el": ""}),
        "import": ("import/", {"file": ""}), "notices": ("notices/start/", {"min": "x"}),
    }  # fmt: skip
    for name, (path, fields) in refused.items():
        look_at(visitor, admin, f"office-{name}-refused", f"/office/{path}", status=422, **fields)
    look_at(
        visitor, admin, "office-export-refused", "/office/export/?form=csv&from=2026-02-01&to=2026-01-01", status=422
    )
    look_at(visitor, admin, "office-ticket-not-known", f"/office/door/{'A' * 16}/", status=404)
    path = write(
        tmp_path / "refused", [row("9084-9", due_on="soon"), row("9084-9", afm="1", principal="x")], sequence=9
    )
    assert import_file(path, path.name, now=NOW).outcome != "DONE"
    file = ids(lived, "SELECT max(id) FROM debts_file")[0]
    look_at(visitor, admin, "office-file-refused", f"/office/import/{file}/")
    admin.call("POST", f"/office/inquiries/{message}/", {"answer": "Έχετε δίκιο."})
    look_at(visitor, admin, "office-inquiry-answered", f"/office/inquiries/{message}/")


def test_searching_in_vain_and_with_success(visitor: Visitor, lived: LivedIn) -> None:
    clerk = staff(lived, Role.CLERK)
    for name, text in {
        "empty": " ",
        "short": "Σ",
        "digits": "123456780",
        "rf": "RF12",
        "nothing": "Κανένας",
        "many": "Οδηγός",
    }.items():
        look_at(visitor, clerk, f"office-search-{name}", "/office/search/", q=text)


def test_whoever_may_not(visitor: Visitor, lived: LivedIn, admitted: Callable[[str], Caller]) -> None:
    cashier = staff(lived, Role.CASHIER)
    look_at(visitor, cashier, "office-no-role", "/office/kinds/", status=403)
    look_at(visitor, cashier, "office-404", "/office/nowhere/", status=404)
    look_at(visitor, cashier, "office-sign-out", "/office/account/logout/")
    look_at(visitor, admitted("nobody"), "office-no-place", "/office/", status=403)


@pytest.fixture
def admitted() -> Callable[[str], Caller]:
    """Somebody with an account that works for no municipality."""

    def make(name: str) -> Caller:
        user = get_user_model().objects.create_user(name)
        return staff_like(user.pk)

    return make


def staff_like(user: int) -> Caller:
    """Signed in with both factors, whoever it is."""
    nowhere: Any = type("Nowhere", (), {"staff": {"": user}, "town": type("Town", (), {"code": ""})})
    return staff(nowhere, "")


def test_the_way_into_the_office(visitor: Visitor, lived: LivedIn) -> None:
    login = "/office/account/login/"
    stranger = guest()
    look_at(visitor, stranger, "office-login", login)
    look_at(visitor, stranger, "office-login-wrong", login, login="clerk", password="x")
    password = "a-long-password-of-words"
    get_user_model().objects.create_user("newcomer", password=password)
    newcomer = Caller("newcomer", (), lambda browser: with_password(browser, "newcomer", password))
    look_at(visitor, newcomer, "office-set-up", "/office/account/2fa/totp/activate/")


def with_password(browser: Client, account: str, password: str) -> str:
    """In as far as a password leads."""
    browser.post("/office/account/login/", {"login": account, "password": password})
    return SESSION_KEY
