"""Staff come and go: which municipality and role a user has, and what is noted of his coming and going.

Passwords, sessions and the order of the steps are django-allauth's; see `obolos.interfaces.office.account`.
"""

from dataclasses import dataclass
from datetime import datetime

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.people.models import Role, StaffMember

#: Which sections of the office a role may open beyond search, records and stories.
SECTIONS = {
    Role.CLERK: frozenset({"worklist", "events", "inquiries", "import", "notices"}),
    Role.CASHIER: frozenset[str](),
    Role.FINANCE: frozenset({"worklist", "export", "uptake"}),
    Role.ADMIN: frozenset(
        {"worklist", "events", "inquiries", "import", "notices", "export", "uptake", "reminders", "kinds", "door"}
    ),
}


@dataclass(frozen=True, slots=True)
class StaffPlace:
    """Where a user works: one municipality, one role."""

    user_id: int
    name: str
    role: str
    municipality_id: int
    municipality_el: str
    municipality_en: str

    @property
    def may(self) -> frozenset[str]:
        """Sections this role may open."""
        return SECTIONS[Role(self.role)]

    def municipality(self, language: str) -> str:
        """The municipality's name in «el» or «en»."""
        return self.municipality_el if language == "el" else self.municipality_en


def place_of_staff(user_id: int) -> StaffPlace | None:
    """A user's place, or None for somebody who works nowhere (any more). One statement, no tenancy needed."""
    member = StaffMember.objects.select_related("user", "municipality").filter(user_id=user_id).first()
    if member is None or not member.user.is_active:
        return None
    return StaffPlace(
        user_id=user_id,
        name=member.user.get_full_name() or member.user.get_username(),
        role=member.role,
        municipality_id=member.municipality_id,
        municipality_el=member.municipality.name_el,
        municipality_en=member.municipality.name_en,
    )


def note_signing(user_id: int, act: str, *, now: datetime) -> None:
    """Audit that a member of staff signed in, signed out, or changed how he signs in (`act`: «signed_in» …)."""
    place = place_of_staff(user_id)
    if place is not None:
        with tenancy(municipality=place.municipality_id):
            add_audit_entry(
                actor=Actor.STAFF, actor_id=user_id, action=f"staff.{act}", subject=f"user:{user_id}", now=now
            )
