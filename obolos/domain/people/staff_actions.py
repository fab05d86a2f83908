"""Writes of who works for a municipality, and in which role."""

from obolos.base.tenancy import current_municipality
from obolos.domain.people.models import Role, StaffMember


def appoint_staff(*, user_id: int, role: Role) -> StaffMember:
    """Give a user his one municipality, that of the open unit of work. IntegrityError when he has one already."""
    return StaffMember.objects.create(user_id=user_id, municipality_id=current_municipality(), role=role)
