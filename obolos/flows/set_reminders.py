"""The administrator says whether, when and how people are reminded. Holds from the next tick on; audited."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.reminders.actions import BadRules, Policy, Rule, RulesChanged, save_policy
from obolos.domain.reminders.queries import SentRow, policy_of, sent_since

__all__ = ["BadRules", "Policy", "Rule", "RulesChanged", "policy_for", "sent_lately", "set_policy"]

LATELY = timedelta(days=30)


def policy_for(*, municipality_id: int) -> Policy:
    """The rules as they are; what we propose, switched off, before anybody saved any."""
    with tenancy(municipality=municipality_id):
        return policy_of()


def set_policy(policy: Policy, *, municipality_id: int, by_user: int, now: datetime) -> bool:
    """Save all rules; says whether anything changed. Raises BadRules, RulesChanged; then nothing was written."""
    with tenancy(municipality=municipality_id):
        before = policy_of()
        if before.version == policy.version and before.version and _plain(before) == _plain(policy):
            return False
        save_policy(policy)
        add_audit_entry(
            actor=Actor.STAFF,
            actor_id=by_user,
            action="reminders.changed",
            subject="reminders:rules",
            detail={"before": _plain(before), "after": _plain(policy)},
            now=now,
        )
    return True


def _plain(policy: Policy) -> dict[str, Any]:
    """Rules as the audit keeps them: without the salt, which would tell who is held out."""
    found = asdict(policy)
    del found["salt"], found["version"]
    rules = sorted(policy.rules, key=lambda rule: rule.days)
    return found | {
        "send_from": f"{policy.send_from:%H:%M}",
        "send_until": f"{policy.send_until:%H:%M}",
        "rules": [asdict(rule) for rule in rules],
    }


def sent_lately(*, municipality_id: int, now: datetime) -> list[SentRow]:
    """What became of the reminders of the last 30 days."""
    with tenancy(municipality=municipality_id):
        return sent_since(now - LATELY)
