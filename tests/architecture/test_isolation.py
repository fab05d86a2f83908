"""Every URL, called by everybody who has no business there, with the ids of somebody else's things.

The URLs come from the resolver, so a new page is walked by itself. Two municipalities live their own lives; then
guests, citizens and every role of the one walk through all pages with the ids of the other. Nothing of the other may
be shown, nothing of it may change, and nothing may break. The same walk by those it belongs to shows it, so the
silence means something.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import SESSION_KEY, get_user_model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client

from obolos.domain.people.models import Role
from obolos.flows.guest import FINE, grant
from tests.architecture.test_catalogue import tenant_tables
from tests.architecture.urls import Url, every_url
from tests.support.lived_in import LivedIn, live_in
from tests.support.world import ELENI, bank_says_ready, rows

pytestmark = pytest.mark.usefixtures("db_clean")

#: Argument of a URL → the query for the ids of one municipality's things.
THINGS = {
    "public_id": "SELECT public_id FROM payment_order ORDER BY id",
    "order_id": "SELECT id FROM payment_order ORDER BY id",
    "payment_id": "SELECT id FROM payment ORDER BY id",
    "person_id": "SELECT person_id FROM debtor WHERE afm NOT IN ('038836853', '123456783')",
    "debtor_id": "SELECT id FROM debtor WHERE afm NOT IN ('038836853', '123456783')",
    "file_id": "SELECT id FROM debts_file ORDER BY id",
    "kind_id": "SELECT id FROM revenue_kind ORDER BY id",
    "debt_id": "SELECT id FROM debt ORDER BY id",
    "instalment_id": "SELECT id FROM instalment ORDER BY id",
    "delivery_id": "SELECT id FROM delivery ORDER BY id",
    "batch_id": "SELECT id FROM notice_batch ORDER BY id",
    "notice_id": "SELECT id FROM notice ORDER BY id",
    "number": "SELECT 1",
    "pad_id": "SELECT id FROM slip_pad ORDER BY id",
    "slip_id": "SELECT id FROM preissued_slip ORDER BY id",
    "message_id": "SELECT id FROM message ORDER BY id",
    "clearance": "SELECT code FROM clearance ORDER BY id",
    "slug": "SELECT m.slug FROM municipality m JOIN branding b ON b.municipality_id = m.id",
    # Codes and grants that nobody was given; what the right ones show is asked below.
    "code": "SELECT translate(code, '0123456789ABCDEFGHJKMNPQRSTVWXYZ', '123456789ABCDEFGHJKMNPQRSTVWXYZ0') FROM pay_code",
    "grant": "SELECT 'v1.00000000.' || md5(id::text) || md5(code) FROM pay_code ORDER BY id",
    "inquiry_id": "SELECT id FROM inquiry ORDER BY id",
    "event_id": "SELECT id FROM event ORDER BY id",
    "certificate_id": "SELECT id FROM certificate_kind ORDER BY id",
    "purchase_id": "SELECT public_id FROM purchase ORDER BY id",
    "purchase_row": "SELECT id FROM purchase ORDER BY id",
    "ticket_code": "SELECT code FROM ticket ORDER BY id",
    "digest": "SELECT left(emblem_digest, 32) FROM branding WHERE state = 'PUBLISHED'",
    "named": "SELECT replace(head || '-' || accent, '#', '') FROM branding WHERE state = 'PUBLISHED'",
}
#: Each thing is tried by this many of its ids.
TRIED = 3
#: Addresses that are no plain route: allauth's, not in use.
ODD = {
    "account_confirm_email": "office/account/confirm-email/x/",
    "account_reset_password_from_key": "office/account/password/reset/key/1-x/",
}
#: The outside world is not there in this test; pages say so.
NOT_NOW = 503


@dataclass(frozen=True)
class Visitor:
    """Somebody who calls pages: what he is, and how he signs in; a page that signs him out does not end his walk."""

    name: str
    #: The access rules whose pages are his own to see.
    rules: tuple[str, ...]
    sign_in: Callable[[Client], str]
    role: str = ""
    _browser: Client = field(
        default_factory=lambda: Client(raise_request_exception=False, headers={"accept-language": "el"})
    )

    def may_enter(self, url: Url) -> bool:
        """Whether the page's rule lets him in at all."""
        sort, _, roles = url.rule.partition(":")
        return sort in self.rules and (not roles or self.role in roles.split(","))

    def call(self, method: str, address: str, words: dict[str, Any]) -> HttpResponseBase:
        """Call a page, signed in."""
        key = self.sign_in(self._browser) if not self._browser.cookies else "kept"
        if key != "kept":
            self._browser.cookies["signed_in_by"] = key
        elif (key := self._browser.cookies["signed_in_by"].value) and key not in self._browser.session:
            self._browser.cookies.clear()
            self._browser.cookies["signed_in_by"] = self.sign_in(self._browser)
        way: Any = self._browser.get if method == "GET" else self._browser.post
        response: HttpResponseBase = way(address, words)
        return response


ANYBODY = ("public", "order-holder", "code-holder", "callback")


def guest() -> Visitor:
    """Nobody in particular."""
    return Visitor("guest", ANYBODY, lambda _: "")


def citizen(name: str, person: int) -> Visitor:
    """A citizen, as the identity provider's answer leaves him signed in."""

    def sign_in(browser: Client) -> str:
        session = browser.session
        session["person_id"], session["name"], session["visit"] = person, name, "v" * 32
        session.save()
        return "person_id"

    return Visitor(name, (*ANYBODY, "citizen"), sign_in)


def staff(lived: LivedIn, role: str) -> Visitor:
    """A member of staff, signed in with both factors."""
    user = get_user_model().objects.get(pk=lived.staff[role])

    def sign_in(browser: Client) -> str:
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        request = HttpRequest()
        request.session = browser.session
        record_authentication(request, user, method="password")
        record_authentication(request, user, method="mfa", type="totp")
        request.session.save()
        return SESSION_KEY

    return Visitor(f"{role} of {lived.town.code}", (*ANYBODY, "staff"), sign_in, role)


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[LivedIn, LivedIn]:
    """Home and abroad."""
    bank_says_ready(monkeypatch)
    home = live_in("9084", "Σπίτης Οικείος", folder=tmp_path)
    return home, live_in("9083", "Κρυφού Άγνωστη", folder=tmp_path)


def addresses(url: Url, lived: LivedIn) -> list[str]:
    """A URL with the ids of one municipality's things in the place of its arguments."""
    if url.arguments is None:
        return [f"/{ODD[url.name]}"]
    choices = []
    for argument in url.arguments:
        assert argument in THINGS, f"{url.route}: teach this walk what a {argument} is"
        ids = [str(one) for (one,) in rows(lived.town, THINGS[argument])]
        assert ids, f"nothing happened that makes a {argument}"
        choices.append([(argument, one) for one in ids[:TRIED]])
    found = []
    for picked in product(*choices):
        route = url.route
        for argument, one in picked:
            route = re.sub(rf"<(\w+:)?{argument}>", one, route)
        assert "<" not in route, route
        found.append(f"/{route}")
    return found


def words_for(lived: LivedIn) -> dict[str, str]:
    """Fields of any form, naming somebody else's things."""
    instalment = rows(lived.town, "SELECT id FROM instalment WHERE open_cents > 0 ORDER BY id LIMIT 1")[0][0]
    return {
        "d": str(instalment), "expected_cents": "5000", "form_token": "x" * 20, "means": "rf", "channel": "email",
        "address": "guest@citizens.example", "code": "123456", "next": "/", "language": "el", "year": "2026",
        "online": "on", "card": "on", "rf": "on", "guest": "on", "partial": "on", "target": "PAYER_EMAIL", "what": "PROOF",
        "confirm": "1", "format": "csv", "from": "2026-01-01", "to": "2026-12-31", "kind": "UNAPPLIED",
        "c": rows(lived.town, "SELECT code FROM rf_code ORDER BY id LIMIT 1")[0][0], "at": "ioannina", "ref": "2026-1",
        "MerchantReference": rows(lived.town, "SELECT reference FROM payment_attempt ORDER BY id LIMIT 1")[0][0],
    }  # fmt: skip


def shown(response: HttpResponseBase) -> str:
    """All that a response says: head and body, a spreadsheet unpacked."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            body = b"".join(file.read(name) for name in file.namelist())
    return f"{dict(response.headers)}\n{body.decode(errors='replace')}"


def calls(lived: LivedIn) -> Iterator[tuple[Url, str, str, dict[str, str]]]:
    """Every URL, each way of calling it: method, address, words sent."""
    words = words_for(lived)
    for url in every_url():
        for address in addresses(url, lived):
            yield url, "GET", address, {}
            yield url, "GET", address, words
            yield url, "POST", address, words


def fingerprint(owner: psycopg.Connection[Any], lived: LivedIn) -> dict[str, str]:
    """A digest of all rows of a municipality and of its debtor, table by table."""
    owner.rollback()
    owner.execute("SET ROLE obolos_audit")
    found = {}
    for table in sorted(tenant_tables()):
        row = owner.execute(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM {table} t WHERE municipality_id = %s",
            [lived.town.id],
        ).fetchone()
        found[table] = row[0] if row else ""
    for table, column in (("person", "id"), ("contact_code", "person_id")):
        row = owner.execute(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM {table} t WHERE {column} = %s",
            [lived.person],
        ).fetchone()
        found[table] = row[0] if row else ""
    owner.execute("RESET ROLE")
    owner.rollback()
    return found


def strangers(home: LivedIn) -> list[Visitor]:
    """Everybody who has no business abroad."""
    citizens = [
        citizen("the citizen of home", home.person),
        citizen("a citizen who owes nothing", home.town.people[ELENI]),
    ]
    return [guest(), *citizens, *(staff(home, role) for role in Role)]


def faults(visitor: Visitor, lived: LivedIn) -> list[str]:
    """Whatever is wrong when a stranger walks through all pages with the ids of a municipality that is not his."""
    found = []
    for url, method, address, words in calls(lived):
        response = visitor.call(method, address, words)
        where = f"{visitor.name}: {method} {address}{'?…' if words else ''} → {response.status_code}"
        if response.status_code >= 500 and response.status_code != NOT_NOW:
            found.append(f"{where}: broken")
            continue
        if not visitor.may_enter(url) and response.status_code < 300:
            found.append(f"{where}: let in")
        if url.arguments and url.rule.startswith(("citizen", "staff")) and response.status_code < 400:
            away = response.headers.get("Location", "").startswith(("/sign-in/", "/office/account/"))
            if not away:
                found.append(f"{where}: something was found under a foreign id")
        text = shown(response)
        told = [
            secret for secret in lived.secrets if secret in text and secret not in known(address, words, url, lived)
        ]
        if told:
            found.append(f"{where}: tells {told}")
    return found


def known(address: str, words: dict[str, str], url: Url, lived: LivedIn) -> str:
    """What the caller said himself, or may know: he holds an order's unguessable address, or its signed reference."""
    said = f"{address} {' '.join(words.values())}"
    if url.rule == "order-holder" and "purchase_id" in (url.arguments or ()):
        said += _of_order(lived, "b.public_id = %s", address.split("/")[4])
    elif url.rule == "order-holder":
        said += _of_order(lived, "o.public_id = %s", address.split("/")[2])
    if url.rule == "callback" and words:
        said += _of_order(lived, "a.reference = %s", words["MerchantReference"])
    return said


def _of_order(lived: LivedIn, condition: str, value: str) -> str:
    found = rows(
        lived.town,
        "SELECT o.public_id, o.reference, o.payer_name, r.code, a.reference, "
        "string_agg(concat_ws(' ', d.description, d.ticket_no, d.plate, b.public_id), ' ') "
        "FROM payment_order o LEFT JOIN rf_code r ON r.order_id = o.id LEFT JOIN payment_attempt a ON a.order_id = o.id "
        "JOIN order_line l ON l.order_id = o.id JOIN instalment i ON i.id = l.instalment_id "
        f"JOIN debt d ON d.id = i.debt_id LEFT JOIN purchase b ON b.debt_id = d.id WHERE {condition} GROUP BY 1, 2, 3, 4, 5",
        value,
    )
    assert found
    return " ".join(str(value) for row in found for value in row)


def test_nobody_sees_or_changes_or_breaks_what_is_not_his(
    worlds: tuple[LivedIn, LivedIn], as_owner: psycopg.Connection[Any]
) -> None:
    home, abroad = worlds
    before = fingerprint(as_owner, abroad)
    found = [fault for visitor in strangers(home) for fault in faults(visitor, abroad)]
    assert found == []
    after = fingerprint(as_owner, abroad)
    assert {table for table in after if after[table] != before[table]} == set()


def searches(visitor: Visitor, lived: LivedIn) -> dict[str, set[str]]:
    """What a visitor is told on searching every page of his for each secret: page → secrets beyond what he typed."""
    found: dict[str, set[str]] = {}
    for url in every_url():
        if url.arguments != () or not visitor.may_enter(url) or not url.rule.startswith(("staff", "citizen")):
            continue
        for secret, method in product((*lived.secrets[:7], *lived.secrets[7::5]), ("GET", "POST")):
            response = visitor.call(method, f"/{url.route}", {"q": secret, "query": secret, "search": secret})
            assert response.status_code < 500 or response.status_code == NOT_NOW, url.route
            text = shown(response)
            if response.status_code in {302, 303} and response.headers["Location"].startswith("/office/"):
                text += shown(visitor.call("GET", response.headers["Location"], {}))
            told = {one for one in lived.secrets if one not in secret and secret not in one and one in text}
            if told:
                found.setdefault(url.name, set()).update(told)
    return found


def test_searching_for_somebody_elses_secrets_finds_nothing(worlds: tuple[LivedIn, LivedIn]) -> None:
    home, abroad = worlds
    assert searches(staff(home, Role.CLERK), abroad) == {}
    assert searches(citizen("the citizen of home", home.person), abroad) == {}
    found = searches(staff(abroad, Role.CLERK), abroad)
    assert {abroad.afm, "Κρυφού Άγνωστη"} & found["office_search"]


def test_those_it_belongs_to_do_see_it(worlds: tuple[LivedIn, LivedIn]) -> None:
    """The walk has power: with their own ids, the same pages show the same secrets."""
    _, abroad = worlds
    office, portal = staff(abroad, Role.ADMIN), citizen("the citizen of abroad", abroad.person)
    for visitor, least in ((office, 3), (portal, 3)):
        showing = set()
        for url, method, address, words in calls(abroad):
            if method != "GET" or words or not url.rule.startswith(("staff", "citizen")):
                continue
            response = visitor.call(method, address, words)
            assert response.status_code < 500 or response.status_code == NOT_NOW, address
            if any(secret in shown(response) and secret not in address for secret in abroad.secrets):
                showing.add(url.name)
        assert len(showing) >= least, f"{visitor.name} sees only {showing}"


def test_an_order_that_nobody_made_is_not_found(worlds: tuple[LivedIn, LivedIn]) -> None:
    for url in every_url():
        if url.arguments and "public_id" in url.arguments:
            for nothing in ("a" * 26, "0", "-", "x" * 200, worlds[1].orders["paid"][:-1]):
                for visitor in (guest(), citizen("the citizen of home", worlds[0].person)):
                    response = visitor.call("GET", "/" + url.route.replace("<slug:public_id>", nothing), {})
                    assert response.status_code in {302, 404, 405}, f"{url.route} {nothing}"


def test_whoever_holds_a_code_sees_that_debt_and_nothing_else(worlds: tuple[LivedIn, LivedIn]) -> None:
    """By its code or a grant, with forms that name other debts: told is only what stands on that debt's paper."""
    home, abroad = worlds
    debts = rows(
        abroad.town,
        "SELECT d.id, p.code, d.description, d.ticket_no, coalesce(string_agg(o.reference, ' '), '') FROM debt d "
        "JOIN pay_code p ON p.debt_id = d.id JOIN instalment i ON i.debt_id = d.id LEFT JOIN collection c "
        "ON c.instalment_id = i.id LEFT JOIN payment x ON x.id = c.payment_id LEFT JOIN payment_order o ON o.id = x.order_id "
        "GROUP BY 1, 2, 3, 4 ORDER BY d.ticket_no DESC, d.id",
    )
    assert len(debts) > 5
    held_pages = [url for url in every_url() if url.rule == "code-holder"]
    assert len(held_pages) >= 6
    told_of_fine = ""
    for debt, code, description, ticket, references in debts:
        held = {"code": code, "grant": grant(abroad.town.id, debt, FINE, now=datetime.now(UTC))}
        for visitor in (guest(), citizen("the citizen of home", home.person), staff(home, Role.ADMIN)):
            for url in held_pages:
                address = "/" + url.route
                for argument, value in held.items():
                    address = address.replace(f"<str:{argument}>", value)
                for method, words in (("GET", {}), ("GET", words_for(abroad)), ("POST", words_for(abroad))):
                    response = visitor.call(method, address, words)
                    assert response.status_code < 500 or response.status_code == NOT_NOW, address
                    text = shown(response)
                    known_here = f"{address} {description} {ticket} {references} {' '.join(words.values())}"
                    told = [one for one in abroad.secrets if one in text and one not in known_here]
                    told = [one for one in told if text.count(f"/pay/{one}/") != text.count(one)]  # his own order
                    assert told == [], f"{visitor.name}: {method} {address}"
                    told_of_fine += text if ticket else ""
    assert f"ΜΥΣΤ-{abroad.town.code}" in told_of_fine


def test_every_page_survives_nonsense(worlds: tuple[LivedIn, LivedIn]) -> None:
    """No page breaks on fields that are not what they should be, whoever sends them."""
    home, _ = worlds
    nonsense = {
        "d": ["-1", "9" * 30, "1:2:3", "', DROP TABLE debt; --", "1\x00"], "expected_cents": "1e9", "form_token": "\x00" * 20,
        "means": "gold", "channel": "pigeon", "address": "<script>alert(1)</script>", "code": "٣٣٣٣٣٣", "year": "99999",
        "q": "%_\\'\"\x00<b>", "next": "//evil.example", "language": "xx", "state": "x", "online": "maybe", "from": "0000-00-00",
        "to": "99999-12-31", "format": "exe", "page": "-5", "kind": "'", "a1": "1e9",
    }  # fmt: skip
    broken = []
    for visitor in (guest(), citizen("the citizen of home", home.person), staff(home, Role.ADMIN)):
        for url in every_url():
            address = addresses(url, home)[0]
            for method in ("GET", "POST"):
                response = visitor.call(method, address, nonsense)
                text = shown(response)
                if (response.status_code >= 500 and response.status_code != NOT_NOW) or "Traceback" in text:
                    broken.append(f"{visitor.name}: {method} {address} → {response.status_code}")
                assert "<script>alert(1)</script>" not in text, address
                assert not response.headers.get("Location", "").startswith("//"), address
    assert broken == []
