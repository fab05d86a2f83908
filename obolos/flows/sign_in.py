"""A citizen signs in with TAXISnet: away to the provider with a state of our own, back with a code, once.

What the provider says is used and not kept: the ΑΦΜ finds the person, the name is shown, the rest is forgotten.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from obolos.adapters.identity.taxisnet import (
    Identity,
    IdentityClient,
    authorize_url,
    fetch_identity,
    logout_url,
    new_state,
    same_state,
)
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.people.actions import enter_person, note_sign_in
from obolos.domain.people.models import Person


class StateMismatch(Exception):
    """The answer does not belong to a sign-in that this browser began."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who came in, and whether he still has to say where messages go."""

    person_id: int
    name: str
    has_contact: bool


def client() -> IdentityClient:
    """Our registration at the identity provider."""
    return IdentityClient(**settings.OBOLOS_TAXISNET)


def return_address() -> str:
    """Where the provider sends the citizen back to; registered with it."""
    return f"{settings.OBOLOS_PORTAL_URL}/sign-in/return/"


def begin_sign_in() -> tuple[str, str]:
    """(state to keep in the session, address to send the citizen to)."""
    state = new_state()
    return state, authorize_url(client(), state, return_address())


def finish_sign_in(*, kept_state: str, state: str, code: str, language: str, now: datetime) -> SignedIn:
    """Turn the provider's code into a person. Raises StateMismatch, IdentityRefused, IdentityUnavailable."""
    if not kept_state or not same_state(kept_state, state):
        raise StateMismatch("state")
    refuse_inside_transaction("an identity provider")
    identity = fetch_identity(client(), code, return_address())
    person_id = enter_person(identity.afm)
    with tenancy(person=person_id):
        note_sign_in(person_id=person_id, name=_name(identity), language=language, now=now)
        person = Person.objects.get(id=person_id)
        return SignedIn(person_id, person.name, bool(person.email or person.mobile))


def sign_out_address() -> str:
    """Where to send the citizen so that the provider's own session ends too."""
    return logout_url(client(), f"{settings.OBOLOS_PORTAL_URL}/")


def _name(identity: Identity) -> str:
    return " ".join(part for part in (identity.last_name, identity.first_name) if part)
