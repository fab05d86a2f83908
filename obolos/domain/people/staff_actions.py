"""Writes of who works for a municipality, in which role, and which of his one-time codes have counted."""

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.people.models import Role, StaffMember


def appoint_staff(*, user_id: int, role: Role) -> StaffMember:
    """Give a user his one municipality, that of the open unit of work. IntegrityError when he has one already."""
    return StaffMember.objects.create(user_id=user_id, municipality_id=current_municipality(), role=role)


def spend_time_step(*, authenticator_id: int, step: int) -> bool:
    """Remember the time step of a one-time code that counted (RFC 6238 §5.2); False when that step, or a later one, did.

    One conditional statement, so that the same code tried twice at once, in two processes, counts once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mfa_authenticator SET data = data || jsonb_build_object('step', %s::bigint) "
            "WHERE id = %s AND coalesce((data ->> 'step')::bigint, 0) < %s",
            [step, authenticator_id, step],
        )
        return bool(cursor.rowcount)
