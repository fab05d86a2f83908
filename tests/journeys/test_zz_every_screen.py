"""After all journeys: no page and no part of a page was left out of the inspection. Runs only when all of them ran."""

import re

import pytest

from launch.stack import Stack
from tests.architecture.urls import every_url
from tests.journeys import sentences
from tests.journeys.inspection import SEEN

pytestmark = pytest.mark.journey

_FORM = "takes a form and leads on"
_FILE = "gives a file"
#: Addresses that show no page of their own, and why.
NO_PAGE = {
    "language": _FORM, "sign_out": _FORM, "contact_confirm": "shows the page of contact", "retry": _FORM,
    "sign_in": "leads to the identity provider", "live": "for machines", "ready": "for machines",
    "proof": _FILE, "reminder": _FILE, "clearance_pdf": _FILE, "tickets": _FILE, "event_calendar": _FILE,
    "door_emblem": _FILE, "door_colours": _FILE, "object_by_grant": "the page of object_by_code",
    "not_mine_by_grant": "the page of not_mine_by_code", "slip_by_grant": "the page of slip",
    "office_proof": _FILE, "office_resend": _FORM, "office_notice_make": _FORM, "office_notice": _FILE,
    "office_notices_start": _FORM, "office_batch_cancel": _FORM, "office_batch_file": _FILE,
    "office_batch_codes": _FILE, "office_batch_archive": _FILE,
    "office_pad_sheet": _FILE, "office_pad_codes": _FILE, "office_slip_match": _FORM, "office_slip_leave": _FORM,
    "office_file_confirm": _FORM, "office_door_publish": _FORM, "office_door_emblem": _FILE, "office_door_colours": _FILE,
    "office_event_cancel": _FORM, "office_event_sales": _FILE, "office_certificate_issue": _FORM,
}  # fmt: skip
#: Parts that hold nothing of their own: only what the page around them gives.
WITHOUT_WORDS = {
    "office/door_field.html", "office/offer_faults.html", "office/sections.html", "portal/offer_errors.html",
}  # fmt: skip


@pytest.fixture(scope="module")
def english() -> str:
    """All that was read in English, page after page."""
    return "\n".join(sentences.plain(one.html) for one in SEEN if one.language == "en")


def test_every_page_was_inspected_in_both_languages(stack: Stack) -> None:
    pages = {
        url.name for url in every_url() if url.name and not url.route.startswith(("callbacks/", "office/account/"))
    }
    assert NO_PAGE.keys() <= pages
    for language in ("el", "en"):
        seen = {one.url for one in SEEN if one.language == language}
        assert pages - NO_PAGE.keys() - seen == set(), language


def test_every_state_was_inspected_in_both_languages(stack: Stack) -> None:
    greek, english = ({one.name for one in SEEN if one.language == language} for language in ("el", "en"))
    assert greek == english
    print(f"inspected: {len(greek)} screens, each in 2 languages")


def test_every_template_stood_on_an_inspected_page(stack: Stack, english: str) -> None:
    marks = sentences.marks_of_templates()
    assert {name for name, own in marks.items() if not own} <= WITHOUT_WORDS
    unseen = [name for name, own in marks.items() if own and not any(re.search(one, english) for one in own)]
    assert unseen == []
