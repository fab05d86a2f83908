"""A municipality's door as pages: what it shows, how its emblem and colours are served, where a link leads."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from obolos.flows.dress_door import BrandingText, dress, dressing_of, publish
from tests.support.pictures import png
from tests.support.world import Town, counts

NOW = datetime.now(UTC)


@pytest.fixture
def dressed(town: Town) -> Town:
    """Ioannina with emblem, colours, hours and website."""
    text = BrandingText(
        head="#7a1f2b", accent="#2a79c4", website="www.ioannina.gr", phone="26510 11111",
        hours_el="Δευτέρα έως Παρασκευή, 8:00 έως 14:00", hours_en="Monday to Friday, 8:00 to 14:00",
    )  # fmt: skip
    dress(text, emblem=png(), municipality_id=town.id, by_user=1, now=NOW)
    seen = dressing_of(town.id).draft.changed_at
    assert seen
    publish(seen_at=seen, municipality_id=town.id, by_user=1, now=NOW)
    return town


@pytest.mark.parametrize("language", ["el", "en"])
def test_the_door_says_who_what_and_whom_to_call(dressed: Town, language: str) -> None:
    client = Client()
    client.cookies["obolos_language"] = language
    html = client.get("/d/ioannina/").content.decode()
    name, kind, hours = {
        "el": ("Δήμος Ιωαννιτών", "Τέλη καθαριότητας και φωτισμού", "Δευτέρα έως"),
        "en": ("Municipality of Ioannina", "Cleaning and lighting fees", "Monday to"),
    }[language]
    for part in (
        name,
        kind,
        hours,
        'href="tel:2651011111"',
        'href="https://www.ioannina.gr"',
        "localhost",
        'action="/find/"',
    ):
        assert part in html, part
    assert html.count("<h1") == 1
    assert "Τέλος διαφήμισης" not in html
    assert "Advertising levy" not in html


def test_emblem_and_colours_are_served_for_ever_and_as_nothing_else(dressed: Town) -> None:
    client = Client()
    html = client.get("/d/ioannina/").content.decode()
    paths = {
        part.split('"')[0] for part in html.replace('href="', 'src="').split('src="') if part.startswith("/d/ioannina/")
    }
    served = {path: client.get(path) for path in paths if not path.endswith("/")}
    kinds = {answer["Content-Type"] for answer in served.values()}
    assert kinds == {"image/png", "text/css; charset=utf-8"}
    for answer in served.values():
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer


@pytest.mark.parametrize(
    "path",
    [
        "/d/nowhere/", "/d/nowhere/emblem/0.png", "/d/nowhere/colours/x.css", "/d/ioannina/emblem/0.png",
        "/d/ioannina/colours/x-x.css", "/d/ioannina/colours/ffffff-ffffff.css", "/d/zitsa/emblem/0.png",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(dressed: Town, path: str) -> None:
    assert Client().get(path).status_code == 404


def test_a_link_with_a_reference_fills_the_next_page_and_looks_nothing_up(town: Town) -> None:
    before = counts(town)
    answer = Client().get("/d/ioannina/", {"ref": " ΚΟΚ 2026/12&at=zitsa\x00 "})
    assert (answer.status_code, answer["Location"]) == (
        303,
        "/find/?q=%CE%9A%CE%9F%CE%9A+2026%2F12%26at%3Dzitsa&at=ioannina",
    )
    assert len(Client().get("/d/ioannina/", {"ref": "9" * 5000})["Location"]) < 120
    assert counts(town) == before


def test_the_english_link_of_the_municipalitys_site_opens_english_and_stays_so(town: Town) -> None:
    client = Client(headers={"accept-language": "el"})
    assert 'lang="en"' in client.get("/d/ioannina/?lang=en").content.decode()[:200]
    assert 'lang="en"' in client.get("/find/").content.decode()[:200]
    assert 'lang="el"' in client.get("/d/ioannina/?lang=el").content.decode()[:200]
    fresh = Client(headers={"accept-language": "el"})
    filled = fresh.get("/d/ioannina/?lang=en&ref=2026-004512", follow=True).content.decode()
    assert 'lang="en"' in filled[:200]
    assert "2026-004512" in filled
    assert 'lang="el"' in Client().get("/d/ioannina/?lang=de").content.decode()[:200]


def test_the_door_explains_its_words(town: Town) -> None:
    html = Client(headers={"accept-language": "el"}).get("/d/ioannina/").content.decode()
    assert "ΤΑΠ (Τέλος Ακίνητης Περιουσίας)" in html
    assert "κωδικός οφειλής ή πινακίδα" in html
    assert "δωρεάν, αμέσως" in html


def test_every_municipality_has_its_door_on_the_home_page(town: Town) -> None:
    assert 'href="/d/ioannina/"' in Client().get("/").content.decode()


def test_a_door_without_branding_wears_our_colours(town: Town) -> None:
    html = Client().get("/d/ioannina/").content.decode()
    assert "/colours/" not in html
    assert "/emblem/" not in html
    assert "26510 00084" in html
