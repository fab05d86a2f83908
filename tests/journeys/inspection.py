"""One inspection for every screen of every journey: all that `looks` asks, in the language the page stands in and in the
other one.

The other language is the same request once more, asked outside of the browser with the visitor's cookies and the other
language's, and its answer put into a second tab: a form that was refused is refused again, and nothing that the visitor
goes on with (tab, cookies, session's key) is touched. What a page says only once («Saved.») is not there a second time,
and the inspection says so: such a page is opened again first, or made for each language (`put`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import translation
from playwright.sync_api import Page, Request, Route

from tests.journeys import looks
from tests.journeys.visitor import Made, Visitor

OTHER = {"el": "en", "en": "el"}
_HTML = {"content-type": "text/html; charset=utf-8"}
#: Scripts that would take a page away by themselves.
RESTLESS = ("bank.js", "wait.js")
#: What a page is, beside its words: what may be pressed and typed, what is announced. The other tab must show the same.
_SHAPE = """() => [...document.querySelectorAll(
    'main [id], main [role], main button, main input, main select, main textarea, main h1, main h2, main h3, main table')]
  .filter(one => !one.closest('svg')).map(one =>
    `${one.tagName} ${one.id} ${one.getAttribute('role') || ''} ${one.getAttribute('aria-invalid') || ''}`)"""
_OPENED = "() => [...document.querySelectorAll('details')].map(one => one.open)"
_OPEN = "opened => document.querySelectorAll('details').forEach((one, place) => { one.open = !!opened[place]; })"


@dataclass(frozen=True, slots=True)
class Seen:
    """One screen in one language, as it was inspected."""

    name: str
    language: str
    #: Name of the URL that answered; empty for a page of made-up values.
    url: str
    html: str


#: Everything inspected by this process. The journeys share one process (see tests/conftest.py).
SEEN: list[Seen] = []


def inspect(visitor: Visitor, name: str) -> None:
    """Hold the page before the visitor to everything, in both languages, and keep its pictures as `name` and `name-en`."""
    page = visitor.page
    here = str(page.locator("html").get_attribute("lang"))
    found = looks.everything(page)
    _keep(page, name, here)
    SEEN.append(Seen(name, here, _url(page.url), page.content()))
    found += _in_the_other_language(visitor, name, here)
    _judge(name, found)


def _judge(name: str, found: Sequence[str]) -> None:
    assert not found, "\n".join((name, *found))


def show(visitor: Visitor, template: str, values: dict[str, Any], *, language: str = "el") -> None:
    """Put a page of made-up values before the visitor, as if the portal had answered it."""

    def made(language: str) -> tuple[int, str]:
        with translation.override(language):
            return 200, render_to_string(template, values)

    put(visitor, "/made-up/", made, language=language)


def put(visitor: Visitor, path: str, made: Made, *, language: str = "el") -> None:
    """Put an answer before the visitor as if the running portal had given it for that path; its styles and scripts are
    the portal's own."""
    address = f"{visitor.portal}{path}"
    visitor.made[address] = made
    visitor.page.unroute(address)
    status, text = made(language)
    visitor.page.route(address, lambda route: _fulfil(route, status, text, _HTML))
    visitor.page.goto(address)


def _fulfil(route: Route, status: int, text: str, headers: dict[str, str]) -> None:
    route.fulfill(status=status, body=text, headers=headers)


def _in_the_other_language(visitor: Visitor, name: str, here: str) -> list[str]:
    page, there = visitor.page, OTHER[here]
    asked = visitor.asked
    assert asked is not None, f"{name}: nothing was asked yet"
    if made := visitor.made.get(asked.url):
        (status, text), head = made(there), _HTML
    else:
        answer = _ask(visitor, asked, there)
        text, status, head = answer.text, answer.status_code, _head(answer)
    if status != visitor.status:
        return [f"asked again in «{there}» it answers {status}, not {visitor.status}: {asked.method} {asked.url}"]
    tab = page.context.new_page()
    try:
        for script in RESTLESS:
            tab.route(f"**/portal/{script}", lambda route: route.fulfill(body="", content_type="text/javascript"))
        tab.route(asked.url, lambda route: _fulfil(route, status, text, head))
        tab.goto(asked.url)
        tab.evaluate(_OPEN, page.evaluate(_OPENED))
        found = []
        if tab.locator("html").get_attribute("lang") != there:
            found.append(f"does not speak «{there}»")
        if (shape := tab.evaluate(_SHAPE)) != (mine := page.evaluate(_SHAPE)):
            odd = set(shape).symmetric_difference(mine)
            found.append(f"is another page when asked again in «{there}»: {sorted(odd)[:6]}")
        found += looks.everything(tab, keyboard=False)
        _keep(tab, name, there)
    finally:
        tab.close()
    SEEN.append(Seen(name, there, _url(asked.url), text))
    return [f"in «{there}»: {one}" for one in found]


def _ask(visitor: Visitor, asked: Request, language: str) -> httpx.Response:
    """The visitor's own request once more. It comes from an address of its own, so that no try of his is counted twice."""
    cookies = {one["name"]: one["value"] for one in visitor.page.context.cookies(asked.url)}
    cookies["obolos_language"] = language
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    if asked.method != "GET":
        headers |= {"content-type": asked.headers["content-type"], "origin": visitor.portal}
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2", verify=False), timeout=20) as client:
        return client.request(asked.method, asked.url, content=asked.post_data_buffer, headers=headers)


def _head(answer: httpx.Response) -> dict[str, str]:
    left_out = {"content-encoding", "content-length", "transfer-encoding", "set-cookie"}
    return {name: value for name, value in answer.headers.items() if name not in left_out}


def _url(address: str) -> str:
    try:
        return resolve(httpx.URL(address).path).url_name or ""
    except Resolver404:
        return ""


def _keep(page: Page, name: str, language: str) -> None:
    looks.shoot(page, name if language == "el" else f"{name}-en")
