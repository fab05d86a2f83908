"""Writes of audit entries and funnel events, inside the transaction of the act they tell about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from obolos.base.tenancy import current_municipality
from obolos.domain.audit.models import Actor, AuditEntry, FunnelEvent


def add_audit_entry(
    *,
    actor: Actor,
    actor_id: int | None,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Note who did what. `subject` is «kind:id», `detail` what changed; neither ever holds an ΑΦΜ or a secret."""
    AuditEntry.objects.create(
        municipality_id=current_municipality(),
        at=now,
        actor=actor,
        actor_id=actor_id,
        action=action,
        subject=subject,
        detail=dict(detail or {}),
    )


def add_funnel_event(
    *, step: str, channel: str, visit: str, detail: Mapping[str, Any] | None = None, now: datetime
) -> None:
    """Note that a visit reached a step. Says nothing about who: `visit` is random, `detail` holds counts only."""
    FunnelEvent.objects.create(
        municipality_id=current_municipality(),
        at=now,
        step=step,
        channel=channel,
        visit=visit,
        detail=dict(detail or {}),
    )
