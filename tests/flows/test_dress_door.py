"""The administrator's draft and what becomes of it: everything refused is refused whole, everything kept is noted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError

from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.models import Branding
from obolos.flows.dress_door import BrandingText, NoDraft, Refused, dress, dressing_of, publish
from obolos.flows.show_door import DoorUnknown, colours_called, door_of, draft_door_of, emblem_called
from tests.support.pictures import png
from tests.support.world import NOW, Town, make_town, one, rows

pytestmark = pytest.mark.usefixtures("db_clean")

GOOD = BrandingText(
    head="#7A1F2B",
    accent="2a79c4",
    website="www.ioannina.gr",
    phone=" 26510  11111 ",
    hours_el="Δευτέρα έως Παρασκευή, 8:00 έως 14:00",
    hours_en="Monday to Friday, 8:00 to 14:00",
)


@pytest.fixture
def town() -> Town:
    return make_town([])


def keep(town: Town, text: BrandingText = GOOD, *, emblem: bytes | None = None, minutes: int = 0) -> None:
    dress(text, emblem=emblem, municipality_id=town.id, by_user=7, now=NOW + timedelta(minutes=minutes))


def put_up(town: Town) -> None:
    seen = dressing_of(town.id).draft.changed_at
    assert seen
    publish(seen_at=seen, municipality_id=town.id, by_user=7, now=NOW + timedelta(hours=1))


def test_a_draft_is_seen_by_nobody_until_it_is_published(town: Town) -> None:
    keep(town, emblem=png())
    assert (door_of("ioannina").phone, door_of("ioannina").emblem_path) == ("26510 00084", "")
    draft = draft_door_of(town.id)
    assert (draft.phone, draft.branding.website) == ("26510 11111", "https://www.ioannina.gr")
    assert draft.emblem_path.startswith("/office/door/emblem.png?")
    put_up(town)
    door = door_of("ioannina")
    assert door.phone == "26510 11111"
    assert door.colours_path == "/d/ioannina/colours/7a1f2b-2a79c4.css"
    assert emblem_called("ioannina", door.branding.emblem_digest[:32]).startswith(b"\x89PNG")
    with pytest.raises(DoorUnknown):
        emblem_called("ioannina", "0" * 32)
    assert one(town, "SELECT phone FROM municipality WHERE id = %s", town.id) == "26510 11111"
    assert not dressing_of(town.id).to_publish


def test_the_stylesheet_holds_the_two_colours_and_nothing_else(town: Town) -> None:
    keep(town)
    put_up(town)
    css = colours_called("ioannina", "7a1f2b-2a79c4")
    assert css.startswith(":root{--ob-primary:#7a1f2b;--ob-primary-2:#2a79c4}\n@media (prefers-color-scheme:dark)")
    assert css.count("{") == css.count("}") == 3


def test_old_addresses_of_emblem_and_colours_are_gone_with_them(town: Town) -> None:
    keep(town, emblem=png())
    put_up(town)
    digest = door_of("ioannina").branding.emblem_digest[:32]
    keep(town, BrandingText(phone="26510 11111"), emblem=b"", minutes=5)
    put_up(town)
    assert door_of("ioannina").emblem_path == door_of("ioannina").colours_path == ""
    for called, named in (
        (emblem_called, digest),
        (emblem_called, ""),
        (colours_called, "7a1f2b-2a79c4"),
        (colours_called, ""),
    ):
        with pytest.raises(DoorUnknown):
            called("ioannina", named)


def test_without_a_new_picture_the_emblem_stays(town: Town) -> None:
    keep(town, emblem=png())
    before = dressing_of(town.id).draft.emblem_digest
    keep(town, minutes=1)
    assert dressing_of(town.id).draft.emblem_digest == before != ""


@pytest.mark.parametrize(
    ("changes", "faults", "colours"),
    [
        ({"phone": ""}, {"phone": "PHONE"}, []),
        ({"phone": "κλήση"}, {"phone": "PHONE"}, []),
        ({"head": "red", "phone": "x"}, {"head": "COLOUR", "phone": "PHONE"}, []),
        ({"accent": "#fff;}*{display:none"}, {"accent": "COLOUR"}, []),
        ({"head": "#ffcc00", "accent": "#003375"}, {}, ["HEAD", "ACCENT"]),
        ({"website": "javascript:alert(1)"}, {"website": "WEBSITE"}, []),
        ({"website": "https://user:pass@ioannina.gr"}, {"website": "WEBSITE"}, []),
        ({"website": "https://ioannina.gr/?a=b"}, {"website": "WEBSITE"}, []),
        ({"website": "ftp://ioannina.gr"}, {"website": "WEBSITE"}, []),
        ({"website": "https://[::1"}, {"website": "WEBSITE"}, []),
        ({"website": "localhost"}, {"website": "WEBSITE"}, []),
        ({"hours_el": "α" * 121}, {"hours_el": "LONG"}, []),
    ],
)
def test_what_is_refused_is_refused_whole(
    town: Town, changes: dict[str, str], faults: dict[str, str], colours: list[str]
) -> None:
    keep(town)
    before = dressing_of(town.id), one(town, "SELECT count(*) FROM audit_entry")
    with pytest.raises(Refused) as refused:
        keep(town, replace(GOOD, **changes), minutes=1)
    assert refused.value.faults == faults
    assert [shortfall.field for shortfall in refused.value.colours] == colours
    assert (dressing_of(town.id), one(town, "SELECT count(*) FROM audit_entry")) == before


def test_a_bad_picture_is_refused_with_its_reason(town: Town) -> None:
    with pytest.raises(Refused) as refused:
        keep(town, emblem=b"<svg onload='alert(1)'/>")
    assert refused.value.picture == "NOT_PNG"
    assert dressing_of(town.id).draft.changed_at is None


def test_greek_addresses_of_websites_are_kept_as_machines_know_them(town: Town) -> None:
    keep(town, replace(GOOD, website="https://δημος.ελ/"))
    assert dressing_of(town.id).draft.website == "https://xn--pxagpmu.xn--qxam/"


def test_only_the_draft_that_was_looked_at_is_published(town: Town) -> None:
    keep(town)
    seen = dressing_of(town.id).draft.changed_at
    keep(town, minutes=1)
    assert seen
    with pytest.raises(NoDraft):
        publish(seen_at=seen, municipality_id=town.id, by_user=7, now=NOW)
    assert dressing_of(town.id).published is None
    assert one(town, "SELECT phone FROM municipality WHERE id = %s", town.id) == "26510 00084"


def test_both_acts_are_noted_with_what_changed(town: Town) -> None:
    keep(town, emblem=png())
    put_up(town)
    noted = rows(
        town, "SELECT action, actor_id, subject, detail->'after'->>'head', detail->'before'->>'phone' FROM audit_entry "
        "WHERE action LIKE 'door.%%' ORDER BY id"
    )  # fmt: skip
    place = f"municipality:{town.id}"
    assert noted == [("door.drafted", 7, place, "#7a1f2b", ""), ("door.published", 7, place, "#7a1f2b", "")]


def test_the_database_itself_lets_nothing_but_a_colour_into_the_stylesheet(town: Town) -> None:
    with pytest.raises(IntegrityError, match="branding_colours"), tenancy(municipality=town.id):
        Branding.objects.create(municipality_id=town.id, state="DRAFT", head="red}b{c", phone="1", changed_at=NOW)


def test_what_the_door_offers_is_what_is_switched_on(town: Town) -> None:
    door = door_of("ioannina")
    offered = {kind.name_el for _, kinds in door.groups for kind in kinds}
    assert "Τέλη καθαριότητας και φωτισμού" in offered
    assert "Τέλος διαφήμισης" not in offered
    free = {kind.name_el for kind in door.guest_kinds}
    assert "Πρόστιμο ΚΟΚ" in free
    assert "Τέλη καθαριότητας και φωτισμού" not in free
    assert [family for family, _ in door.groups] == ["FINE", "FEE", "WATER", "RENT", "OTHER"]
    with pytest.raises(DoorUnknown):
        door_of("nowhere")
