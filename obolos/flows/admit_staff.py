"""Admit a member of staff: a user with password and one-time codes, one municipality, one role."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user_model

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.people.models import Role
from obolos.domain.people.staff_actions import appoint_staff


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Somebody about to be admitted. `password_hash` is made by Django's `make_password`, `totp_secret` is base32."""

    account: str
    name: str
    role: Role
    password_hash: str
    totp_secret: str


def admit_staff(municipality_id: int, new: NewStaff, *, now: datetime) -> int:
    """Write the user, his place in the municipality and his second factor together. Returns the user's id.

    IntegrityError when the account name is taken.
    """
    first, _, last = new.name.partition(" ")
    with tenancy(municipality=municipality_id):
        user = get_user_model().objects.create(
            username=new.account, first_name=first, last_name=last, password=new.password_hash
        )
        appoint_staff(user_id=user.pk, role=new.role)
        TOTP.activate(user, new.totp_secret)
        add_audit_entry(
            actor=Actor.SYSTEM,
            actor_id=None,
            action="staff.admitted",
            subject=f"user:{user.pk}",
            detail={"account": new.account, "role": new.role},
            now=now,
        )
    return int(user.pk)
