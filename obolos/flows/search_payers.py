"""Staff look for a payer or a payment: one box, its kind found by its shape. Every look at a person is noted."""

from dataclasses import dataclass
from datetime import datetime

from obolos.base.references import afm_valid, plate_fold, reference_fold, ticket_fold
from obolos.base.tenancy import tenancy
from obolos.base.text import fold
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.reconciliation import queries
from obolos.domain.reconciliation.queries import Found, Payer

SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Search:
    """What was understood («afm», «rf», «reference», «debt», «name», «short») and what was found."""

    kind: str
    found: tuple[Found, ...]


def search_payers(municipality_id: int, user_id: int, text: str, *, now: datetime) -> Search:
    """Find by ΑΦΜ, RF, order reference, fine number, plate, the ERP's debt id, or the beginning of a name."""
    typed = text.strip()[:100]
    plain = "".join(typed.upper().split())
    with tenancy(municipality=municipality_id):
        kind, found = _search(municipality_id, typed, plain)
        add_audit_entry(
            actor=Actor.STAFF, actor_id=user_id, action="payer.searched", subject=f"search:{kind}",
            detail={"found": [one.person_id for one in found[:50]]}, now=now,
        )  # fmt: skip
    return Search(kind, tuple(found))


def _search(municipality_id: int, typed: str, plain: str) -> tuple[str, list[Found]]:
    if afm_valid(plain):
        return "afm", queries.payers_by_afm(municipality_id, plain)
    if plain.startswith("RF") and plain[2:4].isdigit():
        return "rf", queries.orders_by_rf(municipality_id, plain)
    if plain.startswith("OB"):
        folded = reference_fold(plain)
        body = folded[2:]
        return "reference", queries.orders_by_reference(municipality_id, f"OB-{body[:4]}-{body[4:8]}")
    found = queries.debts_by(municipality_id, "ext_id", typed)
    if any(letter.isdigit() for letter in plain):
        found = found or queries.debts_by(municipality_id, "ticket_folded", ticket_fold(plain))
        found = found or queries.debts_by(municipality_id, "plate_folded", plate_fold(plain))
        return "debt", found
    folded = fold(typed)
    if len(folded) < SHORTEST_NAME:
        return "short", []
    return "name", queries.payers_by_name(municipality_id, folded)


def payer_record(municipality_id: int, user_id: int, person_id: int, *, now: datetime) -> Payer | None:
    """A payer's record as this municipality may see it; None when he is none of its debtors."""
    with tenancy(municipality=municipality_id):
        payer = queries.read_payer(municipality_id, person_id)
        if payer:
            add_audit_entry(
                actor=Actor.STAFF, actor_id=user_id, action="payer.seen", subject=f"person:{person_id}", now=now
            )
        return payer
