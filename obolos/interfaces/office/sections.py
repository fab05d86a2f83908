"""The sections of the office, in the order of its navigation, for whoever is signed in."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from obolos.flows.inquire import waiting_inquiries
from obolos.flows.staff_sign_in import StaffPlace

#: Section → what a role must be allowed («» = anybody), the page, its name. Names are short: all stand in one row.
_SECTIONS: tuple[tuple[str, str, str, str | Promise], ...] = (
    ("home", "", "office", gettext_lazy("Today")),
    ("worklist", "worklist", "office_worklist", gettext_lazy("Worklist")),
    ("inquiries", "inquiries", "office_inquiries", gettext_lazy("Messages")),
    ("import", "import", "office_import", gettext_lazy("Files")),
    ("notices", "notices", "office_notices", gettext_lazy("Notices")),
    ("export", "export", "office_export", gettext_lazy("Export")),
    ("uptake", "uptake", "office_uptake", gettext_lazy("Uptake")),
    ("reminders", "reminders", "office_reminders", gettext_lazy("Reminders")),
    ("kinds", "kinds", "office_kinds", gettext_lazy("Revenue")),
    ("door", "door", "office_door", gettext_lazy("Our door")),
    ("events", "events", "office_events", gettext_lazy("Events")),
    ("entrance", "", "office_entrance", gettext_lazy("Scan")),
)
#: Pages that stand below another section's.
_WITHIN = {"certificates": "events"}


@dataclass(frozen=True, slots=True)
class Section:
    """One entry. `here`: the page shown belongs to it; `waiting`: how many things wait there."""

    page: str
    name: str
    here: bool
    waiting: int = 0


def sections_of(staff: StaffPlace, shown: str) -> list[Section]:
    """What this person may open."""
    here = _WITHIN.get(shown, shown)
    return [
        Section(page, str(name), code == here, _waiting(staff) if code == "inquiries" else 0)
        for code, right, page, name in _SECTIONS
        if not right or right in staff.may
    ]


def _waiting(staff: StaffPlace) -> int:
    return waiting_inquiries(municipality_id=staff.municipality_id)
