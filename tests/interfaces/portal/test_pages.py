"""The pages around paying: public ones, language, errors, headers, health."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from obolos.flows import system_status as status_flow
from tests.support.world import Town

PUBLIC = ["/", "/help/", "/accessibility/", "/privacy/", "/status/", "/signed-out/"]
PRIVATE = ["/debts/", "/payments/", "/contact/"]


def policy_of(answer) -> dict[str, str]:
    """The Content-Security-Policy by directive."""
    parts = answer["Content-Security-Policy"].split(";")
    return dict(part.strip().partition(" ")[::2] for part in parts if part.strip())


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("language", ["el", "en"])
def test_public_pages_are_whole_pages_in_both_languages(town: Town, path, language):
    client = Client()
    client.cookies["obolos_language"] = language
    answer = client.get(path)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in html
    assert html.count("<h1") == 1
    assert '<main id="main"' in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    greek = re.sub(r"(?s)<[^>]+>|Ελληνικά|\([^)]*\)|«[^»]*»", "", html)
    assert bool(re.search("[α-ω]{4}", greek)) == (language == "el")


@pytest.mark.parametrize("path", [*PUBLIC, *PRIVATE, "/nowhere/", "/pay/" + "a" * 26 + "/"])
def test_every_answer_carries_the_same_strict_headers(eleni, path):
    answer = eleni.get(path)
    policy = policy_of(answer)
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    html = answer.content.decode()
    assert not re.search(r"<script(?![^>]* src=)[^>]*>\s*\S", html)
    assert " style=" not in html
    assert not re.search(r"\son\w+=", html)
    assert not re.search(r'(?:src|href)="https?://(?!127\.0\.0\.1|localhost)', html)


@pytest.mark.parametrize("path", PRIVATE)
def test_private_pages_are_kept_out_of_caches(eleni, path):
    assert eleni.get(path)["Cache-Control"] == "no-store"
    assert "no-store" not in Client().get("/help/").get("Cache-Control", "")


def test_the_language_is_kept_and_one_stays_where_one_was(eleni):
    answer = eleni.post("/language/", {"language": "en", "next": "/debts/?d=1&total=1"})
    assert (answer.status_code, answer["Location"]) == (303, "/debts/?d=1&total=1")
    assert answer.cookies["obolos_language"]["samesite"] == "Lax"
    assert "What I owe" in eleni.get("/debts/").content.decode()
    eleni.post("/language/", {"language": "el", "next": "/"})
    assert "Οι οφειλές μου" in eleni.get("/debts/").content.decode()
    assert eleni.post("/language/", {"language": "<x>", "next": "/"}).cookies["obolos_language"].value == "el"


def test_greek_is_spoken_to_whoever_did_not_choose_another_language(town):
    assert '<html lang="el">' in Client().get("/").content.decode()


def test_a_page_that_does_not_exist_says_so_in_the_readers_language(town):
    client = Client()
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Δεν βρίσκουμε" in answer.content.decode()
    client.cookies["obolos_language"] = "en"
    assert "cannot find" in client.get("/nowhere/").content.decode()


def test_our_own_mistake_is_said_without_its_trace(eleni, monkeypatch):
    def broken(**_given):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("obolos.interfaces.portal.pages.system_status", broken)
    eleni.raise_request_exception = False
    answer = eleni.get("/status/")
    html = answer.content.decode()
    assert answer.status_code == 500
    assert "secret detail" not in html
    assert "μην πληρώσετε ξανά" in html.lower()


def test_the_status_page_says_whether_all_works(town):
    assert status_flow.system_status
    html = Client().get("/status/").content.decode()
    assert "Δήμος Ιωαννιτών" in html


def test_machines_see_life_and_readiness(town):
    assert Client().get("/health/live").json() == {"live": True}
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


def test_pages_take_only_the_methods_they_know(eleni):
    for path in (*PUBLIC, "/debts/", "/payments/"):
        assert eleni.post(path).status_code == 405
        assert eleni.head(path).status_code == 200
        assert eleni.delete(path).status_code == 405


def test_every_view_of_the_portal_says_who_may_call_it():
    portal = next(part for part in get_resolver().url_patterns if str(part.pattern) == "")
    for one in portal.url_patterns:
        assert isinstance(one, URLPattern)
        assert one.callback.access_rule in {"public", "citizen", "order-holder", "code-holder"}, one


def test_whatever_needs_a_citizen_sends_everybody_else_to_sign_in(town):
    portal = next(part for part in get_resolver().url_patterns if str(part.pattern) == "")
    for one in portal.url_patterns:
        if one.callback.access_rule == "citizen":
            path = "/" + re.sub(r"<slug:\w+>", "a" * 26, str(one.pattern))
            for method in ("get", "post"):
                assert getattr(Client(), method)(path)["Location"].startswith("/sign-in/?next="), path


@pytest.mark.parametrize("language", ["el", "en"])
def test_the_help_begins_with_the_way_that_needs_no_account(town: Town, language: str) -> None:
    html = Client(headers={"accept-language": language}).get("/help/").content.decode()
    main = html[html.index("<main") : html.index("</main")]
    assert main.index('href="/find/"') < main.index("Taxisnet")
    assert 'href="/genuine/"' in main
