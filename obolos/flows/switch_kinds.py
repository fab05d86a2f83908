"""The administrator decides per revenue kind what is payable online, and how. Holds from the next page on; audited."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.kind_queries import KindRow, kind_rows
from obolos.domain.debts.law_actions import KindUnknown, Switches, switch_kind

__all__ = ["Change", "ChangedMeanwhile", "KindRow", "KindUnknown", "NoMeans", "Switches", "kinds_of", "switch_kinds"]


@dataclass(frozen=True, slots=True)
class Change:
    """A kind's switches as the administrator saw them, and as he wants them."""

    kind_id: int
    seen: Switches
    wanted: Switches


class NoMeans(Exception):
    """A kind would be payable online by no means at all. `kind_ids` says which; nothing was written."""

    def __init__(self, kind_ids: Sequence[int]) -> None:
        super().__init__(kind_ids)
        self.kind_ids = tuple(kind_ids)


class ChangedMeanwhile(Exception):
    """Somebody else switched a kind after the page was shown. `kind_ids` says which; nothing was written."""

    def __init__(self, kind_ids: Sequence[int]) -> None:
        super().__init__(kind_ids)
        self.kind_ids = tuple(kind_ids)


def kinds_of(*, municipality_id: int) -> tuple[KindRow, ...]:
    """All revenue kinds, by code."""
    with tenancy(municipality=municipality_id):
        return tuple(kind_rows())


def switch_kinds(
    changes: Sequence[Change], *, municipality_id: int, by_user: int, now: datetime
) -> tuple[KindRow, ...]:
    """Switch several kinds together, or none; returns those that changed. Raises NoMeans, ChangedMeanwhile, KindUnknown.

    Each changed kind is one audit entry with its switches before and after.
    """
    wanted = [one for one in changes if one.seen != one.wanted]
    without = [one.kind_id for one in wanted if one.wanted.online and not (one.wanted.card or one.wanted.rf)]
    if without:
        raise NoMeans(without)
    with tenancy(municipality=municipality_id):
        overtaken = []
        for change in sorted(wanted, key=lambda one: one.kind_id):
            before, after = switch_kind(kind_id=change.kind_id, switches=change.wanted)
            if before not in {change.seen, change.wanted}:
                overtaken.append(change.kind_id)
            if before != after:
                add_audit_entry(
                    actor=Actor.STAFF,
                    actor_id=by_user,
                    action="kind.switched",
                    subject=f"kind:{change.kind_id}",
                    detail={"before": asdict(before), "after": asdict(after)},
                    now=now,
                )
        if overtaken:
            raise ChangedMeanwhile(overtaken)  # takes back what was written above
        changed = {one.kind_id for one in wanted}
        return tuple(row for row in kind_rows() if row.id in changed)
