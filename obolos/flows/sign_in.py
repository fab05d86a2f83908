"""A citizen signs in with TAXISnet: away to the provider with a state of our own, back with a code, once.

What the provider says is used and not kept: the ΑΦΜ finds the person and asks what he owes, the name is shown, the rest
is forgotten.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from obolos.adapters.identity.taxisnet import (
    Identity,
    IdentityClient,
    IdentityUnavailable,
    authorize_url,
    fetch_identity,
    logout_url,
    new_state,
    same_state,
)
from obolos.base.outside import TAXISNET, place_outside
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.debts.live import links_of
from obolos.domain.people.actions import enter_person, note_sign_in
from obolos.domain.people.models import PersonType
from obolos.domain.people.queries import contact_of_person, municipalities_of
from obolos.flows.note_step import OPENED, note_step
from obolos.flows.refresh_debts import refresh_person

RETURN_PATH = "/sign-in/return/"
SIGNED_OUT_PATH = "/signed-out/"


class StateMismatch(Exception):
    """The answer does not belong to a sign-in that this browser began."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who came in, and whether to ask where messages go: once in a life, and not when it is known."""

    person_id: int
    name: str
    ask_contact: bool


def client() -> IdentityClient:
    """Our registration at the identity provider."""
    return IdentityClient(**settings.OBOLOS_TAXISNET)


def return_address() -> str:
    """Where the provider sends the citizen back to; registered with it."""
    return f"{settings.OBOLOS_PORTAL_URL}{RETURN_PATH}"


def begin_sign_in() -> tuple[str, str]:
    """(state to keep in the session, address to send the citizen to)."""
    state = new_state()
    return state, authorize_url(client(), state, return_address())


def finish_sign_in(*, kept_state: str, state: str, code: str, language: str, visit: str, now: datetime) -> SignedIn:
    """Turn the provider's code into a person. Raises StateMismatch, IdentityRefused, IdentityUnavailable.

    Before the state is found to be ours nothing is asked of the provider and nothing is written.
    """
    if not same_state(kept_state, state):
        raise StateMismatch("state")
    refuse_inside_transaction("an identity provider")
    with place_outside(TAXISNET, wait=True) as free:
        if not free:
            raise IdentityUnavailable("others wait for the identity provider in vain")
        identity = fetch_identity(client(), code, return_address())
    # TAXISnet gives a legal person's whole name as last name; nobody natural is without a first name.
    person_id = enter_person(identity.afm, PersonType.NATURAL if identity.first_name else PersonType.LEGAL)
    with tenancy(person=person_id):
        first = note_sign_in(person_id=person_id, name=_name(identity), language=language, now=now)
        contact = contact_of_person(person_id, now=now)
        owed_to = municipalities_of(person_id)
        links = links_of(owed_to)
    refresh_person(person_id=person_id, afm=identity.afm, links=links, now=now)
    note_step(OPENED, municipality_ids=owed_to, visit=visit, now=now)
    return SignedIn(person_id, contact.name, first and not (contact.email or contact.mobile))


def sign_out_address() -> str:
    """Where to send the citizen so that the provider's own session ends too, and from there back to us."""
    return logout_url(client(), f"{settings.OBOLOS_PORTAL_URL}{SIGNED_OUT_PATH}")


def _name(identity: Identity) -> str:
    return " ".join(part for part in (identity.last_name, identity.first_name) if part)
