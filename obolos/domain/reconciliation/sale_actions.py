"""Questions that sales put to a person: a certificate to make out, money to give back, a price paid in part."""

from collections.abc import Mapping
from datetime import datetime

from obolos.base.tenancy import current_municipality
from obolos.domain.reconciliation.models import WorklistItem


def ask_about_sale(
    kind: str,
    subject: str,
    *,
    reason: str,
    amount_cents: int = 0,
    detail: Mapping[str, str] | None = None,
    now: datetime,
) -> None:
    """Ask a person, once per kind and subject while the question is open. Cents only say how much it is about."""
    WorklistItem.objects.bulk_create(
        [
            WorklistItem(
                municipality_id=current_municipality(),
                kind=kind,
                subject=subject,
                amount_cents=amount_cents,
                reason=reason,
                detail=dict(detail or {}),
                opened_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def answer_about_sale(kind: str, subject: str, *, by_user: int, now: datetime) -> None:
    """A person did what was asked."""
    WorklistItem.objects.filter(
        municipality_id=current_municipality(), kind=kind, subject=subject, closed_at__isnull=True
    ).update(closed_at=now, closed_by=by_user)
