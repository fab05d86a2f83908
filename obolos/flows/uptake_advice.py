"""What the figures of uptake suggest doing: few rules, each said on the page with its numbers. Pure.

A rule speaks only when enough people are behind it (MANY); none guesses at causes.
"""

from dataclasses import dataclass

from obolos.domain.debts.kind_queries import KindRow
from obolos.flows.uptake import Uptake

#: Fewer than so many visits or collections suggest nothing.
MANY = 30
#: A place of leaving is told when at least this share of all who left left there.
TELLING = 0.3


@dataclass(frozen=True, slots=True)
class Advice:
    """A suggestion: its rule's name, the numbers it rests on, and the revenue kind or bank's reason it is about."""

    rule: str
    count: int
    whole: int
    kind: KindRow | None = None
    reason: str = ""


def advice_on(uptake: Uptake) -> list[Advice]:
    """Suggestions, the weightiest first.

    LEFT_…: most of those who did not pay left there (codes that may still be paid are not counted as left).
    NOT_ONLINE, NO_CARD: the kind most collected elsewhere that cannot be paid online, or not by card.
    REMINDERS_OFF: people pay elsewhere and nobody is reminded.
    """
    found = [*_most_leave(uptake), *_kinds(uptake)]
    if not uptake.reminders_on and uptake.total.now.elsewhere >= MANY:
        found.append(Advice("REMINDERS_OFF", uptake.total.now.elsewhere, uptake.total.now.elsewhere))
    return found


def _most_leave(uptake: Uptake) -> list[Advice]:
    left = [one for one in uptake.left if one.where != "RF_OPEN"]
    whole = sum(one.count for one in left)
    most = max(left, key=lambda one: one.count)
    if most.count < MANY or most.count < TELLING * whole:
        return []
    reason = uptake.reasons[0].word if uptake.reasons and most.where == "RETURNED" else ""
    return [Advice(f"LEFT_{most.where}", most.count, whole, reason=reason)]


def _kinds(uptake: Uptake) -> list[Advice]:
    found = []
    for rule, closed in (("NOT_ONLINE", _not_online), ("NO_CARD", _no_card)):
        rows = [one for one in uptake.kinds if one.kind and closed(one.kind) and one.now.elsewhere >= MANY]
        if rows:
            most = max(rows, key=lambda one: one.now.elsewhere)
            found.append(Advice(rule, most.now.elsewhere, uptake.total.now.elsewhere, most.kind))
    return found


def _not_online(kind: KindRow) -> bool:
    return not kind.switches.online


def _no_card(kind: KindRow) -> bool:
    return kind.switches.online and not kind.switches.card
