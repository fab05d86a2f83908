"""The administrator decides per revenue kind what is payable online, and how; effective on the next page."""

from dataclasses import asdict
from datetime import datetime

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.law_actions import KindUnknown, Switches
from obolos.domain.debts.law_actions import switch_kind as write_switches
from obolos.domain.debts.models import RevenueKind

__all__ = ["KindUnknown", "Switches", "kinds_of", "switch_kind"]


def kinds_of(municipality_id: int) -> list[RevenueKind]:
    """All revenue kinds, by code."""
    with tenancy(municipality=municipality_id):
        return list(RevenueKind.objects.filter(municipality_id=municipality_id).order_by("code"))


def switch_kind(municipality_id: int, user_id: int, kind_id: int, switches: Switches, *, now: datetime) -> bool:
    """Set one kind's switches; whether anything changed. Raises KindUnknown."""
    with tenancy(municipality=municipality_id):
        before, after = write_switches(kind_id=kind_id, switches=switches)
        if before != after:
            add_audit_entry(
                actor=Actor.STAFF, actor_id=user_id, action="kind.switched", subject=f"kind:{kind_id}",
                detail={"before": asdict(before), "after": asdict(after)}, now=now,
            )  # fmt: skip
        return before != after
