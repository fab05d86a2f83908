"""The administrator's form, preview and snippets for the municipality's door."""

import html as markup
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obolos.base.pictures import MOST_BYTES
from obolos.domain.people.models import Role
from tests.interfaces.office.conftest import SignIn
from tests.support.pictures import png
from tests.support.world import Town, one

PATH = "/office/door/"
GOOD = {"head": "#7a1f2b", "accent": "#2a79c4", "phone": "26510 11111", "website": "", "hours_el": "", "hours_en": ""}


def upload(content: bytes, name: str = "emblem.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def publish(client: Client) -> None:
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(f"{PATH}preview/").content.decode())
    assert seen
    assert client.post(f"{PATH}publish/", {"seen": markup.unescape(seen.group(1))}).url == PATH


def test_keep_look_publish(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    answer = client.post(PATH, GOOD | {"emblem": upload(png())})
    assert answer.url == f"{PATH}preview/"
    page = client.get(answer.url).content.decode()
    assert "/office/door/colours.css?7a1f2b-2a79c4" in page
    assert client.get("/office/door/colours.css").content.startswith(b":root{--ob-primary:#7a1f2b")
    assert client.get("/office/door/emblem.png")["Content-Type"] == "image/png"
    assert "26510 11111" not in Client().get("/d/ioannina/").content.decode()
    publish(client)
    assert 'role="status"' in client.get(PATH).content.decode()
    public = Client().get("/d/ioannina/").content.decode()
    assert "26510 11111" in public
    assert "/d/ioannina/colours/7a1f2b-2a79c4.css" in public
    assert 'name="seen"' not in client.get(f"{PATH}preview/").content.decode()


def test_a_weak_colour_is_refused_with_its_ratio_and_what_to_do(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    answer = client.post(PATH, GOOD | {"head": "#ffcc00"}, headers={"accept-language": "en"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("White text on #ffcc00 has a contrast of 1.4 to 1; it needs 4.5. Try #876c00") == 2
    assert 'href="#head"' in page
    assert 'value="#ffcc00"' in page
    assert one(town, "SELECT count(*) FROM branding") == 0


def test_a_file_that_is_no_png_is_refused_with_what_to_do(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    for content, words in ((b"<svg/>", "not a PNG picture"), (png() + b"\x00" * MOST_BYTES, "larger than 300 KB")):
        answer = client.post(PATH, GOOD | {"emblem": upload(content)}, headers={"accept-language": "en"})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert one(town, "SELECT count(*) FROM branding") == 0


def test_a_draft_that_nobody_looked_at_is_not_published(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    client.post(PATH, GOOD)
    for seen in ("", "2020-01-01T00:00:00+00:00", "x"):
        assert client.post(f"{PATH}publish/", {"seen": seen}).url == f"{PATH}preview/"
    assert one(town, "SELECT count(*) FROM branding WHERE state = 'PUBLISHED'") == 0


def test_the_emblem_can_be_taken_down(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    client.post(PATH, GOOD | {"emblem": upload(png())})
    client.post(PATH, GOOD | {"without": "1"})
    assert client.get("/office/door/emblem.png").status_code == 404


def test_snippets_are_plain_links_that_ask_nobody_for_anything(town: Town, staff: SignIn) -> None:
    page = staff(town, Role.ADMIN).get(f"{PATH}embed/").content.decode()
    snippets = [markup.unescape(found) for found in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)]
    assert len(snippets) == 4
    for snippet in snippets:
        assert re.fullmatch(
            r'<a href="http://[^"]+/d/ioannina/(?:\?lang=en)?"(?: style="[^"<>]+")?>[^<>]+</a>', snippet
        )
        assert "url(" not in snippet
    assert [("?lang=en" in snippet) for snippet in snippets] == [False, False, True, True]
    assert "?ref=2026-004512" in page


def test_only_the_administrator_dresses_the_door(town: Town, staff: SignIn) -> None:
    for role in set(Role) - {Role.ADMIN}:
        client = staff(town, role)
        for path in (PATH, f"{PATH}preview/", f"{PATH}embed/", "/office/door/emblem.png", "/office/door/colours.css"):
            assert client.get(path).status_code == 403
        assert PATH not in client.get("/office/").content.decode()
