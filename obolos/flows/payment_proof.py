"""The proof of payment of an order: what its money really did, as it was booked. Reads only.

Lines come from the collections, never from what was ordered: money may come as less, more, twice, or for a debt that
was closed meanwhile. What counted against nothing stands there as such, so the lines always add up to the money.

A guest's proof tells no more of the debt than the guest's pages do: whoever holds the link is not its debtor.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from obolos.adapters.documents.proof import render_proof
from obolos.adapters.documents.views import ProofComponent, ProofLine, ProofPayment, ProofView
from obolos.base.references import rf_format, slip_format
from obolos.base.tenancy import tenancy
from obolos.domain.debts.law import Law, law_of
from obolos.domain.debts.queries import instalments_by_id
from obolos.domain.debts.rules import Component
from obolos.domain.debts.wording import component_label
from obolos.domain.notices.slip_mentions import slips_behind_fines
from obolos.domain.offerings.purchase_queries import purchase_of_order
from obolos.flows.guest_words import about_for_guests, titles_for_guests
from obolos.flows.order_status import NothingToProve, OrderView, place_of_order, read_order_view
from obolos.flows.show_debts import about_of, titles_of

_MEANS = {"CARD": {"el": "Κάρτα", "en": "Card"}, "RF": {"el": "Κωδικός RF (ΔΙΑΣ)", "en": "RF code (DIAS)"}}
_PAYMENTS = """
SELECT id, channel, amount_cents, paid_at, approval, bank_txn FROM payment WHERE order_id = %s ORDER BY paid_at, id"""
_COUNTED = """
SELECT c.instalment_id, c.component, c.code, sum(c.amount_cents)::bigint FROM collection c
JOIN payment p ON p.id = c.payment_id WHERE p.order_id = %s GROUP BY c.instalment_id, c.component, c.code
HAVING sum(c.amount_cents) <> 0"""
_PART_OF_IT = {"el": "Μέρος του αρχικού ποσού", "en": "Part of the original amount"}
_BY_SLIP = {"el": "πληρώθηκε με την κλήση {}", "en": "paid by slip {}"}
_QUOTES = "SELECT instalment_id, principal_cents, quote FROM order_line WHERE order_id = %s ORDER BY id"
_ORDER_OF_PARTS = {str(component): place for place, component in enumerate(Component)}


@dataclass(frozen=True, slots=True)
class Counted:
    """What of an order's money counted against one instalment: (component, code) → cents, over all its payments."""

    instalment_id: int
    parts: Mapping[tuple[str, str], int]

    @property
    def cents(self) -> int:
        """All of it."""
        return sum(self.parts.values())


def proof_of(public_id: str, *, now: datetime, language: str = "") -> bytes:
    """The proof of payment as PDF/A. Raises OrderUnknown, NothingToProve."""
    return render_proof(proof_view(public_id, now=now, language=language))


def proof_view(public_id: str, *, now: datetime, language: str = "") -> ProofView:
    """An order's proof, in the order's own language unless told. Raises OrderUnknown, and NothingToProve without money.

    It changes only when money comes. A card payment shows the approval, which the bank signed, and never the bank's own
    number: that one is told later by another answer, and a proof printed today must read the same tomorrow.
    """
    municipality_id, order_id = place_of_order(public_id)
    with tenancy(municipality=municipality_id):
        view = read_order_view(public_id, municipality_id, order_id, now=now)
        wanted = language or view.language
        payments, payment_ids = _payments(order_id, wanted)
        if not payments:
            raise NothingToProve(public_id)
        law = law_of(municipality_id, view.municipality.law_version)
        by_slip = slips_behind_fines(payment_ids) if view.person_id is None else {}
        lines = _lines(order_id, law, wanted, by_slip, guest=view.person_id is None)
        sold = view.person_id is None and purchase_of_order(order_id) is not None
    if sold:  # a price has no parts
        lines = [replace(line, components=()) for line in lines]
    return _as_proof(view, wanted, payments, lines, sold=sold)


def _as_proof(
    view: OrderView, language: str, payments: Sequence[ProofPayment], lines: Sequence[ProofLine], *, sold: bool
) -> ProofView:
    paid = sum(one.amount_cents for one in payments)
    single = payments[0] if len(payments) == 1 else None
    return ProofView(
        language=language,
        municipality=view.municipality.name(language),
        phone=view.municipality.phone,
        reference=view.reference,
        paid_at=payments[-1].paid_at,
        payer=view.payer_name,
        amount_cents=paid,
        means=_MEANS[view.means][language],
        lines=tuple(lines),
        uncounted_cents=paid - sum(line.amount_cents for line in lines),
        payments=tuple(payments),
        sold=sold,
        asked_cents=view.amount_cents if view.ending == "PAID_LESS" else 0,
        late=view.ending == "PAID_LATE",
        approval=single.approval if single else "",
        bank=single.bank if single else "",
        rf_code=rf_format(view.rf) if view.rf else "",
        verify_url=f"{settings.OBOLOS_PORTAL_URL}/genuine/?c={view.reference}",
    )


def _payments(order_id: int, language: str) -> tuple[list[ProofPayment], list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(_PAYMENTS, [order_id])
        found = cursor.fetchall()
    payments = [
        ProofPayment(paid_at, cents, _MEANS[channel][language], approval, bank_txn if channel == "RF" else "")
        for _, channel, cents, paid_at, approval, bank_txn in found
    ]
    return payments, [payment_id for payment_id, *_ in found]


def _lines(order_id: int, law: Law, language: str, by_slip: Mapping[int, str], *, guest: bool) -> list[ProofLine]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [order_id])
        counted = _by_instalment(cursor.fetchall())
        cursor.execute(_QUOTES, [order_id])
        ordered = {instalment_id: (principal, _json(quote)) for instalment_id, principal, quote in cursor.fetchall()}
    found = {one.snapshot.id: one for one in instalments_by_id([one.instalment_id for one in counted])}
    lines = []
    for one in counted:
        instalment = found[one.instalment_id]
        kind = law.kinds[instalment.revenue_kind_id]
        titles = titles_for_guests(kind, instalment) if guest else titles_of(kind, instalment)
        title = titles[0 if language == "el" else 1]
        about = about_for_guests(instalment) if guest else about_of(instalment)
        slip = by_slip.get(instalment.debt_id)
        moved = _BY_SLIP[language].format(slip_format(slip)) if slip else ""
        asked, quote = ordered.get(one.instalment_id, (0, ()))
        labels = {(said["component"], said["target"]): said[language][0] for said in quote}
        if sum(cents for (name, _), cents in one.parts.items() if name == Component.PRINCIPAL) < asked:
            labels |= {part: _PART_OF_IT[language] for part in one.parts if part[0] == Component.PRINCIPAL}
        parts = tuple(
            ProofComponent(
                labels.get(part) or component_label(Component(part[0]), "el" if language == "el" else "en"),
                one.parts[part],
            )
            for part in sorted(one.parts, key=lambda part: (_ORDER_OF_PARTS[part[0]], part[1]))
        )
        lines.append(ProofLine(title, one.cents, tuple(detail for detail in (about, moved) if detail), parts))
    return lines


def _by_instalment(rows: Sequence[tuple[int, str, str, int]]) -> list[Counted]:
    counted: dict[int, dict[tuple[str, str], int]] = {}
    for instalment_id, component, code, cents in rows:
        counted.setdefault(instalment_id, {})[component, code] = cents
    found = [Counted(instalment_id, parts) for instalment_id, parts in sorted(counted.items())]
    # Money that was moved on to another debt, part by part or between parts, leaves nothing here to prove.
    return [one for one in found if one.cents]


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
