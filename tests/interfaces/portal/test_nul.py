"""A NUL in what somebody sends is no character of any text of ours: never a fault, never written."""

import pytest

from tests.support.world import ELENI, certified, make_town

pytestmark = pytest.mark.usefixtures("db_clean")
FOR_GUESTS = ["/find/?at=%00&q=%00", "/genuine/?c=%00", "/d/%00/", "/k/%00/", "/d/ioannina/events/%00/", "/sign-in/?next=%00",
              "/sign-in/return/?state=%00&code=%00", "/reminders/stop/?p=%00", "/pay/%00/"]  # fmt: skip
FOR_CITIZENS = ["/payments/?q=%00&year=%00", "/debts/?pick=%00&d=%00", "/pay/?d=%00&a1=%00", "/clearances/?at=%00&issued=%00",
                "/contact/?next=%00&done=%00"]  # fmt: skip
POSTED = {
    "/find/": {"q": "2026-1", "second": "ΙΝΑ1234", "at": "\x00"}, "/genuine/": {"c": "\x00", "afm": "\x00"},
    "/contact/": {"email": "\x00@x.gr", "next": "\x00"}, "/language/": {"next": "/\x00", "language": "\x00"},
}  # fmt: skip


@pytest.mark.parametrize("path", FOR_GUESTS)
def test_for_guests(client, path: str) -> None:
    make_town([])
    assert client.get(path).status_code < 500


@pytest.mark.parametrize("path", FOR_CITIZENS)
def test_for_citizens(signed_in, path: str) -> None:
    town = make_town([certified(5_000)])
    assert signed_in(town.people[ELENI]).get(path).status_code < 500


@pytest.mark.parametrize("path", POSTED)
def test_what_is_posted(signed_in, path: str) -> None:
    town = make_town([certified(5_000)])
    assert signed_in(town.people[ELENI]).post(path, POSTED[path]).status_code < 500
