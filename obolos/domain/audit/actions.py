"""Writes of audit entries, inside the transaction of the act they tell about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from obolos.base.tenancy import current_municipality
from obolos.domain.audit.models import Actor, AuditEntry


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
